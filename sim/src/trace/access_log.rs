//! Access logs of web servers, common or combined, counted by the second of the server's clock.
//!
//! A server writes a line when a request ends, so lines lie slightly out of order: seconds are held for a window. A
//! log has every request, so a second without a line is one without requests; only a silent day is a gap. Rotated logs follow
//! each other, the oldest first. Source: <https://httpd.apache.org/docs/current/logs.html#combined>.

use std::collections::{BTreeMap, VecDeque};

use super::arrivals::{BinSource, RateBin};
use super::clock::Clock;
use super::content::{Named, joined_names};
use super::error::quoted;
use super::scaled_bins::{PlainBin, ScaledBins, require_service_mean};
use super::table::{Row, Syntax, Table};
use super::{TraceError, TraceNotes, TraceOptions};
use crate::decimal::NANO;
use crate::time::Nanos;

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

const RIGHT_TIME: &str = "write the time like [16/Nov/2026:18:15:46 +0100]";
const RIGHT_LINE: &str = "write host ident user [time] \"request\" status bytes";

/// A longer silence is taken for a log that is missing: a gap, and not a time without requests.
const LONGEST_SILENCE_S: i64 = 86_400;

const SECOND_NS: i64 = 1_000_000_000;

/// Reads one bin a second, or of as many seconds as is asked for (a unit), which begin at whole multiples since 1970.
pub(super) struct LogSeconds {
    table: Table,
    following: VecDeque<Named>,
    clock: Clock,
    workload: [String; 1],
    service_mean: Nanos,
    /// Seconds of a unit.
    unit_s: i64,
    window: i64,
    scaled: ScaledBins,
    /// Requests of the units since 1970 that later lines may still add to.
    held: BTreeMap<i64, u64>,
    latest: i64,
    /// The first and the last second of a line.
    seconds: Option<(i64, i64)>,
    first: Option<i64>,
    /// The unit that is handed out next.
    next: Option<i64>,
    rows_before: u64,
    ended: bool,
}

impl LogSeconds {
    pub(super) fn new(files: Vec<Named>, options: &TraceOptions) -> Result<Self, TraceError> {
        let source = joined_names(&files);
        let mut following = VecDeque::from(files);
        let first = following
            .pop_front()
            .expect("a trace without a file was refused before its format was known");
        let mut table = open(first)?;
        let line = table.line();
        require_service_mean(options, line, table.problems());
        if options.workload_label.is_some() {
            table.problems().add(
                line,
                None,
                "the lines of an access log have no labels",
                "leave --workload-label out, and name the workload (--workload shop/web)",
            );
        }
        let width = options.bin_width.unwrap_or(Nanos(NANO));
        if width.0 == 0 || !width.0.is_multiple_of(NANO) {
            table.problems().add(
                line,
                None,
                "the lines of an access log have whole seconds",
                "give bins of whole seconds (--bin-width 1m)",
            );
        }
        if table.problems().any() {
            return Err(table.problems().take());
        }
        let unit_s = i64::try_from(width.0 / NANO).unwrap_or(i64::MAX);
        let window_s = i64::try_from(options.reorder_window.0 / NANO).unwrap_or(i64::MAX);
        Ok(Self {
            table,
            following,
            unit_s,
            clock: Clock::new(),
            workload: [options.workload.clone()],
            service_mean: options.service_mean.unwrap_or_default(),
            window: window_s / unit_s + i64::from(window_s % unit_s > 0),
            scaled: ScaledBins::new(&source, options),
            held: BTreeMap::new(),
            latest: i64::MIN,
            seconds: None,
            first: None,
            next: None,
            rows_before: 0,
            ended: false,
        })
    }

