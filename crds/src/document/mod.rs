//! A document as a tree whose nodes know their place, and the tree as a typed value with all that
//! is wrong with it at once. YAML and JSON alike; which types there are is not known here.

mod json;
mod mend;
mod near;
mod tree;
mod typed;
mod words;
mod yaml;

pub use json::parse_json;
pub use near::nearest;
pub use tree::{Kind, Node, Place};
pub use typed::{Unfinished, as_far_as_it_goes, typed};
pub use yaml::parse_yaml;

pub(crate) use tree::join;
pub(crate) use typed::touched;

use crate::Problem;

/// Something wrong in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it is written.
    pub place: Place,
    /// Path of the field, such as `clusters[0].groups`; empty for the whole.
    pub path: String,
    /// What is wrong and what would be right; reads on after the path.
    pub message: String,
    /// Of a field that is not known, the path of the missing one that it may be meant as: what that says could not be
    /// read.
    pub meant: Option<String>,
}

impl Mistake {
    /// The mistake as a problem of a file, with line and column.
    #[must_use]
    pub fn in_file(self, source_name: &str) -> Problem {
        Problem {
            source_name: Some(source_name.to_owned()),
            line: Some(self.place.line),
            column: Some(self.place.column),
            object: String::new(),
            path: self.path,
            message: self.message,
        }
    }
}
