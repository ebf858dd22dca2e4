//! YAML into objects: several documents, all problems at once, each with its line.
//!
//! Three steps per document: YAML into a tree that knows its lines, the tree against
//! the kind's schema ([`shape`]: unknown fields, missing fields, wrong types — the same schema
//! that the API server enforces), then the typed object, where the shape is wrong as far as it
//! goes. What values mean is not looked at here; that is [`crate::convert()`]'s part, which
//! [`policy`] asks.

mod lists;
mod policy;
mod shape;

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::{API_VERSION, BurstPolicy, Cluster, GROUP, HybridAutoscaler};
use crate::document::{Kind, Mistake, Node, as_far_as_it_goes, join, parse_yaml, touched, typed};
use crate::objects::{Located, Objects, Origin, Unread, workload_id};
use crate::problem::Problem;

pub use policy::{BrokenPolicy, SoundPolicy, read_policy};

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
        let [objects, _] = reading.readings;
        Ok(objects)
    } else {
        Err(reading.problems)
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    /// The objects twice; they differ where a shape is wrong, in what was made up there.
    readings: [Objects; 2],
    /// The objects that are past mending or have no name.
    unread: Unread,
    /// Whether there are such.
    incomplete: bool,
    problems: Vec<Problem>,
    /// The paths of each object at which a value could not be read.
    unknown: Vec<Unknown>,
}

/// Where an object of a source could not be read.
struct Unknown {
    source_name: String,
    object: String,
    paths: BTreeSet<String>,
}

impl Reading {
    fn add(&mut self, source_name: &str, text: &str) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut found = false;
        for (first_line, document) in documents(text) {
            let mut reader = Reader {
                source_name,
                object: String::new(),
                reading: self,
            };
            match parse_yaml(document, first_line) {
                Ok(None) => continue,
                Ok(Some(node)) => {
                    let name = node
                        .get("metadata")
                        .and_then(|metadata| metadata.text("name"));
                    if !reader.object(&node, name) || name.is_none() {
                        self.unread.add(node.text("kind"), name);
                        self.incomplete = true;
                    }
                }
                Err(mistake) => {
                    reader.report(Some(mistake.place.line), "", mistake.message);
                    self.unread.add(None, None);
                    self.incomplete = true;
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
    reading: &'a mut Reading,
}

impl Reader<'_> {
    fn report(&mut self, line: Option<u32>, path: &str, message: String) {
        self.reading.problems.push(Problem {
            source_name: Some(self.source_name.to_owned()),
            line,
            column: None,
            object: self.object.clone(),
            path: path.to_owned(),
            message,
        });
    }

    /// Adds the object of a document, as far as it can be read; says whether it can.
    fn object(&mut self, node: &Node, name: Option<&str>) -> bool {
        let before = self.reading.problems.len();
        let Some(kind) = self.envelope(node, name) else {
            return false;
        };
        let found = shape_of(node, kind, name.is_some());
        let paths = found.iter().flat_map(|mistake| {
            let meant = mistake.meant.iter().cloned();
            meant.chain([mistake.path.clone()])
        });
        let paths = paths.collect();
        for mistake in found {
            self.report(Some(mistake.place.line), &mistake.path, mistake.message);
        }
        let sound = self.reading.problems.len() == before;
        match kind {
            "Cluster" => self.typed::<Cluster>(node, sound, paths, |objects| &mut objects.clusters),
            "BurstPolicy" => {
                self.typed::<BurstPolicy>(node, sound, paths, |objects| &mut objects.burst_policies)
            }
            _ => self
                .typed::<HybridAutoscaler>(node, sound, paths, |objects| &mut objects.autoscalers),
        }
    }

    /// The kind of a document, if it is one that is read here.
    fn envelope<'n>(&mut self, node: &'n Node, name: Option<&str>) -> Option<&'n str> {
        let line = Some(node.place.line);
        let Kind::Map(_) = &node.kind else {
            let message = format!(
                "is {}: write an object with apiVersion, kind, metadata and spec",
                node.kind
            );
            self.report(line, "", message);
            return None;
        };
        let Some(kind) = node.text("kind") else {
            let message = format!("is missing: write one of {}", KINDS.join(", "));
            self.report(line, "kind", message);
            return None;
        };
        self.object = match name {
            None => kind.to_owned(),
            Some(name) if kind == "HybridAutoscaler" => {
                let namespace = node.get("metadata").and_then(|data| data.text("namespace"));
                format!("{kind}/{}/{name}", namespace.unwrap_or("default"))
            }
            Some(name) => format!("{kind}/{name}"),
        };
        let api_version = node.text("apiVersion").unwrap_or_default();
        if api_version.split('/').next() != Some(GROUP) && !KINDS.contains(&kind) {
            let message = format!(
                "`{kind}` of `{api_version}` is a foreign kind: only {} of {API_VERSION} are read here",
                KINDS.join(", ")
            );
            self.report(line, "", message);
            return None;
        }
        if !KINDS.contains(&kind) {
            let message = format!("`{kind}` is not known: write one of {}", KINDS.join(", "));
            self.report(line, "kind", message);
            return None;
        }
        if api_version != API_VERSION {
            let message = if api_version.is_empty() {
                format!("is missing: write {API_VERSION}")
            } else {
                format!("`{api_version}` is not known: write {API_VERSION}")
            };
            self.report(line, "apiVersion", message);
        }
        Some(kind)
    }

