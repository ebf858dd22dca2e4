//! The command line, without a process: what is printed, what is refused, what is written.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use spillway_sim::cli::{self, Console, Outcome};
use spillway_sim::demo;
use spillway_sim::hosts::Decide;
use spillway_solver::decision::{
    ClusterPlan, Decision, Plan, Step, StepKind, Versions, WorkloadPlan,
};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

/// A core that wants two replicas of everything in the first cluster, and a checker that dislikes epoch 1313.
struct TwoEach;

impl Decide for TwoEach {
    fn decide(&self, snapshot: &Snapshot, policy: &Policy, memory: &Memory) -> Decision {
        let mut decision = Decision {
            versions: self.versions(),
            ..Decision::default()
        };
        decision.memory = Memory {
            now_ms: Some(snapshot.now_ms),
            epoch: memory.epoch + 1,
            ..memory.clone()
        };
        let Some(cluster) = policy.clusters.first() else {
            return decision;
        };
        let targets = snapshot
            .clusters
            .iter()
            .filter(|state| state.name == cluster.name);
        let targets = targets
            .flat_map(|state| &state.targets)
            .filter(|target| target.spec_replicas != 2);
        decision.plan = Plan {
            workloads: policy
                .workloads
                .iter()
                .map(|workload| WorkloadPlan {
                    id: workload.id.clone(),
                    desired: 2,
                    clusters: vec![ClusterPlan {
                        cluster: cluster.name.clone(),
                        replicas: 2,
                        apply: 2,
                        groups: Vec::new(),
                    }],
                    ..WorkloadPlan::default()
                })
                .collect(),
            steps: targets
                .map(|target| Step {
                    workload: target.workload.clone(),
                    cluster: cluster.name.clone(),
                    kind: StepKind::Add,
                    from: target.spec_replicas,
                    to: 2,
                    reason: None,
                })
                .collect(),
            ..Plan::default()
        };
        decision
    }

    fn versions(&self) -> Versions {
        Versions {
            core: "two-each 1".into(),
            ..Versions::default()
        }
    }

    fn check(&self, _: &Snapshot, _: &Policy, _: &Memory, decision: &Decision) -> Vec<String> {
        let unlucky = decision.memory.epoch == 1_313;
        unlucky
            .then(|| "Epoch: thirteen".to_owned())
            .into_iter()
            .collect()
    }
}

/// What a command line did.
struct Answer {
    outcome: Outcome,
    out: String,
    err: String,
}

fn spillway_sim(args: &[&str]) -> Answer {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        interactive: false,
    };
    let args = std::iter::once("spillway-sim").chain(args.iter().copied());
    let outcome = cli::run(args.map(OsString::from), &mut console, &TwoEach);
    Answer {
        outcome,
        out: String::from_utf8(out).expect("text"),
        err: String::from_utf8(err).expect("text"),
    }
}

/// A folder with sound inputs, removed at the end of the test.
struct Inputs(PathBuf);

