//! From counts per bin to single arrivals, by a declared point process.
//!
//! Files and generators both end here: there is one mechanism that turns rates into requests. Nothing is stored per
//! request; a bin of a million arrivals needs as much memory as one of ten.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use rand::RngExt;
use rand_distr::Exp1;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::{Arrival, ArrivalSource, ServiceDistribution, TraceError, TraceNotes};
use crate::random;
use crate::time::Nanos;

/// Where in a bin its requests arrive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PointProcess {
    /// At even distances: the i-th of n at `(i + 1/2) / n` of the bin. Smoother than any real load.
    Uniform,
    /// As a Poisson process that happened to have this count: independent and uniform in the bin. The default,
    /// because independent users are the usual assumption; real bursts are worse.
    #[default]
    Poisson,
}

/// A text that names no point process.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a point process: write uniform or poisson")]
pub struct ParsePointProcessError(String);

impl std::str::FromStr for PointProcess {
    type Err = ParsePointProcessError;

    fn from_str(text: &str) -> Result<Self, ParsePointProcessError> {
        match text {
            "uniform" => Ok(Self::Uniform),
            "poisson" => Ok(Self::Poisson),
            _ => Err(ParsePointProcessError(text.to_owned())),
        }
    }
}

/// The requests of one workload in one span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateBin {
    /// When the bin begins.
    pub start: Nanos,
    /// How long it is; above zero.
    pub width: Nanos,
    /// Number of the workload.
    pub workload: u32,
    /// Requests that arrive in it.
    pub count: u64,
    /// Mean service time of these requests.
    pub service_mean: Nanos,
}

/// Bins ordered by their start; those of one workload do not overlap.
pub trait BinSource {
    /// The next bin, an error after which there is none, or the end.
    fn next_bin(&mut self) -> Option<Result<RateBin, TraceError>>;

    /// Names of the workloads seen so far, by number.
    fn workloads(&self) -> &[String];

    /// The line of a file in which a workload appears first; `None` where it has none.
    fn workload_line(&self, number: usize) -> Option<u64> {
        let _ = number;
        None
    }

    /// Adds what is known of the source to the notes.
    fn describe(&self, notes: &mut TraceNotes);
}

impl<B: BinSource + ?Sized> BinSource for Box<B> {
    fn next_bin(&mut self) -> Option<Result<RateBin, TraceError>> {
        (**self).next_bin()
    }

    fn workloads(&self) -> &[String] {
        (**self).workloads()
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        (**self).workload_line(number)
    }

    fn describe(&self, notes: &mut TraceNotes) {
        (**self).describe(notes);
    }
}

/// How bins become requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// Where in a bin its requests arrive.
    pub point_process: PointProcess,
    /// How their service times scatter.
    pub service: ServiceDistribution,
    /// Seed of both.
    pub seed: u64,
}

/// Arrivals of a source of bins, in order of time, then of workload.
pub struct BinArrivals<B> {
    bins: B,
    sampling: Sampling,
    notes: TraceNotes,
    /// The bin read ahead: it begins after everything that has been handed out.
    ahead: Option<RateBin>,
    started: bool,
    /// Next arrival of each workload that has one in its current bin.
    next: BinaryHeap<Reverse<(Nanos, u32)>>,
    streams: Vec<Stream>,
}

/// One workload's current bin and its random numbers.
struct Stream {
    arrivals: Pcg64,
    services: Pcg64,
    positions: Positions,
    service_mean: Nanos,
}

impl<B: BinSource> BinArrivals<B> {
    /// Arrivals of `bins`; `notes` say where they come from.
    pub fn new(bins: B, sampling: Sampling, notes: TraceNotes) -> Self {
        Self {
            bins,
            sampling,
            notes,
            ahead: None,
            started: false,
            next: BinaryHeap::new(),
            streams: Vec::new(),
        }
    }

    fn read_ahead(&mut self) -> Result<(), TraceError> {
        // An error leaves nothing behind that could be begun twice.
        self.ahead = None;
        self.ahead = self.bins.next_bin().transpose()?;
        Ok(())
    }

    fn begin(&mut self, bin: RateBin) {
        let index = bin.workload as usize;
        while self.streams.len() <= index {
            let name = &self.bins.workloads()[self.streams.len()];
            self.streams.push(Stream {
                arrivals: random::stream(self.sampling.seed, "arrivals", name),
                services: random::stream(self.sampling.seed, "service", name),
                positions: Positions::new(PointProcess::Uniform, Nanos::ZERO, Nanos::ZERO, 0),
                service_mean: Nanos::ZERO,
            });
        }
        let stream = &mut self.streams[index];
        stream.service_mean = bin.service_mean;
        stream.positions =
            Positions::new(self.sampling.point_process, bin.start, bin.width, bin.count);
        if let Some(first) = stream.positions.next(&mut stream.arrivals) {
            self.next.push(Reverse((first, bin.workload)));
        }
    }
}

