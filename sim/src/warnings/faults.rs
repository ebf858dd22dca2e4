//! Faults that strike nobody.

use super::{Code, Warning, warning};
use crate::config::World;
use crate::report::units::span;
use crate::time::Nanos;

/// The faults that begin at the end of the run or later.
pub(super) fn after(world: &World, end: Nanos) -> impl Iterator<Item = Warning> + '_ {
    let faults = world.faults.iter().enumerate();
    faults.filter_map(move |(n, fault)| {
        let at = fault.at.filter(|at| at.0 >= end)?;
        let says = format!(
            "{} begins after {}, and the run is over after {}: nothing breaks, so the figures say nothing about it; \
             let it begin earlier, or make `horizon` longer",
            fault.kind.name(),
            span(at.0.0 / 1_000),
            span(end.0 / 1_000)
        );
        let problem = world.problem(format!("faults[{n}].at"), says);
        Some(warning(Code::FaultAfterEnd, problem.to_string()))
    })
}
