//! A policy as a whole: names and what refers to them.

use super::findings::{Findings, Problem};
use super::{burst, cluster, workload};
use crate::policy::Policy;

/// All that is wrong with a policy.
#[must_use]
pub fn policy(policy: &Policy) -> Vec<Problem> {
    let mut findings = Findings::default();
    let clusters = policy.clusters.iter();
    findings.unique("clusters", ".name", clusters.map(|cluster| &cluster.name));
    let bursts = policy.burst_policies.iter();
    findings.unique("burstPolicies", ".name", bursts.map(|burst| &burst.name));
    let workloads = policy.workloads.iter();
    findings.unique("workloads", ".id", workloads.map(|workload| &workload.id));
    let homeless = policy.clusters.is_empty() && !policy.workloads.is_empty();
    findings.add_if(
        homeless,
        || "clusters".to_owned(),
        || "is empty, so no workload has a place to run: add at least one cluster".to_owned(),
    );
    for (index, spec) in policy.clusters.iter().enumerate() {
        cluster::check(spec, &format!("clusters[{index}]"), &mut findings);
    }
    for (index, burst) in policy.burst_policies.iter().enumerate() {
        let path = format!("burstPolicies[{index}]");
        burst::check(burst, &path, policy.clusters.len(), &mut findings);
    }
    for (index, spec) in policy.workloads.iter().enumerate() {
        workload::check(spec, policy, &format!("workloads[{index}]"), &mut findings);
    }
    findings.0
}
