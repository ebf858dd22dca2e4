//! The difference of two JSON documents as a list of replaced places.
//!
//! Made for snapshots of neighbouring ticks, which have the same shape and a few other numbers. Where the shape
//! differs (a list of another length, an object of other keys) that whole list or object is replaced.

mod snapshots;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) use snapshots::follow;

/// Replaces what stands at a JSON pointer (RFC 6901) by a value.
///
/// A `*` in place of a list's index stands for every place of it; the value is then a list of as many values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit(pub String, pub Value);

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}",
            if self.0.is_empty() { "/" } else { &self.0 },
            self.1
        )
    }
}

/// What turns `before` into `after`, in document order.
pub(super) fn between(before: &Value, after: &Value) -> Vec<Edit> {
    let mut edits = Edits::default();
    edits.values(before, after);
    edits.found
}

/// Every place of a list.
const EACH: &str = "*";

/// The edits found so far, and where the comparison is.
#[derive(Default)]
struct Edits {
    found: Vec<Edit>,
    path: String,
}

impl Edits {
    fn values(&mut self, before: &Value, after: &Value) {
        match (before, after) {
            (Value::Object(old), Value::Object(new)) if old.keys().eq(new.keys()) => {
                for ((key, old), new) in old.iter().zip(new.values()) {
                    if old != new {
                        self.under(key, |edits| edits.values(old, new));
                    }
                }
            }
            (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
                for (index, (old, new)) in old.iter().zip(new).enumerate() {
                    if old != new {
                        self.at(index, |edits| edits.values(old, new));
                    }
                }
            }
            _ if before == after => {}
            _ => self.replace(after.clone()),
        }
    }

    fn replace(&mut self, value: Value) {
        self.found.push(Edit(self.path.clone(), value));
    }

    /// Compares what stands under a key of an object.
    fn under(&mut self, key: &str, compare: impl FnOnce(&mut Self)) {
        let parent = self.path.len();
        self.path.push('/');
        for letter in key.chars() {
            match letter {
                '~' => self.path.push_str("~0"),
                '/' => self.path.push_str("~1"),
                _ => self.path.push(letter),
            }
        }
        compare(self);
        self.path.truncate(parent);
    }

    /// Compares what stands at a place of a list.
    fn at(&mut self, index: usize, compare: impl FnOnce(&mut Self)) {
        self.under(&index.to_string(), compare);
    }
}

/// Makes the edits in `document`.
///
/// # Errors
///
/// The first pointer that points to nothing; the document is then in between.
pub(super) fn apply(document: &mut Value, edits: Vec<Edit>) -> Result<(), String> {
    for Edit(path, value) in edits {
        // An object may have a key `*`: only in a list it stands for every place.
        let each = path
            .rsplit_once("/*/")
            .filter(|(list, _)| document.pointer(list).is_some_and(Value::is_array));
        match (each, value) {
            (Some((list, field)), Value::Array(values)) => {
                let places = document.pointer_mut(list).and_then(Value::as_array_mut);
                let places = places
                    .filter(|places| places.len() == values.len())
                    .ok_or_else(|| path.clone())?;
                let field = format!("/{field}");
                for (place, value) in places.iter_mut().zip(values) {
                    *place.pointer_mut(&field).ok_or_else(|| path.clone())? = value;
                }
            }
            (_, value) => *document.pointer_mut(&path).ok_or_else(|| path.clone())? = value,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_places_that_differ_are_named() {
        let before = json!({"now": 1, "nodes": [{"used": 3}, {"used": 4}], "a/b": {"~": 0}});
        let after = json!({"now": 2, "nodes": [{"used": 3}, {"used": 5}], "a/b": {"~": 1}});
        let edits = between(&before, &after);
        let shown: Vec<String> = edits.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["/a~1b/~0: 1", "/nodes/1/used: 5", "/now: 2"]);
    }

    #[test]
    fn a_list_of_another_length_is_replaced_as_a_whole() {
        let edits = between(&json!({"nodes": [1]}), &json!({"nodes": [1, 2]}));
        assert_eq!(edits, [Edit("/nodes".into(), json!([1, 2]))]);
    }

    #[test]
    fn an_edit_that_points_to_nothing_is_refused_by_name() {
        let refused = apply(&mut json!({}), vec![Edit("/gone".into(), json!(1))]);
        assert_eq!(refused, Err("/gone".to_owned()));
        for values in [json!([1]), json!([1, 2, 3]), json!(1)] {
            let mut document = json!({"pods": [{"value": 0}, {"value": 0}]});
            let edits = vec![Edit("/pods/*/value".into(), values)];
            assert_eq!(apply(&mut document, edits), Err("/pods/*/value".to_owned()));
        }
    }

    #[test]
    fn a_star_is_every_place_of_a_list_and_a_key_of_an_object() {
        let mut document = json!({"*": {"pods": [{"value": 0}, {"value": 0}], "at": 0}});
        let edits = [("/*/pods/*/value", json!([1, 2])), ("/*/at", json!([3]))];
        let edits = edits.map(|(path, value)| Edit(path.into(), value));
        assert_eq!(apply(&mut document, edits.into()), Ok(()));
        assert_eq!(
            document,
            json!({"*": {"pods": [{"value": 1}, {"value": 2}], "at": [3]}})
        );
    }

    fn document() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(Value::from),
            Just(Value::Null),
            "[~/a-c]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::btree_map("[~/a]{0,2}", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn edits_turn_any_document_into_any_other(before in document(), after in document()) {
            let mut edited = before.clone();
            let edits = between(&before, &after);
            prop_assert_eq!(apply(&mut edited, edits), Ok(()));
            prop_assert_eq!(edited, after);
        }
    }
}
