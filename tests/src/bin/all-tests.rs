//! Runs every check and test of the project, in the order that fails fastest.
//!
//! `cargo all-tests` runs all stages; `cargo all-tests STAGE...` only the named ones.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

/// A named command.
struct Stage {
    name: &'static str,
    command: &'static [&'static str],
}

/// Every stage. What a stage needs beyond the Rust toolchain it fetches itself, pinned, into
/// the user's cache.
const STAGES: &[Stage] = &[
    Stage {
        name: "format",
        command: &["cargo", "fmt", "--all", "--check"],
    },
    Stage {
        name: "lint",
        command: &[
            "cargo",
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
    },
    // Features unify in a workspace build and hide a missing one: each crate alone.
    Stage {
        name: "controller-alone",
        command: &["cargo", "check", "--locked", "-p", "spillway-controller"],
    },
    Stage {
        name: "crds-alone",
        command: &["cargo", "check", "--locked", "-p", "spillway-crds"],
    },
    Stage {
        name: "records-alone",
        command: &["cargo", "check", "--locked", "-p", "spillway-records"],
    },
    Stage {
        name: "sim-alone",
        command: &["cargo", "check", "--locked", "-p", "spillway-sim"],
    },
    Stage {
        name: "solver-alone",
        command: &["cargo", "check", "--locked", "-p", "spillway-solver"],
    },
    Stage {
        name: "testbed-alone",
        command: &["cargo", "check", "--locked", "-p", "spillway-testbed"],
    },
    Stage {
        name: "tests-alone",
        command: &["cargo", "check", "--locked", "-p", "spillway-tests"],
    },
    Stage {
        name: "docs",
        command: &["bash", ".ci/docs"],
    },
    Stage {
        name: "supply-chain",
        command: &["bash", ".ci/supply-chain"],
    },
    // Tests build what they need themselves; here it is told apart from a test that hangs.
    Stage {
        name: "servers",
        command: &[
            "cargo",
            "run",
            "--locked",
            "--quiet",
            "-p",
            "spillway-testbed",
            "--bin",
            "servers",
        ],
    },
    Stage {
        name: "test",
        command: &["cargo", "test", "--workspace", "--locked"],
    },
    Stage {
        name: "test-highs",
        command: &["bash", ".ci/test-highs"],
    },
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|w| STAGES.iter().all(|s| s.name != **w)) {
        let names: Vec<&str> = STAGES.iter().map(|s| s.name).collect();
        eprintln!(
            "all-tests: there is no stage {unknown}; stages are {}",
            names.join(", ")
        );
        return ExitCode::from(2);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for stage in STAGES
        .iter()
        .filter(|s| wanted.is_empty() || wanted.iter().any(|w| w == s.name))
    {
        println!("== {}: {}", stage.name, stage.command.join(" "));
        let began = Instant::now();
        let status = Command::new(stage.command[0])
            .args(&stage.command[1..])
            .current_dir(&root)
            .status();
        match status {
            Ok(status) if status.success() => {
                println!(
                    "== {}: passed in {} s",
                    stage.name,
                    began.elapsed().as_secs()
                );
            }
            Ok(status) => {
                eprintln!(
                    "== {}: failed ({status}); again with `cargo all-tests {}`",
                    stage.name, stage.name
                );
                return ExitCode::FAILURE;
            }
            Err(error) => {
                eprintln!(
                    "== {}: {} cannot be started: {error}",
                    stage.name, stage.command[0]
                );
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
