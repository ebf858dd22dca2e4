//! The simulator reads a live Prometheus: what was put in comes out, what is missing stays missing, and refusals are
//! told in the server's words.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;
use spillway_sim::cli::{Answer, Outcome};
use spillway_sim::hosts::Core;
use spillway_testbed::{Prometheus, PrometheusConfig, TestFolder, TokenGate};

/// A whole minute; the load begins here.
const START: u64 = 1_700_000_040;

/// More than the 11,000 points that a server gives at once, and more than two of the reader's pieces of 10,000.
const MINUTES: u64 = 20_500;

/// How long the second series lives.
const SHORT: u64 = 500;

/// Orders of a minute, the first being 1. Quarters of it come with each scrape; some minutes have none.
fn north(minute: u64) -> u64 {
    minute * 7 % 13 * 4
}

const SOUTH: u64 = 8;

/// Counters scraped every 15 seconds, and a gauge of each minute of which half an hour is missing and a minute is NaN.
fn data() -> String {
    let mut text = "# TYPE orders counter\n".to_owned();
    let mut counter = |shop: &str, minutes: u64, orders: &dyn Fn(u64) -> u64| {
        let mut total = 1_000_000;
        let _ = writeln!(text, "orders_total{{shop=\"{shop}\"}} {total} {START}");
        for quarter in 1..=minutes * 4 {
            total += orders(quarter.div_ceil(4)) / 4;
            let at = START + quarter * 15;
            let _ = writeln!(text, "orders_total{{shop=\"{shop}\"}} {total} {at}");
        }
    };
    counter("north", MINUTES, &north);
    counter("south", SHORT, &|_| SOUTH);
    text += "# TYPE jobs gauge\n";
    for minute in (1..=200).filter(|minute| !(80..110).contains(minute)) {
        let value = match minute {
            150 => "NaN".to_owned(),
            _ => north(minute).to_string(),
        };
        let _ = writeln!(text, "jobs {value} {}", START + minute * 60);
    }
    text + "# EOF\n"
}

fn folder(test: &str) -> TestFolder {
    TestFolder::new(env!("CARGO_TARGET_TMPDIR"), test).unwrap_or_else(|error| panic!("{error}"))
}

/// One server for the tests that only ask.
fn url() -> &'static str {
    static SERVER: OnceLock<(Prometheus, TestFolder)> = OnceLock::new();
    let (server, _) = SERVER.get_or_init(|| {
        let folder = folder("live");
        let config = PrometheusConfig {
            data: Some(data()),
            ..PrometheusConfig::default()
        };
        let server = Prometheus::start(&folder, "prometheus", &config);
        (server.unwrap_or_else(|error| panic!("{error}")), folder)
    });
    server.url()
}

fn spillway_sim(args: &[&str]) -> Answer {
    Answer::to(args, &Core)
}

/// `words`, the query and a window from the start on, then `more`.
fn ask(words: &[&str], url: &str, query: &str, minutes: u64, more: &[&str]) -> Answer {
    let (from, until) = (START.to_string(), (START + minutes * 60).to_string());
    let live = ["--prometheus", url, "--query", query, "--from", &from];
    let window = ["--until", &until, "--step", "1m"];
    spillway_sim(&[words, &live, &window, more].concat())
}

fn inspect(query: &str, minutes: u64, more: &[&str]) -> Value {
    let words = ["trace", "inspect", "--output", "json"];
    let answer = ask(&words, url(), query, minutes, more);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    serde_json::from_str(&answer.out).expect("JSON")
}

/// What `trace inspect` says on the error output where it is refused.
fn refused(url: &str, query: &str, more: &[&str]) -> String {
    let answer = ask(&["trace", "inspect"], url, query, 10, more);
    assert_eq!(answer.outcome, Outcome::BadInput, "{}", answer.out);
    assert_eq!(answer.out, "");
    answer.err
}

