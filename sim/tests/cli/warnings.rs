//! What a run tells its reader of its own figures.

use spillway_sim::cli::Outcome;
use spillway_sim::demo;

use super::{Answer, Inputs, run, spillway_sim};

/// What a run of an altered world, with the folder's trace, warns of.
fn warnings(inputs: &Inputs, from: &str, to: &str) -> Vec<String> {
    let world = demo::WORLD.1.replacen("24h", "20m", 1);
    let altered = world.replacen(from, to, 1);
    assert!(altered != world, "{from} is not in the world");
    inputs.write("world.yaml", &altered);
    told(&run(inputs, &["--trace", &inputs.path("trace.csv")]))
}

fn told(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let lines = answer.err.lines();
    let lines = lines.filter_map(|line| line.strip_prefix("warning: "));
    lines.map(str::to_owned).collect()
}

#[test]
fn what_makes_figures_worthless_is_told_on_the_terminal_in_the_summary_and_on_the_page() {
    let inputs = Inputs::new("warnings");
    for (from, to, code, says) in [
        (
            "workloads:",
            "faults: [{kind: clusterLost, cluster: home, at: 20m}]\nworkloads:",
            "faultAfterEnd",
            "world.yaml:14: faults[0].at: clusterLost begins after 20 min, and the run is over after 20 min",
        ),
        (
            "replicas: 5}",
            "replicas: 50}",
            "initialAboveMax",
            "workloads[0].initial: 50 replicas at the start are above maxReplicas 40 of `shop/orders`",
        ),
        (
            "replicas: 5}",
            "replicas: 1}",
            "initialBelowMin",
            "1 replicas at the start are below minReplicas 2 of `shop/orders`",
        ),
        (
            "horizon: 20m",
            "horizon: 40m",
            "loadEndsEarly",
            "no request arrives in the last 20 min of 40 min",
        ),
    ] {
        let told = warnings(&inputs, from, to);
        let found = told.iter().find(|line| line.contains(says));
        let found = found.unwrap_or_else(|| panic!("{says} is missing in {told:#?}"));
        assert!(found.ends_with(&format!("[{code}]")), "{found}");
        let summary: serde_json::Value =
            serde_json::from_str(&inputs.read("out/summary.json")).expect("JSON");
        let listed = summary["runs"][0]["warnings"].as_array().expect("a list");
        assert!(
            listed.iter().any(|warning| warning["code"] == code),
            "{listed:?}"
        );
        let page = inputs.read("out/report.html");
        let place = page.find(&format!("[{code}]")).expect("it is on the page");
        assert!(
            place < page.find("<h2>Totals").expect("a heading"),
            "before any figure"
        );
    }
}

