//! Lists of names that could not be read whole.
//!
//! What refers to a name in such a list may be right. So each gets a name more in the reading with large values: whoever
//! says that a name is missing, and which are there, then says it of the two readings in different words, and neither
//! counts.

use std::collections::BTreeMap;

use spillway_solver::policy::{
    CapacityType, Fallback, GroupSpec, Grower, MetricSpec, Policy, Target,
};
use spillway_solver::resources::Resources;
use spillway_solver::snapshot::BootTime;
use spillway_solver::units::{MicroUsdPerHour, Millis};

use super::Unknown;
use crate::document::touched;

/// Stands for the names that could not be read.
const UNREAD: &str = "what could not be read";

/// Adds a name to each list of `policy` that is not whole.
pub(super) fn lengthen(policy: &mut Policy, unknown: &[Unknown]) {
    let is_cut = |object: String, list: &str| {
        let mut of_object = unknown.iter().filter(|unknown| unknown.object == object);
        // A metric that is wrong anywhere may be left out as a whole.
        of_object.any(|unknown| touched(list, &unknown.paths))
    };
    for workload in &mut policy.workloads {
        if is_cut(format!("HybridAutoscaler/{}", workload.id), "spec.metrics") {
            workload.metrics.push(metric());
        }
    }
    for cluster in &mut policy.clusters {
        if is_cut(format!("Cluster/{}", cluster.name), "spec.nodeGroups") {
            cluster.groups.push(group());
        }
    }
}

fn metric() -> MetricSpec {
    MetricSpec {
        name: UNREAD.to_owned(),
        target: Target::Value(0),
        max_age_ms: Millis(0),
        fallback: Fallback {
            last_known_good_ms: Millis(0),
            hold_ms: Millis(0),
            floor_replicas: 0,
        },
    }
}

fn group() -> GroupSpec {
    GroupSpec {
        name: UNREAD.into(),
        allocatable: Resources::default(),
        daemons: Resources::default(),
        labels: BTreeMap::new(),
        taints: Vec::new(),
        capacity_type: CapacityType::Owned,
        price: MicroUsdPerHour(0),
        grower: Grower::Nobody,
        max_nodes: 0,
        boot: BootTime {
            p50_ms: Millis(0),
            p95_ms: Millis(0),
        },
    }
}
