//! The answer of Prometheus to `query_range`, read as it comes: one JSON value, of which one series at a time is held.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries>.

mod document;
mod live;

use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::DeserializeSeed;

use super::TraceError;
use super::content::Named;
use super::error::Problems;
use super::series::SeriesSet;
use document::Document;
pub use live::{Login, ParseLoginError, ParseWallTimeError, PrometheusQuery, WallTime};

/// Reads a document into the series.
pub(super) fn read(file: Named, series: &mut SeriesSet) -> Result<(), TraceError> {
    let Named { name, input } = file;
    let line = Arc::new(AtomicU64::new(1));
    let mut counted = CountLines {
        inner: BufReader::new(input),
        line: Arc::clone(&line),
    };
    let mut problems = Problems::new(&name);
    let mut deserializer = serde_json::Deserializer::from_reader(&mut counted);
    let document = Document {
        series,
        problems: &mut problems,
        line: &line,
    };
    let read = document
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    let read_lines = line.load(Ordering::Relaxed);
    match read {
        Ok(()) if problems.any() => {}
        Ok(()) => return Ok(()),
        Err(error) if error.is_io() => {
            return Err(problems.unreadable(error.into(), read_lines - 1));
        }
        Err(error) => {
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            problems.add(
                error.line() as u64,
                None,
                format!("column {}: {words}", error.column()),
                "save the whole answer of Prometheus to a query_range",
            );
        }
    }
    // Damaged data looks like nonsense until its checksum.
    Err(match counted.inner.get_mut().damage() {
        Some(source) => problems.unreadable(source, read_lines - 1),
        None => problems.take(),
    })
}

/// Counts the lines that were read, for messages.
struct CountLines<R> {
    inner: R,
    line: Arc<AtomicU64>,
}

impl<R: Read> Read for CountLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        // The parser takes a byte at a time.
        for _ in buffer[..read].split(|byte| *byte == b'\n').skip(1) {
            self.line.fetch_add(1, Ordering::Relaxed);
        }
        Ok(read)
    }
}
