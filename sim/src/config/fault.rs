//! Faults of the world: what breaks, and when, as a world file says it.
//!
//! A fault is one line: its kind, its target, its size, and either an instant (`at`) or a rate
//! (`perHour`, `perNodeHour`). What each kind takes is a row of [`FaultKind::fields`]; how it acts
//! lies in `world/faults`.

use serde::Deserialize;
use spillway_solver::ids::{ClusterId, GroupId, WorkloadId};

use super::Span;
use super::span::SignedSpan;
use crate::time::Nanos;

/// A line of `faults`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// What breaks.
    pub kind: FaultKind,
    /// In which cluster.
    #[serde(default)]
    pub cluster: Option<ClusterId>,
    /// In which of its groups; where a kind takes a cluster without one, in all.
    #[serde(default)]
    pub group: Option<GroupId>,
    /// For which workload.
    #[serde(default)]
    pub workload: Option<WorkloadId>,
    /// For which of its metrics; absent: all.
    #[serde(default)]
    pub metric: Option<String>,
    /// When it begins, from the start of the run.
    #[serde(default)]
    pub at: Option<Span>,
    /// How long it lasts; absent: to the end of the run.
    #[serde(default, rename = "for")]
    pub lasts: Option<Span>,
    /// How often it begins: the rate of a Poisson process with a random stream of its own.
    #[serde(default)]
    pub per_hour: Option<f64>,
    /// How often it strikes each node: the rate of an exponential life.
    #[serde(default)]
    pub per_node_hour: Option<f64>,
    /// By what a time or a price is multiplied.
    #[serde(default)]
    pub factor: Option<f64>,
    /// With which probability, above 0 and up to 1.
    #[serde(default)]
    pub probability: Option<f64>,
    /// How much later a metric is seen.
    #[serde(default)]
    pub lag: Option<Span>,
    /// How far a clock jumps; backwards with a minus.
    #[serde(default)]
    pub by: Option<SignedSpan>,
    /// The quota's limit of servers while the fault lasts.
    #[serde(default)]
    pub instances: Option<u32>,
    /// The quota's limit of cores while the fault lasts.
    #[serde(default)]
    pub cores: Option<u32>,
}

/// What breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FaultKind {
    /// Nodes and pods die and nothing answers; then the nodes of the start are back.
    ClusterLost,
    /// The API server does not answer: nobody sees or changes anything, pods serve on.
    ClusterUnreachable,
    /// The autoscaler alone cannot reach the cluster.
    Partition,
    /// The provider has no machines of a group.
    InsufficientCapacity,
    /// The quota of a cloud project is lower.
    QuotaCut,
    /// Nodes take a multiple of their time to boot.
    SlowBoot,
    /// Images take a multiple of their time to pull.
    SlowImagePull,
    /// Pods crash as they start.
    PodStartFailure,
    /// The provider takes spot nodes back.
    SpotInterruption,
    /// Queries return no series.
    MetricGap,
    /// Queries fail.
    MetricError,
    /// Queries return NaN.
    MetricNan,
    /// Queries return the last sample, with its time.
    MetricStale,
    /// Queries return the last value, with the time of now.
    MetricFrozen,
    /// Samples are seen later.
    MetricDelayed,
    /// Queries return a part of the data.
    MetricPartial,
    /// A group has another price.
    PriceStep,
    /// The autoscaler's clock jumps, the world's does not.
    ClockStep,
    /// A workload's pods are replaced by those of a new template.
    RollOut,
}

/// What a kind of fault takes besides its time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    /// Written always.
    pub(crate) needs: &'static [&'static str],
    /// Written or not.
    pub(crate) may: &'static [&'static str],
    /// Whether it lasts; what does not, is over as it happens.
    pub(crate) lasts: bool,
}

impl FaultKind {
    /// All kinds, in the order of the documents.
    pub const ALL: [Self; 19] = [
        Self::ClusterLost,
        Self::ClusterUnreachable,
        Self::Partition,
        Self::InsufficientCapacity,
        Self::QuotaCut,
        Self::SlowBoot,
        Self::SlowImagePull,
        Self::PodStartFailure,
        Self::SpotInterruption,
        Self::MetricGap,
        Self::MetricError,
        Self::MetricNan,
        Self::MetricStale,
        Self::MetricFrozen,
        Self::MetricDelayed,
        Self::MetricPartial,
        Self::PriceStep,
        Self::ClockStep,
        Self::RollOut,
    ];

