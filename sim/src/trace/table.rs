//! Rows of a trace: comments, header, fields, and the rule that a file with a problem is read to its end.
//!
//! What the fields mean is in the modules of the formats.

use std::io::Read;

use super::error::{Problems, TraceError, quoted};
use super::format::{Format, Header};
use super::lines::{LONGEST_LINE_BYTES, Lines, Step};
use crate::decimal;

/// Columns that a row may have: more than any format knows.
const MOST_COLUMNS: usize = 16;

/// A setting in a comment before the header: `# seed: 7`.
pub(super) struct Directive {
    pub(super) line: u64,
    pub(super) key: String,
    pub(super) value: String,
}

/// A trace of which the header has been read.
pub(super) struct Table {
    lines: Lines,
    width: usize,
    problems: Problems,
    rows: u64,
    ended: bool,
}

/// A row's fields, without the blanks and quotes around them.
pub(super) struct Row<'a> {
    pub(super) line: u64,
    fields: [&'a [u8]; MOST_COLUMNS],
    pub(super) problems: &'a mut Problems,
}

impl Table {
    /// Reads up to and including the header. Problems of directives go into the list that [`Table::problems`] gives.
    pub(super) fn open(
        file: &str,
        input: Box<dyn Read + Send>,
        wanted: Option<Format>,
    ) -> Result<(Self, Header, Vec<Directive>), TraceError> {
        let mut table = Self {
            lines: Lines::new(input),
            width: 0,
            problems: Problems::new(file),
            rows: 0,
            ended: false,
        };
        let mut directives = Vec::new();
        loop {
            if !table.step()? {
                let line = table.lines.number();
                table.problems.add(
                    line.max(1),
                    None,
                    "the trace is empty",
                    "it needs a header and at least one row",
                );
                return Err(table.problems.take());
            }
            let (line, text) = (table.lines.number(), table.lines.text());
            if let Some(comment) = text.trim_ascii_start().strip_prefix(b"#") {
                directives.extend(directive(line, comment));
                continue;
            }
            let mut fields = [&[][..]; MOST_COLUMNS];
            let width = split(text, &mut fields);
            let fields = &fields[..width.min(MOST_COLUMNS)];
            let Some(header) = Header::read(fields, line, wanted, &mut table.problems) else {
                return Err(table.problems.take());
            };
            table.width = header.width();
            return Ok((table, header, directives));
        }
    }

    /// The problems found so far, to add one to.
    pub(super) fn problems(&mut self) -> &mut Problems {
        &mut self.problems
    }

    /// Rows read so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Number of the line read last.
    pub(super) fn line(&self) -> u64 {
        self.lines.number()
    }

    /// The next row as `parse` reads it.
    ///
    /// `parse` adds what is wrong to the row's problems. From the first problem on nothing more is handed out: the
    /// file is read to its end, so that all problems are known at once, and they are the last thing returned.
    pub(super) fn next<T>(
        &mut self,
        mut parse: impl FnMut(&mut Row) -> Option<T>,
    ) -> Option<Result<T, TraceError>> {
        while !self.ended {
            match self.step() {
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
                Ok(false) => break,
                Ok(true) => {}
            }
            let text = self.lines.text();
            if text.trim_ascii_start().first() == Some(&b'#') {
                continue;
            }
            let line = self.lines.number();
            self.rows += 1;
            let mut row = Row {
                line,
                fields: [&[]; MOST_COLUMNS],
                problems: &mut self.problems,
            };
            let found = split(text, &mut row.fields);
            if found != self.width {
                let wrong = format!("{} has {found} fields", quoted(text));
                row.problems.add(
                    line,
                    None,
                    wrong,
                    format!("each row has {}, like the header", self.width),
                );
                continue;
            }
            let item = parse(&mut row);
            if let Some(item) = item
                && !self.problems.any()
            {
                return Some(Ok(item));
            }
        }
        if self.ended {
            return None;
        }
        self.ended = true;
        if self.rows == 0 {
            self.problems.add(
                self.lines.number(),
                None,
                "the trace has a header only",
                "add at least one row",
            );
        }
        self.problems.any().then(|| Err(self.problems.take()))
    }

    /// Moves to the next line that is not blank; `false` at the end.
    fn step(&mut self) -> Result<bool, TraceError> {
        loop {
            match self.lines.step() {
                Ok(Step::Line) if self.lines.text().trim_ascii().is_empty() => {}
                Ok(Step::Line) => return Ok(true),
                Ok(Step::End) => return Ok(false),
                Ok(Step::TooLong) => {
                    let right =
                        format!("end each row with a newline, within {LONGEST_LINE_BYTES} bytes");
                    self.problems
                        .add(self.lines.number(), None, "the line is too long", right);
                }
                Err(source) => {
                    return Err(TraceError::Io {
                        file: self.problems.file.clone(),
                        source,
                    });
                }
            }
        }
    }
}

impl<'a> Row<'a> {
    pub(super) fn field(&self, index: usize) -> &'a [u8] {
        self.fields[index]
    }

    /// A field as a decimal `>= 0` in billionths; a problem and `None` where it is not one.
    pub(super) fn nano(&mut self, index: usize, name: &str, right: &str) -> Option<u64> {
        let field = self.fields[index];
        match decimal::parse_nano(field) {
            Ok(nano) => Some(nano),
            Err(fault) => {
                self.refuse(name, format!("{} {fault}", quoted(field)), right);
                None
            }
        }
    }

    pub(super) fn refuse(&mut self, name: &str, wrong: impl Into<String>, right: &str) {
        self.problems.add(self.line, Some(name), wrong, right);
    }
}

/// Splits a line at its commas and returns how many fields it has; those beyond the array are counted only.
fn split<'a>(line: &'a [u8], fields: &mut [&'a [u8]; MOST_COLUMNS]) -> usize {
    let mut count = 0;
    for field in line.split(|byte| *byte == b',') {
        if let Some(slot) = fields.get_mut(count) {
            *slot = unquote(field.trim_ascii());
        }
        count += 1;
    }
    count
}

/// A field without the quotes around it. (A quoted field with a comma inside is refused as one field too many.)
fn unquote(field: &[u8]) -> &[u8] {
    match field {
        [b'"', inner @ .., b'"'] => inner,
        _ => field,
    }
}

fn directive(line: u64, comment: &[u8]) -> Option<Directive> {
    let (key, value) = std::str::from_utf8(comment).ok()?.split_once(':')?;
    Some(Directive {
        line,
        key: key.trim().to_owned(),
        value: value.trim().to_owned(),
    })
}
