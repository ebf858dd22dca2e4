//! YAML into objects: several documents, all problems at once, each with its line.
//!
//! Three steps per document: YAML into a tree that knows its lines, the tree against
//! the kind's schema ([`shape`]: unknown fields, missing fields, wrong types — the same schema
//! that the API server enforces), then the typed object. What values mean is not looked at
//! here; that is [`crate::convert()`]'s part.

mod shape;

use std::collections::BTreeMap;

use kube::Resource;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use spillway_solver::policy::Policy;

use crate::api::{API_VERSION, BurstPolicy, Cluster, GROUP, HybridAutoscaler};
use crate::convert::convert_beside;
use crate::document::{Kind, Mistake, Node, parse_yaml, typed, unknown};
use crate::objects::{Located, Objects, Origin, Unread};
use crate::problem::Problem;

/// The kinds that are read.
const KINDS: [&str; 3] = ["Cluster", "BurstPolicy", "HybridAutoscaler"];

/// Fields of every object.
const TOP: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];

/// Reads the objects of a YAML stream; `source_name` is what problems call it.
///
/// # Errors
/// All problems of all documents: no YAML, a foreign or unknown kind, an unknown or missing
/// field, a value of the wrong type.
pub fn read_yaml(source_name: &str, text: &str) -> Result<Objects, Vec<Problem>> {
    let mut reading = Reading::default();
    reading.add(source_name, text);
    if reading.problems.is_empty() {
        Ok(reading.objects)
    } else {
        Err(reading.problems)
    }
}

/// The policy of the objects in several YAML streams, each with its name, which may refer to each
/// other.
///
/// # Errors
/// All problems of all documents: of shape as in [`read_yaml`], and of value as in [`convert()`]
/// for the documents whose shape is right.
///
/// [`convert()`]: crate::convert()
pub fn read_policy<'t>(
    sources: impl IntoIterator<Item = (&'t str, &'t str)>,
) -> Result<Policy, Vec<Problem>> {
    let mut reading = Reading::default();
    for (name, text) in sources {
        reading.add(name, text);
    }
    let converted = convert_beside(&reading.objects, &reading.unread);
    match converted {
        Ok(policy) if reading.problems.is_empty() => Ok(policy),
        Ok(_) => Err(reading.problems),
        Err(more) => {
            reading.problems.extend(more);
            Err(reading.problems)
        }
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    objects: Objects,
    /// The objects whose shape is wrong.
    unread: Unread,
    problems: Vec<Problem>,
}

impl Reading {
    fn add(&mut self, source_name: &str, text: &str) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut found = false;
        for (first_line, document) in documents(text) {
            let mut reader = Reader {
                source_name,
                object: String::new(),
                problems: &mut self.problems,
            };
            match parse_yaml(document, first_line) {
                Ok(None) => continue,
                Ok(Some(node)) => {
                    if !reader.object(&node, &mut self.objects) {
                        let metadata = node.get("metadata");
                        let name = metadata.and_then(|metadata| metadata.text("name"));
                        self.unread.add(node.text("kind"), name);
                    }
                }
                Err(mistake) => {
                    reader.report(Some(mistake.place.line), "", mistake.message);
                    self.unread.add(None, None);
                }
            }
            found = true;
        }
        if !found {
            self.problems.push(Problem {
                source_name: Some(source_name.to_owned()),
                line: None,
                column: None,
                object: String::new(),
                path: String::new(),
                message: format!("has no object: write at least one of {}", KINDS.join(", ")),
            });
        }
    }
}

/// The documents of a stream with the number of their first line. A line that begins with
/// `---` or `...` ends a document wherever it stands, also within quotes.
fn documents(text: &str) -> Vec<(u32, &str)> {
    let mut documents = Vec::new();
    let (mut start, mut first_line, mut offset, mut number) = (0, 1, 0, 0);
    for line in text.split_inclusive('\n') {
        number += 1;
        let end = offset + line.len();
        let marker = line
            .get(..3)
            .filter(|start| matches!(*start, "---" | "..."));
        let alone = line[marker.map_or(0, str::len)..].starts_with([' ', '\t', '\r', '\n'])
            || line.len() == 3;
        if let Some(marker) = marker.filter(|_| alone) {
            documents.push((first_line, &text[start..offset]));
            // What follows `---` on its line belongs to the next document.
            start = if marker == "---" { offset + 3 } else { end };
            first_line = if marker == "---" { number } else { number + 1 };
        }
        offset = end;
    }
    documents.push((first_line, &text[start..]));
    documents
}

