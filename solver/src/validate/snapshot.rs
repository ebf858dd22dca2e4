//! A snapshot against itself and against the policy that it is decided by.

use super::cluster::boot;
use super::findings::{Findings, Problem};
use super::reading;
use crate::ids::{ClusterId, GroupId, WorkloadId};
use crate::policy::{ClusterSpec, Policy};
use crate::snapshot::{ClusterState, NodeState, Snapshot, Spend};

/// All that is wrong with a snapshot. A cluster or workload that is absent is no problem: it was
/// not observed. One that the policy does not know is: nothing would be decided for it.
#[must_use]
pub fn snapshot(snapshot: &Snapshot, policy: &Policy) -> Vec<Problem> {
    let mut findings = Findings::default();
    findings.negative(|| "nowMs".to_owned(), snapshot.now_ms.0);
    if let Some(spend) = &snapshot.spend {
        spent(spend, &mut findings);
    }
    let names = Names {
        clusters: policy.clusters.iter().map(|spec| &spec.name).collect(),
        workloads: policy.workloads.iter().map(|spec| &spec.id).collect(),
    };
    let clusters = snapshot.clusters.iter();
    findings.unique("clusters", ".name", clusters.map(|state| &state.name));
    for (index, state) in snapshot.clusters.iter().enumerate() {
        let path = format!("clusters[{index}]");
        let name = || format!("{path}.name");
        findings.known(name, &state.name, &names.clusters, "the policy");
        let spec = policy.clusters.iter().find(|spec| spec.name == state.name);
        cluster(state, spec, &names, &path, &mut findings);
    }
    let workloads = snapshot.workloads.iter();
    findings.unique("workloads", ".id", workloads.map(|state| &state.id));
    for (index, state) in snapshot.workloads.iter().enumerate() {
        let path = format!("workloads[{index}]");
        let id = || format!("{path}.id");
        findings.known(id, &state.id, &names.workloads, "the policy");
        let spec = policy.workloads.iter().find(|spec| spec.id == state.id);
        reading::check(state, spec, &names.clusters, &path, &mut findings);
    }
    findings.0
}

/// The policy's names.
struct Names<'a> {
    clusters: Vec<&'a ClusterId>,
    workloads: Vec<&'a WorkloadId>,
}

/// The running hour lies within the running day, and that within the running month.
fn spent(spend: &Spend, findings: &mut Findings) {
    let spans = [
        ("hourMicroUsd", spend.hour_micro_usd.0),
        ("dayMicroUsd", spend.day_micro_usd.0),
        ("monthMicroUsd", spend.month_micro_usd.0),
    ];
    for (name, amount) in spans {
        findings.negative(|| format!("spend.{name}"), amount);
    }
    for pair in spans.windows(2) {
        if let [(part, less), (whole, more)] = pair {
            findings.add_if(
                less > more,
                || format!("spend.{part}"),
                || {
                    format!(
                        "{less} is above {whole} {more}, of which it is a part: lower the one or raise the other"
                    )
                },
            );
        }
    }
}

fn cluster(
    state: &ClusterState,
    spec: Option<&ClusterSpec>,
    names: &Names<'_>,
    path: &str,
    findings: &mut Findings,
) {
    // Groups of a cluster that is itself not known would only say so again.
    let groups = spec.map(|spec| {
        let groups: Vec<&GroupId> = spec.groups.iter().map(|group| &group.name).collect();
        (groups, format!("Cluster `{}` of the policy", spec.name))
    });
    let group = |path: String, name: &GroupId, findings: &mut Findings| {
        if let Some((known, of)) = &groups {
            findings.known(|| path, name, known, of);
        }
    };
    let nodes = format!("{path}.nodes");
    findings.unique(&nodes, ".name", state.nodes.iter().map(|node| &node.name));
    for (index, state) in state.nodes.iter().enumerate() {
        let path = format!("{nodes}[{index}]");
        group(format!("{path}.group"), &state.group, findings);
        node(state, names, &path, findings);
    }
    let of_groups = format!("{path}.groups");
    let group_names = state.groups.iter().map(|group| &group.name);
    findings.unique(&of_groups, ".name", group_names);
    for (index, state) in state.groups.iter().enumerate() {
        let path = format!("{of_groups}[{index}]");
        group(format!("{path}.name"), &state.name, findings);
        if let Some(price) = state.price {
            let path = || format!("{path}.price.microUsdPerHour");
            findings.negative(path, price.micro_usd_per_hour.0);
        }
        if let Some(learned) = state.boot {
            boot(learned, &format!("{path}.boot"), findings);
        }
    }
    let targets = format!("{path}.targets");
    let workloads = state.targets.iter().map(|target| &target.workload);
    findings.unique(&targets, ".workload", workloads);
    for (index, target) in state.targets.iter().enumerate() {
        let path = format!("{targets}[{index}]");
        let workload = || format!("{path}.workload");
        findings.known(workload, &target.workload, &names.workloads, "the policy");
        let (part, whole) = (target.unschedulable, target.pending);
        findings.add_if(
            part > whole,
            || format!("{path}.unschedulable"),
            || {
                format!(
                    "{part} is above pending {whole}, of which it is a part: lower the one or raise the other"
                )
            },
        );
    }
}

fn node(state: &NodeState, names: &Names<'_>, path: &str, findings: &mut Findings) {
    let path = format!("{path}.replicas");
    let workloads = state.replicas.iter().map(|replicas| &replicas.workload);
    findings.unique(&path, ".workload", workloads);
    for (index, replicas) in state.replicas.iter().enumerate() {
        let path = || format!("{path}[{index}].workload");
        findings.known(path, &replicas.workload, &names.workloads, "the policy");
    }
}
