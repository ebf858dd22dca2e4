//! The conformance cases beside the repository, if they are there: every case of the
//! scopes that the solver covers is answered as upstream answers it.

use std::path::Path;

use serde_json::Value;
use spillway_tests::hpa_conformance::answer;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/hpa/cases.jsonl");

/// Why `answer` is not what `case` expects; `None` if it is.
fn difference(case: &Value) -> Option<String> {
    let kind = case["kind"].as_str().unwrap_or_default();
    let answer = match answer(kind, &case["inputs"]) {
        Ok(answer) => answer,
        Err(error) => return Some(error.to_string()),
    };
    let expected = case["expected"].as_object()?;
    let wrong: Vec<String> = expected
        .iter()
        .filter(|(key, expected)| !as_expected(key, expected, &answer))
        .map(|(key, expected)| format!("{key}: expected {expected}, got {}", answer[key]))
        .collect();
    (!wrong.is_empty()).then(|| wrong.join("; "))
}

fn as_expected(key: &str, expected: &Value, answer: &Value) -> bool {
    match (key, expected.as_str(), answer["error"].as_str()) {
        ("errorContains", Some(part), Some(text)) => text.contains(part),
        _ => answer.get(key) == Some(expected),
    }
}

#[test]
fn every_case_in_scope_is_answered_as_upstream_does() {
    if !Path::new(CASES).exists() {
        println!("skipped: there is no {CASES}");
        return;
    }
    let cases = std::fs::read_to_string(CASES).expect("the cases can be read");
    let cases: Vec<Value> = cases
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is one JSON object"))
        .collect();
    let unsupported = serde_json::json!({ "unsupported": true });
    let mut wrong = Vec::new();
    for case in &cases {
        let kind = case["kind"].as_str().unwrap_or_default();
        if case["scope"] == "kubernetes-only" {
            let answer = answer(kind, &case["inputs"]).expect("an answer");
            assert_eq!(answer, unsupported, "{}", case["id"]);
        } else if let Some(difference) = difference(case) {
            wrong.push(format!("{}: {difference}", case["id"]));
        }
    }
    assert!(!cases.is_empty(), "{CASES} is empty");
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
