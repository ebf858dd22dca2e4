//! Files that are generated from the types and checked in. `UPDATE=1` rewrites them.

use std::path::PathBuf;

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
