//! What becomes of one object: ours, what of the other could not be carried over, and how to take over.

use serde::Serialize;
use serde_json::Value;
use spillway_crds::api::API_VERSION;

use super::source::Source;
use super::tree::{Fields, Tree, commented};

/// A `HybridAutoscaler` made from another object.
#[derive(Debug)]
pub(super) struct Draft {
    /// Kind and name of what it is made from.
    pub(super) from: String,
    /// `namespace/name`, or the name where no namespace is said.
    pub(super) name: String,
    /// The object; absent where nothing of it is of use.
    object: Option<Tree>,
    /// What keeps it from being whole: then it is written as a comment, to be completed.
    pub(super) lacks: Option<String>,
    /// What differs and what is left out.
    pub(super) notes: Vec<Note>,
    /// Commands that end the old one's work, in order.
    pub(super) ends: Vec<String>,
}

/// Something that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Note {
    /// The field of the other object.
    pub(super) path: String,
    /// Its value in few words; absent where it is the place that counts.
    pub(super) value: Option<String>,
    /// Whether it is left out; else it is carried over and means something else.
    pub(super) left_out: bool,
    /// Why, and what to do instead.
    pub(super) reason: String,
}

impl Note {
    /// In one line.
    pub(super) fn said(&self) -> String {
        let what = if self.left_out { "left out" } else { "differs" };
        let value = self.value.as_ref();
        let value = value.map_or_else(String::new, |value| format!(" ({value})"));
        format!("{what}: {}{value}: {}", self.path, self.reason)
    }
}

/// Notes as they are made.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Note>);

impl Notes {
    /// A field is left out; answers the comment that stands in its place.
    pub(super) fn left_out(&mut self, path: String, value: Option<String>, reason: &str) -> String {
        self.add(path, value, true, reason)
    }

    /// A field is carried over and means something else.
    pub(super) fn differs(&mut self, path: String, reason: &str) -> String {
        self.add(path, None, false, reason)
    }

    fn add(&mut self, path: String, value: Option<String>, left_out: bool, reason: &str) -> String {
        let note = Note {
            path,
            value,
            left_out,
            reason: reason.to_owned(),
        };
        let said = note.said();
        self.0.push(note);
        said
    }

    /// Whatever nobody took of `source` is left out, for the reason of the first name that fits.
    pub(super) fn rest(&mut self, source: Source, why: &[(&str, &str)], into: &mut Fields) {
        for (key, path, value) in source.left() {
            let known = why.iter().find(|(name, _)| *name == key);
            let reason = known.map_or("Spillway has no such field", |(_, reason)| *reason);
            into.comment(self.left_out(path, Some(value), reason));
        }
    }
}

/// Namespace and name of an object, and those of its labels that it keeps.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// The namespace, where one is said.
    pub(super) namespace: Option<String>,
    /// The name.
    pub(super) name: String,
    labels: Option<Value>,
    /// Annotations that nobody took yet.
    pub(super) annotations: Source,
}

/// What API servers and tools of delivery write, and what is made anew with the object.
const OF_THE_SERVER: [&str; 9] = [
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "selfLink",
    "ownerReferences",
    "finalizers",
    "generateName",
];

impl Identity {
    /// Takes an object's metadata.
    pub(super) fn take(object: &mut Source, namespace: Option<&str>) -> Self {
        let mut metadata = object.fields("metadata");
        for field in OF_THE_SERVER {
            metadata.take(field);
        }
        let own = metadata.text("namespace");
        let mut annotations = metadata.fields("annotations");
        annotations.take("kubectl.kubernetes.io/last-applied-configuration");
        Self {
            namespace: own.or_else(|| namespace.map(str::to_owned)),
            name: metadata.text("name").unwrap_or_default(),
            labels: metadata.take("labels"),
            annotations,
        }
    }

    /// `namespace/name`, or the name.
    pub(super) fn said(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }

    /// kubectl's option for the namespace, with the space before it.
    pub(super) fn option(&self) -> String {
        let namespace = self.namespace.as_ref();
        namespace.map_or_else(String::new, |namespace| format!(" -n {namespace}"))
    }

    /// The head of our object.
    fn head(&self) -> Fields {
        let mut metadata = Fields::default();
        metadata
            .put_some("namespace", self.namespace.clone())
            .put("name", self.name.clone())
            .put_some("labels", self.labels.as_ref().map(plain));
        let mut object = Fields::default();
        object
            .put("apiVersion", API_VERSION)
            .put("kind", "HybridAutoscaler")
            .put("metadata", metadata);
        object
    }
}

/// A value of somebody else as it is.
pub(super) fn plain(value: &Value) -> Tree {
    match value {
        Value::Object(entries) => {
            let mut fields = Fields::default();
            for (key, value) in entries {
                fields.put(key, plain(value));
            }
            fields.into()
        }
        other => Tree::Leaf(other.clone()),
    }
}

impl Draft {
    /// Ours, with what was left out and differs.
    pub(super) fn new(from: &str, identity: &Identity, spec: Fields, notes: Notes) -> Self {
        let mut object = identity.head();
        object.put("spec", spec);
        Self {
            from: from.to_owned(),
            name: identity.said(),
            object: Some(object.into()),
            lacks: None,
            notes: notes.0,
            ends: Vec::new(),
        }
    }

    /// Nothing of it is of use.
    pub(super) fn nothing(from: &str, name: String, why: &str) -> Self {
        Self {
            from: from.to_owned(),
            name,
            object: None,
            lacks: Some(why.to_owned()),
            notes: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// The object without comments, where it is whole.
    pub(super) fn value(&self) -> Option<Value> {
        let whole = self.object.as_ref().filter(|_| self.lacks.is_none());
        whole.map(Tree::value)
    }

    /// A document of YAML. What is not whole stands there as a comment, to be completed.
    pub(super) fn yaml(&self) -> String {
        let Self { from, name, .. } = self;
        match (&self.object, &self.lacks) {
            (Some(object), None) => format!("---\n# From {from} {name}.\n{}", object.yaml()),
            (Some(object), Some(lacks)) => {
                let head = format!("{from} {name} is not imported: {lacks}. To be completed:\n");
                let body = object.yaml().replace("\n# ", "\n# # ");
                commented(&(head + &body), "")
            }
            (None, lacks) => {
                let why = lacks.as_deref().unwrap_or("it says nothing");
                commented(&format!("{from} {name} is not imported: {why}."), "")
            }
        }
    }
}
