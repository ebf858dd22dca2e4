//! Series cut into bins of one width, in order of time.
//!
//! The step is the usual distance of samples, and the width unless another is given. Scrapes jitter, so a sample up to
//! half a step late still ends its span; what is later leaves a gap. On an exact grid, as a range query gives it, bins are the samples themselves.

use super::super::arrivals::{BinSource, RateBin};
use super::super::error::Problems;
use super::super::scaled_bins::{PlainBin, ScaledBins, require_service_mean};
use super::super::{TraceError, TraceNotes, TraceOptions, Unit};
use super::width::{milliseconds, remarks_on_width, usual_distance};
use super::{Kind, Sample, SeriesSet};
use crate::time::Nanos;

/// What one series says of a span of time, in order.
struct Cursor {
    kind: Kind,
    samples: Vec<Sample>,
    /// The sample whose piece is looked at.
    next: usize,
}

/// What happened from one time to another.
struct Piece {
    from_ms: i64,
    to_ms: i64,
    /// Requests; NaN where they are not known.
    count: f64,
}

/// Hands out one bin a workload and width.
pub(in super::super) struct SeriesBins {
    /// The series of each workload.
    cursors: Vec<Vec<Cursor>>,
    workloads: Vec<String>,
    first_lines: Vec<Option<u64>>,
    unit: Unit,
    /// Usual distance of samples.
    step_ms: i64,
    /// Width of a bin.
    width_ms: i64,
    /// Start of the first bin.
    origin_ms: i64,
    /// Simulated time zero, on the scale of the samples.
    zero_ms: i64,
    wall_clock: bool,
    end_ms: i64,
    /// Start of the bin that is looked at.
    at_ms: i64,
    /// The workload of it that comes next.
    workload: u32,
    /// Whether anything is known of the bin.
    known: bool,
    rows: u64,
    service_mean: Nanos,
    scaled: ScaledBins,
    remarks: Vec<String>,
}

impl SeriesBins {
    pub(in super::super) fn new(
        set: SeriesSet,
        options: &TraceOptions,
    ) -> Result<Self, TraceError> {
        let source = set.source.clone();
        let wall_clock = set.wall_clock;
        let mut problems = Problems::new(&source);
        require_service_mean(options, 1, &mut problems);
        let rows = set.samples() as u64;
        let mut remarks = set.remarks.clone();
        let (series, names) = set.into_series();
        let given = options
            .bin_width
            .map(|width| i64::try_from(width.as_millis()).unwrap_or(i64::MAX).max(1));
        let longest = series.iter().map(|(_, samples)| samples);
        let longest = longest.max_by_key(|samples| samples.len());
        let step_ms = longest
            .and_then(|samples| usual_distance(samples))
            .or(given);
        let any = series
            .iter()
            .any(|(_, samples)| samples.iter().any(|sample| sample.value.is_finite()));
        if !any {
            problems.add(
                1,
                None,
                "there is no sample in it",
                "widen the window, or look at the query: it may match nothing, or a rate() in it see fewer than two scrapes",
            );
        } else if step_ms.is_none() {
            problems.add(
                1,
                None,
                "one sample only tells no step",
                "ask for a longer window, or give the width (--bin-width 1m)",
            );
        }
        let Some(step_ms) = step_ms.filter(|_| !problems.any()) else {
            return Err(problems.take());
        };
        let workloads = names.list().to_vec();
        let mut cursors: Vec<Vec<Cursor>> = workloads.iter().map(|_| Vec::new()).collect();
        for (series, samples) in series.into_iter().filter(|(_, s)| !s.is_empty()) {
            cursors[series.workload as usize].push(Cursor {
                kind: series.kind,
                samples,
                next: 0,
            });
        }
        let lives = cursors.iter().flatten().map(|cursor| cursor.life(step_ms));
        let origin_ms = lives
            .clone()
            .map(|(from, _)| from)
            .min()
            .unwrap_or_default();
        let end_ms = lives.map(|(_, to)| to).max().unwrap_or_default();
        if let Some(width_ms) = given {
            let spanned_ms = end_ms.saturating_sub(origin_ms);
            if width_ms > spanned_ms {
                let [width, spanned] = [width_ms, spanned_ms].map(milliseconds);
                let wrong = format!(
                    "the samples tell of {spanned}, but a bin is {width} wide (--bin-width)"
                );
                problems.add(
                    1,
                    None,
                    wrong,
                    "give narrower bins, or leave --bin-width out",
                );
                return Err(problems.take());
            }
            remarks.extend(remarks_on_width(width_ms, step_ms, spanned_ms));
        }
        let first_lines = (0..workloads.len()).map(|n| names.line(n)).collect();
        Ok(Self {
            cursors,
            workloads,
            first_lines,
            unit: options.unit,
            step_ms,
            width_ms: given.unwrap_or(step_ms),
            origin_ms,
            // A trace that counts from its own start begins there, or with what its first sample tells of before.
            zero_ms: if wall_clock {
                origin_ms
            } else {
                origin_ms.min(0)
            },
            wall_clock,
            end_ms,
            at_ms: origin_ms,
            workload: 0,
            known: false,
            rows,
            service_mean: options.service_mean.unwrap_or_default(),
            scaled: ScaledBins::new(&source, options),
            remarks,
        })
    }

