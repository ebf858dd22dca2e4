//! Single requests counted by bins: the way back from requests to rates.

use super::arrivals::{BinSource, RateBin};
use super::{Arrival, ArrivalSource, Content, TraceError, TraceNotes};
use crate::time::Nanos;

/// Counts the requests of each workload in bins of one width.
///
/// A bin without requests is there with a count of zero, from a workload's first request on: a trace of requests has
/// all of them, so silence is silence.
pub struct CountedRequests {
    requests: Box<dyn ArrivalSource + Send>,
    width: Nanos,
    start: Nanos,
    counts: Vec<Count>,
    /// The workload of the current bin that is handed out next; beyond the last while the bin is being filled.
    handed_out: Option<usize>,
    ahead: Option<Arrival>,
    ended: bool,
}

#[derive(Clone, Copy, Default)]
struct Count {
    requests: u64,
    service_ns: u128,
}

impl Content {
    /// The trace as rates: its own, or its requests counted by bins of `width`.
    #[must_use]
    pub fn into_bins(self, width: Nanos) -> (Box<dyn BinSource + Send>, TraceNotes) {
        match self {
            Self::Rates { bins, notes, .. } => (bins, *notes),
            Self::Requests(requests) => {
                let notes = requests.notes();
                (Box::new(CountedRequests::new(requests, width)), notes)
            }
        }
    }
}

impl CountedRequests {
    /// Counts `requests` by bins of `width`, which is at least a nanosecond.
    #[must_use]
    pub fn new(requests: Box<dyn ArrivalSource + Send>, width: Nanos) -> Self {
        Self {
            requests,
            width: width.max(Nanos(1)),
            start: Nanos::ZERO,
            counts: Vec::new(),
            handed_out: None,
            ahead: None,
            ended: false,
        }
    }

    /// Counts all requests of the current bin; an error ends everything.
    fn fill(&mut self) -> Result<(), TraceError> {
        let end = Nanos(self.start.0.saturating_add(self.width.0));
        loop {
            let arrival = match self.ahead.take() {
                Some(arrival) => arrival,
                None => match self.requests.next() {
                    Some(Ok(arrival)) => arrival,
                    Some(Err(error)) => return Err(error),
                    None => {
                        self.ended = true;
                        return Ok(());
                    }
                },
            };
            if arrival.at >= end {
                self.ahead = Some(arrival);
                return Ok(());
            }
            let index = arrival.workload as usize;
            if self.counts.len() <= index {
                self.counts.resize(index + 1, Count::default());
            }
            let count = &mut self.counts[index];
            count.requests += 1;
            count.service_ns += u128::from(arrival.service.0);
        }
    }
}

impl BinSource for CountedRequests {
    fn next_bin(&mut self) -> Option<Result<RateBin, TraceError>> {
        loop {
            if let Some(index) = self.handed_out {
                if let Some(count) = self.counts.get_mut(index) {
                    self.handed_out = Some(index + 1);
                    let Count {
                        requests,
                        service_ns,
                    } = std::mem::take(count);
                    let mean = service_ns.checked_div(u128::from(requests));
                    let mean = mean.map(|mean| Nanos(u64::try_from(mean).unwrap_or(u64::MAX)));
                    return Some(Ok(RateBin {
                        start: self.start,
                        width: self.width,
                        workload: u32::try_from(index).expect("workloads have small numbers"),
                        count: requests,
                        service_mean: mean.unwrap_or_default(),
                    }));
                }
                self.handed_out = None;
                self.start = Nanos(self.start.0.saturating_add(self.width.0));
            }
            if self.ended {
                return None;
            }
            if let Err(error) = self.fill() {
                self.ended = true;
                return Some(Err(error));
            }
            self.handed_out = Some(0);
        }
    }

    fn workloads(&self) -> &[String] {
        self.requests.workloads()
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        self.requests.workload_line(number)
    }

    fn describe(&self, notes: &mut TraceNotes) {
        *notes = self.requests.notes();
        notes.bin_width = Some(self.width);
        if self.ended && notes.end < self.width {
            let Self { width, .. } = self;
            let end = notes.end;
            notes.remarks.push(format!(
                "the last request comes after {end}, within the first bin of {width}: the rate of that bin is too low"
            ));
        }
    }
}