#[test]
fn a_workload_that_no_node_holds_is_refused_where_it_starts_and_else_warned_of() {
    let inputs = Inputs::new("no-node");
    let objects = demo::OBJECTS.map(|(_, text)| text).join("---\n");
    inputs.write(
        "objects.yaml",
        &objects.replace("cpu: 950m, memory: 2Gi", "cpu: 9500m, memory: 2Gi"),
    );
    let told = warnings(&inputs, "seed: 1", "seed: 2");
    let says = "shop/orders: a replica asks for 9.5 cores, 2048 MiB, and no node is that large; the largest that takes its pods is of home/rack, with 3.92 cores, 14336 MiB";
    assert!(told.iter().any(|line| line.starts_with(says)), "{told:#?}");

    let world = demo::WORLD
        .1
        .replacen("  initial: [{cluster: home, replicas: 5}]\n", "", 1);
    inputs.write("world.yaml", &world);
    let answer = run(&inputs, &["--trace", &inputs.path("trace.csv")]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    let says = "`shop/orders` has no place: a replica asks for 9.5 cores";
    assert!(answer.err.contains(says), "{}", answer.err);
}

#[test]
fn a_trace_that_is_not_where_the_world_is_says_so() {
    let inputs = Inputs::new("elsewhere");
    inputs.write(
        "trace.csv",
        "ts,workload,count,service_mean_s\n2026-03-01T23:00:00Z,web,300,0.4\n2026-03-01T23:10:00Z,web,9,0.4\n",
    );
    let told = warnings(&inputs, "seed: 1", "seed: 2");
    let says = "the trace begins at 2026-03-01T23:00:00Z, and the world at 2026-03-02T00:00:00Z";
    assert!(told.iter().any(|line| line.starts_with(says)), "{told:#?}");
}

#[test]
fn workloads_that_nothing_arrives_for_are_told_where_somebody_named_their_requests() {
    let inputs = Inputs::new("idle");
    // The trace has the web tier's requests only; `orders` has further names, `reports` has none.
    let told = warnings(&inputs, "seed: 1", "seed: 2");
    let of = |name: &str| told.iter().filter(|line| line.starts_with(name)).count();
    assert_eq!((of("shop/orders"), of("shop/reports")), (1, 0), "{told:#?}");
    let told = warnings(
        &inputs,
        "- id: shop/reports\n  initial: [{cluster: home, replicas: 2}]\n",
        "",
    );
    let says =
        "shop/reports: the world has no such workload, and the load has no requests of its name";
    assert!(told.iter().any(|line| line.starts_with(says)), "{told:#?}");
}

#[test]
fn an_objective_below_the_service_time_is_told_where_it_was_missed() {
    let inputs = Inputs::new("objective");
    inputs.write(
        "trace.csv",
        "ts,workload,count,service_mean_s\n0,web,1800,2\n600,web,1800,2\n",
    );
    let told = warnings(&inputs, "delayObjective: 1s", "delayObjective: 10ms");
    let says =
        "workloads[1].delayObjective: the objective of shop/web is 10 ms, and a request takes";
    assert!(told.iter().any(|line| line.contains(says)), "{told:#?}");
}

#[test]
fn what_all_runs_have_is_told_once_and_the_star_is_explained_where_there_is_one() {
    let inputs = Inputs::new("once");
    let world = demo::WORLD.1.replacen("24h", "20m", 1);
    inputs.write(
        "world.yaml",
        &(world + "faults: [{kind: clusterLost, cluster: home, at: 1h}]\n"),
    );
    let answer = inputs.compare("out");
    let told = told(&answer);
    assert_eq!(
        told.iter()
            .filter(|line| line.contains("faultAfterEnd"))
            .count(),
        1,
        "{told:#?}"
    );
    let starred = answer.out.contains("  * ");
    let explained = answer
        .out
        .contains("\n* the best of those runs that were late with at most 1 %");
    assert!(starred && explained, "{}", answer.out);

    let alone = run(&inputs, &["--trace", &inputs.path("trace.csv")]);
    assert!(
        !alone.out.contains('*'),
        "one run is the best of nothing: {}",
        alone.out
    );
}

#[test]
fn a_change_that_begins_after_the_look_ahead_is_refused_and_a_fault_of_the_world_is_no_warning() {
    let inputs = Inputs::new("look-ahead");
    let world = demo::WORLD.1.replacen("24h", "20m", 1);
    let world = inputs.write(
        "world.yaml",
        &(world + "faults: [{kind: clusterLost, cluster: eks, at: 15m}]\n"),
    );
    let answer = inputs.compare("out");
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let decisions = inputs.path("out/spillway/decisions.jsonl");
    let trace = inputs.path("trace.csv");
    let ask = |change: &str| {
        spillway_sim(&[
            "what-if",
            "--decisions",
            &decisions,
            "--tick",
            "4",
            "--world",
            &world,
            "--trace",
            &trace,
            "--for",
            "5m",
            "--lose-cluster",
            change,
        ])
    };
    let answer = ask("home@1h");
    assert_eq!(answer.outcome, Outcome::BadInput);
    let says =
        "--lose-cluster home@1h: begins 60 min after the snapshot, and --for 5 min is over by then";
    assert!(answer.err.contains(says), "{}", answer.err);
    let answer = ask("home");
    assert!(
        !told(&answer)
            .iter()
            .any(|line| line.contains("faultAfterEnd")),
        "{}",
        answer.err
    );
}

#[test]
fn a_world_file_of_several_documents_is_told_what_to_do() {
    let inputs = Inputs::new("documents");
    let world = demo::WORLD.1;
    inputs.write("world.yaml", &format!("{world}---\n{world}"));
    let answer = run(&inputs, &[]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    let says = "holds several documents, and one is expected here: keep one, and put what follows `---` into files of their own";
    assert!(answer.err.contains(says), "{}", answer.err);
    assert!(!answer.err.contains("from_str"), "{}", answer.err);
}

#[test]
fn what_objects_say_and_rarely_mean_is_told_once_by_every_command_that_reads_them() {
    let inputs = Inputs::new("doubts");
    let objects = demo::OBJECTS.map(|(_, text)| text).join("---\n");
    let capped = "caps: {usdPerHour: \"1\", usdPerDay: \"20\"}";
    assert!(objects.contains(capped));
    let line = objects.lines().position(|line| line.contains(capped));
    let line = line.expect("it is there") + 1;
    let objects = inputs.write("objects.yaml", &objects.replace(capped, "caps: {}"));
    let doubt = format!("{objects}:{line}: BurstPolicy/default spec.caps: bounds no money");
    let assert_told = |answer: &Answer| {
        let told = answer.err.lines().filter(|line| {
            line.starts_with("warning: ") && line.contains(&doubt) && line.ends_with("[noMoneyCap]")
        });
        assert_eq!(told.count(), 1, "{doubt} in {}", answer.err);
        assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    };

    assert_told(&inputs.compare("out"));
    assert!(inputs.read("out/report.html").contains("[noMoneyCap]"));
    let summary: serde_json::Value =
        serde_json::from_str(&inputs.read("out/summary.json")).expect("JSON");
    for run in 0..2 {
        let of_run = &summary["runs"][run]["warnings"][0];
        assert_eq!(of_run["code"], "noMoneyCap", "{summary}");
    }

    let snapshot = inputs.path("snapshot.json");
    let files = ["--snapshot", &snapshot, "--policy", &objects];
    let decided = spillway_sim(&[&["decide", "--output", "json"], &files[..]].concat());
    assert_told(&decided);
    let decision = inputs.write("decision.json", &decided.out);
    assert_told(&spillway_sim(
        &[&["check", "--decision", &decision], &files[..]].concat(),
    ));

    // Paths in a file are seen from its folder.
    let made_of = "world: world.yaml\npolicies: [objects.yaml]\nload: {trace: trace.csv}\n";
    let head = "apiVersion: sim.spillway.dev/v1alpha1\nname: a\n";
    let test = format!("{head}kind: PolicyTest\n{made_of}assert: [costUsd >= 0]\n");
    assert_told(&spillway_sim(&["test", &inputs.write("test.yaml", &test)]));
    let vary = "vary: {HybridAutoscaler/shop/web: {spec.minReplicas: [1, 2]}}\n";
    let sweep = format!("{head}kind: Sweep\n{made_of}{vary}");
    let sweep = inputs.write("sweep.yaml", &sweep);
    assert_told(&spillway_sim(&[
        "sweep",
        &sweep,
        "--out",
        &inputs.path("sweep"),
    ]));
    let front = inputs.read("sweep/front.json");
    assert!(front.contains("noMoneyCap"), "{front}");
}
