//! Bins on their way out of a reader: counts and times multiplied as the caller wants them, gaps counted.

use super::arrivals::RateBin;
use super::error::Problems;
use super::factor::Factor;
use super::{Gap, Gaps, TraceError, TraceNotes, TraceOptions};
use crate::decimal::NANO;
use crate::time::Nanos;

/// Billionths of a request that are owed: counts are scaled so that their sum is never off by a whole request.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Carry(u64);

impl Carry {
    /// The whole requests of a scaled count, with what earlier counts left over; `None` above 64 bits.
    pub(super) fn scale(&mut self, load: Factor, count_nano: u64) -> Option<u64> {
        let owed = load.times(count_nano) + u128::from(self.0);
        let count = u64::try_from(owed / u128::from(NANO)).ok()?;
        self.0 = u64::try_from(owed % u128::from(NANO)).expect("a remainder is below its divisor");
        Some(count)
    }
}

/// Refuses a trace of rates of which nobody says how long a request takes.
pub(super) fn require_service_mean(options: &TraceOptions, line: u64, problems: &mut Problems) {
    if options.service_mean.is_none() && !options.service_mean_may_lack {
        problems.add(
            line,
            Some("service_mean_s"),
            "nothing says how long a request takes",
            "give the mean service time (--service-mean 250ms), or add the column to a trace of rates",
        );
    }
}

/// A bin as a reader has it, unscaled.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlainBin {
    pub(super) start: Nanos,
    pub(super) width: Nanos,
    pub(super) workload: u32,
    pub(super) count_nano: u64,
    pub(super) service_mean: Nanos,
}

/// Scales the bins of a reader, which come in order of time.
pub(super) struct ScaledBins {
    source: String,
    load: Factor,
    time: Factor,
    progress: Vec<Progress>,
    gaps: Gaps,
    end: Nanos,
    width: Option<Nanos>,
}

#[derive(Clone, Copy, Default)]
struct Progress {
    /// Unscaled end of the workload's last bin.
    last_end: Option<Nanos>,
    carry: Carry,
}

impl ScaledBins {
    /// Bins of `source`, as messages call it.
    pub(super) fn new(source: &str, options: &TraceOptions) -> Self {
        Self {
            source: source.to_owned(),
            load: options.scale,
            time: options.time_scale,
            progress: Vec::new(),
            gaps: Gaps::default(),
            end: Nanos::ZERO,
            width: None,
        }
    }

    /// The bin as it goes out; an error where its count becomes larger than 64 bits hold.
    pub(super) fn scale(&mut self, bin: PlainBin) -> Result<RateBin, TraceError> {
        let index = bin.workload as usize;
        if self.progress.len() <= index {
            self.progress.resize(index + 1, Progress::default());
        }
        let progress = &mut self.progress[index];
        let last_end = progress.last_end.replace(bin.start + bin.width);
        if let Some(from) = last_end.filter(|end| *end < bin.start) {
            let gap = Gap {
                workload: bin.workload,
                from: self.time.apply(from),
                to: self.time.apply(bin.start),
            };
            self.gaps.add((bin.start - from).0 / bin.width.0, gap);
        }
        // The largest number stands for all that are larger.
        let count = progress
            .carry
            .scale(self.load, bin.count_nano)
            .filter(|_| bin.count_nano < u64::MAX);
        let Some(count) = count else {
            let mut problems = Problems::new(&self.source);
            let wrong = format!("the requests of a bin at {} are too many", bin.start);
            problems.add(1, None, wrong, "choose a smaller --scale");
            return Err(problems.take());
        };
        let start = self.time.apply(bin.start);
        let end = self.time.apply(bin.start + bin.width);
        let width = end.saturating_sub(start).max(Nanos(1));
        self.end = self.end.max(start + width);
        self.width.get_or_insert(width);
        Ok(RateBin {
            start,
            width,
            workload: bin.workload,
            count,
            service_mean: bin.service_mean,
        })
    }

    pub(super) fn describe(&self, notes: &mut TraceNotes) {
        notes.bin_width = self.width;
        notes.end = self.end;
        notes.gaps = self.gaps.clone();
    }
}
