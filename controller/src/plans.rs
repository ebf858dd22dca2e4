//! Plans that were in force, so that a person can go back to one. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use spillway_crds::api::{HybridAutoscaler, Mode};
use spillway_crds::workload_id;
use spillway_solver::decision::{Plan, WorkloadPlan};
use spillway_solver::ids::WorkloadId;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::UnixMs;

/// Most plans that are kept of a workload: two minutes of a count that changes in every tick, days of one that does not.
const MOST: usize = 8;

/// Most plans that are kept in all. A thousand workloads with eight each take 90 KB of the memory's `ConfigMap`.
const MOST_OF_ALL: usize = 8_000;

/// Replicas by cluster; a cluster without any is left out.
pub type Counts = BTreeMap<String, u32>;

/// A plan of a workload and since when it has been in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InForce {
    /// Absent for what ran before the first plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<UnixMs>,
    /// Where it shall end up.
    pub replicas: Counts,
}

/// The last plans of each workload, the newest last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Plans(BTreeMap<WorkloadId, Vec<InForce>>);

impl Plans {
    /// With what was decided now. Plans that are not acted on, because they are only observed, change nothing; where a
    /// pause holds the replicas, it amends the last plan, so that who rolls back once more gets one further back.
    #[must_use]
    pub fn after(
        &self,
        plan: &Plan,
        snapshot: &Snapshot,
        autoscalers: &[HybridAutoscaler],
    ) -> Self {
        let modes: BTreeMap<String, Mode> = autoscalers
            .iter()
            .map(|object| (workload_id(object), object.spec.mode))
            .collect();
        let mut plans = self.clone();
        plans.0.retain(|id, _| modes.contains_key(id.as_str()));
        for workload in &plan.workloads {
            let Some(mode) = modes.get(workload.id.as_str()) else {
                continue;
            };
            let known = plans.0.entry(workload.id.clone()).or_default();
            let replicas = counts(workload);
            match (mode, known.last_mut()) {
                (Mode::Observe, _) => {}
                (_, Some(last)) if last.replicas == replicas => {}
                (Mode::Paused, Some(last)) => {
                    last.replicas = replicas;
                    if let [.., before, last] = &known[..]
                        && before.replicas == last.replicas
                    {
                        known.pop();
                    }
                }
                (_, last) => {
                    let ran = before(&workload.id, snapshot);
                    if last.is_none() && ran != replicas {
                        known.push(InForce {
                            since_ms: None,
                            replicas: ran,
                        });
                    }
                    known.push(InForce {
                        since_ms: Some(snapshot.now_ms),
                        replicas,
                    });
                }
            }
        }
        plans.0.retain(|_, known| !known.is_empty());
        let most = (MOST_OF_ALL / plans.0.len().max(1)).clamp(2, MOST);
        for known in plans.0.values_mut() {
            known.drain(..known.len().saturating_sub(most));
        }
        plans
    }

    /// The plans of a workload, the newest last.
    #[must_use]
    pub fn of(&self, workload: &str) -> &[InForce] {
        let id = WorkloadId::from(workload);
        self.0.get(&id).map_or(&[], Vec::as_slice)
    }

    /// All workloads with their plans.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[InForce])> {
        let all = self.0.iter();
        all.map(|(id, known)| (id.as_str(), known.as_slice()))
    }
}

fn counts(workload: &WorkloadPlan) -> Counts {
    let clusters = workload.clusters.iter();
    clusters
        .filter(|placed| placed.replicas > 0)
        .map(|placed| (placed.cluster.to_string(), placed.replicas))
        .collect()
}

/// What a workload's targets asked for before anything was planned for it.
fn before(workload: &WorkloadId, snapshot: &Snapshot) -> Counts {
    let clusters = snapshot.clusters.iter().filter_map(|cluster| {
        let mut targets = cluster.targets.iter();
        let target = targets.find(|target| target.workload == *workload)?;
        (target.spec_replicas > 0).then(|| (cluster.name.to_string(), target.spec_replicas))
    });
    clusters.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use spillway_solver::decision::ClusterPlan;

    use super::*;

    fn autoscaler(mode: &str) -> HybridAutoscaler {
        serde_json::from_value(json!({
            "apiVersion": "spillway.dev/v1alpha1", "kind": "HybridAutoscaler",
            "metadata": {"namespace": "shop", "name": "web"},
            "spec": {"scaleTargetRef": {"name": "web"}, "maxReplicas": 90, "replicas": 3, "mode": mode}
        }))
        .expect("an autoscaler")
    }

    /// After a tick that plans so many at home.
    fn then(plans: &Plans, at: i64, home: u32, mode: &str) -> Plans {
        let plan = Plan {
            workloads: vec![WorkloadPlan {
                id: "shop/web".into(),
                clusters: vec![ClusterPlan {
                    cluster: "home".into(),
                    replicas: home,
                    ..ClusterPlan::default()
                }],
                ..WorkloadPlan::default()
            }],
            ..Plan::default()
        };
        let snapshot = Snapshot {
            now_ms: UnixMs(at),
            ..Snapshot::default()
        };
        plans.after(&plan, &snapshot, &[autoscaler(mode)])
    }

    fn homes(plans: &Plans) -> Vec<u32> {
        let known = plans.of("shop/web").iter();
        known
            .map(|plan| plan.replicas.get("home").copied().unwrap_or(0))
            .collect()
    }

    #[test]
    fn each_plan_that_is_another_one_is_kept_up_to_a_bound() {
        let mut plans = Plans::default();
        for at in 1..=4 {
            plans = then(&plans, at, 3, "Active");
        }
        assert_eq!(homes(&plans), [0, 3], "what ran before, and one plan");
        assert_eq!(plans.of("shop/web")[1].since_ms, Some(UnixMs(1)));
        for at in 5..30 {
            plans = then(&plans, at, u32::try_from(at).expect("small"), "Active");
        }
        assert_eq!(homes(&plans), [22, 23, 24, 25, 26, 27, 28, 29]);
        let gone = plans.after(&Plan::default(), &Snapshot::default(), &[]);
        assert_eq!(gone, Plans::default());
    }

    #[test]
    fn what_is_only_observed_was_never_in_force_and_a_rollback_leaves_no_plan_behind() {
        let mut plans = Plans::default();
        for (at, home) in [(1, 2), (2, 4), (3, 40)] {
            plans = then(&plans, at, home, "Active");
        }
        assert_eq!(then(&plans, 4, 50, "Observe"), plans);
        let back = then(&plans, 5, 4, "Paused");
        assert_eq!(homes(&back), [0, 2, 4], "the next one back is 2");
        assert_eq!(homes(&then(&back, 6, 9, "Active")), [0, 2, 4, 9]);
    }
}
