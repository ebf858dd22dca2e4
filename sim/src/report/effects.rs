//! What each setting of a sweep does to each objective: small multiples, a row an objective and a column a field.
//!
//! Dots, because there may be thousands; what a single one is stands in the plots of the front and in the table.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::html::Text;
use super::plot::{Axis, HEIGHT, WIDTH};
use super::sweep::{plain, tick};
use super::units::approx;
use crate::experiment::front::{Front, Tried};
use crate::figures::Figure;
use crate::time::Nanos;

/// Values up to which each has a column of its own.
const MOST_COLUMNS: usize = 8;

/// Writes the grid; nothing where nothing varied.
pub(super) fn write(out: &mut String, front: &Front, objectives: &[&Figure], most: usize) {
    if front.fields.is_empty() {
        return;
    }
    let shown: Vec<(&Tried, bool)> = front.all().take(most).collect();
    let _ = writeln!(
        out,
        "<div class=effects style=\"--fields:{}\">",
        front.fields.len()
    );
    for objective in objectives {
        let values = shown
            .iter()
            .filter_map(|(tried, _)| tried.figures.get(objective.name));
        let axis = Axis::linear(values.copied().fold(0.0, f64::max), tick);
        for (index, field) in front.fields.iter().enumerate() {
            let settings = shown
                .iter()
                .filter_map(|(tried, _)| tried.settings.get(index));
            let across = Across::of(settings);
            cell(out, [objective.name, field], &across, &axis, |dot| {
                for (tried, on_front) in &shown {
                    let setting = tried.settings.get(index);
                    let value = tried.figures.get(objective.name);
                    if let Some((setting, value)) = setting.zip(value) {
                        dot(setting, *value, *on_front);
                    }
                }
            });
        }
    }
    out.push_str("</div>\n");
}

fn cell(
    out: &mut String,
    [objective, field]: [&str; 2],
    across: &Across,
    axis: &Axis,
    each: impl Fn(&mut dyn FnMut(&Value, f64, bool)),
) {
    let (mut beaten, mut front) = (String::new(), String::new());
    let mut sums = vec![(0.0, 0_u32); across.labels.len()];
    each(&mut |setting, value, on_front| {
        let Some(x) = across.x(setting) else { return };
        let path = if on_front { &mut front } else { &mut beaten };
        let _ = write!(path, "M{x:.0} {:.1}h0", axis.y(value));
        if let Some(column) = across.column(setting) {
            sums[column].0 += value;
            sums[column].1 += 1;
        }
    });
    let means: Vec<(f64, f64)> = sums
        .iter()
        .zip(&across.labels)
        .filter(|((_, count), _)| *count > 0)
        .map(|((sum, count), (x, _))| (*x, sum / f64::from(*count)))
        .collect();
    let mut line = String::new();
    for (index, (x, mean)) in means.iter().enumerate() {
        let pen = if index == 0 { 'M' } else { 'L' };
        let _ = write!(line, "{pen}{x:.0} {:.1}", axis.y(*mean));
    }
    let said: Vec<String> = means
        .iter()
        .zip(&across.labels)
        .map(|((_, mean), (_, label))| format!("{label}: {}", tick(*mean)))
        .collect();
    let said = if said.is_empty() {
        String::new()
    } else {
        format!(", means {}", said.join(", "))
    };
    let _ = write!(
        out,
        "<figure class=panel><figcaption><b>{objective}</b> <span>by {}</span></figcaption><div class=plot><div class=y>",
        Text(field)
    );
    for (y, label) in axis.ticks() {
        let _ = write!(
            out,
            "<span style=\"top:{:.1}%\">{label}</span>",
            100.0 * y / HEIGHT
        );
    }
    let _ = write!(
        out,
        "</div><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{objective} by {}{}\">",
        Text(field),
        Text(&said)
    );
    for (y, _) in axis.ticks() {
        let _ = write!(out, "<path class=\"grid\" d=\"M0 {y:.1}H{WIDTH}\"/>");
    }
    for (class, path) in [("beaten", beaten), ("mean", line), ("onfront", front)] {
        if !path.is_empty() {
            let _ = write!(out, "<path class=\"{class}\" d=\"{path}\"/>");
        }
    }
    out.push_str("</svg><div class=x>");
    for (x, label) in &across.labels {
        let _ = write!(
            out,
            "<span style=\"left:{:.1}%\">{}</span>",
            100.0 * x / WIDTH,
            Text(label)
        );
    }
    out.push_str("</div></div></figure>\n");
}

