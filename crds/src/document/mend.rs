//! The tree that a deserializer complains of, mended until it is content: what is not known or
//! wrong is taken out, what must be there is made up. Each complaint about what people wrote is a
//! mistake; one about what was made up is none.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use super::near::unknown;
use super::tree::join;
use super::typed::touched;
use super::words::{self, Complaint};
use super::{Kind, Mistake, Node};

/// Most mistakes that are looked for in one document: each costs a few passes over all of it.
const MOST: usize = 100;

/// Most passes over one document; more only make a hopeless document take longer.
const PASSES: usize = 8 * MOST;

/// What is made up where something must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filling {
    /// Little, short, the first of a choice.
    Small,
    /// Much, long, the last of a choice.
    Large,
}

impl Filling {
    /// The value that is tried as the `n`th.
    fn value(self, n: usize) -> Option<Kind> {
        let numbers: &[u32] = match self {
            Self::Small => &[0, 1],
            Self::Large => &[1_000_000, 1_000, 100, 1],
        };
        let texts: [&str; 2] = match self {
            Self::Small => ["1ms", "1970-01-01T00:00:00Z"],
            Self::Large => ["999h", "2100-01-01T00:00:00Z"],
        };
        let others = [
            Kind::List(Vec::new()),
            Kind::Map(Vec::new()),
            Kind::Bool(self == Self::Large),
        ];
        let numbers = numbers.iter().map(|number| Kind::Int((*number).into()));
        let texts = texts.into_iter().map(|text| Kind::Text(text.to_owned()));
        numbers.chain(texts).chain(others).nth(n)
    }

    fn choice(self, known: &[String]) -> Option<Kind> {
        let choice = match self {
            Self::Small => known.first(),
            Self::Large => known.last(),
        };
        choice.cloned().map(Kind::Text)
    }
}

/// A tree that is being mended.
pub(super) struct Mending {
    tree: Node,
    filling: Filling,
    /// How many values have been tried at a path.
    tried: BTreeMap<String, usize>,
    pub(super) mistakes: Vec<Mistake>,
    /// The paths at which a value was left out or made up.
    pub(super) unknown: BTreeSet<String>,
}

impl Mending {
    /// Begins with mistakes that a deserializer does not see.
    pub(super) fn of(node: &Node, filling: Filling, mistakes: Vec<Mistake>) -> Self {
        Self {
            tree: node.clone(),
            filling,
            tried: BTreeMap::new(),
            unknown: mistakes
                .iter()
                .map(|mistake| mistake.path.clone())
                .collect(),
            mistakes,
        }
    }

    /// The tree's value, mended as far as need be; `None` where it is past mending.
    pub(super) fn read<T: DeserializeOwned>(&mut self) -> Option<T> {
        for _ in 0..PASSES {
            let error = match serde_path_to_error::deserialize::<_, T>(self.tree.value()) {
                Ok(typed) => return Some(typed),
                Err(error) => error,
            };
            let (path, at) = locate(&self.tree, error.path());
            let message = error.inner().to_string();
            let complaint = match words::bare_name(&message, at) {
                Some(name) => Complaint::Wrong(words::bare(name, &self.fields::<T>(&path, name))),
                None => words::complaint(&message, at),
            };
            if self.mistakes.len() >= MOST || !self.mend(path, complaint) {
                return None;
            }
        }
        None
    }

    /// The fields of a choice whose bare name stands at the path: what a field that is none of
    /// them is told.
    fn fields<T: DeserializeOwned>(&self, path: &str, name: &str) -> Vec<String> {
        let mut tree = self.tree.clone();
        let object = |key: &str, kind| {
            let place = self.tree.place;
            Kind::Map(vec![(key.to_owned(), Node { place, kind })])
        };
        tree.put(path, object(name, object("?", Kind::Null)));
        let refused = serde_path_to_error::deserialize::<_, T>(tree.value()).err();
        let complaint = refused.map(|error| words::complaint(&error.inner().to_string(), &tree));
        match complaint {
            Some(Complaint::Unknown(_, known)) => known,
            _ => Vec::new(),
        }
    }

