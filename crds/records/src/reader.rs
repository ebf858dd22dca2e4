//! Reads `decisions.jsonl` tick by tick; snapshots come out whole, whatever form the line has.

use std::io::BufRead;

use serde::Deserialize as _;
use serde_json::Value;
use spillway_crds::document::{parse_json, typed};
use spillway_solver::decision::Decision;
use spillway_solver::snapshot::Snapshot;

use super::digest::DigestOfLines;
use super::{Digest, End, Line, edits};
use crate::DecisionsHeader;

/// A line that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("line {line}: cannot be read: {source}")]
    Io {
        /// Counted from 1.
        line: u64,
        /// The system's words.
        source: std::io::Error,
    },
    /// The line is not what this format has.
    #[error(
        "line {line}, column {column}: {problem}; the file is damaged, cut off or of another version"
    )]
    Line {
        /// Counted from 1.
        line: u64,
        /// Counted from 1; 0 where it is the line as a whole.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// The last line is missing.
    #[error(
        "line {line}: no line `{{\"end\": ...}}` after {ticks} ticks: the file is cut off, or its run was ended; write it again"
    )]
    NoEnd {
        /// Where it should be, counted from 1.
        line: u64,
        /// Ticks up to there.
        ticks: u64,
    },
    /// A line before the last was altered.
    #[error(
        "line {line}: the lines before it are not those that the run wrote, for their digest differs: the file was altered; make the run again (`spillway-sim replay` names the ticks whose decision differs, if any does)"
    )]
    Altered {
        /// That of the end.
        line: u64,
    },
    /// There is no header.
    #[error("line 1: no header; a decisions file begins with a line `{{\"header\": ...}}`")]
    NoHeader,
}

/// One tick as read.
#[derive(Debug)]
pub struct Tick {
    /// Its line, counted from 1.
    pub line: u64,
    /// What was observed.
    pub snapshot: Snapshot,
    /// What was decided.
    pub recorded: Recorded,
}

/// A decision as its line has it.
#[derive(Debug)]
pub enum Recorded {
    /// The whole.
    Full(Box<Decision>),
    /// Its digest.
    Digest(Digest),
}

/// How the last line begins.
const END: &str = "{\"end\"";

/// Reads the header at once and the ticks as an iterator.
#[derive(Debug)]
pub struct DecisionsReader<R> {
    input: R,
    header: DecisionsHeader,
    line: u64,
    before: Value,
    ended: bool,
    digest: DigestOfLines,
}

impl<R: BufRead> DecisionsReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// When the first line is not a header.
    pub fn new(mut input: R) -> Result<Self, ReadError> {
        let mut digest = DigestOfLines::new();
        match next_line(&mut input, 1, &mut digest)? {
            Some(Line::Header(header)) => Ok(Self {
                input,
                header: *header,
                line: 1,
                before: Value::Null,
                ended: false,
                digest,
            }),
            _ => Err(ReadError::NoHeader),
        }
    }

    /// What stands before the ticks.
    pub fn header(&self) -> &DecisionsHeader {
        &self.header
    }

    /// Reads on to the end, where the ticks that follow are not asked for, and makes sure that nothing was altered.
    ///
    /// # Errors
    ///
    /// When the file is cut off or was altered.
    pub fn finish(mut self) -> Result<(), ReadError> {
        while !self.ended {
            self.line += 1;
            let line = self.line;
            let Some(text) = text_of_line(&mut self.input, line)? else {
                let ticks = line - 2;
                return Err(ReadError::NoEnd { line, ticks });
            };
            // Ticks are many and long: none is parsed.
            let end = text
                .trim_start()
                .starts_with(END)
                .then(|| serde_json::from_str(&text));
            match end {
                Some(Ok(Line::End(end))) => self.end(&end)?,
                _ => self.digest.add(&text),
            }
        }
        Ok(())
    }

    /// Takes the last line.
    fn end(&mut self, end: &End) -> Result<(), ReadError> {
        let line = self.line;
        // Neither the header nor the end is a tick.
        let ticks = line - 2;
        if end.ticks != ticks {
            return Err(ReadError::Line {
                line,
                column: 0,
                problem: format!("{ticks} ticks before it, and it counts {}", end.ticks),
            });
        }
        if end.digest != self.digest.digest() {
            return Err(ReadError::Altered { line });
        }
        self.ended = true;
        Ok(())
    }

    fn tick(&mut self) -> Result<Option<Tick>, ReadError> {
        self.line += 1;
        let line = self.line;
        let problem = |problem: String| ReadError::Line {
            line,
            column: 0,
            problem,
        };
        // The header is no tick.
        let ticks = line - 2;
        let (snapshot, recorded) = match next_line(&mut self.input, line, &mut self.digest)? {
            None if self.ended => return Ok(None),
            None => return Err(ReadError::NoEnd { line, ticks }),
            Some(_) if self.ended => return Err(problem("a line after the end".into())),
            Some(Line::End(end)) => {
                self.end(&end)?;
                return self.tick();
            }
            Some(Line::Header(_)) => return Err(problem("a second header".into())),
            Some(Line::Full(tick)) => {
                self.before = serde_json::to_value(&tick.snapshot)
                    .map_err(|error| problem(error.to_string()))?;
                (tick.snapshot, Recorded::Full(Box::new(tick.decision)))
            }
            Some(Line::Quiet(tick)) => {
                edits::apply(&mut self.before, tick.edits)
                    .map_err(|path| problem(format!("nothing stands at `{path}`")))?;
                let snapshot = Snapshot::deserialize(&self.before)
                    .map_err(|error| problem(format!("not a snapshot: {error}")))?;
                (snapshot, Recorded::Digest(tick.digest))
            }
        };
        Ok(Some(Tick {
            line,
            snapshot,
            recorded,
        }))
    }
}

impl<R: BufRead> Iterator for DecisionsReader<R> {
    type Item = Result<Tick, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.tick().transpose()
    }
}

fn text_of_line(input: &mut impl BufRead, line: u64) -> Result<Option<String>, ReadError> {
    let mut text = String::new();
    let length = input
        .read_line(&mut text)
        .map_err(|source| ReadError::Io { line, source })?;
    Ok((length > 0).then_some(text))
}

/// A line, which goes into the digest where it is not the last.
fn next_line(
    input: &mut impl BufRead,
    line: u64,
    digest: &mut DigestOfLines,
) -> Result<Option<Line>, ReadError> {
    let Some(text) = text_of_line(input, line)? else {
        return Ok(None);
    };
    // An editor may have put a byte order mark before the first line; the ends of lines that it
    // writes are blanks to JSON.
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) if line == 1 => rest,
        _ => &text,
    };
    match serde_json::from_str(text) {
        Ok(read) => {
            if !matches!(read, Line::End(_)) {
                digest.add(text);
            }
            Ok(Some(read))
        }
        Err(error) => Err(ReadError::Line {
            line,
            column: error.column(),
            problem: what_is_wrong(text).unwrap_or_else(|| error.to_string()),
        }),
    }
}

/// The first mistake of a line, with its field.
fn what_is_wrong(text: &str) -> Option<String> {
    let mistake = match parse_json(text) {
        Ok(tree) => typed::<Line>(&tree).err()?.into_iter().next()?,
        Err(mistake) => mistake,
    };
    let text = format!("{} {}", mistake.path, mistake.message);
    Some(text.trim_start().to_owned())
}