impl<B: BinSource> ArrivalSource for BinArrivals<B> {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        if !self.started {
            self.started = true;
            if let Err(error) = self.read_ahead() {
                return Some(Err(error));
            }
        }
        while let Some(bin) = self.ahead
            && self
                .next
                .peek()
                .is_none_or(|Reverse((at, _))| bin.start <= *at)
        {
            self.begin(bin);
            if let Err(error) = self.read_ahead() {
                self.next.clear();
                return Some(Err(error));
            }
        }
        let mut top = self.next.peek_mut()?;
        let Reverse((at, workload)) = *top;
        let stream = &mut self.streams[workload as usize];
        match stream.positions.next(&mut stream.arrivals) {
            Some(following) => top.0.0 = following,
            None => {
                PeekMut::pop(top);
            }
        }
        let service = self
            .sampling
            .service
            .sample(stream.service_mean, &mut stream.services);
        Some(Ok(Arrival {
            at,
            service,
            workload,
            class: 0,
            bytes: 0,
        }))
    }

    fn workloads(&self) -> &[String] {
        self.bins.workloads()
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        self.bins.workload_line(number)
    }

    fn classes(&self) -> &[String] {
        &[]
    }

    fn notes(&self) -> TraceNotes {
        let mut notes = TraceNotes {
            point_process: Some(self.sampling.point_process),
            service: Some(self.sampling.service),
            seed: Some(self.sampling.seed),
            ..self.notes.clone()
        };
        self.bins.describe(&mut notes);
        notes
    }

    fn bins(&mut self) -> Option<(&mut dyn BinSource, Sampling)> {
        Some((&mut self.bins, self.sampling))
    }
}

/// Ascending points of time in a span, drawn one at a time.
pub(super) struct Positions {
    process: PointProcess,
    start: Nanos,
    width: Nanos,
    count: u64,
    drawn: u64,
    /// Time after `start` of the point drawn last.
    reached: u64,
}

impl Positions {
    pub(super) fn new(process: PointProcess, start: Nanos, width: Nanos, count: u64) -> Self {
        Self {
            process,
            start,
            width,
            count,
            drawn: 0,
            reached: 0,
        }
    }

    pub(super) fn next(&mut self, random: &mut Pcg64) -> Option<Nanos> {
        let remaining = self.count - self.drawn;
        if remaining == 0 {
            return None;
        }
        self.reached = match self.process {
            PointProcess::Uniform => {
                // (2 i + 1) / (2 n) of the width, which is below the width and so within 64 bits.
                let share = u128::from(self.width.0) * (2 * u128::from(self.drawn) + 1);
                u64::try_from(share / (2 * u128::from(self.count))).unwrap_or(self.width.0)
            }
            PointProcess::Poisson => {
                // The least of n uniform points is 1 - U^(1/n) of the span, and -ln U is exponential. Then the
                // other n - 1 are uniform in what is left.
                let left = self.width.0 - self.reached;
                let exponential: f64 = random.sample(Exp1);
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a random share of a span: rounding below a nanosecond does not matter, and it is >= 0"
                )]
                let step = (-(-exponential / remaining as f64).exp_m1() * left as f64) as u64;
                self.reached + step.min(left.saturating_sub(1))
            }
        };
        self.drawn += 1;
        Some(self.start + Nanos(self.reached))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(process: PointProcess, width: u64, count: u64) -> Vec<u64> {
        let mut random = random::stream(3, "arrivals", "test");
        let mut positions = Positions::new(process, Nanos(1_000), Nanos(width), count);
        std::iter::from_fn(|| positions.next(&mut random))
            .map(|at| at.0)
            .collect()
    }

    #[test]
    fn uniform_arrivals_are_at_even_distances_around_the_middle() {
        assert_eq!(
            draw(PointProcess::Uniform, 100, 4),
            [1_012, 1_037, 1_062, 1_087]
        );
        assert_eq!(draw(PointProcess::Uniform, 100, 1), [1_050]);
        assert!(draw(PointProcess::Uniform, 100, 0).is_empty());
    }

    #[test]
    fn arrivals_stay_in_their_bin_and_in_order_even_where_it_is_too_short_for_them() {
        for process in [PointProcess::Uniform, PointProcess::Poisson] {
            for (width, count) in [(1, 5), (3, 100), (1_000_000, 1_000)] {
                let points = draw(process, width, count);
                assert_eq!(points.len() as u64, count);
                assert!(points.is_sorted());
                assert!(
                    points.iter().all(|at| (1_000..1_000 + width).contains(at)),
                    "{process:?} {width}"
                );
            }
        }
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn poisson_points_are_uniform_in_the_bin() {
        // Kolmogorov-Smirnov: with n = 100,000 the largest distance is below 1.63 / sqrt(n) in 99 % of cases.
        let width = 3_600_000_000_u32;
        let points = draw(PointProcess::Poisson, u64::from(width), 100_000);
        let distance = points
            .iter()
            .zip(0_u32..)
            .map(|(at, index)| {
                ((at - 1_000) as f64 / f64::from(width) - f64::from(index) / 1e5).abs()
            })
            .fold(0.0, f64::max);
        assert!(distance < 1.63 / 100_000_f64.sqrt(), "{distance}");
    }
}
