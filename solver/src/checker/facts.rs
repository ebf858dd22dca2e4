//! What the rules look up: the four documents, indexed, and the counts that several rules
//! compare with. It holds no rule. Where the same name appears twice the counts are added up;
//! that it appears twice is a violation of its own.

use std::collections::BTreeMap;

use crate::decision::{Decision, GroupPlan, WorkloadPlan, WorkloadRationale};
use crate::ids::{ClusterId, GroupId, PolicyId, WorkloadId};
use crate::memory::Memory;
use crate::policy::{BurstPolicy, ClusterSpec, Fill, GroupSpec, Policy, Tier, WorkloadSpec};
use crate::snapshot::{ClusterState, GroupState, NodeState, Snapshot};
use crate::units::{MicroUsdPerHour, UnixMs};

/// The four documents, indexed.
pub(super) struct Facts<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) policy: &'a Policy,
    pub(super) memory: &'a Memory,
    pub(super) decision: &'a Decision,
    pub(super) sites: BTreeMap<&'a ClusterId, Site<'a>>,
    pub(super) workloads: BTreeMap<&'a WorkloadId, &'a WorkloadSpec>,
    bursts: BTreeMap<&'a PolicyId, &'a BurstPolicy>,
    plans: BTreeMap<&'a WorkloadId, &'a WorkloadPlan>,
    rationales: BTreeMap<&'a WorkloadId, &'a WorkloadRationale>,
    observed: BTreeMap<(&'a WorkloadId, &'a ClusterId), Observed<'a>>,
    running: BTreeMap<(&'a WorkloadId, &'a ClusterId, &'a GroupId), u64>,
    planned: BTreeMap<(&'a WorkloadId, &'a ClusterId), Planned>,
    planned_groups: BTreeMap<(&'a WorkloadId, &'a ClusterId, &'a GroupId), u64>,
}

/// A cluster of the policy with what was observed of it.
pub(super) struct Site<'a> {
    pub(super) spec: &'a ClusterSpec,
    pub(super) state: Option<&'a ClusterState>,
    pub(super) groups: BTreeMap<&'a GroupId, Group<'a>>,
}

/// A node group of the policy with what was observed and what is planned.
pub(super) struct Group<'a> {
    pub(super) spec: &'a GroupSpec,
    pub(super) state: Option<&'a GroupState>,
    pub(super) nodes: Vec<&'a NodeState>,
    pub(super) plan: Option<&'a GroupPlan>,
}

/// The replicas of a workload in a cluster as observed and as remembered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Observed<'a> {
    /// `spec.replicas` as read.
    pub(super) spec: u64,
    /// Bound to no node.
    pub(super) pending: u64,
    /// Bound or Ready on nodes that stay.
    pub(super) running: u64,
    /// Pending, bound and Ready, on any node.
    pub(super) pods: u64,
    /// Ready on nodes that stay; on a leaving node a replica is as good as gone.
    pub(super) ready: u64,
    /// Ready on nodes that leave: they serve until they go.
    pub(super) leaving_ready: u64,
    /// Replicas that an earlier plan asked for in all.
    pub(super) reserved: u64,
    /// The hash of the pod template.
    pub(super) template: Option<&'a str>,
}

impl Observed<'_> {
    /// Replicas that are there or are promised: bound and Ready on nodes that stay, pending,
    /// and asked. Replicas on leaving nodes count as long as the target asks for them, which
    /// is the wider of two readings of "asked".
    pub(super) fn existing(&self) -> u64 {
        self.spec
            .max(self.reserved)
            .max(self.running + self.pending)
    }

    /// The existing ones that are on no staying node: in which group they land is open.
    pub(super) fn floating(&self) -> u64 {
        self.existing() - self.running
    }
}

/// The replicas of a workload in a cluster as planned.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Planned {
    pub(super) replicas: u64,
    pub(super) apply: u64,
}

