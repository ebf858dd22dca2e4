//! The command line, without a process: what is printed, what is refused, what is written.

mod convert;
mod refused;
mod report;
mod soak;
mod trace;
mod warnings;
mod what_if;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use spillway_sim::cli::{Answer, Outcome};
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

fn spillway_sim(args: &[&str]) -> Answer {
    Answer::to(args, &TwoEach)
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
        "sweep",
        "test",
        "decide",
        "check",
        "replay",
        "what-if",
        "soak",
        "trace",
        "trace inspect",
        "trace convert",
        "completions",
    ] {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let answer = spillway_sim(&words);
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

/// A cluster and a workload as JSON.
fn sensible_policy() -> String {
    let mut policy: serde_json::Value = serde_json::from_str(include_str!(
        "../../../crds/tests/golden/minimal.policy.json"
    ))
    .expect("a policy is JSON");
    policy["workloads"][0]["maxReplicas"] = 4.into();
    format!("{policy:#}")
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
fn each_shell_gets_a_completion_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let answer = spillway_sim(&["completions", shell]);
        assert_eq!(answer.outcome, Outcome::Done, "{shell}");
        assert!(answer.out.contains("replay"), "{shell}");
    }
}
