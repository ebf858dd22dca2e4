//! The guard of the solver's purity is itself tried: code that reads the clock, the
//! environment or a file, or that iterates in random order, must not pass it.

use std::path::Path;
use std::process::Command;

/// Runs clippy with the solver's `clippy.toml` over one source file; returns what it said.
fn clippy(source: &str) -> (bool, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("impure");
    std::fs::create_dir_all(dir.join("src")).expect("the temporary folder can be written");
    let write = |name: &str, text: &str| {
        std::fs::write(dir.join(name), text).expect("the temporary folder can be written");
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"impure\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    write("src/lib.rs", source);
    let settings = std::fs::read_to_string(root.join("solver/clippy.toml"))
        .expect("the solver has a clippy.toml of its own");
    // Paths of crates that this small package does not have would only be warned of.
    let settings: Vec<&str> = settings
        .lines()
        .filter(|l| !l.contains("\"jiff::"))
        .collect();
    write("clippy.toml", &settings.join("\n"));
    let out = Command::new(env!("CARGO"))
        .args(["clippy", "--offline", "--quiet", "--", "-D", "warnings"])
        .current_dir(&dir)
        .env("CARGO_TARGET_DIR", dir.join("target"))
        .env_remove("CLIPPY_CONF_DIR")
        .output()
        .expect("cargo runs, for it runs this test");
    (
        out.status.success(),
        String::from_utf8_lossy(&out.stderr).into_owned(),
    )
}

#[test]
fn the_guard_passes_pure_code_and_stops_clocks_files_environment_random_order_and_output() {
    let (passed, said) = clippy("pub fn double(x: u32) -> u32 { x * 2 }\n");
    assert!(passed, "pure code passes: {said}");
    let impure = [
        (
            "disallowed_methods",
            "pub fn now() -> std::time::Duration { std::time::Instant::now().elapsed() }",
        ),
        (
            "disallowed_methods",
            "pub fn home() -> Option<String> { std::env::var(\"HOME\").ok() }",
        ),
        (
            "disallowed_methods",
            "pub fn read() -> String { std::fs::read_to_string(\"x\").unwrap_or_default() }",
        ),
        (
            "disallowed_types",
            "pub type Table = std::collections::HashMap<u8, u8>;",
        ),
        ("disallowed_macros", "pub fn say() { println!(\"x\"); }"),
    ];
    for (lint, source) in impure {
        let (passed, said) = clippy(&format!("{source}\n"));
        assert!(
            !passed && said.contains(lint),
            "{source} must be stopped by {lint}: {said}"
        );
    }
}

#[test]
fn every_crate_takes_the_workspace_lints_which_forbid_unsafe_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |name: &str| {
        std::fs::read_to_string(root.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    };
    let workspace = read("Cargo.toml");
    assert!(workspace.contains("unsafe_code = \"forbid\""));
    let members = workspace
        .lines()
        .find_map(|l| l.strip_prefix("members = ["))
        .expect("the workspace lists its members on one line");
    for member in members
        .trim_end_matches(']')
        .split(',')
        .map(|m| m.trim().trim_matches('"'))
    {
        let manifest = read(&format!("{member}/Cargo.toml"));
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{member} takes the lints"
        );
    }
}
