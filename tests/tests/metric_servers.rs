//! Metrics that name their own server, with Secrets: on a real API server and real Prometheus servers, with the rights
//! that the project ships.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::GzDecoder;
use ruzstd::decoding::StreamingDecoder;
use serde_json::Value;
use spillway_testbed::{Program, Prometheus, PrometheusConfig, TestFolder, TokenGate};
use spillway_tests::alone::{Alone, all_files};
use spillway_tests::hybrid::scenario::{seconds, sound};
use spillway_tests::hybrid::{Controller, SYSTEM, built};

const TOKEN: &str = "open-sesame-of-the-shop";

#[test]
fn each_metric_is_asked_of_its_own_server_with_the_secrets_of_its_namespace_which_are_seen_nowhere()
{
    let test = sound(TestFolder::new(
        env!("CARGO_TARGET_TMPDIR"),
        "metric-servers",
    ));
    let own = sound(Prometheus::start(
        &test,
        "own",
        &PrometheusConfig::default(),
    ));
    let locked = PrometheusConfig {
        password: true,
        tls: true,
        ..PrometheusConfig::default()
    };
    let locked = sound(Prometheus::start(&test, "locked", &locked));
    let gate = sound(TokenGate::open(own.port(), TOKEN)).url();
    let alone = sound(Alone::start(&test));
    let shop = |name: &'static str| ("shop", name);
    secrets(&test, &alone, &locked);
    let make = |place, metrics: &str| sound(alone.workload(place, "", metrics));
    make(shop("own"), &number("load", 2, ""));
    make(
        shop("password"),
        &number("load", 3, &with_password(locked.url(), true)),
    );
    make(
        shop("token"),
        &number("load", 4, &with_token(&gate, "prometheus", "token")),
    );
    make(shop("wrong"), &wrong(&gate, locked.url()));
    make(
        (SYSTEM, "thief"),
        &number("load", 5, &with_token(&gate, "home", "value")),
    );
    let mut controller = sound(alone.controller(&test, own.url()));

    alone.replicas(shop("own"), 2);
    alone.replicas(shop("password"), 3);
    // What lets in is wrong at first; when it is mended nobody waits for long.
    let refused = alone.condition(shop("token"), "MetricsRead", |status, _| status == "False");
    let begin = "spec.metrics[0].server.bearerToken: HTTP 401 Unauthorized: the server";
    assert!(refused.starts_with(begin), "{refused}");
    let mended = secret("prometheus", &[("token", TOKEN)]);
    sound(alone.plane.apply("mended", &mended));
    alone.replicas(shop("token"), 4);
    let _ = alone.condition(shop("token"), "MetricsRead", |status, _| status == "True");

    let said = alone.condition(shop("wrong"), "MetricsRead", |status, said| {
        status == "False" && said.contains("metrics[7]")
    });
    for (index, words) in FAULTS.iter().enumerate() {
        let fault = format!("spec.metrics[{index}]{words}");
        let lines = said.replace("; ", "\n");
        assert!(said.contains(&fault), "{fault}\nis not in\n{lines}");
    }
    assert_eq!(
        alone.asked(shop("wrong")),
        1,
        "what is missing moves nothing"
    );
    let said = alone.condition((SYSTEM, "thief"), "MetricsRead", |status, _| {
        status == "False"
    });
    assert!(
        said.contains("is of the controller's own namespace"),
        "{said}"
    );

    nothing_is_seen(&test, &alone, &mut controller);
}

/// A metric that wants so many replicas.
fn number(name: &str, replicas: u32, server: &str) -> String {
    query(name, &format!("vector({replicas})"), server)
}

fn query(name: &str, query: &str, server: &str) -> String {
    format!(
        "- {{name: {name}, prometheus: {{query: '{query}'}}, target: {{averageValue: 1}}{server}}}\n"
    )
}

fn with_token(address: &str, secret: &str, key: &str) -> String {
    format!(", server: {{address: '{address}', bearerToken: {{name: {secret}, key: {key}}}}}")
}

fn with_password(address: &str, trusts: bool) -> String {
    let key = |key: &str| format!("{{name: prometheus, key: {key}}}");
    let ca = trusts.then(|| format!(", ca: {}", key("ca.crt")));
    let ca = ca.unwrap_or_default();
    format!(
        ", server: {{address: '{address}', basicAuth: {{username: {}, password: {}}}{ca}}}",
        key("username"),
        key("password")
    )
}

/// Metrics of which none can be read.
fn wrong(gate: &str, locked: &str) -> String {
    let one = |label: &str| format!("label_replace(vector(1), \"{label}\", \"x\", \"\", \"\")");
    [
        query("several", &format!("{} or {}", one("a"), one("b")), ""),
        query("syntax", "vector(1", ""),
        query("range", "prometheus_build_info[1m]", ""),
        number("missing", 5, &with_token(gate, "nowhere", "token")),
        number("closed", 5, &with_token(gate, "not-ours", "token")),
        number("key", 5, &with_token(gate, "prometheus", "tokn")),
        number("stranger", 5, &format!(", server: {{address: '{gate}'}}")),
        number("unknown", 5, &with_password(locked, false)),
    ]
    .concat()
}

