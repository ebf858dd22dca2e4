//! The field reference for people, from the definitions' schemas.

use std::fmt::Write;

use serde_json::Value;

use crate::definitions::definitions;

const INTRODUCTION: &str = "\
# API reference

Generated from the types in `crds/src/api`; do not edit. Group `spillway.dev`, version `v1alpha1`.

Prices are US dollars as decimal strings (`\"0.192\"`), spans of time whole numbers with units \
(`\"1h30m\"`; d, h, m, s, ms), amounts Kubernetes quantities (`500m`, `2Gi`), percentages whole \
numbers. A bold field is required.
";

/// `docs/reference/api.md`: each field with type, default and doc, and each kind's rules.
///
/// # Panics
/// Never: each definition has a version with a schema (tests write all of them).
#[must_use]
pub fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    for crd in definitions() {
        let scope = match crd.spec.scope.as_str() {
            "Namespaced" => "namespaced",
            _ => "cluster-scoped",
        };
        let kind = &crd.spec.names.kind;
        let schema = crate::schema_of(kind).expect("a definition has a schema");
        let about = schema["description"].as_str().unwrap_or_default();
        _ = writeln!(page, "\n## {kind}\n\n{about} It is {scope}.");
        for part in ["spec", "status"] {
            let schema = &schema["properties"][part];
            let mut rules = Vec::new();
            _ = writeln!(page, "\n### {kind} {part}\n");
            page += "| field | type | default | |\n|---|---|---|---|\n";
            rows(schema, "", &mut page, &mut rules);
            if !rules.is_empty() {
                page += "\nRules:\n\n";
            }
            for (path, rule) in rules {
                let place = if path.is_empty() { part } else { &path };
                _ = writeln!(page, "- `{place}`: {rule}");
            }
        }
    }
    page
}

fn rows(schema: &Value, path: &str, page: &mut String, rules: &mut Vec<(String, String)>) {
    for rule in schema["x-kubernetes-validations"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let message = rule["message"].as_str().unwrap_or_default();
        rules.push((path.to_owned(), message.to_owned()));
    }
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let mark = if required.contains(&name.as_str()) {
            "**"
        } else {
            ""
        };
        let default = match &field["default"] {
            Value::Null => String::new(),
            value => format!("`{value}`"),
        };
        let about = field["description"].as_str().unwrap_or_default();
        let about = about.replace('\n', " ").replace('|', "\\|");
        _ = writeln!(
            page,
            "| {mark}`{path}`{mark} | {} | {default} | {about} |",
            type_of(field)
        );
        match field["type"].as_str() {
            Some("object") => rows(field, &path, page, rules),
            Some("array") => rows(&field["items"], &format!("{path}[]"), page, rules),
            _ => {}
        }
    }
}

fn type_of(field: &Value) -> String {
    if field["x-kubernetes-int-or-string"] == Value::Bool(true) {
        return "quantity".to_owned();
    }
    if let Some(words) = field["enum"].as_array() {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return words.join(", ");
    }
    match field["type"].as_str().unwrap_or_default() {
        "array" => format!("list of {}", type_of(&field["items"])),
        "object" if field["additionalProperties"].is_object() => {
            format!("map to {}", type_of(&field["additionalProperties"]))
        }
        "string" => match field["pattern"].as_str() {
            Some(pattern) if pattern.contains("ms)") => "time span".to_owned(),
            Some(pattern) if pattern.contains("{1,6}") => "USD".to_owned(),
            Some(pattern) if pattern.contains("0-5") => "HH:MM".to_owned(),
            _ => "string".to_owned(),
        },
        other => other.to_owned(),
    }
}
