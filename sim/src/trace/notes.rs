//! What a report must say about its load: where it came from, what was drawn, and what nobody knows.

use serde::Serialize;

use super::{Format, LlmService, PointProcess, ServiceDistribution};
use crate::time::Nanos;

/// Gaps that the notes list one by one; a trace with more is known to be bad without reading on.
const LISTED_GAPS: usize = 20;

/// What a report says about where its load came from.
///
/// Written as JSON by `trace inspect`, with the unit of each number at the end of its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TraceNotes {
    /// File or generator.
    pub source: String,
    /// Layout of the file; `None` for a generator.
    pub format: Option<Format>,
    /// Rows read so far, without header and comments.
    pub rows: u64,
    /// Rows that were left out, because the trace says of them that it does not know what a run needs.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_out: u64,
    /// Milliseconds since 1970 of simulated time zero, where the trace says it.
    pub origin_unix_ms: Option<i64>,
    /// How rates became requests; `None` where the trace has single requests.
    pub point_process: Option<PointProcess>,
    /// Distribution of service times, where they are drawn.
    pub service: Option<ServiceDistribution>,
    /// Coefficients of the service time, where it is computed from tokens.
    pub llm_service: Option<LlmService>,
    /// Seed of what was drawn; `None` where nothing was.
    pub seed: Option<u64>,
    /// Width of a bin, scaled; `None` where there are none.
    #[serde(rename = "binNs")]
    pub bin_width: Option<Nanos>,
    /// Time up to which the source has said what arrives: the end of the last bin, or the last arrival. A run should
    /// go on at least until then, for a trace may end with a quiet hour.
    #[serde(rename = "endNs")]
    pub end: Nanos,
    /// Spans of which the trace says nothing.
    pub gaps: Gaps,
    /// What the head of the file says of itself, where its format has such a head.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub head: Vec<HeadLine>,
    /// Sentences about how the trace was read, which a person should know before believing a figure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Spans between bins in which it is not known what arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gaps {
    /// How many there are.
    pub count: u64,
    /// Bins that would have filled them; at least one a gap.
    pub missing_bins: u64,
    /// The first of them, at most 20.
    pub first: Vec<Gap>,
}

/// A span of which a trace of rates says nothing for one workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Number of the workload.
    pub workload: u32,
    /// End of the last bin before it.
    #[serde(rename = "fromNs")]
    pub from: Nanos,
    /// Start of the first bin after it.
    #[serde(rename = "toNs")]
    pub to: Nanos,
}

/// A line in the head of a file: `; MaxProcs: 128`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeadLine {
    /// What it says something about.
    pub name: String,
    /// What it says.
    pub value: String,
}

impl Gaps {
    /// Counts a gap into which `missing_bins` whole bins would fit.
    pub(super) fn add(&mut self, missing_bins: u64, gap: Gap) {
        self.count += 1;
        self.missing_bins += missing_bins.max(1);
        if self.first.len() < LISTED_GAPS {
            self.first.push(gap);
        }
    }
}