    /// Mends what is complained of at a path, and says whether there was a way.
    fn mend(&mut self, path: String, complaint: Complaint) -> bool {
        match complaint {
            Complaint::Missing(name) => {
                let field = join(&path, &name);
                self.report(&path, &field, "is missing: write it".to_owned());
                // Within a tagged choice the path ends at the choice itself.
                if self.tree.at(&field).is_some() {
                    return self.replace(path);
                }
                self.replace(field)
            }
            Complaint::Unknown(name, known) => {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                // The deserializer stops at the field, or at what is around it.
                let field = join(&path, &name);
                let (around, field) = if self.tree.at(&field).is_some() {
                    (path.as_str(), field.clone())
                } else {
                    let around = path.rfind('.').map_or("", |dot| &path[..dot]);
                    (around, path.clone())
                };
                match self.tree.at(around) {
                    Some(node) if field == join(around, &name) => {
                        let mistake = node.unknown_field(around, &name, &known);
                        self.keep(mistake);
                    }
                    _ => self.report(&field, &field, unknown(&name, &known)),
                }
                let path = field;
                self.tree.cut(&path) || self.replace(path)
            }
            Complaint::Choice(message, known) => {
                self.report(&path, &path, message);
                match self.filling.choice(&known) {
                    // A choice that has fields is not made up.
                    Some(choice) if self.tried.get(&path) != Some(&usize::MAX) => {
                        self.tried.insert(path.clone(), usize::MAX);
                        self.tree.put(&path, choice)
                    }
                    _ => self.replace(path),
                }
            }
            Complaint::Wrong(message) => {
                self.report(&path, &path, message);
                self.replace(path)
            }
        }
    }

    /// Keeps a mistake about a field that is written at `at`, unless it may only come from what
    /// has been mended.
    fn report(&mut self, at: &str, field: &str, message: String) {
        match self.tree.at(at).map(|node| node.mistake(field, message)) {
            Some(mistake) => self.keep(mistake),
            None => {
                self.unknown.insert(field.to_owned());
            }
        }
    }

    fn keep(&mut self, mistake: Mistake) {
        let known_before = touched(&mistake.path, &self.unknown);
        self.unknown.insert(mistake.path.clone());
        self.unknown.extend(mistake.meant.clone());
        if !known_before {
            self.mistakes.push(mistake);
        }
    }

    /// Takes out what is at the path, or tries the next value there; where there is none, it is
    /// what is around that has to go.
    fn replace(&mut self, mut path: String) -> bool {
        while !path.is_empty() {
            let is_item = path.ends_with(']');
            if !is_item && !self.tried.contains_key(&path) && self.tree.cut(&path) {
                return true;
            }
            let n = self.tried.get(&path).copied().unwrap_or(0);
            self.tried.insert(path.clone(), n.saturating_add(1));
            if let Some(value) = self.filling.value(n)
                && self.tree.put(&path, value)
            {
                return true;
            }
            path.truncate(path.rfind(['.', '[']).unwrap_or(0));
            self.unknown.insert(path.clone());
        }
        false
    }
}

/// The node where a deserializer stopped, with its path in the whole tree.
fn locate<'n>(root: &'n Node, stopped: &Path) -> (String, &'n Node) {
    let mut path = String::new();
    let mut node = root;
    for segment in stopped {
        let child = match (segment, &node.kind) {
            (Segment::Seq { index }, Kind::List(items)) => items
                .get(*index)
                .map(|item| (format!("{path}[{index}]"), item)),
            (Segment::Map { key } | Segment::Enum { variant: key }, Kind::Map(_)) => {
                node.get(key).map(|child| (join(&path, key), child))
            }
            _ => None,
        };
        let Some(child) = child else { break };
        (path, node) = child;
    }
    (path, node)
}
