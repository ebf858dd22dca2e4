//! What was seen, put together as the core's snapshot. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use kube::ResourceExt;
use spillway_crds::api::{Cluster, HybridAutoscaler, Tier};
use spillway_crds::workload_id;
use spillway_solver::policy::Policy;
use spillway_solver::schema::SchemaVersion;
use spillway_solver::snapshot::{
    ClusterState, PodPhase, PodReading, Snapshot, Spend, WorkloadState,
};
use spillway_solver::units::UnixMs;

use crate::fleet::Runs;
use crate::member::{Sight, Target, Usages};
use crate::observed::{Member as Facts, PodFact, PriorityFact, Workload, cluster_state, owned};
use crate::readings::{Answers, OwnPod, Pods, readings};

/// All that one tick saw.
pub struct Seen {
    /// The tick's time.
    pub now: UnixMs,
    /// Each cluster.
    pub sights: BTreeMap<String, Sight>,
    /// Each workload's target in each cluster where anything is known of it, by workload and cluster.
    pub targets: BTreeMap<(String, String), Target>,
    /// Targets that somebody else drives, by workload and cluster, with what to do about it.
    pub conflicts: BTreeMap<(String, String), String>,
    /// Classes of priority as each cluster last had them.
    pub priorities: BTreeMap<String, Vec<Arc<PriorityFact>>>,
    /// What pods use by cluster.
    pub usages: BTreeMap<String, Usages>,
    /// What Prometheus answered.
    pub answers: Answers,
    /// Clusters as they were last seen before.
    pub last: BTreeMap<String, ClusterState>,
    /// Money spent.
    pub spend: Option<Spend>,
}

impl Seen {
    /// What is known of each workload's target over all clusters.
    #[must_use]
    pub fn runs(
        &self,
        clusters: &[Cluster],
        autoscalers: &[HybridAutoscaler],
    ) -> BTreeMap<String, Runs> {
        let mut private_first: Vec<&Cluster> = clusters.iter().collect();
        private_first
            .sort_by_key(|cluster| (cluster.spec.tier != Tier::Private, cluster.name_any()));
        let mut all = BTreeMap::new();
        for autoscaler in autoscalers {
            let id = workload_id(autoscaler);
            let mut runs = Runs::default();
            for cluster in &private_first {
                let name = cluster.name_any();
                let clear = matches!(self.sights.get(&name), Some(Sight::Clear(_)));
                match self.targets.get(&(id.clone(), name.clone())) {
                    Some(Ok(target)) => {
                        if runs.template.is_none() {
                            runs.priority = self.priority(&name, &target.template);
                            runs.template = Some(Arc::clone(&target.template));
                        }
                        runs.replicas.insert(name, target.replicas);
                    }
                    Some(Err(no)) if clear => {
                        runs.missing.insert(name, no.0.clone());
                    }
                    Some(Err(_)) | None => {}
                }
            }
            all.insert(id, runs);
        }
        all
    }