impl<'a> Facts<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        policy: &'a Policy,
        memory: &'a Memory,
        decision: &'a Decision,
    ) -> Self {
        let rationale = &decision.rationale;
        let mut facts = Self {
            snapshot,
            policy,
            memory,
            decision,
            sites: sites(snapshot, policy, decision),
            workloads: policy.workloads.iter().map(|w| (&w.id, w)).collect(),
            bursts: policy.burst_policies.iter().map(|p| (&p.name, p)).collect(),
            plans: decision.plan.workloads.iter().map(|w| (&w.id, w)).collect(),
            rationales: rationale.workloads.iter().map(|w| (&w.id, w)).collect(),
            observed: BTreeMap::new(),
            running: BTreeMap::new(),
            planned: BTreeMap::new(),
            planned_groups: BTreeMap::new(),
        };
        facts.index_observed();
        facts.index_planned();
        facts
    }

    fn index_observed(&mut self) {
        for cluster in &self.snapshot.clusters {
            for target in &cluster.targets {
                let entry = self
                    .observed
                    .entry((&target.workload, &cluster.name))
                    .or_default();
                entry.spec += u64::from(target.spec_replicas);
                entry.pending += u64::from(target.pending);
                entry.pods += u64::from(target.pending);
                entry.template = target.template.as_deref();
            }
            for node in &cluster.nodes {
                for replicas in &node.replicas {
                    let alive = u64::from(replicas.bound) + u64::from(replicas.ready);
                    let entry = self
                        .observed
                        .entry((&replicas.workload, &cluster.name))
                        .or_default();
                    entry.pods += alive;
                    if node.leaving {
                        entry.leaving_ready += u64::from(replicas.ready);
                    } else {
                        entry.running += alive;
                        entry.ready += u64::from(replicas.ready);
                        *self
                            .running
                            .entry((&replicas.workload, &cluster.name, &node.group))
                            .or_default() += alive;
                    }
                }
            }
        }
        for reservation in &self.memory.reservations {
            let entry = self
                .observed
                .entry((&reservation.workload, &reservation.cluster))
                .or_default();
            entry.reserved = entry.reserved.max(u64::from(reservation.target));
        }
    }

    fn index_planned(&mut self) {
        for workload in &self.decision.plan.workloads {
            for place in &workload.clusters {
                let entry = self
                    .planned
                    .entry((&workload.id, &place.cluster))
                    .or_default();
                entry.replicas += u64::from(place.replicas);
                entry.apply += u64::from(place.apply);
                for count in &place.groups {
                    *self
                        .planned_groups
                        .entry((&workload.id, &place.cluster, &count.group))
                        .or_default() += u64::from(count.replicas);
                }
            }
        }
    }

    /// The clock by which things are youngest: the host's.
    pub(super) fn host_now(&self) -> UnixMs {
        self.snapshot.now_ms
    }

    /// The clock by which things are oldest: memory's where the host's lies behind it.
    pub(super) fn latest_now(&self) -> UnixMs {
        self.memory
            .now_ms
            .map_or(self.snapshot.now_ms, |past| past.max(self.snapshot.now_ms))
    }

    pub(super) fn burst(&self, workload: &WorkloadSpec) -> Option<&'a BurstPolicy> {
        self.bursts.get(&workload.policy).copied()
    }

    pub(super) fn plan(&self, workload: &WorkloadId) -> Option<&'a WorkloadPlan> {
        self.plans.get(workload).copied()
    }

    pub(super) fn rationale(&self, workload: &WorkloadId) -> Option<&'a WorkloadRationale> {
        self.rationales.get(workload).copied()
    }

    /// Whether the workload fills private clusters first; one whose policy is missing does not.
    pub(super) fn private_first(&self, workload: &WorkloadSpec) -> bool {
        let fill = workload.fill.or(self.burst(workload).map(|p| p.fill));
        fill == Some(Fill::PrivateFirst)
    }

    pub(super) fn observed(&self, workload: &WorkloadId, cluster: &ClusterId) -> Observed<'a> {
        self.observed
            .get(&(workload, cluster))
            .copied()
            .unwrap_or_default()
    }

    /// The plan's counts; `None` where the plan does not name the cluster.
    pub(super) fn planned(&self, workload: &WorkloadId, cluster: &ClusterId) -> Option<Planned> {
        self.planned.get(&(workload, cluster)).copied()
    }

    /// Planned replicas in the cluster.
    pub(super) fn replicas(&self, workload: &WorkloadId, cluster: &ClusterId) -> u64 {
        self.planned(workload, cluster).map_or(0, |p| p.replicas)
    }

    /// Planned replicas in all clusters that `which` selects.
    pub(super) fn replicas_in(
        &self,
        workload: &WorkloadId,
        which: impl Fn(&Site<'a>) -> bool,
    ) -> u64 {
        self.sites
            .values()
            .filter(|site| which(site))
            .map(|site| self.replicas(workload, &site.spec.name))
            .sum()
    }

    /// Replicas planned beyond those that exist in the cluster.
    pub(super) fn increase(&self, workload: &WorkloadId, cluster: &ClusterId) -> u64 {
        self.replicas(workload, cluster)
            .saturating_sub(self.observed(workload, cluster).existing())
    }

    /// Planned replicas in the group.
    pub(super) fn group_replicas(
        &self,
        workload: &WorkloadId,
        cluster: &ClusterId,
        group: &GroupId,
    ) -> u64 {
        self.planned_groups
            .get(&(workload, cluster, group))
            .copied()
            .unwrap_or(0)
    }

    /// Bound and Ready replicas on the group's nodes that stay.
    pub(super) fn group_running(
        &self,
        workload: &WorkloadId,
        cluster: &ClusterId,
        group: &GroupId,
    ) -> u64 {
        self.running
            .get(&(workload, cluster, group))
            .copied()
            .unwrap_or(0)
    }

    /// Whether the planner remembers that replicas of the workload that should have fitted in
    /// the cluster did not.
    pub(super) fn corrected(&self, workload: &WorkloadId, cluster: &ClusterId) -> bool {
        let before = self.memory.corrections.iter();
        before
            .chain(&self.decision.memory.corrections)
            .any(|known| known.workload == *workload && known.cluster == *cluster)
    }

    /// Whether something in the rationale can explain a shortfall of the workload in the
    /// cluster: an unplaced replica, a spilled one, a move, a reached money cap, a notice, or that
    /// the solver reports floors it could not meet.
    /// What it says in words is not read.
    pub(super) fn explained(&self, workload: &WorkloadSpec, cluster: &ClusterId) -> bool {
        use crate::decision::{CapRung, SpillReason};
        let said = self.rationale(&workload.id).is_some_and(|r| {
            !r.unplaced.is_empty()
                || !r.moves.is_empty()
                || r.spilled
                    .iter()
                    .any(|s| s.reason != SpillReason::ActiveActive)
        });
        let rationale = &self.decision.rationale;
        let capped = rationale
            .caps
            .iter()
            .any(|cap| cap.policy == workload.policy && cap.rung != CapRung::Free);
        let noticed = rationale.notices.iter().any(|notice| {
            notice.subject == workload.id.as_str()
                || notice.subject == cluster.as_str()
                || notice
                    .subject
                    .strip_prefix(cluster.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
        });
        let burst = self.burst(workload);
        let full = burst.is_some_and(|b| b.max_public_replicas.is_some())
            && self.sites.get(cluster).is_some_and(Site::is_public);
        // What a cluster that does not answer holds may be all that is desired, and more.
        let silent = |site: &Site| site.state.is_some_and(|s| s.unreachable_since_ms.is_some());
        let desired = self.plan(&workload.id).map_or(0, |plan| plan.desired);
        let fixed = self.replicas_in(&workload.id, silent) >= u64::from(desired);
        let levels = &rationale.solver.levels;
        let short = levels.iter().any(|l| l.name == "floors" && l.value > 0);
        said || capped || noticed || full || fixed || short
    }
}

impl Site<'_> {
    pub(super) fn is_public(&self) -> bool {
        self.spec.tier == Tier::Public
    }

    pub(super) fn is_private(&self) -> bool {
        self.spec.tier == Tier::Private
    }
}

