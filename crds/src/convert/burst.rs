//! `BurstPolicy` into the core's rules.

use spillway_solver::ids::PolicyId;
use spillway_solver::policy as core;

use super::scope::Scope;
use super::traffic::schedule;
use crate::api::{
    AtCap, BurstPolicySpec, Caps, Fill, Ladder, OnUnreachable, Placement, Recall, Spot,
    UnreachableAction,
};
use crate::text::Usd;

/// `clusters` is how many there are, where that is known.
pub(super) fn convert(
    scope: &mut Scope<'_>,
    name: &str,
    spec: &BurstPolicySpec,
    clusters: Option<usize>,
) -> core::BurstPolicy {
    let survive = scope.percent("spec.survivePercent", spec.survive_percent, 0, 100);
    if survive > 0 && clusters.is_some_and(|clusters| clusters < 2) {
        let message = format!(
            "is {survive}: the loss of the only cluster cannot be survived: add a second Cluster, or write 0"
        );
        scope.report("spec.survivePercent", message);
    }
    if let (Some(public), Some(all)) = (spec.max_public_replicas, spec.max_replicas)
        && public > all
    {
        let message =
            format!("{public} is above maxReplicas {all}: lower the one or raise the other");
        scope.report("spec.maxPublicReplicas", message);
    }
    scope.percent("spec.trafficStepPercent", spec.traffic_step_percent, 1, 100);
    schedule(scope, "spec.schedule", &spec.schedule, None);
    core::BurstPolicy {
        name: PolicyId::from(name),
        placement: match spec.placement {
            Placement::Overflow => core::Placement::Overflow,
            Placement::ActiveActive => core::Placement::ActiveActive,
            Placement::Standby => core::Placement::Standby,
        },
        fill: fill(spec.fill),
        survive_percent: survive,
        max_cluster_percent: scope.percent(
            "spec.maxClusterPercent",
            spec.max_cluster_percent,
            1,
            100,
        ),
        spot: spot(scope, &spec.spot),
        caps: caps(scope, &spec.caps),
        recall: recall(scope, &spec.recall),
        on_unreachable: on_unreachable(scope, &spec.on_unreachable),
        max_public_replicas: spec.max_public_replicas,
        max_replicas: spec.max_replicas,
    }
}

pub(super) fn fill(fill: Fill) -> core::Fill {
    match fill {
        Fill::PrivateFirst => core::Fill::PrivateFirst,
        Fill::Cheapest => core::Fill::Cheapest,
    }
}

fn spot(scope: &mut Scope<'_>, spot: &Spot) -> core::SpotRule {
    if spot.max_percent == 0 && spot.on_demand_floor > 0 {
        let message = format!(
            "is {} without spot: raise maxPercent above 0, or leave the floor out",
            spot.on_demand_floor
        );
        scope.report("spec.spot.onDemandFloor", message);
    }
    core::SpotRule {
        max_percent: scope.percent("spec.spot.maxPercent", spot.max_percent, 0, 100),
        on_demand_floor: spot.on_demand_floor,
    }
}

fn caps(scope: &mut Scope<'_>, caps: &Caps) -> core::MoneyCaps {
    let mut cap = |field: &str, usd: &Option<Usd>| {
        let path = format!("spec.caps.{field}");
        usd.as_ref().map(|usd| scope.usd(&path, usd))
    };
    let per_hour = cap("usdPerHour", &caps.usd_per_hour);
    let per_day = cap("usdPerDay", &caps.usd_per_day);
    let per_month = cap("usdPerMonth", &caps.usd_per_month);
    let emergency_per_hour = cap("emergencyUsdPerHour", &caps.emergency_usd_per_hour);
    if emergency_per_hour.is_some() && [per_hour, per_day, per_month].iter().all(Option::is_none) {
        let message = "loosens a cap, and there is none: set usdPerHour, usdPerDay or usdPerMonth";
        scope.report("spec.caps.emergencyUsdPerHour", message.to_owned());
    }
    core::MoneyCaps {
        per_hour,
        per_day,
        per_month,
        ladder: ladder(scope, &caps.ladder),
        at_cap: match caps.at_cap {
            AtCap::Hold => core::AtCap::Hold,
            AtCap::Shed => core::AtCap::Shed,
        },
        emergency_per_hour,
    }
}

fn ladder(scope: &mut Scope<'_>, ladder: &Ladder) -> core::CapLadder {
    let path = "spec.caps.ladder";
    let mut rung =
        |field: &str, percent: u32| scope.percent(&format!("{path}.{field}"), percent, 0, 100);
    let converted = core::CapLadder {
        warn_percent: rung("warnPercent", ladder.warn_percent),
        no_optional_moves_percent: rung("noOptionalMovesPercent", ladder.no_optional_moves_percent),
        no_low_priority_burst_percent: rung(
            "noLowPriorityBurstPercent",
            ladder.no_low_priority_burst_percent,
        ),
        low_priority_below: ladder.low_priority_below,
    };
    let rungs = [
        ladder.warn_percent,
        ladder.no_optional_moves_percent,
        ladder.no_low_priority_burst_percent,
    ];
    if !rungs.is_sorted() {
        let message = "the rungs must rise: warnPercent <= noOptionalMovesPercent <= noLowPriorityBurstPercent";
        scope.report(path, message.to_owned());
    }
    converted
}

fn recall(scope: &mut Scope<'_>, recall: &Recall) -> core::Recall {
    if recall.step == 0 {
        let message = "is 0, so nothing would ever come home: write at least 1".to_owned();
        scope.report("spec.recall.step", message);
    }
    core::Recall {
        payback_percent: recall.payback_percent,
        dwell_ms: scope.millis("spec.recall.dwell", &recall.dwell),
        step: recall.step,
        budget: core::MoveBudget {
            moves: recall.budget.moves,
            window_ms: scope.positive_millis("spec.recall.budget.window", &recall.budget.window),
        },
    }
}

fn on_unreachable(scope: &mut Scope<'_>, rule: &OnUnreachable) -> core::OnUnreachable {
    let after_ms = scope.millis("spec.onUnreachable.after", &rule.after);
    match rule.action {
        UnreachableAction::Hold => core::OnUnreachable::Hold,
        UnreachableAction::Replace => core::OnUnreachable::Replace { after_ms },
        UnreachableAction::ReplaceIfTrafficLost => {
            core::OnUnreachable::ReplaceIfTrafficLost { after_ms }
        }
    }
}
