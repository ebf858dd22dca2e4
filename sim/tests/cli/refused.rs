//! What is refused: its words, its place and the exit code.

use spillway_sim::cli::Outcome;
use spillway_sim::demo;
use spillway_solver::decision::Decision;

use super::{Inputs, json, run, sensible_policy, spillway_sim};

#[test]
fn bad_input_is_refused_with_its_place_and_exit_code_2() {
    let inputs = Inputs::new("bad");
    let sound = inputs.path("policy.json");
    for (name, text, says) in [
        ("gone.json", None, "gone.json: cannot be read"),
        (
            "syntax.json",
            Some("{\n  \"nowMs\": }"),
            "syntax.json:2:12: is no valid JSON: expected value",
        ),
        (
            "field.json",
            Some("{\"nowMs\": 1, \"nowMS\": 2}"),
            "field.json:1:23: nowMS: is not known: did you mean `nowMs`?",
        ),
        (
            "version.json",
            Some("{\"schemaVersion\": \"v9\"}"),
            "version.json:1:19: schemaVersion: `v9` is not known: write v1alpha1",
        ),
        (
            "empty.json",
            Some(""),
            "empty.json:1:1: is no valid JSON: it ends too early; write the file again",
        ),
    ] {
        let path = text.map_or_else(|| inputs.path(name), |text| inputs.write(name, text));
        let answer = spillway_sim(&["decide", "--snapshot", &path, "--policy", &sound]);
        assert_eq!(answer.outcome, Outcome::BadInput, "{name}");
        assert!(answer.err.contains(says), "{name}: {}", answer.err);
        assert!(answer.err.starts_with("error: "), "{}", answer.err);
        assert_eq!(answer.out, "", "{name}: nothing is printed");
    }
}

