//! A trace drawn anew from its own blocks: how far the answer depends on the traffic that happened to be recorded.
//!
//! A recorded trace is one sample of the traffic. The block bootstrap makes others of it: time is cut into slots of a
//! block's length, and each slot gets what arrived in a block of the trace, drawn with replacement. Within a block all
//! stays as it was, so that bursts keep their shape; between blocks nothing is assumed but that they might have come in
//! another order. Where the trace has two days or more, a slot gets a block of its own time of day, from any day that has
//! one (the generalized seasonal block bootstrap: Dudek, Leskow, Paparoditis and Politis, Journal of Time Series Analysis
//! 35, 2014). In a shorter one it gets any block (non-overlapping blocks: Carlstein, Annals of Statistics 14, 1986).

use std::ops::Range;
use std::sync::Arc;

use rand::RngExt;
use rand_pcg::Pcg64;

use super::arrivals::{BinArrivals, BinSource, RateBin, Sampling};
use super::{Content, TraceError, TraceNotes};
use crate::random;
use crate::time::Nanos;

/// Blocks that a trace must have at least. With one there is nothing to draw.
const LEAST_BLOCKS: u64 = 2;

/// Why a trace cannot be drawn anew.
#[derive(Debug, thiserror::Error)]
pub enum ResampleError {
    /// It cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// It has single requests, which would all have to be held.
    #[error(
        "{0}: has single requests, and blocks are drawn from rates only: make it a trace of rates with `spillway-sim trace convert --to rates`"
    )]
    SingleRequests(String),
    /// It has fewer than two blocks.
    #[error(
        "{source_name}: ends after {end}, which is less than two blocks of {block}: choose shorter blocks"
    )]
    TooShort {
        /// The trace.
        source_name: String,
        /// Its end.
        end: Nanos,
        /// Length of a block.
        block: Nanos,
    },
    /// A block would cut a bin in two.
    #[error(
        "{source_name}: has bins of {width}, and blocks of {block} would cut them: choose a multiple"
    )]
    CutsBins {
        /// The trace.
        source_name: String,
        /// Width of its bins.
        width: Nanos,
        /// Length of a block.
        block: Nanos,
    },
}

/// A trace of rates, all of it, to be drawn from. Some 40 bytes a bin.
#[derive(Debug)]
pub struct Blocks {
    /// By their start.
    bins: Vec<RateBin>,
    names: Vec<String>,
    lines: Vec<Option<u64>>,
    sampling: Sampling,
    notes: TraceNotes,
    block: Nanos,
    /// Blocks that may fill a slot begin so many steps before or after it: days where there are two, else blocks.
    step: Nanos,
}

impl Blocks {
    /// Reads a trace to its end. `day` is how long a day takes in it.
    ///
    /// # Errors
    ///
    /// Where the trace cannot be read, has single requests, or is too short, or where blocks would cut its bins.
    pub fn read(content: Content, block: Nanos, day: Nanos) -> Result<Self, ResampleError> {
        let (mut source, sampling, mut notes) = match content {
            Content::Requests(requests) => {
                return Err(ResampleError::SingleRequests(requests.notes().source));
            }
            Content::Rates {
                bins,
                sampling,
                notes,
            } => (bins, sampling, *notes),
        };
        let mut bins = Vec::new();
        while let Some(bin) = source.next_bin() {
            bins.push(bin?);
        }
        source.describe(&mut notes);
        let end = notes.end;
        if block == Nanos::ZERO || end.0 / block.0 < LEAST_BLOCKS {
            return Err(ResampleError::TooShort {
                source_name: notes.source,
                end,
                block,
            });
        }
        let width = notes.bin_width.unwrap_or(block);
        if !block.0.is_multiple_of(width.0) {
            return Err(ResampleError::CutsBins {
                source_name: notes.source,
                width,
                block,
            });
        }
        let by_day = end.0 / day.0 >= 2;
        let from = if by_day {
            "each from the same time of a day that is drawn"
        } else {
            "each drawn from all of them, because the trace has fewer than two days: the time of day is lost"
        };
        notes.remarks.push(format!(
            "under each seed the trace is drawn anew from its own blocks of {block}, {from}"
        ));
        let names = source.workloads().to_vec();
        Ok(Self {
            lines: (0..names.len()).map(|n| source.workload_line(n)).collect(),
            bins,
            names,
            sampling,
            notes,
            block,
            step: if by_day { day } else { block },
        })
    }

