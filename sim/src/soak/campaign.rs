//! Many seeds on all cores, and what they say together.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use super::case::Case;
use super::shrink::shrink;
use super::trial::{Finding, Passed, trial};
use crate::experiment::parallel::each;
use crate::hosts::Decide;

/// A seed that found something.
#[derive(Clone, Debug)]
pub struct Found {
    /// The smallest case that still fails.
    pub smallest: Case,
    /// What it finds.
    pub finding: Finding,
}

/// What a campaign did.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Cases that were run.
    pub seeds: u64,
    /// The figures of those in which nothing was found.
    pub passed: Passed,
    /// What was found, by seed.
    pub found: BTreeMap<u64, Found>,
}

impl Totals {
    fn add(&mut self, seed: u64, result: Result<Passed, Box<Found>>) {
        self.seeds += 1;
        match result {
            Ok(passed) => self.passed.add(passed),
            Err(found) => {
                self.found.insert(seed, *found);
            }
        }
    }
}

impl Passed {
    fn add(&mut self, other: Self) {
        self.simulated_ms += other.simulated_ms;
        self.ticks += other.ticks;
        self.requests += other.requests;
        self.starts += other.starts;
        self.moves += other.moves;
        for (kind, times) in other.faults {
            *self.faults.entry(kind).or_default() += times;
        }
    }
}

/// Runs the case of each seed on so many threads; `done` is told of each as it ends, with what it found.
///
/// The totals are the same with any number of threads.
///
/// # Errors
///
/// The first failure of `done`; the campaign ends.
pub fn campaign<E: Send>(
    seeds: &[u64],
    threads: NonZeroUsize,
    core: &dyn Decide,
    mut done: impl FnMut(u64, Option<&Found>) -> Result<(), E>,
) -> Result<Totals, E> {
    let mut totals = Totals::default();
    let work = |seed: &u64| Ok(of_seed(*seed, core));
    each(
        seeds,
        threads,
        work,
        |n, result: Result<Passed, Box<Found>>| {
            done(seeds[n], result.as_ref().err().map(|found| &**found))?;
            totals.add(seeds[n], result);
            Ok(())
        },
    )?;
    Ok(totals)
}

fn of_seed(seed: u64, core: &dyn Decide) -> Result<Passed, Box<Found>> {
    let case = Case::new(seed);
    trial(&case.documents(), core).map_err(|finding| {
        if finding.is_refusal() {
            let smallest = case;
            return Box::new(Found { smallest, finding });
        }
        let fails = |case: &Case| trial(&case.documents(), core).err();
        let (smallest, finding) = shrink(case, finding, fails);
        Box::new(Found { smallest, finding })
    })
}
