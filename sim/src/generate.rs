//! Synthetic load: rates over the time of day, as bins that become requests like those of a trace.
//!
//! A generator only says how many requests each bin has. Where they lie in it and how long they take is drawn by
//! [`BinArrivals`], as for files: one mechanism for both.

mod classes;
mod shape;

use rand::RngExt;
use rand_distr::Poisson;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

pub use classes::{Classed, PlannedArrivals, Shares};
pub use shape::Shape;

use crate::random;
use crate::time::Nanos;
use crate::trace::{
    BinArrivals, BinSource, PointProcess, RateBin, Sampling, TraceError, TraceNotes,
};

/// The load of one workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Name of the workload.
    pub workload: String,
    /// Its rate over time.
    pub shape: Shape,
    /// Mean service time of its requests.
    pub service_mean: Nanos,
}

/// All that a generator needs besides the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The workloads, each of another name.
    pub patterns: Vec<Pattern>,
    /// Time over which requests arrive.
    pub duration: Nanos,
    /// Width of a bin, within which the rate is constant. Wider ones blur the edge of a flash sale; each costs as much
    /// as a few requests.
    pub bin_width: Nanos,
}

/// One thing that is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {wrong}; {right}")]
pub struct PlanProblem {
    /// The field, as a path from the plan.
    pub field: String,
    /// What is wrong.
    pub wrong: String,
    /// What would be right.
    pub right: &'static str,
}

/// Requests per second above which a rate is surely a slip: a bin's count must stay far below 64 bits.
const HIGHEST_RATE_PER_S: f64 = 1e9;

impl Plan {
    /// Arrivals of the plan under a way of sampling.
    ///
    /// With [`PointProcess::Poisson`] the count of each bin is drawn, so that the whole is a Poisson process with the
    /// plan's rate; with [`PointProcess::Uniform`] it is the rate times the width, with the remainder carried on.
    ///
    /// # Errors
    ///
    /// All that is wrong with the plan.
    pub fn arrivals(
        self,
        sampling: Sampling,
    ) -> Result<BinArrivals<PlannedBins>, Vec<PlanProblem>> {
        let problems = self.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let notes = TraceNotes {
            source: "generator".to_owned(),
            ..TraceNotes::default()
        };
        Ok(BinArrivals::new(
            PlannedBins::new(self, sampling),
            sampling,
            notes,
        ))
    }

    fn problems(&self) -> Vec<PlanProblem> {
        let mut problems = Vec::new();
        let mut refuse = |field: String, wrong: String, right| {
            problems.push(PlanProblem {
                field,
                wrong,
                right,
            });
        };
        let above_zero = "write a span above 0, like 10s";
        for (field, span) in [("duration", self.duration), ("bin_width", self.bin_width)] {
            if span == Nanos::ZERO {
                refuse(field.to_owned(), "is zero".to_owned(), above_zero);
            }
        }
        if self.patterns.is_empty() {
            refuse(
                "patterns".to_owned(),
                "is empty".to_owned(),
                "describe at least one workload",
            );
        }
        for (index, pattern) in self.patterns.iter().enumerate() {
            let path = |field: &str| format!("patterns[{index}].{field}");
            if self.patterns[..index]
                .iter()
                .any(|other| other.workload == pattern.workload)
            {
                let wrong = format!("`{}` is there twice", pattern.workload);
                refuse(path("workload"), wrong, "give each workload one pattern");
            }
            if pattern.service_mean == Nanos::ZERO {
                refuse(
                    path("service_mean"),
                    "is zero".to_owned(),
                    "write the mean time of a request, like 250ms",
                );
            }
            let (numbers, (span_field, span)) = pattern.shape.fields();
            for (field, value) in numbers {
                let most = if field == "amplitude" {
                    1.0
                } else {
                    HIGHEST_RATE_PER_S
                };
                if !(0.0..=most).contains(&value) {
                    refuse(
                        path(field),
                        format!("is {value}"),
                        "write a rate from 0 to 1e9, or an amplitude from 0 to 1",
                    );
                }
            }
            if span == Nanos::ZERO {
                refuse(path(span_field), "is zero".to_owned(), above_zero);
            }
        }
        problems
    }
}

/// The bins of a plan: those of the first bin's time for each workload, then those of the next.
pub struct PlannedBins {
    plan: Plan,
    names: Vec<String>,
    point_process: PointProcess,
    streams: Vec<Pcg64>,
    /// Requests that are owed to each workload, less than one.
    carries: Vec<f64>,
    start: Nanos,
    workload: usize,
}

impl PlannedBins {
    fn new(plan: Plan, sampling: Sampling) -> Self {
        let names: Vec<_> = plan
            .patterns
            .iter()
            .map(|pattern| pattern.workload.clone())
            .collect();
        Self {
            streams: names
                .iter()
                .map(|name| random::stream(sampling.seed, "counts", name))
                .collect(),
            carries: vec![0.0; names.len()],
            names,
            point_process: sampling.point_process,
            plan,
            start: Nanos::ZERO,
            workload: 0,
        }
    }

