//! A queue as tests get it: a Prometheus sees its backlog, and the Ready pods of two control planes drain it.

use std::str::FromStr;
use std::thread;
use std::time::{Duration, Instant};

use spillway_testbed::{
    ControlPlane, Error, Nodes, Profile, Prometheus, PrometheusConfig, Queue, QueueConfig,
    TestFolder, http,
};

fn sound<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

fn plane(test: &TestFolder, name: &str) -> ControlPlane {
    let nodes = Nodes {
        prefix: name.to_owned(),
        count: 1,
        cpu: "8".to_owned(),
        memory: "32Gi".to_owned(),
        labels: vec![],
    };
    let plane = sound(ControlPlane::start(test, name, &[nodes]));
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: jobs}\n\
         spec:\n  replicas: 0\n  selector: {matchLabels: {app: jobs}}\n  template:\n    \
         metadata: {labels: {app: jobs}, annotations: {spillway.dev/drain-for: 3s}}\n    \
         spec: {containers: [{name: jobs, image: jobs, resources: {requests: {cpu: 1}}}]}\n";
    sound(plane.apply("jobs", deployment));
    plane
}

fn scale(plane: &ControlPlane, replicas: u32) {
    let replicas = format!("--replicas={replicas}");
    sound(plane.kubectl(&["scale", "deployment/jobs", &replicas]));
}

fn wait_until(what: &str, mut there: impl FnMut() -> bool) {
    let began = Instant::now();
    while !there() {
        assert!(
            began.elapsed() < Duration::from_mins(2),
            "{what} did not come"
        );
        thread::sleep(Duration::from_millis(100));
    }
}

/// The number that a query gives, or none where it gives nothing.
fn ask<T: FromStr>(prometheus: &Prometheus, query: &str) -> Option<T> {
    let query = query.replace('"', "%22").replace('=', "%3D");
    let url = format!("{}/api/v1/query?query={query}", prometheus.url());
    let (status, answer) = http::get(&url, None, &[])?;
    assert_eq!(status, 200, "{query}: {answer}");
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    answer["data"]["result"][0]["value"][1]
        .as_str()?
        .parse()
        .ok()
}

#[test]
fn the_queue_drains_with_ready_pods_of_both_clusters() {
    let test = sound(TestFolder::new(env!("CARGO_TARGET_TMPDIR"), "queue"));
    let (home, away) = (plane(&test, "home"), plane(&test, "away"));
    let config = QueueConfig {
        name: "jobs".to_owned(),
        // 60 jobs in ten seconds, and none after that.
        profile: Profile::new(&[
            (Duration::ZERO, 6.0),
            (Duration::from_secs(10), 6.0),
            (Duration::from_millis(10_001), 0.0),
        ]),
        service_time: Duration::from_secs(1),
        namespace: "default".to_owned(),
        selector: "app=jobs".to_owned(),
    };
    let queue = sound(Queue::open(config, &[("home", &home), ("away", &away)]));
    let prometheus = PrometheusConfig {
        scrape: vec![queue.scrape(Duration::from_secs(1))],
        ..PrometheusConfig::default()
    };
    let prometheus = sound(Prometheus::start(&test, "prometheus", &prometheus));
    let seen = |query: &str| ask::<f64>(&prometheus, query);
    wait_until("the first scrape", || {
        seen("sum(queue_depth{queue=\"jobs\"})") == Some(0.0)
    });

    queue.begin();
    wait_until("the backlog in Prometheus", || {
        seen("sum(queue_depth{queue=\"jobs\"})") > Some(20.0)
    });
    let came = seen("sum(rate(queue_arrivals_total{queue=\"jobs\"}[5s]))");
    assert!(came > Some(4.0), "{came:?} of 6 a second");
    scale(&home, 4);
    scale(&away, 4);
    wait_until("work in both clusters", || {
        let done = queue.figures(Duration::ZERO).finished;
        done["home"] > 4 && done["away"] > 4
    });
    // Each has a job; none may lose it.
    scale(&home, 0);
    wait_until("the end of the backlog", || {
        let figures = queue.figures(Duration::ZERO);
        figures.arrived == 60 && figures.waiting + figures.being_done == 0
    });
    let figures = queue.figures(Duration::from_secs(1));
    assert_eq!((figures.returned, figures.late > 10), (0, true));
    assert_eq!(figures.finished.values().sum::<u64>(), 60);
    wait_until("both counters in Prometheus", || {
        ["home", "away"].into_iter().all(|cluster| {
            let counter = format!("queue_completions_total{{cluster=\"{cluster}\"}}");
            ask(&prometheus, &counter) == Some(figures.finished[cluster])
        })
    });
}
