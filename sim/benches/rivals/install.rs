//! What is compared with, pinned, in the user's cache: nothing of it is in the checkout.

use std::path::{Path, PathBuf};
use std::process::Command;

const NEXOSIM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/benches/rivals/nexosim/Cargo.toml"
);
const REQUIREMENTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/benches/rivals/simpy/requirements.txt"
);
/// The model in `SimPy`.
pub const SIMPY_MODEL: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/benches/rivals/simpy/queue_model.py"
);

/// The folder of all that is installed or written; `SPILLWAY_CACHE` moves it.
pub fn cache() -> PathBuf {
    let root = std::env::var_os("SPILLWAY_CACHE").map_or_else(
        || {
            let home = std::env::var_os("HOME").expect("set HOME or SPILLWAY_CACHE");
            Path::new(&home).join(".cache/spillway")
        },
        PathBuf::from,
    );
    let cache = root.join("rivals");
    std::fs::create_dir_all(&cache)
        .unwrap_or_else(|error| panic!("{} cannot be made: {error}", cache.display()));
    cache
}

/// Builds the model in `nexosim`; its program.
pub fn nexosim(cache: &Path) -> String {
    let target = cache.join("nexosim");
    succeed(
        Command::new(env!("CARGO"))
            .args([
                "build",
                "--release",
                "--locked",
                "--quiet",
                "--manifest-path",
                NEXOSIM,
            ])
            .arg("--target-dir")
            .arg(&target),
    );
    text(&target.join("release/nexosim-queue"))
}

/// Makes a virtual environment with `SimPy`, unless there is one of the same requirements; its Python.
pub fn simpy(cache: &Path) -> String {
    let environment = cache.join("simpy");
    let python = text(&environment.join("bin/python"));
    let wanted = std::fs::read(REQUIREMENTS).expect("the requirements are in the checkout");
    // Copied last, so that a half-made environment is made again.
    let installed = environment.join("requirements.txt");
    if std::fs::read(&installed).is_ok_and(|found| found == wanted) {
        return python;
    }
    succeed(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&environment),
    );
    succeed(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--requirement",
        REQUIREMENTS,
    ]));
    std::fs::write(&installed, wanted).expect("the environment has just been written to");
    python
}

fn succeed(command: &mut Command) {
    let status = command.status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{command:?} failed"
    );
}

fn text(path: &Path) -> String {
    path.to_str()
        .unwrap_or_else(|| panic!("{} is not UTF-8", path.display()))
        .to_owned()
}
