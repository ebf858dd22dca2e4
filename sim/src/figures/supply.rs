//! Supply against demand, and what of it was in vain.

use super::common::{HOUR_MS, seconds, share};
use super::{Figure, Of, Unit};
use crate::report::units::approx;

pub(super) const FIGURES: &[Figure] = &[
    Figure::new(
        "publicSharePercent",
        Unit::Percent,
        "share of the time of all Ready replicas that ran in public clusters",
        Of::Each(|of| share(of.time.public_ms, of.time.private_ms + of.time.public_ms)),
    ),
    Figure::new(
        "publicReplicaHours",
        Unit::Count,
        "hours of Ready replicas in public clusters",
        Of::Each(|of| Some(approx(of.time.public_ms) / HOUR_MS)),
    ),
    Figure::new(
        "privateReplicaHours",
        Unit::Count,
        "hours of Ready replicas in private clusters",
        Of::Each(|of| Some(approx(of.time.private_ms) / HOUR_MS)),
    ),
    Figure::new(
        "replicasMissing",
        Unit::Count,
        "demand above Ready replicas, mean over time",
        Of::Each(|of| Some(of.elasticity.missing_replicas)),
    ),
    Figure::new(
        "replicasToSpare",
        Unit::Count,
        "Ready replicas above demand, mean over time",
        Of::Each(|of| Some(of.elasticity.spare_replicas)),
    ),
    Figure::new(
        "missingPercent",
        Unit::Percent,
        "demand above Ready replicas by demand, mean over time",
        Of::Each(|of| of.elasticity.missing_percent),
    ),
    Figure::new(
        "sparePercent",
        Unit::Percent,
        "Ready replicas above demand by demand, mean over time",
        Of::Each(|of| of.elasticity.spare_percent),
    ),
    Figure::new(
        "underTimePercent",
        Unit::Percent,
        "share of the time with demand above Ready replicas",
        Of::Each(|of| Some(of.elasticity.under_time_percent)),
    ),
    Figure::new(
        "overTimePercent",
        Unit::Percent,
        "share of the time with Ready replicas above demand",
        Of::Each(|of| Some(of.elasticity.over_time_percent)),
    ),
    Figure::new(
        "instabilityPercent",
        Unit::Percent,
        "share of the intervals in which supply and demand did not go the same way",
        Of::Each(|of| Some(of.elasticity.instability_percent)),
    ),
    Figure::new(
        "supplyAheadPercent",
        Unit::Percent,
        "of these, in which supply rose or demand fell alone",
        Of::Each(|of| Some(of.elasticity.supply_ahead_percent)),
    ),
    Figure::new(
        "demandAheadPercent",
        Unit::Percent,
        "of these, in which demand rose or supply fell alone",
        Of::Each(|of| Some(of.elasticity.demand_ahead_percent)),
    ),
    Figure::new(
        "jitterPerMinute",
        Unit::Count,
        "changes of supply less changes of demand, per minute",
        Of::Each(|of| Some(of.elasticity.jitter_per_minute)),
    ),
    Figure::new(
        "reactionP50",
        Unit::Seconds,
        "from demand exceeding Ready replicas until they meet it, median",
        Of::Each(|of| seconds(of.reaction, of.reaction.p50_us)),
    ),
    Figure::new(
        "reactionP95",
        Unit::Seconds,
        "likewise, 95th percentile",
        Of::Each(|of| seconds(of.reaction, of.reaction.p95_us)),
    ),
    Figure::new(
        "publicIdleCoreHours",
        Unit::Count,
        "hours of public cores that were paid for and not requested",
        Of::Run(|run| Some(approx(run.waste.public_idle_core_ms) / 1e3 / HOUR_MS)),
    ),
    Figure::new(
        "publicIdlePercent",
        Unit::Percent,
        "the same by all hours of public cores",
        Of::Run(|run| share(run.waste.public_idle_core_ms, run.waste.public_core_ms)),
    ),
    Figure::new(
        "privateIdleCoreHours",
        Unit::Count,
        "hours of private cores not requested while a replica ran in public",
        Of::Run(|run| Some(approx(run.waste.private_idle_core_ms) / 1e3 / HOUR_MS)),
    ),
    Figure::new(
        "leakReplicaHours",
        Unit::Count,
        "hours of public replicas that would have fit into private room",
        Of::Run(|run| Some(approx(run.waste.leak_replica_ms) / HOUR_MS)),
    ),
];
