//! What can be wrong with the faults of a world.

use spillway_crds::Problem;
use spillway_solver::policy::{CapacityType, ClusterSpec, Grower, Policy};

use super::World;
use super::fault::{Fault, FaultKind};
use super::problems::{Findings, listed};
use crate::time::Nanos;

/// Most often in an hour: each second. More is no fault but a state.
const MOST_PER_HOUR: f64 = 3_600.0;

/// Largest factor of a time or a price.
const MOST_FACTOR: f64 = 1_000.0;

/// What is wrong with the faults whatever the policy.
pub(super) fn alone(world: &World) -> Vec<Problem> {
    let mut findings = Findings::of(world);
    for (n, fault) in world.faults.iter().enumerate() {
        let path = format!("faults[{n}]");
        fields(fault, &path, &mut findings);
        when(fault, &path, &mut findings);
        sizes(fault, &path, &mut findings);
    }
    findings.problems
}

/// A fault has what its kind takes and nothing else.
fn fields(fault: &Fault, path: &str, findings: &mut Findings<'_>) {
    let (name, fields) = (fault.kind.name(), fault.kind.fields());
    let written = fault.written();
    for need in fields.needs.iter().filter(|need| !written.contains(need)) {
        findings.add(
            format!("{path}.{need}"),
            format!("is missing: a {name} needs {}", fields.needs.join(", ")),
        );
    }
    let known = |field: &&&str| fields.needs.contains(field) || fields.may.contains(field);
    for field in written.iter().filter(|field| !known(field)) {
        findings.add(
            format!("{path}.{field}"),
            format!("means nothing for a {name}; leave it out"),
        );
    }
    if fault.kind == FaultKind::QuotaCut && fault.instances.is_none() && fault.cores.is_none() {
        findings.add(
            format!("{path}.instances"),
            "is missing: write the lower limit as instances, cores or both",
        );
    }
}

/// A fault has one instant or one rate, and an end where it comes again.
fn when(fault: &Fault, path: &str, findings: &mut Findings<'_>) {
    let name = fault.kind.name();
    let rates = [
        ("perHour", fault.per_hour),
        ("perNodeHour", fault.per_node_hour),
    ];
    let mut written: Vec<&str> = fault.at.iter().map(|_| "at").collect();
    for (field, rate) in rates {
        let Some(rate) = rate else { continue };
        written.push(field);
        if !(rate > 0.0 && rate <= MOST_PER_HOUR) {
            findings.add(
                format!("{path}.{field}"),
                format!("{rate} is no rate; write a number above 0 and up to {MOST_PER_HOUR}"),
            );
        }
    }
    if written.is_empty() {
        findings.add(
            format!("{path}.at"),
            "is missing: write when, like `at: 2h`, or how often, like `perHour: 0.5`",
        );
    } else if let [_, second, ..] = written[..] {
        findings.add(
            format!("{path}.{second}"),
            format!("is written beside {}; keep one of them", written[0]),
        );
    }
    if fault.per_node_hour.is_some() && fault.kind != FaultKind::SpotInterruption {
        findings.add(
            format!("{path}.perNodeHour"),
            "is of a spotInterruption only; write perHour",
        );
    }
    let takes_span = fault.kind.fields().lasts && fault.per_node_hour.is_none();
    match fault.lasts {
        Some(_) if !takes_span => findings.add(
            format!("{path}.for"),
            format!("means nothing for this {name}, which is over at once; leave it out"),
        ),
        Some(span) if span.0 == Nanos::ZERO => {
            findings.add(format!("{path}.for"), "must be above zero, like 30m");
        }
        None if takes_span && fault.per_hour.is_some() => findings.add(
            format!("{path}.for"),
            "is missing: what comes again has to end, like `for: 10m`",
        ),
        _ => {}
    }
}

fn sizes(fault: &Fault, path: &str, findings: &mut Findings<'_>) {
    if let Some(factor) = fault.factor
        && !(factor > 0.0 && factor <= MOST_FACTOR)
    {
        findings.add(
            format!("{path}.factor"),
            format!("{factor} is no factor; write a number above 0 and up to {MOST_FACTOR}"),
        );
    }
    if let Some(probability) = fault.probability
        && !(probability > 0.0 && probability <= 1.0)
    {
        findings.add(
            format!("{path}.probability"),
            format!("{probability} is no probability; write a number above 0 and up to 1"),
        );
    }
}

