//! The plugin as people run it, on a tick in a folder.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn plugin(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-spillway"));
    command.args(arguments);
    command
}

/// On the tick of the unit tests.
fn on_tick(arguments: &[&str]) -> Output {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/plugin/fixtures/burst");
    let mut command = plugin(arguments);
    command.arg("--from").arg(folder);
    command.output().expect("it is built")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

#[test]
fn a_pipe_gets_a_page_without_colours_and_programs_get_json() {
    let page = on_tick(&["status"]);
    assert!(page.status.success());
    assert!(text(&page.stdout).contains("shop/orders"));
    assert!(!text(&page.stdout).contains('\u{1b}'));
    let json = on_tick(&["status", "-o", "json"]);
    let view: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(view["workloads"][0]["desired"], 40);
    assert_eq!(
        view["workloads"][0]["mode"],
        Value::Null,
        "it is not known, and said so"
    );
}

#[test]
fn a_name_that_is_not_there_is_an_error_with_those_that_are() {
    for arguments in [["explain", "shop/wbe"], ["whatif", "--lose-cluster=hom"]] {
        let output = on_tick(&arguments);
        assert_eq!(output.status.code(), Some(1));
        let said = text(&output.stderr);
        assert!(
            said.contains("; there are ") && output.stdout.is_empty(),
            "{said}"
        );
    }
}

#[test]
fn a_broken_file_ends_with_one_and_names_the_line_and_a_sound_one_ends_with_zero() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/demo");
    let files = ["clusters.yaml", "policy.yaml", "workloads.yaml"];
    let mut sound = plugin(&["validate"]);
    let sound = sound.args(files.map(|file| examples.join(file))).output();
    assert_eq!(sound.expect("it is built").status.code(), Some(0));

    let mut broken = plugin(&["validate", "-"]);
    broken.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut broken = broken.spawn().expect("it is built");
    let mut input = broken.stdin.take().expect("a pipe");
    let object = b"apiVersion: spillway.dev/v1alpha1\nkind: Cluster\nmetadata: {name: a}\nspec: {tier: Privat}\n";
    input.write_all(object).expect("it reads");
    drop(input);
    let output = broken.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(
        said.contains("standard input:4: Cluster/a spec.tier"),
        "{said}"
    );
}
