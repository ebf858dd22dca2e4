//! The command line of `spillway-sim`: one file a command.
//!
//! [`run()`] is the whole program but for the process around it, so that tests need none. Commands read files, call the
//! library and write what it answers; they compute nothing.

mod answer;
mod autoscaler;
mod check;
mod compare;
mod completions;
mod console;
mod convert;
mod decide;
mod decision;
mod demo;
mod experiment;
mod inputs;
mod inspect;
mod json;
mod load;
mod moment;
mod progress;
mod reading;
mod replay;
mod run;
mod soak;
mod sweep;
mod sweep_inputs;
mod table;
mod test;
mod timings;
mod trace;
mod what_if;
mod what_if_page;
mod witness;
mod words;

use std::ffi::OsString;

use clap::{Parser, Subcommand, ValueEnum};

pub use answer::Answer;
pub use console::Console;

use crate::hosts::Decide;
use crate::output::OutputError;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All went well.
    Done,
    /// The command did its work and found something: a violation, a difference.
    Findings,
    /// An input or the command line is wrong; nothing was written.
    BadInput,
}

impl Outcome {
    /// The process's exit code: 0, 1 or 2.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::BadInput => 2,
        }
    }
}

/// Why a command came to no end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// All that is wrong with the inputs.
    #[error("{}", .0.join("\n"))]
    Inputs(Vec<String>),
    /// The report cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A run broke an invariant.
    #[error("{0}")]
    Violation(String),
    /// The answer cannot be printed.
    #[error("cannot write to the terminal: {0}")]
    Console(#[from] std::io::Error),
}

/// Hosts the decision core of Spillway in simulated time.
#[derive(Debug, Parser)]
#[command(name = "spillway-sim", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    /// How answers are printed.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "table")]
    output: Format,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  spillway-sim demo
  spillway-sim compare --world world.yaml --policies shop.yaml --trace monday.csv \\
      --autoscaler spillway threshold-burst private-only --out monday/
  spillway-sim replay monday/spillway/decisions.jsonl

Exit codes: 0 all went well; 1 something was found (a violation, a difference); 2 an input is wrong.";

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Run(run::Args),
    Compare(compare::Args),
    Sweep(sweep::Args),
    Test(test::Args),
    Decide(decide::Args),
    Check(check::Args),
    Replay(replay::Args),
    WhatIf(Box<what_if::Args>),
    Soak(soak::Args),
    Trace(trace::Args),
    Completions(completions::Args),
}

/// Runs a command line, program name first, and says how it ended.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    console: &mut Console<'_>,
    core: &dyn Decide,
) -> Outcome {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return console.usage(&error),
    };
    let done = match cli.command {
        Command::Demo(args) => demo::run(&args, cli.output, console, core),
        Command::Run(args) => run::run(&args, cli.output, console, core),
        Command::Compare(args) => compare::run(&args, cli.output, console, core),
        Command::Sweep(args) => sweep::run(&args, cli.output, console, core),
        Command::Test(args) => test::run(&args, cli.output, console, core),
        Command::Decide(args) => decide::run(&args, cli.output, console, core),
        Command::Check(args) => check::run(&args, cli.output, console, core),
        Command::Replay(args) => replay::run(&args, cli.output, console, core),
        Command::WhatIf(args) => what_if::run(&args, cli.output, console, core),
        Command::Soak(args) => soak::run(&args, cli.output, console, core),
        Command::Trace(args) => trace::run(&args, cli.output, console),
        Command::Completions(args) => completions::run(&args, console),
    };
    done.unwrap_or_else(|error| {
        console.refuse(&error);
        match error {
            CommandError::Violation(_) => Outcome::Findings,
            _ => Outcome::BadInput,
        }
    })
}
