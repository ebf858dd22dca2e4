//! DNS weights through the public interface. This file holds what the others share.

mod feed_forward;
mod formats;
mod properties;
mod ready_share;

use std::num::{NonZeroU8, NonZeroU16, NonZeroU64};

use spillway_solver::traffic::{
    ClusterShare, FeedForward, Ramp, ScheduledMinimum, Tier, TrafficInput, TrafficMetric,
    TrafficMode, TrafficWeights, WeightReason, weights,
};

/// Wednesday, 11 March 2026, 00:00 in UTC.
const NOW_MS: i64 = 1_773_187_200_000;

fn cluster(name: &str, ready: u32) -> ClusterShare {
    let tier = if name.starts_with("eks") {
        Tier::Public
    } else {
        Tier::Private
    };
    ClusterShare {
        cluster: name.into(),
        tier,
        ready_replicas: ready,
        healthy: true,
    }
}

fn unhealthy(name: &str, ready: u32) -> ClusterShare {
    ClusterShare {
        healthy: false,
        ..cluster(name, ready)
    }
}

/// The example of the public operator: base 8, target 1000.
fn policy() -> FeedForward {
    FeedForward {
        base: NonZeroU8::new(8).expect("8"),
        target_milli: NonZeroU64::new(1_000_000).expect("1000"),
        minimum: 0,
        scheduled: Vec::new(),
        disable_scale_in: false,
    }
}

fn value(whole: i64) -> TrafficMetric {
    TrafficMetric::Value {
        milli: whole * 1000,
    }
}

fn by_ready(clusters: &[ClusterShare], last: &TrafficWeights) -> TrafficWeights {
    ramped(
        &TrafficMode::ReadyShare,
        None,
        clusters,
        TrafficMetric::Empty,
        last,
    )
}

fn by_formula(
    policy: &FeedForward,
    clusters: &[ClusterShare],
    metric: TrafficMetric,
    last: &TrafficWeights,
) -> TrafficWeights {
    ramped(
        &TrafficMode::FeedForward(policy.clone()),
        None,
        clusters,
        metric,
        last,
    )
}

fn ramped(
    mode: &TrafficMode,
    step_milli: Option<u16>,
    clusters: &[ClusterShare],
    metric: TrafficMetric,
    last: &TrafficWeights,
) -> TrafficWeights {
    let ramp = step_milli.map(|step| Ramp {
        max_step_milli: NonZeroU16::new(step).expect("step"),
    });
    weights(
        &TrafficInput {
            mode,
            ramp,
            clusters,
            metric,
            now_ms: NOW_MS,
        },
        last,
    )
}

fn numbers(answer: &TrafficWeights) -> Vec<u8> {
    answer.weights.iter().map(|weight| weight.weight).collect()
}

fn reasons(answer: &TrafficWeights) -> Vec<&'static str> {
    answer
        .weights
        .iter()
        .map(|weight| weight.reason.as_str())
        .collect()
}

fn none() -> TrafficWeights {
    TrafficWeights::default()
}

const HOME_AND_EKS: fn() -> [ClusterShare; 2] = || [cluster("home", 10), cluster("eks", 3)];
