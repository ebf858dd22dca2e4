//! Published traces, where they lie beside the repository; without them these tests pass and say that they skipped.

use std::path::PathBuf;

use spillway_crds::{convert, read_yaml};
use spillway_sim::config::{Mode, RunConfig, Span, World};
use spillway_sim::hosts::{Autoscaler, Core, Entry, Foresight, HpaClusterAutoscaler, Spillway};
use spillway_sim::invariants::check_record;
use spillway_sim::record::RunRecord;
use spillway_sim::time::Nanos;
use spillway_sim::trace::{Arrival, ArrivalSource, Trace, TraceNotes, TraceOptions};
use spillway_sim::world::run;

fn read(name: &str, scale: &str) -> Option<(Vec<Arrival>, TraceNotes)> {
    let path =
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/traces")).join(name);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    let options = TraceOptions {
        scale: scale.parse().expect("a factor"),
        service_mean: Some(Nanos::from_millis(200)),
        ..TraceOptions::default()
    };
    let mut trace = Trace::open(&path, &options).unwrap_or_else(|error| panic!("{error}"));
    let arrivals: Result<Vec<_>, _> = std::iter::from_fn(|| trace.next()).collect();
    Some((
        arrivals.unwrap_or_else(|error| panic!("{error}")),
        trace.notes(),
    ))
}

/// An example's world and objects, cut to its first hours.
fn example(name: &str, hours: u64) -> RunConfig {
    let read = |file: &str| {
        let path = format!("{}/../examples/{name}/{file}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let objects = read_yaml("objects.yaml", &read("objects.yaml")).expect("sound objects");
    let mut world = World::read("world.yaml", &read("world.yaml")).expect("a sound world");
    world.horizon = Some(Span(Nanos::from_secs(hours * 3_600)));
    RunConfig {
        name: name.to_owned(),
        inputs: Vec::new(),
        world,
        policy: convert(&objects).expect("a sound policy"),
        doubts: Vec::new(),
    }
}

/// A published trace and how it is read; `None` where it is not there, and then this is said.
fn published(file: &str, scale: &str, mean_ms: u64) -> Option<(PathBuf, TraceOptions)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/traces"));
    let path = folder.join(file);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    let options = TraceOptions {
        scale: scale.parse().expect("a factor"),
        service_mean: Some(Nanos::from_millis(mean_ms)),
        ..TraceOptions::default()
    };
    Some((path, options))
}

#[test]
fn the_examples_fit_their_policies() {
    for name in ["llm", "elb", "taxi"] {
        let fits = example(name, 1).check();
        assert!(fits.is_ok(), "{name}: {fits:?}");
    }
}

/// Every tick is checked while it runs, and the sums once more at the end.
#[test]
fn the_first_hours_of_a_published_trace_keep_every_invariant() {
    for (name, file, scale, mean_ms, hours) in [
        ("llm", "AzureLLMInferenceTrace_conv.csv", "1", 1, 1),
        ("elb", "elb_request_count_8c0756.csv", "44", 400, 2),
        ("taxi", "nyc_taxi.csv", "0.025", 50_000, 12),
    ] {
        let Some((path, options)) = published(file, scale, mean_ms) else {
            return;
        };
        let config = example(name, hours);
        let mut autoscalers: [Box<dyn Autoscaler>; 2] = [
            Box::new(Spillway::new(Core, config.policy.clone())),
            Box::new(HpaClusterAutoscaler::new(&config.policy)),
        ];
        for autoscaler in &mut autoscalers {
            let trace = Trace::open(&path, &options).unwrap_or_else(|error| panic!("{error}"));
            let record = run(&config, trace, autoscaler.as_mut(), &mut (), &mut |_| {});
            let record = record.unwrap_or_else(|error| panic!("{name}: {error}"));
            check_record(&record).unwrap_or_else(|broken| panic!("{name}: {broken}"));
            assert!(record.summary.requests.done > 0, "{name}: nobody is served");
        }
    }
}

#[test]
fn the_azure_conversation_trace_is_read_whole() {
    let Some((arrivals, notes)) = read("AzureLLMInferenceTrace_conv.csv", "1") else {
        return;
    };
    assert_eq!((arrivals.len(), notes.rows), (19_366, 19_366));
    assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
    let service_s = arrivals
        .iter()
        .map(|arrival| arrival.service.as_secs_f64())
        .sum::<f64>()
        / 19_366.0;
    assert!(
        (6.0..7.0).contains(&service_s),
        "the mean service time that the defaults promise: {service_s}"
    );
}

#[test]
fn series_of_counts_are_read_whole_and_their_gaps_are_counted() {
    for (name, scale, requests, gaps) in [
        ("elb_request_count_8c0756.csv", "1", 249_327, 8),
        ("nyc_taxi.csv", "0.01", 1_562_197, 0),
        ("Twitter_volume_AMZN.csv", "1", 843_768, 0),
    ] {
        let Some((arrivals, notes)) = read(name, scale) else {
            return;
        };
        assert_eq!(
            (arrivals.len(), notes.gaps.count),
            (requests, gaps),
            "{name}"
        );
        assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
    }
}

/// How far the two modes may be apart: cost and replica time in percent of the exact mode's, public share and late
/// requests in percentage points.
struct Tolerance {
    cost: f64,
    replica_time: f64,
    public_share: f64,
    late: f64,
}

/// Those figures of a run.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn figures(record: &RunRecord) -> [f64; 4] {
    let summary = &record.summary;
    let time = summary.replica_time;
    let replica_ms = (time.private_ms + time.public_ms) as f64;
    let late = summary.objective.requests_late as f64 / summary.objective.requests as f64;
    [
        summary.money.total().0 as f64,
        replica_ms,
        100.0 * time.public_ms as f64 / replica_ms,
        100.0 * late,
    ]
}

