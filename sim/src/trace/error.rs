//! What is wrong with a trace, said so that its owner can repair it: file, line, field, what it is, what it should be.

use std::fmt;
use std::io;

use super::input::Damage;

/// Problems of one kind that are listed one by one; the rest is only counted. The tenth line of the same words tells
/// nobody anything, and would hide what else is wrong.
const LISTED_OF_A_KIND: u64 = 3;

/// Kinds of problems that are told apart. A file with more is not the trace that its owner thinks it is.
const LISTED_KINDS: usize = 20;

/// Bytes of the offending text that a message repeats.
const QUOTED_BYTES: usize = 40;

/// A trace that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file could not be opened or read on.
    #[error("{file}: cannot be read: {source}; check the path, the permissions and the disk")]
    Io {
        /// The trace as the caller named it.
        file: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A server does not answer as it should.
    #[error("{url}: {wrong}; {right}")]
    Server {
        /// The server as the caller named it.
        url: String,
        /// What is wrong, in the server's words where it has some.
        wrong: String,
        /// What would be right.
        right: String,
    },
    /// The file was read to its end and these problems were found in it.
    #[error("{0}")]
    Bad(Box<Problems>),
}

/// All problems of one trace: the first of each kind in full, and how many there are besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The trace as the caller named it.
    pub file: String,
    /// In the order of the file.
    pub listed: Vec<Problem>,
    kinds: Vec<Kind>,
    /// Problems of kinds that are not told apart any more.
    more: u64,
}

/// Problems that differ in their place, text and numbers only.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kind {
    /// Field, fault and remedy without what differs.
    words: String,
    field: Option<String>,
    count: u64,
    first_line: u64,
    last_line: u64,
}

/// One problem at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, from 1, counting comments and the header.
    pub line: u64,
    /// Name of the column, where the problem lies in one.
    pub field: Option<String>,
    /// What is wrong, with the offending text.
    pub wrong: String,
    /// What would be right.
    pub right: String,
}

impl Problems {
    pub(super) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            listed: Vec::new(),
            kinds: Vec::new(),
            more: 0,
        }
    }

    pub(super) fn any(&self) -> bool {
        !self.listed.is_empty()
    }

    pub(super) fn add(
        &mut self,
        line: u64,
        field: Option<&str>,
        wrong: impl Into<String>,
        right: impl Into<String>,
    ) {
        let problem = Problem {
            line,
            field: field.map(str::to_owned),
            wrong: wrong.into(),
            right: right.into(),
        };
        let words = problem.words();
        let known = self.kinds.iter().position(|kind| kind.words == words);
        let count = if let Some(index) = known {
            let kind = &mut self.kinds[index];
            kind.count += 1;
            kind.last_line = line;
            kind.count
        } else if self.kinds.len() < LISTED_KINDS {
            self.kinds.push(Kind {
                words,
                field: problem.field.clone(),
                count: 1,
                first_line: line,
                last_line: line,
            });
            1
        } else {
            self.more += 1;
            return;
        };
        if count <= LISTED_OF_A_KIND {
            self.listed.push(problem);
        }
    }

    /// The error of an input that gave `source` after line `line`. Damaged data has a place; a disk's refusal has none.
    pub(super) fn unreadable(&mut self, source: io::Error, line: u64) -> TraceError {
        let damage = source.get_ref().and_then(|inner| inner.downcast_ref());
        let Some(damage): Option<&Damage> = damage else {
            return TraceError::Io {
                file: self.file.clone(),
                source,
            };
        };
        // The lines of damaged data are not what was written: what seems wrong with them is no problem of its own.
        let before = std::mem::replace(self, Self::new(&self.file));
        let right = format!(
            "check it with `{} -t {}`, and fetch or pack it again",
            damage.packing, self.file
        );
        self.add(line + 1, None, damage.to_string(), right);
        if damage.cut_off {
            self.listed.extend(before.listed);
            self.kinds.extend(before.kinds);
            self.more = before.more;
        }
        self.take()
    }

    /// The error of these problems; to be called where [`Problems::any`].
    pub(super) fn take(&mut self) -> TraceError {
        let empty = Self::new(&self.file);
        TraceError::Bad(Box::new(std::mem::replace(self, empty)))
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.listed.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}:{}: ", self.file, problem.line)?;
            if let Some(field) = &problem.field {
                write!(f, "{field}: ")?;
            }
            write!(f, "{}; {}", problem.wrong, problem.right)?;
        }
        for kind in self.kinds.iter().filter(|k| k.count > LISTED_OF_A_KIND) {
            let field = kind.field.iter().map(|field| format!("{field}: "));
            write!(
                f,
                "\n{}:{}: {}and {} more like that of line {}, the last one here",
                self.file,
                kind.last_line,
                field.collect::<String>(),
                grouped(kind.count - LISTED_OF_A_KIND),
                kind.first_line
            )?;
        }
        if self.more > 0 {
            write!(
                f,
                "\n{}: and {} of other kinds",
                self.file,
                grouped(self.more)
            )?;
        }
        Ok(())
    }
}

impl Problem {
    /// What is the same in all problems of a kind: no quoted text and no numbers.
    fn words(&self) -> String {
        let mut words = String::new();
        let mut within = None;
        let field = self.field.as_deref().unwrap_or_default();
        for part in [field, &self.wrong, &self.right] {
            for character in part.chars() {
                match (character, within) {
                    (quote, Some(open)) if quote == open => within = None,
                    (_, Some(_)) | ('0'..='9' | '.', None) => {}
                    ('`' | '"', None) => within = Some(character),
                    (other, None) => words.push(other),
                }
            }
            words.push('\n');
            within = None;
        }
        words
    }
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The offending text as a message shows it: in backticks, shortened, control characters and non-text escaped.
pub(super) fn quoted(text: &[u8]) -> String {
    let shown = text.get(..QUOTED_BYTES).unwrap_or(text);
    let dots = if shown.len() < text.len() { "..." } else { "" };
    let mut escaped = String::new();
    for chunk in shown.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() {
                escaped.extend(character.escape_default());
            } else {
                escaped.push(character);
            }
        }
        for byte in chunk.invalid() {
            escaped.extend(std::ascii::escape_default(*byte).map(char::from));
        }
    }
    format!("`{escaped}{dots}`")
}