fn path(folder: &TestFolder, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

fn write(folder: &TestFolder, name: &str, text: &str) -> String {
    let path = path(folder, name);
    fs::write(&path, text).expect("the folder of the test can be written");
    path
}

const NORTH: &str = "rate(orders_total{shop=\"north\"}[1m])";

#[test]
fn counts_of_a_series_longer_than_a_server_gives_at_once_come_out_as_they_were_put_in() {
    let folder = folder("long");
    let sum: u64 = (1..=MINUTES).map(north).sum();
    let inspected = inspect(NORTH, MINUTES, &[]);
    assert_eq!(inspected["requests"], sum);
    assert_eq!(inspected["notes"]["rows"], MINUTES);
    assert_eq!(inspected["notes"]["originUnixMs"], START * 1_000);
    assert_eq!(inspected["notes"]["endNs"], MINUTES * 60_000_000_000);
    assert_eq!(inspected["notes"]["gaps"]["count"], 0);

    let file = path(&folder, "rates.csv");
    let convert = ["trace", "convert", "--to", "rates", "--out", &file];
    let answer = ask(&convert, url(), NORTH, MINUTES, &[]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let text = fs::read_to_string(&file).expect("it was written");
    let rows: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("ts,"))
        .collect();
    assert_eq!(rows.len() as u64, MINUTES + 1, "{:?}", &rows[..3]);
    let column = rows[0].split(',').position(|name| name == "count");
    let column = column.expect("rates have counts");
    for (minute, row) in (1..).zip(&rows[1..]) {
        let count = row.split(',').nth(column).map(str::parse);
        assert_eq!(count, Some(Ok(north(minute))), "minute {minute}: {row}");
    }
}

#[test]
fn missing_samples_and_nan_stay_gaps() {
    let exact = "last_over_time(jobs[1m])";
    let inspected = inspect(exact, 200, &["--unit", "count"]);
    let known = |minute: &u64| !(80..110).contains(minute) && *minute != 150;
    let sum: u64 = (1..=200).filter(known).map(north).sum();
    assert_eq!(inspected["requests"], sum);
    let gaps = &inspected["notes"]["gaps"];
    assert_eq!(
        (&gaps["count"], &gaps["missingBins"]),
        (&2.into(), &31.into())
    );
    let spans: Vec<_> = [0, 1]
        .map(|n| [&gaps["first"][n]["fromNs"], &gaps["first"][n]["toNs"]].map(Value::as_u64))
        .into();
    let minutes = |from: u64, to: u64| [from, to].map(|minute| Some(minute * 60_000_000_000));
    assert_eq!(spans, [minutes(79, 109), minutes(149, 150)]);
}

#[test]
fn a_bare_selector_hides_the_first_minutes_of_a_gap() {
    let inspected = inspect("jobs", 200, &["--unit", "count"]);
    let missing = inspected["notes"]["gaps"]["missingBins"].as_u64();
    assert_eq!(missing, Some(30 - 4 + 1));
}

#[test]
fn several_series_need_a_label_or_a_sum() {
    let both = "rate(orders_total[1m])";
    let said = refused(url(), both, &[]);
    for says in ["north", "south", "--workload-label", "sum in the query"] {
        assert!(said.contains(says), "{said}");
    }
    let by_label = inspect(both, 600, &["--workload-label", "shop"]);
    let workloads = by_label["workloads"].as_array().expect("a list");
    let found: Vec<_> = workloads
        .iter()
        .map(|workload| (workload["name"].as_str(), workload["requests"].as_u64()))
        .collect();
    let sum: u64 = (1..=600).map(north).sum();
    let south = SHORT * SOUTH;
    assert_eq!(
        found,
        [(Some("north"), Some(sum)), (Some("south"), Some(south))]
    );
    let summed = inspect("sum(rate(orders_total[1m]))", 600, &[]);
    assert_eq!(summed["requests"], sum + south);
}

#[test]
fn a_run_is_given_the_requests_of_the_server() {
    let folder = folder("run");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/minimal");
    let objects: Vec<String> = fs::read_dir(examples)
        .expect("the examples are there")
        .map(|entry| entry.expect("a file").path().display().to_string())
        .collect();
    let world = write(
        &folder,
        "world.yaml",
        "apiVersion: sim.spillway.dev/v1alpha1\nkind: World\nstart: 2023-11-14T22:14:00Z\nhorizon: 30m\nseed: 1\n\
         clusters:\n- {name: home, groups: [{name: workers, initialNodes: 4}]}\n- {name: eks, groups: [{name: m6i-xlarge}]}\n\
         workloads:\n- {id: shop/web, initial: [{cluster: home, replicas: 2}]}\n",
    );
    let out = path(&folder, "out");
    let run = ["run", "--world", &world, "--out", &out, "--policies"];
    let run: Vec<&str> = run
        .into_iter()
        .chain(objects.iter().map(String::as_str))
        .collect();
    let more = [
        "--workload",
        "shop/web",
        "--service-mean",
        "100ms",
        "--point-process",
        "uniform",
    ];
    let answer = ask(&run, url(), NORTH, 30, &more);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let summary = fs::read_to_string(folder.path().join("out/summary.json")).expect("written");
    let summary: Value = serde_json::from_str(&summary).expect("JSON");
    let sum: u64 = (1..=30).map(north).sum();
    assert_eq!(summary["runs"][0]["summary"]["requests"]["arrived"], sum);
}

#[test]
fn a_query_with_a_mistake_is_told_in_the_words_of_the_server() {
    let said = refused(url(), "sum(rate(orders_total[1m])", &[]);
    assert!(
        said.contains("400 Bad Request: invalid parameter \"query\": 1:"),
        "{said}"
    );
    assert!(
        said.contains("parse error: unclosed left parenthesis"),
        "{said}"
    );
    assert!(said.contains("repair the query or the window"), "{said}");
    let said = refused(url(), "orders_total[1m]", &[]);
    assert!(said.contains("must be Scalar or instant Vector"), "{said}");
}

#[test]
fn a_query_that_cannot_be_computed_is_told_in_the_words_of_the_server() {
    let said = refused(url(), "orders_total * on() orders_total", &[]);
    assert!(said.contains("422 Unprocessable Entity"), "{said}");
    assert!(said.contains("found duplicate series"), "{said}");
}

#[test]
fn what_the_server_says_besides_its_samples_is_noted() {
    let inspected = inspect("rate(jobs[5m])", 10, &[]);
    let remarks = &inspected["notes"]["remarks"];
    let said = remarks[0].as_str().unwrap_or_default();
    let doubt = "Prometheus said: PromQL info: metric might not be a counter";
    assert!(said.starts_with(doubt), "{remarks}");
}

#[test]
fn a_series_that_nobody_has_and_a_rate_of_one_scrape_are_no_silence() {
    for query in ["rate(order_totals[1m])", "rate(jobs[1m])"] {
        let said = refused(url(), query, &[]);
        assert!(said.contains(query), "{said}");
        let right =
            "look at the query: it may match nothing, or a rate() in it see fewer than two scrapes";
        assert!(said.contains(right), "{said}");
    }
}

#[test]
fn a_server_with_tls_and_a_password_is_believed_and_lets_in_who_has_both() {
    let folder = folder("tls");
    let config = PrometheusConfig {
        data: Some(data()),
        password: true,
        tls: true,
        ..PrometheusConfig::default()
    };
    let server = Prometheus::start(&folder, "prometheus", &config);
    let server = server.unwrap_or_else(|error| panic!("{error}"));
    let ca = server.ca_file().display().to_string();
    let login = format!("{}:{}\n", Prometheus::USER, Prometheus::PASSWORD);
    let login = write(&folder, "login", &login);
    let words = ["trace", "inspect"];
    let with_both = ["--ca-file", &ca, "--basic-auth-file", &login];
    let answer = ask(&words, server.url(), NORTH, 10, &with_both);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let sum: u64 = (1..=10).map(north).sum();
    assert!(
        answer.out.contains(&format!("requests   {sum}\n")),
        "{}",
        answer.out
    );

    let said = refused(server.url(), NORTH, &["--basic-auth-file", &login]);
    assert!(
        said.contains("check the address, the network and the certificates (--ca-file)"),
        "{said}"
    );
    let wrong = write(&folder, "wrong", "bed:let-me-out");
    for more in [
        &["--ca-file", &ca][..],
        &["--ca-file", &ca, "--basic-auth-file", &wrong],
    ] {
        let said = refused(server.url(), NORTH, more);
        assert!(said.contains("401 Unauthorized"), "{said}");
        assert!(said.contains("--basic-auth-file"), "{said}");
        assert!(!said.contains("let-me-out"), "{said}");
    }
}

#[test]
fn a_password_in_the_address_is_refused_and_not_shown() {
    let address = url().replace("http://", "http://bed:let-me-in@");
    let said = refused(&address, NORTH, &[]);
    assert!(said.contains("--basic-auth-file"), "{said}");
    assert!(!said.contains("let-me-in"), "{said}");
}

#[test]
fn a_token_opens_the_gate_before_a_server() {
    let folder = folder("token");
    let port = url().rsplit(':').next().and_then(|port| port.parse().ok());
    let gate = TokenGate::open(port.expect("an address ends with its port"), "sesame");
    let gate = gate.unwrap_or_else(|error| panic!("{error}"));
    let token = write(&folder, "token", "sesame\n");
    let answer = ask(
        &["trace", "inspect"],
        &gate.url(),
        NORTH,
        10,
        &["--bearer-token-file", &token],
    );
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let wrong = write(&folder, "wrong", "barley\n");
    for more in [&[][..], &["--bearer-token-file", &wrong]] {
        let said = refused(&gate.url(), NORTH, more);
        assert!(said.contains("401 Unauthorized; give a token"), "{said}");
        assert!(!said.contains("barley"), "{said}");
    }
}
