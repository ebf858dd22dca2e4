//! CPU and memory from metrics.k8s.io: on a real API server with the real metrics-server, with the rights that the
//! project ships.

use spillway_testbed::{MetricsServer, TestFolder};
use spillway_tests::alone::Alone;
use spillway_tests::hybrid::scenario::sound;

#[test]
fn pods_are_scaled_by_what_they_use_and_where_nobody_says_what_that_is_nothing_moves() {
    let test = sound(TestFolder::new(
        env!("CARGO_TARGET_TMPDIR"),
        "resource-metrics",
    ));
    let alone = sound(Alone::start(&test));
    let shop = |name: &'static str| ("shop", name);
    // Of 500m and 100m that they request.
    let uses = "spillway.dev/cpu-of-main: 450m, spillway.dev/cpu-of-beside: 90m, \
                spillway.dev/memory-of-main: 150Mi, spillway.dev/memory-of-beside: 50Mi";
    let make = |name: &'static str, resource: &str, target: &str| {
        let metric = format!("- {{name: use, resource: {{{resource}}}, target: {{{target}}}}}");
        sound(alone.workload(shop(name), uses, &metric));
    };
    make("whole", "name: cpu", "averageUtilization: 45");
    make(
        "beside",
        "name: cpu, container: beside",
        "averageUtilization: 90",
    );
    make("memory", "name: memory", "averageValue: 100Mi");
    make("calm", "name: memory", "averageValue: 200Mi");
    make(
        "nobody",
        "name: cpu, container: nobody",
        "averageUtilization: 45",
    );
    let controller = sound(alone.controller(&test, "http://127.0.0.1:1"));

    let said = alone.condition(shop("whole"), "MetricsRead", |status, _| status == "False");
    assert_eq!(
        said,
        "spec.metrics[0].resource: in cluster home: there is no metrics.k8s.io: install metrics-server there, or forbid \
         the cluster in spec.clusters"
    );
    let said = alone.condition(shop("nobody"), "MetricsRead", |status, said| {
        status == "False" && said.contains("nobody")
    });
    assert!(
        said.ends_with("has no container `nobody`: name one of main, beside"),
        "{said}"
    );
    assert_eq!(alone.asked(shop("whole")), 1);

    let mut server = sound(MetricsServer::start(&alone.plane));
    // All of them use twice the target, however many they are.
    alone.replicas(shop("whole"), 8);
    alone.replicas(shop("memory"), 8);
    for steady in ["beside", "calm"] {
        let _ = alone.condition(shop(steady), "MetricsRead", |status, _| status == "True");
        assert_eq!(alone.asked(shop(steady)), 1, "{steady} uses what it should");
    }

    server.process.kill();
    let _ = alone.condition(shop("whole"), "MetricsRead", |status, said| {
        status == "False" && said.contains("look there at APIService v1beta1.metrics.k8s.io")
    });
    assert_eq!(alone.asked(shop("whole")), 8);
    sound(
        controller
            .end_and_replay()
            .map_err(|error| panic!("{error}")),
    );
}
