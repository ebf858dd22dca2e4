//! Reading YAML: what is refused, where, and in which words.

use proptest::prelude::*;
use spillway_crds::{Objects, read_policy, read_yaml};

fn refused(text: &str) -> Vec<String> {
    match read_yaml("f.yaml", text) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

/// A cluster with one more line in its `spec`.
fn cluster_with(line: &str) -> String {
    format!(
        "apiVersion: spillway.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: home}}\nspec:\n  tier: Private\n  {line}\n  nodeGroups: [{{name: a, allocatable: {{cpu: 8, memory: 32Gi}}, maxNodes: 1}}]\n"
    )
}

#[test]
fn a_whole_number_needs_no_quotes_as_a_quantity() {
    assert_eq!(refused(&cluster_with("headroomPercent: 10")), [""; 0]);
}

#[test]
fn each_mistake_of_shape_is_named_with_its_line() {
    for (line, expected) in [
        (
            "cordonned: true",
            "spec.cordonned: is not known: did you mean `cordoned`?",
        ),
        (
            "lost_after: 30s",
            "spec.lost_after: is not known: did you mean `lostAfter`?",
        ),
        (
            "cordoned: maybe",
            "spec.cordoned: is the text `maybe`: write true or false",
        ),
        ("cordoned:", "spec.cordoned: is empty: write true or false"),
        (
            "lostAfter: 30",
            "spec.lostAfter: `30` has no unit: write \"30s\" for seconds or \"30m\" for minutes",
        ),
        (
            "egressPricePerGib: 0.09",
            "spec.egressPricePerGib: is the number 0.09: write it in quotes, \"0.09\"",
        ),
        (
            "egressPricePerGib: 1",
            "spec.egressPricePerGib: is the number 1: write it in quotes, \"1\"",
        ),
        (
            "headroomPercent: 91",
            "spec.headroomPercent: is 91: write a whole number from 0 to 90",
        ),
        (
            "headroomPercent: -1",
            "spec.headroomPercent: is -1: write a whole number from 0 to 90",
        ),
        (
            "headroomPercent: ten",
            "spec.headroomPercent: is the text `ten`: write a whole number",
        ),
        (
            "scheduling: Random",
            "spec.scheduling: `Random` is not known: write one of LeastAllocated, MostAllocated",
        ),
        (
            "capabilities: ssd",
            "spec.capabilities: is the text `ssd`: write a list",
        ),
        (
            "capabilities: [true]",
            "spec.capabilities[0]: is the boolean true: write it in quotes, \"true\"",
        ),
        (
            "roundTrips: [db]",
            "spec.roundTrips: is a list: write an object",
        ),
        (
            "connection: {eks: {name: \"\", region: eu-west-1}}",
            "spec.connection.eks.name: is empty: write a text, or leave the field out",
        ),
        (
            "connection: {inCluster: {a: 1}}",
            "spec.connection.inCluster.a: is not known: nothing is expected here",
        ),
        (
            "connection: {eks: {name: a}}",
            "spec.connection.eks.region: is missing (Its region, such as `eu-west-1`)",
        ),
    ] {
        assert_eq!(
            refused(&cluster_with(line)),
            [format!("f.yaml:6: Cluster/home {expected}")],
            "{line}"
        );
    }
}

#[test]
fn each_mistake_of_the_envelope_is_named() {
    let spec = "spec: {tier: Private, nodeGroups: []}";
    for (text, expected) in [
        (
            "",
            "f.yaml: has no object: write at least one of Cluster, BurstPolicy, HybridAutoscaler",
        ),
        (
            "# only this\n---\n---\n",
            "f.yaml: has no object: write at least one of Cluster, BurstPolicy, HybridAutoscaler",
        ),
        (
            "- a\n",
            "f.yaml:1: is a list: write an object with apiVersion, kind, metadata and spec",
        ),
        (
            "a: 1\n",
            "f.yaml:1: kind: is missing: write one of Cluster, BurstPolicy, HybridAutoscaler",
        ),
        (
            "apiVersion: apps/v1\nkind: Deployment\n",
            "f.yaml:1: Deployment: `Deployment` of `apps/v1` is a foreign kind: only Cluster, BurstPolicy, HybridAutoscaler of spillway.dev/v1alpha1 are read here",
        ),
        (
            "apiVersion: spillway.dev/v1alpha1\nkind: Bluster\n",
            "f.yaml:1: Bluster kind: `Bluster` is not known: write one of Cluster, BurstPolicy, HybridAutoscaler",
        ),
        (
            &format!("apiVersion: spillway.dev/v2\nkind: Cluster\nmetadata: {{name: a}}\n{spec}"),
            "f.yaml:1: Cluster/a apiVersion: `spillway.dev/v2` is not known: write spillway.dev/v1alpha1",
        ),
        (
            &format!("kind: Cluster\nmetadata: {{name: a}}\n{spec}"),
            "f.yaml:1: Cluster/a apiVersion: is missing: write spillway.dev/v1alpha1",
        ),
        (
            &format!("apiVersion: spillway.dev/v1alpha1\nkind: Cluster\n{spec}"),
            "f.yaml:1: Cluster metadata.name: is missing: give the object a name",
        ),
        (
            "apiVersion: spillway.dev/v1alpha1\nkind: BurstPolicy\nmetadata: {name: a}",
            "f.yaml:1: BurstPolicy/a spec: is missing: write what the object shall be",
        ),
        (
            "apiVersion: spillway.dev/v1alpha1\nkind: BurstPolicy\nmetadata: {name: a}\nspec: {}\nspecs: {}",
            "f.yaml:5: BurstPolicy/a specs: is not known: did you mean `spec`?",
        ),
    ] {
        assert_eq!(refused(text), [expected], "{text}");
    }
    let typos = "apiVersion: spillway.dev/v1alpha1\nkind: BurstPolicy\nmetadata:\n  name: a\n  lables: {}\n  generation: x\nspec: {}";
    assert_eq!(
        refused(typos),
        [
            "f.yaml:5: BurstPolicy/a metadata.lables: is not known: did you mean `labels`?",
            "f.yaml:6: BurstPolicy/a metadata.generation: is the text `x`: write a whole number",
        ]
    );
}

#[test]
fn no_yaml_names_the_line_within_the_whole_file() {
    let text = format!("{}---\n\nkind: [\n", cluster_with("cordoned: true"));
    let problems = refused(&text);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("f.yaml:1"), "{problems:?}");
    assert!(problems[0].contains("is no valid YAML"), "{problems:?}");
}

