//! Every kind of fault at once: no invariant breaks, and the checker finds nothing.

use spillway_sim::config::{FaultKind, Span};
use spillway_sim::hosts::{Autoscaler, BurstRule, Core, Spillway, ThresholdBurst};
use spillway_sim::record::RunRecord;
use spillway_sim::time::Nanos;

use super::example::{example, faults};
use crate::demo::Sense;

const EVERY: &str = "
- {kind: clusterLost, cluster: home, perHour: 0.2, for: 15m}
- {kind: clusterLost, cluster: eks, perHour: 0.1, for: 10m}
- {kind: clusterUnreachable, cluster: eks, perHour: 0.2, for: 10m}
- {kind: clusterUnreachable, cluster: home, at: 4h, for: 10m}
- {kind: partition, cluster: home, perHour: 0.2, for: 10m}
- {kind: insufficientCapacity, cluster: eks, group: m6i-xlarge, perHour: 0.5, for: 20m}
- {kind: quotaCut, cluster: eks, instances: 3, perHour: 0.3, for: 20m}
- {kind: slowBoot, cluster: eks, factor: 4, perHour: 0.3, for: 1h}
- {kind: slowImagePull, cluster: eks, factor: 5, perHour: 0.3, for: 1h}
- {kind: podStartFailure, workload: shop/orders, probability: 0.5, perHour: 0.4, for: 20m}
- {kind: spotInterruption, cluster: eks, group: m6i-xlarge-spot, perNodeHour: 0.3}
- {kind: spotInterruption, cluster: eks, group: m6i-xlarge-spot, perHour: 0.2, for: 20m}
- {kind: metricGap, workload: shop/orders, perHour: 0.5, for: 5m}
- {kind: metricError, workload: shop/orders, perHour: 0.3, for: 4m}
- {kind: metricNan, workload: shop/orders, metric: queue, perHour: 0.3, for: 3m}
- {kind: metricStale, workload: shop/orders, perHour: 0.3, for: 10m}
- {kind: metricFrozen, workload: shop/orders, perHour: 0.3, for: 10m}
- {kind: metricDelayed, workload: shop/orders, lag: 2m, perHour: 0.3, for: 10m}
- {kind: metricPartial, workload: shop/orders, perHour: 0.3, for: 5m}
- {kind: priceStep, cluster: eks, group: m6i-xlarge-spot, factor: 5, perHour: 0.3, for: 30m}
- {kind: clockStep, by: 20m, at: 3h}
- {kind: clockStep, by: -15m, at: 9h}
- {kind: clockStep, by: 2s, perHour: 0.2}
- {kind: rollOut, workload: shop/orders, perHour: 0.5}
";

fn run(hours: u64, seed: u64, autoscaler: impl FnOnce() -> Box<dyn Autoscaler>) -> RunRecord {
    let mut config = example();
    config.world.horizon = Some(Span(Nanos::from_secs(hours * 3_600)));
    config.world.seed = seed;
    config.world.clusters[1].quotas.instances = Some(8);
    config.world.faults = faults(EVERY);
    let source = config
        .world
        .arrivals()
        .expect("a sound load")
        .expect("a load");
    let mut sense = Sense(config.policy.clone());
    let mut autoscaler = autoscaler();
    spillway_sim::world::run(
        &config,
        source,
        autoscaler.as_mut(),
        &mut sense,
        &mut |_| {},
    )
    .unwrap_or_else(|error| panic!("seed {seed}: {error}"))
}

fn spillway() -> Box<dyn Autoscaler> {
    Box::new(Spillway::new(Core, example().policy))
}

#[test]
fn a_day_with_every_fault_at_once_breaks_no_invariant() {
    let record = run(24, 1, spillway);
    for kind in FaultKind::ALL {
        let of_kind = record
            .faults
            .iter()
            .filter(|fault| fault.kind == kind.name());
        let times: u64 = of_kind.map(|fault| fault.times).sum();
        assert!(times > 0, "{kind:?} never began");
    }
    assert!(record.nodes.iter().any(|node| node.interrupted));
    assert!(record.summary.requests.done > 0);
}

#[test]
fn other_seeds_and_a_baseline_break_none_either() {
    for seed in 2..6 {
        run(6, seed, spillway);
    }
    let policy = example().policy;
    run(24, 7, || {
        Box::new(ThresholdBurst::new(&policy, BurstRule::default()))
    });
}
