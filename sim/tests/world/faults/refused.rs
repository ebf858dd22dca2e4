//! Faults that cannot be: all are named at once, with their place and what would be right.

use spillway_sim::config::World;

use crate::fixture::{config, policy};

/// What is said of lines of faults, without the file's name.
fn said(lines: &[&str]) -> Vec<String> {
    let yaml = format!("- {{{}}}\n", lines.join("}\n- {"));
    let yaml = format!(
        "apiVersion: sim.spillway.dev/v1alpha1\nkind: World\nstart: 2026-03-02T00:00:00Z\nclusters:\n- name: home\n  groups: [{{name: nodes, initialNodes: 1}}]\n- name: cloud\nfaults:\n{yaml}"
    );
    let problems = match World::read("w", &yaml) {
        Ok(world) => world.check(&[policy()]).err(),
        Err(broken) => Some(broken.problems(&[policy()])),
    };
    let problems = problems.into_iter().flat_map(|error| error.0);
    problems.map(|problem| problem.to_string()).collect()
}

/// A line of `faults`, and what is said of it.
const CASES: [(&str, &str); 23] = [
    (
        "kind: clusterLost, cluster: hom, at: 1h",
        "cluster: no Cluster `hom`; the policy has home, cloud",
    ),
    (
        "kind: clusterLost, at: 1h",
        "cluster: is missing: a clusterLost needs cluster",
    ),
    (
        "kind: clusterLost, cluster: home",
        "at: is missing: write when, like `at: 2h`, or how often, like `perHour: 0.5`",
    ),
    (
        "kind: clusterLost, cluster: home, at: 1h, perHour: 1, for: 1m",
        "perHour: is written beside at; keep one of them",
    ),
    (
        "kind: clusterLost, cluster: home, perHour: 1",
        "for: is missing: what comes again has to end, like `for: 10m`",
    ),
    (
        "kind: clusterLost, cluster: home, perHour: 0, for: 1m",
        "perHour: 0 is no rate; write a number above 0 and up to 3600",
    ),
    (
        "kind: clusterLost, cluster: home, at: 1h, for: 0s",
        "for: must be above zero, like 30m",
    ),
    (
        "kind: clusterLost, cluster: home, at: 1h, group: nodes",
        "group: means nothing for a clusterLost; leave it out",
    ),
    (
        "kind: clusterLost, cluster: home, perNodeHour: 1",
        "perNodeHour: is of a spotInterruption only; write perHour",
    ),
    (
        "kind: insufficientCapacity, cluster: cloud, group: node, at: 1h",
        "group: Cluster `cloud` has no group `node`; it has nodes",
    ),
    (
        "kind: insufficientCapacity, cluster: home, group: nodes, at: 1h",
        "group: `nodes` of Cluster `home` has a fixed number of nodes, so none is ever ordered; name a group that grows",
    ),
    (
        "kind: spotInterruption, cluster: cloud, group: nodes, at: 1h",
        "group: `nodes` of Cluster `cloud` is no spot group, so nobody interrupts it; name a group with capacityType Spot",
    ),
    (
        "kind: priceStep, cluster: home, group: nodes, factor: 2, at: 1h",
        "group: `nodes` of Cluster `home` is owned, so its nodes have no price; name a group that is paid by the hour",
    ),
    (
        "kind: priceStep, cluster: cloud, group: nodes, factor: -1, at: 1h",
        "factor: -1 is no factor; write a number above 0 and up to 1000",
    ),
    (
        "kind: podStartFailure, workload: shop/worker, probability: 1.5, at: 1h",
        "probability: 1.5 is no probability; write a number above 0 and up to 1",
    ),
    (
        "kind: metricGap, workload: shop/orders, at: 1h",
        "workload: no HybridAutoscaler `shop/orders`; the policy has shop/worker",
    ),
    (
        "kind: metricGap, workload: shop/worker, metric: cpu, at: 1h",
        "metric: `shop/worker` has no metric `cpu`; it has queue",
    ),
    (
        "kind: metricDelayed, workload: shop/worker, at: 1h",
        "lag: is missing: a metricDelayed needs workload, lag",
    ),
    (
        "kind: quotaCut, cluster: cloud, at: 1h",
        "instances: is missing: write the lower limit as instances, cores or both",
    ),
    (
        "kind: quotaCut, cluster: cloud, cores: 4, at: 1h",
        "cores: Cluster `cloud` has no such quota; write its usual limit in clusters[].quotas.cores",
    ),
    (
        "kind: clockStep, by: 10m, at: 1h, for: 1h",
        "for: means nothing for this clockStep, which is over at once; leave it out",
    ),
    (
        "kind: clockStep, by: 10, at: 1h",
        "by: `10` has no unit: write 10s, 10ms or 10m",
    ),
    (
        "kind: rollOut, workload: shop/worker, at: 1",
        "at: `1` has no unit: write 1s, 1ms or 1m",
    ),
];

#[test]
fn each_mistake_has_its_place_and_its_remedy() {
    let lines: Vec<&str> = CASES.iter().map(|(line, _)| *line).collect();
    let all = said(&lines);
    for (n, (line, says)) in CASES.iter().enumerate() {
        let expected = format!("w:{}: faults[{n}].{says}", 9 + n);
        assert!(
            all.contains(&expected),
            "{line}: {expected} is not in {all:#?}"
        );
        let alone = said(&[line]);
        assert_eq!(alone, [format!("w:9: faults[0].{says}")], "{line}");
    }
    assert_eq!(all.len(), CASES.len(), "{all:#?}");
}

#[test]
fn a_kind_that_nobody_knows_is_refused_with_those_that_exist() {
    let said = said(&["kind: clusterLosst, cluster: home, at: 1h"]);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].starts_with("w:9: faults[0].kind: `clusterLosst` is not known"),
        "{said:?}"
    );
}

#[test]
fn a_quota_below_the_nodes_of_the_start_is_refused() {
    let mut config = config(3, 1, "");
    config.world.clusters[0].quotas.instances = Some(2);
    let error = config
        .check()
        .expect_err("three nodes are there")
        .to_string();
    assert!(
        error.contains("clusters[0].quotas.instances: 2 is below the 3 initialNodes"),
        "{error}"
    );
}

#[test]
fn a_fault_may_end_after_the_horizon() {
    let late = "horizon: 1h\nfaults: [{kind: clusterLost, cluster: home, at: 30m, for: 5h}, {kind: partition, cluster: home, at: 3h}]\n";
    assert_eq!(config(1, 1, late).check().err(), None);
}
