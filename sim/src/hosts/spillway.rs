//! Spillway: the decision core with its policy and memory.

use std::time::Instant;

use spillway_solver::decision::{Decision, Versions};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

use super::{Autoscaler, Outcome, TargetCount};

/// The decision core. Runs on several threads share one.
pub trait Decide: Sync {
    /// Decides one tick; pure.
    fn decide(&self, snapshot: &Snapshot, policy: &Policy, memory: &Memory) -> Decision;

    /// What computes the decisions.
    fn versions(&self) -> Versions;

    /// What an independent check finds wrong with a decision, each as a sentence.
    fn check(
        &self,
        snapshot: &Snapshot,
        policy: &Policy,
        memory: &Memory,
        decision: &Decision,
    ) -> Vec<String>;
}

/// The decision core in a run.
#[derive(Debug)]
pub struct Spillway<D> {
    core: D,
    policy: Policy,
    memory: Memory,
}

impl<D: Decide> Spillway<D> {
    /// With an empty memory, as after a first installation.
    #[must_use]
    pub fn new(core: D, policy: Policy) -> Self {
        Self {
            core,
            policy,
            memory: Memory::default(),
        }
    }
}

impl<D> Spillway<D> {
    /// With what was remembered before.
    #[must_use]
    pub fn remembering(self, memory: Memory) -> Self {
        Self { memory, ..self }
    }
}

impl<D: Decide> Autoscaler for Spillway<D> {
    fn name(&self) -> &'static str {
        "spillway"
    }

    fn versions(&self) -> Versions {
        self.core.versions()
    }

    fn memory(&self) -> Memory {
        self.memory.clone()
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        let decision = self.core.decide(snapshot, &self.policy, &self.memory);
        let began = Instant::now();
        let violations = self
            .core
            .check(snapshot, &self.policy, &self.memory, &decision);
        let check_time = began.elapsed();
        self.memory = decision.memory.clone();
        let targets = decision.plan.workloads.iter().flat_map(|workload| {
            workload.clusters.iter().map(|cluster| TargetCount {
                workload: workload.id.clone(),
                cluster: cluster.cluster.clone(),
                replicas: cluster.apply,
            })
        });
        Outcome {
            targets: targets.collect(),
            victims: decision.plan.victims.clone(),
            violations,
            check_time,
            decision: Some(decision),
            ..Outcome::default()
        }
    }
}

impl<D: Decide + ?Sized> Decide for &D {
    fn decide(&self, snapshot: &Snapshot, policy: &Policy, memory: &Memory) -> Decision {
        (**self).decide(snapshot, policy, memory)
    }

    fn versions(&self) -> Versions {
        (**self).versions()
    }

    fn check(
        &self,
        snapshot: &Snapshot,
        policy: &Policy,
        memory: &Memory,
        decision: &Decision,
    ) -> Vec<String> {
        (**self).check(snapshot, policy, memory, decision)
    }
}
