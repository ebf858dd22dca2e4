//! What the bound needs to know of the requests of one workload, in memory that does not grow
//! with them.
//!
//! Two curves over bins: the service time that has arrived, and the service time that is done
//! where every request starts at its arrival. Shifted by a delay, the second is the least that is
//! done where no request waits for longer.

use crate::time::Nanos;
use crate::trace::Arrival;

/// Bins begin with 2^30 ns, about a second.
const FIRST_SHIFT: u32 = 30;

/// Most bins. As the run goes on they are joined in pairs: a day has 86,000 of a second, 87 days
/// have 110,000 of 69 s. Fewer make the bound lower, more cost memory (40 bytes each) and time.
const MOST_BINS: usize = 1 << 17;

/// Requests as they arrive.
#[derive(Debug)]
pub(crate) struct Arrivals {
    /// A bin has `2^shift` nanoseconds.
    shift: u32,
    /// Service time that arrived in each bin.
    arrived: Vec<u128>,
    /// Service time done in each bin, but for requests that are in service for all of it.
    begun: Vec<u128>,
    /// How many more of those there are than in the bin before.
    whole: Vec<i64>,
    /// The longest service.
    pub(super) longest: Nanos,
    /// The fewest bytes for the time of service, as they stand in a request.
    pub(super) leanest: Option<(u64, Nanos)>,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self {
            shift: FIRST_SHIFT,
            arrived: Vec::new(),
            begun: Vec::new(),
            whole: Vec::new(),
            longest: Nanos::ZERO,
            leanest: None,
        }
    }
}

impl Arrivals {
    /// Counts a request. Its time must not be before that of the last one.
    pub(crate) fn add(&mut self, arrival: &Arrival) {
        let (at, service) = (arrival.at.0, arrival.service);
        if service == Nanos::ZERO {
            return;
        }
        while self.bin_of(at) >= MOST_BINS {
            self.join_pairs();
        }
        let first = self.bin_of(at);
        // What would be done beyond the last bin is left out: then less is due.
        let end = at
            .saturating_add(service.0)
            .min(self.start_of(MOST_BINS) - 1);
        let last = self.bin_of(end);
        if self.arrived.len() <= last {
            self.arrived.resize(last + 1, 0);
            self.begun.resize(last + 1, 0);
            self.whole.resize(last + 1, 0);
        }
        self.arrived[first] += u128::from(service.0);
        if first == last {
            self.begun[first] += u128::from(end - at);
        } else {
            self.begun[first] += u128::from(self.start_of(first + 1) - at);
            self.begun[last] += u128::from(end - self.start_of(last));
            self.whole[first + 1] += 1;
            self.whole[last] -= 1;
        }
        self.longest = self.longest.max(service);
        self.note_bytes(arrival.bytes, service);
    }

    fn note_bytes(&mut self, bytes: u64, service: Nanos) {
        let leaner = self.leanest.is_none_or(|(least, of)| {
            u128::from(bytes) * u128::from(of.0) < u128::from(least) * u128::from(service.0)
        });
        if leaner {
            self.leanest = Some((bytes, service));
        }
    }

    fn bin_of(&self, at: u64) -> usize {
        usize::try_from(at >> self.shift).unwrap_or(usize::MAX)
    }

    fn start_of(&self, bin: usize) -> u64 {
        let bin = u64::try_from(bin).ok();
        bin.and_then(|bin| bin.checked_mul(1 << self.shift))
            .unwrap_or(u64::MAX)
    }

    /// Makes bins of twice the length.
    fn join_pairs(&mut self) {
        self.begun = self.begun_in_bins();
        self.whole.clear();
        let sum = |pair: &[u128]| pair.iter().sum();
        self.arrived = self.arrived.chunks(2).map(sum).collect();
        self.begun = self.begun.chunks(2).map(sum).collect();
        self.whole.resize(self.arrived.len(), 0);
        self.shift += 1;
    }

    /// Service time done in each bin where every request starts at its arrival.
    fn begun_in_bins(&self) -> Vec<u128> {
        let bin = u128::from(self.start_of(1));
        let mut open = 0_i64;
        let bins = self.begun.iter().zip(&self.whole);
        bins.map(|(part, change)| {
            open += change;
            part + u128::try_from(open).unwrap_or(0) * bin
        })
        .collect()
    }

    /// The curves until the end of the run in bins of `2^shift` ns, at least this workload's own.
    pub(super) fn curves(mut self, shift: u32, end: Nanos) -> Curves {
        while self.shift < shift {
            self.join_pairs();
        }
        let bins = usize::try_from(end.0.div_ceil(1 << self.shift)).unwrap_or(usize::MAX);
        let begun = self.begun_in_bins();
        Curves {
            shift: self.shift,
            arrived: cumulative(self.arrived, bins),
            begun: cumulative(begun, bins),
        }
    }

    /// The length of bins of which there are not too many until `end`, as a power of two.
    pub(super) fn shift(&self, end: Nanos) -> u32 {
        let most = self.start_of(MOST_BINS).max(1);
        let times = end.0.div_ceil(most).max(1);
        self.shift + times.next_power_of_two().trailing_zeros()
    }
}

