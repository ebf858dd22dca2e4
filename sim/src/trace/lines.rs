//! Lines of a file of any size: one buffer, each line seen once, byte order mark and Windows line ends removed.

use std::io::{self, BufRead, BufReader, Read};

use super::input::Input;

/// Bytes read from the file at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// Longest line that is taken for one: a binary file without line ends must not be read into memory whole.
pub(super) const LONGEST_LINE_BYTES: u64 = 64 * 1024;

/// Reads a file line by line, as bytes.
pub(super) struct Lines {
    input: BufReader<Input>,
    line: Vec<u8>,
    number: u64,
}

/// What the next step through the file found.
pub(super) enum Step {
    /// A line is in [`Lines::text`].
    Line,
    /// The line is longer than [`LONGEST_LINE_BYTES`] and was skipped.
    TooLong,
    /// The file is at its end.
    End,
}

impl Lines {
    pub(super) fn new(input: Input) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER_BYTES, input),
            line: Vec::new(),
            number: 0,
        }
    }

    /// Number of the current line, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The current line without its end.
    pub(super) fn text(&self) -> &[u8] {
        &self.line
    }

    /// Reads packed data to its end and says whether it is damaged.
    pub(super) fn damage(&mut self) -> Option<io::Error> {
        self.input.get_mut().damage()
    }

    pub(super) fn step(&mut self) -> io::Result<Step> {
        self.line.clear();
        let read = self
            .input
            .by_ref()
            .take(LONGEST_LINE_BYTES)
            .read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(Step::End);
        }
        self.number += 1;
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        } else if read as u64 == LONGEST_LINE_BYTES {
            self.input.skip_until(b'\n')?;
            return Ok(Step::TooLong);
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        if self.number == 1 && self.line.starts_with(b"\xef\xbb\xbf") {
            self.line.drain(..3);
        }
        Ok(Step::Line)
    }
}