#[test]
fn both_modes_say_the_same_of_published_traces_within_the_tolerances_of_the_document() {
    let tight = |cost, late| Tolerance {
        cost,
        replica_time: 3.0,
        public_share: 2.0,
        late,
    };
    for (name, file, scale, mean_ms, hours, tolerance) in [
        (
            "taxi",
            "nyc_taxi.csv",
            "0.025",
            50_000,
            168,
            tight(8.0, 0.5),
        ),
        (
            "elb",
            "elb_request_count_8c0756.csv",
            "44",
            400,
            48,
            tight(4.0, 0.5),
        ),
        (
            "llm",
            "AzureLLMInferenceTrace_conv.csv",
            "1",
            1,
            1,
            tight(10.0, 3.0),
        ),
    ] {
        let Some((path, options)) = published(file, scale, mean_ms) else {
            return;
        };
        let run = |mode, autoscaler: &mut dyn Autoscaler| {
            let mut config = example(name, hours);
            config.world.mode = mode;
            let trace = Trace::open(&path, &options).unwrap_or_else(|error| panic!("{error}"));
            let record = run(&config, trace, autoscaler, &mut (), &mut |_| {});
            figures(&record.unwrap_or_else(|error| panic!("{name}: {error}")))
        };
        let policy = example(name, hours).policy;
        for autoscaler in ["spillway", "hpa-karpenter-private-first"] {
            let build = || {
                let entry = Entry::called(autoscaler).expect("it is in the table");
                let built = entry.build(&policy, &Core, || Err::<Foresight, _>("told nothing"));
                built.expect("it asks for no foresight")
            };
            let exact = run(Mode::Requests, build().as_mut());
            let rates = run(Mode::Rates, build().as_mut());
            let percent = |figure: usize| 100.0 * (rates[figure] / exact[figure] - 1.0).abs();
            let points = |figure: usize| (rates[figure] - exact[figure]).abs();
            let apart = [percent(0), percent(1), points(2), points(3)];
            let Tolerance {
                cost,
                replica_time,
                public_share,
                late,
            } = tolerance;
            println!("{name}, {autoscaler}: cost, replica time, public share, late: {apart:.2?}");
            let allowed = [cost, replica_time, public_share, late];
            assert!(
                apart
                    .iter()
                    .zip(allowed)
                    .all(|(apart, most)| *apart <= most),
                "{name}, {autoscaler}: {apart:?} apart, {allowed:?} allowed: {exact:?} and {rates:?}"
            );
        }
    }
}
