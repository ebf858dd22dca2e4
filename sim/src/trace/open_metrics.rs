//! Text with a sample a line: `OpenMetrics` with times, or what `promtool tsdb dump` prints.
//!
//! A counter becomes the rate at which it grew, a gauge is taken for a rate. `OpenMetrics` writes seconds and ends with
//! `# EOF`, the dump writes milliseconds. Source: <https://prometheus.io/docs/specs/om/open_metrics_spec/>.

use std::collections::{BTreeMap, BTreeSet};

use super::content::Named;
use super::error::quoted;
use super::series::{Fault, Kind, Labels, Sample, SeriesSet};
use super::table::{Row, Syntax, Table};
use super::{TraceError, TraceOptions};

const RIGHT_SAMPLE: &str =
    "write name{label=\"value\"} value seconds, as promtool tsdb create-blocks-from reads it";
const RIGHT_TIME: &str = "one scrape tells no rate: write the seconds since 1970 after each value";

/// Ends of names that say something about a metric and count no requests.
const NOT_COUNTED: [&str; 4] = ["_created", "_bucket", "_sum", "_info"];

/// What is known of the file so far.
#[derive(Default)]
struct Reading {
    /// The types that the file declares, by metric.
    types: BTreeMap<String, String>,
    /// The metric that is read.
    metric: Option<String>,
    /// Whether the caller named it; otherwise there must be no other.
    chosen: bool,
    /// Other metrics that were refused, each once.
    refused: BTreeSet<String>,
    /// Whether a dump of promtool is read, which has no end mark.
    dump: bool,
    /// The line of `# EOF`.
    eof: Option<u64>,
}

/// One sample of the file.
struct Line<'a> {
    name: &'a str,
    labels: Labels,
    value: &'a str,
    time: Option<&'a str>,
}

/// Reads files into the series.
pub(super) fn read(
    files: Vec<Named>,
    series: &mut SeriesSet,
    options: &TraceOptions,
) -> Result<(), TraceError> {
    let mut metric = options.metric.clone();
    for Named { name, input } in files {
        let (mut table, _) = Table::without_header(&name, input, Syntax::Whole, 1)?;
        let mut reading = Reading {
            metric: metric.take(),
            chosen: options.metric.is_some(),
            ..Reading::default()
        };
        while let Some(read) = table.next(|row| reading.line(row, series).then_some(())) {
            read?;
        }
        if reading.eof.is_none() && !reading.dump {
            let line = table.line();
            let right = "the file may be cut off: fetch it again, or end it with # EOF";
            table
                .problems()
                .add(line, None, "the last line is not `# EOF`", right);
            return Err(table.problems().take());
        }
        metric = reading.metric;
    }
    Ok(())
}

impl Reading {
    /// Takes one line; whether it was a sample without a problem.
    fn line(&mut self, row: &mut Row, series: &mut SeriesSet) -> bool {
        let Ok(text) = std::str::from_utf8(row.field(0)) else {
            let wrong = format!("{} is not UTF-8", quoted(row.field(0)));
            row.problems
                .add(row.line, None, wrong, "save the file as UTF-8");
            return false;
        };
        let text = text.trim();
        if let Some(eof) = self.eof {
            let wrong = format!("the line comes after the # EOF of line {eof}");
            let right = "name the files one by one instead of joining them";
            row.problems.add(row.line, None, wrong, right);
            return false;
        }
        if let Some(comment) = text.strip_prefix('#') {
            let mut words = comment.split_whitespace();
            match (words.next(), words.next(), words.next()) {
                (Some("EOF"), None, None) => self.eof = Some(row.line),
                (Some("TYPE"), Some(name), Some(kind)) => {
                    self.types.insert(name.to_owned(), kind.to_owned());
                }
                _ => {}
            }
            return false;
        }
        match self.sample(text, row, series) {
            Ok(taken) => taken,
            Err(fault) => {
                row.problems.add(row.line, None, fault.wrong, fault.right);
                false
            }
        }
    }

