//! `sweep.html`: what a sweep found, as scatter plots and a table.
//!
//! Its pictures need no script.

use std::fmt::Write as _;

use serde_json::Value;

use super::html::Text;
use super::plot::Axis;
use super::scatter::{self, Point, Scatter};
use super::units::short;
use super::{effects, warnings};
use crate::experiment::front::{Front, Tried};
use crate::figures::{Figure, figure};

const STYLE: &str = include_str!("style.css");
const OWN_STYLE: &str = include_str!("sweep.css");

/// Points drawn and listed, those of the front first. The files have all.
const MOST: usize = 2_000;

/// A shape for each autoscaler, on the front and beaten.
const SHAPES: [(char, char); 6] = [
    ('●', '○'),
    ('■', '□'),
    ('▲', '△'),
    ('◆', '◇'),
    ('▼', '▽'),
    ('★', '☆'),
];

/// Figures of the table besides the objectives.
const ALSO: [&str; 6] = [
    "costUsd",
    "lateRequestsPercent",
    "delayP95",
    "publicSharePercent",
    "targetChanges",
    "moves",
];

/// The page of a sweep.
#[must_use]
pub fn render_sweep(front: &Front) -> String {
    let mut out = String::new();
    let title = format!("Spillway sweep: {}", front.name);
    let _ = writeln!(
        out,
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width,initial-scale=1\">\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none';style-src 'unsafe-inline'\">\
         <title>{}</title>\n<style>{STYLE}{}{OWN_STYLE}</style></head><body><main>",
        Text(&title),
        scatter::STYLE
    );
    let _ = writeln!(
        out,
        "<header><p class=brand>Spillway sweep</p><h1>{}</h1><p class=lead>{} of {} settings are on the front: no other is \
         at least as good in {} and better in one of them.</p></header>",
        Text(&front.name),
        front.front.len(),
        front.tried,
        Text(&front.objectives.join(", ")),
    );
    let told: Vec<String> = front.warnings.iter().map(ToString::to_string).collect();
    warnings::list(&mut out, &told);
    let autoscalers = autoscalers(front);
    legend(&mut out, &autoscalers);
    let objectives: Vec<&Figure> = front
        .objectives
        .iter()
        .filter_map(|name| figure(name).ok())
        .collect();
    if let Some((x, others)) = objectives.split_first() {
        out.push_str("<div class=scatters>\n");
        for y in others {
            scatter(front, &autoscalers, [x, y]).write(&mut out);
        }
        out.push_str("</div>\n");
    }
    out.push_str(
        "<h2>What each setting does</h2><p class=lead>Each dot is a setting, the dark ones are on the front; the line \
         joins the means of a value.</p>\n",
    );
    effects::write(&mut out, front, &objectives, MOST);
    table(&mut out, front, &objectives);
    out.push_str("</main></body></html>\n");
    out
}

