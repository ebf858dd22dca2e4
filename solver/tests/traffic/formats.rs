//! The serialised forms of policy, memory and reasons.

use super::*;

#[test]
fn reason_codes_are_the_serialised_names() {
    for reason in WeightReason::ALL {
        let json = serde_json::to_value(reason).expect("a name");
        assert_eq!(json, reason.as_str());
    }
}

#[test]
fn the_configuration_format_is_strict() {
    let good =
        r#"{"feedForward":{"base":8,"targetMilli":1000000,"minimum":0,"disableScaleIn":false}}"#;
    let mode: TrafficMode = serde_json::from_str(good).expect("the documented form is read");
    assert_eq!(mode, TrafficMode::FeedForward(policy()));
    assert_eq!(
        serde_json::to_string(&mode).expect("plain data serialises"),
        good
    );
    assert_eq!(
        serde_json::to_string(&TrafficMode::ReadyShare).expect("plain"),
        r#""readyShare""#
    );
    for bad in [
        good.replace("1000000", "0"),
        good.replace("\"base\":8", "\"base\":0"),
        good.replace("\"base\":8", "\"base\":256"),
        good.replace("minimum", "minimun"),
    ] {
        assert!(serde_json::from_str::<TrafficMode>(&bad).is_err(), "{bad}");
    }
    assert!(serde_json::from_str::<Ramp>(r#"{"maxStepMilli":0}"#).is_err());
}

#[test]
fn memory_that_makes_no_sense_neither_panics_nor_takes_all_traffic_away() {
    for json in [
        r#"{"weights":[{"cluster":"eks","weight":255,"sharePpm":4294967295,"reason":"Formula"},
            {"cluster":"home","weight":0,"sharePpm":4294967295,"reason":"Formula"}],"tierSplit":null}"#,
        r#"{"weights":[{"cluster":"eks","weight":0,"sharePpm":0,"reason":"Formula"}],
            "tierSplit":{"private":1,"public":0}}"#,
        r#"{"weights":[{"cluster":"eks","weight":0,"sharePpm":500000,"reason":"Formula"},
            {"cluster":"home","weight":0,"sharePpm":500000,"reason":"Formula"}],"tierSplit":null}"#,
        r#"{"weights":[],"tierSplit":{"private":255,"public":255}}"#,
    ] {
        let last: TrafficWeights = serde_json::from_str(json).expect("the right shape");
        for metric in [TrafficMetric::Failed, value(3000)] {
            let mode = TrafficMode::FeedForward(policy());
            let answer = ramped(&mode, Some(1), &HOME_AND_EKS(), metric, &last);
            let sum: u64 = answer
                .weights
                .iter()
                .map(|weight| u64::from(weight.share_ppm))
                .sum();
            assert_eq!(sum, 1_000_000, "{json}");
            assert!(numbers(&answer).iter().any(|weight| *weight > 0), "{json}");
        }
    }
}

#[test]
fn adopted_records_keep_their_weights_and_the_relation_of_the_tiers() {
    let home = ["home-1", "home-2"].map(|name| (name, Tier::Private, 255));
    let records = home.into_iter().chain([("eks", Tier::Public, 255)]);
    let adopted = TrafficWeights::adopt(records);
    assert_eq!(numbers(&adopted), [255, 255, 255]);
    assert_eq!(reasons(&adopted), ["Adopted"; 3]);
    let split = adopted.tier_split.expect("the private tier has weight");
    assert_eq!((split.private.get(), split.public), (2, 1));
    let all_zero = TrafficWeights::adopt([("home", Tier::Private, 0), ("eks", Tier::Public, 0)]);
    assert_eq!(all_zero.tier_split, None);
}
