//! What a reader of a run must know of its load: what was assumed, and what the trace does not say.

use serde::{Deserialize, Serialize};
use spillway_solver::units::{Millis, UnixMs};

use crate::trace::{ServiceDistribution, TraceNotes};

/// Assumptions and holes of the load.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoadNotes {
    /// Distribution of service times, where they are drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceDistribution>,
    /// Service time of a language model by tokens, where it is computed from them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub llm_service: Option<LlmTimes>,
    /// The trace's own time of the run's start, where it has a calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_ms: Option<UnixMs>,
    /// Width of a bin of rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bin_ms: Option<Millis>,
    /// Spans in which the trace has no bin. No request arrives in them, though the trace does not say so.
    #[serde(default)]
    pub gaps: u64,
    /// Bins that would have filled them.
    #[serde(default)]
    pub missing_bins: u64,
    /// The first of them, at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first_gaps: Vec<LoadGap>,
    /// Sentences about how the trace was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// Coefficients of the service time in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LlmTimes {
    /// Of a request without any token.
    pub base_ns: u64,
    /// For each token of the prompt.
    pub context_token_ns: u64,
    /// For each token of the answer.
    pub generated_token_ns: u64,
}

/// A span without a bin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoadGap {
    /// What the trace calls the workload; empty where it names none.
    pub workload: String,
    /// Its begin, from the run's start.
    pub from_ms: Millis,
    /// Its end.
    pub to_ms: Millis,
}

impl LoadNotes {
    /// From the source's notes and its names of the workloads.
    #[must_use]
    pub fn new(notes: &TraceNotes, workloads: &[String]) -> Self {
        Self {
            service: notes.service,
            llm_service: notes.llm_service.map(|times| LlmTimes {
                base_ns: times.base.0,
                context_token_ns: times.per_context_token.0,
                generated_token_ns: times.per_generated_token.0,
            }),
            origin_ms: notes.origin_unix_ms.map(UnixMs),
            bin_ms: notes.bin_width.map(|width| Millis(width.as_millis())),
            gaps: notes.gaps.count,
            missing_bins: notes.gaps.missing_bins,
            first_gaps: notes
                .gaps
                .first
                .iter()
                .map(|gap| LoadGap {
                    workload: workloads
                        .get(gap.workload as usize)
                        .cloned()
                        .unwrap_or_default(),
                    from_ms: Millis(gap.from.as_millis()),
                    to_ms: Millis(gap.to.as_millis()),
                })
                .collect(),
            remarks: notes.remarks.clone(),
        }
    }

    /// A sentence about the gaps; `None` where there are none.
    #[must_use]
    pub fn gap_warning(&self) -> Option<String> {
        let first = self.first_gaps.first()?;
        let of = match first.workload.as_str() {
            "" => String::new(),
            name => format!(" of {name}"),
        };
        Some(format!(
            "the trace says nothing in {} ({} bins), the first{of} from {} s to {} s: no request arrives there, which \
             may be untrue; fill them, or read the figures with that in mind",
            match self.gaps {
                1 => "one gap".to_owned(),
                many => format!("{many} gaps"),
            },
            self.missing_bins,
            first.from_ms.0 / 1_000,
            first.to_ms.0 / 1_000,
        ))
    }
}
