//! Problems as they are gathered.

use std::collections::BTreeMap;
use std::fmt::Display;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Something in a document that nobody can mean.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[error("{path}: {message}")]
pub struct Problem {
    /// Path of the field in the document's JSON, such as `workloads[1].minReplicas`.
    pub path: String,
    /// What is wrong and what would be right; reads on after the path.
    pub message: String,
}

/// Problems of one document.
#[derive(Debug, Default)]
pub(super) struct Findings(pub(super) Vec<Problem>);

impl Findings {
    pub(super) fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem {
            path: path.into(),
            message: message.into(),
        });
    }

    pub(super) fn add_if(
        &mut self,
        wrong: bool,
        path: impl FnOnce() -> String,
        message: impl FnOnce() -> String,
    ) {
        if wrong {
            self.add(path(), message());
        }
    }

    /// An amount that is below zero.
    pub(super) fn negative(&mut self, path: impl FnOnce() -> String, amount: i64) {
        self.add_if(amount < 0, path, || format!("is {amount}: write 0 or more"));
    }

    /// A span or an amount that is zero where there must be some.
    pub(super) fn zero(&mut self, path: impl FnOnce() -> String, amount: u64) {
        self.add_if(amount == 0, path, || "is 0: write more than 0".to_owned());
    }

    /// A percentage outside of its range.
    pub(super) fn percent(
        &mut self,
        path: impl FnOnce() -> String,
        percent: u8,
        least: u8,
        most: u8,
    ) {
        self.add_if(!(least..=most).contains(&percent), path, || {
            format!("is {percent}: write a percentage from {least} to {most}")
        });
    }

    /// Names that stand twice in the list at `path`; `field` is where an entry has its name.
    pub(super) fn unique<N: Ord + Display>(
        &mut self,
        path: &str,
        field: &str,
        names: impl IntoIterator<Item = N>,
    ) {
        let mut seen = BTreeMap::new();
        for (index, name) in names.into_iter().enumerate() {
            if let Some(first) = seen.get(&name) {
                let message =
                    format!("`{name}` is there twice, first in {path}[{first}]: write it once");
                self.add(format!("{path}[{index}]{field}"), message);
            } else {
                seen.insert(name, index);
            }
        }
    }

    /// A name that is none of the known ones; `of` says whose they are.
    pub(super) fn known<N: PartialEq + Display>(
        &mut self,
        path: impl FnOnce() -> String,
        name: &N,
        known: &[&N],
        of: &str,
    ) {
        self.add_if(!known.contains(&name), path, || {
            if known.is_empty() {
                return format!(
                    "`{name}` is not known: {of} has none, so leave it out or add it there"
                );
            }
            let known: Vec<String> = known.iter().map(ToString::to_string).collect();
            format!(
                "`{name}` is not known: {of} has {}; write one of them, or add it there",
                known.join(", ")
            )
        });
    }
}
