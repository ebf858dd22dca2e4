//! Values that know where they are written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Number, Value};

use super::Mistake;

/// A place in a text, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// A value and its place.
#[derive(Debug)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// The value.
    pub kind: Kind,
}

/// A value.
#[derive(Debug)]
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
        }
    }

    /// The tree without its places.
    pub(crate) fn value(&self) -> Value {
        self.value_without("", &BTreeSet::new())
    }

    /// The tree without its places and without what stands at some paths.
    pub(super) fn value_without(&self, path: &str, cut: &BTreeSet<String>) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Int(value) => Value::Number(value.clone()),
            Kind::Float(value) => Number::from_f64(*value).map_or(Value::Null, Value::Number),
            Kind::Text(text) => Value::String(text.clone()),
            Kind::List(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (format!("{path}[{index}]"), item))
                .filter(|(path, _)| !cut.contains(path))
                .map(|(path, item)| item.value_without(&path, cut))
                .collect(),
            Kind::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, node)| (key, join(path, key), node))
                    .filter(|(_, path, _)| !cut.contains(path))
                    .map(|(key, path, node)| (key.clone(), node.value_without(&path, cut)))
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
        while !rest.is_empty() {
            let child = match &node.kind {
                Kind::List(items) => rest.strip_prefix('[').and_then(|rest| {
                    let (index, rest) = rest.split_once(']')?;
                    Some((items.get(index.parse::<usize>().ok()?)?, rest))
                }),
                // A name may hold dots, so the longest that fits is meant.
                Kind::Map(entries) => entries
                    .iter()
                    .filter_map(|(key, child)| {
                        let rest = rest.strip_prefix(key.as_str())?;
                        (rest.is_empty() || rest.starts_with(['.', '['])).then_some((child, rest))
                    })
                    .min_by_key(|(_, rest)| rest.len()),
                _ => None,
            };
            let Some((child, left)) = child else { break };
            node = child;
            rest = left.strip_prefix('.').unwrap_or(left);
        }
        node.place
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