/// What is wrong with the faults for a policy.
pub(super) fn against(world: &World, policy: &Policy) -> Vec<Problem> {
    let mut findings = Findings::of(world);
    for (n, fault) in world.faults.iter().enumerate() {
        let path = format!("faults[{n}]");
        place(fault, policy, &path, &mut findings);
        workload(fault, policy, &path, &mut findings);
        quota(fault, world, &path, &mut findings);
    }
    findings.problems
}

fn place(fault: &Fault, policy: &Policy, path: &str, findings: &mut Findings<'_>) {
    let Some(name) = &fault.cluster else { return };
    let spec = policy.clusters.iter().find(|spec| spec.name == *name);
    let Some(spec) = spec else {
        let known = policy.clusters.iter().map(|spec| &spec.name);
        findings.add(
            format!("{path}.cluster"),
            format!("no Cluster `{name}`; the policy has {}", listed(known)),
        );
        return;
    };
    group(fault, spec, path, findings);
}

fn group(fault: &Fault, spec: &ClusterSpec, path: &str, findings: &mut Findings<'_>) {
    let Some(name) = &fault.group else { return };
    let group = spec.groups.iter().find(|group| group.name == *name);
    let Some(group) = group else {
        let known = spec.groups.iter().map(|group| &group.name);
        findings.add(
            format!("{path}.group"),
            format!(
                "Cluster `{}` has no group `{name}`; it has {}",
                spec.name,
                listed(known)
            ),
        );
        return;
    };
    let wrong = match fault.kind {
        FaultKind::SpotInterruption if group.capacity_type != CapacityType::Spot => {
            Some("is no spot group, so nobody interrupts it; name a group with capacityType Spot")
        }
        FaultKind::InsufficientCapacity | FaultKind::SlowBoot if group.grower == Grower::Nobody => {
            Some("has a fixed number of nodes, so none is ever ordered; name a group that grows")
        }
        FaultKind::PriceStep if group.capacity_type == CapacityType::Owned => {
            Some("is owned, so its nodes have no price; name a group that is paid by the hour")
        }
        _ => None,
    };
    if let Some(wrong) = wrong {
        let message = format!("`{name}` of Cluster `{}` {wrong}", spec.name);
        findings.add(format!("{path}.group"), message);
    }
}

fn workload(fault: &Fault, policy: &Policy, path: &str, findings: &mut Findings<'_>) {
    let Some(id) = &fault.workload else { return };
    let spec = policy.workloads.iter().find(|spec| spec.id == *id);
    let Some(spec) = spec else {
        let known = policy.workloads.iter().map(|spec| &spec.id);
        findings.add(
            format!("{path}.workload"),
            format!(
                "no HybridAutoscaler `{id}`; the policy has {}",
                listed(known)
            ),
        );
        return;
    };
    let Some(metric) = &fault.metric else { return };
    let mut known = spec.metrics.iter().map(|metric| &metric.name);
    if !known.clone().any(|name| name == metric) {
        findings.add(
            format!("{path}.metric"),
            format!(
                "`{id}` has no metric `{metric}`; it has {}",
                listed(&mut known)
            ),
        );
    }
}

/// A cut needs the quota that it cuts.
fn quota(fault: &Fault, world: &World, path: &str, findings: &mut Findings<'_>) {
    let Some(cluster) = &fault.cluster else {
        return;
    };
    let mut clusters = world.clusters.iter();
    let Some(listed) = clusters.find(|listed| listed.name == *cluster) else {
        return;
    };
    let rows = [
        ("instances", fault.instances, listed.quotas.instances),
        ("cores", fault.cores, listed.quotas.cores),
    ];
    for (field, cut, limit) in rows {
        if cut.is_some() && limit.is_none() {
            findings.add(
                format!("{path}.{field}"),
                format!(
                    "Cluster `{cluster}` has no such quota; write its usual limit in clusters[].quotas.{field}"
                ),
            );
        }
    }
}
