//! The controller asks a live Prometheus: with a token, a password and TLS, and what is refused says why.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use spillway_controller::readings::{Access, NoAnswer, Prometheus as Asked, Servers};
use spillway_testbed::{Prometheus, PrometheusConfig, TestFolder, TokenGate};

fn folder(test: &str) -> TestFolder {
    TestFolder::new(env!("CARGO_TARGET_TMPDIR"), test).unwrap_or_else(|error| panic!("{error}"))
}

fn server(test: &TestFolder, config: &PrometheusConfig) -> Prometheus {
    Prometheus::start(test, "prometheus", config).unwrap_or_else(|error| panic!("{error}"))
}

/// Asks for a number that every Prometheus knows. Why there is no answer; nothing when there is one.
fn refusal(asked: &Asked) -> Option<NoAnswer> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let queries = BTreeSet::from(["vector(1)".to_owned()]);
    let mut answers: BTreeMap<_, _> = runtime.block_on(asked.ask(queries));
    answers.remove("vector(1)").expect("it is asked").err()
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

fn made(access: &Access) -> Asked {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let credentials = access
        .credentials()
        .unwrap_or_else(|error| panic!("{error}"));
    Asked::new(credentials).unwrap_or_else(|error| panic!("{error}"))
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
    let mut asked = made(&access);
    assert!(matches!(refusal(&asked), Some(NoAnswer::Refused(status)) if status == 401));
    write(&files, "password", &format!("{}\n", Prometheus::PASSWORD));
    let changed = access
        .credentials()
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(!format!("{changed:?}").contains(Prometheus::PASSWORD));
    asked
        .renew(changed)
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(refusal(&asked).is_none());
    access.ca = None;
    let Some(NoAnswer::Untrusted(unknown)) = refusal(&made(&access)) else {
        panic!("a certificate of an authority that nobody knows is believed");
    };
    assert!(unknown.contains("UnknownIssuer"), "{unknown}");
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
    assert!(matches!(
        refusal(&made(&closed)),
        Some(NoAnswer::Refused(_))
    ));
    let open = Access {
        bearer_token: Some(write(&files(&test), "token", "open-sesame\n")),
        ..closed
    };
    assert!(refusal(&made(&open)).is_none());
}

#[test]
fn tls_with_a_server_that_speaks_none_says_so() {
    let test = folder("controller-no-tls");
    let server = server(&test, &PrometheusConfig::default());
    let access = Access {
        address: server.url().replace("http://", "https://"),
        ..Access::default()
    };
    let said = refusal(&made(&access)).expect("no answer").to_string();
    assert!(said.contains("does it speak http:// only?"), "{said}");
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
        Servers::new(Some(access), "spillway-system")
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    assert!(with(PathBuf::from("/nowhere/ca.crt")).starts_with("/nowhere/ca.crt: "));
    let empty = with(write(&files(&test), "ca.crt", "nothing\n"));
    assert!(
        empty.ends_with("at https://localhost:1: holds no certificate in PEM form"),
        "{empty}"
    );
}