#[test]
fn each_field_that_is_written_twice_is_named() {
    assert_eq!(
        refused(&cluster_with(
            "tier: Public\n  cordoned: true\n  cordoned: false"
        )),
        [
            "f.yaml:6: Cluster/home spec.tier: is written twice (first in line 5): write it once",
            "f.yaml:8: Cluster/home spec.cordoned: is written twice (first in line 7): write it once",
        ]
    );
}

/// What is wrong with several files as one policy.
fn refused_together(sources: &[(&str, &str)]) -> Vec<String> {
    match read_policy(sources.iter().copied()) {
        Ok(_) => Vec::new(),
        Err(broken) => broken.problems.iter().map(ToString::to_string).collect(),
    }
}

const WEB: &str = "apiVersion: spillway.dev/v1alpha1
kind: HybridAutoscaler
metadata: {name: web, namespace: shop}
spec:
  policyRef: {name: default}
  scaleTargetRef: {name: web}
  minReplicas: 9
  maxReplicas: 3
  replicaRequests: {cpu: 500m, memory: 1Gi}
  clusters: [{name: home, pin: 1}, {name: nowhere, pin: 1}]
  metrics:
  - {name: load, target: {averageValue: 4}, prometheus: {query: load}}
";

#[test]
fn a_mistake_of_shape_hides_no_mistake_of_value() {
    let policy = "apiVersion: spillway.dev/v1alpha1\nkind: BurstPolicy\nmetadata: {name: default}\nspec: {bogus: 1, survivePercent: 200}\n";
    let cluster = cluster_with("lostAfter: 0s\n  cordonned: true");
    assert_eq!(
        refused_together(&[("c.yaml", &cluster), ("p.yaml", policy), ("w.yaml", WEB)]),
        [
            "c.yaml:6: Cluster/home spec.lostAfter: `0s` is no time at all: write more than 0s",
            "c.yaml:7: Cluster/home spec.cordonned: is not known: did you mean `cordoned`?",
            "p.yaml:4: BurstPolicy/default spec.bogus: is not known: the fields here are allowFillOverride, caps, fill, maxClusterPercent, maxPublicReplicas, maxReplicas, onUnreachable, placement, recall, schedule, spot, survivePercent, trafficStepPercent",
            "p.yaml:4: BurstPolicy/default spec.survivePercent: is 200: write a whole number from 0 to 100",
            "w.yaml:7: HybridAutoscaler/shop/web spec.minReplicas: 9 is above maxReplicas 3: lower the one or raise the other",
            "w.yaml:10: HybridAutoscaler/shop/web spec.clusters[1].name: `nowhere` does not exist: write one of home",
        ],
        "and none that `home` or `default` does not exist"
    );
}

