//! Objects into the core's [`Policy`]: the one conversion, for the controller and the simulator
//! alike. All problems at once, each with object and field.
//!
//! What a CEL rule says is said here again, because a file read offline has met no API server.

mod accept;
mod behavior;
mod burst;
mod cluster;
mod metric;
mod scope;
mod server;
mod traffic;
mod warning;
mod workload;

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt;
use spillway_solver::policy::{Policy, Settings};
use spillway_solver::schema::SchemaVersion;

use crate::api::{BurstPolicy, Cluster};
use crate::objects::{Located, Objects, Unread, workload_id};
use crate::problem::Problem;
use scope::Scope;

pub use accept::{Accepted, accept};
pub use warning::{Doubt, Warning, warnings};

/// What one object may refer to in others.
struct Names<'a> {
    /// Also those that could not be read.
    clusters: BTreeSet<String>,
    policies: BTreeMap<String, &'a Located<BurstPolicy>>,
    unread: &'a Unread,
}

/// The core's policy of a whole configuration, with the fleet's settings at their defaults.
///
/// # Errors
/// All problems of all objects: values that cannot be read, bounds that contradict each other,
/// references to what is not there, names used twice.
pub fn convert(objects: &Objects) -> Result<Policy, Vec<Problem>> {
    let (policy, problems) = convert_beside(objects, &Unread::default());
    if problems.is_empty() {
        Ok(policy)
    } else {
        Err(problems)
    }
}

/// As [`convert()`], where `unread` objects were written besides and reported already. With
/// problems, the policy is what it would be without them, and zero where they are.
pub(crate) fn convert_beside(objects: &Objects, unread: &Unread) -> (Policy, Vec<Problem>) {
    let names = Names {
        clusters: objects
            .clusters
            .iter()
            .map(|c| c.object.name_any())
            .chain(unread.clusters.iter().cloned())
            .collect(),
        policies: objects
            .burst_policies
            .iter()
            .map(|policy| (policy.object.name_any(), policy))
            .collect(),
        unread,
    };
    let mut problems = duplicates(objects);
    let clusters = objects
        .clusters
        .iter()
        .map(|located| {
            let name = located.object.name_any();
            let mut scope = Scope::new("Cluster", &name, &located.origin, &mut problems);
            cluster::convert(&mut scope, &name, &located.object.spec)
        })
        .collect();
    let burst_policies = objects
        .burst_policies
        .iter()
        .map(|located| {
            let name = located.object.name_any();
            let mut scope = Scope::new("BurstPolicy", &name, &located.origin, &mut problems);
            let clusters = (!unread.nameless).then_some(names.clusters.len());
            burst::convert(&mut scope, &name, &located.object.spec, clusters)
        })
        .collect();
    let workloads = objects
        .autoscalers
        .iter()
        .map(|located| {
            let id = workload_id(&located.object);
            let mut scope = Scope::new("HybridAutoscaler", &id, &located.origin, &mut problems);
            if names.clusters.is_empty() && !unread.nameless {
                scope.report(
                    "",
                    "has nowhere to run: add at least one Cluster".to_owned(),
                );
            }
            workload::convert(&mut scope, &id, &located.object.spec, &names)
        })
        .collect();
    let policy = Policy {
        schema_version: SchemaVersion::default(),
        clusters,
        burst_policies,
        workloads,
        refused: Vec::new(),
        settings: Settings::default(),
    };
    (policy, problems)
}

/// Objects of one kind with one name.
fn duplicates(objects: &Objects) -> Vec<Problem> {
    let clusters = objects
        .clusters
        .iter()
        .map(|located: &Located<Cluster>| ("Cluster", located.object.name_any(), &located.origin));
    let policies = objects
        .burst_policies
        .iter()
        .map(|located| ("BurstPolicy", located.object.name_any(), &located.origin));
    let autoscalers = objects.autoscalers.iter().map(|located| {
        (
            "HybridAutoscaler",
            workload_id(&located.object),
            &located.origin,
        )
    });
    let mut seen = BTreeMap::new();
    let mut problems = Vec::new();
    for (kind, name, origin) in clusters.chain(policies).chain(autoscalers) {
        if let Some(first) = seen.insert((kind, name.clone()), origin) {
            let place = match (&first.source_name, first.line("")) {
                (Some(source), Some(line)) => format!(" (first in {source}:{line})"),
                _ => String::new(),
            };
            let message = format!("`{name}` is used twice{place}: give each {kind} its own name");
            Scope::new(kind, &name, origin, &mut problems).report("metadata.name", message);
        }
    }
    problems
}
