//! Prometheus as tests get it: with data, with scraped targets, behind a password, TLS and a token.

use std::time::Duration;

use spillway_testbed::{Prometheus, PrometheusConfig, Scrape, TestFolder, TokenGate, http};

fn folder(test: &str) -> TestFolder {
    TestFolder::new(env!("CARGO_TARGET_TMPDIR"), test).unwrap_or_else(|error| panic!("{error}"))
}

fn start(test: &TestFolder, name: &str, config: &PrometheusConfig) -> Prometheus {
    Prometheus::start(test, name, config).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn two_servers_side_by_side_have_data_of_their_own() {
    let test = folder("prometheus-data");
    for (name, value) in [("first", "1"), ("second", "2")] {
        let data = format!("# TYPE jobs gauge\njobs {value} 1700000000\n# EOF\n");
        let config = PrometheusConfig {
            data: Some(data),
            ..PrometheusConfig::default()
        };
        let server = start(&test, name, &config);
        let url = format!("{}/api/v1/query?query=jobs&time=1700000000", server.url());
        let (status, body) = http::get(&url, None, &[]).expect("it is ready");
        assert_eq!(status, 200, "{body}");
        assert!(
            body.contains(&format!("[1700000000,\"{value}\"]")),
            "{body}"
        );
    }
}

#[test]
fn what_it_scrapes_can_be_asked_for() {
    let test = folder("prometheus-scrape");
    let scraped = start(&test, "scraped", &PrometheusConfig::default());
    let config = PrometheusConfig {
        scrape: vec![Scrape {
            job: "peer".to_owned(),
            targets: vec![format!("127.0.0.1:{}", scraped.port())],
            every: Duration::from_millis(100),
        }],
        ..PrometheusConfig::default()
    };
    let mut server = start(&test, "scraping", &config);
    let url = format!("{}/api/v1/query?query=up%7Bjob=%22peer%22%7D", server.url());
    let scraped = server.process.wait_until("a scrape", || {
        http::get(&url, None, &[]).is_some_and(|(_, body)| body.contains(",\"1\"]"))
    });
    scraped.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn nobody_is_let_in_without_password_authority_or_token() {
    let test = folder("prometheus-doors");
    let config = PrometheusConfig {
        password: true,
        tls: true,
        ..PrometheusConfig::default()
    };
    let server = start(&test, "server", &config);
    let ca = std::fs::read_to_string(server.ca_file()).expect("it was written");
    let url = format!("{}/-/ready", server.url());
    let login = Prometheus::login();
    let status = |ca: Option<&str>, headers: &[(&str, &str)]| {
        http::get(&url, ca, headers).map(|(status, _)| status)
    };
    assert_eq!(status(Some(&ca), &[("Authorization", &login)]), Some(200));
    assert_eq!(status(Some(&ca), &[]), Some(401));
    assert_eq!(status(None, &[("Authorization", &login)]), None);

    let open = start(&test, "open", &PrometheusConfig::default());
    let gate = TokenGate::open(open.port(), "sesame").unwrap_or_else(|error| panic!("{error}"));
    let url = format!("{}/-/ready", gate.url());
    let status = |token: &str| {
        let token = format!("Bearer {token}");
        http::get(&url, None, &[("Authorization", &token)]).map(|(status, _)| status)
    };
    assert_eq!(status("sesame"), Some(200));
    assert_eq!(status("barley"), Some(401));
}

#[test]
fn data_that_is_no_open_metrics_text_is_refused_in_the_words_of_promtool() {
    let test = folder("prometheus-broken");
    let config = PrometheusConfig {
        data: Some("jobs one\n# EOF\n".to_owned()),
        ..PrometheusConfig::default()
    };
    let refused = Prometheus::start(&test, "server", &config).err();
    let said = refused.map(|error| error.to_string()).unwrap_or_default();
    assert!(
        said.starts_with("promtool ended (exit status: 1)"),
        "{said}"
    );
    assert!(said.contains("\"one\""), "{said}");
}