/// Where the values of a field lie: in columns where they are few, else on a scale.
struct Across {
    /// Place and label of each column, or of both ends of the scale.
    labels: Vec<(f64, String)>,
    /// The values of the columns as they are written; empty for a scale.
    columns: Vec<String>,
    /// Both ends of the scale.
    ends: (f64, f64),
}

impl Across {
    fn of<'a>(settings: impl Iterator<Item = &'a Value>) -> Self {
        let distinct: BTreeSet<String> = settings.map(plain).collect();
        let mut distinct: Vec<String> = distinct.into_iter().collect();
        let size = |text: &String| amount(text).unwrap_or(f64::INFINITY);
        distinct.sort_by(|a, b| size(a).total_cmp(&size(b)));
        let numbers: Option<Vec<f64>> = distinct.iter().map(|text| amount(text)).collect();
        let (Some(first), Some(last)) = (distinct.first().cloned(), distinct.last().cloned())
        else {
            return Self::columns(Vec::new());
        };
        match numbers.as_deref() {
            Some([low, .., high]) if distinct.len() > MOST_COLUMNS => Self {
                labels: vec![(0.04 * WIDTH, first), (0.96 * WIDTH, last)],
                columns: Vec::new(),
                ends: (*low, *high),
            },
            _ => Self::columns(distinct),
        }
    }

    fn columns(values: Vec<String>) -> Self {
        let width = WIDTH / approx(u64::try_from(values.len().max(1)).unwrap_or(1));
        let place =
            |(index, label): (u32, &String)| (width * (f64::from(index) + 0.5), label.clone());
        Self {
            labels: (0..).zip(&values).map(place).collect(),
            columns: values,
            ends: (0.0, 0.0),
        }
    }

    fn column(&self, setting: &Value) -> Option<usize> {
        let text = plain(setting);
        self.columns.iter().position(|column| *column == text)
    }

    fn x(&self, setting: &Value) -> Option<f64> {
        if let Some(column) = self.column(setting) {
            return self.labels.get(column).map(|(x, _)| *x);
        }
        let (least, most) = self.ends;
        let value = amount(&plain(setting))?;
        (most > least).then(|| WIDTH * (0.04 + 0.92 * (value - least) / (most - least)))
    }
}

/// A number, or a span of time in seconds.
fn amount(text: &str) -> Option<f64> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.or_else(|| text.parse().ok().map(Nanos::as_secs_f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(texts: &[&str]) -> Vec<Value> {
        texts.iter().map(|text| Value::from(*text)).collect()
    }

    #[test]
    fn few_values_have_columns_in_the_order_of_their_size() {
        let across = Across::of(values(&["10m", "2s", "1m", "2s"]).iter());
        let labels: Vec<&str> = across.labels.iter().map(|(_, label)| &**label).collect();
        assert_eq!(labels, ["2s", "1m", "10m"]);
        assert_eq!(across.column(&Value::from("1m")), Some(1));
        assert_eq!(across.x(&Value::from("1m")), Some(500.0));
    }

    #[test]
    fn many_numbers_lie_on_a_scale_and_many_words_in_columns() {
        let numbers: Vec<Value> = (0..=10).map(Value::from).collect();
        let across = Across::of(numbers.iter());
        assert_eq!(across.labels.len(), 2);
        let middle = across.x(&Value::from(5)).expect("on the scale");
        assert!((middle - 500.0).abs() < 1e-9, "{middle}");
        let words: Vec<String> = (0..12).map(|n| format!("zone-{n}")).collect();
        let words: Vec<Value> = words.into_iter().map(Value::from).collect();
        assert_eq!(Across::of(words.iter()).labels.len(), 12);
    }
}
