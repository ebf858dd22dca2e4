//! What an autoscaler wants, checked and written to the clusters that answer.

use spillway_solver::ids::{ClusterId, WorkloadId};

use super::Run;
use super::enter::Enter;
use crate::engine::Source;
use crate::hosts::Outcome;
use crate::invariants::{Rule, Violation, check_spilled};

impl<S: Source<Item: Enter>> Run<'_, S> {
    pub(super) fn check_outcome(&self, outcome: &Outcome) -> Result<(), Violation> {
        if !outcome.violations.is_empty() {
            let detail = outcome.violations.join("; ");
            return Err(self.state.violation(Rule::IndependentCheck, detail));
        }
        match &outcome.decision {
            Some(decision) => check_spilled(self.policy, decision, self.state.now),
            None => Ok(()),
        }
    }

    /// Writes the targets, additions before removals. A write to a cluster that does not answer
    /// fails.
    pub(super) fn apply(&mut self, outcome: &Outcome) -> Result<(), Violation> {
        self.state.hint_victims(&outcome.victims);
        let mut removals = Vec::new();
        for target in &outcome.targets {
            let place = self.place(&target.workload, &target.cluster)?;
            let (workload, cluster) = place;
            if !self.state.answers(cluster) {
                continue;
            }
            if target.replicas < self.state.sites[cluster].targets[workload].spec {
                removals.push((place, target.replicas));
            } else {
                self.state.set_replicas(workload, cluster, target.replicas);
            }
        }
        for ((workload, cluster), replicas) in removals {
            self.state.set_replicas(workload, cluster, replicas);
        }
        let plan = outcome.decision.as_ref().map(|decision| &decision.plan);
        self.state.point_traffic(plan, &outcome.weights);
        for why in outcome
            .decision
            .iter()
            .flat_map(|decision| &decision.rationale.workloads)
        {
            let mut workloads = self.state.setup.workloads.iter();
            if let Some(workload) = workloads.position(|workload| workload.id == why.id) {
                let moved = why.moves.iter().map(|moved| u64::from(moved.replicas));
                self.state.ledger.workloads[workload].moves += moved.sum::<u64>();
            }
        }
        Ok(())
    }

    fn place(
        &self,
        workload: &WorkloadId,
        cluster: &ClusterId,
    ) -> Result<(usize, usize), Violation> {
        let setup = &self.state.setup;
        let at = setup
            .workloads
            .iter()
            .position(|known| known.id == *workload);
        let on = setup
            .clusters
            .iter()
            .position(|known| known.name == *cluster);
        at.zip(on).ok_or_else(|| {
            let detail = format!("{workload} in {cluster}");
            self.state.violation(Rule::KnownTarget, detail)
        })
    }
}
