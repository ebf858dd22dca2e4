//! What is in a trace, in figures: for who wants to know before a run.

use hdrhistogram::Histogram;
use serde::Serialize;

use super::plot::{Column, Columns};
use super::{Content, TraceError, TraceNotes};
use crate::time::Nanos;

/// Rates are kept in thousandths of a request a second.
const MILLI: f64 = 1e3;

/// The largest rate that is told from larger ones, in thousandths: ten billion a second.
const LARGEST: u64 = 10_000_000_000_000;

/// What a trace holds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// Format, rows, gaps and what else a report says.
    pub notes: TraceNotes,
    /// In the order of their first appearance.
    pub workloads: Vec<InspectedWorkload>,
    /// All requests.
    pub requests: u64,
    /// Start of the first bin.
    #[serde(rename = "fromNs")]
    pub from: Nanos,
    /// Width of the bins that the rates are of.
    #[serde(rename = "binNs")]
    pub bin_width: Nanos,
    /// Requests a second of all workloads together, over the bins.
    #[serde(rename = "ratesPerSecond")]
    pub rates: Rates,
    /// The rate over time, by spans of equal length.
    pub columns: Vec<Column>,
}

/// One workload's part of a trace.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectedWorkload {
    /// As the trace calls it.
    pub name: String,
    /// Its requests.
    pub requests: u64,
    /// Mean service time; `None` where nobody says it.
    #[serde(rename = "serviceMeanNs")]
    pub service_mean: Option<Nanos>,
}

/// Requests a second, each within a thousandth of its value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rates {
    /// The quietest bin.
    pub min: f64,
    /// Half of the bins are below.
    pub median: f64,
    /// One bin in a hundred is above.
    pub p99: f64,
    /// The busiest bin.
    pub max: f64,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    requests: u64,
    timed: u128,
    service_ns: u128,
}

/// Bins of all workloads that begin at the same time.
#[derive(Clone, Copy)]
struct Together {
    start: Nanos,
    width: Nanos,
    requests: u64,
}

impl Inspection {
    /// Reads a trace to its end; requests are counted by bins of `width`.
    ///
    /// # Errors
    ///
    /// All that is wrong with the trace.
    ///
    /// # Panics
    ///
    /// Never: the bounds of the histogram are constants that it takes.
    pub fn of(content: Content, width: Nanos) -> Result<Self, TraceError> {
        let (mut bins, mut notes) = content.into_bins(width);
        let mut sums: Vec<Sum> = Vec::new();
        let mut rates = Histogram::<u64>::new_with_bounds(1, LARGEST, 3)
            .expect("bounds and digits are within what it takes");
        let mut columns = Columns::default();
        let (mut from, mut bin_width) = (None, Nanos::ZERO);
        let mut current: Option<Together> = None;
        let mut close = |together: Together| {
            let rate = together.rate();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "not negative, and what is too large becomes the largest number"
            )]
            rates.saturating_record((rate * MILLI).round() as u64);
            columns.add(together.start, together.width, together.requests);
        };
        while let Some(bin) = bins.next_bin() {
            let bin = bin?;
            from.get_or_insert(bin.start);
            bin_width = bin_width.max(bin.width);
            let index = bin.workload as usize;
            if sums.len() <= index {
                sums.resize(index + 1, Sum::default());
            }
            let sum = &mut sums[index];
            sum.requests = sum.requests.saturating_add(bin.count);
            if bin.service_mean > Nanos::ZERO {
                sum.timed += u128::from(bin.count);
                sum.service_ns += u128::from(bin.count) * u128::from(bin.service_mean.0);
            }
            match &mut current {
                Some(together) if together.start == bin.start => {
                    together.requests = together.requests.saturating_add(bin.count);
                }
                other => {
                    let begun = Together {
                        start: bin.start,
                        width: bin.width,
                        requests: bin.count,
                    };
                    if let Some(together) = other.replace(begun) {
                        close(together);
                    }
                }
            }
        }
        if let Some(together) = current {
            close(together);
        }
        bins.describe(&mut notes);
        let workloads = bins.workloads().iter().zip(&sums).map(|(name, sum)| {
            let mean = sum.service_ns.checked_div(sum.timed);
            InspectedWorkload {
                name: name.clone(),
                requests: sum.requests,
                service_mean: mean.map(|mean| Nanos(u64::try_from(mean).unwrap_or(u64::MAX))),
            }
        });
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = |milli: u64| milli as f64 / MILLI;
        Ok(Self {
            notes,
            workloads: workloads.collect(),
            requests: sums
                .iter()
                .fold(0, |all: u64, sum| all.saturating_add(sum.requests)),
            from: from.unwrap_or_default(),
            bin_width,
            rates: Rates {
                min: rate(rates.min()),
                median: rate(rates.value_at_quantile(0.5)),
                p99: rate(rates.value_at_quantile(0.99)),
                max: rate(rates.max()),
            },
            columns: columns.finish(),
        })
    }
}

impl Together {
    fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let requests = self.requests as f64;
        requests / self.width.as_secs_f64()
    }
}
