//! `completions`: for shells.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, CommandError, Console, Outcome};

const EXAMPLES: &str = "\
Examples:
  spillway-sim completions bash > ~/.local/share/bash-completion/completions/spillway-sim
  spillway-sim completions fish > ~/.config/fish/completions/spillway-sim.fish";

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// For which shell
    shell: Shell,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "spillway-sim", &mut script);
    console.out.write_all(&script)?;
    Ok(Outcome::Done)
}
