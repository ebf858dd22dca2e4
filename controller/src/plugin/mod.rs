//! `kubectl spillway`: what was decided last, why, and what would change it.
//!
//! The controller stores all that its last decision was made from ([`crate::store`]), and the core is pure: so the
//! decision is made again here, and the controller is not asked. What is shown is computed into a view first, one
//! struct a command, which `-o json` prints as it is; its page for people is made from the view alone.

mod completions;
mod explain;
mod freeze;
mod home;
mod import;
mod mode;
mod moment;
mod named;
mod print;
mod rollback;
mod snapshot;
mod status;
mod validate;
mod whatif;
mod words;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;

pub use import::imported;
use print::{Form, Printer};

const EXAMPLES: &str = "\
Examples:
  kubectl spillway status
  kubectl spillway explain shop/web
  kubectl spillway whatif --lose-cluster home --price m6i.xlarge=+50%
  kubectl spillway snapshot --out incident/ && kubectl spillway explain shop/web --from incident/
  kubectl spillway validate clusters.yaml policy.yaml workloads.yaml
  kubectl get hpa,scaledobject -n shop -o yaml | kubectl spillway import -";

/// Shows what Spillway decided last and why, asks what would change it, and pauses workloads
#[derive(Debug, clap::Parser)]
#[command(name = "kubectl-spillway", bin_name = "kubectl spillway", version, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Kubeconfig of the home cluster [default: $KUBECONFIG, else ~/.kube/config]
    #[arg(long, global = true, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig [default: its current one]
    #[arg(long, global = true, value_name = "NAME")]
    context: Option<String>,
    /// Namespace of the controller's memory
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        default_value = "spillway-system"
    )]
    namespace_of_controller: String,
    /// Form of the answer
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        value_name = "FORM",
        default_value = "table"
    )]
    output: Form,
    /// Reads the last tick from a folder that `snapshot` has written, and asks no cluster
    #[arg(long, global = true, value_name = "FOLDER")]
    from: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Status(status::Args),
    Explain(explain::Args),
    Whatif(whatif::Args),
    Snapshot(snapshot::Args),
    Validate(validate::Args),
    Import(import::Args),
    Pause(mode::Args),
    Resume(mode::ResumeArgs),
    Rollback(rollback::Args),
    Freeze(freeze::Args),
    Unfreeze(freeze::UnfreezeArgs),
    Completions(completions::Args),
}

/// Whether a command has found what it looked for to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Problems,
}

/// Runs the command line that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let colours = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut out = io::stdout().lock();
    let mut printer = Printer::new(cli.global.output, colours, &mut out);
    match cli.run(&mut printer) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Problems) => ExitCode::FAILURE,
        // Whoever reads has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

impl Cli {
    fn run(&self, printer: &mut Printer<'_>) -> anyhow::Result<Outcome> {
        match &self.command {
            Command::Status(args) => status::run(args, &self.global, printer),
            Command::Explain(args) => explain::run(args, &self.global, printer),
            Command::Whatif(args) => whatif::run(args, &self.global, printer),
            Command::Snapshot(args) => snapshot::run(args, &self.global, printer),
            Command::Validate(args) => validate::run(args, printer),
            Command::Import(args) => import::run(args, &self.global, printer),
            Command::Pause(args) => mode::pause(args, &self.global, printer),
            Command::Resume(args) => mode::resume(args, &self.global, printer),
            Command::Rollback(args) => rollback::run(args, &self.global, printer),
            Command::Freeze(args) => freeze::freeze(args, &self.global, printer),
            Command::Unfreeze(args) => freeze::unfreeze(args, &self.global, printer),
            Command::Completions(args) => completions::run(args, printer),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_of_every_command_may_stand_behind_it() {
        let cli = Cli::try_parse_from([
            "kubectl-spillway",
            "status",
            "--context",
            "dc",
            "-o",
            "json",
        ]);
        let global = cli.expect("a command line").global;
        assert_eq!(
            (global.context.as_deref(), global.output),
            (Some("dc"), Form::Json)
        );
        assert_eq!(global.namespace_of_controller, "spillway-system");
    }
}
