//! What is wrong with a metric.

use serde_json::json;

use super::{problems, with};

#[test]
fn each_mistake_in_a_metric_is_named() {
    let query = json!({"query": "q"});
    let queue = json!({"backlogQuery": "b", "arrivalsQuery": "a", "serviceRate": "2.5"});
    for (metric, expected) in [
        (
            json!({"prometheus": query, "target": {"averageValue": "0"}}),
            ".target.averageValue: `0` is not above zero: write more than 0",
        ),
        (
            json!({"prometheus": query, "target": {"averageValue": "many"}}),
            ".target.averageValue: `many` is not a quantity: write a number with at most one suffix, such as \"500m\", \"2Gi\" or \"1e3\"",
        ),
        (
            json!({"prometheus": query, "target": {"value": "-5"}}),
            ".target.value: `-5` is not above zero: write more than 0",
        ),
        (
            json!({"prometheus": query, "target": {}}),
            ".target: set exactly one of averageValue, value, averageUtilization and drainWithin",
        ),
        (
            json!({"prometheus": query, "target": {"value": 1, "averageValue": 1}}),
            ".target: set exactly one of averageValue, value, averageUtilization and drainWithin",
        ),
        (
            json!({"prometheus": query, "target": {"averageUtilization": 1}}),
            ".target: a prometheus metric needs averageValue or value",
        ),
        (
            json!({"pods": query, "target": {"value": 1}}),
            ".target: a pods metric needs averageValue",
        ),
        (
            json!({"resource": {"name": "cpu"}, "target": {"value": 1}}),
            ".target: a resource metric needs averageUtilization or averageValue",
        ),
        (
            json!({"resource": {"name": "cpu"}, "target": {"averageUtilization": 0}}),
            ".target.averageUtilization: is 0: write a percentage of the request above 0",
        ),
        (
            json!({"queue": queue, "target": {"value": 1}}),
            ".target.drainWithin: is missing: write the time within which the backlog is drained, such as \"5m\"",
        ),
        (
            json!({"queue": queue, "target": {"drainWithin": "0s"}}),
            ".target.drainWithin: `0s` is no time at all: write more than 0s",
        ),
        (
            json!({"queue": {"backlogQuery": "b", "arrivalsQuery": "a", "serviceRate": "5M"}, "target": {"drainWithin": "5m"}}),
            ".queue.serviceRate: `5M` is too large: one replica completes at most 4294967 items per second",
        ),
        (
            json!({"target": {"value": 1}}),
            ": set exactly one of prometheus, queue, pods and resource",
        ),
        (
            json!({"pods": query, "prometheus": query, "target": {"averageValue": 1}}),
            ": set exactly one of prometheus, queue, pods and resource",
        ),
        (
            json!({"prometheus": query, "target": {"value": 1}, "maxAge": "2"}),
            ".maxAge: `2` has no unit: write \"2s\" for seconds or \"2m\" for minutes",
        ),
        (
            json!({"prometheus": query, "target": {"value": 1}, "fallback": {"hold": "x"}}),
            ".fallback.hold: `x` is not a time span: write whole numbers with their units from large to small, such as \"30s\", \"5m\" or \"1h30m\" (d, h, m, s, ms)",
        ),
        (
            json!({"prometheus": query, "target": {"value": 1}, "server": {"address": "https://me:secret@prometheus"}}),
            ".server.address: is no address: write http://HOST:PORT or https://HOST/PATH, without user, password and query, which belong in a Secret",
        ),
        (
            json!({"prometheus": query, "target": {"value": 1}, "server": {
                "address": "http://prometheus:9090/x", "bearerToken": {"name": "a", "key": "b"},
                "basicAuth": {"username": {"name": "a", "key": "b"}, "password": {"name": "a", "key": "b"}}
            }}),
            ".server: set one of bearerToken and basicAuth: a request carries one of them",
        ),
        (
            json!({"resource": {"name": "cpu"}, "target": {"averageValue": 1}, "server": {"address": "http://prometheus"}}),
            ".server: is a Prometheus, and a resource metric asks metrics.k8s.io in each cluster: leave it out",
        ),
    ] {
        let mut metric = metric;
        metric["name"] = json!("second");
        let expected = format!("HybridAutoscaler/shop/web spec.metrics[1]{expected}");
        assert_eq!(problems(&with(&[("/web/metrics/-", metric)])), [expected]);
    }
    let twice = json!({"name": "requests", "prometheus": query, "target": {"value": 1}});
    assert_eq!(
        problems(&with(&[("/web/metrics/-", twice)])),
        ["HybridAutoscaler/shop/web spec.metrics[1].name: `requests` is used twice: write it once"]
    );
}

#[test]
fn the_formula_of_traffic_needs_a_total_as_the_first_metric() {
    let changes = [
        (
            "/web/metrics",
            json!([{"name": "cpu", "resource": {"name": "cpu"}, "target": {"averageUtilization": 60}}]),
        ),
        ("/web/traffic", json!({"feedForward": {"target": 100}})),
    ];
    assert_eq!(
        problems(&with(&changes)),
        [
            "HybridAutoscaler/shop/web spec.traffic.feedForward: steers by the first metric: make that one a prometheus or a queue metric"
        ]
    );
}