    /// The trace as it is drawn under a seed, from its beginning.
    #[must_use]
    pub fn draw(self: &Arc<Self>, seed: u64) -> BinArrivals<Drawn> {
        let drawn = Drawn {
            blocks: Arc::clone(self),
            random: random::stream(seed, "blocks", ""),
            slot: Nanos::ZERO..Nanos::ZERO,
            from: Nanos::ZERO,
            bins: 0..0,
        };
        let sampling = Sampling {
            seed,
            ..self.sampling
        };
        BinArrivals::new(drawn, sampling, self.notes.clone())
    }

    fn end(&self) -> Nanos {
        self.notes.end
    }

    /// The bins that begin in a span.
    fn within(&self, from: Nanos, to: Nanos) -> Range<usize> {
        let before = |at: Nanos| self.bins.partition_point(|bin| bin.start < at);
        before(from)..before(to)
    }
}

/// Bins of a trace that is drawn anew.
pub struct Drawn {
    blocks: Arc<Blocks>,
    random: Pcg64,
    /// The span that is being filled.
    slot: Range<Nanos>,
    /// Where the block begins that fills it.
    from: Nanos,
    /// What is left of the block.
    bins: Range<usize>,
}

impl Drawn {
    /// Draws the block of the next slot; `None` past the last. The last one may be shorter, and takes the beginning of a
    /// block.
    fn next_slot(&mut self) -> Option<()> {
        let blocks = &self.blocks;
        let start = self.slot.end;
        let end = blocks.end().min(start + blocks.block);
        if start >= end {
            return None;
        }
        let (step, length) = (blocks.step.0, end - start);
        let first = start.0 % step;
        let further = (blocks.end() - length).0.saturating_sub(first) / step;
        self.from = Nanos(first + step * self.random.random_range(0..=further));
        self.bins = blocks.within(self.from, self.from + length);
        self.slot = start..end;
        Some(())
    }
}

impl BinSource for Drawn {
    fn next_bin(&mut self) -> Option<Result<RateBin, TraceError>> {
        loop {
            if let Some(index) = self.bins.next() {
                let bin = self.blocks.bins[index];
                let start = self.slot.start + (bin.start - self.from);
                return Some(Ok(RateBin {
                    start,
                    // The bin of a series that was scraped irregularly may reach beyond its block.
                    width: bin.width.min(self.slot.end - start),
                    ..bin
                }));
            }
            self.next_slot()?;
        }
    }

    fn workloads(&self) -> &[String] {
        &self.blocks.names
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        self.blocks.lines.get(number).copied().flatten()
    }

    /// All has been said already: the notes are those of the whole trace.
    fn describe(&self, _: &mut TraceNotes) {}
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::trace::{ArrivalSource, TraceOptions};

    const HOUR: Nanos = Nanos::from_secs(3_600);
    const DAY: Nanos = Nanos::from_secs(86_400);

    /// Bins of ten minutes, each with its own number of requests.
    fn content(bins: u64) -> Content {
        let mut text = "ts,count,service_mean_s\n".to_owned();
        for n in 0..bins {
            let _ = writeln!(text, "{},{},1", 600 * n, 1 + n);
        }
        let input = std::io::Cursor::new(text.into_bytes());
        Content::read(
            vec![("rates.csv".to_owned(), Box::new(input))],
            &TraceOptions::default(),
        )
        .expect("a sound trace")
    }

    fn blocks(bins: u64, block: Nanos) -> Arc<Blocks> {
        Arc::new(Blocks::read(content(bins), block, DAY).expect("long enough"))
    }

    fn counts(blocks: &Arc<Blocks>, seed: u64) -> Vec<(u64, u64)> {
        let mut drawn = blocks.draw(seed);
        let (bins, _) = drawn.bins().expect("there are bins");
        let all = std::iter::from_fn(|| bins.next_bin());
        all.map(|bin| bin.expect("they were read"))
            .map(|bin| (bin.start.0 / 600_000_000_000, bin.count - 1))
            .collect()
    }

