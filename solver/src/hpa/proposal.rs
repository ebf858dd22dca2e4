//! What one metric proposes, or why it cannot.

use std::fmt;

/// The replica count that one metric asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Replicas, `0..=MAX_REPLICAS`; before the window and the limits.
    pub replicas: u32,
    /// Which rule produced the count.
    pub basis: Basis,
    /// What the metric showed, for the status.
    pub usage: Usage,
}

/// The rule that produced a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The usage ratio is within tolerance of 1: no change.
    WithinTolerance,
    /// The usage ratio is outside tolerance: the count that brings it back to 1.
    OutsideTolerance,
    /// With assumptions about missing and unready pods the ratio is within tolerance:
    /// no change.
    AssumedPodsWithinTolerance,
    /// With those assumptions the change would go the other way: no change.
    AssumedPodsReverse,
}

impl Basis {
    /// Stable name for reports and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WithinTolerance => "WithinTolerance",
            Self::OutsideTolerance => "OutsideTolerance",
            Self::AssumedPodsWithinTolerance => "AssumedPodsWithinTolerance",
            Self::AssumedPodsReverse => "AssumedPodsReverse",
        }
    }
}

/// What a metric showed, as HPA's status reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// `Value`: the sum. External or object `AverageValue`: the sum per status replica,
    /// rounded up. Pods and resources: the mean per pod, truncated.
    pub usage_milli: i64,
    /// Percent of the requests, for a utilization target only.
    pub utilization_percent: Option<i32>,
}

impl Usage {
    /// Usage without a percentage.
    #[must_use]
    pub const fn plain(usage_milli: i64) -> Self {
        Self {
            usage_milli,
            utilization_percent: None,
        }
    }
}

/// Why a metric proposes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetricFailure {
    /// The metrics API did not answer usefully; the text says how.
    FetchFailed(String),
    /// The external metrics API knows no series of this name.
    NoSeries,
    /// The custom metrics API returned no pod's sample.
    NoPodSamples,
    /// The resource metrics API returned no pod's sample.
    NoResourceSamples,
    /// The target has no pods at all.
    NoPods,
    /// Every sample belongs to a pod that is unready, failed or being deleted.
    NoCountedSamples,
    /// No pod has both a sample and a request above zero.
    NoKnownPodHasSample,
    /// A container has no request for the resource.
    MissingRequest {
        /// Resource name, such as `cpu`.
        resource: String,
        /// Container without the request.
        container: String,
        /// Pod of that container.
        pod: String,
    },
    /// The pod has no container of the name that the metric gives.
    ContainerNotFound {
        /// Name that was looked for.
        container: String,
        /// Pod without it.
        pod: String,
    },
    /// The metric names no target of a type its source can use.
    NoTarget,
    /// The target is zero or negative; the API would refuse it.
    TargetNotPositive,
    /// The metric's source type is none that HPA knows.
    UnknownSource(String),
}

impl MetricFailure {
    /// Stable name for reports and metrics, without the details.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::FetchFailed(_) => "FetchFailed",
            Self::NoSeries => "NoSeries",
            Self::NoPodSamples => "NoPodSamples",
            Self::NoResourceSamples => "NoResourceSamples",
            Self::NoPods => "NoPods",
            Self::NoCountedSamples => "NoCountedSamples",
            Self::NoKnownPodHasSample => "NoKnownPodHasSample",
            Self::MissingRequest { .. } => "MissingRequest",
            Self::ContainerNotFound { .. } => "ContainerNotFound",
            Self::NoTarget => "NoTarget",
            Self::TargetNotPositive => "TargetNotPositive",
            Self::UnknownSource(_) => "UnknownSource",
        }
    }
}

/// HPA's own wording, which users search for.
impl fmt::Display for MetricFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FetchFailed(cause) => f.write_str(cause),
            Self::NoSeries => f.write_str("no metrics returned from external metrics API"),
            Self::NoPodSamples => f.write_str("no metrics returned from custom metrics API"),
            Self::NoResourceSamples => f.write_str("no metrics returned from resource metrics API"),
            Self::NoPods => {
                f.write_str("no pods returned by selector while calculating replica count")
            }
            Self::NoCountedSamples => {
                f.write_str("did not receive metrics for targeted pods (pods might be unready)")
            }
            Self::NoKnownPodHasSample => f.write_str("no metrics returned matched known pods"),
            Self::MissingRequest {
                resource,
                container,
                pod,
            } => write!(
                f,
                "missing request for {resource} in container {container} of Pod {pod}"
            ),
            Self::ContainerNotFound { container, pod } => {
                write!(f, "container {container} not found in Pod {pod}")
            }
            Self::NoTarget => f.write_str("invalid metric source: no usable target was set"),
            Self::TargetNotPositive => {
                f.write_str("invalid metric target: it must be greater than zero")
            }
            Self::UnknownSource(name) => write!(f, "unknown metric source type {name:?}"),
        }
    }
}

impl std::error::Error for MetricFailure {}
