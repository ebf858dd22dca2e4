//! What a snapshot leaves open of a world's state, and what is taken for it.

use spillway_solver::snapshot::{ClusterState, QuotaScope, Snapshot};

use crate::config::{RunConfig, Signal, World};
use crate::report::units;
use crate::world::workloads_in_world;

/// What is assumed of the state, where the snapshot has something of the kind.
pub(super) fn of(snapshot: &Snapshot, config: &RunConfig, file: &World) -> Vec<String> {
    let mut said = Vec::new();
    let passed = file.passed(snapshot);
    let running = file.faults.iter().filter(|fault| fault.runs_at(passed));
    for fault in running.filter(|fault| fault.is_seen()) {
        said.push(format!(
            "{}: the {} of the world file that is under way does not end",
            fault.target(),
            fault.kind.name()
        ));
    }
    for cluster in &config.world.clusters {
        match snapshot
            .clusters
            .iter()
            .find(|seen| seen.name == cluster.name)
        {
            Some(seen) => of_cluster(seen, &mut said),
            None => said.push(format!(
                "{}: the snapshot does not have it, so it begins without nodes",
                cluster.name
            )),
        }
    }
    if snapshot.spend.is_none() {
        said.push("money caps: nothing was spent before, for the snapshot does not say".to_owned());
    }
    let world = &config.world;
    let nodes = snapshot.clusters.iter().flat_map(|cluster| &cluster.nodes);
    if nodes
        .flat_map(|node| &node.replicas)
        .any(|here| here.bound > 0)
    {
        let pull = units::span(world.pods.image_pull.0.0 / 1_000);
        let readiness = units::span(world.pods.readiness.0.0 / 1_000);
        said.push(format!(
            "replicas that were starting begin anew: {pull} to pull the image where no other has it, {readiness} to Ready"
        ));
    }
    for workload in workloads_in_world(config) {
        let told = world
            .workloads
            .iter()
            .any(|of| of.id == workload.spec.id && !of.signals.is_empty());
        for (metric, signal) in workload.spec.metrics.iter().zip(workload.signals) {
            if signal == Signal::InFlight && !told {
                said.push(format!(
                    "{}: metric {} counts the requests that wait or are in service; if it measures something else, say \
                     so in a world file (workloads[].signals)",
                    workload.spec.id, metric.name
                ));
            }
        }
    }
    said
}

fn of_cluster(seen: &ClusterState, said: &mut Vec<String>) {
    let name = &seen.name;
    if let Some(since) = seen.unreachable_since_ms {
        let how = if seen.serves_traffic == Some(false) {
            "is lost, and stays so"
        } else {
            "serves but does not answer, and stays so"
        };
        said.push(format!(
            "{name}: silent since {}; it {how}; its nodes and replicas are those seen last",
            units::time(since, "%T UTC")
        ));
    }
    let booting: u32 = seen.groups.iter().map(|group| group.in_flight).sum();
    if booting > 0 {
        said.push(format!(
            "{name}: {booting} nodes on their way take a whole boot from now on"
        ));
    }
    let replicas = || seen.nodes.iter().flat_map(|node| &node.replicas);
    if replicas().any(|here| here.terminating > 0) {
        said.push(format!(
            "{name}: replicas that end take their whole grace from now on, and their requests are done"
        ));
    }
    if seen.nodes.iter().any(|node| node.leaving) {
        said.push(format!("{name}: nodes that leave are drained at once"));
    }
    if seen.targets.iter().any(|target| target.rollout_surge > 0) {
        said.push(format!("{name}: the roll-out under way is over"));
    }
    if seen.targets.iter().any(|target| target.unschedulable > 0) {
        said.push(format!(
            "{name}: unschedulable replicas count as merely pending until the scheduler has refused them for as long \
             again"
        ));
    }
    for quota in &seen.quotas {
        if !matches!(quota.scope, QuotaScope::Instances | QuotaScope::InstanceCpu) {
            said.push(format!(
                "{name}: quota {} is not simulated; it binds the first decision only",
                quota.name
            ));
        }
    }
}
