//! What arrived and what was done over the run, as two curves, in memory that does not grow with it.

use crate::time::Nanos;

/// Bins begin with 2^30 ns, about a second.
const FIRST_SHIFT: u32 = 30;

/// Most bins; as the run goes on they are joined in pairs. More make a finer curve and cost memory.
const MOST_BINS: usize = 1 << 16;

/// Service time that arrived and time that slots were busy, in each bin.
#[derive(Debug, Default)]
pub(crate) struct Course {
    /// Bins have `2^(30 + joined)` nanoseconds.
    joined: u32,
    arrived: Vec<u128>,
    busy: Vec<u128>,
}

impl Course {
    /// Adds what came and was done evenly from `from` to `to`, nanoseconds of service.
    pub(super) fn add(&mut self, from: Nanos, to: Nanos, arrived: u128, busy: u128) {
        if to <= from {
            return;
        }
        let last = loop {
            let last = bin_of(to.0 - 1, self.shift());
            if last < MOST_BINS {
                break last;
            }
            self.join_pairs();
        };
        if self.arrived.len() <= last {
            self.arrived.resize(last + 1, 0);
            self.busy.resize(last + 1, 0);
        }
        let span = u128::from((to - from).0);
        let mut before = 0;
        for bin in bin_of(from.0, self.shift())..=last {
            let end = (bin as u64 + 1) << self.shift();
            let until = u128::from(end.min(to.0) - from.0);
            // By differences, so that the bins add up to all of it.
            let part = |of: u128| of * until / span - of * before / span;
            self.arrived[bin] += part(arrived);
            self.busy[bin] += part(busy);
            before = until;
        }
    }

    fn shift(&self) -> u32 {
        FIRST_SHIFT + self.joined
    }

    fn join_pairs(&mut self) {
        let sum = |curve: &[u128]| curve.chunks(2).map(|pair| pair.iter().sum()).collect();
        self.arrived = sum(&self.arrived);
        self.busy = sum(&self.busy);
        self.joined += 1;
    }

    /// The length of bins of which there are not too many until `end`, as a power of two.
    pub(crate) fn shift_until(&self, end: Nanos) -> u32 {
        let mut shift = self.shift();
        while bin_of(end.0, shift) >= MOST_BINS {
            shift += 1;
        }
        shift
    }

    /// What had arrived and what was done by the end of each bin of `2^shift` ns until the end of the run; bins are at
    /// least this workload's own.
    pub(crate) fn curves(mut self, shift: u32, end: Nanos) -> [Vec<u128>; 2] {
        while self.shift() < shift {
            self.join_pairs();
        }
        let bins = usize::try_from(end.0.div_ceil(1 << self.shift())).unwrap_or(usize::MAX);
        [self.arrived, self.busy].map(|of_bins| {
            let padded = of_bins.into_iter().chain(std::iter::repeat(0));
            let sums = padded.take(bins).scan(0, |sum, more| {
                *sum += more;
                Some(*sum)
            });
            sums.collect()
        })
    }
}

fn bin_of(at: u64, shift: u32) -> usize {
    usize::try_from(at >> shift).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BIN: u64 = 1 << FIRST_SHIFT;

    #[test]
    fn what_comes_over_a_span_is_spread_over_its_bins_and_nothing_is_lost() {
        let mut course = Course::default();
        course.add(Nanos(BIN / 2), Nanos(5 * BIN / 2), 101, 40);
        course.add(Nanos(5 * BIN / 2), Nanos(3 * BIN), 0, 7);
        let [arrived, busy] = course.curves(FIRST_SHIFT, Nanos(4 * BIN));
        assert_eq!(arrived, [25, 75, 101, 101]);
        assert_eq!(busy, [10, 30, 47, 47]);
    }

    #[test]
    fn bins_are_joined_as_the_run_goes_on() {
        let mut course = Course::default();
        course.add(Nanos(0), Nanos(3 * BIN), 30, 3);
        let late = MOST_BINS as u64 * BIN;
        course.add(Nanos(late), Nanos(late + BIN), 5, 5);
        let end = Nanos(late + BIN);
        assert_eq!(course.shift_until(end), FIRST_SHIFT + 1);
        let [arrived, _] = course.curves(0, end);
        assert_eq!((arrived[0], arrived[1]), (20, 30));
        assert_eq!(arrived.last(), Some(&35));
    }
}
