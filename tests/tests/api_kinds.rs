//! The definitions of our kinds on a real API server: it takes them, and their rules refuse what they should, with the
//! place and the words of the rule.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use spillway_testbed::{ControlPlane, Error, TestFolder};

/// A change of one of the minimal example's objects that breaks one rule.
#[derive(Deserialize)]
struct Mistake {
    /// As `KIND/NAME`.
    object: String,
    /// What is merged into its `spec`.
    spec: Value,
    /// Where the server sees the mistake.
    path: String,
    /// The words of the rule.
    words: String,
}

const MISTAKES: &str = include_str!("fixtures/mistakes.json");

/// Every rule of a schema, as the kind, the path and the words.
fn rules(kind: &str, schema: &Value, path: &str, into: &mut BTreeSet<(String, String, String)>) {
    for rule in schema["x-kubernetes-validations"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let words = rule["message"]
            .as_str()
            .expect("each rule has words")
            .trim();
        into.insert((kind.to_owned(), path.to_owned(), words.to_owned()));
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let dot = if path.is_empty() { "" } else { "." };
        rules(kind, inner, &format!("{path}{dot}{name}"), into);
    }
    if schema["items"].is_object() {
        rules(kind, &schema["items"], &format!("{path}[0]"), into);
    }
}

/// Every rule that the server knows of our kinds.
fn rules_on(plane: &ControlPlane) -> BTreeSet<(String, String, String)> {
    let definitions = sound(plane.kubectl(&["get", "crd", "-o", "json"]));
    let definitions: Value = serde_json::from_str(&definitions).expect("kubectl writes JSON");
    let mut open = BTreeSet::new();
    for definition in definitions["items"].as_array().expect("a list") {
        let spec = &definition["spec"];
        let kind = spec["names"]["singular"]
            .as_str()
            .expect("a kind has a name");
        rules(
            kind,
            &spec["versions"][0]["schema"]["openAPIV3Schema"],
            "",
            &mut open,
        );
    }
    open
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A control plane that has our kinds and the namespaces of the examples.
fn plane_with_our_kinds(test: &TestFolder) -> ControlPlane {
    let plane = sound(ControlPlane::start(test, "plane", &[]));
    sound(plane.apply_file(&repository("crds/generated")));
    let established = "--for=condition=Established";
    sound(plane.kubectl(&["wait", established, "crd", "--all", "--timeout=60s"]));
    for namespace in ["city", "faas", "llm", "media", "shop"] {
        sound(plane.kubectl(&["create", "namespace", namespace]));
    }
    plane
}

fn folder(test: &str) -> TestFolder {
    sound(TestFolder::new(env!("CARGO_TARGET_TMPDIR"), test))
}

fn sound<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_real_api_server_takes_our_kinds_and_all_examples_and_each_rule_refuses_its_mistake() {
    let test = folder("api-kinds");
    let plane = plane_with_our_kinds(&test);
    for example in examples() {
        let file = example.display().to_string();
        let dry = ["apply", "--server-side", "--dry-run=server", "-f", &file];
        let applied = plane.kubectl(&dry);
        applied.unwrap_or_else(|error| panic!("{file}: {error}"));
    }

    takes_what_is_imported(&test, &plane);
    sound(plane.apply_file(&repository("examples/minimal")));
    let mut open = rules_on(&plane);
    assert!(open.len() > 20, "{open:?}");
    let mut wrong = Vec::new();
    let mistakes: Vec<Mistake> = serde_json::from_str(MISTAKES).expect("a file of ours");
    for Mistake {
        object,
        spec,
        path,
        words,
    } in mistakes
    {
        let patch = json!({"spec": spec}).to_string();
        let patch = [
            "patch",
            &object,
            "-n=shop",
            "--type=merge",
            "--dry-run=server",
            "-p",
            &patch,
        ];
        let said = plane.kubectl(&patch).err().map(|error| error.to_string());
        let said = said.unwrap_or_default();
        // A mistake elsewhere in the object would have its own line.
        if !said.contains(&format!("{path}: Invalid value")) || !said.contains(&words) {
            wrong.push(format!(
                "{object} {spec}: {path}: {words}\n  but the server said: {said}"
            ));
        }
        let kind = object.split('/').next().unwrap_or(&object);
        open.remove(&(kind.to_owned(), path, words));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(open.is_empty(), "rules that nothing here breaks: {open:#?}");
}

/// What `kubectl spillway import` writes of autoscalers of others.
fn takes_what_is_imported(test: &TestFolder, plane: &ControlPlane) {
    let folder = sound(test.folder("imported"));
    for (source, whole) in [("hpa.yaml", 2), ("scaledobject.yaml", 1)] {
        let from = repository("controller/src/plugin/fixtures/import").join(source);
        let theirs = fs::read_to_string(from).expect("a file of ours");
        let imported = spillway_controller::plugin::imported(&theirs).expect("objects");
        let file = folder.join(source);
        fs::write(&file, &imported).expect("a folder of ours");
        let file = file.display().to_string();
        let dry = ["apply", "--server-side", "--dry-run=server", "-f", &file];
        let applied = plane.kubectl(&dry);
        let applied = applied.unwrap_or_else(|error| panic!("{error}:\n{imported}"));
        assert_eq!(applied.lines().count(), whole, "{applied}");
    }
}

/// The examples' files of our kinds.
fn examples() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![repository("examples")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("the examples are there") {
            let path = entry.expect("the examples are there").path();
            if path.is_dir() {
                open.push(path);
            } else if fs::read_to_string(&path).is_ok_and(|text| {
                text.contains("apiVersion: spillway.dev/") && !text.contains("apiVersion: sim.")
            }) {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 5, "{found:?}");
    found
}

#[test]
fn who_scales_an_autoscaler_sets_its_total_unless_metrics_do() {
    let test = folder("api-scale");
    let plane = plane_with_our_kinds(&test);
    sound(plane.apply_file(&repository("examples/minimal")));
    let scale = ["scale", "-n=shop", "hybridautoscaler/web", "--replicas=7"];
    let said = plane.kubectl(&scale).expect_err("metrics say the total");
    let said = said.to_string();
    assert!(said.contains("set exactly one of metrics"), "{said}");
    let by_hand = r#"{"spec": {"metrics": null, "replicas": 3}}"#;
    let by_hand = [
        "patch",
        "-n=shop",
        "hybridautoscaler/web",
        "--type=merge",
        "-p",
        by_hand,
    ];
    sound(plane.kubectl(&by_hand));
    sound(plane.kubectl(&scale));
    let total = "-o=jsonpath={.spec.replicas}";
    let total = sound(plane.kubectl(&["get", "-n=shop", "hybridautoscaler/web", total]));
    assert_eq!(total, "7");
}
