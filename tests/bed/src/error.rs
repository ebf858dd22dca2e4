//! Why a server is not there, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

/// Why a server is not there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no Go on the `PATH`.
    #[error(
        "{name} is built from Go modules, and there is no `{go}` on the PATH: install Go {needed} or newer from https://go.dev/dl"
    )]
    GoMissing {
        /// What was to be built.
        name: &'static str,
        /// The command that was looked for.
        go: String,
        /// The version that its modules ask for.
        needed: String,
    },
    /// The Go on the `PATH` is older than the modules ask for.
    #[error(
        "{name} is built from Go modules and needs Go {needed}, but `{go}` is {found}: install Go {needed} or newer from https://go.dev/dl"
    )]
    GoTooOld {
        /// What was to be built.
        name: &'static str,
        /// The command that was looked for.
        go: String,
        /// The version that its modules ask for.
        needed: String,
        /// The version that is there.
        found: String,
    },
    /// The compiler refused, or its modules could not be had.
    #[error("{name} could not be built ({status}) from {}:\n{said}", from.display())]
    Build {
        /// What was to be built.
        name: &'static str,
        /// The folder with its lock files.
        from: PathBuf,
        /// How the compiler ended.
        status: ExitStatus,
        /// Its last lines.
        said: String,
    },
    /// There is no folder for what is built.
    #[error(
        "there is no folder to keep servers in: set HOME, or XDG_CACHE_HOME to an absolute path"
    )]
    NoCache,
    /// A file or a folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A program cannot be started.
    #[error("{program} cannot be started: {source}")]
    Start {
        /// The program.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// A server ended before it was ready, or a command failed.
    #[error("{program} ended ({status}); its last lines are\n{said}")]
    Ended {
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// Its last lines.
        said: String,
    },
    /// A server runs and does not become ready.
    #[error("{what} did not come within {} s; the last lines of its log are\n{said}", waited.as_secs())]
    NotReady {
        /// What was waited for.
        what: String,
        /// How long.
        waited: Duration,
        /// The last lines of the log.
        said: String,
    },
    /// A server gave no answer, or none that makes sense.
    #[error("{url} gives no answer: {why}")]
    NoAnswer {
        /// What was asked.
        url: String,
        /// What the client says.
        why: String,
    },
    /// A server said that it will not.
    #[error("{url} answers {status}:\n{said}")]
    Refused {
        /// What was asked.
        url: String,
        /// The status of the answer.
        status: u16,
        /// Its text.
        said: String,
    },
    /// No certificate could be made.
    #[error("a certificate of {name} could not be made: {source}")]
    Certificate {
        /// Whose certificate.
        name: String,
        /// What the library says.
        source: rcgen::Error,
    },
}

impl Error {
    /// For `map_err` on what was done with a path.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// The end of a text that is long because somebody logged into it.
pub(crate) fn last_lines(text: &str) -> String {
    const MOST: usize = 30;
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(MOST)..].join("\n")
}
