//! A row written as a JSON object on a line of its own: `{"arrival_s":0.5,"service_s":0.2}`.
//!
//! The fields are handed on as they stand in the line, so that numbers are read by the same exact parser as those of
//! a CSV file and bad ones are refused in the same words.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::error::quoted;

/// Names of the fields, from the first object, and room for what must be decoded.
#[derive(Default)]
pub(super) struct JsonRows {
    names: Vec<String>,
    decoded: Vec<String>,
}

/// Why a line is not a row.
pub(super) struct JsonFault {
    pub(super) wrong: String,
    pub(super) right: &'static str,
}

const RIGHT_OBJECT: &str = "write one JSON object a line";
const RIGHT_VALUE: &str = "write a number or a text";

/// The members of an object, in order, with their values unread.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    members.push((member.0.0, member.1));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// A key, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl JsonRows {
    /// Takes the names of the fields from the first object.
    pub(super) fn begin(&mut self, line: &[u8]) -> Result<&[String], JsonFault> {
        let Members(members) = parse(line)?;
        self.names = members
            .into_iter()
            .map(|(name, _)| name.into_owned())
            .collect();
        Ok(&self.names)
    }

    /// Puts the values of an object into `fields`, each in the place of its name; a missing one is left empty.
    pub(super) fn read<'a>(
        &'a mut self,
        line: &'a [u8],
        fields: &mut [&'a [u8]],
    ) -> Result<(), JsonFault> {
        let Members(members) = parse(line)?;
        self.decoded.clear();
        let mut decoded_places = Vec::new();
        let mut seen = 0_u64;
        for (name, value) in members {
            let Some(place) = self.names.iter().position(|known| *known == name) else {
                return Err(JsonFault {
                    wrong: format!("the field {} is new", quoted(name.as_bytes())),
                    right: "give each line the fields of the first one",
                });
            };
            if seen & (1 << place) != 0 {
                return Err(JsonFault {
                    wrong: format!("the field {} is there twice", quoted(name.as_bytes())),
                    right: "write each field once",
                });
            }
            seen |= 1 << place;
            let raw = value.get().as_bytes();
            fields[place] = match raw {
                b"null" => b"",
                [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => inner,
                [b'"', ..] => {
                    let text = serde_json::from_str(value.get());
                    self.decoded.push(text.map_err(not_json)?);
                    decoded_places.push(place);
                    b""
                }
                [b'-' | b'0'..=b'9', ..] => raw,
                _ => {
                    return Err(JsonFault {
                        wrong: format!("the field {} is {}", quoted(name.as_bytes()), quoted(raw)),
                        right: RIGHT_VALUE,
                    });
                }
            };
        }
        for (place, text) in decoded_places.into_iter().zip(&self.decoded) {
            fields[place] = text.as_bytes();
        }
        Ok(())
    }
}

fn parse(line: &[u8]) -> Result<Members<'_>, JsonFault> {
    serde_json::from_slice(line).map_err(not_json)
}

/// What serde says of a line.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn not_json(error: serde_json::Error) -> JsonFault {
    // The line within the line is always 1 and would only confuse.
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    let wrong = match error.column() {
        0 => words.to_owned(),
        column => format!("column {column}: {words}"),
    };
    JsonFault {
        wrong,
        right: RIGHT_OBJECT,
    }
}
