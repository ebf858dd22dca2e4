//! A tree into a typed value. The type's own deserializer is the only judge, and it stops at the
//! first mistake; so what it stops at is cut out of the tree and it is asked again, until nothing
//! is left to complain about.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use super::tree::{Kind, join};
use super::words::{self, Complaint};
use super::{Mistake, Node};

/// Most mistakes that are looked for in one document: each costs a pass over all of it.
const MOST: usize = 100;

/// The tree as a `T`.
///
/// # Errors
/// All mistakes of shape: unknown and missing fields, fields written twice, values of the wrong
/// type. One that only a mended document can show (a second missing field beside a first) may be
/// absent.
pub fn typed<T: DeserializeOwned>(node: &Node) -> Result<T, Vec<Mistake>> {
    let mut found = Vec::new();
    node.duplicates("", &mut found);
    let mut cut = BTreeSet::new();
    loop {
        let value = node.value_without("", &cut);
        let error = match serde_path_to_error::deserialize::<_, T>(value) {
            Ok(typed) if found.is_empty() => return Ok(typed),
            Ok(_) => break,
            Err(error) => error,
        };
        let (path, at) = locate(node, error.path(), &cut);
        let mut complaint = words::complaint(&error.inner().to_string(), at);
        // Within a tagged choice the path ends at the choice itself.
        let path = match &mut complaint {
            Complaint::Missing(name) => {
                let field = join(&path, name);
                if !touched(&field, &cut) {
                    let message = "is missing: write it".to_owned();
                    found.push(at.mistake(&field, message));
                }
                path
            }
            Complaint::Unknown(name, message) => {
                let inner = at.get(name).map(|child| (join(&path, name), child));
                let (path, at) = inner.unwrap_or((path, at));
                found.push(at.mistake(&path, std::mem::take(message)));
                path
            }
            Complaint::Wrong(message) => {
                if !touched(&path, &cut) {
                    found.push(at.mistake(&path, std::mem::take(message)));
                }
                path
            }
        };
        if path.is_empty() || found.len() >= MOST || !cut.insert(path) {
            break;
        }
    }
    found.sort_by_key(|mistake| mistake.place);
    Err(found)
}

/// Whether something at the path or within it has been cut out, so that a complaint about the
/// path may only come from that.
fn touched(path: &str, cut: &BTreeSet<String>) -> bool {
    let within = |rest: &str| path.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']);
    cut.iter()
        .any(|cut| cut.strip_prefix(path).is_some_and(within))
}

/// The node where a deserializer stopped, with its path in the whole tree: indices count what has
/// been cut out too.
fn locate<'n>(root: &'n Node, stopped: &Path, cut: &BTreeSet<String>) -> (String, &'n Node) {
    let mut path = String::new();
    let mut node = root;
    for segment in stopped {
        let child = match (segment, &node.kind) {
            (Segment::Seq { index }, Kind::List(items)) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (format!("{path}[{index}]"), item))
                .filter(|(path, _)| !cut.contains(path))
                .nth(*index),
            (Segment::Map { key } | Segment::Enum { variant: key }, Kind::Map(_)) => {
                node.get(key).map(|child| (join(&path, key), child))
            }
            _ => None,
        };
        let Some(child) = child else { break };
        (path, node) = child;
    }
    (path, node)
}
