//! Samples of metrics as JSON lines: `{"ts":0,"metric":"http_requests_total","labels":{"service":"web"},"value":3}`.
//!
//! They mean what the same samples mean as `OpenMetrics` text. Nothing declares a type, so the name tells a counter.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::clock::Clock;
use super::content::Named;
use super::error::quoted;
use super::json_rows::not_json;
use super::load_metric::{LoadMetric, counter_base};
use super::series::{Fault, Kind, Labels, Sample, SeriesSet};
use super::table::{Row, Syntax, Table};
use super::{TraceError, TraceOptions};

const RIGHT_LINE: &str = r#"write a line like {"ts":0,"metric":"http_requests_total","labels":{"service":"web"},"value":3} for each sample, and null for a value that is not known"#;
const RIGHT_VALUE: &str = "write a number, and null where it is not known";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    ts: &'a RawValue,
    #[serde(borrow)]
    metric: Cow<'a, str>,
    #[serde(borrow, default)]
    labels: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// Reads files into the series.
pub(super) fn read(
    files: Vec<Named>,
    series: &mut SeriesSet,
    options: &TraceOptions,
) -> Result<(), TraceError> {
    let mut metric = LoadMetric::new(options);
    let mut clock = Clock::new();
    for Named { name, input } in files {
        let (mut table, _) = Table::without_header(&name, input, Syntax::Whole, 1)?;
        while let Some(read) = table.next(|row| sample(row, &mut metric, &mut clock, series)) {
            read?;
        }
    }
    series.wall_clock = clock.is_wall_clock();
    if let Some(remark) = clock.remark() {
        series.remark(remark);
    }
    metric.remark(series);
    Ok(())
}

/// Takes the sample of a line; `None` where it is not of the load, or has a problem.
fn sample(
    row: &mut Row,
    metric: &mut LoadMetric,
    clock: &mut Clock,
    series: &mut SeriesSet,
) -> Option<()> {
    let line = match serde_json::from_slice::<Line>(row.field(0)) {
        Ok(line) => line,
        Err(error) => {
            let wrong = not_json(error).wrong;
            row.problems.add(row.line, None, wrong, RIGHT_LINE);
            return None;
        }
    };
    match metric.is(&line.metric) {
        Ok(true) => {}
        Ok(false) => return None,
        Err(fault) => {
            row.refuse("metric", fault.wrong, fault.right);
            return None;
        }
    }
    let kind = match counter_base(&line.metric) {
        Some(_) => Kind::Counter,
        None => Kind::Gauge,
    };
    let at_ms = clock
        .instant(unquoted(line.ts))
        .map(|ns| ns.div_euclid(1_000_000))
        .map_err(|fault| row.refuse("ts", fault.wrong, fault.right))
        .ok();
    let value = number(line.value)
        .map_err(|fault| row.refuse("value", fault.wrong, fault.right))
        .ok();
    let labels: Labels = line
        .labels
        .into_iter()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let key = series.find(&labels, kind, row.line, row.problems)?;
    let sample = Sample {
        at_ms: at_ms?,
        value: value?,
    };
    series
        .add(&key, sample)
        .map_err(|fault| row.refuse("value", fault.wrong, fault.right))
        .ok()
}

/// A number, or a text with one as Prometheus writes it (`"3"`, `"NaN"`); `null` is a value that is not known.
fn number(value: &RawValue) -> Result<f64, Fault> {
    if value.get() == "null" {
        return Ok(f64::NAN);
    }
    let text = unquoted(value);
    let number = std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok());
    number.ok_or_else(|| Fault::of(format!("{} is not a number", quoted(text)), RIGHT_VALUE))
}

/// The text of a JSON text without escapes, which times and numbers do not need; anything else as it stands.
fn unquoted(value: &RawValue) -> &[u8] {
    match value.get().as_bytes() {
        [b'"', inner @ .., b'"'] => inner,
        other => other,
    }
}