    fn sample(&mut self, text: &str, row: &mut Row, series: &mut SeriesSet) -> Result<bool, Fault> {
        let Some(mut line) = parse(text) else {
            let wrong = format!("{} is no sample", quoted(text.as_bytes()));
            return Err(Fault::of(wrong, RIGHT_SAMPLE));
        };
        let written_name = line.labels.remove("__name__");
        let dump = line.name.is_empty();
        self.dump |= dump;
        let name = written_name.as_deref().unwrap_or(line.name);
        if !self.is_wanted(name)? {
            return Ok(false);
        }
        let kind = self.kind(name)?;
        let Some(time) = line.time else {
            return Err(Fault::of("the sample has no time".to_owned(), RIGHT_TIME));
        };
        let at_ms = milliseconds(time, if dump { 1.0 } else { 1e3 });
        let Some(at_ms) = at_ms else {
            let wrong = format!("{} is not a time", quoted(time.as_bytes()));
            return Err(Fault::of(wrong, RIGHT_SAMPLE));
        };
        let Ok(value) = line.value.parse() else {
            let wrong = format!("{} is not a number", quoted(line.value.as_bytes()));
            let right = "write a number; native histograms are no rates: dump their count instead";
            return Err(Fault::of(wrong, right));
        };
        let Some(key) = series.find(&line.labels, kind, row.line, row.problems) else {
            return Ok(false);
        };
        series.add(&key, Sample { at_ms, value })?;
        Ok(true)
    }

    /// Whether samples of this name are the load.
    fn is_wanted(&mut self, name: &str) -> Result<bool, Fault> {
        let bare = name.strip_suffix("_total").unwrap_or(name);
        let counts = !NOT_COUNTED.iter().any(|end| name.ends_with(end));
        match &self.metric {
            Some(metric) if name == metric || bare == metric => Ok(true),
            Some(first) if !self.chosen && counts && self.refused.insert(name.to_owned()) => {
                Err(Fault::of(
                    format!("{name} is a second metric besides {first}"),
                    "name the one that counts requests (--metric NAME)",
                ))
            }
            None if counts => {
                self.metric = Some(name.to_owned());
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn kind(&self, name: &str) -> Result<Kind, Fault> {
        let (bare, counted) = ["_total", "_count"]
            .iter()
            .find_map(|end| name.strip_suffix(end).map(|bare| (bare, true)))
            .unwrap_or((name, false));
        let declared = self.types.get(name).or_else(|| self.types.get(bare));
        // By the rules of names, where nothing is declared.
        let by_name = if counted { "counter" } else { "gauge" };
        match declared.map_or(by_name, String::as_str) {
            "counter" | "histogram" | "summary" => Ok(Kind::Counter),
            "gauge" | "unknown" | "untyped" => Ok(Kind::Gauge),
            other => Err(Fault::of(
                format!("{name} is of type {other}, which counts nothing"),
                "name a counter or a gauge (--metric NAME)",
            )),
        }
    }
}

/// `name{label="value",...} value [time] [# exemplar]`.
fn parse(text: &str) -> Option<Line<'_>> {
    let end = text.find(|c: char| c == '{' || c.is_whitespace())?;
    let (name, rest) = text.split_at(end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(inside) => parse_labels(inside)?,
        None => (Labels::new(), rest),
    };
    let rest = rest.split(" # ").next()?;
    let mut words = rest.split_whitespace();
    let line = Line {
        name,
        labels,
        value: words.next()?,
        time: words.next(),
    };
    words.next().is_none().then_some(line)
}

/// Labels up to the closing brace, and what follows it.
fn parse_labels(mut rest: &str) -> Option<(Labels, &str)> {
    let mut labels = Labels::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('}') {
            return Some((labels, after));
        }
        let (name, value) = rest.split_once('=')?;
        let mut value_text = String::new();
        let mut characters = value.strip_prefix('"')?.char_indices();
        let end = loop {
            match characters.next()? {
                (at, '"') => break at,
                (_, '\\') => value_text.push(match characters.next()?.1 {
                    'n' => '\n',
                    other => other,
                }),
                (_, other) => value_text.push(other),
            }
        };
        labels.insert(name.trim().to_owned(), value_text);
        // The opening quote was not counted.
        rest = &value[end + 2..];
        rest = rest.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
}

/// A time in milliseconds since 1970, from a number of which `scale` milliseconds are one.
fn milliseconds(text: &str, scale: f64) -> Option<i64> {
    let ms = (text.parse::<f64>().ok()? * scale).round();
    // Within what a float holds exactly.
    #[expect(clippy::cast_possible_truncation, reason = "checked in the same line")]
    (ms.abs() <= 9e15).then_some(ms as i64)
}