    /// Requests of a workload in the bin that begins at `at_ms`; `None` where they are not known.
    fn count(&mut self, workload: u32) -> Option<f64> {
        let (from, step, unit) = (self.at_ms, self.step_ms, self.unit);
        let to = from.saturating_add(self.width_ms);
        let mut sum = None;
        let mut known = true;
        for cursor in &mut self.cursors[workload as usize] {
            let lived = overlap(cursor.life(step), (from, to));
            if lived == 0 {
                continue;
            }
            let (count, covered) = cursor.count((from, to), step, unit);
            known &= covered >= lived;
            sum = Some(sum.unwrap_or(0.0) + count);
        }
        sum.filter(|_| known)
    }

    /// Goes on to the next bin, past those of which nothing is known.
    fn advance(&mut self) {
        self.workload = 0;
        let following = self.at_ms.saturating_add(self.width_ms);
        let known = std::mem::replace(&mut self.known, false);
        let (step, width, unit) = (self.step_ms, self.width_ms, self.unit);
        let pieces = self.cursors.iter().flatten();
        let pieces = pieces.filter_map(|cursor| cursor.piece(cursor.next, step, unit));
        let from = pieces
            .filter(|piece| piece.to_ms > following)
            .map(|piece| piece.from_ms)
            .min()
            .filter(|from| !known && *from > following);
        self.at_ms = from.map_or(following, |from| {
            let bins = (from.abs_diff(self.origin_ms)) / width.unsigned_abs();
            self.origin_ms
                .saturating_add_unsigned(bins.saturating_mul(width.unsigned_abs()))
        });
    }
}

impl BinSource for SeriesBins {
    fn next_bin(&mut self) -> Option<Result<RateBin, TraceError>> {
        loop {
            if self.workload as usize >= self.workloads.len() {
                self.advance();
            }
            // A last bin of which a part was not seen would look like less load.
            if self.at_ms.saturating_add(self.width_ms) > self.end_ms {
                return None;
            }
            let workload = self.workload;
            self.workload += 1;
            let Some(count) = self.count(workload) else {
                continue;
            };
            self.known = true;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "not negative, and a float beyond the range becomes the largest number"
            )]
            let count_nano = (count * 1e9).round() as u64;
            let bin = PlainBin {
                start: Nanos::from_millis(self.at_ms.abs_diff(self.zero_ms)),
                width: Nanos::from_millis(self.width_ms.unsigned_abs()),
                workload,
                count_nano,
                service_mean: self.service_mean,
            };
            return Some(self.scaled.scale(bin));
        }
    }

    fn workloads(&self) -> &[String] {
        &self.workloads
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        self.first_lines.get(number).copied().flatten()
    }

    fn describe(&self, notes: &mut TraceNotes) {
        notes.rows = self.rows;
        notes.origin_unix_ms = self.wall_clock.then_some(self.zero_ms);
        self.scaled.describe(notes);
        notes.remarks.extend(self.remarks.iter().cloned());
    }
}

impl Cursor {
    /// From when to when the series says anything.
    fn life(&self, step_ms: i64) -> (i64, i64) {
        let (first, last) = (self.samples[0], self.samples[self.samples.len() - 1]);
        match self.kind {
            Kind::Gauge => (first.at_ms.saturating_sub(step_ms), last.at_ms),
            // What was counted before the first sample is of an unknown time.
            Kind::Counter => (first.at_ms, last.at_ms),
        }
    }

