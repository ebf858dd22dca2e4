//! Looks at all clusters and asks for all metrics, at once. I/O.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use kube::{Client, ResourceExt};
use spillway_crds::api::{Cluster, HybridAutoscaler};
use spillway_crds::workload_id;
use spillway_solver::snapshot::Spend;
use spillway_solver::units::UnixMs;

use super::conflict::conflict;
use super::seen::Seen;
use crate::member::{Member, TargetKind};
use crate::readings::{Servers, queries};

/// When the replicas of a target were last written by us, by workload and cluster.
pub type WroteAt = BTreeMap<(String, String), UnixMs>;

/// What is asked about.
pub struct Asked<'a> {
    /// Where Secrets are read.
    pub home: &'a Client,
    /// The servers that are asked for metrics.
    pub servers: &'a mut Servers,
    /// All clusters that could be read.
    pub clusters: &'a [Cluster],
    /// All autoscalers that could be read.
    pub autoscalers: &'a [HybridAutoscaler],
    /// Our own last writes.
    pub wrote_at: &'a WroteAt,
    /// The tick's time.
    pub now: UnixMs,
    /// Money spent.
    pub spend: Option<Spend>,
}

/// Looks at everything.
pub async fn observe(asked: Asked<'_>, members: &mut BTreeMap<String, Member>) -> Seen {
    let names: BTreeSet<String> = asked.clusters.iter().map(ResourceExt::name_any).collect();
    members.retain(|name, _| names.contains(name));
    for name in &names {
        members
            .entry(name.clone())
            .or_insert_with(|| Member::new(None));
    }
    let references = asked.autoscalers.iter().map(|a| &a.spec.scale_target_ref);
    let kinds: BTreeSet<TargetKind> = references.map(TargetKind::from).collect();
    let connections: BTreeMap<String, _> = asked
        .clusters
        .iter()
        .map(|cluster| (cluster.name_any(), cluster.spec.connection.as_ref()))
        .collect();
    let metered = &metered(asked.autoscalers);
    let looks = members.iter_mut().map(|(name, member)| {
        let connection = connections.get(name).copied().flatten();
        let kinds = &kinds;
        async move {
            let sight = member.look(connection, kinds, asked.home, asked.now).await;
            (name.clone(), sight, member.usages(metered).await)
        }
    });
    let (looked, answers) = tokio::join!(
        join_all(looks),
        asked.servers.ask(queries(asked.autoscalers), asked.home)
    );
    let mut sights = BTreeMap::new();
    let mut usages = BTreeMap::new();
    for (name, sight, of_pods) in looked {
        sights.insert(name.clone(), sight);
        usages.insert(name, of_pods);
    }
    let mut targets = BTreeMap::new();
    let mut conflicts = BTreeMap::new();
    for autoscaler in asked.autoscalers {
        let (id, namespace) = (
            workload_id(autoscaler),
            autoscaler.namespace().unwrap_or_default(),
        );
        let reference = &autoscaler.spec.scale_target_ref;
        let kind = TargetKind::from(reference);
        for (cluster, member) in &mut *members {
            let place = (id.clone(), cluster.clone());
            if let Some(link) = member.link() {
                let target = link.target(&kind, &namespace, &reference.name);
                if let Ok(target) = &target {
                    let driver = link.driver(&kind, &namespace, &reference.name);
                    let wrote_at = asked.wrote_at.get(&place).copied();
                    let found = conflict(
                        cluster,
                        &reference.name,
                        target,
                        driver.as_deref(),
                        wrote_at,
                    );
                    conflicts.extend(found.map(|text| (place.clone(), text)));
                }
                member.targets.insert(id.clone(), target);
            }
            if let Some(target) = member.targets.get(&id) {
                targets.insert(place, target.clone());
            }
        }
    }
    Seen {
        now: asked.now,
        sights,
        usages,
        targets,
        conflicts,
        priorities: members
            .iter()
            .map(|(name, member)| (name.clone(), member.priorities.clone()))
            .collect(),
        answers,
        last: members
            .iter()
            .filter_map(|(name, member)| Some((name.clone(), member.last.clone()?)))
            .collect(),
        spend: asked.spend,
    }
}

/// Namespaces with workloads that are scaled by what their pods use.
fn metered(autoscalers: &[HybridAutoscaler]) -> BTreeSet<String> {
    let is_metered =
        |object: &&HybridAutoscaler| object.spec.metrics.iter().any(|m| m.resource.is_some());
    let all = autoscalers.iter().filter(is_metered);
    all.filter_map(ResourceExt::namespace).collect()
}
