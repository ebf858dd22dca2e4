//! A trace written in the project's own formats.

use std::collections::VecDeque;
use std::io::{self, Write};

use super::{ArrivalSource, Content, TraceError};
use crate::time::Nanos;

/// Why a trace cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The trace that is read is at fault.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The file that is written is.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Some workloads have a mean service time and this one has none.
    #[error(
        "nothing says how long a request of {0} takes; give the mean service time (--service-mean 250ms)"
    )]
    Mean(String),
    /// A name has no place in a CSV file.
    #[error(
        "the name {0:?} cannot stand in a CSV file; choose names without line ends and control characters"
    )]
    Name(String),
}

/// Writes a row a request and says how many.
///
/// # Errors
///
/// Where the trace cannot be read or the file not be written.
pub fn write_requests(
    requests: &mut dyn ArrivalSource,
    out: &mut dyn Write,
) -> Result<u64, ConvertError> {
    writeln!(out, "arrival_s,service_s,workload,class,bytes")?;
    let mut rows = 0;
    let mut origin = None;
    let [mut named, mut classes] = [const { Written(Vec::new()) }; 2];
    while let Some(arrival) = requests.next() {
        let arrival = arrival?;
        let origin = *origin.get_or_insert_with(|| requests.notes().origin_unix_ms);
        named.add(requests.workloads())?;
        classes.add(requests.classes())?;
        let workload = &named.0[arrival.workload as usize];
        let class = classes.0.get(arrival.class as usize);
        writeln!(
            out,
            "{},{},{workload},{},{}",
            written(arrival.at, origin),
            seconds(arrival.service),
            class.map_or("", String::as_str),
            arrival.bytes
        )?;
        rows += 1;
    }
    Ok(rows)
}

/// Writes a row a bin and says how many; requests are counted by bins of `width`. The width of the bins goes before
/// them: gaps have no row, so the times alone would not tell it. The mean service time has no column where none is known.
///
/// # Errors
///
/// Where the trace cannot be read or the file not be written.
pub fn write_rates(
    content: Content,
    width: Nanos,
    out: &mut dyn Write,
) -> Result<u64, ConvertError> {
    let counted = matches!(content, Content::Requests(_));
    let (mut bins, mut notes) = content.into_bins(width);
    // Of a silent bin no mean is known, also where the trace has means: so the first that is not silent is looked at.
    let mut ahead = VecDeque::new();
    let mut timed = counted;
    while let Some(bin) = bins.next_bin() {
        let bin = bin?;
        ahead.push_back(bin);
        timed |= bin.service_mean > Nanos::ZERO;
        if timed || bin.count > 0 {
            break;
        }
    }
    let Some(first) = ahead.front() else {
        return Ok(0);
    };
    bins.describe(&mut notes);
    let origin = notes.origin_unix_ms;
    let mean = if timed { ",service_mean_s" } else { "" };
    writeln!(out, "# bin-width: {}\nts,workload,count{mean}", first.width)?;
    let mut rows = 0;
    let mut named = Written(Vec::new());
    while let Some(bin) = ahead.pop_front().map(Ok).or_else(|| bins.next_bin()) {
        let bin = bin?;
        named.add(bins.workloads())?;
        let workload = &named.0[bin.workload as usize];
        let ts = written(bin.start, origin);
        write!(out, "{ts},{workload},{}", bin.count)?;
        if timed {
            if bin.service_mean == Nanos::ZERO && bin.count > 0 && !counted {
                let name = bins.workloads()[bin.workload as usize].clone();
                return Err(ConvertError::Mean(name));
            }
            let unknown = bin.service_mean == Nanos::ZERO && bin.count == 0;
            let mean = if unknown {
                String::new()
            } else {
                // The format wants more than zero, also of requests that took no time.
                seconds(bin.service_mean.max(Nanos(1)))
            };
            write!(out, ",{mean}")?;
        }
        writeln!(out)?;
        rows += 1;
    }
    Ok(rows)
}

/// Names as they stand in a CSV file.
struct Written(Vec<String>);

impl Written {
    /// Adds the names after those that are known.
    fn add(&mut self, names: &[String]) -> Result<(), ConvertError> {
        for name in names.iter().skip(self.0.len()) {
            if name.contains(char::is_control) {
                return Err(ConvertError::Name(name.clone()));
            }
            let plain = name.trim() == name && !name.contains([',', '"']);
            self.0.push(if plain {
                name.clone()
            } else {
                format!("\"{}\"", name.replace('"', "\"\""))
            });
        }
        Ok(())
    }
}

/// A time as the trace would write it: by the calendar where it has one, else in seconds.
fn written(at: Nanos, origin_unix_ms: Option<i64>) -> String {
    let time = origin_unix_ms.and_then(|origin| {
        let ns = i128::from(origin) * 1_000_000 + i128::from(at.0);
        jiff::Timestamp::from_nanosecond(ns).ok()
    });
    time.map_or_else(|| seconds(at), |time| time.to_string())
}

fn seconds(time: Nanos) -> String {
    let text = format!("{}.{:09}", time.0 / 1_000_000_000, time.0 % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
