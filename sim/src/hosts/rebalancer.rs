//! Rebalancer: a DNS weight that follows the load, and replicas that do not.
//!
//! Source: `ch1aki/rebalancer` (Go, v0.0.1, 2022 to 2023; source read), which Pepabo used for its marketplace: home has
//! the weight `base`, and with a metric `m` of the whole load the public cloud gets
//! `w = ceil(base * max(0, m / target - 1))`, so that `target / m` of the requests stay at home. As in the original an
//! empty answer counts as no load, a query that fails leaves the weight, and so does a weight above 255, which Route 53
//! refuses.

use std::collections::BTreeMap;

use spillway_solver::ids::WorkloadId;
use spillway_solver::policy::{Policy, WorkloadSpec};
use spillway_solver::snapshot::{Reading, Snapshot};

use super::fleet_hpa::count;
use super::load::{Load, whole};
use super::private_only::Home;
use super::{Autoscaler, Outcome, TargetCount, TrafficWeight};

/// Weight of home, as in the original's example.
const BASE: u32 = 8;

/// The highest weight of a record in Route 53.
const MOST: u32 = 255;

/// Weights by load; the replicas of the start, of which the public cloud has at least the minimum.
#[derive(Debug)]
pub struct Rebalancer {
    workloads: Vec<WorkloadSpec>,
    home: Home,
    kept: BTreeMap<WorkloadId, Kept>,
}

/// What it knows of a workload.
#[derive(Debug)]
struct Kept {
    at_home: u32,
    in_public: u32,
    weight: u32,
}

impl Rebalancer {
    /// For the policy's workloads, home and the first public cluster.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        Self {
            workloads: policy.workloads.clone(),
            home: Home::new(policy),
            kept: BTreeMap::new(),
        }
    }
}

impl Autoscaler for Rebalancer {
    fn name(&self) -> &'static str {
        "rebalancer"
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        let mut outcome = Outcome::default();
        let public = self.home.public.first();
        for workload in &self.workloads {
            let here = count(snapshot, &workload.id, |name| self.home.has(name));
            let there = count(snapshot, &workload.id, |name| Some(name) == public);
            let kept = self.kept.entry(workload.id.clone()).or_insert(Kept {
                at_home: here.spec,
                // Who sends requests there has somebody there.
                in_public: there.spec.max(workload.min_replicas.max(1)),
                weight: 0,
            });
            if let Some(load) = load(snapshot, workload, here.existing + there.existing) {
                let weight = weight(load, f64::from(kept.at_home));
                kept.weight = if weight <= MOST { weight } else { kept.weight };
            }
            let weights = self.home.private.iter().map(|name| (name, BASE));
            let weights = weights.chain(public.map(|name| (name, kept.weight)));
            outcome
                .weights
                .extend(weights.map(|(cluster, weight)| TrafficWeight {
                    workload: workload.id.clone(),
                    cluster: cluster.clone(),
                    weight,
                }));
            outcome.targets.extend(public.map(|cluster| TargetCount {
                workload: workload.id.clone(),
                cluster: cluster.clone(),
                replicas: kept.in_public,
            }));
        }
        outcome
    }
}

/// The load of both clouds in replicas; `None` where it is not known.
fn load(snapshot: &Snapshot, workload: &WorkloadSpec, existing: u32) -> Option<f64> {
    let mut states = snapshot.workloads.iter();
    let state = states.find(|state| state.id == workload.id)?;
    let answers = workload
        .metrics
        .iter()
        .filter_map(|metric| state.metrics.get(&metric.name));
    let is_empty = |reading: &Reading| matches!(reading, Reading::Empty);
    let mut answers = answers.map(|state| state.arrivals.as_ref().unwrap_or(&state.primary));
    if answers.any(is_empty) {
        return Some(0.0);
    }
    Some(Load::seen(snapshot, workload, existing)?.flow)
}

/// The public weight for a load, where home takes `target` of it.
fn weight(load: f64, target: f64) -> u32 {
    whole(f64::from(BASE) * (load / target - 1.0).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_is_that_of_the_originals_example_and_keeps_the_targets_share_at_home() {
        // Its README: base 8, target 1000, metric 3000: 16, so that 8 of 24 stay at home.
        assert_eq!(weight(3_000.0, 1_000.0), 16);
        let cases = [
            ("below the target", 999.0, 0),
            ("at the target", 1_000.0, 0),
            ("rounded up", 1_001.0, 1),
            ("an eighth more", 1_125.0, 1),
            ("beyond what Route 53 takes", 33_000.0, 256),
        ];
        for (name, load, expected) in cases {
            assert_eq!(weight(load, 1_000.0), expected, "{name}");
        }
    }

    #[test]
    fn with_nobody_at_home_a_load_has_no_weight_that_route_53_takes() {
        assert!(weight(1.0, 0.0) > MOST);
        assert_eq!(weight(0.0, 0.0), 0, "no load, no weight");
    }
}
