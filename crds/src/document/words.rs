//! What a deserializer says, in the words that people are told: what is there, and what to write.

use super::{Kind, Node};

/// What a deserializer complains of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    /// A field of this name is not there.
    Missing(String),
    /// A field of this name is not known, and those that are.
    Unknown(String, Vec<String>),
    /// A word that is none of those known, what to say of it, and those known.
    Choice(String, Vec<String>),
    /// The value is wrong, and what to say of it.
    Wrong(String),
}

/// The complaint that a message of serde is about a node. A message of no known form is a type's
/// own, and says itself what is wrong.
pub(super) fn complaint(message: &str, at: &Node) -> Complaint {
    if let Some(name) = quoted(message, "missing field ") {
        return Complaint::Missing(name.to_owned());
    }
    if let Some(name) = quoted(message, "unknown field ") {
        let known = choices(message, name).into_iter().map(str::to_owned);
        return Complaint::Unknown(name.to_owned(), known.collect());
    }
    if let Some(name) = quoted(message, "unknown variant ") {
        let known = choices(message, name);
        let many = if known.len() > 1 { "one of " } else { "" };
        let message = format!("`{name}` is not known: write {many}{}", known.join(", "));
        return Complaint::Choice(message, known.into_iter().map(str::to_owned).collect());
    }
    let mismatch = ["invalid type: ", "invalid value: ", "invalid length: "];
    let mismatch = mismatch
        .iter()
        .find_map(|start| message.strip_prefix(start)?.rsplit_once(", expected "));
    if let Some((found, expected)) = mismatch {
        let wanted = wanted(expected);
        // Within a tagged choice the node is what is around the value.
        let inside = matches!(at.kind, Kind::Map(_)) && found != "map"
            || matches!(at.kind, Kind::List(_)) && found != "sequence";
        return Complaint::Wrong(if inside {
            format!("has a {found} in it: write {wanted} there")
        } else {
            format!("is {}: write {wanted}", at.kind)
        });
    }
    Complaint::Wrong(message.to_owned())
}

/// The text that is complained of where it is the name of a choice that has fields, without them.
pub(super) fn bare_name<'n>(message: &str, at: &'n Node) -> Option<&'n str> {
    match &at.kind {
        Kind::Text(name) if message.starts_with("invalid type: unit variant, ") => Some(name),
        _ => None,
    }
}

/// What to say of such a name.
pub(super) fn bare(name: &str, fields: &[String]) -> String {
    let fields = match fields {
        [] => String::new(),
        fields => format!("; its fields are {}", fields.join(", ")),
    };
    format!("is the text `{name}`: write `{name}: {{...}}`{fields}")
}

fn quoted<'m>(message: &'m str, start: &str) -> Option<&'m str> {
    let rest = message.strip_prefix(start)?.strip_prefix('`')?;
    Some(&rest[..rest.find('`')?])
}

/// The names in backquotes after the first.
fn choices<'m>(message: &'m str, name: &str) -> Vec<&'m str> {
    let known = message
        .split_once(&format!("`{name}`"))
        .map_or("", |(_, known)| known);
    known.split('`').skip(1).step_by(2).collect()
}

/// What to write where serde expects something.
fn wanted(expected: &str) -> String {
    let whole = match expected {
        "u8" => return format!("a whole number from 0 to {}", u8::MAX),
        "u16" => return format!("a whole number from 0 to {}", u16::MAX),
        "u32" => return format!("a whole number from 0 to {}", u32::MAX),
        "u64" | "usize" => "a whole number of at least 0",
        "a nonzero u8" => return format!("a whole number from 1 to {}", u8::MAX),
        "a nonzero u16" => return format!("a whole number from 1 to {}", u16::MAX),
        "a nonzero u64" => "a whole number of at least 1",
        "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        "unit" | "unit variant" => "its name alone",
        "map with a single key" | "string or map" => "one of its kinds, with its fields",
        other if other.starts_with("struct ") || other.contains("tagged enum") => "an object",
        other => other,
    };
    whole.to_owned()
}