impl<'a> Group<'a> {
    /// Nodes that nothing takes away.
    pub(super) fn staying(&self) -> impl Iterator<Item = &'a NodeState> {
        self.nodes.iter().copied().filter(|node| !node.leaving)
    }

    /// Nodes that exist, leaving ones included, or are in flight.
    pub(super) fn nodes_and_in_flight(&self) -> u64 {
        self.nodes.len() as u64 + self.state.map_or(0, |state| u64::from(state.in_flight))
    }

    /// Nodes the plan keeps or adds; 0 where the plan does not name the group.
    pub(super) fn planned(&self) -> u64 {
        self.plan.map_or(0, |plan| u64::from(plan.planned))
    }

    /// Planned nodes that neither exist nor are in flight.
    pub(super) fn new_nodes(&self) -> u64 {
        self.planned().saturating_sub(self.nodes_and_in_flight())
    }

    /// The observed price of a node, else the policy's.
    pub(super) fn price(&self) -> MicroUsdPerHour {
        self.state
            .and_then(|state| state.price)
            .map_or(self.spec.price, |price| price.micro_usd_per_hour)
    }
}

fn sites<'a>(
    snapshot: &'a Snapshot,
    policy: &'a Policy,
    decision: &'a Decision,
) -> BTreeMap<&'a ClusterId, Site<'a>> {
    let mut sites: BTreeMap<&ClusterId, Site> = policy
        .clusters
        .iter()
        .map(|spec| {
            let groups = spec.groups.iter().map(|group| {
                let facts = Group {
                    spec: group,
                    state: None,
                    nodes: Vec::new(),
                    plan: None,
                };
                (&group.name, facts)
            });
            let site = Site {
                spec,
                state: None,
                groups: groups.collect(),
            };
            (&spec.name, site)
        })
        .collect();
    for state in &snapshot.clusters {
        let Some(site) = sites.get_mut(&state.name) else {
            continue;
        };
        site.state = Some(state);
        for group in &state.groups {
            if let Some(entry) = site.groups.get_mut(&group.name) {
                entry.state = Some(group);
            }
        }
        for node in &state.nodes {
            if let Some(entry) = site.groups.get_mut(&node.group) {
                entry.nodes.push(node);
            }
        }
    }
    for plan in &decision.plan.groups {
        if let Some(site) = sites.get_mut(&plan.cluster)
            && let Some(entry) = site.groups.get_mut(&plan.group)
        {
            entry.plan = Some(plan);
        }
    }
    sites
}
