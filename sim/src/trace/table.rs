//! Rows of a trace: comments, header, fields, and the rule that a file with a problem is read to its end.
//!
//! What the fields mean is in the modules of the formats.

use super::error::{Problems, TraceError, quoted};
use super::format::{Format, Header};
use super::input::Input;
use super::json_rows::JsonRows;
use super::lines::{LONGEST_LINE_BYTES, Lines, Step};
use super::separated::Separated;
use crate::decimal;

/// Columns that a row may have: as many as the widest format has.
pub(super) const MOST_COLUMNS: usize = 18;

/// Comments before the rows that are looked at for settings: a file of comments only must not fill the memory.
const MOST_DIRECTIVES: usize = 1_000;

/// What is right where a number has a comma.
pub(super) const RIGHT_POINT: &str =
    "write decimals with a point, and no sign between thousands (1234.5)";

const RIGHT_QUOTES: &str = "close each quoted field in its line, and write a quote in it twice";

/// How a line is cut into fields.
pub(super) enum Syntax {
    /// At commas, semicolons or tabs.
    Separated(Separated),
    /// At blanks; comments begin with `;`.
    Blanks,
    /// As a JSON object.
    Json(JsonRows),
    /// Not at all: the line is one field, which the format reads itself.
    Whole,
}

/// A setting in a comment before the header: `# seed: 7`.
pub(super) struct Directive {
    pub(super) line: u64,
    pub(super) key: String,
    pub(super) value: String,
}

/// A trace of which the header has been read, if its format has one.
pub(super) struct Table {
    lines: Lines,
    syntax: Syntax,
    /// The line read last is still to be handed out as a row.
    pending: bool,
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
    pub(super) fn with_header(
        file: &str,
        input: Input,
        syntax: Syntax,
        wanted: Option<Format>,
    ) -> Result<(Self, Header, Vec<Directive>), TraceError> {
        let (mut table, directives) = Self::without_header(file, input, syntax, 0)?;
        let Some(header) = table.read_header(wanted) else {
            return Err(match table.lines.damage() {
                Some(source) => table.problems.unreadable(source, 0),
                None => table.problems.take(),
            });
        };
        table.width = header.width();
        Ok((table, header, directives))
    }

    /// Reads up to the first row of a format that has no header and `width` columns.
    pub(super) fn without_header(
        file: &str,
        input: Input,
        syntax: Syntax,
        width: usize,
    ) -> Result<(Self, Vec<Directive>), TraceError> {
        let mut table = Self {
            lines: Lines::new(input),
            syntax,
            pending: false,
            width,
            problems: Problems::new(file),
            rows: 0,
            ended: false,
        };
        let mut directives = Vec::new();
        while table.step()? {
            if let Some(comment) = table.comment() {
                if directives.len() < MOST_DIRECTIVES {
                    directives.extend(directive(table.lines.number(), comment));
                }
                continue;
            }
            table.pending = true;
            return Ok((table, directives));
        }
        let line = table.lines.number();
        table.problems.add(
            line.max(1),
            None,
            "the trace is empty",
            "it needs at least one row, after a header where its format has one",
        );
        Err(table.problems.take())
    }

    fn read_header(&mut self, wanted: Option<Format>) -> Option<Header> {
        let line = self.lines.number();
        let text = self.lines.text();
        match &mut self.syntax {
            // The first object is header and row in one.
            Syntax::Json(rows) => match rows.begin(text) {
                Ok(names) => {
                    let fields: Vec<_> = names.iter().map(String::as_bytes).collect();
                    Header::read(&fields, line, wanted, &mut self.problems)
                }
                Err(fault) => {
                    self.problems.add(line, None, fault.wrong, fault.right);
                    None
                }
            },
            Syntax::Separated(rows) => {
                self.pending = false;
                rows.begin(text);
                let mut fields = [&[][..]; MOST_COLUMNS];
                match rows.split(text, &mut fields) {
                    Ok(width) => {
                        let fields = &fields[..width.min(MOST_COLUMNS)];
                        Header::read(fields, line, wanted, &mut self.problems)
                    }
                    Err(wrong) => {
                        self.problems.add(line, None, wrong, RIGHT_QUOTES);
                        None
                    }
                }
            }
            Syntax::Blanks | Syntax::Whole => None,
        }
    }

    /// What the current line says as a comment.
    fn comment(&self) -> Option<&[u8]> {
        let sign = match self.syntax {
            Syntax::Blanks => b';',
            Syntax::Separated(_) | Syntax::Json(_) => b'#',
            Syntax::Whole => return None,
        };
        let text = self.lines.text().trim_ascii_start();
        text.strip_prefix(std::slice::from_ref(&sign))
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
            if !std::mem::take(&mut self.pending) {
                match self.step() {
                    Err(error) => {
                        self.ended = true;
                        return Some(Err(error));
                    }
                    Ok(false) => break,
                    Ok(true) => {}
                }
            }
            if self.comment().is_some() {
                continue;
            }
            let text = self.lines.text();
            let line = self.lines.number();
            self.rows += 1;
            let mut row = Row {
                line,
                fields: [&[]; MOST_COLUMNS],
                problems: &mut self.problems,
            };
            let has_header = !matches!(self.syntax, Syntax::Blanks);
            let found = match &mut self.syntax {
                Syntax::Separated(rows) => match rows.split(text, &mut row.fields) {
                    Ok(found) => found,
                    Err(wrong) => {
                        let wrong = format!("{} is no row: {wrong}", quoted(text));
                        row.problems.add(line, None, wrong, RIGHT_QUOTES);
                        continue;
                    }
                },
                Syntax::Blanks => split_blanks(text, &mut row.fields),
                Syntax::Json(rows) => match rows.read(text, &mut row.fields) {
                    Ok(()) => self.width,
                    Err(fault) => {
                        row.problems.add(line, None, fault.wrong, fault.right);
                        continue;
                    }
                },
                Syntax::Whole => {
                    row.fields[0] = text;
                    1
                }
            };
            if found != self.width {
                let wrong = format!("{} has {found} fields", quoted(text));
                let suffix = if has_header { ", like the header" } else { "" };
                let right = format!("each row has {}{suffix}", self.width);
                // `0,5` for a half makes two fields of each number.
                let right = if found == 2 * self.width {
                    format!("{right}; if commas stand for decimal points, {RIGHT_POINT}")
                } else {
                    right
                };
                row.problems.add(line, None, wrong, right);
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
                Err(source) => return Err(self.problems.unreadable(source, self.lines.number())),
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
            Err(_) if field.contains(&b',') => {
                self.refuse(name, format!("{} has a comma", quoted(field)), RIGHT_POINT);
                None
            }
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

/// Splits a line at runs of blanks.
fn split_blanks<'a>(line: &'a [u8], fields: &mut [&'a [u8]; MOST_COLUMNS]) -> usize {
    let found = line
        .split(u8::is_ascii_whitespace)
        .filter(|field| !field.is_empty());
    let mut count = 0;
    for field in found {
        if let Some(slot) = fields.get_mut(count) {
            *slot = field;
        }
        count += 1;
    }
    count
}

fn directive(line: u64, comment: &[u8]) -> Option<Directive> {
    let (key, value) = std::str::from_utf8(comment).ok()?.split_once(':')?;
    Some(Directive {
        line,
        key: key.trim().to_owned(),
        value: value.trim().to_owned(),
    })
}
