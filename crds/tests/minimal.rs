//! The smallest useful configuration: three kinds, at most ten lines an object.

use spillway_crds::{Objects, convert, read_yaml, warnings};

const FILES: [(&str, &str); 4] = [
    (
        "cluster-private.yaml",
        include_str!("../../examples/minimal/cluster-private.yaml"),
    ),
    (
        "cluster-public.yaml",
        include_str!("../../examples/minimal/cluster-public.yaml"),
    ),
    (
        "policy.yaml",
        include_str!("../../examples/minimal/policy.yaml"),
    ),
    (
        "autoscaler.yaml",
        include_str!("../../examples/minimal/autoscaler.yaml"),
    ),
];

fn objects() -> Objects {
    let mut objects = Objects::default();
    for (name, text) in FILES {
        objects.extend(read_yaml(name, text).expect("the example is right"));
    }
    objects
}

#[test]
fn each_object_has_at_most_ten_lines() {
    for (name, text) in FILES {
        assert!(text.lines().count() <= 10, "{name}");
    }
}

#[test]
fn the_minimal_example_becomes_this_policy() {
    let policy = convert(&objects()).expect("the example is right");
    let json = serde_json::to_string_pretty(&policy).expect("a policy is JSON") + "\n";
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/minimal.policy.json"
    );
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(path, &json).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert!(json == golden, "{path} differs from\n{json}");
}

#[test]
fn what_the_conversion_gives_makes_sense_to_the_core() {
    let policy = convert(&objects()).expect("the example is right");
    assert_eq!(spillway_solver::validate::policy(&policy), []);
}

#[test]
fn nothing_about_the_minimal_example_is_doubtful() {
    assert_eq!(warnings(&objects()), []);
}

#[test]
fn what_is_written_as_yaml_is_read_as_the_same_objects() {
    let objects = objects();
    let mut text = String::new();
    for object in &objects.clusters {
        text += &document(&object.object);
    }
    for object in &objects.burst_policies {
        text += &document(&object.object);
    }
    for object in &objects.autoscalers {
        text += &document(&object.object);
    }
    let again = read_yaml("again.yaml", &text).expect("what was written can be read");
    assert_eq!(
        convert(&again).expect("right again"),
        convert(&objects).expect("right")
    );
    for (before, after) in objects.autoscalers.iter().zip(&again.autoscalers) {
        assert_eq!(before.object, after.object);
    }
}

fn document<K: serde::Serialize>(object: &K) -> String {
    let yaml = serde_saphyr::to_string(object).expect("an object is YAML");
    format!("---\n{yaml}\n")
}