    /// Its name in a world file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClusterLost => "clusterLost",
            Self::ClusterUnreachable => "clusterUnreachable",
            Self::Partition => "partition",
            Self::InsufficientCapacity => "insufficientCapacity",
            Self::QuotaCut => "quotaCut",
            Self::SlowBoot => "slowBoot",
            Self::SlowImagePull => "slowImagePull",
            Self::PodStartFailure => "podStartFailure",
            Self::SpotInterruption => "spotInterruption",
            Self::MetricGap => "metricGap",
            Self::MetricError => "metricError",
            Self::MetricNan => "metricNan",
            Self::MetricStale => "metricStale",
            Self::MetricFrozen => "metricFrozen",
            Self::MetricDelayed => "metricDelayed",
            Self::MetricPartial => "metricPartial",
            Self::PriceStep => "priceStep",
            Self::ClockStep => "clockStep",
            Self::RollOut => "rollOut",
        }
    }

    pub(crate) const fn fields(self) -> Fields {
        let (needs, may, lasts): (&[&str], &[&str], bool) = match self {
            Self::ClusterLost | Self::ClusterUnreachable | Self::Partition => {
                (&["cluster"], &[], true)
            }
            Self::InsufficientCapacity | Self::SpotInterruption => {
                (&["cluster", "group"], &[], true)
            }
            Self::QuotaCut => (&["cluster"], &["instances", "cores"], true),
            Self::SlowBoot => (&["cluster", "factor"], &["group"], true),
            Self::SlowImagePull => (&["cluster", "factor"], &[], true),
            Self::PodStartFailure => (&["workload", "probability"], &["cluster"], true),
            Self::MetricGap
            | Self::MetricError
            | Self::MetricNan
            | Self::MetricStale
            | Self::MetricFrozen
            | Self::MetricPartial => (&["workload"], &["metric"], true),
            Self::MetricDelayed => (&["workload", "lag"], &["metric"], true),
            Self::PriceStep => (&["cluster", "group", "factor"], &[], true),
            Self::ClockStep => (&["by"], &[], false),
            Self::RollOut => (&["workload"], &[], false),
        };
        Fields { needs, may, lasts }
    }
}

impl Fault {
    /// A line that names its kind and nothing else.
    #[must_use]
    pub const fn of(kind: FaultKind) -> Self {
        Self {
            kind,
            cluster: None,
            group: None,
            workload: None,
            metric: None,
            at: None,
            lasts: None,
            per_hour: None,
            per_node_hour: None,
            factor: None,
            probability: None,
            lag: None,
            by: None,
            instances: None,
            cores: None,
        }
    }

    /// The same fault in a run that begins so much later; `None` where it is over by then. What it has made of prices
    /// and quotas is what is seen then, and stays.
    #[must_use]
    pub(super) fn after(&self, passed: Nanos) -> Option<Self> {
        let Some(Span(at)) = self.at else {
            return Some(self.clone());
        };
        if let Some(later) = at.checked_sub(passed) {
            return Some(Self {
                at: Some(Span(later)),
                ..self.clone()
            });
        }
        self.runs_at(passed)
            .then(|| Self {
                at: Some(Span(Nanos::ZERO)),
                lasts: self.lasts.map(|span| Span(at + span.0 - passed)),
                ..self.clone()
            })
            .filter(|fault| !fault.is_seen())
    }

    /// Whether it began before this time of its run and lasts beyond it.
    pub(crate) fn runs_at(&self, passed: Nanos) -> bool {
        let over_at_once = self.kind == FaultKind::SpotInterruption && self.lasts.is_none();
        let began = self.at.filter(|at| at.0 < passed);
        began.is_some_and(|at| {
            let lasts = self.lasts.is_none_or(|span| at.0 + span.0 > passed);
            self.kind.fields().lasts && !over_at_once && lasts
        })
    }

    /// Whether what it does while it runs is in what an autoscaler sees.
    pub(crate) fn is_seen(&self) -> bool {
        matches!(self.kind, FaultKind::PriceStep | FaultKind::QuotaCut)
    }

    /// Whether a cluster does not answer while it runs.
    pub(super) fn silences(&self, cluster: &ClusterId) -> bool {
        let kinds = [
            FaultKind::ClusterLost,
            FaultKind::ClusterUnreachable,
            FaultKind::Partition,
        ];
        kinds.contains(&self.kind) && self.cluster.as_ref() == Some(cluster)
    }

    /// What it strikes, in words.
    #[must_use]
    pub fn target(&self) -> String {
        let place = match (&self.cluster, &self.group) {
            (Some(cluster), Some(group)) => Some(format!("{cluster}/{group}")),
            (Some(cluster), None) => Some(cluster.to_string()),
            (None, _) => None,
        };
        match (&self.workload, place, &self.metric) {
            (Some(workload), Some(place), _) => format!("{workload} in {place}"),
            (Some(workload), None, Some(metric)) => format!("{workload} {metric}"),
            (Some(workload), None, None) => workload.to_string(),
            (None, Some(place), _) => place,
            (None, None, _) => "the clock".to_owned(),
        }
    }

    /// The fields that are written, without kind and time.
    pub(crate) fn written(&self) -> Vec<&'static str> {
        [
            ("cluster", self.cluster.is_some()),
            ("group", self.group.is_some()),
            ("workload", self.workload.is_some()),
            ("metric", self.metric.is_some()),
            ("factor", self.factor.is_some()),
            ("probability", self.probability.is_some()),
            ("lag", self.lag.is_some()),
            ("by", self.by.is_some()),
            ("instances", self.instances.is_some()),
            ("cores", self.cores.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, written)| written.then_some(name))
        .collect()
    }
}