    /// The snapshot. `autoscalers` are all that could be read; those of `policy` are decided.
    #[must_use]
    pub fn snapshot(&self, policy: &Policy, autoscalers: &[HybridAutoscaler]) -> Snapshot {
        let mut by_age: Vec<&HybridAutoscaler> = autoscalers.iter().collect();
        let decided: BTreeSet<&str> = policy.workloads.iter().map(|w| w.id.as_str()).collect();
        by_age.retain(|a| decided.contains(workload_id(a).as_str()));
        by_age.sort_by_key(|a| {
            let created = a.metadata.creation_timestamp.as_ref().map(|time| time.0);
            (created, a.uid())
        });
        let mut clusters = Vec::new();
        let mut pods_of: BTreeMap<String, Vec<OwnPod<'_>>> = BTreeMap::new();
        let mut unseen_of: BTreeMap<String, Vec<PodReading>> = BTreeMap::new();
        for spec in &policy.clusters {
            match self.sights.get(spec.name.as_str()) {
                Some(Sight::Clear(facts)) => {
                    let workloads = self.workloads(spec.name.as_str(), &by_age);
                    let own = owned(facts, &workloads);
                    clusters.push(cluster_state(spec, facts, &workloads, &own, self.now));
                    for (workload, pods) in workloads.iter().zip(own) {
                        let here = pods.into_iter().map(|pod| OwnPod {
                            cluster: &spec.name,
                            pod,
                        });
                        pods_of
                            .entry(workload.id.to_string())
                            .or_default()
                            .extend(here);
                    }
                }
                Some(Sight::Silent { since, .. }) => {
                    let last = self.last.get(spec.name.as_str());
                    for (workload, pod) in last.into_iter().flat_map(unseen) {
                        unseen_of.entry(workload).or_default().push(pod);
                    }
                    clusters.extend(last.map(|last| ClusterState {
                        unreachable_since_ms: Some(*since),
                        ..last.clone()
                    }));
                }
                None => {}
            }
        }
        let measured = by_age.iter().map(|autoscaler| {
            let id = workload_id(autoscaler);
            let pods = Pods {
                own: pods_of.get(&id).map_or(&[][..], Vec::as_slice),
                unseen: unseen_of.get(&id).map_or(&[][..], Vec::as_slice),
            };
            WorkloadState {
                metrics: readings(autoscaler, &self.answers, &self.usages, pods),
                id: id.as_str().into(),
            }
        });
        let mut workloads: Vec<WorkloadState> = measured.collect();
        workloads.sort_by(|one, other| one.id.cmp(&other.id));
        Snapshot {
            schema_version: SchemaVersion::default(),
            now_ms: self.now,
            clusters,
            workloads,
            spend: self.spend.clone(),
        }
    }

    /// The workloads that have a target in a cluster.
    fn workloads(&self, cluster: &str, by_age: &[&HybridAutoscaler]) -> Vec<Workload> {
        let here = by_age.iter().filter_map(|autoscaler| {
            let id = workload_id(autoscaler);
            let target = self.targets.get(&(id.clone(), cluster.to_owned()))?;
            Some(Workload {
                id: id.as_str().into(),
                namespace: autoscaler.namespace()?,
                target: Arc::clone(target.as_ref().ok()?),
            })
        });
        here.collect()
    }

    /// What the class of a template's pods is worth in a cluster.
    fn priority(&self, cluster: &str, template: &PodTemplateSpec) -> Option<i32> {
        let pod = template.spec.as_ref()?;
        let class = pod.priority_class_name.as_deref();
        PriorityFact::find(class, self.priorities.get(cluster)?)
    }

    /// The pods of a workload in a cluster that is in sight.
    #[must_use]
    pub fn pods(&self, workload: &str, namespace: &str, cluster: &str) -> Vec<&PodFact> {
        let target = self.targets.get(&(workload.to_owned(), cluster.to_owned()));
        let (Some(Ok(target)), Some(facts)) = (target, self.facts(cluster)) else {
            return Vec::new();
        };
        let of_namespace = facts.pods.iter().filter(|pod| pod.namespace == namespace);
        of_namespace
            .filter(|pod| target.selector.selects(pod))
            .map(|pod| &**pod)
            .collect()
    }

    fn facts(&self, cluster: &str) -> Option<&Facts> {
        match self.sights.get(cluster)? {
            Sight::Clear(facts) => Some(facts),
            Sight::Silent { .. } => None,
        }
    }
}

/// The replicas that a silent cluster was last seen with, as pods of which nothing is measured.
fn unseen(last: &ClusterState) -> impl Iterator<Item = (String, PodReading)> {
    last.nodes.iter().flat_map(move |node| {
        node.replicas.iter().flat_map(move |replicas| {
            (0..replicas.bound + replicas.ready).map(move |number| {
                let pod = PodReading {
                    name: format!("{}/{number}", node.name),
                    cluster: last.name.clone(),
                    phase: PodPhase::Running,
                    ready: Some(number >= replicas.bound),
                    started_at_ms: Some(last.observed_at_ms),
                    ..PodReading::default()
                };
                (replicas.workload.to_string(), pod)
            })
        })
    })
}