impl Inputs {
    fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{test}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the build folder can be written");
        let inputs = Self(folder);
        inputs.write("snapshot.json", &json(&Snapshot::default()));
        inputs.write("policy.json", &json(&Policy::default()));
        inputs.write("memory.json", &json(&Memory::default()));
        let objects = demo::OBJECTS.map(|(_, text)| text).join("---\n");
        inputs.write("objects.yaml", &objects);
        inputs.write("world.yaml", &demo::WORLD.1.replacen("24h", "20m", 1));
        inputs.write(
            "trace.csv",
            "ts,workload,count,service_mean_s\n0,web,300,0.4\n600,web,900,0.4\n",
        );
        inputs
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.0.join(name), text).expect("the build folder can be written");
        self.path(name)
    }

    /// `compare` of two autoscalers over the folder's inputs.
    fn compare(&self, out: &str) -> Answer {
        spillway_sim(&[
            "compare",
            "--world",
            &self.path("world.yaml"),
            "--policies",
            &self.path("objects.yaml"),
            "--trace",
            &self.path("trace.csv"),
            "--autoscaler",
            "spillway",
            "private-only",
            "--out",
            &self.path(out),
        ])
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

impl Drop for Inputs {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn json(document: &impl serde::Serialize) -> String {
    serde_json::to_string(document).expect("a document is JSON")
}

#[test]
fn help_is_what_the_golden_file_says() {
    let mut help = spillway_sim(&["--help"]).out;
    for command in [
        "demo",
        "run",
        "compare",
        "decide",
        "check",
        "replay",
        "completions",
    ] {
        let answer = spillway_sim(&[command, "--help"]);
        assert_eq!(answer.outcome, Outcome::Done, "{command}");
        assert!(
            answer.out.contains("Examples:"),
            "{command} shows no example"
        );
        let _ = write!(help, "\n$ spillway-sim {command} --help\n{}", answer.out);
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/help.txt");
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(path, &help).expect("the golden file can be written");
    }
    let golden = fs::read_to_string(path).unwrap_or_default();
    assert!(
        help == golden,
        "{path} differs; UPDATE=1 rewrites it. Now:\n{help}"
    );
}

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

/// A cluster and a workload as JSON.
fn sensible_policy() -> String {
    let mut policy: serde_json::Value =
        serde_json::from_str(include_str!("../../crds/tests/golden/minimal.policy.json"))
            .expect("a policy is JSON");
    policy["workloads"][0]["maxReplicas"] = 4.into();
    format!("{policy:#}")
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
fn decide_prints_a_page_for_people() {
    let inputs = Inputs::new("page");
    let policy = inputs.write("policy.json", &sensible_policy());
    let snapshot = inputs.write(
        "snapshot.json",
        "{\"schemaVersion\": \"v1alpha1\", \"nowMs\": 0, \"workloads\": [], \"clusters\": [{\"name\": \"home\", \
         \"observedAtMs\": 0, \"targets\": [{\"workload\": \"shop/web\", \"specReplicas\": 1}]}]}",
    );
    let answer = spillway_sim(&["decide", "--snapshot", &snapshot, "--policy", &policy]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    let page = "\
To write now, in this order:
  add shop/web in home: 1 -> 2

 WORKLOAD  DESIRED  WHERE           REPLICAS  WHY
 shop/web        2
                    home (private)         2

Money: $0.00/h (on demand $0.00/h, spot $0.00/h, private cores $0.00/h, egress $0.00/h); weighed besides: penalties $0.00/h
";
    assert_eq!(answer.out, page);
}

/// What `run` says of the folder's inputs.
fn run(inputs: &Inputs, more: &[&str]) -> Answer {
    let [world, objects, out] = ["world.yaml", "objects.yaml", "out"].map(|name| inputs.path(name));
    let files = [
        "run",
        "--world",
        &world,
        "--policies",
        &objects,
        "--out",
        &out,
    ];
    spillway_sim(&[&files[..], more].concat())
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
fn a_workload_is_known_by_its_full_name_whatever_the_trace_calls_it() {
    let inputs = Inputs::new("named");
    let world = inputs.read("world.yaml");
    assert!(world.contains("id: shop/orders\n  traceNames: [orders, orders-sale]"));
    inputs.write(
        "trace.csv",
        "ts,count,service_mean_s\n0,30,0.4\n60,30,0.4\n",
    );
    let answer = run(
        &inputs,
        &[
            "--trace",
            &inputs.path("trace.csv"),
            "--workload",
            "shop/orders",
        ],
    );
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);

    let twice = world.replacen("[web, web-sale]", "[web, orders, shop/orders]", 1);
    inputs.write("world.yaml", &twice);
    let answer = run(&inputs, &[]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    for (index, name) in [(1, "orders"), (2, "shop/orders")] {
        let says =
            format!("workloads[1].traceNames[{index}]: `{name}` means `shop/orders` already");
        assert!(answer.err.contains(&says), "{}", answer.err);
    }
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
fn decide_prints_what_check_accepts() {
    let inputs = Inputs::new("decide");
    let files = [
        "--snapshot",
        &inputs.path("snapshot.json"),
        "--policy",
        &inputs.path("objects.yaml"),
    ];
    let decided = spillway_sim(&[&["decide", "--output", "json"], &files[..]].concat());
    assert_eq!(decided.outcome, Outcome::Done, "{}", decided.err);
    let decision = inputs.write("decision.json", &decided.out);
    let checked = spillway_sim(&[&["check", "--decision", &decision], &files[..]].concat());
    assert_eq!(
        (checked.outcome, checked.out.as_str()),
        (Outcome::Done, "no violation\n")
    );

    let tampered = inputs.write(
        "tampered.json",
        &decided.out.replace("\"epoch\": 1", "\"epoch\": 1313"),
    );
    let checked = spillway_sim(&[&["check", "--decision", &tampered], &files[..]].concat());
    assert_eq!(
        (checked.outcome, checked.out.as_str()),
        (Outcome::Findings, "violation: Epoch: thirteen\n")
    );
}

#[test]
fn compare_writes_a_report_that_is_the_same_each_time_and_replays() {
    let inputs = Inputs::new("compare");
    let answer = inputs.compare("first");
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
    assert!(
        answer.out.contains("Late requests") && answer.out.contains("report.html"),
        "{}",
        answer.out
    );
    inputs.compare("second");
    for file in [
        "summary.json",
        "report.html",
        "spillway/timeseries.csv",
        "spillway/decisions.jsonl",
        "private-only/timeseries.csv",
    ] {
        let [first, second] = ["first", "second"].map(|run| inputs.read(&format!("{run}/{file}")));
        assert!(first == second, "{file} differs between two runs");
    }
    let decisions = inputs.path("first/spillway/decisions.jsonl");
    let replayed = spillway_sim(&["replay", &decisions]);
    assert_eq!(
        replayed.outcome,
        Outcome::Done,
        "{}{}",
        replayed.out,
        replayed.err
    );
    assert!(
        replayed.out.contains("each byte for byte as recorded"),
        "{}",
        replayed.out
    );

    let tampered = inputs
        .read("first/spillway/decisions.jsonl")
        .replacen("\"to\":2", "\"to\":3", 1);
    let replayed = spillway_sim(&["replay", &inputs.write("tampered.jsonl", &tampered)]);
    assert_eq!(replayed.outcome, Outcome::Findings);
    assert!(
        replayed
            .out
            .starts_with("line 2 (2026-03-02 00:00:15 UTC) differs:"),
        "{}",
        replayed.out
    );

    let other = tampered.replacen("two-each 1", "two-each 0", 1);
    let refused = spillway_sim(&["replay", &inputs.write("other.jsonl", &other)]);
    assert_eq!(refused.outcome, Outcome::BadInput);
    assert!(
        refused.err.contains("core two-each 0") && refused.err.contains("core two-each 1"),
        "{}",
        refused.err
    );
}

#[test]
fn a_run_that_fails_leaves_the_older_report_alone() {
    let inputs = Inputs::new("keeps");
    assert_eq!(inputs.compare("out").outcome, Outcome::Done);
    let before = inputs.read("out/report.html");
    inputs.write(
        "trace.csv",
        "ts,workload,count,service_mean_s\n0,web,300,0.4\n60,web,-1,0.4\n",
    );
    let failed = inputs.compare("out");
    assert_eq!(failed.outcome, Outcome::BadInput);
    assert!(failed.err.contains("trace.csv"), "{}", failed.err);
    assert!(inputs.read("out/report.html") == before);
    let mut names: Vec<_> = fs::read_dir(&inputs.0)
        .expect("listed")
        .map(|entry| entry.expect("listed").file_name())
        .collect();
    names.retain(|name| name.to_string_lossy().starts_with("out"));
    assert_eq!(names, ["out"], "nothing half-written stays beside it");
}

#[test]
fn a_decision_that_breaks_a_rule_ends_the_run_and_leaves_the_files_that_repeat_it() {
    let inputs = Inputs::new("witness");
    let world = demo::WORLD.1.replacen("24h", "50m\ntick: 2s", 1);
    inputs.write("world.yaml", &world);
    let failed = inputs.compare("out");
    assert_eq!(failed.outcome, Outcome::Findings, "{}", failed.err);
    assert!(!inputs.0.join("out").exists(), "no partial report");
    let command = failed.err.split_once("spillway-sim check ");
    let (_, command) = command.unwrap_or_else(|| panic!("{}", failed.err));
    let options: Vec<&str> = std::iter::once("check")
        .chain(command.split_whitespace())
        .collect();
    let again = spillway_sim(&options);
    assert_eq!(
        (again.outcome, again.out.as_str()),
        (Outcome::Findings, "violation: Epoch: thirteen\n")
    );
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
fn each_shell_gets_a_completion_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let answer = spillway_sim(&["completions", shell]);
        assert_eq!(answer.outcome, Outcome::Done, "{shell}");
        assert!(answer.out.contains("replay"), "{shell}");
    }
}
