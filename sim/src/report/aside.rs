//! Numbers of points that lie close together: which of them stand aside, and where.
//!
//! The page decides how wide a plot is, so a place has to be good in plots of several widths. The same points always
//! get the same places.

/// Half of a number's box, pixels.
const HALF: f64 = 11.0;

/// Half of the dot at a point whose number stands aside, with some air, pixels.
const DOT: f64 = 5.0;

/// Width and height of the plot on phones, tablets and wide pages, pixels.
const SIZES: [(f64, f64); 4] = [
    (280.0, 260.0),
    (330.0, 260.0),
    (450.0, 320.0),
    (634.0, 320.0),
];

/// How far aside, nearest first, pixels.
const DISTANCES: [f64; 10] = [
    24.0, 36.0, 48.0, 60.0, 72.0, 84.0, 96.0, 108.0, 120.0, 132.0,
];

/// Where a number stands: so far from its point, in this direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Aside {
    /// Pixels.
    pub distance: f64,
    /// Anticlockwise from the right.
    pub degrees: f64,
}

impl Aside {
    /// Pixels to the right and up.
    pub(super) fn offset(self) -> (f64, f64) {
        self.part(1.0)
    }

    /// Of the way to the number.
    fn part(self, share: f64) -> (f64, f64) {
        let (sin, cos) = self.degrees.to_radians().sin_cos();
        let distance = share * self.distance;
        (distance * cos, distance * sin)
    }
}

/// For each point, to the right and up as shares of the plot, where its number stands; `None` is on the point itself,
/// and also where there is no room at all.
pub(super) fn aside(points: &[(f64, f64)]) -> Vec<Option<Aside>> {
    let mut placed: Vec<Option<Aside>> = Vec::new();
    while placed.len() < points.len() {
        // Upwards first: many points lie on the bottom.
        let directions = (0..24).map(|n| (60.0 + 15.0 * f64::from(n)) % 360.0);
        let beside = DISTANCES.into_iter().flat_map(|distance| {
            directions
                .clone()
                .map(move |degrees| Aside { distance, degrees })
        });
        let candidates: Vec<Option<Aside>> =
            std::iter::once(None).chain(beside.map(Some)).collect();
        let in_all = |is_so: Rule| {
            let mut candidates = candidates.iter().copied();
            candidates.find(|candidate| {
                let mut sizes = SIZES.into_iter();
                sizes.all(|size| is_so(points, &placed, *candidate, size))
            })
        };
        let clear = in_all(|points, placed, candidate, size| {
            is_free(points, placed, candidate, size)
                && crosses_none(points, placed, candidate, size)
        });
        // In a crowd a line may pass behind another number.
        placed.push(clear.or_else(|| in_all(is_free)).flatten());
    }
    placed
}

/// What a candidate for the point after those placed has to meet in a plot of a size.
type Rule = fn(&[(f64, f64)], &[Option<Aside>], Option<Aside>, (f64, f64)) -> bool;

/// Whether a number lies within the plot and covers neither a point nor another number.
fn is_free(
    points: &[(f64, f64)],
    placed: &[Option<Aside>],
    candidate: Option<Aside>,
    (width, height): (f64, f64),
) -> bool {
    let at = |point: &(f64, f64)| (width * point.0, height * point.1);
    let place = number(at(&points[placed.len()]), candidate);
    let inside = (0.0..=width).contains(&place.0) && (0.0..=height).contains(&place.1);
    let mut others = points
        .iter()
        .enumerate()
        .filter(|(other, _)| candidate.is_some() || *other != placed.len());
    (candidate.is_none() || inside)
        && others.all(|(_, other)| apart(place, at(other), HALF + DOT))
        && points
            .iter()
            .zip(placed)
            .all(|(other, aside)| apart(place, number(at(other), *aside), 2.0 * HALF))
}

/// Whether neither its line crosses a number nor the number stands on a line.
fn crosses_none(
    points: &[(f64, f64)],
    placed: &[Option<Aside>],
    candidate: Option<Aside>,
    (width, height): (f64, f64),
) -> bool {
    let at = |point: &(f64, f64)| (width * point.0, height * point.1);
    let here = at(&points[placed.len()]);
    let (place, line) = (number(here, candidate), leader(here, candidate));
    points.iter().zip(placed).all(|(other, aside)| {
        let its_place = number(at(other), *aside);
        let its_line = leader(at(other), *aside);
        line.iter().all(|part| apart(*part, its_place, HALF))
            && its_line.iter().all(|part| apart(*part, place, HALF))
    })
}

/// The middle of a number.
fn number((right, up): (f64, f64), aside: Option<Aside>) -> (f64, f64) {
    let (dx, dy) = aside.map_or((0.0, 0.0), Aside::offset);
    (right + dx, up + dy)
}

/// Some places along the line from a point to its number, up to the number's box.
fn leader((right, up): (f64, f64), aside: Option<Aside>) -> Vec<(f64, f64)> {
    let Some(aside) = aside else {
        return Vec::new();
    };
    (0..16)
        .map(|n| aside.part(f64::from(n) / 16.0))
        .map(|(dx, dy)| (right + dx, up + dy))
        .collect()
}

/// Whether the middles of two boxes lie this far apart, in one direction or the other.
fn apart(one: (f64, f64), other: (f64, f64), least: f64) -> bool {
    (one.0 - other.0).abs() >= least || (one.1 - other.1).abs() >= least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_far_apart_keep_their_numbers() {
        let points = [(0.1, 0.1), (0.5, 0.1), (0.9, 0.9)];
        assert_eq!(aside(&points), [None; 3]);
    }

    #[test]
    fn no_number_covers_another_or_a_point_however_close_they_lie() {
        let mut points = vec![(0.5, 0.0); 6];
        points.extend([(0.06, 0.0); 5]);
        points.extend((0..14).map(|n| (0.7 + 0.01 * f64::from(n), 0.5 + 0.02 * f64::from(n % 3))));
        let places = aside(&points);
        for (width, height) in SIZES {
            let at = |index: usize| (width * points[index].0, height * points[index].1);
            for (index, place) in places.iter().enumerate() {
                let (right, up) = number(at(index), *place);
                for (other, its) in places
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != index)
                {
                    let (others_right, others_up) = number(at(other), *its);
                    let far = (right - others_right).abs().max((up - others_up).abs());
                    assert!(far >= 2.0 * HALF, "{index} on {other} at {width} px");
                    let (point_right, point_up) = at(other);
                    let far = (right - point_right).abs().max((up - point_up).abs());
                    assert!(far >= HALF, "{index} on the point of {other} at {width} px");
                }
            }
        }
    }
}
