//! A plan without the backend, for when that finds no answer: one replica after another, the
//! cheapest place next, and then what breaks a rule goes elsewhere or nowhere.

use crate::capacity::Fleet;

use super::caps::Cap;
use super::greedy::{self, Use};
use super::model::{Counts, Demand, Problem};
use super::round;

/// Places `demand`; within the rules where there is a model of them.
pub(crate) fn plan(
    problem: Option<&Problem>,
    fleet: &Fleet<'_>,
    demand: &Demand,
    caps: &[Cap],
) -> Counts {
    let allowed = caps.iter().map(|c| c.most).min().unwrap_or(i64::MAX);
    let counts = greedy::place(fleet, demand, Use::PrivateFirst, allowed);
    match problem {
        Some(p) => round::into_rows(p, fleet, demand, &counts),
        None => counts,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::Clock;
    use crate::memory::Memory;
    use crate::placement::model::{Cuts, Scope, build};
    use crate::policy::Policy;
    use crate::snapshot::Snapshot;
    use crate::units::Millis;

    /// Two private clusters with one node of two cores each.
    fn snapshot() -> Snapshot {
        let cluster = |name: &str| {
            json!({
                "name": name, "observedAtMs": 0, "groups": [{"name": "rack"}], "targets": [],
                "nodes": [{
                    "name": "n", "group": "rack", "used": {}, "replicas": [],
                    "allocatable": {"cpuMilli": 2000, "memoryBytes": 1000, "pods": 9},
                }],
            })
        };
        let document = json!({
            "schemaVersion": "v1alpha1", "nowMs": 0, "workloads": [],
            "clusters": [cluster("a"), cluster("b")],
        });
        serde_json::from_value(document).expect("a snapshot")
    }

    /// Two workloads of one core a replica, with these fields besides, under a policy with those.
    fn policy(workload: &[(&str, &str)], burst: &[(&str, u32)]) -> Policy {
        let cluster = |name: &str| {
            json!({
                "name": name, "tier": "Private", "lostAfterMs": 1, "capacityMaxAgeMs": 1,
                "groups": [{
                    "name": "rack", "capacityType": "Owned", "price": 0, "grower": "Nobody",
                    "maxNodes": 1, "boot": {"p50Ms": 1, "p95Ms": 1},
                    "allocatable": {"cpuMilli": 2000, "memoryBytes": 1000, "pods": 9},
                }],
            })
        };
        let workload = |id: &str| {
            let mut document = json!({
                "id": id, "policy": "p", "minReplicas": 0, "maxReplicas": 9, "moveSurge": 0,
                "priority": 0, "requests": {"cpuMilli": 1000}, "metrics": [],
            });
            for (field, value) in workload {
                document[*field] = json!(value);
            }
            document
        };
        let mut rules = json!({
            "name": "p", "placement": "Overflow", "fill": "PrivateFirst",
            "maxClusterPercent": 100, "spot": {"maxPercent": 0}, "onUnreachable": "hold",
            "recall": {"paybackPercent": 100, "dwellMs": 0, "step": 1, "budget": {"moves": 1, "windowMs": 1}},
        });
        for (field, value) in burst {
            rules[*field] = json!(value);
        }
        let document = json!({
            "schemaVersion": "v1alpha1", "clusters": [cluster("a"), cluster("b")],
            "burstPolicies": [rules], "workloads": [workload("shop/v"), workload("shop/w")],
        });
        serde_json::from_value(document).expect("a policy")
    }

    /// Replicas of each workload in each cluster: of the plan that knows no rules, and of this one.
    fn both(policy: &Policy, desired: [u32; 2]) -> [Vec<[u32; 2]>; 2] {
        let (snapshot, memory) = (snapshot(), Memory::default());
        let clock = Clock::new(snapshot.now_ms, None, Millis(0));
        let fleet = Fleet::new(&snapshot, policy, &memory, clock);
        let demand = Demand {
            desired: desired.to_vec(),
            floor: vec![0, 0],
            beyond: vec![0, 0],
        };
        let problem = build(&fleet, &demand, &[], &Cuts::default(), Scope::All);
        assert!(problem.is_some(), "there is a model");
        [None, problem.as_ref()].map(|problem| {
            let counts = plan(problem, &fleet, &demand, &[]);
            let places = |w: usize| [0, 1].map(|c| counts.in_cluster(&fleet, w, c));
            [0, 1].map(places).to_vec()
        })
    }

    #[test]
    fn a_group_that_runs_together_goes_to_one_cluster_or_in_part_nowhere() {
        let [without_rules, plan] = both(&policy(&[("coPlacement", "pair")], &[]), [2, 2]);
        assert_eq!(without_rules, [[2, 0], [0, 2]]);
        assert_eq!(plan, [[2, 0], [0, 0]]);
    }

    #[test]
    fn what_is_beyond_the_share_of_a_cluster_goes_to_another() {
        let [without_rules, plan] = both(&policy(&[], &[("maxClusterPercent", 50)]), [2, 0]);
        assert_eq!(without_rules, [[2, 0], [0, 0]]);
        assert_eq!(plan, [[1, 1], [0, 0]]);
    }
}
