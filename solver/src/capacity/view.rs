//! The indexed view of the fleet.

use std::collections::BTreeMap;

use crate::clock::Clock;
use crate::policy::{
    BurstPolicy, CapacityType, ClusterSpec, Fill, GroupSpec, Grower, Policy, Tier, WorkloadSpec,
};
use crate::scaling::is_lost;
use crate::snapshot::{BootTime, ClusterState, QuotaState};
use crate::units::{MicroUsdPerHour, UnixMs};

use super::amounts::{self, Amounts, Dims};
use super::eligible::Ineligible;
use super::existing::Existing;
use super::together::Together;

/// Whether a cluster may take, keep or lose replicas now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Takes new replicas.
    Usable,
    /// Observed too long ago, or never: keeps what it has, takes nothing new.
    Stale,
    /// Does not answer: what it has runs on and cannot be changed.
    Unreachable,
    /// Does not answer for too long; whether its replicas are replaced is each policy's choice.
    Lost,
    /// Under maintenance: gives up what it has.
    Cordoned,
}

/// One cluster.
pub(crate) struct Cluster<'a> {
    pub(crate) spec: &'a ClusterSpec,
    pub(crate) state: Option<&'a ClusterState>,
    pub(crate) condition: Condition,
    pub(crate) quotas: Vec<&'a QuotaState>,
    /// Indices of its groups.
    pub(crate) groups: std::ops::Range<usize>,
}

/// One node group.
pub(crate) struct Group<'a> {
    /// Index of its cluster.
    pub(crate) cluster: usize,
    pub(crate) spec: &'a GroupSpec,
    /// Price of one node; zero for owned ones, whose cost is sunk.
    pub(crate) price: MicroUsdPerHour,
    /// Indices of its nodes that stay.
    pub(crate) nodes: Vec<usize>,
    /// Nodes ordered and not there yet.
    pub(crate) in_flight: u32,
    /// Nodes it may still get beyond the existing and those in flight.
    pub(crate) growth: u32,
    /// Whether growth is zero because the provider has no capacity now.
    pub(crate) backing_off: bool,
    /// Whether its price was read too long ago.
    pub(crate) stale_price: bool,
    /// Learned boot time, or the configured one.
    pub(crate) boot: BootTime,
    /// What our replicas may use of one new node.
    pub(crate) fresh: Amounts,
    /// What our replicas may use of all existing nodes together.
    pub(crate) capacity: Amounts,
}

impl Group<'_> {
    /// Whether the plan decides how many nodes it pays for.
    pub(crate) fn elastic(&self) -> bool {
        self.spec.grower == Grower::NodeAutoscaler
    }

    /// Existing nodes and those in flight.
    pub(crate) fn held(&self) -> u32 {
        u32::try_from(self.nodes.len())
            .unwrap_or(u32::MAX)
            .saturating_add(self.in_flight)
    }
}

/// One node that stays.
pub(crate) struct Node<'a> {
    pub(crate) name: &'a str,
    /// Index of its group.
    pub(crate) group: usize,
    /// Room for more, the headroom kept; negative where the headroom is used already.
    pub(crate) room: Amounts,
    /// What pods may use of it, for scoring.
    pub(crate) allocatable: Amounts,
    /// Whether it takes new pods.
    pub(crate) usable: bool,
    /// Our replicas on it: workload index and count.
    pub(crate) ours: BTreeMap<usize, u32>,
}

/// One workload.
pub(crate) struct Workload<'a> {
    pub(crate) spec: &'a WorkloadSpec,
    pub(crate) policy: &'a BurstPolicy,
    pub(crate) fill: Fill,
    pub(crate) request: Amounts,
    /// What exists, by cluster index.
    pub(crate) existing: Vec<Existing>,
    /// By cluster index, what keeps it out as a whole.
    pub(crate) barred: Vec<Option<Ineligible>>,
    /// By group index, whether it may run there.
    pub(crate) eligible: Vec<bool>,
    /// By group index, replicas bound to nodes there that stay.
    pub(crate) on_nodes: Vec<u32>,
    /// By group index, replicas that hold a place there now: those, and those predicted there.
    pub(crate) holding: Vec<u32>,
    /// By cluster index, cost of one replica per hour beyond nodes: marginal, egress, penalty.
    pub(crate) running_cost: Vec<RunningCost>,
}

/// What one replica costs per hour in a cluster beyond nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunningCost {
    pub(crate) penalty: i64,
    pub(crate) weighed: i64,
    /// What it sends, rounded up: money caps count it.
    pub(crate) egress: i64,
}

/// Everything, indexed and sorted by name.
pub(crate) struct Fleet<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) clock: Clock,
    /// The tick's time.
    pub(crate) now: UnixMs,
    pub(crate) dims: Dims,
    pub(crate) bursts: Vec<&'a BurstPolicy>,
    pub(crate) clusters: Vec<Cluster<'a>>,
    pub(crate) groups: Vec<Group<'a>>,
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) workloads: Vec<Workload<'a>>,
    pub(crate) together: Vec<Together<'a>>,
}

impl Fleet<'_> {
    /// The tier of a group's cluster.
    pub(crate) fn tier(&self, group: usize) -> Tier {
        self.clusters[self.groups[group].cluster].spec.tier
    }

    /// How many more replicas of `workload` the existing private nodes would take one by one.
    pub(crate) fn room_at_home(&self, workload: usize) -> u32 {
        let w = &self.workloads[workload];
        self.nodes
            .iter()
            .filter(|n| {
                let open =
                    self.clusters[self.groups[n.group].cluster].condition == Condition::Usable;
                n.usable && open && self.tier(n.group) == Tier::Private && w.eligible[n.group]
            })
            .map(|n| amounts::times(&w.request, &n.room, w.spec.max_replicas))
            .fold(0, u32::saturating_add)
    }

    /// Whether `group` is spot capacity and the workload's use of it is limited.
    pub(crate) fn bound_to_spot_rule(&self, workload: usize, group: usize) -> bool {
        let rule = self.workloads[workload].policy.spot;
        self.groups[group].spec.capacity_type == CapacityType::Spot
            && (rule.max_percent < 100 || rule.on_demand_floor > 0)
    }

    /// Whether a cluster takes new replicas.
    pub(crate) fn takes_new(&self, cluster: usize) -> bool {
        self.clusters[cluster].condition == Condition::Usable
    }

    /// The cluster that the last plan gave the co-placement group of `workload`.
    pub(crate) fn heading(&self, workload: usize) -> Option<usize> {
        let group = self
            .together
            .iter()
            .find(|t| t.members.contains(&workload))?;
        group.heading
    }

    /// Whether the replicas of `workload` in `cluster` count as gone.
    pub(crate) fn gone(&self, workload: usize, cluster: usize) -> bool {
        let c = &self.clusters[cluster];
        let rule = self.workloads[workload].policy.on_unreachable;
        c.state
            .is_none_or(|s| is_lost(s, Some(c.spec), rule, &self.clock))
    }
}
