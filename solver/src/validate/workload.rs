//! A workload: its bounds, its metrics, and the rules it names.

use super::behavior;
use super::findings::Findings;
use crate::ids::{ClusterId, PolicyId};
use crate::policy::{
    BurstPolicy, MetricSpec, Placement, Policy, ServiceRate, Target, WorkloadSpec,
};
use crate::schedule;

pub(super) fn check(workload: &WorkloadSpec, policy: &Policy, path: &str, findings: &mut Findings) {
    let field = |name: &str| format!("{path}.{name}");
    let (min, max) = (workload.min_replicas, workload.max_replicas);
    findings.add_if(
        min > max,
        || field("minReplicas"),
        || format!("{min} is above maxReplicas {max}: lower the one or raise the other"),
    );
    findings.add_if(
        workload.metrics.is_empty() && min < max,
        || field("metrics"),
        || {
            "is empty: write at least one metric, or minReplicas equal to maxReplicas if something else drives the count"
                .to_owned()
        },
    );
    let names = workload.metrics.iter().map(|metric| &metric.name);
    findings.unique(&field("metrics"), ".name", names);
    for (index, spec) in workload.metrics.iter().enumerate() {
        metric(spec, &format!("{path}.metrics[{index}]"), findings);
    }
    let requests = &workload.requests;
    findings.add_if(
        requests.cpu_milli.0 == 0 && requests.memory_bytes.0 == 0,
        || field("requests"),
        || "asks for nothing, so any number would fit: write cpuMilli or memoryBytes".to_owned(),
    );
    if let Some(activation) = &workload.activation {
        let threshold = activation.threshold_milli;
        findings.negative(|| field("activation.thresholdMilli"), threshold);
        findings.add_if(
            min > 0,
            || field("activation"),
            || {
                format!(
                    "wakes a workload from zero, and minReplicas is {min}: write 0 there, or leave this out"
                )
            },
        );
    }
    let sets = workload.data_sets.iter().map(|set| &set.name);
    findings.unique(&field("dataSets"), ".name", sets);
    for (index, set) in workload.data_sets.iter().enumerate() {
        let path = || format!("{path}.dataSets[{index}].penaltyPerMs");
        findings.negative(path, set.penalty_per_ms.0);
    }
    if let Some(rules) = &workload.behavior {
        findings.0.extend(behavior(rules, &field("behavior")));
    }
    let windows = schedule::validate(&workload.schedule, &field("schedule"));
    let traffic = workload.traffic.iter();
    let traffic = traffic.flat_map(|traffic| traffic.mode.validate(&field("traffic.mode")));
    for found in windows.into_iter().chain(traffic) {
        findings.add(found.path, found.problem.to_string());
    }
    cluster_bounds(workload, policy, path, findings);
    rules(workload, policy, path, findings);
}

fn metric(metric: &MetricSpec, path: &str, findings: &mut Findings) {
    findings.zero(|| format!("{path}.maxAgeMs"), metric.max_age_ms.0);
    let mut target = |field: &str, amount: i64| {
        findings.add_if(
            amount <= 0,
            || format!("{path}.target.{field}"),
            || format!("is {amount}: write more than 0"),
        );
    };
    match &metric.target {
        Target::AverageValue(milli) => target("averageValue", *milli),
        Target::Value(milli) => target("value", *milli),
        Target::PodsAverageValue(milli) => target("podsAverageValue", *milli),
        Target::Utilization { percent, .. } => target("utilization.percent", i64::from(*percent)),
        Target::ResourceAverageValue { milli, .. } => target("resourceAverageValue.milli", *milli),
        Target::Queue(queue) => {
            let drain = i64::try_from(queue.drain_within_ms.0).unwrap_or(i64::MAX);
            target("queue.drainWithinMs", drain);
            let (field, rate) = match queue.service_rate {
                ServiceRate::GivenMilli(rate) => ("givenMilli", rate),
                ServiceRate::LearnedMilli(rate) => ("learnedMilli", rate),
            };
            target(&format!("queue.serviceRate.{field}"), i64::from(rate));
        }
    }
}

fn cluster_bounds(workload: &WorkloadSpec, policy: &Policy, path: &str, findings: &mut Findings) {
    let path = format!("{path}.clusterBounds");
    let names = workload.cluster_bounds.iter().map(|bound| &bound.cluster);
    findings.unique(&path, ".cluster", names);
    let known: Vec<&ClusterId> = policy.clusters.iter().map(|spec| &spec.name).collect();
    let mut floors: u64 = 0;
    for (index, bound) in workload.cluster_bounds.iter().enumerate() {
        let here = format!("{path}[{index}]");
        findings.known(
            || format!("{here}.cluster"),
            &bound.cluster,
            &known,
            "`clusters`",
        );
        let (min, max) = (bound.min, bound.max.unwrap_or(u32::MAX));
        findings.add_if(
            min > max,
            || format!("{here}.min"),
            || format!("{min} is above max {max}: lower the one or raise the other"),
        );
        floors += u64::from(min);
    }
    let max = workload.max_replicas;
    findings.add_if(
        floors > u64::from(max),
        || path,
        || {
            format!(
                "ask for {floors} replicas at least, above maxReplicas {max}: lower the ones or raise the other"
            )
        },
    );
}

fn rules(workload: &WorkloadSpec, policy: &Policy, path: &str, findings: &mut Findings) {
    let known: Vec<&PolicyId> = policy
        .burst_policies
        .iter()
        .map(|burst| &burst.name)
        .collect();
    let here = || format!("{path}.policy");
    findings.known(here, &workload.policy, &known, "`burstPolicies`");
    let burst = policy
        .burst_policies
        .iter()
        .find(|burst| burst.name == workload.policy);
    if let (Some(group), Some(burst)) = (&workload.co_placement, burst) {
        for asked in asks_for_several_clusters(burst) {
            let message = format!(
                "`{group}` keeps each of its workloads in one cluster, and policy `{}` {asked}: change that \
                 there, leave the group out, or name another policy",
                burst.name
            );
            findings.add(format!("{path}.coPlacement"), message);
        }
    }
}

/// What a policy asks for that no workload in a single cluster can have.
fn asks_for_several_clusters(burst: &BurstPolicy) -> Vec<String> {
    let mut asked = Vec::new();
    if burst.max_cluster_percent < 100 {
        let percent = burst.max_cluster_percent;
        asked.push(format!(
            "allows one cluster no more than maxClusterPercent {percent}"
        ));
    }
    if burst.survive_percent > 0 {
        let percent = burst.survive_percent;
        asked.push(format!(
            "asks that survivePercent {percent} outlive the loss of that cluster"
        ));
    }
    if burst.placement == Placement::ActiveActive {
        asked.push("asks with placement ActiveActive for a replica in every cluster".to_owned());
    }
    asked
}
