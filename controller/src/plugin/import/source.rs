//! An object of somebody else, read field by field: what nobody took is what was not carried over.

use serde_json::{Map, Value};

/// The fields of an object that nobody has taken yet.
#[derive(Clone, Debug)]
pub(super) struct Source {
    path: String,
    rest: Map<String, Value>,
}

impl Source {
    /// The fields of a whole object.
    pub(super) fn of(object: Value) -> Self {
        Self::at(String::new(), object)
    }

    /// The fields of a value at a path.
    pub(super) fn at(path: String, value: Value) -> Self {
        let rest = match value {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        Self { path, rest }
    }

    /// The path of a field.
    pub(super) fn path(&self, key: &str) -> String {
        match (self.path.as_str(), key) {
            ("", key) => key.to_owned(),
            (path, "") => path.to_owned(),
            (path, key) if key.contains(['.', '/']) => format!("{path}[{key}]"),
            (path, key) => format!("{path}.{key}"),
        }
    }

    /// Takes a field; what is null is not there.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.rest.remove(key).filter(|value| !value.is_null())
    }

    /// Takes a field as text: numbers and truths are written out, as in the metadata of triggers.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.take(key)? {
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        }
    }

    /// Takes a field as a whole number, however it is written.
    pub(super) fn number(&mut self, key: &str) -> Option<u32> {
        let text = self.text(key)?;
        let number = text.parse().ok();
        if number.is_none() {
            // It is said that it was not carried over.
            self.rest.insert(key.to_owned(), Value::String(text));
        }
        number
    }

    /// Takes the fields of a field.
    pub(super) fn fields(&mut self, key: &str) -> Self {
        let path = self.path(key);
        Self::at(path, self.take(key).unwrap_or_default())
    }

    /// Takes the items of a list, each with its path.
    pub(super) fn list(&mut self, key: &str) -> Vec<Self> {
        let path = self.path(key);
        let items = match self.take(key) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        let items = items.into_iter().enumerate();
        items
            .map(|(index, item)| Self::at(format!("{path}[{index}]"), item))
            .collect()
    }

    /// Whether a field is still there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.rest.get(key).is_some_and(|value| !value.is_null())
    }

    /// What nobody took, with its path and a short form of its value.
    pub(super) fn left(self) -> Vec<(String, String, String)> {
        let path = |key: &str| self.path(key);
        self.rest
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), path(key), short(value)))
            .collect()
    }
}

/// A value in a few words.
fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_took_is_left_with_its_path() {
        let mut source =
            Source::of(json!({"spec": {"a": "3", "b": null, "c": [{"x/y": 1}], "d": "many"}}));
        let mut spec = source.fields("spec");
        assert_eq!((spec.number("a"), spec.number("d")), (Some(3), None));
        let item = spec.list("c").remove(0);
        assert_eq!(
            item.left(),
            [(
                "x/y".to_owned(),
                "spec.c[0][x/y]".to_owned(),
                "1".to_owned()
            )]
        );
        assert_eq!(
            spec.left(),
            [("d".to_owned(), "spec.d".to_owned(), "many".to_owned())]
        );
        assert_eq!(source.left(), []);
    }
}
