//! Where a command prints to.

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;

use super::Outcome;

/// Answers go to one stream, what concerns people only to the other.
pub struct Console<'a> {
    /// For answers: standard output.
    pub out: &'a mut dyn Write,
    /// For problems and progress: standard error.
    pub err: &'a mut dyn Write,
    /// Whether a person watches `err`, who likes a progress bar.
    pub interactive: bool,
}

impl fmt::Debug for Console<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console")
            .field("interactive", &self.interactive)
            .finish_non_exhaustive()
    }
}

impl Console<'_> {
    /// Prints a document as JSON with a line end.
    pub(super) fn json(&mut self, document: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.out, document)?;
        writeln!(self.out)
    }

    /// Says what is wrong with a command line, or answers `--help`.
    pub(super) fn usage(&mut self, error: &clap::Error) -> Outcome {
        let asked_for = !error.use_stderr();
        let to: &mut dyn Write = if asked_for { self.out } else { self.err };
        // Nobody is left to tell when the terminal is gone.
        let _ = write!(to, "{}", error.render());
        if asked_for {
            Outcome::Done
        } else {
            Outcome::BadInput
        }
    }

    /// Says what a reader has to know of the figures.
    pub(super) fn warn(
        &mut self,
        warnings: impl IntoIterator<Item = impl fmt::Display>,
    ) -> io::Result<()> {
        for warning in warnings {
            writeln!(self.err, "warning: {warning}")?;
        }
        Ok(())
    }

    /// Says why a command came to no end.
    pub(super) fn refuse(&mut self, error: &dyn fmt::Display) {
        for line in error.to_string().lines() {
            // Nobody is left to tell when the terminal is gone.
            let _ = writeln!(self.err, "error: {line}");
        }
    }
}
