//! Traffic follows Ready replicas: what the weights' arithmetic ([`crate::traffic`]) is told
//! of a fleet.

use crate::capacity::{Condition, Fleet};
use crate::memory::Memory;
use crate::snapshot::{Reading, Snapshot};
use crate::traffic::{self, ClusterShare, TrafficInput, TrafficMetric, TrafficWeights};

/// The weights of each workload, by workload index; `None` where no traffic is managed.
pub(crate) fn weights(
    fleet: &Fleet<'_>,
    snapshot: &Snapshot,
    memory: &Memory,
) -> Vec<Option<TrafficWeights>> {
    fleet
        .workloads
        .iter()
        .map(|workload| {
            let spec = workload.spec.traffic.as_ref()?;
            let clusters: Vec<ClusterShare> = fleet
                .clusters
                .iter()
                .zip(&workload.existing)
                .map(|(cluster, existing)| ClusterShare {
                    cluster: cluster.spec.name.to_string(),
                    tier: cluster.spec.tier,
                    ready_replicas: existing.ready,
                    healthy: match cluster.state.and_then(|s| s.serves_traffic) {
                        Some(serves) => serves,
                        None => cluster.condition != Condition::Lost,
                    },
                })
                .collect();
            let input = TrafficInput {
                mode: &spec.mode,
                ramp: Some(spec.ramp),
                clusters: &clusters,
                metric: metric(fleet, snapshot, workload.spec),
                now_ms: fleet.now.0,
            };
            let last = memory
                .workloads
                .get(&workload.spec.id)
                .map_or_else(TrafficWeights::default, |m| m.weights.clone());
            Some(traffic::weights(&input, &last))
        })
        .collect()
}

/// The workload's first metric, as the feed-forward formula needs it: a total.
fn metric(
    fleet: &Fleet<'_>,
    snapshot: &Snapshot,
    workload: &crate::policy::WorkloadSpec,
) -> TrafficMetric {
    let Some(spec) = workload.metrics.first() else {
        return TrafficMetric::Empty;
    };
    let reading = snapshot
        .workloads
        .iter()
        .find(|w| w.id == workload.id)
        .and_then(|w| w.metrics.get(&spec.name))
        .map(|m| &m.primary);
    match reading {
        Some(Reading::Series {
            at_ms,
            values_milli,
        }) if !values_milli.is_empty() => match fleet.clock.age_of(*at_ms) {
            Ok(age) if age <= spec.max_age_ms => TrafficMetric::Value {
                milli: values_milli
                    .iter()
                    .fold(0_i64, |sum, v| sum.saturating_add(*v)),
            },
            _ => TrafficMetric::Stale,
        },
        Some(Reading::NotANumber) => TrafficMetric::NotANumber,
        Some(Reading::Partial) => TrafficMetric::Partial,
        Some(Reading::Failed { .. }) => TrafficMetric::Failed,
        _ => TrafficMetric::Empty,
    }
}
