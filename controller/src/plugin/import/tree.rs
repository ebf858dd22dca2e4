//! An object that is being written, with comments where something could not be.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// A value with comments between its parts.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    /// A text, a number or a truth.
    Leaf(Value),
    /// Fields in the order in which people read them.
    Fields(Fields),
    /// A list.
    List(Vec<Part<Tree>>),
}

/// A part of a value, or what is said in its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part<T> {
    /// It is there.
    Value(T),
    /// Lines of a comment.
    Comment(String),
}

impl<T> Part<T> {
    /// What is there, changed.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Part<U> {
        match self {
            Self::Value(value) => Part::Value(change(value)),
            Self::Comment(text) => Part::Comment(text),
        }
    }
}

/// Fields of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fields(Vec<Part<(String, Tree)>>);

impl Fields {
    /// Adds a field.
    pub(super) fn put(&mut self, key: &str, value: impl Into<Tree>) -> &mut Self {
        self.0.push(Part::Value((key.to_owned(), value.into())));
        self
    }

    /// Adds a field where there is a value.
    pub(super) fn put_some(&mut self, key: &str, value: Option<impl Into<Tree>>) -> &mut Self {
        if let Some(value) = value {
            self.put(key, value);
        }
        self
    }

    /// Adds a comment.
    pub(super) fn comment(&mut self, text: impl Into<String>) {
        self.0.push(Part::Comment(text.into()));
    }

    /// Adds all of other fields.
    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    fn is_empty(&self) -> bool {
        !self.0.iter().any(|part| matches!(part, Part::Value(_)))
    }
}

macro_rules! leaves {
    ($($kind:ty),+) => {
        $(impl From<$kind> for Tree {
            fn from(value: $kind) -> Self {
                Self::Leaf(value.into())
            }
        })+
    };
}

leaves!(&str, String, u32, bool, Value);

impl From<Fields> for Tree {
    fn from(fields: Fields) -> Self {
        Self::Fields(fields)
    }
}

impl From<Vec<Part<Self>>> for Tree {
    fn from(items: Vec<Part<Self>>) -> Self {
        Self::List(items)
    }
}

impl Tree {
    /// Without comments.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Leaf(value) => value.clone(),
            Self::Fields(fields) => {
                let values = fields.0.iter().filter_map(|part| match part {
                    Part::Value((key, value)) => Some((key.clone(), value.value())),
                    Part::Comment(_) => None,
                });
                Value::Object(values.collect::<Map<_, _>>())
            }
            Self::List(items) => {
                let values = items.iter().filter_map(|part| match part {
                    Part::Value(value) => Some(value.value()),
                    Part::Comment(_) => None,
                });
                values.collect()
            }
        }
    }

    /// As YAML, with comments.
    pub(super) fn yaml(&self) -> String {
        let mut text = String::new();
        self.write(0, &mut text);
        text
    }

    /// Each part begins on a line of its own, `depth` spaces in.
    fn write(&self, depth: usize, text: &mut String) {
        let indent = " ".repeat(depth);
        match self {
            Self::Leaf(value) => {
                let _ = writeln!(text, "{indent}{}", scalar(value));
            }
            Self::Fields(fields) => {
                for part in &fields.0 {
                    match part {
                        Part::Comment(comment) => *text += &commented(comment, &indent),
                        Part::Value((key, Self::Leaf(value))) => {
                            let _ = writeln!(text, "{indent}{}: {}", name(key), scalar(value));
                        }
                        Part::Value((key, Self::List(items))) if items.is_empty() => {
                            let _ = writeln!(text, "{indent}{}: []", name(key));
                        }
                        Part::Value((key, Self::Fields(fields))) if fields.is_empty() => {
                            let _ = writeln!(text, "{indent}{}: {{}}", name(key));
                            Self::Fields(fields.clone()).write(depth + 2, text);
                        }
                        Part::Value((key, value)) => {
                            let _ = writeln!(text, "{indent}{}:", name(key));
                            let deeper = if matches!(value, Self::List(_)) { 0 } else { 2 };
                            value.write(depth + deeper, text);
                        }
                    }
                }
            }
            Self::List(items) => {
                for item in items {
                    match item {
                        Part::Comment(comment) => *text += &commented(comment, &indent),
                        Part::Value(value) => {
                            let mut inner = String::new();
                            value.write(depth + 2, &mut inner);
                            // The first line of the item stands beside its dash.
                            let _ = write!(text, "{indent}- {}", inner.trim_start_matches(' '));
                        }
                    }
                }
            }
        }
    }
}

/// Each line behind a `#`.
pub(super) fn commented(text: &str, indent: &str) -> String {
    text.lines()
        .map(|line| format!("{indent}# {line}").trim_end().to_owned() + "\n")
        .collect()
}

fn name(key: &str) -> String {
    scalar(&Value::String(key.to_owned()))
}

/// In quotes, unless it is plain in every version of YAML. JSON's quotes are YAML's.
fn scalar(value: &Value) -> String {
    let Value::String(text) = value else {
        return value.to_string();
    };
    let starts = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    let word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let reserved = word.contains(&text.to_ascii_lowercase().as_str());
    if starts && text.chars().all(plain) && !reserved {
        text.clone()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_comments_stand_in_between() {
        let mut inner = Fields::default();
        inner
            .put("name", "no")
            .put("query", "sum(a{b=\"c\"})\n  > 1");
        let mut fields = Fields::default();
        fields.put("apiVersion", "autoscaling/v2").put("count", 3);
        fields.comment("left out: b\nand why");
        fields.put(
            "list",
            vec![Part::Comment("first".to_owned()), Part::Value(inner.into())],
        );
        fields.put("none", Fields::default());
        let tree = Tree::from(fields);
        let text = tree.yaml();
        let expected = "apiVersion: autoscaling/v2\ncount: 3\n# left out: b\n# and why\nlist:\n# first\n- name: \"no\"\n  \
                        query: \"sum(a{b=\\\"c\\\"})\\n  > 1\"\nnone: {}\n";
        assert_eq!(text, expected);
        let read: Value = serde_saphyr::from_str(&text).expect("YAML");
        assert_eq!(read, tree.value());
        assert_eq!(read["list"][0]["name"], json!("no"));
    }
}
