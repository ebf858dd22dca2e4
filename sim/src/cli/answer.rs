//! A command line that is answered in memory, for tests and for programs that have no terminal.

use std::ffi::OsString;

use super::{Console, Outcome, run};
use crate::hosts::Decide;

/// What a command line printed, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How it ended.
    pub outcome: Outcome,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Answer {
    /// The answer to the words after the program's name. Nobody watches, so no progress is drawn.
    #[must_use]
    pub fn to(words: &[&str], core: &dyn Decide) -> Self {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console {
            out: &mut out,
            err: &mut err,
            interactive: false,
        };
        let args = std::iter::once("spillway-sim").chain(words.iter().copied());
        let outcome = run(args.map(OsString::from), &mut console, core);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            outcome,
            out: text(out),
            err: text(err),
        }
    }
}
