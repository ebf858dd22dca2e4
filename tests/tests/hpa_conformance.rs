//! The conformance runner: on cases of our own, and on the cases beside the repository,
//! if they are there.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
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
    let unsupported = json!({ "unsupported": true });
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

/// Each expected key of `answer`.
fn assert_answer(kind: &str, inputs: &Value, expected: &Value) {
    let case = json!({ "kind": kind, "inputs": inputs, "expected": expected });
    assert_eq!(difference(&case), None, "{case}");
}

#[test]
fn ratios_take_usage_under_any_name() {
    let pods = json!({ "a": 50, "b": 76 });
    let samples = json!({ "a": { "valueMilli": 50 }, "b": { "valueMilli": 76 } });
    let requests = json!({ "a": 100, "b": 100, "c": 500 });
    let expected = json!({ "ratio": 1.26, "currentUtilization": 63, "currentAverageMilli": 63 });
    for usage in [("metricsMilli", &pods), ("podMetrics", &samples)] {
        let inputs =
            json!({ usage.0: usage.1, "requestsMilli": requests, "targetUtilization": 50 });
        assert_answer("resource-ratio", &inputs, &expected);
    }
    let inputs = json!({ "metricsMilli": pods, "requestsMilli": {}, "targetUtilization": 50 });
    let failure = json!({ "errorContains": "no metrics returned matched known pods" });
    assert_answer("resource-ratio", &inputs, &failure);
    let inputs = json!({ "perPodMilli": { "a": 5000, "b": 10000 }, "targetMilli": 10000 });
    let expected = json!({ "usageRatio": 0.75, "currentUsageMilli": 7500 });
    assert_answer("usage-ratio", &inputs, &expected);
}

#[test]
fn failures_carry_upstreams_wording() {
    let resource = |pods: Value| {
        json!({
            "currentReplicas": 1,
            "metric": {
                "type": "Resource", "resource": "cpu", "targetUtilization": 50,
                "perPodContainersMilli": { "p": { "c": 100 } }, "windowSeconds": 60,
            },
            "pods": pods,
        })
    };
    let contains = |text: &str| json!({ "errorContains": text });
    let no_pods = contains("no pods returned by selector while calculating replica count");
    assert_answer("metric", &resource(json!([])), &no_pods);
    let unready = resource(json!([{ "name": "p", "phase": "Pending" }]));
    assert_answer(
        "metric",
        &unready,
        &contains("did not receive metrics for targeted pods"),
    );
    let no_request = resource(json!([{ "name": "p" }]));
    assert_answer("metric", &no_request, &contains("missing request for cpu"));
    let no_series = json!({
        "currentReplicas": 1,
        "metric": { "type": "External", "name": "q", "targetType": "Value", "targetMilli": 1 },
    });
    assert_answer(
        "metric",
        &no_series,
        &contains("no metrics returned from external metrics API"),
    );
}

#[test]
fn a_pass_from_zero_follows_the_rule_that_the_gate_selects() {
    let pass = |gates: Value| {
        json!({
            "minReplicas": 0, "maxReplicas": 6, "specReplicas": 0,
            "metrics": [{ "type": "External", "name": "q", "targetType": "Value",
                          "targetMilli": 1000, "samplesMilli": [2500] }],
            "featureGates": gates,
        })
    };
    let older = json!({ "desiredReplicas": 3, "rescaled": true, "error": false });
    assert_answer("reconcile", &pass(json!({})), &older);
    let paused = json!({ "desiredReplicas": 0, "rescaled": false, "error": false });
    for gate in [true, false] {
        assert_answer(
            "reconcile",
            &pass(json!({ "HPAScaleToZero": gate })),
            &paused,
        );
    }
}

#[test]
fn without_metrics_a_pass_looks_for_cpu() {
    let inputs = json!({ "maxReplicas": 6, "specReplicas": 2, "metrics": [] });
    let conditions = json!([
        { "type": "AbleToScale", "status": "True", "reason": "SucceededGetScale" },
        { "type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric" },
    ]);
    let expected = json!({ "desiredReplicas": 2, "error": true, "conditions": conditions });
    assert_answer("reconcile", &inputs, &expected);
}

/// Exit code, stdout and stderr of the binary for a text on stdin.
fn run(case: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hpa-conformance"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the runner starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    stdin
        .write_all(case.as_bytes())
        .expect("the runner reads the case");
    drop(stdin);
    let output = child.wait_with_output().expect("the runner ends");
    let text = |bytes| String::from_utf8(bytes).expect("the runner writes UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_binary_answers_on_stdout_and_complains_on_stderr() {
    let case = json!({ "kind": "pod-requests", "inputs": {} }).to_string();
    assert_eq!(
        run(&case),
        (Some(0), "{\"unsupported\":true}\n".into(), String::new())
    );
    for (case, complaint) in [
        ("{", "the case is not as expected"),
        ("{}", "kind must be"),
        (r#"{"kind":"nope","inputs":{}}"#, "unknown kind"),
        (
            r#"{"kind":"metric","inputs":{}}"#,
            "missing field `currentReplicas`",
        ),
        (
            r#"{"kind":"stabilize","inputs":{"desiredReplicas":2,"behavior":{}}}"#,
            "currentReplicas must be a count",
        ),
    ] {
        let (code, answer, complaints) = run(case);
        assert_eq!((code, answer.as_str()), (Some(1), ""), "{case}");
        assert!(complaints.contains(complaint), "{case}: {complaints}");
    }
}
