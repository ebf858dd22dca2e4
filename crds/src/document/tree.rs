//! Values that know where they are written.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Number, Value};

use super::Mistake;
use super::near::{nearest, unknown};

/// A place in a text, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// The value.
    pub kind: Kind,
}

/// A value.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(Number),
    /// Another number.
    Float(f64),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Node>),
    /// Values by name, in the order of the text; a name may be there twice.
    Map(Vec<(String, Node)>),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("empty"),
            Self::Bool(value) => write!(f, "the boolean {value}"),
            Self::Int(value) => write!(f, "the number {value}"),
            Self::Float(value) => write!(f, "the number {value}"),
            Self::Text(value) => write!(f, "the text `{value}`"),
            Self::List(_) => f.write_str("a list"),
            Self::Map(_) => f.write_str("an object"),
        }
    }
}

impl Node {
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        let entries = match &self.kind {
            Kind::Map(entries) => entries.as_slice(),
            _ => &[],
        };
        entries.iter().map(|(key, node)| (key.as_str(), node))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .find_map(|(name, node)| (name == key).then_some(node))
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Something wrong with this value.
    pub(crate) fn mistake(&self, path: &str, message: String) -> Mistake {
        Mistake {
            place: self.place,
            path: path.to_owned(),
            message,
            meant: None,
        }
    }

    /// A field of this object, at `path`, that is none of those known.
    pub(crate) fn unknown_field(&self, path: &str, key: &str, known: &[&str]) -> Mistake {
        let field = self.get(key).unwrap_or(self);
        let meant = nearest(key, known).filter(|name| self.get(name).is_none());
        Mistake {
            meant: meant.map(|name| join(path, name)),
            ..field.mistake(&join(path, key), unknown(key, known))
        }
    }

    /// The tree without its places.
    #[must_use]
    pub fn value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Int(value) => Value::Number(value.clone()),
            Kind::Float(value) => Number::from_f64(*value).map_or(Value::Null, Value::Number),
            Kind::Text(text) => Value::String(text.clone()),
            Kind::List(items) => items.iter().map(Self::value).collect(),
            Kind::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, node)| (key.clone(), node.value()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// Fields that are written more than once in one object.
    pub(crate) fn duplicates(&self, path: &str, found: &mut Vec<Mistake>) {
        match &self.kind {
            Kind::Map(entries) => {
                let mut seen = BTreeMap::new();
                for (key, node) in entries {
                    let path = join(path, key);
                    if let Some(first) = seen.insert(key, node.place) {
                        let message = format!(
                            "is written twice (first in line {}): write it once",
                            first.line
                        );
                        found.push(node.mistake(&path, message));
                    }
                    node.duplicates(&path, found);
                }
            }
            Kind::List(items) => {
                for (index, node) in items.iter().enumerate() {
                    node.duplicates(&format!("{path}[{index}]"), found);
                }
            }
            _ => {}
        }
    }

    /// The place of a field by its path, or of the nearest field around it that is written.
    #[must_use]
    pub fn place_of(&self, path: &str) -> Place {
        let mut node = self;
        let mut rest = path;
        while let Some((index, left)) = node.step(rest) {
            let Some(child) = node.child(index) else {
                break;
            };
            (node, rest) = (child, left);
        }
        node.place
    }

    /// What is at a path.
    pub(super) fn at(&self, path: &str) -> Option<&Self> {
        if path.is_empty() {
            return Some(self);
        }
        let (index, rest) = self.step(path)?;
        self.child(index)?.at(rest)
    }

    /// Puts a value at a path, into an object or in place of what is there; says whether there
    /// was a place for it.
    pub(super) fn put(&mut self, path: &str, value: Kind) -> bool {
        if path.is_empty() {
            self.kind = value;
            return true;
        }
        let Some((index, rest)) = self.step(path) else {
            let place = self.place;
            let Kind::Map(entries) = &mut self.kind else {
                return false;
            };
            entries.push((path.to_owned(), Self { place, kind: value }));
            return true;
        };
        self.child_mut(index)
            .is_some_and(|child| child.put(rest, value))
    }

    /// Takes a field out of its object, as often as it is written; says whether it was there.
    pub(super) fn cut(&mut self, path: &str) -> bool {
        let Some((index, rest)) = self.step(path) else {
            return false;
        };
        if !rest.is_empty() {
            return self.child_mut(index).is_some_and(|child| child.cut(rest));
        }
        let Kind::Map(entries) = &mut self.kind else {
            return false;
        };
        entries.retain(|(key, _)| key != path);
        true
    }

    /// The first step of a path: the index of the child that it leads to, and the path from there.
    fn step<'p>(&self, path: &'p str) -> Option<(usize, &'p str)> {
        if path.is_empty() {
            return None;
        }
        let (index, rest) = match &self.kind {
            Kind::List(items) => {
                let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
                let index = index.parse().ok().filter(|index| *index < items.len())?;
                (index, rest)
            }
            // A name may hold dots, so the longest that fits is meant.
            Kind::Map(entries) => entries
                .iter()
                .enumerate()
                .filter_map(|(index, (key, _))| {
                    let rest = path.strip_prefix(key.as_str())?;
                    (rest.is_empty() || rest.starts_with(['.', '['])).then_some((index, rest))
                })
                .min_by_key(|(_, rest)| rest.len())?,
            _ => return None,
        };
        Some((index, rest.strip_prefix('.').unwrap_or(rest)))
    }

    fn child(&self, index: usize) -> Option<&Self> {
        match &self.kind {
            Kind::List(items) => items.get(index),
            Kind::Map(entries) => entries.get(index).map(|(_, child)| child),
            _ => None,
        }
    }

    fn child_mut(&mut self, index: usize) -> Option<&mut Self> {
        match &mut self.kind {
            Kind::List(items) => items.get_mut(index),
            Kind::Map(entries) => entries.get_mut(index).map(|(_, child)| child),
            _ => None,
        }
    }

    /// The line of each field by its path.
    pub(crate) fn lines(&self) -> BTreeMap<String, u32> {
        let mut lines = BTreeMap::new();
        self.collect_lines("", &mut lines);
        lines
    }

    fn collect_lines(&self, path: &str, lines: &mut BTreeMap<String, u32>) {
        lines.insert(path.to_owned(), self.place.line);
        match &self.kind {
            Kind::Map(entries) => {
                for (key, node) in entries {
                    node.collect_lines(&join(path, key), lines);
                }
            }
            Kind::List(items) => {
                for (index, node) in items.iter().enumerate() {
                    node.collect_lines(&format!("{path}[{index}]"), lines);
                }
            }
            _ => {}
        }
    }
}

/// The path of a field of an object.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
