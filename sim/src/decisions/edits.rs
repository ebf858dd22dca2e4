//! The difference of two JSON documents as a list of replaced places.
//!
//! Made for snapshots of neighbouring ticks, which have the same shape and a few other numbers. Where the shape
//! differs (a list of another length, an object of other keys) that whole list or object is replaced.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Replaces what stands at a JSON pointer (RFC 6901) by a value.
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
    let mut edits = Vec::new();
    collect(before, after, &mut String::new(), &mut edits);
    edits
}

fn collect(before: &Value, after: &Value, path: &mut String, edits: &mut Vec<Edit>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) if old.keys().eq(new.keys()) => {
            for ((key, old), new) in old.iter().zip(new.values()) {
                descend(
                    &key.replace('~', "~0").replace('/', "~1"),
                    old,
                    new,
                    path,
                    edits,
                );
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                descend(&index.to_string(), old, new, path, edits);
            }
        }
        _ if before == after => {}
        _ => edits.push(Edit(path.clone(), after.clone())),
    }
}

fn descend(step: &str, old: &Value, new: &Value, path: &mut String, edits: &mut Vec<Edit>) {
    let parent = path.len();
    path.push('/');
    path.push_str(step);
    collect(old, new, path, edits);
    path.truncate(parent);
}

/// Makes the edits in `document`.
///
/// # Errors
///
/// The first pointer that points to nothing; the document is then in between.
pub(super) fn apply(document: &mut Value, edits: Vec<Edit>) -> Result<(), String> {
    for Edit(path, value) in edits {
        *document.pointer_mut(&path).ok_or(path)? = value;
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
