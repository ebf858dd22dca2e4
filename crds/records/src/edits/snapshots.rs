//! The same edits of two snapshots as of their JSON, without making JSON or copies of what is equal.
//!
//! Most of a snapshot is what it was a tick before; what differs is the time and the samples of metrics. So the large
//! lists, and what differs in every tick, are compared as what they are. All else that differs, and whatever has other
//! keys than before, is compared as JSON. Each field stands under its name in the JSON and in the order of the names.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use spillway_solver::snapshot::{
    ClusterState, MetricState, PodReading, Reading, Snapshot, WorkloadState,
};

use super::{EACH, Edit, Edits};

/// Makes `held` what `now` is, and says what of its JSON that replaces.
///
/// # Panics
///
/// Never: a snapshot is strings, integers, truth values and lists of them.
pub(crate) fn follow(held: &mut Snapshot, now: &Snapshot) -> Vec<Edit> {
    let mut edits = Edits::default();
    edits.snapshot(held, now);
    edits.found
}

fn json(part: &impl Serialize) -> Value {
    serde_json::to_value(part).expect("a snapshot is strings, integers and lists of them")
}

impl Edits {
    fn snapshot(&mut self, held: &mut Snapshot, now: &Snapshot) {
        let Snapshot {
            schema_version,
            now_ms,
            clusters,
            workloads,
            spend,
        } = now;
        if held.spend.is_some() != spend.is_some() {
            return self.whole(held, now);
        }
        self.list("clusters", &mut held.clusters, clusters, Self::cluster);
        self.field("nowMs", &mut held.now_ms, now_ms);
        self.field("schemaVersion", &mut held.schema_version, schema_version);
        self.field("spend", &mut held.spend, spend);
        self.list("workloads", &mut held.workloads, workloads, Self::workload);
    }

    fn cluster(&mut self, held: &mut ClusterState, now: &ClusterState) {
        let ClusterState {
            name,
            observed_at_ms,
            unreachable_since_ms,
            serves_traffic,
            nodes,
            groups,
            quotas,
            targets,
        } = now;
        let keys = |cluster: &ClusterState| {
            [
                cluster.unreachable_since_ms.is_some(),
                cluster.serves_traffic.is_some(),
            ]
        };
        if keys(held) != keys(now) {
            return self.whole(held, now);
        }
        self.list("groups", &mut held.groups, groups, Self::whole);
        self.field("name", &mut held.name, name);
        self.list("nodes", &mut held.nodes, nodes, Self::whole);
        self.field("observedAtMs", &mut held.observed_at_ms, observed_at_ms);
        self.list("quotas", &mut held.quotas, quotas, Self::whole);
        self.field("servesTraffic", &mut held.serves_traffic, serves_traffic);
        self.list("targets", &mut held.targets, targets, Self::whole);
        self.field(
            "unreachableSinceMs",
            &mut held.unreachable_since_ms,
            unreachable_since_ms,
        );
    }

    fn workload(&mut self, held: &mut WorkloadState, now: &WorkloadState) {
        let WorkloadState { id, metrics } = now;
        self.field("id", &mut held.id, id);
        self.under("metrics", |edits| edits.metrics(&mut held.metrics, metrics));
    }

    fn metrics(
        &mut self,
        held: &mut BTreeMap<String, MetricState>,
        now: &BTreeMap<String, MetricState>,
    ) {
        if !held.keys().eq(now.keys()) {
            return self.whole(held, now);
        }
        for ((name, held), now) in held.iter_mut().zip(now.values()) {
            self.under(name, |edits| edits.metric(held, now));
        }
    }

    fn metric(&mut self, held: &mut MetricState, now: &MetricState) {
        let MetricState {
            primary,
            alternative,
            arrivals,
            completions,
        } = now;
        let keys = |metric: &MetricState| {
            [
                metric.alternative.is_some(),
                metric.arrivals.is_some(),
                !metric.completions.is_empty(),
            ]
        };
        if keys(held) != keys(now) {
            return self.whole(held, now);
        }
        self.field("alternative", &mut held.alternative, alternative);
        self.field("arrivals", &mut held.arrivals, arrivals);
        self.field("completions", &mut held.completions, completions);
        self.under("primary", |edits| edits.reading(&mut held.primary, primary));
    }

