//! A snapshot against itself and against the policy that it is decided by.

use super::cluster::boot;
use super::findings::{Findings, Problem};
use super::reading;
use crate::ids::{ClusterId, GroupId, WorkloadId};
use crate::policy::{ClusterSpec, Policy};
use crate::snapshot::{ClusterState, NodeReplicas, NodeState, Snapshot, Spend};

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

/// Most replicas of a workload in one cluster. Kubernetes is tested with 150 000 pods in a cluster;
/// a count far above is an error of reading, and sums of such would not fit their type.
const MOST_REPLICAS: u32 = 1_000_000;

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
        for (field, count) in [
            ("specReplicas", target.spec_replicas),
            ("pending", target.pending),
        ] {
            findings.add_if(
                count > MOST_REPLICAS,
                || format!("{path}.{field}"),
                || format!("is {count}: write a whole number from 0 to {MOST_REPLICAS}"),
            );
        }
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
    let on_it = |replicas: &NodeReplicas| {
        u64::from(replicas.bound) + u64::from(replicas.ready) + u64::from(replicas.terminating)
    };
    let (ours, all) = (
        state.replicas.iter().map(on_it).sum::<u64>(),
        state.used.pods,
    );
    findings.add_if(
        ours > u64::from(all),
        || format!("{path}.used.pods"),
        || {
            format!(
                "{all} is below the {ours} of replicas, which are a part of it: raise the one or lower the other"
            )
        },
    );
    let path = format!("{path}.replicas");
    let workloads = state.replicas.iter().map(|replicas| &replicas.workload);
    findings.unique(&path, ".workload", workloads);
    for (index, replicas) in state.replicas.iter().enumerate() {
        let path = || format!("{path}[{index}].workload");
        findings.known(path, &replicas.workload, &names.workloads, "the policy");
    }
}
