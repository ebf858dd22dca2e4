//! YAML into a tree.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess};
use serde_saphyr::{DuplicateKeyPolicy, Spanned};

use super::{Kind, Mistake, Node, Place};

/// The tree of one document that begins at `first_line`; `None` when nothing is in it.
///
/// # Errors
/// What is no YAML, with its place.
pub fn parse_yaml(document: &str, first_line: u32) -> Result<Option<Node>, Mistake> {
    let offset = first_line - 1;
    // Nesting, size and aliases are bounded by the parser's default budget. Fields that are
    // written twice are found in the tree, all of them.
    let options = serde_saphyr::options! {
        with_snippet: false,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
    };
    match serde_saphyr::from_str_with_options::<Spanned<Raw>>(document, options) {
        Ok(root) => {
            let node = placed(root, offset);
            Ok((!matches!(node.kind, Kind::Null)).then_some(node))
        }
        Err(error) => {
            let at = error.location();
            let message = error.to_string();
            let message = message.lines().next().unwrap_or_default();
            // Its own line numbers count from the document's start, not the file's.
            let message = message
                .rsplit_once(" at line ")
                .map_or(message, |(message, _)| message);
            // Its own words tell programmers which function to call.
            let message = if matches!(
                error.without_snippet(),
                serde_saphyr::Error::MultipleDocuments { .. }
            ) {
                "holds several documents, and one is expected here: keep one, and put what follows `---` into files of their own".to_owned()
            } else {
                format!("is no valid YAML: {message}")
            };
            Err(Mistake {
                place: at.map_or(place(1, 1, offset), |at| {
                    place(at.line(), at.column(), offset)
                }),
                path: String::new(),
                message,
                meant: None,
            })
        }
    }
}

fn place(line: u64, column: u64, offset: u32) -> Place {
    let small = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Place {
        line: small(line).saturating_add(offset),
        column: small(column),
    }
}

fn placed(spanned: Spanned<Raw>, offset: u32) -> Node {
    let at = spanned.referenced;
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
        place: place(at.line(), at.column(), offset),
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
