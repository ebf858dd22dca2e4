//! A program with its arguments, before it runs.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Error;
use crate::error::last_lines;

/// What to run, and where it leaves its log: `NAME.log` in the folder that it works in.
#[derive(Debug, Clone)]
pub struct Program {
    pub(crate) name: String,
    path: PathBuf,
    folder: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    unset: Vec<String>,
}

impl Program {
    /// A binary that works in `folder`.
    #[must_use]
    pub fn new(path: &Path, folder: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self {
            name: name.into_owned(),
            path: path.to_owned(),
            folder: folder.to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            unset: Vec::new(),
        }
    }

    /// Calls it something else than its file, in messages and for its log.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<String>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes variables out of the environment that it would inherit.
    #[must_use]
    pub fn without_env(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.unset.extend(names);
        self
    }

    /// Runs it to its end; what it printed.
    ///
    /// # Errors
    ///
    /// Where it cannot be started, or does not end well.
    pub fn output(&self) -> Result<String, Error> {
        let out = self.command().output().map_err(self.not_started())?;
        if out.status.success() {
            return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
        }
        Err(Error::Ended {
            program: self.name.clone(),
            status: out.status,
            said: last_lines(&String::from_utf8_lossy(&out.stderr)),
        })
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        for name in &self.unset {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join(format!("{}.log", self.name))
    }

    /// The log, to be written on where the program has run before.
    pub(crate) fn open_log(&self) -> Result<File, Error> {
        let path = self.log();
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(Error::io(&path))
    }

    pub(crate) fn not_started(&self) -> impl FnOnce(std::io::Error) -> Error + use<> {
        let program = self.path.display().to_string();
        move |source| Error::Start { program, source }
    }
}
