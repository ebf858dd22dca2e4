//! The objects as people wrote them, completed by what their targets say, as the core's policy. Pure.

mod in_force;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec, Toleration};
use spillway_crds::api::{
    Amounts, BurstPolicy, Cluster, ClusterRule, HybridAutoscaler, Mode, TaintEffect,
    TolerationOperator,
};
use spillway_crds::text::Quantity;
use spillway_crds::{Accepted, Objects, Origin, Problem, accept, workload_id};
use spillway_solver::ids::WorkloadId;

use crate::kinds::Written;
use crate::observed::{is_spared, requests};

pub use in_force::InForce;

/// What is known of a workload's target over all clusters.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    /// Its pod template, of the first cluster that has the target; private clusters come first.
    pub template: Option<Arc<PodTemplateSpec>>,
    /// What its pods' `PriorityClass` is worth there.
    pub priority: Option<i32>,
    /// `spec.replicas` by cluster; a cluster that was seen and has no such target is not in it.
    pub replicas: BTreeMap<String, u32>,
    /// Clusters that were seen and have no such target, or one that cannot be scaled, with the reason.
    pub missing: BTreeMap<String, String>,
}

/// All that people wrote.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    /// Clusters with the shape of their kind.
    pub clusters: Vec<Cluster>,
    /// Policies with the shape of their kind.
    pub policies: Vec<BurstPolicy>,
    /// Autoscalers with the shape of their kind, as they were written.
    pub autoscalers: Vec<HybridAutoscaler>,
    /// What is wrong with those of another shape, and with those in whose place an older one counts.
    pub foreign: Vec<Problem>,
}

impl Fleet {
    /// Reads what was written.
    #[must_use]
    pub fn of(
        clusters: &[Arc<Written<Cluster>>],
        policies: &[Arc<Written<BurstPolicy>>],
        autoscalers: &[Arc<Written<HybridAutoscaler>>],
    ) -> Self {
        let mut foreign = Vec::new();
        Self {
            clusters: sound("Cluster", clusters, &mut foreign),
            policies: sound("BurstPolicy", policies, &mut foreign),
            autoscalers: sound("HybridAutoscaler", autoscalers, &mut foreign),
            foreign,
        }
    }

    /// The names of a kind's objects that could not be read.
    fn foreign_names<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = String> + 'a {
        self.foreign.iter().filter_map(move |problem| {
            let name = problem.object.strip_prefix(kind)?.strip_prefix('/')?;
            Some(name.to_owned())
        })
    }

    /// What is acted on, and why the rest is not. `runs` is asked by the name of the workload.
    #[must_use]
    pub fn accept(&self, runs: &BTreeMap<String, Runs>) -> Accepted {
        let mut problems = self.foreign.clone();
        let nothing = Runs::default();
        let mut completed = Vec::new();
        for autoscaler in &self.autoscalers {
            let runs = runs.get(&workload_id(autoscaler)).unwrap_or(&nothing);
            match complete(autoscaler, runs) {
                Ok(object) => completed.push(object.into()),
                Err(found) => problems.extend(found),
            }
        }
        let mut accepted = accept(&Objects {
            clusters: self.clusters.iter().cloned().map(Into::into).collect(),
            burst_policies: self.policies.iter().cloned().map(Into::into).collect(),
            autoscalers: completed,
        });
        for workload in &mut accepted.policy.workloads {
            let template = runs
                .get(workload.id.as_str())
                .and_then(|runs| runs.template.as_ref());
            workload.unmodelled = template
                .and_then(|t| t.spec.as_ref())
                .is_some_and(is_unmodelled);
            let metadata = template.and_then(|t| t.metadata.as_ref());
            workload.pause.moves |= is_spared(metadata.and_then(|m| m.annotations.as_ref()));
        }
        let acted_on: BTreeSet<&WorkloadId> =
            accepted.policy.workloads.iter().map(|w| &w.id).collect();
        let written = self.autoscalers.iter().map(workload_id);
        let written = written.chain(self.foreign_names("HybridAutoscaler"));
        let refused = written.map(|id| WorkloadId::from(id.as_str()));
        let refused: BTreeSet<_> = refused.filter(|id| !acted_on.contains(id)).collect();
        accepted.policy.refused = refused.into_iter().collect();
        problems.append(&mut accepted.problems);
        Accepted {
            problems,
            ..accepted
        }
    }
}

/// Those that could be read; of the others what is wrong.
fn sound<K: Clone>(kind: &str, written: &[Arc<Written<K>>], problems: &mut Vec<Problem>) -> Vec<K> {
    let mut all = Vec::new();
    for object in written {
        match &**object {
            Written::Sound(object) => all.push((**object).clone()),
            Written::Foreign(foreign) => problems.push(Problem {
                object: format!("{kind}/{}", foreign.name),
                ..Origin::default().problem("", foreign.why.clone())
            }),
        }
    }
    all
}

