//! Stable reason codes. They are written as their names; renaming one breaks people's alerts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            Serialize, Deserialize, JsonSchema,
        )]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every code, in its declared order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as it is written everywhere.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

codes!(
    /// The rung of the outage ladder that answered for a metric.
    #[derive(Default)]
    DemandRung {
        /// The metric itself, young enough.
        Fresh,
        /// The last good value, within its time to live.
        LastKnownGood,
        /// The alternative query.
        Alternative,
        /// Nothing is known: replicas are held.
        #[default]
        Hold,
        /// Nothing has been known for too long: the floor counts.
        Floor,
    }
);

codes!(
    /// Why a reading is of no use.
    ReadingProblem {
        /// The host has not asked yet.
        NotAsked,
        /// The query returned no series.
        Empty,
        /// A value is NaN or infinite.
        NotANumber,
        /// The sample is too old.
        Stale,
        /// The source answered with an error or not at all.
        Failed,
        /// The source answered with a part of the data.
        Partial,
        /// A sample lies in the future: the source's clock is off.
        ClockSkew,
        /// The reading is of another kind than the target needs.
        WrongKind,
        /// HPA's pod rules leave no usable sample.
        NoUsablePods,
    }
);

codes!(
    /// A step from the count before to the count now.
    ScalingReason {
        /// The largest proposal of the metrics, upward.
        MetricAboveTarget,
        /// The largest proposal of the metrics, downward.
        MetricsBelowTarget,
        /// The ratio is within the tolerance.
        WithinTolerance,
        /// The backlog is to be drained in time.
        QueueDrain,
        /// More replicas have not raised the throughput: the bottleneck is downstream.
        NoThroughputGain,
        /// The count lay above the maximum.
        AboveMax,
        /// The count lay below the minimum.
        BelowMin,
        /// The stabilization window holds a scale-up back.
        ScaleUpStabilized,
        /// The stabilization window holds a scale-down back.
        ScaleDownStabilized,
        /// A rate policy limits the scale-up.
        ScaleUpLimit,
        /// A rate policy limits the scale-down.
        ScaleDownLimit,
        /// The maximum binds.
        TooManyReplicas,
        /// The minimum binds.
        TooFewReplicas,
        /// A scheduled floor binds.
        ScheduledFloor,
        /// A scheduled ceiling binds.
        ScheduledCeiling,
        /// Some metric is missing, so nothing scales down.
        MissingMetric,
        /// All metrics have been missing for too long: the floor counts.
        FallbackFloor,
        /// Activity woke the workload from zero.
        Activated,
        /// No activity for the cooldown: to zero.
        Deactivated,
        /// Not active, but the cooldown has not passed.
        CoolingDown,
        /// Some replicas cannot be seen now: what can be seen keeps the count alone.
        UnseenReplicas,
        /// The clock is off: nothing scales down.
        ClockSkew,
        /// Replicas still boot: a `Value` target does not scale down.
        Booting,
        /// The memory is new: what runs is adopted.
        Adopted,
        /// The group's cap binds.
        GroupCap,
        /// Scaling up is paused.
        ScaleUpPaused,
        /// Scaling down is paused.
        ScaleDownPaused,
    }
);

codes!(
    /// What keeps a public replica from home.
    SpillReason {
        /// No eligible private node has room.
        NoRoom,
        /// No private node group is eligible: selector, taint or size.
        NoEligibleGroup,
        /// A private cluster lacks a required capability.
        Capability,
        /// A private cluster is too far from a data set.
        DataSet,
        /// The workload is bound to or kept from a cluster.
        ClusterBound,
        /// It runs elsewhere so that the loss of a cluster is survived.
        Survivability,
        /// No cluster may hold a larger share.
        Spread,
        /// Its co-placement group runs elsewhere.
        CoPlacement,
        /// Without it too large a share of the public replicas would be on spot.
        SpotShare,
        /// A quota of the private cluster binds.
        Quota,
        /// The private cluster's state is too old.
        StaleCapacity,
        /// The private cluster does not answer, or the public one that holds it.
        Unreachable,
        /// The private cluster is cordoned.
        Cordoned,
        /// Whether it fits cannot be told: one is tried at a time.
        FitUnknown,
        /// Room at home has not lasted long enough, or the replica was moved recently.
        Dwell,
        /// Coming home saves less than the move costs.
        Payback,
        /// The churn budget is spent, or a move is under way.
        ChurnBudget,
        /// The money cap stops optional moves.
        MoneyCap,
        /// The pod templates of the two clusters differ.
        TemplateMismatch,
        /// The policy fills the cheapest first.
        CheapestFirst,
        /// Every eligible cluster keeps one.
        ActiveActive,
        /// A move home is under way and the rest of its node follows.
        Returning,
        /// It starts in public already: what does not run yet is not moved.
        Starting,
        /// Coming home alone would free no node: what shares its public node does not fit at
        /// home or stays where it is cheapest, or nobody takes that node away.
        NodeStays,
        /// Moves are paused: its own, or those of what shares its node or its group.
        Paused,
    }
);

