//! What k6 writes with `--out json`: a JSON object a line, of which the points of `http_req_duration` are requests.
//!
//! The time of a point is the end of its request and the value its milliseconds, from sending to the last byte.
//! Source: <https://grafana.com/docs/k6/latest/results-output/real-time/json/>.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::TraceOptions;
use super::clock::Clock;
use super::ended::{Ended, EndedRows};
use super::error::quoted;
use super::names::{Names, RIGHT_NAMES};
use super::table::Row;
use crate::decimal;
use crate::time::Nanos;

/// The metric whose points are requests.
const REQUESTS: &str = "http_req_duration";

const RIGHT_LINE: &str = "write one JSON object a line, as k6 --out json does";

pub(super) struct Points {
    clock: Clock,
    workload_tag: Option<String>,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    metric: Cow<'a, str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Deserialize)]
struct Point<'a> {
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
    #[serde(borrow, default)]
    tags: Option<BTreeMap<Cow<'a, str>, Cow<'a, str>>>,
}

impl Points {
    pub(super) fn new(options: &TraceOptions) -> Self {
        Self {
            clock: Clock::new(),
            workload_tag: options.workload_label.clone(),
        }
    }

    fn workload(&self, point: &Point, row: &mut Row, workloads: &mut Names) -> Option<u32> {
        let Some(tag) = &self.workload_tag else {
            return Some(0);
        };
        let found = point.tags.as_ref().and_then(|tags| tags.get(tag.as_str()));
        let Some(name) = found.filter(|name| !name.is_empty()) else {
            row.refuse(
                tag,
                "the point has no such tag",
                "name a tag that every request has",
            );
            return None;
        };
        workloads
            .find(name, row.line)
            .map_err(|wrong| row.refuse(tag, wrong, RIGHT_NAMES))
            .ok()
    }
}

impl EndedRows for Points {
    fn read(&mut self, row: &mut Row, workloads: &mut Names) -> Option<Ended> {
        let text = row.field(0);
        let line: Result<Line, _> = serde_json::from_slice(text);
        let Ok(line) = line else {
            let wrong = format!("{} is no line of k6", quoted(text));
            row.problems.add(row.line, None, wrong, RIGHT_LINE);
            return None;
        };
        if line.kind != "Point" || line.metric != REQUESTS {
            return None;
        }
        let Ok(point) = serde_json::from_str::<Point>(line.data.get()) else {
            let wrong = format!("{} is no point", quoted(line.data.get().as_bytes()));
            row.refuse("data", wrong, "a point has a time and a value");
            return None;
        };
        let end_ns = self
            .clock
            .instant(point.time.as_bytes())
            .map_err(|fault| row.refuse("time", fault.wrong, fault.right))
            .ok();
        let value = point.value.get().as_bytes();
        // A thousand billionths of a millisecond are a nanosecond.
        let duration = decimal::parse_nano(value)
            .map(|nano| Nanos(nano / 1_000))
            .map_err(|fault| {
                let wrong = format!("{} {fault}", quoted(value));
                row.refuse("value", wrong, "write the milliseconds of the request");
            })
            .ok();
        let workload = self.workload(&point, row, workloads);
        Some(Ended {
            end_ns: end_ns?,
            duration: duration?,
            workload: workload?,
        })
    }

    fn time_name(&self) -> &'static str {
        "time"
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }
}
