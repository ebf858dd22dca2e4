//! The codes of the checker's rules. They are written as their names; what each one demands
//! in full, and where it is lenient, stands in the file that checks it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule of the checker, in the order in which violations are reported.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Rule {
    /// Each workload of the policy has a plan.
    WorkloadMissing,
    /// Only workloads, clusters and groups of the policy appear.
    Unknown,
    /// Nothing appears twice.
    Twice,
    /// Placed and unplaced replicas make up the desired ones.
    DesiredSum,
    /// The replicas of the groups make up those of the cluster.
    GroupSum,
    /// Each unplaced replica has a reason.
    UnplacedSum,
    /// Each public replica of a private-first workload has a reason.
    SpilledSum,
    /// The scaling steps lead from the remembered count to the desired one without a gap.
    ScalingChain,
    /// Each cluster that has replicas of a workload is in its plan.
    ClusterForgotten,
    /// A group's nodes are those that exist or are in flight.
    GroupNodes,
    /// Replicas are added only where the cluster offers what the workload requires.
    ClusterIneligible,
    /// Replicas are added only in groups that the pods may run in.
    GroupIneligible,
    /// A cluster that is unreachable, stale or cordoned takes no more replicas.
    ClosedCluster,
    /// The requests in a group stay within its nodes.
    Capacity,
    /// Added replicas leave the headroom of existing nodes free.
    Headroom,
    /// Added replicas fit on single nodes, not only in the sum.
    NodeFit,
    /// A group has no more nodes than it may have.
    NodeLimit,
    /// A group that is backing off gets no new nodes.
    CapacityBackoff,
    /// No replica is spilled for want of room while a private node has room for it.
    PrivateFirst,
    /// The reason given for a public replica can be true.
    SpillReason,
    /// A workload's desired count is within its maximum.
    DesiredMax,
    /// A workload's maximum in one cluster holds.
    ClusterMax,
    /// A workload's minimum in one cluster holds, or something says why not.
    ClusterMin,
    /// The policy's cap on replicas holds.
    PolicyReplicas,
    /// The policy's cap on public replicas holds.
    PolicyPublicReplicas,
    /// No cluster gets more than its share of a workload.
    Spread,
    /// Public clusters stand by while a private one answers.
    Standby,
    /// Each cluster keeps a replica of an active-active workload, or something says why not.
    ActiveActive,
    /// Workloads of one co-placement group grow in one cluster.
    CoPlacement,
    /// The share of spot replicas holds.
    SpotShare,
    /// The on-demand floor is full before anything goes to spot.
    OnDemandFloor,
    /// Quotas of servers hold for new nodes.
    NodeQuota,
    /// Quotas of namespaces hold for new replicas.
    NamespaceQuota,
    /// A group's price is the observed one, else the policy's.
    Price,
    /// The money in the rationale is what the plan costs.
    Money,
    /// No new node is spilled to above the money cap.
    MoneyCap,
    /// The writes stay within the maximum and the surge.
    Surge,
    /// The writes take away no Ready replica that is still needed.
    ReadyLost,
    /// Nothing is written to a cluster that does not answer.
    UnreachableWrite,
    /// A write lies between the observed and the planned count.
    ApplyOffTheWay,
    /// Additions come before removals.
    StepOrder,
    /// The steps are the differences between the observed counts and those to write.
    StepMismatch,
    /// Replicas do not move between clusters whose pod templates differ.
    TemplateMove,
    /// Memory's clock does not go backwards.
    MemoryClock,
    /// Memory keeps the desired count of the plan.
    MemoryDesired,
    /// Memory keeps the placement of the plan.
    MemoryPlacement,
    /// Each replica that is asked for and not there has its room reserved.
    Reservation,
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, f)
    }
}
