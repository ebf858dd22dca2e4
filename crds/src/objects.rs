//! The objects that make up a configuration, each with where it came from.

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt;

use crate::api::{BurstPolicy, Cluster, HybridAutoscaler};
use crate::document::Node;
use crate::problem::Problem;

/// A whole configuration as people wrote it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Objects {
    /// Clusters.
    pub clusters: Vec<Located<Cluster>>,
    /// Bursting rules.
    pub burst_policies: Vec<Located<BurstPolicy>>,
    /// Workloads.
    pub autoscalers: Vec<Located<HybridAutoscaler>>,
}

impl Objects {
    /// Adds those of another source.
    pub fn extend(&mut self, other: Self) {
        self.clusters.extend(other.clusters);
        self.burst_policies.extend(other.burst_policies);
        self.autoscalers.extend(other.autoscalers);
    }
}

/// Objects that were written and could not be read. A reference to one of them is no mistake.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    pub(crate) clusters: BTreeSet<String>,
    pub(crate) policies: BTreeSet<String>,
    /// Whether there are some whose kind or name is not known, so that any reference may be to
    /// one of them.
    pub(crate) nameless: bool,
}

impl Unread {
    /// Adds an object by what is known of it.
    pub(crate) fn add(&mut self, kind: Option<&str>, name: Option<&str>) {
        match (kind, name) {
            (Some("Cluster"), Some(name)) => {
                self.clusters.insert(name.to_owned());
            }
            (Some("BurstPolicy"), Some(name)) => {
                self.policies.insert(name.to_owned());
            }
            // Nothing refers to one.
            (Some("HybridAutoscaler"), _) => {}
            _ => self.nameless = true,
        }
    }
}

/// An object and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Located<K> {
    /// The object.
    pub object: K,
    /// Where it came from.
    pub origin: Origin,
}

impl<K> From<K> for Located<K> {
    /// An object of an API server: it has no file.
    fn from(object: K) -> Self {
        Self {
            object,
            origin: Origin::default(),
        }
    }
}

/// Where an object came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The file or stream.
    pub source_name: Option<String>,
    /// Lines of the object's fields by path; the empty path is the object itself.
    pub lines: BTreeMap<String, u32>,
}

impl Origin {
    /// The origin of a document that is written in a file.
    #[must_use]
    pub fn of(source_name: &str, document: &Node) -> Self {
        Self {
            source_name: Some(source_name.to_owned()),
            lines: document.lines(),
        }
    }

    /// The line of a field, or of the nearest field around it that was written.
    #[must_use]
    pub fn line(&self, path: &str) -> Option<u32> {
        let mut path = path;
        loop {
            if let Some(line) = self.lines.get(path) {
                return Some(*line);
            }
            if path.is_empty() {
                return None;
            }
            path = &path[..path.rfind(['.', '[']).unwrap_or(0)];
        }
    }

    /// Something wrong with a field of a file that holds one document.
    #[must_use]
    pub fn problem(&self, path: impl Into<String>, message: impl Into<String>) -> Problem {
        let path = path.into();
        Problem {
            source_name: self.source_name.clone(),
            line: self.line(&path),
            column: None,
            object: String::new(),
            path,
            message: message.into(),
        }
    }
}

/// `namespace/name` of an autoscaler; without a namespace it is in `default`, as for kubectl.
#[must_use]
pub fn workload_id(object: &HybridAutoscaler) -> String {
    format!(
        "{}/{}",
        object.namespace().as_deref().unwrap_or("default"),
        object.name_any()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_was_not_written_has_the_line_of_what_is_around_it() {
        let lines = [("", 1), ("spec", 4), ("spec.metrics[1].target", 9)];
        let origin = Origin {
            source_name: None,
            lines: lines.map(|(path, line)| (path.to_owned(), line)).into(),
        };
        assert_eq!(origin.line("spec.metrics[1].target.averageValue"), Some(9));
        assert_eq!(origin.line("spec.metrics[0].target"), Some(4));
        assert_eq!(origin.line("metadata"), Some(1));
        assert_eq!(Origin::default().line("spec"), None);
    }
}
