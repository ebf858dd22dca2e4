//! Plots: an SVG that stretches with the page, with axes and labels in HTML around it.
//!
//! The SVG holds shapes only. Text would be stretched too, or shrink to nothing on a phone; as HTML it keeps its size
//! and is placed by percentages. No plotting library does that, and the shapes are few.

mod axis;
mod shape;
mod time_axis;
mod wide;

use std::fmt::Write as _;

pub(super) use axis::{Axis, FEW_TICKS};
pub(super) use shape::{Rectangle, line, steps};
pub(super) use time_axis::TimeAxis;

use super::html::Text;

/// Width of the SVG's own coordinates; it is stretched to the column.
pub(super) const WIDTH: f64 = 1_000.0;
/// Height of the SVG's own coordinates; it is stretched to the panel.
pub(super) const HEIGHT: f64 = 200.0;

/// A plot ready to be written.
pub(super) struct Panel<'a> {
    /// Of what: the run's name.
    pub name: &'a str,
    /// One figure that sums the panel up.
    pub note: String,
    /// What it shows, for those who cannot see it.
    pub description: String,
    /// Height on the page, pixels.
    pub height_px: u32,
    /// The shapes, as SVG elements.
    pub shapes: String,
    /// The horizontal axis.
    pub time: &'a TimeAxis,
    /// The vertical axis; absent where height means nothing.
    pub axis: Option<&'a Axis>,
    /// Names beside the right edge: text, class of its swatch, height in the SVG's coordinates.
    pub names: Vec<(&'static str, &'static str, f64)>,
}

/// Least width of a mark, in the SVG's coordinates: what is over at once shall be seen.
const LEAST_MARK: f64 = 1.5;

/// Height of a name on the page, pixels: names closer than this would overlap.
const NAME_PX: f64 = 16.0;

impl Panel<'_> {
    /// Writes the figure.
    pub(super) fn write(&self, out: &mut String) {
        let Self {
            description,
            height_px,
            ..
        } = self;
        let _ = write!(
            out,
            "<figure class=panel><figcaption><b>{}</b> <span>{}</span></figcaption>\
             <div class=plot style=\"--h:{height_px}px\"><div class=y>",
            Text(self.name),
            Text(&self.note)
        );
        let ticks = self.axis.map(Axis::ticks).unwrap_or_default();
        for (y, label) in &ticks {
            let _ = write!(
                out,
                "<span style=\"top:{:.1}%\">{label}</span>",
                percent_down(*y)
            );
        }
        let _ = write!(
            out,
            "</div><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
            Text(description)
        );
        let (class, marks) = self.time.marks();
        for (x, right) in marks {
            let width = (right - x).max(LEAST_MARK);
            let _ = write!(
                out,
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"0\" width=\"{width:.1}\" height=\"{HEIGHT}\"/>"
            );
        }
        for (x, _) in self.time.ticks() {
            let _ = write!(out, "<path class=\"grid\" d=\"M{x:.1} 0V{HEIGHT}\"/>");
        }
        for (y, _) in &ticks {
            let _ = write!(out, "<path class=\"grid\" d=\"M0 {y:.1}H{WIDTH}\"/>");
        }
        out.push_str(&self.shapes);
        out.push_str("</svg><div class=names aria-hidden=true>");
        for (name, class, y) in self.spread_names() {
            let _ = write!(
                out,
                "<span style=\"top:{y:.1}%\"><i class={class}></i>{name}</span>"
            );
        }
        out.push_str("</div><div class=x>");
        for (x, label) in self.time.ticks() {
            // Where there is no room beside the plot, the last label leans inwards.
            let class = if *x > 0.96 * WIDTH { " class=end" } else { "" };
            let _ = write!(
                out,
                "<span{class} style=\"left:{:.1}%\">{label}</span>",
                x / WIDTH * 100.0
            );
        }
        out.push_str("</div></div></figure>\n");
    }

    /// The names from top to bottom, moved apart and kept within the panel.
    fn spread_names(&self) -> Vec<(&'static str, &'static str, f64)> {
        let mut names: Vec<_> = self
            .names
            .iter()
            .map(|(name, class, y)| (*name, *class, percent_down(*y)))
            .collect();
        names.sort_by(|a, b| a.2.total_cmp(&b.2));
        let gap = NAME_PX / f64::from(self.height_px) * 100.0;
        let mut above = f64::NEG_INFINITY;
        for name in &mut names {
            name.2 = name.2.max(above + gap);
            above = name.2;
        }
        let mut below = 100.0 + gap;
        for name in names.iter_mut().rev() {
            name.2 = name.2.min(below - gap);
            below = name.2;
        }
        names
    }
}

fn percent_down(y: f64) -> f64 {
    y / HEIGHT * 100.0
}