    /// Counts one more line; an error, or the end of the last file.
    fn count(&mut self) -> Option<Result<(), TraceError>> {
        loop {
            let Self {
                table,
                clock,
                next,
                latest,
                held,
                unit_s,
                seconds,
                ..
            } = self;
            let read = table.next(|row| {
                let second = read_second(clock, row)?;
                let (from, to) = seconds.unwrap_or((second, second));
                *seconds = Some((from.min(second), to.max(second)));
                let unit = second.div_euclid(*unit_s);
                if next.is_some_and(|next| unit < next) {
                    let older = latest.saturating_sub(unit).saturating_mul(*unit_s);
                    let wrong = format!("the line is {older} s older than the latest one");
                    row.refuse(
                        "time",
                        wrong,
                        "give rotated logs with the oldest first, or hold them for longer (--reorder-window 1h)",
                    );
                    return None;
                }
                *latest = (*latest).max(unit);
                *held.entry(unit).or_default() += 1;
                Some(())
            });
            if read.is_some() {
                return read;
            }
            self.rows_before += self.table.rows();
            match open(self.following.pop_front()?) {
                Ok(table) => self.table = table,
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The earliest unit, once no line may add to it any more.
    fn due(&self) -> Option<i64> {
        let held = self.held.first_key_value().map(|(unit, _)| *unit);
        let next = match (self.next, held) {
            (Some(next), Some(held)) if held - next > LONGEST_SILENCE_S / self.unit_s => held,
            (Some(next), _) => next,
            (None, held) => held?,
        };
        let last = if self.ended {
            self.latest
        } else {
            self.latest.saturating_sub(self.window) - 1
        };
        (next <= last).then_some(next)
    }
}

impl BinSource for LogSeconds {
    fn next_bin(&mut self) -> Option<Result<RateBin, TraceError>> {
        loop {
            if let Some(unit) = self.due() {
                let first = *self.first.get_or_insert(unit);
                self.next = Some(unit + 1);
                let count = self.held.remove(&unit).unwrap_or_default();
                let bin = PlainBin {
                    start: Nanos::from_secs(unit.abs_diff(first) * self.unit_s.unsigned_abs()),
                    width: Nanos::from_secs(self.unit_s.unsigned_abs()),
                    workload: 0,
                    count_nano: count.saturating_mul(NANO),
                    service_mean: self.service_mean,
                };
                return Some(self.scaled.scale(bin));
            }
            if self.ended {
                return None;
            }
            match self.count() {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    self.ended = true;
                    self.held.clear();
                    // Nothing is due any more.
                    self.latest = i64::MIN;
                    return Some(Err(error));
                }
                None => self.ended = true,
            }
        }
    }

    fn workloads(&self) -> &[String] {
        &self.workload
    }

    fn describe(&self, notes: &mut TraceNotes) {
        notes.rows = self.rows_before + if self.ended { 0 } else { self.table.rows() };
        notes.origin_unix_ms = self
            .first
            .map(|unit| unit.saturating_mul(self.unit_s).saturating_mul(1_000));
        self.scaled.describe(notes);
        let spanned = self.seconds.map(|(from, to)| to - from + 1);
        if let Some(spanned) = spanned.filter(|spanned| *spanned < self.unit_s) {
            let unit_s = self.unit_s;
            notes.remarks.push(format!(
                "all lines lie within {spanned}s, but a bin is {unit_s}s wide (--bin-width): the rates are too low"
            ));
        }
    }
}

fn open(file: Named) -> Result<Table, TraceError> {
    Table::without_header(&file.name, file.input, Syntax::Whole, 1).map(|(table, _)| table)
}

fn read_second(clock: &mut Clock, row: &mut Row) -> Option<i64> {
    let line = row.field(0);
    let Some(stamp) = bracketed(line) else {
        let wrong = format!("{} is no line of an access log", quoted(line));
        row.problems.add(row.line, None, wrong, RIGHT_LINE);
        return None;
    };
    let instant = calendar(stamp).and_then(|text| clock.instant(&text).ok());
    let Some(ns) = instant else {
        let wrong = format!("{} is not a time of an access log", quoted(stamp));
        row.refuse("time", wrong, RIGHT_TIME);
        return None;
    };
    Some(ns.div_euclid(SECOND_NS))
}

/// What stands in the first brackets, before the quoted request.
fn bracketed(line: &[u8]) -> Option<&[u8]> {
    let open = line.iter().position(|byte| *byte == b'[')?;
    let rest = &line[open + 1..];
    let close = rest.iter().position(|byte| *byte == b']')?;
    rest[close..].starts_with(b"] \"").then_some(&rest[..close])
}

/// `16/Nov/2026:18:15:46 +0100` as `2026-11-16T18:15:46+0100`.
fn calendar(stamp: &[u8]) -> Option<[u8; 24]> {
    let stamp: &[u8; 26] = stamp.try_into().ok()?;
    let [
        d1,
        d2,
        b'/',
        m1,
        m2,
        m3,
        b'/',
        y1,
        y2,
        y3,
        y4,
        b':',
        clock @ ..,
        b' ',
        s,
        h1,
        h2,
        n1,
        n2,
    ] = stamp
    else {
        return None;
    };
    let month = MONTHS.iter().position(|name| **name == [*m1, *m2, *m3])? + 1;
    let [t1, t2] = [
        b'0' + u8::from(month > 9),
        b'0' + u8::try_from(month % 10).ok()?,
    ];
    let mut text = [b'-'; 24];
    text[..4].copy_from_slice(&[*y1, *y2, *y3, *y4]);
    text[5..7].copy_from_slice(&[t1, t2]);
    text[8..10].copy_from_slice(&[*d1, *d2]);
    text[10] = b'T';
    text[11..19].copy_from_slice(clock);
    text[19..].copy_from_slice(&[*s, *h1, *h2, *n1, *n2]);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_log_is_a_calendar_time_with_its_zone() {
        assert_eq!(
            calendar(b"16/Nov/2026:18:15:46 +0100").as_ref(),
            Some(b"2026-11-16T18:15:46+0100")
        );
        assert_eq!(
            calendar(b"01/Jan/1999:00:00:00 -0530").as_ref(),
            Some(b"1999-01-01T00:00:00-0530")
        );
        for wrong in [
            "16/Foo/2026:18:15:46 +0100",
            "16/Nov/2026:18:15:46",
            "16-Nov-2026:18:15:46 +0100",
            "",
        ] {
            assert_eq!(calendar(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
