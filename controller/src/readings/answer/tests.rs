use serde_json::{Value, json};

use super::*;

fn answer(body: &Value) -> Answer {
    serde_json::from_value(body.clone()).expect("an answer")
}

fn vector(samples: &[(&str, &str)]) -> Value {
    let series: Vec<Value> = samples
        .iter()
        .map(|(cluster, value)| json!({"metric": {"cluster": cluster}, "value": [1.5, value]}))
        .collect();
    json!({"status": "success", "data": {"resultType": "vector", "result": series}})
}

fn read(values_milli: &[i64]) -> Reading {
    Reading::Series {
        at_ms: UnixMs(1500),
        values_milli: values_milli.to_vec(),
    }
}

fn number(body: &Value, unit: Unit, aggregate: Option<Aggregate>) -> Reading {
    answer(body)
        .number(unit, aggregate)
        .unwrap_or_else(|instead| instead)
}

fn words(reading: Reading) -> String {
    let Reading::Failed { message } = reading else {
        panic!("{reading:?} is no failure");
    };
    message
}

#[test]
fn a_series_or_a_scalar_is_read_in_thousandths() {
    let one = vector(&[("home", "1.2345")]);
    assert_eq!(number(&one, Unit::OfTarget, None), read(&[1235]));
    let scalar = json!({"data": {"resultType": "scalar", "result": [1.5, "7"]}});
    assert_eq!(number(&scalar, Unit::OfTarget, None), read(&[7000]));
}

#[test]
fn several_series_are_one_number_only_where_it_is_said_which() {
    let three = vector(&[("home", "1"), ("eks", "1e3"), ("rack", "-0.002")]);
    for (aggregate, expected) in [
        (Aggregate::Sum, 1_000_998),
        (Aggregate::Max, 1_000_000),
        (Aggregate::Min, -2),
        (Aggregate::Average, 333_666),
    ] {
        let said = number(&three, Unit::OfTarget, Some(aggregate));
        assert_eq!(said, read(&[expected]), "{aggregate:?}");
    }
    assert_eq!(
        words(number(&three, Unit::OfTarget, None)),
        "gives 3 series, which differ by cluster, where one number is needed: write sum(...) around the query, or max \
         or avg, or set `aggregate` beside it"
    );
    assert_eq!(
        number(&vector(&[]), Unit::OfTarget, Some(Aggregate::Sum)),
        Reading::Empty
    );
}

#[test]
fn a_wrong_unit_is_told_where_the_name_tells_it() {
    let named = |name: &str| json!({"data": {"resultType": "vector", "result": [{"metric": {"__name__": name}, "value": [1.5, "9"]}]}});
    let counter = number(&named("jobs_total"), Unit::ItemsPerSecond, None);
    assert!(words(counter).contains("write rate(jobs_total[1m])"));
    let age = number(&named("oldest_job_seconds"), Unit::Items, None);
    assert!(words(age).contains("in seconds by its name, and not items"));
    for (name, unit) in [
        ("jobs_waiting", Unit::Items),
        ("jobs_waiting_total", Unit::Items),
        ("jobs:rate1m", Unit::ItemsPerSecond),
        ("jobs_total", Unit::OfTarget),
    ] {
        assert_eq!(number(&named(name), unit, None), read(&[9000]), "{name}");
    }
}

#[test]
fn no_data_is_never_zero_and_each_cause_is_told_apart() {
    let mut partial = vector(&[("home", "1")]);
    partial["warnings"] = json!(["store gateway down"]);
    for (what, body, expected) in [
        ("no series", vector(&[]), Reading::Empty),
        (
            "NaN",
            vector(&[("home", "1"), ("eks", "NaN")]),
            Reading::NotANumber,
        ),
        ("infinite", vector(&[("home", "+Inf")]), Reading::NotANumber),
        (
            "beyond any count",
            vector(&[("home", "1e300")]),
            Reading::NotANumber,
        ),
        ("a part", partial, Reading::Partial),
        (
            "refused",
            json!({"status": "error", "errorType": "bad_data", "error": "parse error at char 5"}),
            failed("the server cannot read the query: parse error at char 5: mend it there"),
        ),
    ] {
        let said = number(&body, Unit::OfTarget, Some(Aggregate::Sum));
        assert_eq!(said, expected, "{what}");
    }
    let range = json!({"data": {"resultType": "matrix", "result": []}});
    let said = words(number(&range, Unit::OfTarget, None));
    assert!(said.contains("rate(x[1m])"), "{said}");
}

#[test]
fn completions_are_told_apart_by_cluster() {
    let mut body = vector(&[("home", "1"), ("eks", "NaN"), ("home", "2")]);
    let by_cluster = |body: &Value, aggregate| answer(body).by_cluster(Unit::OfTarget, aggregate);
    let expected = [
        ("eks".into(), Reading::NotANumber),
        ("home".into(), read(&[3000])),
    ];
    assert_eq!(
        by_cluster(&body, Some(Aggregate::Sum)),
        Ok(BTreeMap::from(expected))
    );
    let several = by_cluster(&body, None).expect("readings")["home"].clone();
    assert!(words(several).contains("write sum by (cluster) (...) around"));
    body["data"]["result"]
        .as_array_mut()
        .expect("series")
        .push(json!({"metric": {}, "value": [1.5, "9"]}));
    let lacking = by_cluster(&body, Some(Aggregate::Sum)).expect_err("a series of no cluster");
    assert!(words(lacking).contains("no label `cluster`"));
    assert_eq!(by_cluster(&vector(&[]), None), Err(Reading::Empty));
}
