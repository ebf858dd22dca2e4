//! `completions`: for shells.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::print::Printer;
use super::{Cli, Outcome};

/// Prints a completion script for a shell
///
/// It completes the words of `kubectl-spillway`, with the dash; kubectl's own completion asks plugins in another way.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// For which shell
    shell: Shell,
}

pub(super) fn run(args: &Args, printer: &mut Printer<'_>) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    let mut command = Cli::command().bin_name("kubectl-spillway");
    clap_complete::generate(args.shell, &mut command, "kubectl-spillway", &mut script);
    printer.raw(&script)?;
    Ok(Outcome::Done)
}
