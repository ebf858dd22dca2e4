use super::*;
use crate::record::{Churn, MoneySpent, Summary};
use spillway_solver::units::MicroUsd;

fn run(usd: i64, moves: u64) -> RunTotals {
    RunTotals {
        summary: Summary {
            money: MoneySpent {
                spot: MicroUsd(usd * 1_000_000),
                ..MoneySpent::default()
            },
            churn: Churn {
                moves,
                ..Churn::default()
            },
            ..Summary::default()
        },
        workloads: Vec::new(),
    }
}

fn judge(text: &str, runs: &[(u64, &RunTotals, Option<&RunTotals>)]) -> (bool, String) {
    let assertion: Assertion = text.parse().expect("an assertion");
    let runs: Vec<Seeded<'_>> = runs
        .iter()
        .map(|(seed, run, other)| Seeded {
            seed: *seed,
            run,
            other: *other,
        })
        .collect();
    let judged = assertion.judge(&runs);
    (judged.held, judged.actual)
}

#[test]
fn each_operator_holds_where_it_says() {
    let six = run(6, 3);
    for (text, held) in [
        ("costUsd <= 6 USD", true),
        ("costUsd<6", false),
        ("costUsd >= 6 USD", true),
        ("costUsd > 6 USD", false),
        ("moves == 3", true),
        ("moves == 2", false),
    ] {
        assert_eq!(judge(text, &[(1, &six, None)]).0, held, "{text}");
    }
}

#[test]
fn the_worst_seed_counts_and_is_named() {
    let (good, bad) = (run(4, 0), run(7, 0));
    let judged = judge("costUsd <= 6 USD", &[(1, &bad, None), (2, &good, None)]);
    assert_eq!(judged, (false, "7.00 USD (seed 1)".to_owned()));
    let judged = judge("costUsd >= 4 USD", &[(1, &bad, None), (2, &good, None)]);
    assert_eq!(judged, (true, "4.00 USD (seed 2)".to_owned()));
}

#[test]
fn a_share_is_of_the_other_run_under_the_same_seed() {
    let (ours, other) = (run(6, 0), run(8, 0));
    let judged = judge(
        "costUsd <= 75% of threshold-burst",
        &[(1, &ours, Some(&other))],
    );
    let says = "75.0 %: 6.00 USD; threshold-burst 8.00 USD";
    assert_eq!(judged, (true, says.to_owned()));
    let judged = judge(
        "costUsd < 75% of threshold-burst",
        &[(1, &ours, Some(&other))],
    );
    assert!(!judged.0);
}

#[test]
fn what_is_missing_does_not_hold() {
    let judged = judge("lateRequestsPercent <= 100%", &[(1, &run(0, 0), None)]);
    assert_eq!(judged, (false, "none".to_owned()));
    let judged = judge("costUsd >= 0% of hpa-ca", &[(1, &run(0, 0), None)]);
    assert!(!judged.0);
}

#[test]
fn text_and_map_say_the_same_and_what_is_wrong_is_answered_with_what_is_right() {
    let map = r#"{"figure": "costUsd", "atMost": "90%", "of": "hpa-ca"}"#;
    let map = Assertion::read(serde_json::from_str(map).expect("JSON")).expect("an assertion");
    assert_eq!(map.to_string(), "costUsd <= 90% of hpa-ca");
    let map = r#"{"figure": "moves", "workload": "shop/web", "equal": 3}"#;
    let map = Assertion::read(serde_json::from_str(map).expect("JSON")).expect("an assertion");
    assert_eq!(map.to_string(), "shop/web moves == 3");
    for (bad, says) in [
        ("costUsd = 6", "write a figure, an operator"),
        ("costUsd", "write a figure, an operator"),
        ("a b costUsd < 6", "write a figure, an operator"),
        ("cosUsd < 6", "no figure is called `cosUsd`"),
        ("costUsd < 6 EUR", "like 6 USD"),
        ("delayP95 < 250", "like 250ms"),
        ("costUsd < 6 of hpa-ca", "like 90%"),
        ("shop/web costUsd < 6", "leave the workload out"),
    ] {
        let message = bad.parse::<Assertion>().expect_err(bad);
        assert!(message.contains(says), "{bad}: {message}");
    }
    let two = r#"{"figure": "moves", "below": 3, "above": 1}"#;
    let two = serde_json::from_str(two).expect("JSON");
    let message = Assertion::read(two).expect_err("two limits");
    assert!(message.contains("exactly one of"), "{message}");
    let message = Assertion::read(6.into()).expect_err("a number");
    assert!(message.contains("like `costUsd <= 6 USD`"), "{message}");
}