codes!(
    /// The constraint that leaves a desired replica without a place.
    UnplacedReason {
        /// No cluster is eligible: capability, data set or bound.
        NoEligibleCluster,
        /// No node group is eligible: selector, taint or size.
        NoEligibleGroup,
        /// Every eligible node is full and no group may grow.
        NoRoom,
        /// A quota binds.
        Quota,
        /// The money cap binds.
        MoneyCap,
        /// The money cap's ladder gives low priority no new burst.
        LowPriorityBurst,
        /// The policy's cap on replicas binds.
        GroupCap,
        /// The bounds of single clusters bind.
        ClusterBound,
        /// No cluster may hold a larger share.
        Spread,
        /// The spot rule binds.
        SpotRule,
        /// The co-placement group fits nowhere as a whole.
        CoPlacement,
        /// The capacity that is left is under maintenance.
        Cordoned,
        /// The capacity that is left is too old to trust or does not answer.
        StaleCapacity,
        /// The provider has no capacity now; backing off.
        InsufficientCapacity,
        /// Whether it fits cannot be told: one is tried at a time.
        FitUnknown,
        /// Public clusters stand by while private ones answer.
        Standby,
    }
);

codes!(
    /// Why replicas move between clusters, or why not.
    MoveReason {
        /// The saving pays for the move.
        Recall,
        /// A higher priority takes the room.
        Displaced,
        /// The cluster is cordoned.
        Evacuate,
        /// The cluster is lost.
        Failover,
        /// The loss of a cluster is to be survived, or a floor restored.
        Floor,
        /// The saving does not pay.
        Payback,
        /// Too early.
        Dwell,
        /// The budget of moves is spent.
        ChurnBudget,
        /// The step is used up; the rest follows.
        Step,
        /// The money cap stops optional moves.
        MoneyCap,
        /// The pod templates differ.
        TemplateMismatch,
        /// The memory is new: no optional moves yet.
        MemoryLost,
        /// The bundle that would free a node does not fit at home.
        NoRoom,
        /// They stay unschedulable where they are.
        Unschedulable,
        /// Moves are paused.
        Paused,
    }
);

codes!(
    /// What else a person should know.
    NoticeReason {
        /// Replicas that should fit stay unschedulable: the capacity is corrected.
        CapacityCorrected,
        /// A price is older than allowed.
        StalePrice,
        /// A cluster's state is too old: no new replicas there.
        StaleCapacity,
        /// A cluster does not answer: its last state holds.
        Unreachable,
        /// A cluster counts as lost.
        Lost,
        /// A money cap's rung is reached.
        MoneyCap,
        /// Fewer replicas than a minimum or pin: of the workload, or in a cluster.
        FloorUnmet,
        /// The host's clock went backwards.
        ClockSkew,
        /// A reservation ran out without its pods.
        ReservationExpired,
        /// A group is backing off.
        InsufficientCapacity,
        /// Scheduled floor above scheduled ceiling: the floor holds.
        ScheduleConflict,
        /// The plan takes a workload to zero in a cluster on purpose.
        ExitToZero,
        /// The memory is new.
        MemoryLost,
        /// The spend is unknown: the ladder's second rung holds.
        SpendUnknown,
        /// Learned throughput did not rise with the replicas.
        NoThroughputGain,
        /// A workload names a policy that is not there.
        UnknownPolicy,
    }
);

codes!(
    /// The rung of a money cap's ladder.
    CapRung {
        /// Below all rungs.
        Free,
        /// Said.
        Warn,
        /// No optional moves.
        NoOptionalMoves,
        /// No new burst for low priority.
        NoLowPriorityBurst,
        /// No new spill at all.
        Cap,
    }
);

codes!(
    /// How a placement was found.
    #[derive(Default)]
    SolverMethod {
        /// Nothing was to be placed.
        #[default]
        Nothing,
        /// The input equals the last one's: the last answer.
        Reused,
        /// Exact, by branch and bound.
        Exact,
        /// The LP relaxation, rounded.
        Rounded,
        /// One replica after another, because the backend gave no answer.
        Greedy,
    }
);
