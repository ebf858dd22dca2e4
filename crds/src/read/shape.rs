//! A tree against a structural schema: unknown and missing fields, types, enums, whole-number
//! bounds. Patterns and CEL rules are not evaluated; the conversion checks what they say, and in
//! better words.

use serde_json::Value;

use crate::document::{Kind, Mistake, Node, join};

/// Checks a node against its schema.
pub(super) fn check(node: &Node, schema: &Value, path: &str, found: &mut Vec<Mistake>) {
    let mut report = |message: String| found.push(node.mistake(path, message));
    if schema.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
        return match &node.kind {
            Kind::Text(_) | Kind::Int(_) => {}
            Kind::Float(value) => report(format!(
                "is the number {value}: write it in quotes, \"{value}\""
            )),
            other => report(format!(
                "is {other}: write a quantity such as \"500m\" or \"2Gi\""
            )),
        };
    }
    let wanted = schema
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match (wanted, &node.kind) {
        ("object", Kind::Map(_)) => fields(node, schema, path, found),
        ("object", Kind::Null) if schema["required"].as_array().is_none_or(Vec::is_empty) => {
            report("is empty: leave it out, or write {}".to_owned());
        }
        ("object", other) => report(format!("is {other}: write an object")),
        ("array", Kind::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                check(item, &schema["items"], &format!("{path}[{index}]"), found);
            }
        }
        ("array", Kind::Null) => report("is empty: leave it out, or write []".to_owned()),
        ("array", other) => report(format!("is {other}: write a list")),
        ("string", Kind::Text(text))
            if text.trim().is_empty() && schema.get("minLength").is_some() =>
        {
            report("is empty: write a text, or leave the field out".to_owned());
        }
        ("string", Kind::Text(text)) => {
            let known = schema.get("enum").and_then(Value::as_array);
            if let Some(known) = known.filter(|known| !known.iter().any(|value| value == text)) {
                let words: Vec<&str> = known.iter().filter_map(Value::as_str).collect();
                report(format!(
                    "`{text}` is not known: write one of {}",
                    words.join(", ")
                ));
            }
        }
        ("string", Kind::Int(value)) => match schema.get("pattern").and_then(Value::as_str) {
            Some(pattern) if pattern.contains("ms") => {
                report(format!(
                    "`{value}` has no unit: write \"{value}s\" for seconds or \"{value}m\" for minutes"
                ));
            }
            _ => report(format!(
                "is the number {value}: write it in quotes, \"{value}\""
            )),
        },
        ("string", Kind::Float(value)) if *value < 0.0 => {
            report(format!("is {value}: write zero or more, in quotes"));
        }
        ("string", Kind::Float(value)) => {
            report(format!(
                "is the number {value}: write it in quotes, \"{value}\""
            ));
        }
        ("string", Kind::Bool(value)) => {
            report(format!(
                "is the boolean {value}: write it in quotes, \"{value}\""
            ));
        }
        ("string", other) => report(format!("is {other}: write a text")),
        ("integer", Kind::Int(value)) => {
            let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
            let number = value.as_f64().unwrap_or(f64::NAN);
            if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
                report(format!(
                    "is {value}: write a whole number {}",
                    range(least, most)
                ));
            }
        }
        ("integer", other) => report(format!("is {other}: write a whole number")),
        ("boolean", Kind::Bool(_)) => {}
        ("boolean", other) => report(format!("is {other}: write true or false")),
        _ => {}
    }
}

fn range(least: Option<f64>, most: Option<f64>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("from {least} to {most}"),
        (Some(least), None) => format!("of at least {least}"),
        (None, Some(most)) => format!("of at most {most}"),
        (None, None) => String::new(),
    }
}

fn fields(node: &Node, schema: &Value, path: &str, found: &mut Vec<Mistake>) {
    let known = schema.get("properties").and_then(Value::as_object);
    let others = schema
        .get("additionalProperties")
        .filter(|value| value.is_object());
    let mut meant = Vec::new();
    for (key, child) in node.entries() {
        if let Some(schema) = known.and_then(|known| known.get(key)).or(others) {
            check(child, schema, &join(path, key), found);
        } else {
            let names: Vec<&str> = known
                .into_iter()
                .flatten()
                .map(|(name, _)| name.as_str())
                .collect();
            let mistake = node.unknown_field(path, key, &names);
            meant.extend(mistake.meant.clone());
            found.push(mistake);
        }
    }
    let required = schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        let field = join(path, name);
        if node.get(name).is_none() && !meant.contains(&field) {
            let about = known
                .and_then(|known| known[name].get("description")?.as_str())
                .and_then(|text| text.split('\n').next())
                .unwrap_or_default();
            let about = about.split_once(". ").map_or(about, |(first, _)| first);
            let hint = about.trim_end_matches(['.', ':', ',']);
            found.push(node.mistake(&field, format!("is missing ({hint})")));
        }
    }
}
