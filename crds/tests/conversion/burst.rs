//! What is wrong with a `BurstPolicy`.

use serde_json::json;

use super::{problems, with};

#[test]
fn each_mistake_in_a_policy_is_named() {
    for (field, value, expected) in [
        (
            "survivePercent",
            json!(101),
            "survivePercent: is 101: write a percentage from 0 to 100",
        ),
        (
            "maxClusterPercent",
            json!(0),
            "maxClusterPercent: is 0: write a percentage from 1 to 100",
        ),
        (
            "trafficStepPercent",
            json!(0),
            "trafficStepPercent: is 0: write a percentage from 1 to 100",
        ),
        (
            "spot",
            json!({"onDemandFloor": 2}),
            "spot.onDemandFloor: is 2 without spot: raise maxPercent above 0, or leave the floor out",
        ),
        (
            "spot",
            json!({"maxPercent": 300}),
            "spot.maxPercent: is 300: write a percentage from 0 to 100",
        ),
        (
            "caps",
            json!({"emergencyUsdPerHour": "9"}),
            "caps.emergencyUsdPerHour: loosens a cap, and there is none: set usdPerHour, usdPerDay or usdPerMonth",
        ),
        (
            "caps",
            json!({"usdPerDay": "fifty"}),
            "caps.usdPerDay: `fifty` is not an amount in USD: write a decimal string without sign or currency, such as \"0.192\"",
        ),
        (
            "caps",
            json!({"ladder": {"warnPercent": 99}}),
            "caps.ladder: the rungs must rise: warnPercent <= noOptionalMovesPercent <= noLowPriorityBurstPercent",
        ),
        (
            "recall",
            json!({"step": 0}),
            "recall.step: is 0, so nothing would ever come home: write at least 1",
        ),
        (
            "recall",
            json!({"dwell": "10"}),
            "recall.dwell: `10` has no unit: write \"10s\" for seconds or \"10m\" for minutes",
        ),
        (
            "recall",
            json!({"budget": {"window": "0s"}}),
            "recall.budget.window: `0s` is no time at all: write more than 0s",
        ),
        (
            "onUnreachable",
            json!({"after": "5 m"}),
            "onUnreachable.after: `5 m` is not a time span: write whole numbers with their units from large to small, such as \"30s\", \"5m\" or \"1h30m\" (d, h, m, s, ms)",
        ),
        (
            "schedule",
            json!([{"name": "day", "timeZone": "Mars", "start": "08:00", "end": "18:00", "minReplicas": 1}]),
            "schedule[0].timeZone: `Mars` is not a known time zone: use an IANA name such as `Europe/Berlin` or `UTC`",
        ),
    ] {
        let expected = format!("BurstPolicy/default spec.{expected}");
        assert_eq!(
            problems(&with(&[(&format!("/policy/{field}"), value)])),
            [expected]
        );
    }
    let bounds = [
        ("/policy/maxPublicReplicas", json!(9)),
        ("/policy/maxReplicas", json!(8)),
    ];
    assert_eq!(
        problems(&with(&bounds)),
        [
            "BurstPolicy/default spec.maxPublicReplicas: 9 is above maxReplicas 8: lower the one or raise the other"
        ]
    );
}

#[test]
fn the_loss_of_the_only_cluster_cannot_be_survived() {
    let mut objects = with(&[("/policy/survivePercent", json!(50))]);
    assert_eq!(problems(&objects), [""; 0]);
    objects.clusters.pop();
    assert_eq!(
        problems(&objects),
        [
            "BurstPolicy/default spec.survivePercent: is 50: the loss of the only cluster cannot be survived: add a second Cluster, or write 0"
        ]
    );
}
