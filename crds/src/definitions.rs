//! The CustomResourceDefinitions, as they are checked in and installed.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use serde_json::Value;

use crate::api::{BurstPolicy, Cluster, HybridAutoscaler};

/// The definitions of all kinds, in the order in which they are installed.
///
/// # Panics
/// Never: the derived definitions are JSON objects, and what is taken away from them leaves
/// them definitions (tests build all of them).
#[must_use]
pub fn definitions() -> [CustomResourceDefinition; 3] {
    [Cluster::crd(), BurstPolicy::crd(), HybridAutoscaler::crd()].map(|crd| {
        let mut value = serde_json::to_value(crd).expect("a definition is JSON");
        tidy(&mut value);
        serde_json::from_value(value).expect("a tidied definition is a definition")
    })
}

/// Takes away what only Rust means: integer formats (the API server warns about them; their
/// bounds stay), `nullable` (an optional field is left out, and CEL's `has` holds for a null),
/// and "no further fields" (structural schemas say so by not listing them).
fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let rust_only = fields
                .get("format")
                .and_then(Value::as_str)
                .is_some_and(|format| format.starts_with("uint"));
            if rust_only {
                fields.remove("format");
            }
            if fields.get("nullable") == Some(&Value::Bool(true)) {
                fields.remove("nullable");
            }
            if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
                fields.remove("additionalProperties");
            }
            fields.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// The schema of one kind's whole object, as JSON.
///
/// # Panics
/// Never: each definition has one version, and it has a schema (tests read all of them).
#[must_use]
pub fn schema_of(kind: &str) -> Option<Value> {
    let crd = definitions()
        .into_iter()
        .find(|crd| crd.spec.names.kind == kind)?;
    let version = crd
        .spec
        .versions
        .into_iter()
        .next()
        .expect("one version per kind");
    let schema = version
        .schema
        .and_then(|schema| schema.open_api_v3_schema)
        .expect("a version has a schema");
    Some(serde_json::to_value(schema).expect("a schema is JSON"))
}
