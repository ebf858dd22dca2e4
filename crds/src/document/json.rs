//! JSON into a tree.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Kind, Mistake, Node, Place};

/// The tree of a JSON text.
///
/// # Errors
/// What is no JSON, with its place.
pub fn parse_json(text: &str) -> Result<Node, Mistake> {
    let lines = Lines::of(text);
    // Refuses, unlike a raw value, a nest so deep that the stack would not bear it.
    let read = serde_json::from_str::<Value>(text);
    let raw = read.and_then(|_| serde_json::from_str::<&RawValue>(text));
    raw.and_then(|raw| lines.node(raw))
        .map_err(|error| Mistake {
            place: Place {
                line: small(error.line().max(1)),
                column: small(error.column().max(1)),
            },
            path: String::new(),
            message: no_json(&error),
            meant: None,
        })
}

fn no_json(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "is no valid JSON: it ends too early; write the file again, it is empty or cut off"
            .to_owned();
    }
    let whole = error.to_string();
    let what = whole
        .rsplit_once(" at line ")
        .map_or(&*whole, |(what, _)| what);
    format!("is no valid JSON: {what}")
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A text and where its lines begin.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// The place of a part of the text.
    fn place(&self, part: &str) -> Place {
        let at = part.as_ptr().addr() - self.text.as_ptr().addr();
        let line = self.starts.partition_point(|start| *start <= at);
        Place {
            line: small(line),
            column: small(at + 1 - self.starts[line - 1]),
        }
    }

    fn node(&self, raw: &'t RawValue) -> Result<Node, serde_json::Error> {
        let text = raw.get();
        let kind = match text.as_bytes().first() {
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                let nodes = items.into_iter().map(|item| self.node(item));
                Kind::List(nodes.collect::<Result<_, _>>()?)
            }
            Some(b'{') => {
                let Entries(entries) = serde_json::from_str(text)?;
                let nodes = entries
                    .into_iter()
                    .map(|(key, raw)| Ok((key, self.node(raw)?)));
                Kind::Map(nodes.collect::<Result<_, serde_json::Error>>()?)
            }
            _ => match serde_json::from_str(text)? {
                Value::Bool(value) => Kind::Bool(value),
                Value::String(text) => Kind::Text(text),
                Value::Number(number) if number.is_f64() => {
                    Kind::Float(number.as_f64().unwrap_or(f64::NAN))
                }
                Value::Number(number) => Kind::Int(number),
                _ => Kind::Null,
            },
        };
        Ok(Node {
            place: self.place(text),
            kind,
        })
    }
}

/// The fields of an object in the order of the text, also those that are there twice.
struct Entries<'t>(Vec<(String, &'t RawValue)>);

impl<'t> Deserialize<'t> for Entries<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'t> Visitor<'t> for EntriesVisitor {
    type Value = Entries<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut access: A) -> Result<Entries<'t>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}
