//! A logarithmic scale between the values that it has to show, for those that lie far apart.

/// Ratio of the largest to the smallest value from which on the smaller ones crowd together on a linear scale: on that,
/// all of them lie within the first tenth.
const FAR_APART: f64 = 10.0;

/// Ticks at 1, 2 and 5 that have room for their labels side by side; with more of them only powers of ten have one. Of
/// so many steps every second is left, with labels, on a phone: three and more among the values.
const MOST_STEPS: usize = 10;

/// Powers of ten that have a tick, where these are all that do.
const MOST_POWERS: usize = 6;

/// Share of the scale left of the smallest value, where there are zeros: they lie on the edge, and as far from the
/// smallest value as two ticks at least, so that nobody takes the way between for a part of the scale.
const FOR_ZERO: f64 = 0.15;

/// Share of the scale before the first tick and beyond the last, for half of their labels.
const AIR: f64 = 0.05;

/// A logarithmic scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wide {
    /// The first tick.
    bottom: Step,
    /// The last tick.
    top: Step,
    /// Whether zeros are shown: they have no logarithm, and lie on the edge.
    zero: bool,
}

/// 1, 2 or 5 times a power of ten: counted from 1, three a decade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step(i32);

impl Step {
    fn value(self) -> f64 {
        let factor = [1.0, 2.0, 5.0][usize::try_from(self.0.rem_euclid(3)).unwrap_or(0)];
        let power = self.0.div_euclid(3);
        // A quotient of whole numbers is the number that people write; a product with 0.01 is not.
        if power < 0 {
            factor / 10_f64.powi(-power)
        } else {
            factor * 10_f64.powi(power)
        }
    }

    /// The largest that is not above a positive value.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "powers of ten of a finite number are a few hundred"
    )]
    fn at_most(value: f64) -> Self {
        let about = value.log10().floor() as i32 * 3;
        let near = (about - 1..=about + 3).rev().map(Step);
        let mut below = near.filter(|step| step.value() <= value);
        below.next().unwrap_or(Self(about))
    }
}

impl Wide {
    /// The scale of values, where the positive ones lie far apart; `None` where a linear scale shows them well.
    pub fn of(values: &[f64]) -> Option<Self> {
        let positive = || {
            values
                .iter()
                .copied()
                .filter(|value| value.is_normal() && *value > 0.0)
        };
        let least = positive().reduce(f64::min)?;
        let most = positive().reduce(f64::max)?;
        if most < least * FAR_APART {
            return None;
        }
        let below = Step::at_most(most);
        let top = if below.value() < most {
            Step(below.0 + 1)
        } else {
            below
        };
        Some(Self {
            bottom: Step::at_most(least),
            top,
            zero: values.contains(&0.0),
        })
    }

    /// Where a value lies: 0 is the one end of the scale, 1 the other.
    pub fn share(&self, value: f64) -> f64 {
        let edge = if self.zero { FOR_ZERO } else { AIR };
        let (bottom, top) = (self.bottom.value(), self.top.value());
        if value < bottom {
            return 0.0;
        }
        edge + (1.0 - edge - AIR) * (value / bottom).log10() / (top / bottom).log10()
    }

    /// The values that have a tick, the smallest first.
    pub fn ticks(&self) -> Vec<f64> {
        let mut shown: Vec<Step> = (self.bottom.0..=self.top.0).map(Step).collect();
        let mut every = 1;
        if shown.len() > MOST_STEPS {
            shown.retain(|step| step.0 % 3 == 0);
            every = shown.len().div_ceil(MOST_POWERS);
        }
        let zero = self.zero.then_some(0.0);
        zero.into_iter()
            .chain(shown.into_iter().step_by(every).map(Step::value))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::FEW_TICKS;
    use super::*;

    #[test]
    fn a_scale_is_logarithmic_where_positive_values_differ_by_a_factor_of_ten() {
        for (values, wide) in [
            (&[][..], false),
            (&[0.0, 0.0], false),
            (&[3.0], false),
            (&[1.0, 9.99], false),
            (&[1.0, 10.0], true),
            (&[0.0, 5.0, 7.0], false),
            (&[0.0, 0.02, 7.0], true),
            (&[f64::NAN, 2.0, f64::INFINITY], false),
        ] {
            assert_eq!(Wide::of(values).is_some(), wide, "{values:?}");
        }
    }

    #[test]
    fn ticks_are_at_1_2_and_5_or_at_powers_of_ten_where_there_are_too_many() {
        for (values, ticks) in [
            (&[1.0, 10.0][..], &[1.0, 2.0, 5.0, 10.0][..]),
            (&[0.03, 0.6], &[0.02, 0.05, 0.1, 0.2, 0.5, 1.0]),
            (&[0.0, 4.0, 44.0], &[0.0, 2.0, 5.0, 10.0, 20.0, 50.0]),
            (
                &[30.0, 42.0, 1750.0],
                &[20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0],
            ),
            (&[0.7, 900.0], &[1.0, 10.0, 100.0, 1_000.0]),
            (&[0.002, 3e9], &[0.01, 1.0, 1e2, 1e4, 1e6, 1e8]),
        ] {
            let found = Wide::of(values).map(|scale| scale.ticks());
            assert_eq!(found.as_deref(), Some(ticks), "{values:?}");
        }
    }

    #[test]
    fn three_ticks_or_more_lie_among_the_values_on_a_phone_too() {
        let factors = (100..500).map(|hundredths| 10_f64.powf(f64::from(hundredths) / 100.0));
        for most in factors.map(|factor| 0.3 * factor) {
            for values in [&[0.3, most][..], &[0.0, 0.3, most]] {
                let ticks = Wide::of(values).expect("far apart").ticks();
                let many = ticks.len() > FEW_TICKS;
                let left = ticks.into_iter().step_by(if many { 2 } else { 1 });
                let among = left.filter(|tick| (0.3..=most).contains(tick)).count();
                assert!(among >= 3, "{among} from 0.3 to {most}");
            }
        }
    }

    #[test]
    fn every_value_lies_between_the_ends_a_factor_is_a_distance_and_zero_has_a_place_of_its_own() {
        for values in [&[0.0, 0.3, 8.0, 77.0][..], &[0.3, 8.0, 77.0]] {
            let scale = Wide::of(values).expect("far apart");
            for value in values {
                let share = scale.share(*value);
                assert!((0.0..=1.0).contains(&share), "{value} at {share}");
            }
            let distance = |from: f64, to: f64| scale.share(to) - scale.share(from);
            let (low, high) = (distance(0.5, 5.0), distance(5.0, 50.0));
            assert!((low - high).abs() < 1e-12, "{low} {high}");
            assert!(distance(0.0, 0.2) >= if values[0] == 0.0 { 0.1 } else { 0.0 });
        }
    }
}