    /// Requests in a span, and how many milliseconds of it are known. Spans are asked for in order of time.
    fn count(&mut self, span: (i64, i64), step_ms: i64, unit: Unit) -> (f64, i64) {
        let (mut sum, mut covered) = (0.0, 0);
        while let Some(piece) = self.piece(self.next, step_ms, unit) {
            let shared = overlap((piece.from_ms, piece.to_ms), span);
            if shared > 0 && piece.count.is_finite() {
                covered += shared;
                #[expect(clippy::cast_precision_loss, reason = "spans of a bin")]
                let share = shared as f64 / (piece.to_ms - piece.from_ms) as f64;
                sum += piece.count * share;
            }
            if piece.to_ms >= span.1 {
                break;
            }
            self.next += 1;
        }
        (sum, covered)
    }

    /// What sample `index` says of the time before it; `None` after the last.
    fn piece(&self, index: usize, step_ms: i64, unit: Unit) -> Option<Piece> {
        let sample = *self.samples.get(index)?;
        let before = index.checked_sub(1).map(|index| self.samples[index]);
        let late = step_ms.saturating_add(step_ms / 2);
        let near = before.filter(|before| sample.at_ms.saturating_sub(before.at_ms) <= late);
        let from_ms = near.map_or(sample.at_ms.saturating_sub(step_ms), |near| near.at_ms);
        #[expect(clippy::cast_precision_loss, reason = "a span of a bin")]
        let seconds = sample.at_ms.saturating_sub(from_ms) as f64 / 1e3;
        let count = match (self.kind, unit) {
            (Kind::Gauge, Unit::PerSecond) => sample.value * seconds,
            (Kind::Gauge, Unit::Count) => sample.value,
            (Kind::Counter, _) => match near {
                Some(near) if sample.value < near.value => sample.value,
                Some(near) => sample.value - near.value,
                None => f64::NAN,
            },
        };
        Some(Piece {
            from_ms,
            to_ms: sample.at_ms,
            count,
        })
    }
}

fn overlap(a: (i64, i64), b: (i64, i64)) -> i64 {
    a.1.min(b.1).saturating_sub(a.0.max(b.0)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(kind: Kind, samples: &[(i64, f64)]) -> Cursor {
        Cursor {
            kind,
            samples: samples
                .iter()
                .map(|&(at_ms, value)| Sample { at_ms, value })
                .collect(),
            next: 0,
        }
    }

    fn counts(mut cursor: Cursor, unit: Unit) -> Vec<(f64, i64)> {
        let (from, to) = cursor.life(10);
        (from..to)
            .step_by(10)
            .map(|at| cursor.count((at, at + 10), 10, unit))
            .collect()
    }

    #[test]
    fn a_gauge_stands_for_the_step_that_its_sample_ends() {
        let samples = [(10, 1_000.0), (20, 3_000.0)];
        assert_eq!(
            counts(cursor(Kind::Gauge, &samples), Unit::PerSecond),
            [(10.0, 10), (30.0, 10)]
        );
        assert_eq!(
            counts(cursor(Kind::Gauge, &samples), Unit::Count),
            [(1_000.0, 10), (3_000.0, 10)]
        );
    }

    #[test]
    fn a_counter_that_falls_has_begun_anew() {
        let samples = [(10, 100.0), (20, 130.0), (30, 5.0), (40, 6.0)];
        assert_eq!(
            counts(cursor(Kind::Counter, &samples), Unit::PerSecond),
            [(30.0, 10), (5.0, 10), (1.0, 10)]
        );
    }

    #[test]
    fn nan_and_missing_samples_cover_nothing() {
        let samples = [(10, 1_000.0), (20, f64::NAN), (30, 1_000.0), (50, 1_000.0)];
        let covered: Vec<_> = counts(cursor(Kind::Gauge, &samples), Unit::PerSecond)
            .into_iter()
            .map(|(_, covered)| covered)
            .collect();
        assert_eq!(covered, [10, 0, 10, 0, 10]);
    }

    #[test]
    fn jitter_moves_requests_between_bins_and_loses_none() {
        let samples = [(0, 0.0), (11, 11.0), (19, 19.0), (32, 32.0), (40, 40.0)];
        let counts = counts(cursor(Kind::Counter, &samples), Unit::PerSecond);
        assert_eq!(counts, [(10.0, 10), (10.0, 10), (10.0, 10), (10.0, 10)]);
    }
}