    /// Keeps the object as far as it can be read; says whether it can. `unknown` are the paths of
    /// what is wrong with its shape.
    fn typed<K: Named>(
        &mut self,
        node: &Node,
        sound: bool,
        mut unknown: BTreeSet<String>,
        into: impl Fn(&mut Objects) -> &mut Vec<Located<K>>,
    ) -> bool {
        let origin = Origin::of(self.source_name, node);
        let [small, large] = match as_far_as_it_goes::<K>(node) {
            Ok(object) => [object.clone(), object],
            Err(unfinished) => {
                // The schema has said it already, and in better words.
                if sound {
                    for mistake in &unfinished.mistakes {
                        let message = mistake.message.clone();
                        self.report(Some(mistake.place.line), &mistake.path, message);
                    }
                }
                let (readings, paths) = unfinished.into_parts();
                unknown.extend(paths);
                let Some(readings) = readings else {
                    return false;
                };
                readings
            }
        };
        // Another name than the one that is there may be meant.
        if touched("metadata.namespace", &unknown) {
            self.reading.incomplete = true;
        }
        if !unknown.is_empty() {
            self.reading.unknown.push(Unknown {
                source_name: self.source_name.to_owned(),
                object: small.kind_and_name(),
                paths: unknown,
            });
        }
        for (objects, object) in self.reading.readings.iter_mut().zip([small, large]) {
            let origin = origin.clone();
            into(objects).push(Located { object, origin });
        }
        true
    }
}

/// A kind of object, as problems of the conversion call it.
trait Named: DeserializeOwned + Clone {
    /// `Kind/name`, of a workload with its namespace.
    fn kind_and_name(&self) -> String;
}

impl Named for Cluster {
    fn kind_and_name(&self) -> String {
        format!("Cluster/{}", self.name_any())
    }
}

impl Named for BurstPolicy {
    fn kind_and_name(&self) -> String {
        format!("BurstPolicy/{}", self.name_any())
    }
}

impl Named for HybridAutoscaler {
    fn kind_and_name(&self) -> String {
        format!("HybridAutoscaler/{}", workload_id(self))
    }
}

/// What is wrong with the shape of an object of a kind.
fn shape_of(node: &Node, kind: &str, has_name: bool) -> Vec<Mistake> {
    let mut found = Vec::new();
    node.duplicates("", &mut found);
    for (key, _) in node.entries() {
        if !TOP.contains(&key) {
            found.push(node.unknown_field("", key, &TOP));
        }
    }
    let schema = crate::schema_of(kind).unwrap_or(&Value::Null);
    if let Some(spec) = node.get("spec") {
        shape::check(spec, &schema["properties"]["spec"], "spec", &mut found);
    } else if !is_meant(&found, "spec") {
        let message = "is missing: write what the object shall be".to_owned();
        found.push(node.mistake("spec", message));
    }
    if let Some(metadata) = node.get("metadata")
        && let Err(mistakes) = typed::<Metadata>(metadata)
    {
        let within = |path: String| join("metadata", &path).trim_end_matches('.').to_owned();
        found.extend(mistakes.into_iter().map(|mistake| Mistake {
            path: within(mistake.path),
            meant: mistake.meant.map(within),
            ..mistake
        }));
    }
    if !has_name && !is_meant(&found, "metadata.name") && !is_meant(&found, "metadata") {
        let message = "is missing: give the object a name".to_owned();
        found.push(node.mistake("metadata.name", message));
    }
    found
}

/// Whether a misspelt field may have been meant as the one at a path.
fn is_meant(found: &[Mistake], path: &str) -> bool {
    found
        .iter()
        .any(|mistake| mistake.meant.as_deref() == Some(path))
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
