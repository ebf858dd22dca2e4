//! Reason codes in words. The codes stand beside them, for search and for alerts.

use spillway_solver::decision::{MoveReason, ScalingReason, SpillReason, UnplacedReason};

use crate::decisions::Code;

/// The reason as the end of "because".
pub(super) const fn words(code: Code) -> &'static str {
    match code {
        Code::Scaling(reason) => scaling(reason),
        Code::Spill(reason) => spill(reason),
        Code::Unplaced(reason) => unplaced(reason),
        Code::Move(reason) => moved(reason),
    }
}

const fn scaling(reason: ScalingReason) -> &'static str {
    use ScalingReason as R;
    match reason {
        R::MetricAboveTarget => "a metric is above its target",
        R::MetricsBelowTarget => "all metrics are below their targets",
        R::WithinTolerance => "within the tolerance",
        R::QueueDrain => "the backlog is to be drained in time",
        R::NoThroughputGain => "more replicas do not raise the throughput",
        R::AboveMax => "the count lay above the maximum",
        R::BelowMin => "the count lay below the minimum",
        R::ScaleUpStabilized => "the stabilization window holds the scale-up back",
        R::ScaleDownStabilized => "the stabilization window holds the scale-down back",
        R::ScaleUpLimit => "a rate policy limits the scale-up",
        R::ScaleDownLimit => "a rate policy limits the scale-down",
        R::TooManyReplicas => "the maximum binds",
        R::TooFewReplicas => "the minimum binds",
        R::ScheduledFloor => "a scheduled floor binds",
        R::ScheduledCeiling => "a scheduled ceiling binds",
        R::MissingMetric => "a metric is missing, so nothing scales down",
        R::FallbackFloor => "metrics are missing for too long: the floor counts",
        R::Activated => "activity woke the workload",
        R::Deactivated => "no activity for the cooldown: to zero",
        R::CoolingDown => "the cooldown has not passed",
        R::UnseenReplicas => "some replicas cannot be seen: the others keep the count alone",
        R::ClockSkew => "the clock is off, so nothing scales down",
        R::Booting => "replicas still boot, so nothing scales down",
        R::Adopted => "memory is new: what runs is adopted",
        R::GroupCap => "the cap of the policy binds",
        R::ScaleUpPaused => "scaling up is paused",
        R::ScaleDownPaused => "scaling down is paused",
    }
}

const fn spill(reason: SpillReason) -> &'static str {
    use SpillReason as R;
    match reason {
        R::NoRoom => "public: no private node has room",
        R::NoEligibleGroup => "public: no private node group is eligible",
        R::Capability => "public: the private cluster lacks a capability",
        R::DataSet => "public: the private cluster is too far from the data",
        R::ClusterBound => "public: bound to or kept from a cluster",
        R::Survivability => "public: so that the loss of a cluster is survived",
        R::Spread => "public: no cluster may hold a larger share",
        R::CoPlacement => "public: its co-placement group runs there",
        R::Quota => "public: a private quota binds",
        R::StaleCapacity => "public: the private cluster's state is too old",
        R::Unreachable => "public: the private cluster, or this one, does not answer",
        R::SpotShare => "public: without it too much would be on spot",
        R::Cordoned => "public: the private cluster is cordoned",
        R::FitUnknown => "public: whether it fits at home is tried one at a time",
        R::Dwell => "public: room at home has not lasted long enough",
        R::Payback => "public: coming home would not pay",
        R::ChurnBudget => "public: the budget of moves is spent",
        R::MoneyCap => "public: the money cap stops optional moves",
        R::TemplateMismatch => "public: the pod templates differ",
        R::CheapestFirst => "public: the policy fills the cheapest first",
        R::ActiveActive => "public: every cluster keeps one",
        R::Returning => "public: on its way home",
        R::Starting => "public: it starts there already",
        R::NodeStays => "public: its node there would stay anyway",
        R::Paused => "public: moves are paused",
    }
}

const fn unplaced(reason: UnplacedReason) -> &'static str {
    use UnplacedReason as R;
    match reason {
        R::NoEligibleCluster => "no place: no cluster is eligible",
        R::NoEligibleGroup => "no place: no node group is eligible",
        R::NoRoom => "no place: every node is full and no group may grow",
        R::Quota => "no place: a quota binds",
        R::MoneyCap => "no place: the money cap binds",
        R::LowPriorityBurst => "no place: no new burst for low priority",
        R::GroupCap => "no place: the cap of the policy binds",
        R::ClusterBound => "no place: the bounds of single clusters bind",
        R::Spread => "no place: no cluster may hold a larger share",
        R::SpotRule => "no place: the spot rule binds",
        R::CoPlacement => "no place: its co-placement group fits nowhere as a whole",
        R::Cordoned => "no place: what is left is under maintenance",
        R::StaleCapacity => "no place: what is left is too old to trust",
        R::InsufficientCapacity => "no place: the provider has no capacity now",
        R::FitUnknown => "no place yet: whether it fits is tried one at a time",
        R::Standby => "no place: public clusters stand by",
    }
}

const fn moved(reason: MoveReason) -> &'static str {
    use MoveReason as R;
    match reason {
        R::Recall => "recalled: the saving pays for the move",
        R::Displaced => "displaced by a higher priority",
        R::Evacuate => "the cluster is cordoned",
        R::Failover => "the cluster is lost",
        R::Floor => "moved to restore a floor",
        R::Unschedulable => "moved: they find no node where they are",
        R::Payback => "not moved: the saving does not pay",
        R::Dwell => "not moved: too early",
        R::ChurnBudget => "not moved: the budget of moves is spent",
        R::Step => "not moved yet: a few at a time",
        R::MoneyCap => "not moved: the money cap stops optional moves",
        R::TemplateMismatch => "not moved: the pod templates differ",
        R::MemoryLost => "not moved: memory is new",
        R::Paused => "not moved: moves are paused",
        R::NoRoom => {
            "not moved: home has no room for all that would have to leave to free a node; for now"
        }
    }
}
