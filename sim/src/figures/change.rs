//! What changed, how often.

use super::{Figure, Of, Unit};
use crate::report::units::approx;

pub(super) const FIGURES: &[Figure] = &[
    Figure::new(
        "targetChanges",
        Unit::Count,
        "writes of spec.replicas that changed it",
        Of::Each(|of| Some(approx(of.churn.actions))),
    ),
    Figure::new(
        "replicaStarts",
        Unit::Count,
        "replicas started",
        Of::Each(|of| Some(approx(of.churn.replica_starts))),
    ),
    Figure::new(
        "replicaStops",
        Unit::Count,
        "replicas stopped",
        Of::Each(|of| Some(approx(of.churn.replica_stops))),
    ),
    Figure::new(
        "moves",
        Unit::Count,
        "replicas moved between clusters at an unchanged count",
        Of::Each(|of| Some(approx(of.churn.moves))),
    ),
    Figure::new(
        "reversals",
        Unit::Count,
        "changes undone within 10 minutes",
        Of::Each(|of| Some(approx(of.churn.reversals))),
    ),
    Figure::new(
        "nodesStarted",
        Unit::Count,
        "public nodes ordered",
        Of::Run(|run| Some(approx(run.churn.node_starts))),
    ),
    Figure::new(
        "nodesStopped",
        Unit::Count,
        "public nodes given back or taken",
        Of::Run(|run| Some(approx(run.churn.node_stops))),
    ),
];