    fn reading(&mut self, held: &mut Reading, now: &Reading) {
        match (&mut *held, now) {
            (
                Reading::Pods { at_ms, pods },
                Reading::Pods {
                    at_ms: now_at_ms,
                    pods: now_pods,
                },
            ) => {
                self.field("atMs", at_ms, now_at_ms);
                self.pods(pods, now_pods);
            }
            _ => self.whole(held, now),
        }
    }

    /// Samples of all pods are new in every tick: their columns come first, for a place each would repeat its path.
    fn pods(&mut self, held: &mut Vec<PodReading>, now: &[PodReading]) {
        if held.len() == now.len() {
            self.under("pods", |edits| {
                edits.column(
                    "sampledAtMs",
                    held,
                    now,
                    |pod| pod.sampled_at_ms,
                    |pod| &mut pod.sampled_at_ms,
                );
                edits.column(
                    "valueMilli",
                    held,
                    now,
                    |pod| pod.value_milli,
                    |pod| &mut pod.value_milli,
                );
            });
        }
        self.list("pods", held, now, Self::pod);
    }

    /// A field of most pods of a list, as one edit. Where a pod has no such field, or few have another value, each
    /// place is left to be compared by itself.
    fn column<T: Copy + PartialEq + Serialize>(
        &mut self,
        name: &str,
        held: &mut [PodReading],
        now: &[PodReading],
        of: fn(&PodReading) -> Option<T>,
        to: fn(&mut PodReading) -> &mut Option<T>,
    ) {
        let mut values = Vec::with_capacity(now.len());
        let mut others = 0;
        for (held, now) in held.iter().zip(now) {
            let (Some(before), Some(value)) = (of(held), of(now)) else {
                return;
            };
            others += usize::from(before != value);
            values.push(value);
        }
        if others < 2 || others * 2 < values.len() {
            return;
        }
        for (held, value) in held.iter_mut().zip(&values) {
            *to(held) = Some(*value);
        }
        let list = json(&values);
        self.under(EACH, |edits| edits.under(name, |edits| edits.replace(list)));
    }

    fn pod(&mut self, held: &mut PodReading, now: &PodReading) {
        let PodReading {
            name,
            cluster,
            phase,
            ready,
            ready_changed_at_ms,
            started_at_ms,
            deleting,
            value_milli,
            sampled_at_ms,
            window_ms,
            request_milli,
        } = now;
        let keys = |pod: &PodReading| {
            [
                pod.ready.is_some(),
                pod.ready_changed_at_ms.is_some(),
                pod.started_at_ms.is_some(),
                pod.value_milli.is_some(),
                pod.sampled_at_ms.is_some(),
                pod.request_milli.is_some(),
            ]
        };
        if keys(held) != keys(now) {
            return self.whole(held, now);
        }
        self.field("cluster", &mut held.cluster, cluster);
        self.field("deleting", &mut held.deleting, deleting);
        self.field("name", &mut held.name, name);
        self.field("phase", &mut held.phase, phase);
        self.field("ready", &mut held.ready, ready);
        self.field(
            "readyChangedAtMs",
            &mut held.ready_changed_at_ms,
            ready_changed_at_ms,
        );
        self.field("requestMilli", &mut held.request_milli, request_milli);
        self.field("sampledAtMs", &mut held.sampled_at_ms, sampled_at_ms);
        self.field("startedAtMs", &mut held.started_at_ms, started_at_ms);
        self.field("valueMilli", &mut held.value_milli, value_milli);
        self.field("windowMs", &mut held.window_ms, window_ms);
    }

    fn list<T: Clone + PartialEq + Serialize>(
        &mut self,
        name: &str,
        held: &mut Vec<T>,
        now: &[T],
        compare: impl Fn(&mut Self, &mut T, &T),
    ) {
        self.under(name, |edits| {
            if held.len() != now.len() {
                *held = now.to_vec();
                return edits.replace(json(held));
            }
            for (index, (held, now)) in held.iter_mut().zip(now).enumerate() {
                if held != now {
                    edits.at(index, |edits| compare(edits, held, now));
                }
            }
        });
    }

    fn field<T: Clone + PartialEq + Serialize>(&mut self, name: &str, held: &mut T, now: &T) {
        if held != now {
            self.under(name, |edits| edits.whole(held, now));
        }
    }

    fn whole<T: Clone + PartialEq + Serialize>(&mut self, held: &mut T, now: &T) {
        if held != now {
            self.values(&json(held), &json(now));
            *held = now.clone();
        }
    }
}

#[cfg(test)]
mod tests;