struct Reader<'a> {
    source_name: &'a str,
    object: String,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn report(&mut self, line: Option<u32>, path: &str, message: String) {
        self.problems.push(Problem {
            source_name: Some(self.source_name.to_owned()),
            line,
            column: None,
            object: self.object.clone(),
            path: path.to_owned(),
            message,
        });
    }

    /// Adds the object of a document; says whether there is nothing wrong with it.
    fn object(&mut self, node: &Node, objects: &mut Objects) -> bool {
        let before = self.problems.len();
        self.read_object(node, objects);
        self.problems.len() == before
    }

    fn read_object(&mut self, node: &Node, objects: &mut Objects) {
        let line = Some(node.place.line);
        let Kind::Map(_) = &node.kind else {
            let message = format!(
                "is {}: write an object with apiVersion, kind, metadata and spec",
                node.kind
            );
            return self.report(line, "", message);
        };
        let Some(kind) = node.text("kind") else {
            return self.report(
                line,
                "kind",
                format!("is missing: write one of {}", KINDS.join(", ")),
            );
        };
        let name = node
            .get("metadata")
            .and_then(|metadata| metadata.text("name"));
        self.object = name.map_or_else(|| kind.to_owned(), |name| format!("{kind}/{name}"));
        let api_version = node.text("apiVersion").unwrap_or_default();
        if api_version.split('/').next() != Some(GROUP) && !KINDS.contains(&kind) {
            let message = format!(
                "`{kind}` of `{api_version}` is a foreign kind: only {} of {API_VERSION} are read here",
                KINDS.join(", ")
            );
            return self.report(line, "", message);
        }
        if !KINDS.contains(&kind) {
            let message = format!("`{kind}` is not known: write one of {}", KINDS.join(", "));
            return self.report(line, "kind", message);
        }
        if api_version != API_VERSION {
            let message = if api_version.is_empty() {
                format!("is missing: write {API_VERSION}")
            } else {
                format!("`{api_version}` is not known: write {API_VERSION}")
            };
            self.report(line, "apiVersion", message);
        }
        let before = self.problems.len();
        self.shape(node, kind, name.is_some());
        if self.problems.len() > before || api_version != API_VERSION {
            return;
        }
        let origin = Origin::of(self.source_name, node);
        let value = node.value();
        match kind {
            "Cluster" => self.typed::<Cluster>(value, origin, &mut objects.clusters),
            "BurstPolicy" => self.typed::<BurstPolicy>(value, origin, &mut objects.burst_policies),
            _ => self.typed::<HybridAutoscaler>(value, origin, &mut objects.autoscalers),
        }
    }

    fn shape(&mut self, node: &Node, kind: &str, has_name: bool) {
        let mut found = Vec::new();
        node.duplicates("", &mut found);
        for (key, child) in node.entries() {
            if !TOP.contains(&key) {
                found.push(child.mistake(key, unknown(key, &TOP)));
            }
        }
        let schema = crate::schema_of(kind).unwrap_or(&Value::Null);
        if let Some(spec) = node.get("spec") {
            shape::check(spec, &schema["properties"]["spec"], "spec", &mut found);
        } else {
            let message = "is missing: write what the object shall be".to_owned();
            found.push(node.mistake("spec", message));
        }
        if !has_name {
            let message = "is missing: give the object a name".to_owned();
            found.push(node.mistake("metadata.name", message));
        }
        if let Some(metadata) = node.get("metadata")
            && let Err(mistakes) = typed::<Metadata>(metadata)
        {
            found.extend(mistakes.into_iter().map(|mistake| {
                Mistake {
                    path: format!("metadata.{}", mistake.path)
                        .trim_end_matches('.')
                        .to_owned(),
                    ..mistake
                }
            }));
        }
        for mistake in found {
            self.report(Some(mistake.place.line), &mistake.path, mistake.message);
        }
    }

    fn typed<K: DeserializeOwned + Resource<DynamicType = ()>>(
        &mut self,
        value: Value,
        origin: Origin,
        into: &mut Vec<Located<K>>,
    ) {
        match serde_json::from_value(value) {
            Ok(object) => into.push(Located { object, origin }),
            Err(error) => self.report(origin.line(""), "", error.to_string()),
        }
    }
}

/// What people write into `metadata`; a typing error in it would otherwise be lost.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "only its shape is checked; the object itself has the values"
)]
struct Metadata {
    name: Option<String>,
    namespace: Option<String>,
    labels: Option<BTreeMap<String, String>>,
    annotations: Option<BTreeMap<String, String>>,
    generation: Option<i64>,
    uid: Option<String>,
    resource_version: Option<String>,
    creation_timestamp: Option<String>,
    deletion_timestamp: Option<String>,
    finalizers: Option<Vec<String>>,
    owner_references: Option<Value>,
    managed_fields: Option<Value>,
}
