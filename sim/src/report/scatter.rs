//! Scatter plots of two figures.
//!
//! Points are characters of text placed by percentages: they keep their shape, take the keyboard's focus, and say what
//! they are without a script.

use std::fmt::Write as _;

use super::html::Text;
use super::plot::{Axis, FEW_TICKS, HEIGHT};

pub(super) const STYLE: &str = include_str!("scatter.css");

/// A scatter plot ready to be written.
pub(super) struct Scatter<'a> {
    /// Of what, upwards.
    pub name: &'a str,
    /// In a few words.
    pub meaning: &'a str,
    /// Of what, to the right.
    pub across_name: &'a str,
    /// The horizontal axis.
    pub across: Axis,
    /// The vertical axis.
    pub up: Axis,
    /// Values above this lie on tinted ground.
    pub tinted_above: Option<f64>,
    /// The points; later ones lie on top.
    pub points: Vec<Point>,
}

/// A point of a scatter plot.
pub(super) struct Point {
    /// Where its link leads: the id of an element.
    pub target: String,
    /// What it is, for those who cannot see it.
    pub label: String,
    /// Its values, to the right and upwards.
    pub at: (f64, f64),
    /// What is drawn, as HTML.
    pub mark: String,
    /// Whether no other is better.
    pub front: bool,
    /// What is said where it is pointed at or has the focus, as HTML.
    pub says: String,
}

impl Scatter<'_> {
    /// Writes the figure.
    pub(super) fn write(&self, out: &mut String) {
        let percent = |height: f64| 100.0 * (1.0 - height / HEIGHT);
        let _ = writeln!(
            out,
            "<figure class=scatter><figcaption><b>{}</b> <span>{}</span></figcaption><div class=plot><div class=y>",
            Text(self.name),
            Text(self.meaning)
        );
        for (height, label) in self.up.ticks() {
            let _ = write!(
                out,
                "<span style=\"bottom:{:.1}%\">{label}</span>",
                percent(height)
            );
        }
        out.push_str("</div><div class=field>\n");
        if let Some(above) = self.tinted_above {
            let _ = write!(
                out,
                "<i class=tinted style=\"bottom:{:.1}%\"></i>",
                percent(self.up.y(above))
            );
        }
        for (height, _) in self.up.ticks() {
            let _ = write!(
                out,
                "<i class=level style=\"bottom:{:.1}%\"></i>",
                percent(height)
            );
        }
        for (height, _) in self.across.ticks() {
            let _ = write!(
                out,
                "<i class=upright style=\"left:{:.1}%\"></i>",
                percent(height)
            );
        }
        for point in &self.points {
            // Two thousand stops of the keyboard would lead nobody on: those that others beat have none.
            let class = if point.front {
                "class=\"point front\""
            } else {
                "class=point tabindex=-1"
            };
            let (right, high) = (
                percent(self.across.y(point.at.0)),
                percent(self.up.y(point.at.1)),
            );
            // What is said leans inwards, so that it stays on the page.
            let side = if right > 50.0 { " class=leftwards" } else { "" };
            let _ = write!(
                out,
                "\n<a {class} href=\"#{}\" aria-label=\"{}\" style=\"left:{right:.2}%;bottom:{high:.2}%\">{}<span{side}>{}</span></a>",
                Text(&point.target),
                Text(&point.label),
                point.mark,
                point.says
            );
        }
        let ticks = self.across.ticks();
        let many = if ticks.len() > FEW_TICKS {
            "many"
        } else {
            "few"
        };
        let _ = write!(out, "</div><div class=\"x {many}\">");
        for (height, label) in ticks {
            let _ = write!(
                out,
                "<span style=\"left:{:.1}%\">{label}</span>",
                percent(height)
            );
        }
        let _ = writeln!(
            out,
            "</div><p class=xname>{}</p></div></figure>",
            Text(self.across_name)
        );
    }
}