/// What is said of each.
const FAULTS: [&str; 8] = [
    ".prometheus.query: gives 2 series, which differ by a, b, where one number is needed",
    ".prometheus.query: the server cannot read the query: invalid parameter \"query\"",
    ".prometheus.query: gives a range of samples for each series",
    ".server.bearerToken: Secret shop/nowhere does not exist",
    ".server.bearerToken: Secret shop/not-ours may not be read by the controller",
    ".server.bearerToken: Secret shop/prometheus has no key tokn, but ca.crt, password, token, username",
    ".server: HTTP 401 Unauthorized: the server, or what stands before it, asks for credentials",
    ".server.ca: the server's certificate is not believed",
];

/// The Secrets of the shop, of which the controller may read one, and one that is not there.
fn secrets(test: &TestFolder, alone: &Alone, locked: &Prometheus) {
    let ca = fs::read_to_string(locked.ca_file()).expect("a certificate");
    let prometheus = [
        ("username", Prometheus::USER),
        ("password", Prometheus::PASSWORD),
        ("ca.crt", ca.as_str()),
        ("token", "of-yesterday"),
    ];
    sound(
        alone
            .plane
            .apply("prometheus", &secret("prometheus", &prometheus)),
    );
    sound(
        alone
            .plane
            .apply("not-ours", &secret("not-ours", &[("token", TOKEN)])),
    );
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let rights = fs::read_to_string(checkout.join("controller/rbac/metric-secrets.yaml"));
    let rights = rights.expect("what the project ships");
    let file = test.path().join("metric-secrets.yaml");
    fs::write(
        &file,
        rights.replace("[prometheus]", "[prometheus, nowhere]"),
    )
    .expect("a file");
    let file = file.display().to_string();
    sound(
        alone
            .plane
            .kubectl(&["apply", "-n=shop", "--server-side", "-f", &file]),
    );
}

fn secret(name: &str, values: &[(&str, &str)]) -> String {
    let values: serde_json::Map<String, Value> = values
        .iter()
        .map(|(key, value)| ((*key).to_owned(), Value::from(*value)))
        .collect();
    serde_json::json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "shop"}, "stringData": values
    })
    .to_string()
}

/// Looks for what lets in wherever the controller writes.
fn nothing_is_seen(folder: &TestFolder, alone: &Alone, controller: &mut Controller) {
    let snapshot = folder.path().join("snapshot");
    let plugin = sound(built("kubectl-spillway"));
    let arguments = [
        "snapshot",
        "--kubeconfig",
        &alone.plane.kubeconfig().display().to_string(),
        "--out",
        &snapshot.display().to_string(),
    ]
    .map(str::to_owned);
    sound(
        Program::new(&plugin, folder.path())
            .args(arguments)
            .output(),
    );
    std::thread::sleep(seconds(3));
    sound(controller.process.end());

    assert!(controller.process.log().contains("TRACE"), "all is logged");
    let mut places = vec![("the log".to_owned(), controller.process.log().into_bytes())];
    for written in [&snapshot, controller.records()] {
        let files = all_files(written);
        assert!(!files.is_empty(), "{}", written.display());
        places.extend(
            files
                .into_iter()
                .map(|(path, bytes)| (path.display().to_string(), bytes)),
        );
    }
    for kind in ["events", "hybridautoscalers", "clusters", "burstpolicies"] {
        let text = sound(alone.plane.kubectl(&["get", kind, "-A", "-o=yaml"]));
        assert!(text.contains("kind: "), "{text}");
        places.push((kind.to_owned(), text.into_bytes()));
    }
    let memory = ["get", "-n", SYSTEM, "configmap/spillway-memory", "-o=json"];
    let memory: Value = serde_json::from_str(&sound(alone.plane.kubectl(&memory))).expect("JSON");
    for (key, value) in memory["binaryData"].as_object().expect("the memory") {
        let packed = BASE64_STANDARD
            .decode(value.as_str().expect("text"))
            .expect("base64");
        let mut bytes = Vec::new();
        GzDecoder::new(&packed[..])
            .read_to_end(&mut bytes)
            .expect("gzip");
        places.push((format!("the memory's {key}"), bytes));
    }
    let basic = BASE64_STANDARD.encode(format!("{}:{}", Prometheus::USER, Prometheus::PASSWORD));
    let token = BASE64_STANDARD.encode(TOKEN);
    for (place, bytes) in places {
        let bytes = if Path::new(&place)
            .extension()
            .is_some_and(|end| end == "zst")
        {
            let mut text = Vec::new();
            let mut packed = StreamingDecoder::new(&bytes[..]).expect("zstd");
            packed.read_to_end(&mut text).expect("zstd");
            text
        } else {
            bytes
        };
        let text = String::from_utf8_lossy(&bytes);
        for secret in [TOKEN, Prometheus::PASSWORD, &basic, &token, "of-yesterday"] {
            assert!(!text.contains(secret), "{secret} is in {place}");
        }
    }
}
