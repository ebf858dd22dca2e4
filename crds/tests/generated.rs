//! Files that are generated from the types and checked in. `UPDATE=1` rewrites them.

use std::path::PathBuf;

use schemars::schema_for;
use serde_json::Value;
use spillway_solver::decision::Decision;
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

fn check(path: &str, expected: &str) {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        let folder = path.parent().expect("a file lies in a folder");
        std::fs::create_dir_all(folder).expect("the folder can be made");
        std::fs::write(&path, expected).expect("the file can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is out of date: run `UPDATE=1 cargo test -p spillway-crds --test generated`",
        path.display()
    );
}

#[test]
fn the_definitions_are_up_to_date() {
    for crd in spillway_crds::definitions() {
        let yaml = serde_saphyr::to_string(&crd).expect("a definition is YAML");
        check(
            &format!("crds/generated/{}.yaml", crd.spec.names.plural),
            &yaml,
        );
    }
}

#[test]
fn the_field_reference_is_up_to_date() {
    check("docs/reference/api.md", &spillway_crds::reference());
}

#[test]
fn the_schemas_of_the_seam_are_up_to_date() {
    let schemas = [
        ("snapshot", schema_for!(Snapshot)),
        ("policy", schema_for!(Policy)),
        ("memory", schema_for!(Memory)),
        ("decision", schema_for!(Decision)),
    ];
    for (name, schema) in schemas {
        let json = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
        check(
            &format!("docs/reference/{name}.schema.json"),
            &format!("{json}\n"),
        );
    }
}

#[test]
fn every_schema_is_structural_and_its_lists_are_bounded() {
    for kind in ["Cluster", "BurstPolicy", "HybridAutoscaler"] {
        let schema = spillway_crds::schema_of(kind).expect("the kind is ours");
        structural(schema, kind);
        bounded(&schema["properties"]["spec"], &format!("{kind}.spec"));
    }
}

/// The rules of structural schemas that a derive can break: a type on every level, no
/// reference, no union, nothing that only Rust means.
fn structural(schema: &Value, path: &str) {
    let quantity = schema["x-kubernetes-int-or-string"] == Value::Bool(true);
    assert!(quantity || schema["type"].is_string(), "{path} has no type");
    for word in [
        "$ref",
        "anyOf",
        "oneOf",
        "allOf",
        "not",
        "nullable",
        "definitions",
    ] {
        assert!(schema.get(word).is_none(), "{path} has {word}");
    }
    let format = schema["format"].as_str().unwrap_or_default();
    assert!(!format.starts_with("uint"), "{path} has format {format}");
    for (name, child) in children(schema) {
        structural(child, &format!("{path}.{name}"));
    }
}

/// What the API server estimates the cost of CEL rules by.
fn bounded(schema: &Value, path: &str) {
    if schema["type"] == "array" {
        assert!(schema["maxItems"].is_u64(), "{path} has no maxItems");
    }
    for (name, child) in children(schema) {
        bounded(child, &format!("{path}.{name}"));
    }
}

fn children(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let fields = schema["properties"].as_object().into_iter().flatten();
    let items = ["items", "additionalProperties"];
    fields.map(|(name, child)| (name.as_str(), child)).chain(
        items
            .into_iter()
            .filter_map(|word| Some((word, schema.get(word)?))),
    )
}
