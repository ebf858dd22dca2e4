//! YAML as a tree whose nodes know their line.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess};
use serde_json::{Map, Number, Value};
use serde_saphyr::Spanned;

/// A value and the line it is on.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: u32,
    pub(super) kind: Kind,
}

/// A value.
#[derive(Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Int(Number),
    Float(f64),
    Text(String),
    List(Vec<Node>),
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
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        let entries = match &self.kind {
            Kind::Map(entries) => entries.as_slice(),
            _ => &[],
        };
        entries.iter().map(|(key, node)| (key.as_str(), node))
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .find_map(|(name, node)| (name == key).then_some(node))
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The tree without its lines.
    pub(super) fn value(&self) -> Value {
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

    /// The line of each field by its path.
    pub(super) fn lines(&self) -> BTreeMap<String, u32> {
        let mut lines = BTreeMap::new();
        self.collect_lines("", &mut lines);
        lines
    }

    fn collect_lines(&self, path: &str, lines: &mut BTreeMap<String, u32>) {
        lines.insert(path.to_owned(), self.line);
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
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// The tree of one document that begins at `first_line`; `None` when nothing is in it.
pub(super) fn parse(document: &str, first_line: u32) -> Result<Option<Node>, (u32, String)> {
    let offset = first_line - 1;
    // Nesting, size and aliases are bounded by the parser's default budget.
    let options = serde_saphyr::options! { with_snippet: false };
    match serde_saphyr::from_str_with_options::<Spanned<Raw>>(document, options) {
        Ok(root) => {
            let node = placed(root, offset);
            Ok((!matches!(node.kind, Kind::Null)).then_some(node))
        }
        Err(error) => {
            let line = error.location().map_or(1, |location| location.line());
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            let message = error.to_string();
            let message = message.lines().next().unwrap_or_default();
            // Its own line numbers count from the document's start, not the file's.
            let message = message
                .rsplit_once(" at line ")
                .map_or(message, |(message, _)| message);
            Err((
                line.saturating_add(offset),
                format!("is no valid YAML: {message}"),
            ))
        }
    }
}

fn placed(spanned: Spanned<Raw>, offset: u32) -> Node {
    let line = u32::try_from(spanned.referenced.line()).unwrap_or(u32::MAX);
    let kind = match spanned.value {
        Raw::Leaf(kind) => kind,
        Raw::List(items) => {
            Kind::List(items.into_iter().map(|item| placed(item, offset)).collect())
        }
        Raw::Map(entries) => Kind::Map(
            entries
                .into_iter()
                .map(|(key, node)| (key, placed(node, offset)))
                .collect(),
        ),
    };
    Node {
        line: line.saturating_add(offset),
        kind,
    }
}

/// What the parser gives, with lines counted from the document's own first line.
enum Raw {
    Leaf(Kind),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(String, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Leaf(Kind::Null))
    }

    fn visit_none<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Leaf(Kind::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Leaf(Kind::Bool(value)))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Leaf(Kind::Int(value.into())))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Leaf(Kind::Int(value.into())))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Leaf(Kind::Float(value)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Leaf(Kind::Text(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}
