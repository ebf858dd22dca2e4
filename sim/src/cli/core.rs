//! The decision core itself behind the trait that tests stand in for.

use spillway_solver::decision::{Decision, Versions};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

use crate::hosts::Decide;

/// The decision core and its independent checker.
#[derive(Clone, Copy, Debug)]
pub struct SolverCore;

impl Decide for SolverCore {
    fn decide(&self, snapshot: &Snapshot, policy: &Policy, memory: &Memory) -> Decision {
        spillway_solver::decide(snapshot, policy, memory)
    }

    fn versions(&self) -> Versions {
        spillway_solver::versions()
    }

    fn check(
        &self,
        snapshot: &Snapshot,
        policy: &Policy,
        memory: &Memory,
        decision: &Decision,
    ) -> Vec<String> {
        spillway_solver::checker::check(snapshot, policy, memory, decision)
            .iter()
            .map(ToString::to_string)
            .collect()
    }
}
