//! Trees into typed values: all mistakes of shape at once, each with its place and what would be
//! right.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use spillway_crds::document::{parse_json, parse_yaml, typed};
use spillway_solver::snapshot::Snapshot;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape matters")]
struct House {
    rooms: Vec<Room>,
    heating: Heating,
    #[serde(default)]
    keys: BTreeMap<String, u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape matters")]
struct Room {
    name: String,
    width_mm: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape matters")]
enum Heating {
    None,
    Gas { watt: u32 },
}

fn said<T>(result: Result<T, Vec<spillway_crds::document::Mistake>>) -> Vec<String> {
    let mistakes = result.err().unwrap_or_default();
    let said = mistakes
        .into_iter()
        .map(|mistake| mistake.in_file("f").to_string());
    said.collect()
}

#[test]
fn all_mistakes_of_a_document_are_named_with_their_place() {
    let json = "{
  \"rooms\": [
    {\"name\": 5, \"widthMm\": \"x\"},
    {\"name\": \"hall\", \"widthMM\": 3},
    {\"name\": \"bath\", \"widthMm\": -1, \"tub\": true},
    {}
  ],
  \"heating\": {\"gas\": {\"watt\": null}},
  \"keys\": {\"front.door\": 1.5, \"back\": 4294967296, \"back\": []},
  \"keys\": {}
}";
    let tree = parse_json(json).expect("JSON");
    assert_eq!(
        said(typed::<House>(&tree)),
        [
            "f:3:14: rooms[0].name: is the number 5: write a text",
            "f:3:28: rooms[0].widthMm: is the text `x`: write a whole number from 0 to 4294967295",
            "f:4:33: rooms[1].widthMM: is not known: did you mean `widthMm`?",
            "f:5:33: rooms[2].widthMm: is the number -1: write a whole number from 0 to 4294967295",
            "f:5:44: rooms[2].tub: is not known: the fields here are name, widthMm",
            "f:6:5: rooms[3].name: is missing: write it",
            "f:6:5: rooms[3].widthMm: is missing: write it",
            "f:8:31: heating.gas.watt: is empty: write a whole number from 0 to 4294967295",
            "f:9:59: keys.back: is written twice (first in line 9): write it once",
            "f:10:11: keys: is written twice (first in line 9): write it once",
        ]
    );
}

#[test]
fn what_is_no_json_is_named_with_its_place() {
    for (text, says) in [
        (
            "",
            "f:1:1: is no valid JSON: it ends too early; write the file again, it is empty or cut off",
        ),
        (
            "{\"a\": 1,\n",
            "f:2:1: is no valid JSON: it ends too early; write the file again, it is empty or cut off",
        ),
        ("{\n  \"a\": }", "f:2:8: is no valid JSON: expected value"),
        ("{} {}", "f:1:4: is no valid JSON: trailing characters"),
    ] {
        let problem = parse_json(text).map(|_| ()).expect_err(text);
        assert_eq!(problem.in_file("f").to_string(), says);
    }
    let deep = "[".repeat(100_000);
    assert!(parse_json(&deep).is_err(), "and no stack overflows");
}

#[test]
fn a_choice_that_is_not_known_is_named_with_those_that_are() {
    let tree = parse_yaml("rooms: []\nheating: {coal: {}}\n", 1);
    let tree = tree.expect("YAML").expect("something");
    assert_eq!(
        said(typed::<House>(&tree)),
        ["f:2:10: heating: `coal` is not known: write one of none, gas"]
    );
}

#[test]
fn the_bare_name_of_a_choice_is_told_its_fields() {
    for (heating, says) in [
        (
            "gas",
            "f:2:10: heating: is the text `gas`: write `gas: {...}`; its fields are watt",
        ),
        (
            "{none: {watt: 3}}",
            "f:2:17: heating.none: is an object: write its name alone",
        ),
    ] {
        let tree = parse_yaml(&format!("rooms: []\nheating: {heating}\n"), 1);
        let tree = tree.expect("YAML").expect("something");
        assert_eq!(said(typed::<House>(&tree)), [says]);
    }
}

#[test]
fn what_is_missing_in_a_choice_is_named_and_not_the_choice() {
    let tree = parse_json("{\"gas\": {}}").expect("JSON");
    assert_eq!(
        said(typed::<Heating>(&tree)),
        ["f:1:9: gas.watt: is missing: write it"]
    );
}

#[test]
fn a_mistake_within_a_tagged_choice_names_the_choice() {
    let json = r#"{"schemaVersion": "v1alpha1", "nowMs": 1, "clusters": [], "workloads": [
      {"id": "a/b", "metrics": {"m": {"primary": {"kind": "series", "atMs": "x", "valuesMilli": []}}}}]}"#;
    let tree = parse_json(json).expect("JSON");
    assert_eq!(
        said(typed::<Snapshot>(&tree)),
        [
            "f:2:50: workloads[0].metrics.m.primary: has a string \"x\" in it: write a whole number there"
        ]
    );
}

#[test]
fn the_place_of_a_field_is_found_by_its_path() {
    let tree = parse_json("{\"a\": [1, {\"b.c\": {\n\"d\": 2}}]}").expect("JSON");
    for (path, line, column) in [
        ("", 1, 1),
        ("a[0]", 1, 8),
        ("a[1].b.c.d", 2, 6),
        ("a[1].b.c.gone[3]", 1, 19),
        ("a[7].b", 1, 7),
    ] {
        let place = tree.place_of(path);
        assert_eq!((place.line, place.column), (line, column), "{path}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "[-:{}\\[\\]\"',a0 \n.]{0,60}") {
        if let Ok(tree) = parse_json(&text) {
            let _ = typed::<Snapshot>(&tree);
        }
        if let Ok(Some(tree)) = parse_yaml(&text, 1) {
            let _ = typed::<House>(&tree);
        }
    }
}
