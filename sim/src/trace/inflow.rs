//! Arrivals as rates: the bins of a trace of rates as they are, or single requests counted.

use std::collections::VecDeque;

use super::{Arrival, ArrivalSource, PointProcess, TraceError};
use crate::time::Nanos;

/// Requests of one workload that arrive evenly over a span of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inflow {
    /// When the first arrive.
    pub at: Nanos,
    /// For how long they do; above zero.
    pub width: Nanos,
    /// Number of the workload.
    pub workload: u32,
    /// How many arrive.
    pub count: u64,
    /// Mean service time.
    pub service_mean: Nanos,
    /// Squared coefficient of variation of service times.
    pub squared_variation: f64,
    /// Whether they arrive independently of each other in this span, or else at even distances.
    pub independent: bool,
}

impl Inflow {
    /// When the last have arrived.
    #[must_use]
    pub fn end(&self) -> Nanos {
        self.at + self.width
    }

    /// Whole requests that have arrived by `at`.
    #[must_use]
    pub fn arrived_by(&self, at: Nanos) -> u64 {
        let part = at.min(self.end()).saturating_sub(self.at);
        let count = u128::from(self.count) * u128::from(part.0) / u128::from(self.width.0);
        u64::try_from(count).unwrap_or(self.count)
    }

    /// Variance over mean of the arrivals in any so many seconds, where inflows like this one follow each other.
    ///
    /// Independent arrivals scatter as those of a Poisson process in spans that are short beside the inflow, for which
    /// it is 1. Their sum over the inflow is given, so in longer spans they scatter less; how the sums differ from each
    /// other is in the inflows already.
    #[must_use]
    pub fn dispersion(&self, seconds: f64) -> f64 {
        let spans = seconds / self.width.as_secs_f64();
        if !self.independent {
            0.0
        } else if spans < 1.0 {
            1.0 - spans + spans * spans / 3.0
        } else {
            1.0 / (3.0 * spans)
        }
    }

    /// Requests a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate of the fluid model")]
    pub fn rate(&self) -> f64 {
        self.count as f64 / self.width.as_secs_f64()
    }
}

/// Reads a source as rates, in order of time, then of workload.
pub struct Inflows<S> {
    source: S,
    /// Width of the bins in which single requests are counted.
    width: Nanos,
    /// The request read ahead.
    next: Option<Arrival>,
    started: bool,
    /// Inflows of the bin that was counted last.
    counted: VecDeque<Inflow>,
}

/// The requests of one bin.
#[derive(Clone, Copy, Default)]
struct Count {
    requests: u64,
    service_s: f64,
    squares: f64,
}

impl<S: ArrivalSource> Inflows<S> {
    /// Of a source from which nothing was taken; single requests are counted in bins of `width`.
    pub fn new(source: S, width: Nanos) -> Self {
        Self {
            source,
            width: width.max(Nanos(1)),
            next: None,
            started: false,
            counted: VecDeque::new(),
        }
    }

    /// The source, for its names and notes.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// The next inflow, an error after which there is none, or the end.
    pub fn next_inflow(&mut self) -> Option<Result<Inflow, TraceError>> {
        if let Some((bins, sampling)) = self.source.bins() {
            let bin = match bins.next_bin()? {
                Ok(bin) => bin,
                Err(error) => return Some(Err(error)),
            };
            return Some(Ok(Inflow {
                at: bin.start,
                width: bin.width,
                workload: bin.workload,
                count: bin.count,
                service_mean: bin.service_mean,
                squared_variation: sampling.service.squared_variation(),
                independent: sampling.point_process == PointProcess::Poisson,
            }));
        }
        if self.counted.is_empty()
            && let Err(error) = self.count()
        {
            return Some(Err(error));
        }
        self.counted.pop_front().map(Ok)
    }

    /// Counts the bin of the next request.
    fn count(&mut self) -> Result<(), TraceError> {
        if !self.started {
            self.started = true;
            self.next = self.source.next().transpose()?;
        }
        let Some(first) = self.next else {
            return Ok(());
        };
        let at = Nanos(first.at.0 / self.width.0 * self.width.0);
        let mut counts: Vec<Count> = Vec::new();
        while let Some(arrival) = self.next.filter(|arrival| arrival.at < at + self.width) {
            let workload = arrival.workload as usize;
            if counts.len() <= workload {
                counts.resize(workload + 1, Count::default());
            }
            counts[workload].add(arrival.service);
            self.next = None;
            self.next = self.source.next().transpose()?;
        }
        let counts = (0..).zip(counts).filter(|(_, count)| count.requests > 0);
        let width = self.width;
        self.counted = counts
            .map(|(workload, count)| count.inflow(at, width, workload))
            .collect();
        Ok(())
    }
}

impl Count {
    fn add(&mut self, service: Nanos) {
        let service = service.as_secs_f64();
        self.requests += 1;
        self.service_s += service;
        self.squares += service * service;
    }

    #[expect(clippy::cast_precision_loss, reason = "requests of one bin")]
    fn inflow(self, at: Nanos, width: Nanos, workload: u32) -> Inflow {
        let requests = self.requests as f64;
        let mean = self.service_s / requests;
        let squares = self.squares / requests;
        Inflow {
            at,
            width,
            workload,
            count: self.requests,
            service_mean: Nanos::from_secs_f64(mean),
            independent: true,
            squared_variation: if mean > 0.0 {
                (squares / (mean * mean) - 1.0).max(0.0)
            } else {
                0.0
            },
        }
    }
}
