//! `import`: autoscalers of others as ours, with all that could not be carried over said. Pure, but for reading files.

mod cron;
mod draft;
mod exporter;
mod hpa;
mod keda;
mod rebalance;
mod source;
mod tree;
mod trigger;

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::print::{Form, Printer};
use super::{Global, Outcome, validate};
use draft::{Draft, Identity};
use source::Source;

const EXAMPLES: &str = "\
Examples:
  kubectl spillway import hpa.yaml > web.yaml
  kubectl get hpa,scaledobject -n shop -o yaml | kubectl spillway import -

Reads HorizontalPodAutoscaler (v2, v1), ScaledObject, FederatedHPA and Rebalance. The objects go to the standard output; \
what could not be carried over, and how to take over, to the standard error. Exits with 1 where nothing was imported.";

/// Writes autoscalers of others as ours, and says what could not be carried over
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// YAML or JSON files; - is the standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Namespace of objects that name none
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
}

pub(super) fn run(
    args: &Args,
    global: &Global,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Outcome> {
    let mut drafts = Vec::new();
    for (name, text) in validate::texts(&args.files)? {
        drafts.extend(import(&text, args.namespace.as_deref()).with_context(|| name)?);
    }
    let text = match global.output {
        Form::Json => {
            let items: Vec<Value> = drafts.iter().filter_map(Draft::value).collect();
            let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
            serde_json::to_string_pretty(&list)? + "\n"
        }
        Form::Table | Form::Yaml => drafts.iter().map(Draft::yaml).collect(),
    };
    printer.raw(text.as_bytes())?;
    eprint!("{}", said(&drafts));
    Ok(if drafts.iter().any(|draft| draft.lacks.is_none()) {
        Outcome::Done
    } else {
        Outcome::Problems
    })
}

/// The objects of a text as ours, in YAML with comments.
///
/// # Errors
///
/// What is no YAML, with its place.
pub fn imported(text: &str) -> anyhow::Result<String> {
    let drafts = import(text, None)?;
    Ok(drafts.iter().map(Draft::yaml).collect())
}

fn import(text: &str, namespace: Option<&str>) -> anyhow::Result<Vec<Draft>> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text)
        .map_err(|error| anyhow::anyhow!("is no YAML: {error}"))?;
    let objects = documents.into_iter().flat_map(|document| {
        match document.get("items").and_then(Value::as_array) {
            Some(items) => items.clone(),
            None if document.is_null() => Vec::new(),
            None => vec![document],
        }
    });
    let drafts: Vec<Draft> = objects.map(|object| one(object, namespace)).collect();
    if drafts.is_empty() {
        anyhow::bail!("has no object");
    }
    Ok(drafts)
}

fn one(object: Value, namespace: Option<&str>) -> Draft {
    let mut object = Source::of(object);
    let version = object.text("apiVersion").unwrap_or_default();
    let group = version.split('/').next().unwrap_or_default().to_owned();
    let kind = object
        .clone()
        .text("kind")
        .unwrap_or_else(|| "an object without a kind".to_owned());
    let mut identity = Identity::take(&mut object.clone(), namespace);
    match (group.as_str(), kind.as_str()) {
        ("autoscaling", "HorizontalPodAutoscaler") if version.ends_with("v2beta1") => {
            let why = "version v2beta1 has other fields: read it from an API server as v2 (kubectl get hpa -o yaml)";
            Draft::nothing(&kind, identity.said(), why)
        }
        ("autoscaling", "HorizontalPodAutoscaler") => hpa::import("hpa", object, &identity),
        ("autoscaling.karmada.io", "FederatedHPA") => {
            hpa::import("federatedhpa", object, &identity)
        }
        ("keda.sh", "ScaledObject") => keda::import(object, &mut identity),
        ("rebalancer.ch1aki.github.io", "Rebalance") => rebalance::import(object, &identity),
        ("keda.sh", "ScaledJob") => {
            let why = "it makes Jobs, and Spillway scales replicas: keep KEDA for it";
            Draft::nothing(&kind, identity.said(), why)
        }
        ("autoscaling.karmada.io", "CronFederatedHPA") => {
            let why = "write its windows under `schedule` of the HybridAutoscaler";
            Draft::nothing(&kind, identity.said(), why)
        }
        _ => {
            let why = format!("{version} {kind} is no autoscaler that is known here");
            Draft::nothing(&kind, identity.said(), &why)
        }
    }
}

/// What people read besides: what is not as it was, and how to take over.
fn said(drafts: &[Draft]) -> String {
    let mut text = String::new();
    for draft in drafts {
        let Draft {
            from, name, lacks, ..
        } = draft;
        let _ = match lacks {
            None => writeln!(text, "{from} {name}: imported"),
            Some(lacks) => writeln!(text, "{from} {name}: not imported: {lacks}"),
        };
        for note in &draft.notes {
            let _ = writeln!(text, "  {}", note.said());
        }
    }
    let whole: Vec<&Draft> = drafts
        .iter()
        .filter(|draft| draft.lacks.is_none())
        .collect();
    if whole.is_empty() {
        return text;
    }
    text += "\nTo take over:\n  \
             1. Apply the output at home. While the old autoscaler is there, nothing is written to its target (AbleToScale \
             False, Conflict).\n  \
             2. Look at what would be done: kubectl spillway status, kubectl spillway explain NAMESPACE/NAME\n  \
             3. Delete the old one in each cluster; the next tick acts. To be careful, set mode Observe before:\n";
    for draft in whole {
        for command in &draft.ends {
            let _ = writeln!(text, "     {command}");
        }
    }
    text
}

#[cfg(test)]
mod tests;
