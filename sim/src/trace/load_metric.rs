//! Which metric of files with several is the load, and what its values mean.

use std::collections::BTreeSet;

use super::series::{Fault, Kind, SeriesSet};
use super::{TraceOptions, Unit};

/// Ends of names that say something about a metric and count no requests.
const NOT_COUNTED: [&str; 4] = ["_created", "_bucket", "_sum", "_info"];

/// The metric that is read.
pub(super) struct LoadMetric {
    /// What the caller named, else the first that may count requests.
    name: Option<String>,
    /// Whether the caller named it; otherwise there must be no other.
    chosen: bool,
    unit: Unit,
    /// Other metrics that were refused, each once.
    refused: BTreeSet<String>,
}

impl LoadMetric {
    pub(super) fn new(options: &TraceOptions) -> Self {
        Self {
            name: options.metric.clone(),
            chosen: options.metric.is_some(),
            unit: options.unit,
            refused: BTreeSet::new(),
        }
    }

    /// Whether samples of this name are the load.
    pub(super) fn is(&mut self, name: &str) -> Result<bool, Fault> {
        let bare = name.strip_suffix("_total").unwrap_or(name);
        let counts = !NOT_COUNTED.iter().any(|end| name.ends_with(end));
        match &self.name {
            Some(metric) if name == metric || bare == metric => Ok(true),
            Some(first) if !self.chosen && counts && self.refused.insert(name.to_owned()) => {
                Err(Fault::of(
                    format!("{name} is a second metric besides {first}"),
                    "name the one that counts requests (--metric NAME)",
                ))
            }
            None if counts => {
                self.name = Some(name.to_owned());
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Says how the values of a gauge were read: nothing in a gauge tells that it is a load.
    pub(super) fn remark(&self, series: &mut SeriesSet) {
        let Some(name) = self.name.as_ref().filter(|_| series.has(Kind::Gauge)) else {
            return;
        };
        let meaning = match self.unit {
            Unit::PerSecond => "requests a second",
            Unit::Count => "the requests of each step",
        };
        series.remark(format!(
            "the values of {name} are taken for {meaning} (--unit); what waits or is busy, like the length of a queue, \
is no load"
        ));
    }
}

/// The name without the end that marks a counter, where it has one.
pub(super) fn counter_base(name: &str) -> Option<&str> {
    ["_total", "_count"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
}
