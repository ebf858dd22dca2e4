//! Scenarios in which something is gone, or somebody else is there: on two real clusters, with the rights that the
//! project ships.

mod kills;
mod leaders;
mod modes;
mod observe;
mod others;
mod private_silent;
mod prometheus_silent;
mod public_silent;
mod rollout;

use spillway_testbed::TestFolder;
use spillway_tests::hybrid::Hybrid;
use spillway_tests::hybrid::scenario::sound;

fn folder(test: &str) -> TestFolder {
    sound(TestFolder::new(env!("CARGO_TARGET_TMPDIR"), test))
}

/// Gives the autoscaler another query.
fn query(hybrid: &Hybrid, of: &str, query: &str) {
    let field = format!("/spec/metrics/0/queue/{of}");
    let patch = serde_json::json!([{"op": "replace", "path": field, "value": query}]);
    let patch = format!("--patch={patch}");
    let arguments = [
        "patch",
        "-n=work",
        "hybridautoscaler/jobs",
        "--type=json",
        &patch,
    ];
    sound(hybrid.private.kubectl(&arguments));
}

/// Lets the autoscaler believe that so many times as many jobs come.
fn as_if_came(hybrid: &Hybrid, times: f64) {
    let arrivals = "sum(rate(queue_arrivals_total{queue=\"jobs\"}[10s]))";
    query(hybrid, "arrivalsQuery", &format!("{times} * {arrivals}"));
}
