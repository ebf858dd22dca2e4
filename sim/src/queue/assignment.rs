//! Requests that are given to a replica as they arrive, and wait in its own line.

use rand::RngExt;
use rand_pcg::Pcg64;

/// Which replica of its place a request is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Any, at random.
    Random,
    /// The one with the fewest requests that wait or are in service; of several any, at random.
    LeastOutstanding,
}

/// Gives requests to replicas.
#[derive(Debug, Clone)]
pub struct Assignment {
    choice: Choice,
    random: Pcg64,
    /// Lines of the replicas that take requests, by place, as they came.
    lines: Vec<Vec<usize>>,
}

impl Assignment {
    /// Of requests to replicas, with a stream of its own.
    #[must_use]
    pub const fn new(choice: Choice, random: Pcg64) -> Self {
        Self {
            choice,
            random,
            lines: Vec::new(),
        }
    }

    /// A replica with this line takes requests.
    pub(super) fn add(&mut self, place: usize, line: usize) {
        if self.lines.len() <= place {
            self.lines.resize(place + 1, Vec::new());
        }
        self.lines[place].push(line);
    }

    /// A replica takes requests no more; whether it did.
    pub(super) fn remove(&mut self, place: usize, line: usize) -> bool {
        let lines = self.lines.get_mut(place);
        let known = lines.and_then(|lines| {
            let known = lines.iter().position(|other| *other == line)?;
            Some(lines.remove(known))
        });
        known.is_some()
    }

    /// The lines of a place's replicas.
    pub(super) fn of(&self, place: usize) -> &[usize] {
        self.lines.get(place).map_or(&[], Vec::as_slice)
    }

    /// The line of the replica that gets the next request; `None` where no replica takes any.
    pub(super) fn choose(
        &mut self,
        place: usize,
        outstanding: impl Fn(usize) -> usize,
    ) -> Option<usize> {
        let lines = self.lines.get(place).filter(|lines| !lines.is_empty())?;
        let least = match self.choice {
            Choice::Random => return Some(lines[self.random.random_range(0..lines.len())]),
            Choice::LeastOutstanding => lines.iter().map(|line| outstanding(*line)).min()?,
        };
        let among = || lines.iter().filter(|line| outstanding(**line) == least);
        let drawn = self.random.random_range(0..among().count());
        among().nth(drawn).copied()
    }
}
