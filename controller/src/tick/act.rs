//! Writes a plan, step by step in its order. I/O.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use kube::Api;
use kube::api::{Patch, PatchParams};
use kube::core::DynamicObject;
use serde_json::json;
use spillway_crds::api::{HybridAutoscaler, Mode};
use spillway_solver::decision::{Plan, Step, StepKind};

use super::seen::Seen;
use super::victims;
use crate::leases::Leases;
use crate::member::Member;
use crate::observed::TargetFact;
use crate::said::said;

/// Writes that are under way at once: API servers give a client of the lowest priority about as many seats.
const AT_ONCE: usize = 16;

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was written.
    Written,
    /// It is computed and reported only.
    Observed,
    /// The fleet is frozen.
    Frozen,
    /// Something else drives the target; the text says who and what to do.
    Conflict(String),
    /// The target has changed since it was looked at; the next tick decides on what it is then.
    Changed,
    /// The cluster did not take it.
    Failed(String),
    /// We may not write to the cluster; the text says why.
    NotHeld(String),
    /// It waits for another step of the same workload that was not written.
    HeldBack,
}

/// A step and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// What was to be written.
    pub step: Step,
    /// What became of it.
    pub outcome: Outcome,
}

/// All that a write needs to know.
pub struct Writer<'a> {
    /// What is to be done.
    pub plan: &'a Plan,
    /// What it was decided on.
    pub seen: &'a Seen,
    /// Where it is written.
    pub members: &'a BTreeMap<String, Member>,
    /// Where it may be.
    pub leases: &'a Leases,
    /// What is scaled, by name.
    pub autoscalers: &'a BTreeMap<String, HybridAutoscaler>,
    /// Writes nothing and says what it would.
    pub observe_only: bool,
    /// Writes nothing, for a person has stopped all writes.
    pub frozen: bool,
}

impl Writer<'_> {
    /// Writes the steps of the plan: first all additions, then the removals. Nothing is removed for a workload of which
    /// an addition was not written.
    pub async fn act(&self) -> Vec<Done> {
        let mut done: Vec<Done> = Vec::new();
        for kind in [StepKind::Add, StepKind::Remove] {
            let unwritten = done.iter().filter(|done| done.outcome != Outcome::Written);
            let held: BTreeSet<String> = unwritten
                .map(|done| done.step.workload.to_string())
                .collect();
            let steps = self.plan.steps.iter().filter(|step| step.kind == kind);
            let writes = steps.map(|step| self.step(step, held.contains(step.workload.as_str())));
            done.extend(
                stream::iter(writes)
                    .buffered(AT_ONCE)
                    .collect::<Vec<_>>()
                    .await,
            );
        }
        done
    }

    async fn step(&self, step: &Step, held: bool) -> Done {
        let autoscaler = self.autoscalers.get(step.workload.as_str());
        let outcome = match autoscaler {
            None => Outcome::Changed,
            Some(a) if self.observe_only || a.spec.mode == Mode::Observe => Outcome::Observed,
            Some(_) if self.frozen => Outcome::Frozen,
            Some(_) if held => Outcome::HeldBack,
            Some(autoscaler) => self.write(step, autoscaler).await,
        };
        Done {
            step: step.clone(),
            outcome,
        }
    }

    async fn write(&self, step: &Step, autoscaler: &HybridAutoscaler) -> Outcome {
        let place = (step.workload.to_string(), step.cluster.to_string());
        if let Some(conflict) = self.seen.conflicts.get(&place) {
            return Outcome::Conflict(conflict.clone());
        }
        let namespace = autoscaler.metadata.namespace.clone().unwrap_or_default();
        let reference = &autoscaler.spec.scale_target_ref;
        let link = self.members.get(&place.1).and_then(Member::link);
        let api = link.and_then(|link| link.targets(&reference.into(), &namespace));
        let (Some(link), Some(api), Some(Ok(target))) = (link, api, self.seen.targets.get(&place))
        else {
            return Outcome::Failed(format!("cluster {} is not connected", place.1));
        };
        if !self.leases.holds(&place.1) {
            return Outcome::NotHeld(self.leases.why_not(&place.1));
        }
        if step.kind == StepKind::Remove {
            let pods = self.seen.pods(&place.0, &namespace, &place.1);
            if let Err(error) =
                victims::mark(self.plan, step, &pods, &link.client, &namespace).await
            {
                return Outcome::Failed(error);
            }
        }
        match self.scale(&api, &reference.name, target, step).await {
            Ok(true) => Outcome::Written,
            Ok(false) => Outcome::Changed,
            Err(error) => Outcome::Failed(said(&error)),
        }
    }

    /// Writes `spec.replicas`, on the version of the target that was decided on. `false`: it is another one by now.
    async fn scale(
        &self,
        api: &Api<DynamicObject>,
        name: &str,
        target: &TargetFact,
        step: &Step,
    ) -> Result<bool, kube::Error> {
        if apply(api, name, &target.resource_version, step.to).await? {
            return Ok(true);
        }
        // Every change of its status is a new version, too. Only the specification was decided on.
        let now = api.get(name).await?;
        if now.metadata.generation != target.generation || !self.leases.holds(step.cluster.as_str())
        {
            return Ok(false);
        }
        apply(
            api,
            name,
            &now.metadata.resource_version.unwrap_or_default(),
            step.to,
        )
        .await
    }
}

async fn apply(
    api: &Api<DynamicObject>,
    name: &str,
    resource_version: &str,
    replicas: u32,
) -> Result<bool, kube::Error> {
    let scale = json!({
        "apiVersion": "autoscaling/v1", "kind": "Scale",
        "metadata": {"name": name, "resourceVersion": resource_version},
        "spec": {"replicas": replicas}
    });
    let parameters = PatchParams::apply(crate::FIELD_MANAGER).force();
    match api
        .patch_scale(name, &parameters, &Patch::Apply(&scale))
        .await
    {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
        Err(error) => Err(error),
    }
}
