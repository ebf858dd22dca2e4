//! The simulator on the command line.

use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::process::ExitCode;

use spillway_sim::cli::{self, Console};
use spillway_sim::hosts::Core;

fn main() -> ExitCode {
    let mut out = BufWriter::new(io::stdout());
    let mut console = Console {
        out: &mut out,
        err: &mut io::stderr(),
        interactive: io::stderr().is_terminal(),
    };
    let outcome = cli::run(std::env::args_os(), &mut console, &Core);
    match out.flush() {
        Ok(()) => ExitCode::from(outcome.exit_code()),
        // Whoever reads our output has closed it: `spillway-sim ... | head`.
        Err(_) => ExitCode::FAILURE,
    }
}