    #[test]
    fn a_seed_always_draws_the_same_and_another_seed_another() {
        let blocks = blocks(144 * 3, HOUR);
        assert_eq!(counts(&blocks, 1), counts(&blocks, 1));
        assert_ne!(counts(&blocks, 1), counts(&blocks, 2));
        let arrivals = |seed| {
            let mut drawn = blocks.draw(seed);
            let all: Vec<_> = std::iter::from_fn(|| drawn.next()).take(50).collect();
            format!("{all:?}")
        };
        assert_eq!(arrivals(1), arrivals(1));
    }

    #[test]
    fn every_slot_is_one_whole_block_of_its_time_of_day() {
        let drawn = counts(&blocks(144 * 3, HOUR), 7);
        assert_eq!(drawn.len(), 144 * 3);
        for (slot, bins) in drawn.chunks(6).enumerate() {
            let first = bins[0].1;
            for (n, (at, number)) in (0..).zip(bins) {
                assert_eq!(*at, 6 * u64::try_from(slot).expect("small") + n);
                assert_eq!(*number, first + n, "a block stays whole");
                assert_eq!(number % 144, at % 144, "and at its time of day");
            }
        }
    }

    #[test]
    fn what_is_no_multiple_ends_with_the_beginning_of_a_block() {
        // Two days and 100 minutes, in blocks of seven hours: they do not divide the day either.
        let drawn = counts(&blocks(298, Nanos(7 * HOUR.0)), 3);
        assert_eq!(drawn.len(), 298);
        for (n, (at, number)) in (0..).zip(&drawn) {
            assert_eq!((*at, number % 144), (n, n % 144));
        }
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn on_average_over_seeds_as_much_arrives_as_in_the_trace() {
        for (bins, block) in [(144 * 4, HOUR), (100, Nanos(HOUR.0 / 6 * 5))] {
            let blocks = blocks(bins, block);
            let total = |seed| counts(&blocks, seed).iter().map(|(_, n)| n).sum::<u64>() as f64;
            let totals: Vec<f64> = (0..400).map(total).collect();
            let mean = totals.iter().sum::<f64>() / 400.0;
            let squares = totals.iter().map(|total| (total - mean).powi(2));
            let error = (squares.sum::<f64>() / 399.0 / 400.0).sqrt();
            let meant = (0..bins).sum::<u64>() as f64;
            assert!(
                error > 0.0 && (mean - meant).abs() < 4.0 * error,
                "{mean} {meant} {error}"
            );
        }
    }

    #[test]
    fn a_trace_of_less_than_two_days_loses_its_time_of_day_and_says_so() {
        let blocks = blocks(144, HOUR);
        let drawn = counts(&blocks, 1);
        assert!(drawn.iter().any(|(at, number)| at != number));
        let remarks = blocks.draw(1).notes().remarks;
        assert!(
            remarks[0].ends_with("the time of day is lost"),
            "{remarks:?}"
        );
    }

    #[test]
    fn what_cannot_be_drawn_from_is_refused_with_a_remedy() {
        let refused = |content: Content, block: Nanos| {
            let refused = Blocks::read(content, block, DAY).expect_err("refused");
            refused.to_string()
        };
        let short = refused(content(7), HOUR);
        assert_eq!(
            short,
            "rates.csv: ends after 4200s, which is less than two blocks of 3600s: choose shorter blocks"
        );
        let cut = refused(content(144), Nanos::from_secs(1_500));
        assert_eq!(
            cut,
            "rates.csv: has bins of 600s, and blocks of 1500s would cut them: choose a multiple"
        );
        let input = std::io::Cursor::new(b"arrival_s,service_s\n1,2\n".to_vec());
        let single = Content::read(
            vec![("single.csv".to_owned(), Box::new(input))],
            &TraceOptions::default(),
        );
        let single = refused(single.expect("a sound trace"), HOUR);
        assert!(
            single.starts_with("single.csv: has single requests")
                && single.contains("trace convert"),
            "{single}"
        );
    }
}
