//! A tree into a typed value. The type's own deserializer is the only judge, and it stops at the
//! first mistake; so what it stops at is mended in a copy of the tree and it is asked again, until
//! nothing is left to complain about.
//!
//! A mended tree has a value too, of which it can be asked what its sense lacks. What that is must
//! not follow from what was made up: so it is mended twice, with small and with large values, and
//! only what is wrong in both counts ([`Unfinished::sure`]).

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::mend::{Filling, Mending};
use super::{Mistake, Node};

/// A document that has mistakes of shape, read as far as it goes.
#[derive(Debug)]
pub struct Unfinished<T> {
    /// All mistakes of shape, in the order of the text.
    pub mistakes: Vec<Mistake>,
    readings: Option<[T; 2]>,
    /// The paths at which a value was left out or made up.
    unknown: BTreeSet<String>,
}

impl<T> Unfinished<T> {
    /// The document with small and with large values in place of what could not be read; `None`
    /// where it is past mending.
    #[must_use]
    pub const fn readings(&self) -> Option<&[T; 2]> {
        self.readings.as_ref()
    }

    /// Whether a value at the path, around it or within it could not be read.
    #[must_use]
    pub fn is_unknown(&self, path: &str) -> bool {
        touched(path, &self.unknown)
    }

    /// The problems that the document has whatever is written where it could not be read.
    /// `of` finds those of one reading and `path` tells their field.
    pub fn sure<P: PartialEq>(
        &self,
        of: impl FnMut(&T) -> Vec<P>,
        path: impl Fn(&P) -> &str,
    ) -> Vec<P> {
        let Some(readings) = &self.readings else {
            return Vec::new();
        };
        let [small, large] = readings.each_ref().map(of);
        let sure = small
            .into_iter()
            .filter(|problem| large.contains(problem) && !self.is_unknown(path(problem)));
        sure.collect()
    }

    /// Without the readings.
    pub(crate) fn into_parts(self) -> (Option<[T; 2]>, BTreeSet<String>) {
        (self.readings, self.unknown)
    }
}

/// The tree as a `T`.
///
/// # Errors
/// All mistakes of shape: unknown and missing fields, fields written twice, values of the wrong
/// type.
pub fn typed<T: DeserializeOwned>(node: &Node) -> Result<T, Vec<Mistake>> {
    as_far_as_it_goes(node).map_err(|unfinished| unfinished.mistakes)
}

/// The tree as a `T`.
///
/// # Errors
/// What [`typed`] says, with what could be read besides.
pub fn as_far_as_it_goes<T: DeserializeOwned>(node: &Node) -> Result<T, Unfinished<T>> {
    let mut duplicates = Vec::new();
    node.duplicates("", &mut duplicates);
    let sound = duplicates.is_empty();
    let mut small = Mending::of(node, Filling::Small, duplicates);
    let smallest = small.read();
    if sound && small.mistakes.is_empty() {
        // Without a mistake there is nothing that was mended.
        if let Some(typed) = smallest {
            return Ok(typed);
        }
        return Err(Unfinished {
            mistakes: small.mistakes,
            readings: None,
            unknown: small.unknown,
        });
    }
    let largest = smallest
        .is_some()
        .then(|| Mending::of(node, Filling::Large, Vec::new()).read());
    let mut mistakes = small.mistakes;
    mistakes.sort_by_key(|mistake| mistake.place);
    Err(Unfinished {
        mistakes,
        readings: smallest
            .zip(largest.flatten())
            .map(|(small, large)| [small, large]),
        unknown: small.unknown,
    })
}

/// Whether one of the paths is the path, around it or within it.
pub(crate) fn touched(path: &str, paths: &BTreeSet<String>) -> bool {
    let within = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
    };
    paths
        .iter()
        .any(|other| within(other, path) || within(path, other))
}
