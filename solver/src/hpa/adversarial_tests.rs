//! Nothing panics and nothing leaves its range, whatever the input.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::conditions::ConditionStatus;
use super::pods::{CpuReadiness, Pod, PodMetric, PodPhase, PodSample, Readiness};
use super::{MAX_REPLICAS, MetricFailure, Proposal, ToleranceBand, external, pods, resource};

fn any_band() -> impl Strategy<Value = ToleranceBand> {
    (any::<f64>(), any::<f64>()).prop_map(|(down, up)| ToleranceBand::from_fractions(down, up))
}

fn any_status() -> impl Strategy<Value = ConditionStatus> {
    prop_oneof![
        Just(ConditionStatus::True),
        Just(ConditionStatus::False),
        Just(ConditionStatus::Unknown)
    ]
}

fn any_phase() -> impl Strategy<Value = PodPhase> {
    prop_oneof![
        Just(PodPhase::Pending),
        Just(PodPhase::Running),
        Just(PodPhase::Succeeded),
        Just(PodPhase::Failed),
        Just(PodPhase::Unknown)
    ]
}

prop_compose! {
    fn any_pod()(
        name in 0_u8..6,
        phase in any_phase(),
        deleted: bool,
        started_at_ms: Option<i64>,
        ready in proptest::option::of((any_status(), any::<i64>())),
    ) -> Pod {
        Pod {
            name: name.to_string(),
            phase,
            deleted,
            started_at_ms,
            ready: ready.map(|(status, changed_at_ms)| Readiness { status, changed_at_ms }),
        }
    }
}

prop_compose! {
    fn any_samples()(
        samples in proptest::collection::btree_map(0_u8..8, any::<(i64, i64, i64)>(), 0..8),
    ) -> BTreeMap<String, PodSample> {
        samples
            .into_iter()
            .map(|(name, (value_milli, at_ms, window_ms))| {
                (name.to_string(), PodSample { value_milli, at_ms, window_ms })
            })
            .collect()
    }
}

fn in_range(result: &Result<Proposal, MetricFailure>) -> bool {
    result
        .as_ref()
        .map_or(true, |proposal| proposal.replicas <= MAX_REPLICAS)
}

proptest! {
    #[test]
    fn external_metrics_stay_in_range(
        series in proptest::collection::vec(any::<i64>(), 0..5),
        usage: i64,
        target: i64,
        replicas: u32,
        ready: Option<u32>,
        band in any_band(),
    ) {
        let _ = external::sum_series(&series);
        prop_assert!(in_range(&external::average_value(usage, target, replicas, &band)));
        let spec = replicas.min(MAX_REPLICAS);
        prop_assert!(in_range(&external::value(usage, target, spec, ready, &band)));
    }

    #[test]
    fn per_pod_metrics_stay_in_range(
        spec in 0..=MAX_REPLICAS,
        pods in proptest::collection::vec(any_pod(), 0..6),
        samples in any_samples(),
        requests in proptest::collection::btree_map(0_u8..8, any::<i64>(), 0..8),
        cpu: Option<(i64, i64)>,
        band in any_band(),
        now_ms: i64,
        target: i64,
        percent: i32,
    ) {
        let requests = requests.into_iter().map(|(name, r)| (name.to_string(), r)).collect();
        let cpu = cpu.map(|(initialization_period_ms, initial_readiness_delay_ms)| CpuReadiness {
            initialization_period_ms,
            initial_readiness_delay_ms,
        });
        let metric = PodMetric { spec, pods: &pods, samples: &samples, cpu, band, now_ms };
        prop_assert!(in_range(&pods::average_value(&metric, target)));
        prop_assert!(in_range(&resource::utilization(&metric, &requests, percent)));
    }
}
