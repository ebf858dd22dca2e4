//! Experiments' files into typed documents: all that is wrong at once, each with its line.

use serde::de::DeserializeOwned;
use spillway_crds::Problem;
use spillway_crds::document::{
    Mistake, Node, Place, Unfinished, as_far_as_it_goes, parse_yaml, typed,
};

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
    let node = tree(file, text, what)?;
    match typed(&node) {
        Ok(document) => Ok((document, node)),
        Err(mistakes) => Err(Broken(problems(file, mistakes))),
    }
}

/// A document as far as its file could be read.
pub(super) struct Partly<T> {
    pub(super) document: T,
    pub(super) node: Node,
    /// What is wrong with its shape.
    pub(super) problems: Vec<Problem>,
    unfinished: Option<Unfinished<T>>,
}

impl<T> Partly<T> {
    /// Whether the field could not be read, so that what stands in the document was made up.
    pub(super) fn is_unknown(&self, path: &str) -> bool {
        let unfinished = self.unfinished.as_ref();
        unfinished.is_some_and(|unfinished| unfinished.is_unknown(path))
    }
}

/// The one document of a file, which `what` describes, as far as it goes.
pub(super) fn partly<T: DeserializeOwned + Clone>(
    file: &str,
    text: &str,
    what: &str,
) -> Result<Partly<T>, Broken> {
    let node = tree(file, text, what)?;
    let (document, mistakes, unfinished) = match as_far_as_it_goes::<T>(&node) {
        Ok(document) => (Some(document), Vec::new(), None),
        Err(mut unfinished) => {
            let mistakes = std::mem::take(&mut unfinished.mistakes);
            let readings = unfinished.readings();
            let document = readings.map(|[document, _]| document.clone());
            (document, mistakes, Some(unfinished))
        }
    };
    let problems = problems(file, mistakes);
    let Some(document) = document else {
        return Err(Broken(problems));
    };
    Ok(Partly {
        document,
        node,
        problems,
        unfinished,
    })
}

fn tree(file: &str, text: &str, what: &str) -> Result<Node, Broken> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mistake = match parse_yaml(text, 1) {
        Ok(Some(node)) => return Ok(node),
        Ok(None) => Mistake {
            place: Place { line: 1, column: 1 },
            path: String::new(),
            message: format!("is empty: write {what}"),
            meant: None,
        },
        Err(mistake) => mistake,
    };
    Err(Broken(problems(file, vec![mistake])))
}

fn problems(file: &str, mistakes: Vec<Mistake>) -> Vec<Problem> {
    let problem = |mistake: Mistake| Problem {
        column: None,
        ..mistake.in_file(file)
    };
    mistakes.into_iter().map(problem).collect()
}