fn cumulative(of_bins: Vec<u128>, bins: usize) -> Vec<u128> {
    let mut sum = 0;
    let padded = of_bins.into_iter().chain(std::iter::repeat(0));
    let sums = padded.take(bins).map(|more| {
        sum += more;
        sum
    });
    sums.collect()
}

/// Sums from the start to the end of each bin, nanoseconds of service.
#[derive(Debug)]
pub(super) struct Curves {
    shift: u32,
    pub(super) arrived: Vec<u128>,
    begun: Vec<u128>,
}

impl Curves {
    /// The least that is done by the end of each bin where no request waits for longer than
    /// `delay`. Rounded down to the work of whole bins.
    pub(super) fn done_within(&self, delay: Nanos) -> impl Iterator<Item = u128> + '_ {
        let bins = (1..=self.begun.len()).map(move |bin| {
            let end = u64::try_from(bin).map_or(u64::MAX, |bin| bin << self.shift);
            let whole = end.saturating_sub(delay.0) >> self.shift;
            usize::try_from(whole).unwrap_or(0)
        });
        bins.map(|whole| match whole {
            0 => 0,
            whole => self.begun[whole - 1],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BIN: u64 = 1 << FIRST_SHIFT;

    fn requests(requests: &[(u64, u64)]) -> Arrivals {
        let mut arrivals = Arrivals::default();
        for (at, service) in requests {
            arrivals.add(&Arrival {
                at: Nanos(*at),
                service: Nanos(*service),
                workload: 0,
                class: 0,
                bytes: 0,
            });
        }
        arrivals
    }

    fn done_within(curves: &Curves, delay: u64) -> Vec<u128> {
        curves.done_within(Nanos(delay)).collect()
    }

    #[test]
    fn work_arrives_at_once_and_is_done_at_the_pace_of_its_replica() {
        let arrivals = requests(&[(BIN / 2, 3 * BIN), (BIN, 7), (BIN + 1, BIN)]);
        let curves = arrivals.curves(FIRST_SHIFT, Nanos(5 * BIN - 1));
        let bin = u128::from(BIN);
        assert_eq!(
            curves.arrived,
            [3 * bin, 4 * bin + 7, 4 * bin + 7, 4 * bin + 7, 4 * bin + 7]
        );
        let half = bin / 2;
        let begun = [
            half,
            half + 2 * bin + 6,
            half + 3 * bin + 7,
            4 * bin + 7,
            4 * bin + 7,
        ];
        assert_eq!(done_within(&curves, 0), begun);
        assert_eq!(
            done_within(&curves, BIN),
            [&[0], &begun[..4]].concat(),
            "a bin later"
        );
        assert_eq!(
            done_within(&curves, 1),
            done_within(&curves, BIN),
            "rounded down to whole bins"
        );
        assert_eq!(done_within(&curves, u64::MAX), [0; 5]);
    }

    #[test]
    fn bins_are_joined_as_the_run_goes_on_and_nothing_is_lost() {
        let fine = [(3 * BIN / 2, 2 * BIN), (2 * BIN, 5 * BIN)];
        let most = u64::try_from(MOST_BINS).expect("small");
        let long = [&fine[..], &[((2 * most - 1) * BIN, BIN / 2)]].concat();
        let end = Nanos(2 * most * BIN);
        let coarse = requests(&long).curves(0, end);
        assert_eq!(
            (coarse.shift, coarse.arrived.len()),
            (FIRST_SHIFT + 1, MOST_BINS)
        );
        let joined = requests(&fine).curves(FIRST_SHIFT + 1, Nanos(8 * BIN));
        assert_eq!(joined.arrived, coarse.arrived[..4]);
        assert_eq!(done_within(&joined, 0), done_within(&coarse, 0)[..4]);
        let bin = u128::from(BIN);
        assert_eq!(coarse.arrived[MOST_BINS - 1], 7 * bin + bin / 2);
    }

    #[test]
    fn a_request_beyond_the_last_bin_makes_less_due_and_no_bin_longer() {
        let most = u64::try_from(MOST_BINS).expect("small");
        let arrivals = requests(&[(0, u64::MAX)]);
        assert_eq!(arrivals.shift(Nanos(most * BIN)), FIRST_SHIFT);
        assert_eq!(arrivals.shift(Nanos(most * BIN + 1)), FIRST_SHIFT + 1);
        let curves = arrivals.curves(0, Nanos(most * BIN));
        assert_eq!(curves.arrived[0], u128::from(u64::MAX));
        assert_eq!(
            done_within(&curves, 0).last(),
            Some(&u128::from(most * BIN - 1))
        );
    }

    #[test]
    fn the_fewest_bytes_are_those_for_the_time_of_service() {
        let mut arrivals = Arrivals::default();
        for (bytes, service) in [(100, 10), (90, 3), (110, 20)] {
            arrivals.note_bytes(bytes, Nanos(service));
        }
        assert_eq!(arrivals.leanest, Some((110, Nanos(20))));
    }
}
