//! `status`: the fleet at a glance.

mod page;
mod view;

use super::print::Printer;
use super::{Global, Outcome, home};

pub(super) use view::refused;

/// Shows the fleet at a glance: clusters, workloads, money, and what a person should know
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(
    Args {}: &Args,
    global: &Global,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Outcome> {
    let seen = home::look(global)?;
    printer.show(&view::Status::of(&seen), page::page)?;
    Ok(Outcome::Done)
}
