//! The status of a `BurstPolicy`. Pure.

use kube::ResourceExt;
use spillway_crds::Statuses;
use spillway_crds::api::{BurstPolicy, PolicyStatus};
use spillway_crds::text::Usd;

use super::{Told, accepted, keep};

/// What it shall say.
pub(super) fn status(
    object: &BurstPolicy,
    told: &Told<'_>,
    statuses: &Statuses<'_>,
) -> PolicyStatus {
    let name = object.name_any();
    let problems = told.accepted.problems_of("BurstPolicy", &name);
    let of_policy = told
        .accepted
        .policy
        .workloads
        .iter()
        .filter(|workload| workload.policy.as_str() == name);
    let (mut workloads, mut public, mut cost) = (0, 0, 0_i64);
    for workload in of_policy {
        let status = statuses.of(&workload.id);
        workloads += 1;
        public += status.public_replicas;
        cost = cost.saturating_add(
            status
                .cost_per_hour
                .and_then(|usd| usd.micro().ok())
                .unwrap_or(0),
        );
    }
    let caps = told
        .decision
        .rationale
        .caps
        .iter()
        .filter(|cap| cap.policy.as_str() == name);
    let mut status = PolicyStatus {
        observed_generation: object.metadata.generation,
        conditions: vec![accepted(&problems, told.snapshot.now_ms)],
        workloads: Some(workloads),
        public_replicas: Some(public),
        cost_per_hour: Some(Usd::from_micro(cost)),
        cap_rung: caps.map(|cap| cap.rung).max().map(|rung| rung.to_string()),
    };
    if let Some(before) = &object.status {
        keep(&mut status.conditions, &before.conditions);
    }
    status
}
