//! Metrics: where a number comes from and what it shall be.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::server::PrometheusServer;
use crate::text::{Quantity, TimeSpan};

/// A metric with its target; the metric that asks for most replicas wins. Exactly one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("[has(self.prometheus), has(self.queue), has(self.pods), has(self.resource)].exists_one(s, s)")
        .message("set exactly one of prometheus, queue, pods and resource"),
    validation = Rule::new("!has(self.prometheus) || has(self.target.averageValue) || has(self.target.value)")
        .message("a prometheus metric needs target.averageValue or target.value"),
    validation = Rule::new("has(self.queue) == has(self.target.drainWithin)")
        .message("a queue, and nothing else, needs target.drainWithin"),
    validation = Rule::new("!has(self.pods) || has(self.target.averageValue)")
        .message("a pods metric needs target.averageValue"),
    validation = Rule::new("!has(self.resource) || has(self.target.averageUtilization) || has(self.target.averageValue)")
        .message("a resource metric needs target.averageUtilization or target.averageValue"),
    validation = Rule::new("!has(self.target.averageUtilization) || has(self.resource)")
        .message("target.averageUtilization is a percentage of the pods' request: only a resource metric has one"),
    validation = Rule::new("!has(self.server) || !has(self.resource)")
        .message("server is a Prometheus, and a resource metric asks metrics.k8s.io in each cluster: leave it out")
)]
pub struct Metric {
    /// Name, unique within the workload; reasons refer to it, and traces of a simulation name
    /// it.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// A PromQL query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<PrometheusSource>,
    /// A backlog of work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueSource>,
    /// A PromQL query with one series per pod; missing and young pods count as in HPA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<PodsSource>,
    /// The pods' use of cpu or memory, as in HPA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceSource>,
    /// The server that its queries are asked of. Default: the controller's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<PrometheusServer>,
    /// What the metric shall be.
    pub target: Target,
    /// A sample older than this is stale, and nothing scales down on it. Default: "2m", two of
    /// Prometheus' default scrape intervals: one lost scrape is no outage.
    #[serde(default = "max_age")]
    pub max_age: TimeSpan,
    /// What counts while the metric is missing. Missing is never zero.
    #[serde(default)]
    pub fallback: Fallback,
}

fn max_age() -> TimeSpan {
    "2m".into()
}

/// A PromQL query that gives one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrometheusSource {
    /// The query.
    #[schemars(length(min = 1, max = 4096))]
    pub query: String,
    /// Asked when the query gives nothing. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub alternative_query: Option<String>,
    /// The one number of several series. Default: none, several series are an error: `sum(...)` in the query says more
    /// exactly what is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Aggregate")]
    pub aggregate: Option<Aggregate>,
}

/// The one number of several series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Aggregate {
    /// All of them together.
    Sum,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// Their mean.
    Average,
}

/// A PromQL query with one series per pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodsSource {
    /// The query; each series carries the label `pod`.
    #[schemars(length(min = 1, max = 4096))]
    pub query: String,
}

/// The pods' use of a resource, as metrics.k8s.io has it in each cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceSource {
    /// Which one.
    pub name: ResourceName,
    /// The container whose use and request count. Default: all of the pod together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub container: Option<String>,
}

/// A resource of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ResourceName {
    /// CPU.
    Cpu,
    /// Memory.
    Memory,
}

/// A backlog of work, such as jobs in a table or messages in a broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QueueSource {
    /// PromQL: items that wait.
    #[schemars(length(min = 1, max = 4096))]
    pub backlog_query: String,
    /// PromQL: items that arrive per second.
    #[schemars(length(min = 1, max = 4096))]
    pub arrivals_query: String,
    /// PromQL: items completed per second, one series per cluster with the label `cluster`.
    /// With it the service rate is learned in each cluster: while replicas are saturated, and
    /// upward also while some wait for work. A rate in it should look back 5 minutes at most.
    /// Default: none, the service rate is as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub completions_query: Option<String>,
    /// Items one replica completes per second, as a quantity: "2.5". Where it is learned, what
    /// counts until then. No default: the count follows from it.
    pub service_rate: Quantity,
    /// The one number of several series, for each query; of completions, of the series of one
    /// cluster. Default: none, several series are an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Aggregate")]
    pub aggregate: Option<Aggregate>,
}

/// What a metric shall be; exactly one of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("[has(self.averageValue), has(self.value), has(self.averageUtilization), has(self.drainWithin)].exists_one(t, t)")
        .message("set exactly one of averageValue, value, averageUtilization and drainWithin")
)]
pub struct Target {
    /// Per replica, as a quantity above zero: replicas = sum / averageValue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_value: Option<Quantity>,
    /// In total, as a quantity above zero: replicas change by the ratio sum / value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Quantity>,
    /// Percent of the pods' request, above 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub average_utilization: Option<u32>,
    /// For a queue: the time within which its backlog is drained, such as "5m". The tolerance
    /// of `behavior` holds for the count that this needs as it does for any other metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drain_within: Option<TimeSpan>,
}

/// What counts while a metric is missing: the last good value, then the count as it is, then
/// the floor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fallback {
    /// How long the last good value counts. Default: "5m", HPA's down-scaling window.
    #[serde(default = "last_known_good")]
    pub last_known_good: TimeSpan,
    /// How long the count is held after that. Default: "10m", time for a person to look.
    #[serde(default = "hold")]
    pub hold: TimeSpan,
    /// Replicas after that; it never lowers the count. Default: `minReplicas`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor_replicas: Option<u32>,
}

fn last_known_good() -> TimeSpan {
    "5m".into()
}

fn hold() -> TimeSpan {
    "10m".into()
}

impl Default for Fallback {
    fn default() -> Self {
        Self {
            last_known_good: last_known_good(),
            hold: hold(),
            floor_replicas: None,
        }
    }
}
