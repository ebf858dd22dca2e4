//! Reading a world file: defaults, and what is refused in which words.

use proptest::prelude::*;

use super::*;

const SMALL: &str = "
apiVersion: sim.spillway.dev/v1alpha1
kind: World
start: 2026-03-02T00:00:00Z
clusters:
  - name: private
    groups: [{name: rack, initialNodes: 2}]
  - name: eks
    nodeAutoscaler: {clusterAutoscaler: {unneeded: 5m}}
";

#[test]
fn a_small_world_takes_the_documented_defaults() {
    let world = World::read("world.yaml", SMALL).expect("a sound world");
    assert_eq!(world.tick.0, Nanos::from_secs(15));
    assert_eq!(world.pods.termination_grace.0, Nanos::from_secs(30));
    assert_eq!(world.clusters[0].node_autoscaler, NodeAutoscaler::default());
    let NodeAutoscaler::ClusterAutoscaler(ca) = world.clusters[1].node_autoscaler else {
        panic!("the file names Cluster Autoscaler");
    };
    assert_eq!(ca.unneeded.0, Nanos::from_secs(300));
    assert_eq!(ca.utilization_percent, 50);
}

#[test]
fn an_error_names_the_file_and_the_line() {
    let cases = [
        ("tick: 15", "tick: `15` has no unit: write 15s, 15ms or 15m"),
        ("tock: 15s", "tock: is not known: did you mean `tick`?"),
        ("tick: -1s", "tick: `-1s` is not a span"),
        (
            "pods: {imagePul: 1s}",
            "pods.imagePul: is not known: did you mean `imagePull`?",
        ),
        (
            "tick: []",
            "tick: is a list: write a span such as 15s, 250ms or 1.5h",
        ),
        (
            "kind: World",
            "kind: is written twice (first in line 3): write it once",
        ),
    ];
    for (line, expected) in cases {
        let yaml = format!("{SMALL}{line}\n");
        let error = World::read("world.yaml", &yaml)
            .expect_err(line)
            .to_string();
        assert!(error.starts_with("world.yaml:10: "), "{error}");
        assert!(error.contains(expected), "{line}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn all_mistakes_of_the_file_are_named_at_once() {
    let yaml = SMALL.replace("initialNodes: 2", "initialNodes: -3, boots: 1")
        + "horizon: 4\nsed: 7\nload: {duration: 4h, patterns: [{name: a, serviceMean: 1s, shape: {ramps: {}}}]}\n";
    let error = World::read("world.yaml", &yaml).expect_err("five mistakes");
    let error = error.problems(&[]);
    let said: Vec<String> = error.0.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "world.yaml:7: clusters[0].groups[0].initialNodes: is the number -3: write a whole number from 0 to 4294967295",
            "world.yaml:7: clusters[0].groups[0].boots: is not known: did you mean `boot`?",
            "world.yaml:10: horizon: `4` has no unit: write 4s, 4ms or 4m",
            "world.yaml:11: sed: is not known: did you mean `seed`?",
            "world.yaml:12: load.patterns[0].shape: `ramps` is not known: write one of diurnal, flashSale, ramp",
        ]
    );
}

#[test]
fn a_mistake_of_shape_hides_no_mistake_of_value_and_causes_none() {
    let yaml = "apiVersion: sim.spillway.dev/v1alpha1
kind: World
start: 2026-13-02
tick: 0s
interval: soon
metrics: {interval: 2m, rateWindow: 90}
clusters:
- {name: dc1, groups: [{name: r, boot: {p50: 5m, p95: 1m}}, {name: s, boot: {p50: 5m, p95: 1}}]}
- {name: dc1}
- {}
workloads:
- {id: x/web, concurrency: 0, signals: [{metric: load, signal: foo}]}
frobnicate: 3
";
    let broken = World::read("world.yaml", yaml).expect_err("many mistakes");
    let said: Vec<String> = broken
        .problems(&[])
        .0
        .iter()
        .map(ToString::to_string)
        .collect();
    let expected = [
        "world.yaml:3: start: `2026-13-02` is no point in time: write a date and time with its zone, like 2026-03-02T00:00:00Z",
        "world.yaml:4: tick: must be above zero, like 15s",
        "world.yaml:5: interval: `soon` is not a span of time",
        "world.yaml:6: metrics.rateWindow: `90` has no unit",
        "world.yaml:8: clusters[0].groups[1].boot.p95: `1` has no unit",
        "world.yaml:8: clusters[0].groups[0].boot.p95: is below p50",
        "world.yaml:9: clusters[1].name: `dc1` is there twice",
        "world.yaml:10: clusters[2].name: is missing",
        "world.yaml:12: workloads[0].signals[0].signal: `foo` is not known",
        "world.yaml:12: workloads[0].concurrency: must be at least 1",
        "world.yaml:13: frobnicate: is not known",
    ];
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.starts_with(expected), "{said} is not {expected}");
    }
}

