//! Shapes as SVG elements.

use std::fmt::Write as _;

use super::WIDTH;

/// The band between two stepped curves over buckets of this width, heights in the SVG's coordinates. Steps in which
/// nothing changes are merged; the last bucket reaches to the right edge.
pub fn steps(class: &str, width: f64, lower: &[f64], upper: &[f64]) -> String {
    if upper.iter().zip(lower).all(|(upper, lower)| upper >= lower) {
        return String::new();
    }
    let mut path = String::new();
    let edge = |index: usize| width * f64::from(u32::try_from(index).unwrap_or(u32::MAX));
    let shown = |y: &f64| format!("{y:.1}");
    for (index, y) in upper.iter().enumerate() {
        if index == 0 {
            let _ = write!(path, "M0 {y:.1}");
        } else if shown(y) != shown(&upper[index - 1]) {
            let _ = write!(path, "H{:.1}V{y:.1}", edge(index));
        }
    }
    let _ = write!(path, "H{WIDTH}");
    for (index, y) in lower.iter().enumerate().rev() {
        if index + 1 == lower.len() {
            let _ = write!(path, "V{y:.1}");
        } else if shown(y) != shown(&lower[index + 1]) {
            let _ = write!(path, "H{:.1}V{y:.1}", edge(index + 1));
        }
    }
    format!("<path class=\"{class}\" d=\"{path}H0Z\"/>")
}

/// A line through the middles of buckets of this width; it is broken where there is no height.
pub fn line(class: &str, width: f64, heights: &[Option<f64>]) -> String {
    let mut path = String::new();
    let mut pen = 'M';
    for (index, height) in (0_u32..).zip(heights) {
        let Some(y) = height else {
            pen = 'M';
            continue;
        };
        let _ = write!(
            path,
            "{pen}{:.1} {y:.1}",
            (width * (f64::from(index) + 0.5)).min(WIDTH)
        );
        if pen == 'M' {
            // A lone point is drawn as a dot by the round cap of a line of no length.
            path.push_str("h0");
        }
        pen = 'L';
    }
    if path.is_empty() {
        return path;
    }
    format!("<path class=\"{class}\" d=\"{path}\"/>")
}

/// An upright rectangle.
pub struct Rectangle {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Right edge.
    pub right: f64,
    /// Height.
    pub height: f64,
}

impl Rectangle {
    /// At least this wide, so that a node of a minute is seen in a month.
    const LEAST_WIDTH: f64 = 1.0;

    /// The element; `title` is shown on hover and must be escaped already.
    pub fn element(&self, class: &str, title: &str) -> String {
        let Self { x, y, height, .. } = self;
        let width = (self.right - x).max(Self::LEAST_WIDTH);
        let rect = format!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\""
        );
        if title.is_empty() {
            format!("{rect}/>")
        } else {
            format!("{rect}><title>{title}</title></rect>")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_steps_are_merged_and_an_empty_band_is_nothing() {
        assert_eq!(
            steps("a", 250.0, &[200.0; 4], &[200.0, 100.0, 100.0, 200.0]),
            "<path class=\"a\" d=\"M0 200.0H250.0V100.0H750.0V200.0H1000V200.0H0Z\"/>"
        );
        assert_eq!(steps("a", 500.0, &[200.0; 2], &[200.0; 2]), "");
        assert_eq!(steps("a", 1.0, &[], &[]), "");
    }

    #[test]
    fn a_line_breaks_where_there_is_no_value() {
        assert_eq!(
            line("a", 250.0, &[Some(1.0), None, Some(2.0), Some(3.0)]),
            "<path class=\"a\" d=\"M125.0 1.0h0M625.0 2.0h0L875.0 3.0\"/>"
        );
        assert_eq!(line("a", 1.0, &[None]), "");
    }
}
