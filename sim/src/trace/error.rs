//! What is wrong with a trace, said so that its owner can repair it: file, line, field, what it is, what it should be.

use std::fmt;
use std::io;

/// Problems that are listed one by one; the rest is only counted. A longer list is not read by anybody.
pub const LISTED_PROBLEMS: usize = 20;

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

/// All problems of one trace: the first [`LISTED_PROBLEMS`] in full and how many there are besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The trace as the caller named it.
    pub file: String,
    /// In the order of the file.
    pub listed: Vec<Problem>,
    /// Problems after the listed ones.
    pub more: u64,
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
        if self.listed.len() < LISTED_PROBLEMS {
            let field = field.map(str::to_owned);
            self.listed.push(Problem {
                line,
                field,
                wrong: wrong.into(),
                right: right.into(),
            });
        } else {
            self.more += 1;
        }
    }

    /// The error of an input that gave `source` after line `line`. Damaged data has a place; a disk's refusal has none,
    /// and what was found before it still counts.
    pub(super) fn unreadable(&mut self, source: io::Error, line: u64) -> TraceError {
        if source.kind() == io::ErrorKind::InvalidData {
            self.add(
                line + 1,
                None,
                source.to_string(),
                "fetch or pack the file again",
            );
            return self.take();
        }
        TraceError::Io {
            file: self.file.clone(),
            source,
        }
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
        if self.more > 0 {
            write!(f, "\n{}: and {} more", self.file, self.more)?;
        }
        Ok(())
    }
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
