//! A cluster of EKS by its name and region: on a real API server that asks what stands in for AWS who a token is.

use std::thread::sleep;

use serde_json::Value;
use spillway_testbed::{Aws, Prometheus, PrometheusConfig, TestFolder};
use spillway_tests::alone::Alone;
use spillway_tests::hybrid::USER;
use spillway_tests::hybrid::scenario::{seconds, sound};

#[test]
fn a_cluster_of_eks_is_reached_by_its_name_with_a_token_for_it_and_no_other_and_the_secret_is_logged_nowhere()
 {
    let test = sound(TestFolder::new(env!("CARGO_TARGET_TMPDIR"), "eks"));
    let prometheus = sound(Prometheus::start(
        &test,
        "prometheus",
        &PrometheusConfig::default(),
    ));
    let aws = sound(Aws::open("shop", USER));
    // Another cluster of the account first: AWS knows none, and says so.
    let connection = |name: &str| format!("eks: {{name: {name}, region: {}}}", Aws::REGION);
    let alone = sound(Alone::start_in(&aws, &test, &connection("depot")));
    let metric = "- {name: load, prometheus: {query: vector(3)}, target: {averageValue: 1}}";
    sound(alone.workload(("shop", "web"), "", metric));
    let mut controller = sound(alone.controller(&test, prometheus.url()));
    let said = ready(&alone, "False");
    assert!(
        said.contains("cluster depot of eu-west-1 is (HTTP 404"),
        "{said}"
    );

    let patch = |connection: &str| {
        let patch = format!("--patch={{\"spec\": {{\"connection\": {{{connection}}}}}}}");
        let cluster = ["patch", "cluster.spillway.dev/home", "--type=merge", &patch];
        sound(alone.plane.kubectl(&cluster));
    };
    patch("\"eks\": {\"name\": \"shop\"}");
    alone.replicas(("shop", "web"), 3);
    ready(&alone, "True");
    let tokens = aws.tokens();
    assert_eq!(tokens.len(), 1, "one is made and used until it is renewed");
    assert_eq!(aws.refused(), [""; 0]);

    // A token for another cluster does not let in here, wherever that is said to be.
    let config = alone.plane.kubectl(&["config", "view", "--raw", "-o=json"]);
    let config: Value = serde_json::from_str(&sound(config)).expect("kubectl writes JSON");
    let cluster = &config["clusters"][0]["cluster"];
    patch(&format!(
        "\"eks\": {{\"name\": \"depot\", \"endpoint\": {}, \"certificateAuthority\": {}}}",
        cluster["server"], cluster["certificate-authority-data"]
    ));
    ready(&alone, "False");
    assert!(
        aws.refused()
            .iter()
            .all(|why| why == "the signature is wrong")
    );

    sleep(seconds(2));
    sound(controller.process.end());
    let log = controller.process.log();
    for secret in [Aws::SECRET, tokens[0].as_str()] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

/// Waits until the cluster is ready or not; the words about it.
fn ready(alone: &Alone, wanted: &str) -> String {
    for _ in 0..200 {
        let cluster = alone
            .plane
            .kubectl(&["get", "cluster.spillway.dev", "home", "-o=json"]);
        let cluster: Value = serde_json::from_str(&sound(cluster)).expect("kubectl writes JSON");
        let mut all = cluster["status"]["conditions"]
            .as_array()
            .into_iter()
            .flatten();
        if let Some(ready) = all.find(|condition| condition["type"] == "Ready")
            && ready["status"] == wanted
        {
            return ready["message"].as_str().unwrap_or_default().to_owned();
        }
        sleep(seconds(1) / 3);
    }
    panic!("the cluster is not Ready={wanted} within a minute");
}
