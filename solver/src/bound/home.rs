//! How much of some works owned nodes can do in time.
//!
//! In each bin they do what is due first; what is due and not done when a bin ends is rented. That
//! is Glover's rule (1967) for the largest matching in a convex bipartite graph: pieces of work on
//! one side, the room of the bins between arrival and due time on the other.

use super::Work;

/// When work of one workload arrives and is due, by the ends of the bins. Never decreases, `due`
/// is at most `arrived`, and both end at what was served.
#[derive(Debug)]
pub(super) struct Curve {
    arrived: Vec<u128>,
    due: Vec<u128>,
}

impl Curve {
    /// Of the work that arrived, what was done is taken to be the first: whatever else was done,
    /// it could not begin earlier.
    pub(super) fn new(work: &Work) -> Self {
        let mut arrived = Vec::with_capacity(work.arrived.len());
        let mut due = Vec::with_capacity(work.arrived.len());
        let (mut most, mut least) = (0, 0);
        for (bin, by_then) in work.arrived.iter().enumerate() {
            most = work.served.min(*by_then).max(most);
            least = work
                .due
                .get(bin)
                .map_or(least, |due| most.min(*due).max(least));
            arrived.push(most);
            due.push(least);
        }
        if let (Some(arrived), Some(due)) = (arrived.last_mut(), due.last_mut()) {
            (*arrived, *due) = (work.served, work.served);
        }
        Self { arrived, due }
    }

    /// What is due and what has arrived by the end of a bin.
    pub(super) fn at(&self, bin: usize) -> (u128, u128) {
        (self.due[bin], self.arrived[bin])
    }

    /// All of it.
    pub(super) fn served(&self) -> u128 {
        self.due.last().copied().unwrap_or(0)
    }
}

/// How far one workload is.
struct Progress<'a> {
    curve: &'a Curve,
    /// Of a replica; above 0.
    size: u128,
    /// Done or rented, replica-time.
    done: u128,
    /// The bin by whose end the next of it is due.
    due_in: usize,
}

impl Progress<'_> {
    /// How much of it has arrived and is due by the end of `self.due_in`.
    fn next(&mut self, bin: usize) -> Option<(usize, u128)> {
        let waiting = self.curve.arrived[bin] - self.done;
        if waiting == 0 {
            return None;
        }
        while self.curve.due[self.due_in] <= self.done {
            self.due_in += 1;
        }
        let until_due = self.curve.due[self.due_in] - self.done;
        Some((self.due_in, waiting.min(until_due)))
    }
}

/// The most that nodes with so much room a bin (size x nanoseconds) can do of these works with
/// these sizes (above 0), in the same unit.
///
/// Work is divided as finely as room: a replica-nanosecond of size `s` is `s` units.
pub(super) fn most_done(room: u128, works: &[(&Curve, u128)]) -> u128 {
    let bins = works.iter().map(|(curve, _)| curve.due.len()).min();
    let mut works: Vec<Progress> = works
        .iter()
        .map(|(curve, size)| Progress {
            curve,
            size: *size,
            done: 0,
            due_in: 0,
        })
        .collect();
    let mut total = 0;
    for bin in 0..bins.unwrap_or(0) {
        let mut left = room;
        while left > 0 {
            let waiting = works.iter_mut().filter_map(|work| {
                let (due_in, amount) = work.next(bin)?;
                Some((due_in, amount, work))
            });
            let Some((_, amount, work)) = waiting.min_by_key(|(due_in, ..)| *due_in) else {
                break;
            };
            // The last replica-nanosecond that fits only in part counts whole, as if there were a
            // little more room: what owned nodes can do is rounded up.
            let taken = amount.min(left.div_ceil(work.size));
            work.done += taken;
            left = left.saturating_sub(taken * work.size);
            total += taken * work.size;
        }
        for work in &mut works {
            work.done = work.done.max(work.curve.due[bin]);
        }
    }
    total
}
