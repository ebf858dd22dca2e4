//! The decision core of this workspace, with its independent checker.

use spillway_solver::checker;
use spillway_solver::decision::{Decision, Versions};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

use super::Decide;

/// The decision core that production runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Core;

impl Decide for Core {
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
        let violations = checker::check(snapshot, policy, memory, decision);
        violations.iter().map(ToString::to_string).collect()
    }
}
