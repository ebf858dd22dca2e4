//! A cluster of the world file: its nodes, its cloud's limits, and what adds and removes nodes.

use serde::Deserialize;
use spillway_solver::ids::{ClusterId, GroupId};

use super::Span;
use crate::time::Nanos;

/// One cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorldCluster {
    /// The `Cluster` object's name.
    pub name: ClusterId,
    /// Who grows the groups that have a node autoscaler.
    #[serde(default)]
    pub node_autoscaler: NodeAutoscaler,
    /// Its node groups; one that is not listed starts without nodes.
    #[serde(default)]
    pub groups: Vec<WorldGroup>,
    /// Limits of its cloud project.
    #[serde(default)]
    pub quotas: Quotas,
}

/// Limits of a cloud project; an order beyond one fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quotas {
    /// Most servers: Nova's `instances`. Absent: no limit.
    #[serde(default)]
    pub instances: Option<u32>,
    /// Most cores of all servers, counted as pods may use them: Nova's `cores`. Absent: no limit.
    #[serde(default)]
    pub cores: Option<u32>,
}

/// One node group.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorldGroup {
    /// The group's name in the `Cluster` object.
    pub name: GroupId,
    /// Nodes that are up at the start.
    #[serde(default)]
    pub initial_nodes: u32,
    /// From the order of a node until it takes pods; absent: the `Cluster` object's figures.
    #[serde(default)]
    pub boot: Option<Boot>,
}

/// Two quantiles of a boot time; a lognormal distribution goes through them.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Boot {
    /// Median.
    pub p50: Span,
    /// 95th percentile, not below the median.
    pub p95: Span,
}

/// A model of what adds and removes nodes.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum NodeAutoscaler {
    /// Karpenter.
    Karpenter(Karpenter),
    /// Cluster Autoscaler.
    ClusterAutoscaler(ClusterAutoscaler),
}

impl Default for NodeAutoscaler {
    fn default() -> Self {
        Self::Karpenter(Karpenter::default())
    }
}

/// Karpenter: nodes for pending pods at once, empty nodes back soon.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Karpenter {
    /// How long it gathers pods. 1 s, its `batchIdleDuration`.
    pub batch: Span,
    /// How long a node must be empty. 30 s, as its examples; 0 s gives a node away between two
    /// waves of replicas.
    pub consolidate_after: Span,
}

impl Default for Karpenter {
    fn default() -> Self {
        Self {
            batch: Span(Nanos::from_secs(1)),
            consolidate_after: Span(Nanos::from_secs(30)),
        }
    }
}

/// Cluster Autoscaler, with the defaults of its flags.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClusterAutoscaler {
    /// `--scan-interval`.
    pub scan_interval: Span,
    /// `--scale-down-unneeded-time`.
    pub unneeded: Span,
    /// `--scale-down-delay-after-add`.
    pub delay_after_add: Span,
    /// `--scale-down-utilization-threshold` in percent; requests of daemons count.
    pub utilization_percent: u32,
}

impl Default for ClusterAutoscaler {
    fn default() -> Self {
        Self {
            scan_interval: Span(Nanos::from_secs(10)),
            unneeded: Span(Nanos::from_secs(600)),
            delay_after_add: Span(Nanos::from_secs(600)),
            utilization_percent: 50,
        }
    }
}
