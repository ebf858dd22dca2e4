//! What can be wrong with a world, found all at once.

use std::collections::BTreeSet;
use std::fmt;

use spillway_solver::policy::{Grower, Policy};

use super::{NodeAutoscaler, Span, World, WorldCluster, WorldWorkload};
use crate::time::Nanos;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path of the field, such as `clusters[0].groups[1].boot.p95`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// A world that cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file is no world.
    #[error("{at}: {message}")]
    Syntax {
        /// The file, with line and column where they are known.
        at: String,
        /// What is wrong.
        message: String,
    },
    /// The world contradicts itself or the policy.
    #[error("the world does not fit its policy:\n{}", list(.0))]
    Problems(Vec<Problem>),
}

impl ConfigError {
    pub(super) fn syntax(file: &str, place: Option<(u64, u64)>, error: &dyn fmt::Display) -> Self {
        let whole = error.to_string();
        let what = whole
            .rsplit_once(" at line ")
            .map_or(&*whole, |(what, _)| what);
        Self::Syntax {
            at: place.map_or_else(
                || file.to_owned(),
                |(line, column)| format!("{file}:{line}:{column}"),
            ),
            message: what.to_owned(),
        }
    }
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("  {problem}"))
        .collect();
    lines.join("\n")
}

/// Gathers problems.
#[derive(Default)]
struct Findings(Vec<Problem>);

impl Findings {
    fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem {
            field: field.into(),
            message: message.into(),
        });
    }

    fn above_zero(&mut self, field: impl Into<String>, span: Span) {
        if span.0 == Nanos::ZERO {
            self.add(field, "must be above zero, like 15s");
        }
    }
}

pub(super) fn check(world: &World, policy: &Policy) -> Result<(), ConfigError> {
    let mut findings = Findings::default();
    findings.above_zero("tick", world.tick);
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
    if world.observation_delay.0 >= world.tick.0 {
        findings.add("observationDelay", "must be shorter than tick");
    }
    if policy.workloads.is_empty() {
        findings.add(
            "workloads",
            "the policy has no workload; add a HybridAutoscaler",
        );
    }
    clusters(world, policy, &mut findings);
    workloads(world, policy, &mut findings);
    if findings.0.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::Problems(findings.0))
    }
}

fn clusters(world: &World, policy: &Policy, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (n, cluster) in world.clusters.iter().enumerate() {
        let path = format!("clusters[{n}]");
        if !seen.insert(&cluster.name) {
            findings.add(
                format!("{path}.name"),
                format!("`{}` is there twice", cluster.name),
            );
        }
        cluster_groups(cluster, policy, &path, findings);
        if let NodeAutoscaler::ClusterAutoscaler(ca) = cluster.node_autoscaler {
            findings.above_zero(
                format!("{path}.nodeAutoscaler.clusterAutoscaler.scanInterval"),
                ca.scan_interval,
            );
        }
    }
    for spec in &policy.clusters {
        if !seen.contains(&spec.name) {
            findings.add(
                "clusters",
                format!("`{}` of the policy is missing; add it", spec.name),
            );
        }
    }
}

fn cluster_groups(cluster: &WorldCluster, policy: &Policy, path: &str, findings: &mut Findings) {
    let Some(spec) = policy
        .clusters
        .iter()
        .find(|spec| spec.name == cluster.name)
    else {
        let known: Vec<&str> = policy
            .clusters
            .iter()
            .map(|spec| spec.name.as_str())
            .collect();
        findings.add(
            format!("{path}.name"),
            format!(
                "no Cluster `{}`; the policy has {}",
                cluster.name,
                known.join(", ")
            ),
        );
        return;
    };
    let mut seen = BTreeSet::new();
    for (n, group) in cluster.groups.iter().enumerate() {
        let path = format!("{path}.groups[{n}]");
        if !seen.insert(&group.name) {
            findings.add(
                format!("{path}.name"),
                format!("`{}` is there twice", group.name),
            );
        }
        if group.boot.is_some_and(|boot| boot.p95.0 < boot.p50.0) {
            findings.add(format!("{path}.boot.p95"), "is below p50; swap them");
        }
        let Some(group_spec) = spec.groups.iter().find(|spec| spec.name == group.name) else {
            findings.add(
                format!("{path}.name"),
                format!("Cluster `{}` has no group `{}`", cluster.name, group.name),
            );
            continue;
        };
        if group_spec.grower == Grower::NodeAutoscaler && group.initial_nodes > group_spec.max_nodes
        {
            findings.add(
                format!("{path}.initialNodes"),
                format!(
                    "{} is above the group's maximum of {}",
                    group.initial_nodes, group_spec.max_nodes
                ),
            );
        }
    }
}

fn workloads(world: &World, policy: &Policy, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (n, workload) in world.workloads.iter().enumerate() {
        let path = format!("workloads[{n}]");
        if !seen.insert(&workload.id) {
            findings.add(
                format!("{path}.id"),
                format!("`{}` is there twice", workload.id),
            );
        }
        if workload.concurrency == 0 {
            findings.add(format!("{path}.concurrency"), "must be at least 1");
        }
        workload_names(workload, policy, &path, findings);
    }
}

fn workload_names(workload: &WorldWorkload, policy: &Policy, path: &str, findings: &mut Findings) {
    let Some(spec) = policy.workloads.iter().find(|spec| spec.id == workload.id) else {
        let known: Vec<&str> = policy
            .workloads
            .iter()
            .map(|spec| spec.id.as_str())
            .collect();
        findings.add(
            format!("{path}.id"),
            format!(
                "no HybridAutoscaler `{}`; the policy has {}",
                workload.id,
                known.join(", ")
            ),
        );
        return;
    };
    for (n, signal) in workload.signals.iter().enumerate() {
        if !spec
            .metrics
            .iter()
            .any(|metric| metric.name == signal.metric)
        {
            findings.add(
                format!("{path}.signals[{n}].metric"),
                format!("`{}` has no metric `{}`", workload.id, signal.metric),
            );
        }
    }
    for (n, initial) in workload.initial.iter().enumerate() {
        if !policy
            .clusters
            .iter()
            .any(|cluster| cluster.name == initial.cluster)
        {
            findings.add(
                format!("{path}.initial[{n}].cluster"),
                format!("no Cluster `{}`", initial.cluster),
            );
        }
    }
}