#[test]
fn an_instant_that_no_calendar_reaches_and_a_tick_without_a_decision_are_refused() {
    for (old, new, says) in [
        (
            "2026-03-02T00",
            "9999-12-30T00",
            "4: start: `9999-12-30T00:00:00Z` is out of range: write a year from 1970 to 2199",
        ),
        (
            "kind: World",
            "kind: World\nhorizon: 3000000d",
            "4: horizon: `3000000d` is too long: write at most 213503d",
        ),
        (
            "kind: World",
            "kind: World\nhorizon: 4h\ntick: 1000d",
            "5: tick: 86400000s is above horizon 14400s, so nothing would be decided; 15s is usual",
        ),
        (
            "kind: World",
            "kind: World\ntick: 2h",
            "4: tick: 7200s is too long to follow any load; write at most 3600s, 15s is usual",
        ),
    ] {
        let problems = match World::read("world.yaml", &SMALL.replacen(old, new, 1)) {
            Ok(world) => world.check(&[]).expect_err(says),
            Err(broken) => broken.problems(&[]),
        };
        assert_eq!(problems.to_string().replace("world.yaml:", ""), says);
    }
}

#[test]
fn what_is_no_yaml_or_nothing_is_named_once() {
    for (yaml, says) in [
        ("", "world.yaml:1: is empty: write a World"),
        ("kind: [\n", "world.yaml:1: is no valid YAML: "),
    ] {
        let error = World::read("world.yaml", yaml).expect_err(says).to_string();
        assert!(error.starts_with(says), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

proptest! {
    #[test]
    fn no_damage_to_a_right_file_makes_the_reader_panic_and_each_problem_names_the_file(
        at in 0_usize..400, with in "[-:{}\\[\\]\"',a0 \n.]{0,4}", cut in 0_usize..20,
    ) {
        let mut text: Vec<char> = SMALL.chars().collect();
        let at = at.min(text.len());
        let end = (at + cut).min(text.len());
        text.splice(at..end, with.chars());
        let text: String = text.into_iter().collect();
        let problems = match World::read("world.yaml", &text) {
            Ok(world) => world.check(&[]).err(),
            Err(broken) => Some(broken.problems(&[])),
        };
        for problem in problems.into_iter().flat_map(|error| error.0) {
            prop_assert!(problem.to_string().starts_with("world.yaml"), "{problem}");
        }
    }
}

#[test]
fn faults_of_a_world_that_is_taken_up_later_keep_their_instants() {
    let yaml = format!(
        "{SMALL}faults:
- {{kind: partition, cluster: eks, at: 3h}}
- {{kind: partition, cluster: eks, at: 30m, for: 1h}}
- {{kind: partition, cluster: eks, at: 10m, for: 20m}}
- {{kind: rollOut, workload: shop/web, at: 30m}}
- {{kind: priceStep, cluster: eks, group: m, factor: 2, at: 30m}}
- {{kind: slowBoot, cluster: eks, factor: 2, perHour: 1, for: 5m}}
"
    );
    let world = World::read("world.yaml", &yaml).expect("a sound world");
    let snapshot = spillway_solver::snapshot::Snapshot {
        now_ms: spillway_solver::units::UnixMs(world.start.as_millisecond() + 3_600_000),
        ..Default::default()
    };
    let later = world.as_seen(&snapshot, &Policy::default());
    let faults = later.expect("a time of the calendar").faults;
    let seconds = |span: Option<Span>| span.map(|span| span.0.0 / 1_000_000_000);
    let found: Vec<_> = faults
        .iter()
        .map(|fault| (fault.kind, seconds(fault.at), seconds(fault.lasts)))
        .collect();
    assert_eq!(
        found,
        [
            (FaultKind::Partition, Some(7_200), None),
            (FaultKind::Partition, Some(0), Some(1_800)),
            (FaultKind::SlowBoot, None, Some(300)),
        ],
        "the third and the roll-out are over, and the price is seen in the snapshot"
    );
}

#[test]
fn ways_of_service_that_make_no_sense_are_refused_all_at_once() {
    let yaml = format!(
        "{SMALL}workloads:
- {{id: a/a, routing: {{dns: {{ttl: 0s, resolvers: 0, stalePercent: 101}}}}}}
- {{id: a/b, routing: {{dns: {{staleFor: 2h}}}}}}
- {{id: a/c, routing: {{dns: {{stalePercent: 5, staleFor: 30s}}}}}}
- {{id: a/d, routing: dns}}
- {{id: a/f, classes: [gold, '', gold]}}
- {{id: a/g, batch: 0}}
- {{id: a/h, batch: 2000, concurrency: 1000}}
- {{id: a/e, classes: [gold, silver], routing: {{dns: {{ttl: 1m, stalePercent: 5, staleFor: 1h}}}}}}
"
    );
    let problems = match World::read("w", &yaml) {
        Ok(world) => world.check(&[]).expect_err("many mistakes"),
        Err(broken) => broken.problems(&[]),
    };
    let said: Vec<String> = problems.0.iter().map(ToString::to_string).collect();
    let expected = [
        "workloads[0].routing.dns.ttl: must be above zero, like 60s",
        "workloads[0].routing.dns.resolvers: is 0: write 1 to 1000000",
        "workloads[0].routing.dns.stalePercent: is 101: write 0 to 100",
        "workloads[0].routing.dns.staleFor: is missing: write how long",
        "workloads[1].routing.dns.stalePercent: is 0, so staleFor has no effect",
        "workloads[2].routing.dns.staleFor: 30s is not above ttl 60s; make it longer",
        "workloads[3].routing: ",
        "workloads[4].classes[1]: is empty; requests without a class come last",
        "workloads[4].classes[2]: `gold` is there twice; write it once",
        "workloads[5].batch: is 0: write 1 to 1000000",
        "workloads[6].batch: 2000 times concurrency 1000 is above 1000000; lower one of them",
    ];
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.contains(expected), "{said} is not {expected}");
    }
}

#[test]
fn what_needs_single_requests_is_refused_by_rates() {
    let yaml = format!(
        "{SMALL}mode: rates
workloads:
- {{id: a/a, routing: {{dns: {{}}}}, egress: requests, classes: [gold], assignment: random, batch: 8}}
- {{id: a/b}}
"
    );
    let world = World::read("w", &yaml).expect("well written");
    let problems = world.check(&[]).expect_err("not by rates").0;
    let said: Vec<&str> = problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert_eq!(
        said,
        [
            "workloads[0].egress",
            "workloads[0].batch",
            "workloads[0].assignment",
            "workloads[0].classes",
            "workloads[0].routing"
        ]
    );
    let requests = World {
        mode: Mode::Requests,
        ..world
    };
    assert_eq!(requests.check(&[]), Ok(()));
}

#[test]
fn the_bare_name_of_a_choice_that_has_fields_is_told_them() {
    for (field, says) in [
        (
            "clusters: [{name: dc, groups: [], nodeAutoscaler: karpenter}]",
            "clusters[0].nodeAutoscaler: is the text `karpenter`: write `karpenter: {...}`; its fields are batch, consolidateAfter",
        ),
        (
            "workloads: [{id: a/b, routing: dns}]",
            "workloads[0].routing: is the text `dns`: write `dns: {...}`; its fields are ttl, resolvers, stalePercent, staleFor, withoutReplicas",
        ),
        (
            "load: {duration: 1h, patterns: [{name: a, serviceMean: 1s, shape: ramp}]}",
            "load.patterns[0].shape: is the text `ramp`: write `ramp: {...}`; its fields are fromPerSecond, toPerSecond, start, length",
        ),
    ] {
        let clusters = if field.starts_with("clusters") {
            ""
        } else {
            "clusters: []\n"
        };
        let yaml = format!(
            "apiVersion: sim.spillway.dev/v1alpha1\nkind: World\nstart: 2026-03-02T00:00:00Z\n{clusters}{field}\n"
        );
        let broken = World::read("w.yaml", &yaml).expect_err("a bare name");
        let broken = broken.to_string();
        assert!(broken.contains(says), "{broken}");
    }
}
