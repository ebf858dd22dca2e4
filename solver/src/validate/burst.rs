//! The platform team's bursting rules.

use super::findings::Findings;
use crate::policy::{BurstPolicy, CapLadder};

/// `clusters` is how many there are.
pub(super) fn check(burst: &BurstPolicy, path: &str, clusters: usize, findings: &mut Findings) {
    let field = |name: &str| format!("{path}.{name}");
    let survive = burst.survive_percent;
    findings.percent(|| field("survivePercent"), survive, 0, 100);
    findings.add_if(
        survive > 0 && clusters < 2,
        || field("survivePercent"),
        || {
            format!(
                "is {survive}: the loss of the only cluster cannot be survived: add a second one, or write 0"
            )
        },
    );
    findings.percent(
        || field("maxClusterPercent"),
        burst.max_cluster_percent,
        1,
        100,
    );
    findings.percent(|| field("spot.maxPercent"), burst.spot.max_percent, 0, 100);
    let floor = burst.spot.on_demand_floor;
    findings.add_if(
        burst.spot.max_percent == 0 && floor > 0,
        || field("spot.onDemandFloor"),
        || format!("is {floor} without spot: raise maxPercent above 0, or leave the floor out"),
    );
    if let (Some(public), Some(all)) = (burst.max_public_replicas, burst.max_replicas) {
        findings.add_if(
            public > all,
            || field("maxPublicReplicas"),
            || format!("{public} is above maxReplicas {all}: lower the one or raise the other"),
        );
    }
    caps(burst, &field("caps"), findings);
    findings.zero(|| field("recall.step"), burst.recall.step.into());
    let window = burst.recall.budget.window_ms.0;
    findings.zero(|| field("recall.budget.windowMs"), window);
}

fn caps(burst: &BurstPolicy, path: &str, findings: &mut Findings) {
    let caps = &burst.caps;
    let amounts = [
        ("perHour", caps.per_hour),
        ("perDay", caps.per_day),
        ("perMonth", caps.per_month),
        ("emergencyPerHour", caps.emergency_per_hour),
    ];
    for (name, amount) in amounts {
        if let Some(amount) = amount {
            findings.negative(|| format!("{path}.{name}"), amount.0);
        }
    }
    let capped = amounts[..3].iter().any(|(_, amount)| amount.is_some());
    findings.add_if(
        caps.emergency_per_hour.is_some() && !capped,
        || format!("{path}.emergencyPerHour"),
        || "loosens a cap, and there is none: set perHour, perDay or perMonth".to_owned(),
    );
    let CapLadder {
        warn_percent,
        no_optional_moves_percent,
        no_low_priority_burst_percent,
        ..
    } = caps.ladder;
    let rungs = [
        ("warnPercent", warn_percent),
        ("noOptionalMovesPercent", no_optional_moves_percent),
        ("noLowPriorityBurstPercent", no_low_priority_burst_percent),
    ];
    for (name, percent) in rungs {
        findings.percent(|| format!("{path}.ladder.{name}"), percent, 0, 100);
    }
    findings.add_if(
        !rungs.is_sorted_by_key(|(_, percent)| percent),
        || format!("{path}.ladder"),
        || {
            "the rungs must rise: warnPercent <= noOptionalMovesPercent <= noLowPriorityBurstPercent"
                .to_owned()
        },
    );
}
