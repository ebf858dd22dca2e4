//! Who may know whom: the edges between our crates, and what must never be in their trees.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Package names of the normal and build dependencies of every package.
struct Graph {
    edges: BTreeMap<String, BTreeSet<String>>,
    names: BTreeMap<String, String>,
}

impl Graph {
    fn read() -> Self {
        let said = cargo(&[
            "metadata",
            "--format-version=1",
            "--locked",
            "--offline",
            "--all-features",
        ]);
        let data: Value = serde_json::from_str(&said).expect("cargo metadata is JSON");
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
        let names = list(&data["packages"])
            .iter()
            .map(|p| (text(&p["id"]), text(&p["name"])))
            .collect();
        let edges = list(&data["resolve"]["nodes"])
            .iter()
            .map(|node| {
                let deps = list(&node["deps"])
                    .iter()
                    .filter(|d| list(&d["dep_kinds"]).iter().any(|k| k["kind"] != "dev"))
                    .map(|d| text(&d["pkg"]))
                    .collect();
                (text(&node["id"]), deps)
            })
            .collect();
        Self { edges, names }
    }
}

/// Package names of a package's tree. Cargo is asked for this package alone: the resolution of the workspace would lend
/// it the features that others want of its dependencies, and what these bring.
fn tree(package: &str) -> BTreeSet<String> {
    let said = cargo(&[
        "tree",
        "--package",
        package,
        "--edges=normal,build",
        "--target=all",
        "--prefix=none",
        "--format={p}",
        "--locked",
        "--offline",
        "--all-features",
    ]);
    let names = said.lines().filter_map(|line| line.split(' ').next());
    let names: BTreeSet<String> = names.map(str::to_owned).collect();
    assert!(names.contains(package), "{said}");
    names
}

fn cargo(arguments: &[&str]) -> String {
    let out = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs, for it runs this test");
    let [said, complaints] =
        [out.stdout, out.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(out.status.success(), "{complaints}");
    said
}

fn assert_absent(package: &str, forbidden: &[&str]) {
    let tree = tree(package);
    let found: Vec<&&str> = forbidden.iter().filter(|f| tree.contains(**f)).collect();
    assert!(found.is_empty(), "{package} must not depend on {found:?}");
}

#[test]
fn the_solver_knows_no_runtime_no_cluster_no_network_no_tracing_and_no_dice() {
    assert_absent(
        "spillway-solver",
        &[
            "tokio",
            "kube",
            "kube-core",
            "k8s-openapi",
            "reqwest",
            "hyper",
            "tracing",
            "rand",
            "getrandom",
            "chrono",
            "time",
            "spillway-crds",
            "spillway-sim",
            "spillway-tests",
        ],
    );
}

#[test]
fn the_api_kinds_know_the_solver_and_no_client() {
    assert_absent(
        "spillway-crds",
        &[
            "tokio",
            "kube-client",
            "kube-runtime",
            "reqwest",
            "hyper",
            "spillway-sim",
            "spillway-tests",
        ],
    );
}

#[test]
fn the_simulator_knows_no_client_and_no_controller() {
    assert_absent(
        "spillway-sim",
        &[
            "tokio",
            "kube-client",
            "kube-runtime",
            "hyper",
            "spillway-controller",
            "spillway-testbed",
            "spillway-tests",
        ],
    );
}

#[test]
fn the_controller_knows_no_simulator_and_no_test_bed() {
    assert_absent(
        "spillway-controller",
        &["spillway-sim", "spillway-testbed", "spillway-tests"],
    );
}

#[test]
fn recorded_decisions_know_the_api_kinds_and_no_host() {
    assert_absent(
        "spillway-records",
        &[
            "tokio",
            "kube-client",
            "kube-runtime",
            "hyper",
            "spillway-controller",
            "spillway-sim",
            "spillway-tests",
        ],
    );
}

#[test]
fn the_test_bed_knows_none_of_our_crates_and_only_tests_know_it() {
    let graph = Graph::read();
    let of_ours = |name: &str| name.starts_with("spillway-") && name != "spillway-testbed";
    let tree = tree("spillway-testbed");
    let found: Vec<&String> = tree.iter().filter(|name| of_ours(name)).collect();
    assert!(
        found.is_empty(),
        "spillway-testbed must not depend on {found:?}"
    );
    for (id, deps) in &graph.edges {
        let knows = deps.iter().any(|d| graph.names[d] == "spillway-testbed");
        let name = graph.names[id].as_str();
        assert!(
            !knows || name == "spillway-tests",
            "{name} needs the test bed without its tests"
        );
    }
}

#[test]
fn only_the_solver_names_the_lp_crate() {
    let graph = Graph::read();
    let users: Vec<&str> = graph
        .edges
        .iter()
        .filter(|(_, deps)| deps.iter().any(|d| graph.names[d] == "good_lp"))
        .map(|(id, _)| graph.names[id].as_str())
        .collect();
    assert_eq!(users, ["spillway-solver"]);
}
