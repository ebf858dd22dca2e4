//! What a reader of a run has to know because it makes its figures say something else than they seem to, or nothing.
//!
//! A warning refuses nothing: the run is what its files say. Each kind has a stable code, for those who filter them.

mod faults;
mod initial;
mod load;
mod objective;
mod objects;
mod room;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::RunConfig;
use crate::record::RunRecord;

pub(crate) use objects::of_objects;

/// What a warning is about. Its name in files is stable; never rename one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Code {
    /// A fault begins when the run is over.
    FaultAfterEnd,
    /// No node that exists or can be had holds a replica.
    NoNodeHolds,
    /// A workload starts with more replicas than its maximum.
    InitialAboveMax,
    /// A workload starts with fewer replicas than its minimum.
    InitialBelowMin,
    /// Nothing arrived, in the whole run or for a workload that should have had requests.
    NoRequests,
    /// The load ends long before the run does.
    LoadEndsEarly,
    /// The load begins long after the run does.
    LoadBeginsLate,
    /// The trace's calendar is not the world's.
    TraceElsewhere,
    /// The trace says nothing of some spans.
    TraceGaps,
    /// An objective is shorter than a request takes.
    ObjectiveBelowService,
    /// No cluster has a capability that a workload requires.
    NoClusterOffers,
    /// No cluster has a round-trip to a data set of a workload.
    NoClusterNear,
    /// A group is spot, and no policy takes spot.
    SpotUnused,
    /// A bursting rule bounds no money.
    NoMoneyCap,
}

impl Code {
    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FaultAfterEnd => "faultAfterEnd",
            Self::NoNodeHolds => "noNodeHolds",
            Self::InitialAboveMax => "initialAboveMax",
            Self::InitialBelowMin => "initialBelowMin",
            Self::NoRequests => "noRequests",
            Self::LoadEndsEarly => "loadEndsEarly",
            Self::LoadBeginsLate => "loadBeginsLate",
            Self::TraceElsewhere => "traceElsewhere",
            Self::TraceGaps => "traceGaps",
            Self::ObjectiveBelowService => "objectiveBelowService",
            Self::NoClusterOffers => "noClusterOffers",
            Self::NoClusterNear => "noClusterNear",
            Self::SpotUnused => "spotUnused",
            Self::NoMoneyCap => "noMoneyCap",
        }
    }
}

/// Something that a reader has to know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Warning {
    /// What it is about.
    pub code: Code,
    /// File, line and field, or the workload; then what is the matter, what follows for the figures, and what to do.
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.text, self.code.name())
    }
}

/// All warnings of a run that has ended. What a world says of its start and its faults is left out where it goes on from
/// a snapshot: there the start is a fact, and its faults keep the instants of the run that was recorded.
#[must_use]
pub fn of(config: &RunConfig, record: &RunRecord) -> Vec<Warning> {
    let mut found = config.doubts.clone();
    if !config.world.seen {
        let end = crate::time::Nanos::from_millis(record.meta.horizon_ms.0);
        found.extend(faults::after(&config.world, end));
        found.extend(initial::beyond_bounds(config));
        found.extend(load::elsewhere(record));
    }
    found.extend(room::without(config));
    found.extend(load::of(config, record));
    found.extend(objective::below_service(config, record));
    found
}

/// What is known before the run: which faults of a world begin when it is over.
#[must_use]
pub fn foreseen(config: &RunConfig) -> Vec<Warning> {
    let world = &config.world;
    let end = world.horizon.map(|span| span.0);
    end.map_or_else(Vec::new, |end| faults::after(world, end).collect())
}

/// The warnings of several runs as lines, each once; those that not all runs have are told with the runs' names.
#[must_use]
pub fn of_runs(runs: &[&RunRecord]) -> Vec<String> {
    let mut each: Vec<(&Warning, Vec<&str>)> = Vec::new();
    for run in runs {
        for warning in &run.warnings {
            match each.iter_mut().find(|(told, _)| *told == warning) {
                Some((_, names)) => names.push(&run.meta.name),
                None => each.push((warning, vec![&run.meta.name])),
            }
        }
    }
    let lines = each.into_iter().map(|(warning, names)| {
        if names.len() == runs.len() {
            warning.to_string()
        } else {
            format!("{}: {warning}", names.join(", "))
        }
    });
    lines.collect()
}

fn warning(code: Code, text: impl Into<String>) -> Warning {
    Warning {
        code,
        text: text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_written_in_files_as_it_is_shown() {
        for code in [Code::FaultAfterEnd, Code::NoNodeHolds, Code::TraceGaps] {
            let json = serde_json::to_string(&code).expect("a name");
            assert_eq!(json, format!("\"{}\"", code.name()));
        }
    }
}