#[test]
fn what_could_not_be_read_is_the_cause_of_no_further_problem() {
    for (line, expected) in [
        // Neither is `home` without groups, nor the largest count below the least.
        (
            "nodeGroups: 3",
            vec!["spec.nodeGroups: is the number 3: write a list"],
        ),
        (
            "nodeGroups: [{name: a, allocatable: {cpu: \"-1\", memory: 14GB}}, {name: a, maxNodes: 1}]",
            vec![
                "spec.nodeGroups[0].maxNodes: is missing",
                "spec.nodeGroups[1].allocatable: is missing",
                "spec.nodeGroups[0].allocatable.cpu: `-1` is below zero",
                "spec.nodeGroups[0].allocatable.memory: `14GB`",
                "spec.nodeGroups[1].name: `a` is used twice",
            ],
        ),
        (
            "nodeGroups: [{name: a, allocatable: {cpu: 8, memory: 1Gi}, maxNodes: 1, boot: {p50: 5, p95: 1s}}]",
            vec!["spec.nodeGroups[0].boot.p50: `5` has no unit"],
        ),
    ] {
        let text = format!(
            "apiVersion: spillway.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: home}}\nspec:\n  tier: Private\n  {line}\n"
        );
        let problems = refused_together(&[("c.yaml", &text)]);
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for expected in expected {
            let expected = format!("c.yaml:6: Cluster/home {expected}");
            let said = problems.iter().any(|said| said.starts_with(&expected));
            assert!(said, "{expected} in {problems:#?}");
        }
    }
}

#[test]
fn a_misspelt_field_is_one_mistake_and_not_the_lack_of_another() {
    let web = WEB.replace("minReplicas: 9", "minReplicas: 1");
    for (from, to, expected) in [
        (
            "  metrics:",
            "  metric:",
            "spec.metric: is not known: did you mean `metrics`?",
        ),
        (
            "name: load",
            "nam: load",
            "spec.metrics[0].nam: is not known: did you mean `name`?",
        ),
        ("spec:", "sepc:", "sepc: is not known: did you mean `spec`?"),
        (
            "{name: web, n",
            "{nam: web, n",
            "metadata.nam: is not known: did you mean `name`?",
        ),
    ] {
        assert!(web.contains(from), "{from}");
        let problems = refused(&web.replacen(from, to, 1));
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert!(problems[0].ends_with(expected), "{problems:#?}");
        let together = refused_together(&[("w.yaml", &web.replacen(from, to, 1))]);
        let about = |field: &str| together.iter().filter(|said| said.contains(field)).count();
        assert_eq!(
            (about("did you mean"), about("is empty")),
            (1, 0),
            "{together:#?}"
        );
    }
}

#[test]
fn what_may_be_in_an_unreadable_document_is_not_missed() {
    let problems = refused_together(&[("b.yaml", "kind: [\n"), ("w.yaml", WEB)]);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].starts_with("b.yaml:"), "{problems:?}");
    assert!(problems[1].contains("spec.minReplicas"), "{problems:?}");
}

#[test]
fn the_problems_of_all_documents_are_reported_at_once() {
    let text = [
        cluster_with("lostAfter: 30"),
        cluster_with("cordoned: false"),
        "kind: [\n".to_owned(),
        cluster_with("a: 1"),
    ]
    .join("---\n");
    let problems = refused(&text);
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems[0].starts_with("f.yaml:6: Cluster/home spec.lostAfter"));
    assert!(
        problems[2].starts_with("f.yaml:24: Cluster/home spec.a"),
        "{problems:?}"
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_borne() {
    let text = format!("\u{feff}{}", cluster_with("cordoned: true")).replace('\n', "\r\n");
    let objects = read_yaml("f.yaml", &text).expect("nothing is wrong");
    assert_eq!(objects.clusters.len(), 1);
    assert_eq!(objects.clusters[0].origin.line("spec.cordoned"), Some(6));
}

#[test]
fn a_nest_without_end_is_refused() {
    let deep = "[".repeat(10_000);
    assert!(!refused(&deep).is_empty());
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";
    assert!(!refused(bomb).is_empty());
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        let _: Result<Objects, _> = read_yaml("f.yaml", &text);
    }

    #[test]
    fn no_damage_to_a_right_file_makes_the_reader_or_the_conversion_panic(
        at in 0_usize..200, with in "[-:{}\\[\\]\"'#&*!|>%@`,?a0 \n\t.]{0,4}", cut in 0_usize..20,
    ) {
        let mut text: Vec<char> = cluster_with("lostAfter: 30s").chars().collect();
        let at = at.min(text.len());
        let end = (at + cut).min(text.len());
        text.splice(at..end, with.chars());
        let text: String = text.into_iter().collect();
        if let Ok(objects) = read_yaml("f.yaml", &text) {
            let _ = spillway_crds::convert(&objects);
        }
    }
}