/// The object with what its target says where it says nothing itself.
fn complete(written: &HybridAutoscaler, runs: &Runs) -> Result<HybridAutoscaler, Vec<Problem>> {
    let mut object = written.clone();
    let mut problems = Vec::new();
    let mut report = |path: &str, message: String| {
        problems.push(Problem {
            object: format!("HybridAutoscaler/{}", workload_id(written)),
            ..Origin::default().problem(path, message)
        });
    };
    let target = &written.spec.scale_target_ref;
    object.spec.priority = object.spec.priority.or(runs.priority);
    let template = runs
        .template
        .as_ref()
        .and_then(|template| template.spec.as_ref());
    match template {
        Some(pod) => from_template(&mut object, pod),
        None => report(
            "spec.scaleTargetRef",
            match runs.missing.iter().next() {
                Some((cluster, why)) => format!("in cluster {cluster}: {why}"),
                None => format!("{} {} was seen in no cluster yet", target.kind, target.name),
            },
        ),
    }
    let steered = written
        .spec
        .traffic
        .as_ref()
        .is_some_and(|traffic| !traffic.targets.is_empty());
    if steered && written.spec.mode == Mode::Active {
        let message = "is not managed by this version of the controller, and replicas that move without their traffic \
                       serve nobody: leave the targets out, or set mode Observe";
        report("spec.traffic.targets", message.to_owned());
    }
    for (cluster, why) in &runs.missing {
        let index = object
            .spec
            .clusters
            .iter()
            .position(|rule| rule.name == *cluster);
        let asked = index.map(|index| &object.spec.clusters[index]);
        if asked.is_some_and(|rule| rule.pin.or(rule.min_replicas).unwrap_or(0) > 0) {
            let index = index.unwrap_or_default();
            report(
                &format!("spec.clusters[{index}]"),
                format!("asks for replicas in {cluster}, but {why}"),
            );
        }
        object.spec.clusters.retain(|rule| rule.name != *cluster);
        object.spec.clusters.push(ClusterRule {
            forbid: true,
            ..rule(cluster)
        });
    }
    for (index, pin) in written.spec.pause.pins.iter().enumerate() {
        if let Some(why) = runs.missing.get(&pin.name).filter(|_| pin.replicas > 0) {
            report(
                &format!("spec.pause.pins[{index}]"),
                format!("asks for replicas in {}, but {why}", pin.name),
            );
        }
    }
    if written.spec.mode == Mode::Paused {
        keep_as_it_is(&mut object, runs);
    }
    if problems.is_empty() {
        Ok(object)
    } else {
        Err(problems)
    }
}

fn rule(cluster: &str) -> ClusterRule {
    ClusterRule {
        name: cluster.to_owned(),
        min_replicas: None,
        max_replicas: None,
        pin: None,
        forbid: false,
    }
}

fn from_template(object: &mut HybridAutoscaler, pod: &PodSpec) {
    let spec = &mut object.spec;
    if spec.replica_requests.is_none() {
        let of_replica = requests(pod);
        let whole = |amount: &u64| Quantity(amount.to_string());
        spec.replica_requests = Some(Amounts {
            cpu: Quantity(format!("{}m", of_replica.cpu_milli.0)),
            memory: Quantity(of_replica.memory_bytes.0.to_string()),
            extended: of_replica
                .extended
                .iter()
                .map(|(name, amount)| (name.clone(), whole(amount)))
                .collect(),
        });
    }
    if spec.node_selector.is_empty() {
        spec.node_selector = pod.node_selector.clone().unwrap_or_default();
    }
    if spec.tolerations.is_empty() {
        spec.tolerations = pod.tolerations.iter().flatten().map(toleration).collect();
    }
}

fn toleration(toleration: &Toleration) -> spillway_crds::api::Toleration {
    spillway_crds::api::Toleration {
        key: toleration.key.clone(),
        operator: match toleration.operator.as_deref() {
            Some("Exists") => TolerationOperator::Exists,
            _ => TolerationOperator::Equal,
        },
        value: toleration.value.clone(),
        effect: match toleration.effect.as_deref() {
            Some("NoSchedule") => Some(TaintEffect::NoSchedule),
            Some("PreferNoSchedule") => Some(TaintEffect::PreferNoSchedule),
            Some("NoExecute") => Some(TaintEffect::NoExecute),
            _ => None,
        },
    }
}

/// A paused workload keeps in each cluster what it has, or is pinned to; so the core plans around it and never with it.
fn keep_as_it_is(object: &mut HybridAutoscaler, runs: &Runs) {
    let mut held = runs.replicas.clone();
    for pin in std::mem::take(&mut object.spec.pause).pins {
        held.insert(pin.name, pin.replicas);
    }
    let total: u32 = held.values().sum();
    let spec = &mut object.spec;
    spec.mode = Mode::Active;
    spec.min_replicas = total;
    spec.max_replicas = total.max(1);
    spec.activation = None;
    spec.schedule.clear();
    for (cluster, replicas) in &held {
        spec.clusters.retain(|rule| rule.name != *cluster);
        spec.clusters.push(ClusterRule {
            pin: Some(*replicas),
            ..rule(cluster)
        });
    }
}

/// Whether the scheduler reads more of the pod than the core does.
fn is_unmodelled(pod: &PodSpec) -> bool {
    let affinity = pod.affinity.as_ref();
    let required_nodes = affinity
        .and_then(|affinity| affinity.node_affinity.as_ref())
        .is_some_and(|nodes| {
            nodes
                .required_during_scheduling_ignored_during_execution
                .is_some()
        });
    let required_pods = affinity.is_some_and(|affinity| {
        let with = affinity.pod_affinity.as_ref();
        let without = affinity.pod_anti_affinity.as_ref();
        with.is_some_and(|pods| {
            pods.required_during_scheduling_ignored_during_execution
                .is_some()
        }) || without.is_some_and(|pods| {
            pods.required_during_scheduling_ignored_during_execution
                .is_some()
        })
    });
    let spread = pod.topology_spread_constraints.iter().flatten();
    let must_spread = spread
        .into_iter()
        .any(|constraint| constraint.when_unsatisfiable == "DoNotSchedule");
    let bound_volume =
        |volume: &k8s_openapi::api::core::v1::Volume| volume.persistent_volume_claim.is_some();
    let volumes = pod.volumes.iter().flatten().any(bound_volume);
    let foreign = pod
        .scheduler_name
        .as_deref()
        .is_some_and(|name| name != "default-scheduler");
    required_nodes || required_pods || must_spread || volumes || foreign
}

#[cfg(test)]
mod tests;
