//! A decision, with questions to ask of it.

use spillway_solver::decision::{
    Decision, Notice, SpillReason, UnplacedReason, WorkloadPlan, WorkloadRationale,
};

/// What one tick of a [`super::world::World`] decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided(pub Decision);

impl Decided {
    pub fn plan(&self, name: &str) -> &WorkloadPlan {
        let id = format!("shop/{name}");
        let all = &self.0.plan.workloads;
        all.iter().find(|w| w.id == id).expect("it is planned")
    }

    /// Planned replicas of `shop/NAME` in a cluster.
    pub fn at(&self, name: &str, cluster: &str) -> u32 {
        let clusters = &self.plan(name).clusters;
        clusters
            .iter()
            .find(|c| c.cluster == cluster)
            .map_or(0, |c| c.replicas)
    }

    /// What is to be written for `shop/NAME` in a cluster now.
    pub fn apply(&self, name: &str, cluster: &str) -> u32 {
        let clusters = &self.plan(name).clusters;
        clusters
            .iter()
            .find(|c| c.cluster == cluster)
            .map_or(0, |c| c.apply)
    }

    /// Planned replicas in home, in eks, and unplaced ones.
    pub fn split(&self, name: &str) -> (u32, u32, u32) {
        let unplaced = self.plan(name).unplaced;
        (self.at(name, "home"), self.at(name, "eks"), unplaced)
    }

    /// Replicas planned in a group.
    pub fn in_group(&self, name: &str, group: &str) -> u32 {
        let clusters = &self.plan(name).clusters;
        clusters
            .iter()
            .flat_map(|c| &c.groups)
            .filter(|g| g.group == group)
            .map(|g| g.replicas)
            .sum()
    }

    pub fn nodes(&self, group: &str) -> u32 {
        let groups = &self.0.plan.groups;
        groups
            .iter()
            .filter(|g| g.group == group)
            .map(|g| g.planned)
            .sum()
    }

    pub fn why_spilled(&self, name: &str) -> Option<SpillReason> {
        self.reasons(name).spilled.first().map(|s| s.reason)
    }

    pub fn why_unplaced(&self, name: &str) -> Option<UnplacedReason> {
        self.reasons(name).unplaced.first().map(|s| s.reason)
    }

    pub fn reasons(&self, name: &str) -> &WorkloadRationale {
        let id = format!("shop/{name}");
        let all = &self.0.rationale.workloads;
        all.iter().find(|w| w.id == id).expect("it has reasons")
    }

    pub fn level(&self, name: &str) -> i64 {
        let levels = &self.0.rationale.solver.levels;
        levels
            .iter()
            .find(|l| l.name == name)
            .map_or(0, |l| l.value)
    }

    pub fn notices(&self) -> &[Notice] {
        &self.0.rationale.notices
    }
}
