//! Experiments' files into typed documents: all that is wrong at once, each with its line.

use serde::de::DeserializeOwned;
use spillway_crds::Problem;
use spillway_crds::document::{Mistake, Node, Place, parse_yaml, typed};

/// A document of the right shape, and what makes no sense in it.
#[derive(Clone, Debug)]
pub struct Sketch<T> {
    /// The document.
    pub document: T,
    /// All that is wrong with it; empty where it can be used.
    pub problems: Vec<Problem>,
}

impl<T> Sketch<T> {
    /// The document, if it can be used.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub fn sound(self) -> Result<T, Broken> {
        if self.problems.is_empty() {
            Ok(self.document)
        } else {
            Err(Broken(self.problems))
        }
    }
}

/// A file that cannot be used: all that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", list(.0))]
pub struct Broken(pub Vec<Problem>);

fn list(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// The one document of a file, which `what` describes.
pub(super) fn document<T: DeserializeOwned>(
    file: &str,
    text: &str,
    what: &str,
) -> Result<(T, Node), Broken> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mistakes = match parse_yaml(text, 1) {
        Ok(Some(node)) => match typed(&node) {
            Ok(document) => return Ok((document, node)),
            Err(mistakes) => mistakes,
        },
        Ok(None) => vec![Mistake {
            place: Place { line: 1, column: 1 },
            path: String::new(),
            message: format!("is empty: write {what}"),
            meant: None,
        }],
        Err(mistake) => vec![mistake],
    };
    let problem = |mistake: Mistake| Problem {
        column: None,
        ..mistake.in_file(file)
    };
    Err(Broken(mistakes.into_iter().map(problem).collect()))
}