fn autoscalers(front: &Front) -> Vec<&str> {
    let mut names: Vec<&str> = front
        .all()
        .map(|(tried, _)| tried.autoscaler.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn shape(autoscalers: &[&str], tried: &Tried, on_front: bool) -> char {
    let place = autoscalers
        .iter()
        .position(|name| *name == tried.autoscaler);
    let (front, beaten) = SHAPES[place.unwrap_or(0) % SHAPES.len()];
    if on_front { front } else { beaten }
}

fn legend(out: &mut String, autoscalers: &[&str]) {
    out.push_str("<p class=lead>");
    for (name, (front, beaten)) in autoscalers.iter().zip(SHAPES.iter().cycle()) {
        let _ = write!(
            out,
            "<span class=front>{front}</span> {beaten} {}; ",
            Text(name)
        );
    }
    out.push_str("filled on the front, hollow where beaten. Point at one for its settings, or step through the front with the keyboard.</p>\n");
}

fn scatter(front: &Front, autoscalers: &[&str], [x, y]: [&Figure; 2]) -> Scatter<'static> {
    let axis = |figure: &Figure| {
        let values = front
            .all()
            .filter_map(|(tried, _)| tried.figures.get(figure.name));
        Axis::linear(values.copied().fold(0.0, f64::max), tick)
    };
    // The front lies on top: what comes later covers what came before.
    let shown: Vec<(&Tried, bool)> = front.all().take(MOST).collect();
    let points = shown.into_iter().rev().filter_map(|(tried, on_front)| {
        let at = (*tried.figures.get(x.name)?, *tried.figures.get(y.name)?);
        let mut says = format!(
            "<b>{}</b> {}, {} {}",
            Text(&tried.autoscaler),
            x.unit.show(at.0),
            Text(y.name),
            y.unit.show(at.1)
        );
        for (field, value) in front.fields.iter().zip(&tried.settings) {
            let _ = write!(says, "<br>{} = {}", Text(field), Text(&plain(value)));
        }
        Some(Point {
            target: id(tried),
            label: format!("point {}, {}", tried.point, tried.autoscaler),
            at,
            mark: shape(autoscalers, tried, on_front).to_string(),
            front: on_front,
            says,
        })
    });
    Scatter {
        name: y.name,
        meaning: y.meaning,
        across_name: x.name,
        across: axis(x),
        up: axis(y),
        tinted_above: None,
        points: points.collect(),
    }
}

fn table(out: &mut String, front: &Front, objectives: &[&Figure]) {
    let also = ALSO.iter().filter_map(|name| figure(name).ok());
    let also = also.filter(|also| !objectives.iter().any(|figure| figure.name == also.name));
    let figures: Vec<&Figure> = objectives.iter().copied().chain(also).collect();
    let hidden = front.tried.saturating_sub(MOST);
    let more = if hidden == 0 {
        String::new()
    } else {
        format!(" {hidden} more are in the file points.jsonl only.")
    };
    let _ = writeln!(
        out,
        "<h2>Settings</h2><p class=lead>Means over the seeds. Those on the front come first and are marked ●.{more}</p>\
         <div class=scroll tabindex=0 role=region aria-label=Settings><table class=settings><thead><tr><th scope=col>Point<th scope=col>Autoscaler"
    );
    for field in &front.fields {
        let field = Text(field).to_string();
        let field = field.replace('/', "/<wbr>").replace('.', ".<wbr>");
        let _ = write!(out, "<th scope=col>{field}");
    }
    for figure in &figures {
        let _ = write!(out, "<th scope=col class=number>{}", figure.name);
    }
    out.push_str("</tr></thead><tbody>\n");
    for (tried, on_front) in front.all().take(MOST) {
        let (class, mark) = if on_front {
            (" class=best", "● ")
        } else {
            ("", "")
        };
        let _ = write!(
            out,
            "<tr id=\"{}\"{class}><th scope=row>{mark}{}<td>{}",
            Text(&id(tried)),
            tried.point,
            Text(&tried.autoscaler)
        );
        for value in &tried.settings {
            let _ = write!(out, "<td>{}", Text(&plain(value)));
        }
        for figure in &figures {
            let value = tried.figures.get(figure.name);
            let shown = value.map_or_else(|| "none".to_owned(), |value| figure.unit.show(*value));
            let _ = write!(out, "<td class=number>{shown}");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}

/// A tick's label; ticks below a tenth keep the digit that tells them apart.
pub(super) fn tick(value: f64) -> String {
    if value == 0.0 || value >= 0.095 {
        return short(value);
    }
    let digits = format!("{value:.6}");
    digits
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

fn id(tried: &Tried) -> String {
    format!("p{}-{}", tried.point, tried.autoscaler)
}

/// A value as it is written in YAML, without the quotes of a text.
pub(crate) fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::journal::{Done, Header, Line};
    use spillway_records::Digest;

    fn page() -> String {
        let objectives = ["costUsd", "lateRequestsPercent", "replicaStarts"];
        let header = Header::new(
            Digest::of(b""),
            "<b>wait</b>".into(),
            vec!["World: tick".into()],
            objectives.map(str::to_owned).to_vec(),
            3,
        );
        let lines: Vec<Line> = (0..3_u32)
            .map(|n| {
                let figures = objectives.map(|name| (name.to_owned(), f64::from(n + 1)));
                Line::from(Done {
                    index: n as usize,
                    key: Digest::of(&n.to_le_bytes()),
                    point: n as usize,
                    settings: vec![Value::from("<i>")],
                    autoscaler: "spillway".into(),
                    seed: 1,
                    figures: figures.into(),
                    warnings: Vec::new(),
                })
            })
            .collect();
        render_sweep(&Front::of(&header, &lines))
    }

    #[test]
    fn every_point_leads_to_its_row_and_the_front_is_told_by_shape() {
        let page = page();
        for n in 0..3 {
            let row = format!("<tr id=\"p{n}-spillway\"");
            assert_eq!(page.matches(&row).count(), 1, "{row}");
            let link = format!("href=\"#p{n}-spillway\"");
            assert_eq!(
                page.matches(&link).count(),
                2,
                "a panel for each further objective"
            );
        }
        let shapes = |shape| page.matches(&format!("%\">{shape}<span")).count();
        assert_eq!((shapes('●'), shapes('○')), (2, 4));
    }

    #[test]
    fn each_objective_is_drawn_by_each_field_with_the_means_in_words() {
        let page = page();
        assert_eq!(page.matches("role=\"img\"").count(), 3);
        assert!(page.contains("aria-label=\"costUsd by World: tick, means &lt;i&gt;: 2\""));
    }

    #[test]
    fn ticks_of_small_values_differ() {
        let labels = [0.0, 0.005, 0.01, 0.5, 40.0].map(tick);
        assert_eq!(labels, ["0", "0.005", "0.01", "0.5", "40"]);
    }

    #[test]
    fn the_page_needs_no_script_and_no_network_and_escapes_what_people_wrote() {
        let page = page();
        assert!(!page.contains("<script") && !page.contains("http:") && !page.contains("https:"));
        assert!(page.contains("&lt;b&gt;wait&lt;/b&gt;") && !page.contains("<b>wait"));
        assert!(page.contains("World: tick = &lt;i&gt;"));
    }
}