    fn draw_count(&mut self, mean: f64) -> u64 {
        let count = match self.point_process {
            // A mean of zero is not one that the distribution knows.
            PointProcess::Poisson => Poisson::new(mean)
                .map_or(0.0, |poisson| self.streams[self.workload].sample(poisson)),
            PointProcess::Uniform => {
                let owed = self.carries[self.workload] + mean;
                self.carries[self.workload] = owed.fract();
                owed.trunc()
            }
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number >= 0, far below 2^64"
        )]
        let count = count as u64;
        count
    }
}

impl BinSource for PlannedBins {
    fn next_bin(&mut self) -> Option<Result<RateBin, TraceError>> {
        if self.workload == self.plan.patterns.len() {
            self.workload = 0;
            self.start += self.plan.bin_width;
        }
        let left = self.plan.duration.saturating_sub(self.start);
        if left == Nanos::ZERO {
            return None;
        }
        let width = self.plan.bin_width.min(left);
        let Pattern {
            shape,
            service_mean,
            ..
        } = &self.plan.patterns[self.workload];
        let (rate, service_mean) = (
            shape.rate_per_s(self.start + Nanos(width.0 / 2)),
            *service_mean,
        );
        let bin = RateBin {
            start: self.start,
            width,
            workload: u32::try_from(self.workload).expect("a plan has fewer than 2^32 workloads"),
            count: self.draw_count(rate * width.as_secs_f64()),
            service_mean,
        };
        self.workload += 1;
        Some(Ok(bin))
    }

    fn workloads(&self) -> &[String] {
        &self.names
    }

    fn describe(&self, notes: &mut TraceNotes) {
        notes.bin_width = Some(self.plan.bin_width);
        notes.end = self.plan.duration;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{ArrivalSource, ServiceDistribution};

    const DAY: Nanos = Nanos::from_secs(86_400);
    const DIURNAL: Shape = Shape::Diurnal {
        mean_per_s: 1.0,
        amplitude: 0.8,
        period: DAY,
        phase: Nanos::ZERO,
    };

    fn plan(shapes: &[(&str, Shape)]) -> Plan {
        let pattern = |(workload, shape): &(&str, Shape)| Pattern {
            workload: (*workload).to_owned(),
            shape: *shape,
            service_mean: Nanos::from_millis(500),
        };
        Plan {
            patterns: shapes.iter().map(pattern).collect(),
            duration: DAY,
            bin_width: Nanos::from_secs(60),
        }
    }

    fn sampling(point_process: PointProcess) -> Sampling {
        Sampling {
            point_process,
            service: ServiceDistribution::Exponential,
            seed: 7,
        }
    }

    fn arrivals(plan: Plan, process: PointProcess) -> Vec<(u64, u32, u64)> {
        let mut source = plan.arrivals(sampling(process)).expect("a sound plan");
        std::iter::from_fn(|| source.next())
            .map(|arrival| arrival.expect("a generator does not fail"))
            .map(|arrival| (arrival.at.0, arrival.workload, arrival.service.0))
            .collect()
    }

    #[test]
    fn a_day_has_about_as_many_requests_as_its_mean_says() {
        for process in [PointProcess::Poisson, PointProcess::Uniform] {
            let all = arrivals(plan(&[("web", DIURNAL)]), process);
            assert!(all.is_sorted_by_key(|arrival| arrival.0));
            // Five standard deviations of a Poisson count of 86,400.
            assert!(
                all.len().abs_diff(86_400) < 1_470,
                "{process:?}: {}",
                all.len()
            );
            let first_half = all.iter().filter(|arrival| arrival.0 < DAY.0 / 2).count();
            // The integral of 1 + 0.8 sin over half a turn: 43,200 * (1 + 1.6 / pi).
            assert!(
                first_half.abs_diff(65_202) < 1_300,
                "{process:?}: {first_half}"
            );
        }
    }

    #[test]
    fn another_workload_does_not_shift_the_draws_of_the_first() {
        let alone = arrivals(plan(&[("web", DIURNAL)]), PointProcess::Poisson);
        let mut both = arrivals(
            plan(&[("web", DIURNAL), ("api", DIURNAL)]),
            PointProcess::Poisson,
        );
        assert!(both.is_sorted_by_key(|arrival| arrival.0));
        both.retain(|arrival| arrival.1 == 0);
        assert_eq!(alone, both);
    }

    #[test]
    fn a_bad_plan_is_refused_with_all_that_is_wrong() {
        let bad = Shape::Diurnal {
            mean_per_s: f64::NAN,
            amplitude: 1.5,
            period: Nanos::ZERO,
            phase: Nanos::ZERO,
        };
        let mut plan = plan(&[
            ("web", bad),
            (
                "web",
                Shape::Ramp {
                    from_per_s: -1.0,
                    to_per_s: f64::INFINITY,
                    start: DAY,
                    length: DAY,
                },
            ),
        ]);
        plan.bin_width = Nanos::ZERO;
        let fields: Vec<_> = plan
            .arrivals(sampling(PointProcess::Poisson))
            .err()
            .into_iter()
            .flatten()
            .map(|p| p.field)
            .collect();
        assert_eq!(
            fields,
            [
                "bin_width",
                "patterns[0].mean_per_s",
                "patterns[0].amplitude",
                "patterns[0].period",
                "patterns[1].workload",
                "patterns[1].from_per_s",
                "patterns[1].to_per_s",
            ]
        );
    }
}
