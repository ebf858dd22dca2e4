//! What can be wrong with a world, found all at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use spillway_crds::Problem;
use spillway_solver::policy::{Policy, WorkloadSpec};

use super::fault_problems;
use super::first_place::{first_with_room, without_place};
use super::service_problems;
use super::{NodeAutoscaler, Span, World, WorldCluster, WorldWorkload};
use crate::time::Nanos;

/// A world that cannot be run: all that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", list(.0))]
pub struct ConfigError(pub Vec<Problem>);

impl ConfigError {
    pub(super) fn unless_empty(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self(problems))
        }
    }
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Longest time between two decisions. One hour: cloud machines are billed and traces binned in
/// less; a longer one leaves most runs without a decision.
const LONGEST_TICK: Nanos = Nanos::from_secs(3_600);

/// Gathers problems.
pub(super) struct Findings<'a> {
    world: &'a World,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Findings<'a> {
    pub(super) const fn of(world: &'a World) -> Self {
        Self {
            world,
            problems: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.problems.push(self.world.problem(field, message));
    }

    fn above_zero(&mut self, field: impl Into<String>, span: Span) {
        if span.0 == Nanos::ZERO {
            self.add(field, "must be above zero, like 15s");
        }
    }
}

/// What is wrong with a world whatever its policy.
pub(super) fn alone(world: &World) -> Vec<Problem> {
    let mut findings = Findings::of(world);
    findings.above_zero("tick", world.tick);
    tick_within_the_run(world, &mut findings);
    findings.above_zero("interval", world.interval);
    findings.above_zero("metrics.interval", world.metrics.interval);
    if let Some(horizon) = world.horizon {
        findings.above_zero("horizon", horizon);
    }
    if world.metrics.rate_window.0 < world.metrics.interval.0 {
        findings.add(
            "metrics.rateWindow",
            "is shorter than metrics.interval, so no rate could be computed; make it at least as long",
        );
    }
    if world.tick.0 > Nanos::ZERO && world.observation_delay.0 >= world.tick.0 {
        findings.add("observationDelay", "must be shorter than tick");
    }
    for (n, cluster) in world.clusters.iter().enumerate() {
        cluster_alone(cluster, &format!("clusters[{n}]"), &mut findings);
    }
    let names = world.clusters.iter().map(|cluster| &cluster.name);
    unique("clusters", "name", names, &mut findings);
    service_problems::alone(world, &mut findings);
    let ids = world.workloads.iter().map(|workload| &workload.id);
    unique("workloads", "id", ids, &mut findings);
    trace_names(world, &mut findings);
    findings
        .problems
        .extend(world.arrivals().err().into_iter().flat_map(|error| error.0));
    findings.problems.extend(fault_problems::alone(world));
    findings.problems
}

/// The autoscaler has to decide at least once before the run ends, and while the load lasts.
fn tick_within_the_run(world: &World, findings: &mut Findings<'_>) {
    let ends = [
        ("horizon", world.horizon),
        (
            "load.duration",
            world.load.as_ref().map(|load| load.duration),
        ),
    ];
    let tick = world.tick.0;
    let passed = ends.into_iter().find_map(|(name, span)| {
        let end = span.filter(|end| end.0 > Nanos::ZERO && end.0 < tick)?;
        Some(format!("{name} {}", end.0))
    });
    if let Some(end) = passed {
        findings.add(
            "tick",
            format!("{tick} is above {end}, so nothing would be decided; 15s is usual"),
        );
    } else if tick > LONGEST_TICK {
        findings.add(
            "tick",
            format!(
                "{tick} is too long to follow any load; write at most {LONGEST_TICK}, 15s is usual"
            ),
        );
    }
}

fn cluster_alone(cluster: &WorldCluster, path: &str, findings: &mut Findings<'_>) {
    if let NodeAutoscaler::ClusterAutoscaler(ca) = cluster.node_autoscaler {
        findings.above_zero(
            format!("{path}.nodeAutoscaler.clusterAutoscaler.scanInterval"),
            ca.scan_interval,
        );
    }
    let initial: u64 = cluster
        .groups
        .iter()
        .map(|of| u64::from(of.initial_nodes))
        .sum();
    if let Some(most) = cluster.quotas.instances
        && initial > u64::from(most)
        && !findings.world.seen
    {
        findings.add(
            format!("{path}.quotas.instances"),
            format!(
                "{most} is below the {initial} initialNodes of its groups; raise it or lower them"
            ),
        );
    }
    let path = format!("{path}.groups");
    for (n, group) in cluster.groups.iter().enumerate() {
        if group.boot.is_some_and(|boot| boot.p95.0 < boot.p50.0) {
            findings.add(format!("{path}[{n}].boot.p95"), "is below p50; swap them");
        }
    }
    let names = cluster.groups.iter().map(|group| &group.name);
    unique(&path, "name", names, findings);
}

fn unique<'n, N: Ord + Display + 'n>(
    list: &str,
    field: &str,
    names: impl Iterator<Item = &'n N>,
    findings: &mut Findings<'_>,
) {
    let mut seen = BTreeSet::new();
    for (n, name) in names.enumerate() {
        if !seen.insert(name) {
            let path = format!("{list}[{n}].{field}");
            findings.add(path, format!("`{name}` is there twice; write it once"));
        }
    }
}

/// A name of a trace means one workload.
fn trace_names(world: &World, findings: &mut Findings<'_>) {
    let ids = world.workloads.iter().map(|workload| &workload.id);
    let mut meant: BTreeMap<&str, &str> = ids.map(|id| (id.as_str(), id.as_str())).collect();
    for (n, workload) in world.workloads.iter().enumerate() {
        let id = workload.id.as_str();
        for (m, name) in workload.trace_names.iter().enumerate() {
            let other = *meant.entry(name).or_insert(id);
            if other != id {
                findings.add(
                    format!("workloads[{n}].traceNames[{m}]"),
                    format!("`{name}` means `{other}` already; write it at one workload only"),
                );
            }
        }
    }
}

/// What is wrong with a world for a policy.
pub(super) fn against(world: &World, policy: &Policy) -> Vec<Problem> {
    let mut findings = Findings::of(world);
    if policy.workloads.is_empty() {
        findings.add(
            "workloads",
            "the policy has no workload; add a HybridAutoscaler",
        );
    }
    clusters(world, policy, &mut findings);
    for (n, workload) in world.workloads.iter().enumerate() {
        workload_names(workload, policy, &format!("workloads[{n}]"), &mut findings);
    }
    for spec in &policy.workloads {
        start(spec, world, policy, &mut findings);
    }
    findings
        .problems
        .extend(fault_problems::against(world, policy));
    findings.problems
}

/// A workload that the world file leaves to start where there is room needs some.
fn start(spec: &WorkloadSpec, world: &World, policy: &Policy, findings: &mut Findings<'_>) {
    let listed = world.workloads.iter().position(|own| own.id == spec.id);
    let told = listed.is_some_and(|n| !world.workloads[n].initial.is_empty());
    if told || spec.min_replicas == 0 || first_with_room(world, policy, spec).is_some() {
        return;
    }
    let path = listed.map_or_else(
        || "workloads".to_owned(),
        |n| format!("workloads[{n}].initial"),
    );
    if let Some(why) = without_place(policy, spec) {
        let message = format!(
            "`{}` has no place: {why}; lower replicaRequests, or give a group larger nodes",
            spec.id
        );
        findings.add(path, message);
        return;
    }
    let message = format!(
        "no cluster has room for the {} replicas with which `{}` starts: give a group that takes its pods initialNodes, or write where it starts",
        spec.min_replicas, spec.id
    );
    findings.add(path, message);
}

fn clusters(world: &World, policy: &Policy, findings: &mut Findings<'_>) {
    for (n, cluster) in world.clusters.iter().enumerate() {
        cluster_groups(cluster, policy, &format!("clusters[{n}]"), findings);
    }
    for spec in &policy.clusters {
        if !world
            .clusters
            .iter()
            .any(|cluster| cluster.name == spec.name)
        {
            findings.add(
                "clusters",
                format!("`{}` of the policy is missing; add it", spec.name),
            );
        }
    }
}

fn cluster_groups(
    cluster: &WorldCluster,
    policy: &Policy,
    path: &str,
    findings: &mut Findings<'_>,
) {
    let spec = policy
        .clusters
        .iter()
        .find(|spec| spec.name == cluster.name);
    let Some(spec) = spec else {
        let known = policy.clusters.iter().map(|spec| &spec.name);
        findings.add(
            format!("{path}.name"),
            format!(
                "no Cluster `{}`; the policy has {}",
                cluster.name,
                listed(known)
            ),
        );
        return;
    };
    for (n, group) in cluster.groups.iter().enumerate() {
        let path = format!("{path}.groups[{n}]");
        let Some(group_spec) = spec.groups.iter().find(|spec| spec.name == group.name) else {
            let known = spec.groups.iter().map(|spec| &spec.name);
            findings.add(
                format!("{path}.name"),
                format!(
                    "Cluster `{}` has no group `{}`; it has {}",
                    cluster.name,
                    group.name,
                    listed(known)
                ),
            );
            continue;
        };
        if group.initial_nodes > group_spec.max_nodes && !findings.world.seen {
            findings.add(
                format!("{path}.initialNodes"),
                format!(
                    "{} is above maxNodes {} of the group in Cluster `{}`; lower the one or raise the other",
                    group.initial_nodes, group_spec.max_nodes, cluster.name
                ),
            );
        }
    }
}

pub(super) fn listed<'n, N: Display + 'n>(names: impl Iterator<Item = &'n N>) -> String {
    let names: Vec<String> = names.map(ToString::to_string).collect();
    if names.is_empty() {
        return "none".to_owned();
    }
    names.join(", ")
}

fn workload_names(
    workload: &WorldWorkload,
    policy: &Policy,
    path: &str,
    findings: &mut Findings<'_>,
) {
    let Some(spec) = policy.workloads.iter().find(|spec| spec.id == workload.id) else {
        let known = policy.workloads.iter().map(|spec| &spec.id);
        findings.add(
            format!("{path}.id"),
            format!(
                "no HybridAutoscaler `{}`; the policy has {}",
                workload.id,
                listed(known)
            ),
        );
        return;
    };
    for (n, signal) in workload.signals.iter().enumerate() {
        let mut known = spec.metrics.iter().map(|metric| &metric.name);
        if !known.clone().any(|name| *name == signal.metric) {
            findings.add(
                format!("{path}.signals[{n}].metric"),
                format!(
                    "`{}` has no metric `{}`; it has {}",
                    workload.id,
                    signal.metric,
                    listed(&mut known)
                ),
            );
        }
    }
    for (n, initial) in workload.initial.iter().enumerate() {
        let mut known = policy.clusters.iter().map(|cluster| &cluster.name);
        if !known.clone().any(|name| *name == initial.cluster) {
            findings.add(
                format!("{path}.initial[{n}].cluster"),
                format!(
                    "no Cluster `{}`; the policy has {}",
                    initial.cluster,
                    listed(&mut known)
                ),
            );
        }
    }
}
