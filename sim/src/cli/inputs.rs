//! Files into documents; what is wrong with any of them is gathered, so that all is said at once.

use std::fmt::Display;
use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::CommandError;

/// Reads files and keeps what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    problems: Vec<String>,
}

impl Inputs {
    /// A JSON document; `None` leaves a problem with its place.
    pub(super) fn json<T: DeserializeOwned>(&mut self, path: &Path) -> Option<T> {
        let text = self.text(path)?;
        match serde_json::from_str(&text) {
            Ok(document) => Some(document),
            Err(error) => {
                // The place goes to the front, where editors look for it.
                let whole = error.to_string();
                let what = whole.rsplit_once(" at line ").map_or(&*whole, |(what, _)| what);
                let (line, column) = (error.line(), error.column());
                self.problem(format_args!("{}:{line}:{column}: {what}", path.display()));
                None
            }
        }
    }

    /// An optional JSON document; its default where no file is named.
    pub(super) fn json_or_default<T: DeserializeOwned + Default>(
        &mut self,
        path: Option<&Path>,
    ) -> Option<T> {
        path.map_or_else(|| Some(T::default()), |path| self.json(path))
    }

    /// A file as text; `None` leaves a problem.
    pub(super) fn text(&mut self, path: &Path) -> Option<String> {
        match fs::read_to_string(path) {
            // Some editors begin a file with a byte order mark, which JSON does not know.
            Ok(text) => Some(match text.strip_prefix('\u{feff}') {
                Some(rest) => rest.to_owned(),
                None => text,
            }),
            Err(error) => {
                self.problem(format_args!("{}: cannot be read: {error}", path.display()));
                None
            }
        }
    }

    /// Keeps a problem.
    pub(super) fn problem(&mut self, problem: impl Display) {
        self.problems.push(problem.to_string());
    }

    /// The documents, if there is no problem with any input; all problems otherwise.
    pub(super) fn all<T>(self, documents: Option<T>) -> Result<T, CommandError> {
        match documents {
            Some(documents) if self.problems.is_empty() => Ok(documents),
            _ => Err(CommandError::Inputs(self.problems)),
        }
    }
}