#[test]
fn the_problems_of_all_inputs_are_said_at_once() {
    let inputs = Inputs::new("all");
    let yaml = inputs.write("bad.yaml", "apiVersion: spillway.dev/v1alpha1\nkind: Cluster\nmetadata: {name: a}\nspec: {tear: Private}\n");
    let answer = spillway_sim(&[
        "decide",
        "--snapshot",
        "gone.json",
        "--policy",
        &yaml,
        "--memory",
        "lost.json",
    ]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    for says in ["gone.json", "lost.json", "bad.yaml:4", "tear"] {
        assert!(
            answer.err.contains(says),
            "{says} is missing in {}",
            answer.err
        );
    }
}

#[test]
fn documents_of_right_shape_that_make_no_sense_are_refused_with_all_their_problems() {
    let inputs = Inputs::new("sense");
    let policy = inputs.write("sound.json", &sensible_policy());
    let wrong = sensible_policy()
        .replace("\"minReplicas\": 1", "\"minReplicas\": 9")
        .replace("\"policy\": \"default\"", "\"policy\": \"gone\"");
    let wrong = inputs.write("wrong.json", &wrong);
    let snapshot = "{
  \"schemaVersion\": \"v1alpha1\", \"nowMs\": 0,
  \"clusters\": [
    {\"name\": \"home\", \"observedAtMs\": 0},
    {\"name\": \"moon\", \"observedAtMs\": 0}
  ],
  \"workloads\": [{\"id\": \"shop/web\"}, {\"id\": \"shop/web\"}]
}";
    let snapshot = inputs.write("snapshot.json", snapshot);
    let memory = "{\"schemaVersion\": \"v1alpha1\", \"epoch\": 1}";
    let memory = inputs.write("memory.json", memory);
    let decision = inputs.write("decision.json", &json(&Decision::default()));
    for (command, policy, says) in [
        (
            &["decide"][..],
            &policy,
            &[
                "snapshot.json:5:14: clusters[1].name: `moon` is not known: the policy has home, eks",
                "snapshot.json:7:44: workloads[1].id: `shop/web` is there twice",
                "memory.json:1:1: nowMs: is missing",
            ][..],
        ),
        (
            &["check", "--decision", &decision],
            &wrong,
            &[
                "workloads[0].minReplicas: 9 is above maxReplicas 4",
                "workloads[0].policy: `gone` is not known",
                "memory.json:1:1: nowMs: is missing",
            ],
        ),
    ] {
        let files = [
            "--snapshot",
            &snapshot,
            "--policy",
            policy,
            "--memory",
            &memory,
        ];
        let answer = spillway_sim(&[command, &files[..]].concat());
        assert_eq!(answer.outcome, Outcome::BadInput, "{command:?}");
        assert_eq!(answer.out, "", "{command:?}: nothing is printed");
        for says in says {
            assert!(
                answer.err.contains(says),
                "{says} is missing in\n{}",
                answer.err
            );
        }
    }
}

#[test]
fn what_is_wrong_with_the_world_for_its_policy_has_file_and_line() {
    let inputs = Inputs::new("world");
    let world = demo::WORLD
        .1
        .replacen("initialNodes: 4", "initialNodes: 99", 1);
    assert_ne!(world, demo::WORLD.1);
    let world = world.replacen("\nclusters:", "\ntick: 0s\nclusters:", 1);
    inputs.write("world.yaml", &world);
    let line = |text: &str| {
        1 + world
            .lines()
            .position(|line| line.contains(text))
            .expect(text)
    };
    let tick = format!("world.yaml:{}: tick: must be above zero", line("tick: 0s"));
    let nodes = line("initialNodes: 99");
    let nodes =
        format!("world.yaml:{nodes}: clusters[0].groups[0].initialNodes: 99 is above maxNodes");
    let answer = run(&inputs, &[]);
    assert_eq!(answer.outcome, Outcome::BadInput, "{}", answer.out);
    for says in [&tick, &nodes] {
        assert_eq!(
            answer.err.matches(says.as_str()).count(),
            1,
            "{says}: {}",
            answer.err
        );
    }
    // Where the policy cannot be read the world's own mistakes are named beside it.
    inputs.write("objects.yaml", "kind: [\n");
    let answer = run(&inputs, &[]);
    assert!(answer.err.contains(&tick), "{}", answer.err);
    assert!(answer.err.contains("objects.yaml:"), "{}", answer.err);
}

#[test]
fn a_wrong_command_line_has_exit_code_2_and_a_hint() {
    for args in [
        &["decid"][..],
        &["decide"],
        &["run", "--scale", "x"],
        &["compare", "--autoscaler", "magic"],
    ] {
        let answer = spillway_sim(args);
        assert_eq!(answer.outcome, Outcome::BadInput, "{args:?}");
        assert!(answer.err.contains("--help"), "{}", answer.err);
    }
    assert_eq!(Outcome::BadInput.exit_code(), 2);
}

#[test]
fn two_runs_of_one_name_are_refused() {
    let inputs = Inputs::new("twice");
    let answer = spillway_sim(&[
        "compare",
        "--world",
        &inputs.path("world.yaml"),
        "--policies",
        &inputs.path("objects.yaml"),
        "--trace",
        &inputs.path("trace.csv"),
        "--autoscaler",
        "spillway",
        "spillway",
        "--out",
        &inputs.path("out"),
    ]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    assert!(
        answer.err.contains("two runs would be called `spillway`"),
        "{}",
        answer.err
    );
}

#[test]
fn a_workload_that_no_object_has_is_named_with_the_line_of_the_trace() {
    let inputs = Inputs::new("unknown");
    let trace = "ts,count,service_mean_s,workload\n0,30,0.4,web\n60,30,0.4,ghost\n";
    inputs.write("trace.csv", trace);
    let answer = run(&inputs, &["--trace", &inputs.path("trace.csv")]);
    assert_eq!(answer.outcome, Outcome::BadInput, "{}", answer.out);
    let says = "trace.csv:3: workload: no HybridAutoscaler is called `ghost`";
    assert!(answer.err.contains(says), "{}", answer.err);
}

#[test]
fn a_broken_policy_hides_nothing_that_is_wrong_with_the_world_for_it() {
    let inputs = Inputs::new("both");
    let objects = inputs.read("objects.yaml");
    let broken = objects.replacen("\nspec:\n", "\nspec:\n  bogus: 1\n", 1);
    assert_ne!(broken, objects);
    inputs.write("objects.yaml", &broken);
    let world = inputs.read("world.yaml");
    let nodes = world.replacen("initialNodes: 4", "initialNodes: 99", 1) + "frobnicate: 1\n";
    inputs.write("world.yaml", &nodes);
    let answer = run(&inputs, &[]);
    assert_eq!(answer.outcome, Outcome::BadInput, "{}", answer.out);
    for says in ["bogus", "frobnicate", "initialNodes: 99 is above maxNodes"] {
        assert!(answer.err.contains(says), "{says}: {}", answer.err);
    }
}

#[test]
fn a_workload_that_nothing_has_room_for_at_the_start_is_refused() {
    let inputs = Inputs::new("room");
    let objects = inputs.read("objects.yaml");
    let huge = objects.replacen(
        "replicaRequests: {cpu: 950m",
        "replicaRequests: {cpu: 950",
        1,
    );
    assert_ne!(huge, objects);
    inputs.write("objects.yaml", &huge);
    let world = inputs.read("world.yaml");
    let untold = world.lines().filter(|line| !line.contains("initial:"));
    inputs.write("world.yaml", &untold.collect::<Vec<_>>().join("\n"));
    let answer = run(&inputs, &[]);
    assert_eq!(answer.outcome, Outcome::BadInput, "{}", answer.out);
    let says = "`shop/orders` has no place: a replica asks for 950 cores, 2048 MiB, and no node is that large";
    assert!(answer.err.contains(says), "{}", answer.err);
}

#[test]
fn a_policy_is_known_by_its_text_where_its_name_does_not_tell() {
    let inputs = Inputs::new("pipe");
    for (text, says) in [
        (
            "apiVersion: spillway.dev/v1alpha1\nkind: Cluster\nmetadata: {name: a}\nspec: {tear: Private}\n",
            "pipe:4: Cluster/a spec.tear",
        ),
        ("{\"schemaVersion\": 1}", "pipe:1:19: schemaVersion"),
    ] {
        let policy = inputs.write("pipe", text);
        let answer = spillway_sim(&["decide", "--snapshot", "gone.json", "--policy", &policy]);
        assert!(answer.err.contains(says), "{}", answer.err);
    }
}

#[test]
fn damaged_files_are_told_all_at_once_and_are_the_cause_of_no_other_problem() {
    let inputs = Inputs::new("damaged");
    std::fs::write(inputs.0.join("objects.yaml"), [0xff, 0xfe, 0, 1]).expect("written");
    let world = inputs.read("world.yaml").replace("tick", "tock");
    inputs.write("world.yaml", &format!("{world}tock: 15s\n"));
    let answer = run(&inputs, &["--trace", "gone.csv"]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    for says in [
        "objects.yaml: is no text in UTF-8",
        "tock: is not known: did you mean `tick`?",
        "gone.csv: cannot be read",
    ] {
        assert!(
            answer.err.contains(says),
            "{says} is missing in\n{}",
            answer.err
        );
    }
    inputs.write(
        "world.yaml",
        &inputs.read("world.yaml").replace("tock: 15s\n", ""),
    );
    inputs.write("objects.yaml", "");
    let answer = run(&inputs, &[]);
    assert!(answer.err.contains("has no object"), "{}", answer.err);
    assert_eq!(answer.err.lines().count(), 1, "{}", answer.err);
}

#[test]
fn the_world_may_name_what_could_not_be_read_in_an_object() {
    let inputs = Inputs::new("follow-up");
    let objects = demo::OBJECTS.map(|(_, text)| text).join("---\n");
    for (from, to, says) in [
        (
            "metrics:\n  - name: requests",
            "metric:\n  - name: requests",
            "spec.metric: is not known: did you mean `metrics`?",
        ),
        (
            "{averageValue: \"3\"}",
            "{averageValu: \"3\"}",
            "did you mean `averageValue`?",
        ),
        ("  - name: requests", "  - name: 3", "is the number 3"),
        (
            "name: web, namespace: shop",
            "name: web, namespaces: shop",
            "did you mean `namespace`?",
        ),
        ("  - name: rack", "  - nam: rack", "did you mean `name`?"),
    ] {
        assert!(objects.contains(from), "{from}");
        inputs.write("objects.yaml", &objects.replacen(from, to, 1));
        let answer = run(&inputs, &[]);
        assert_eq!(answer.outcome, Outcome::BadInput);
        assert_eq!(answer.err.lines().count(), 1, "{from}: {}", answer.err);
        assert!(answer.err.contains(says), "{from}: {}", answer.err);
    }
    // What is wrong besides is told.
    inputs.write(
        "objects.yaml",
        &objects.replacen("{averageValue: \"3\"}", "{averageValu: \"3\"}", 1),
    );
    let world = demo::WORLD.1.replacen("cluster: home", "cluster: moon", 1);
    inputs.write("world.yaml", &world);
    let answer = run(&inputs, &[]);
    assert!(answer.err.contains("no Cluster `moon`"), "{}", answer.err);
}
