//! What the commands ask of the decision core.

use spillway_solver::decision::{Decision, Versions};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

/// The decision core and its independent checker, or a stand-in in tests.
pub trait Core {
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
