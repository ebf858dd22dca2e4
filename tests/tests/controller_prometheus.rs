//! The controller asks a live Prometheus: with a token, a password and TLS, and what is refused says why.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use spillway_controller::readings::{Access, Answers, Prometheus as Asked};
use spillway_testbed::{Prometheus, PrometheusConfig, TestFolder, TokenGate};

fn folder(test: &str) -> TestFolder {
    TestFolder::new(env!("CARGO_TARGET_TMPDIR"), test).unwrap_or_else(|error| panic!("{error}"))
}

fn server(test: &TestFolder, config: &PrometheusConfig) -> Prometheus {
    Prometheus::start(test, "prometheus", config).unwrap_or_else(|error| panic!("{error}"))
}

/// Asks for a number that every Prometheus knows, and one that none does.
fn ask(asked: &Asked) -> Answers {
    let queries = ["vector(1)", "vector(1"].map(str::to_owned);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(asked.ask(BTreeSet::from(queries)))
}

/// Why the good query has no answer; empty when it has one.
fn refusal(asked: &Asked) -> String {
    ask(asked)["vector(1)"]
        .as_ref()
        .err()
        .cloned()
        .unwrap_or_default()
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("the folder can be written");
    path
}

fn files(test: &TestFolder) -> PathBuf {
    test.folder("files")
        .unwrap_or_else(|error| panic!("{error}"))
}

fn made(access: Access) -> Asked {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Asked::new(access).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_password_and_a_private_authority_are_used_and_a_changed_password_is_taken_up() {
    let test = folder("controller-password");
    let config = PrometheusConfig {
        password: true,
        tls: true,
        ..PrometheusConfig::default()
    };
    let server = server(&test, &config);
    let files = files(&test);
    let password = write(&files, "password", "wrong\n");
    let mut access = Access {
        address: server.url().to_owned(),
        basic: Some((Prometheus::USER.to_owned(), password)),
        ca: Some(server.ca_file()),
        ..Access::default()
    };
    let mut asked = made(access.clone());
    assert!(refusal(&asked).contains("401"), "{}", refusal(&asked));
    write(&files, "password", &format!("{}\n", Prometheus::PASSWORD));
    asked.renew().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(refusal(&asked), "");
    access.ca = None;
    let unknown = refusal(&made(access));
    assert!(unknown.contains("certificate"), "{unknown}");
    assert!(!unknown.contains(Prometheus::PASSWORD), "{unknown}");
}

#[test]
fn a_token_opens_the_gate_and_without_one_the_refusal_is_told() {
    let test = folder("controller-token");
    let server = server(&test, &PrometheusConfig::default());
    let gate =
        TokenGate::open(server.port(), "open-sesame").unwrap_or_else(|error| panic!("{error}"));
    let closed = Access {
        address: gate.url(),
        ..Access::default()
    };
    assert!(refusal(&made(closed.clone())).contains("refuses these credentials"));
    let open = Access {
        bearer_token: Some(write(&files(&test), "token", "open-sesame\n")),
        ..closed
    };
    assert_eq!(refusal(&made(open)), "");
}

#[test]
fn a_query_that_is_refused_has_the_words_of_the_server_and_the_others_go_on() {
    let test = folder("controller-refused");
    let server = server(&test, &PrometheusConfig::default());
    let access = Access {
        address: server.url().to_owned(),
        ..Access::default()
    };
    let answers = ask(&made(access));
    let said = format!("{:?}", answers["vector(1"]);
    assert!(said.contains("parse error"), "{said}");
    assert!(answers["vector(1)"].is_ok());
}

#[test]
fn a_file_that_is_missing_or_holds_no_certificate_is_named() {
    let test = folder("controller-files");
    let with = |ca: PathBuf| {
        let access = Access {
            address: "https://localhost:1".to_owned(),
            ca: Some(ca),
            ..Access::default()
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        Asked::new(access)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    assert!(with(PathBuf::from("/nowhere/ca.crt")).starts_with("/nowhere/ca.crt: "));
    let empty = with(write(&files(&test), "ca.crt", "nothing\n"));
    assert!(
        empty.ends_with("ca.crt: holds no certificate in PEM form"),
        "{empty}"
    );
}
