//! What the world schedules, and the order of things that happen at the same nanosecond.

use super::faults::FaultIndex;
use crate::engine::{ARRIVAL_RANK, Event};

/// Index of a cluster, in the order of [`super::setup::Setup::clusters`].
pub(super) type ClusterIndex = usize;
/// Number of a node, in the order of their orders.
pub(super) type NodeIndex = usize;
/// Number of a pod, in the order of their creation.
pub(super) type PodIndex = usize;

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WorldEvent {
    /// An interval of the series ends.
    Interval,
    /// The run ends.
    End,
    /// A full hour begins.
    Hour,
    /// A fault ends.
    FaultEnds(FaultIndex),
    /// A fault begins.
    FaultBegins(FaultIndex),
    /// The provider says that it takes a spot node, as a fault has drawn.
    SpotNotice(NodeIndex, FaultIndex),
    /// The provider takes a spot node.
    SpotTaken(NodeIndex),
    /// A node has booted.
    NodeUp(NodeIndex),
    /// A bound pod becomes Ready, or crashes.
    PodReady(PodIndex),
    /// A terminating pod ends.
    PodGone(PodIndex),
    /// The scheduler looks at the pending pods.
    Schedule(ClusterIndex),
    /// Karpenter's batch is full.
    Provision(ClusterIndex),
    /// Karpenter looks whether a node is still empty.
    Consolidate(NodeIndex),
    /// Cluster Autoscaler looks around.
    Scan(ClusterIndex),
    /// Metrics are scraped.
    Scrape,
    /// What the autoscaler will see of nodes and pods is read.
    Observe,
    /// The autoscaler decides.
    Tick,
}

impl Event for WorldEvent {
    /// Intervals are half-open, so they end before all else. What makes room comes before
    /// arrivals, what looks at the state after them.
    fn rank(&self) -> u8 {
        match self {
            Self::Interval => 0,
            Self::End => 1,
            Self::Hour => 2,
            Self::FaultEnds(_) => 3,
            Self::FaultBegins(_) => 4,
            Self::SpotTaken(_) => 5,
            Self::SpotNotice(..) => 6,
            Self::NodeUp(_) => 10,
            Self::PodGone(_) => 11,
            Self::PodReady(_) => 12,
            Self::Schedule(_) => 13,
            Self::Provision(_) => ARRIVAL_RANK + 1,
            Self::Consolidate(_) => ARRIVAL_RANK + 2,
            Self::Scan(_) => ARRIVAL_RANK + 3,
            Self::Scrape => ARRIVAL_RANK + 10,
            Self::Observe => ARRIVAL_RANK + 11,
            Self::Tick => ARRIVAL_RANK + 12,
        }
    }
}
