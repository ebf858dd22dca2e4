//! Classes of generated requests, drawn one by one.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_pcg::Pcg64;

use super::PlannedBins;
use crate::random;
use crate::trace::{
    Arrival, ArrivalSource, BinArrivals, BinSource, Sampling, TraceError, TraceNotes,
};

/// Percent of the requests of a workload that are of a class, by its name; the rest are of none.
pub type Shares = BTreeMap<String, u32>;

/// What a plan generates.
pub type PlannedArrivals = Classed<BinArrivals<PlannedBins>>;

/// Arrivals whose requests get their classes by chance, each from a stream of its workload: what arrives and how long it
/// takes is the same with classes and without.
pub struct Classed<S> {
    source: S,
    /// By number; the first is that of no class. Empty where no workload has classes.
    names: Vec<String>,
    /// By the number of the workload.
    workloads: Vec<Drawn>,
}

/// One workload's classes.
struct Drawn {
    random: Pcg64,
    /// Number of each class and the percent up to and with it.
    up_to: Vec<(u32, u32)>,
}

impl<S: ArrivalSource> Classed<S> {
    /// Gives classes to the requests of a source; `shares` are those of its workloads, by number, with their names.
    pub fn new<'a>(
        source: S,
        seed: u64,
        shares: impl Iterator<Item = (&'a str, &'a Shares)>,
    ) -> Self {
        let mut names = Vec::new();
        let workloads = shares.map(|(workload, shares)| {
            let mut percent = 0;
            let up_to = shares.iter().map(|(class, share)| {
                percent += share;
                (number(&mut names, class), percent)
            });
            Drawn {
                up_to: up_to.collect(),
                random: random::stream(seed, "class", workload),
            }
        });
        Self {
            workloads: workloads.collect(),
            source,
            names,
        }
    }
}

impl Drawn {
    fn class(&mut self) -> u32 {
        if self.up_to.is_empty() {
            return 0;
        }
        let drawn = self.random.random_range(0..100);
        let mut classes = self.up_to.iter();
        let found = classes.find(|(_, percent)| drawn < *percent);
        found.map_or(0, |(class, _)| *class)
    }
}

/// The number of a class; a new one gets the next.
fn number(names: &mut Vec<String>, class: &str) -> u32 {
    if names.is_empty() {
        names.push(String::new());
    }
    let known = names.iter().position(|name| name == class);
    let index = known.unwrap_or_else(|| {
        names.push(class.to_owned());
        names.len() - 1
    });
    u32::try_from(index).unwrap_or_default()
}

impl<S: ArrivalSource> ArrivalSource for Classed<S> {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        let next = self.source.next()?;
        Some(next.map(|arrival| {
            let drawn = self.workloads.get_mut(arrival.workload as usize);
            Arrival {
                class: drawn.map_or(0, Drawn::class),
                ..arrival
            }
        }))
    }

    fn workloads(&self) -> &[String] {
        self.source.workloads()
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        self.source.workload_line(number)
    }

    fn classes(&self) -> &[String] {
        &self.names
    }

    fn notes(&self) -> TraceNotes {
        self.source.notes()
    }

    fn bins(&mut self) -> Option<(&mut dyn BinSource, Sampling)> {
        self.source.bins()
    }
}
