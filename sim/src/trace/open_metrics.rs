//! Text with a sample a line: `OpenMetrics` with times, or what `promtool tsdb dump` prints.
//!
//! A counter becomes the rate at which it grew, a gauge is taken for a rate. `OpenMetrics` writes seconds and ends with
//! `# EOF`, the dump writes milliseconds. Source: <https://prometheus.io/docs/specs/om/open_metrics_spec/>.

use std::collections::BTreeMap;

use super::content::Named;
use super::error::quoted;
use super::load_metric::{LoadMetric, counter_base};
use super::series::{Fault, Kind, Labels, Sample, SeriesSet};
use super::table::{Row, Syntax, Table};
use super::{TraceError, TraceOptions};

const RIGHT_SAMPLE: &str =
    "write name{label=\"value\"} value seconds, as promtool tsdb create-blocks-from reads it";
const RIGHT_TIME: &str = "one scrape tells no rate: write the seconds since 1970 after each value";

/// What is known of the file so far.
struct Reading<'a> {
    /// The types that the file declares, by metric.
    types: BTreeMap<String, String>,
    metric: &'a mut LoadMetric,
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
    let mut metric = LoadMetric::new(options);
    for Named { name, input } in files {
        let (mut table, _) = Table::without_header(&name, input, Syntax::Whole, 1)?;
        let mut reading = Reading {
            types: BTreeMap::new(),
            metric: &mut metric,
            dump: false,
            eof: None,
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
    }
    metric.remark(series);
    Ok(())
}

impl Reading<'_> {
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
        if !self.metric.is(name)? {
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

    fn kind(&self, name: &str) -> Result<Kind, Fault> {
        let base = counter_base(name);
        let declared = self.types.get(name);
        let declared = declared.or_else(|| self.types.get(base.unwrap_or(name)));
        // By the rules of names, where nothing is declared.
        let by_name = if base.is_some() { "counter" } else { "gauge" };
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
