//! Files that are generated from the types and checked in. `UPDATE=1` rewrites them.

use std::path::PathBuf;

use schemars::schema_for;
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
