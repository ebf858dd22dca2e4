//! `kubectl-spillway`, which kubectl runs as `kubectl spillway`.

use std::process::ExitCode;

fn main() -> ExitCode {
    spillway_controller::plugin::main()
}
