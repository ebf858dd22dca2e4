//! What a tick costs the processor: `cargo bench -p spillway-controller --bench tick -- [AUTOSCALERS]`.
//!
//! Two clusters with a thousand nodes and twenty thousand pods, as watches have read them; everything of a tick but its
//! I/O: reading what was seen, the decision, its check, status texts, and packing the memory. Times are of one run each,
//! wall clock on one thread.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use spillway_controller::fleet::{Fleet, InForce};
use spillway_controller::kinds::Written;
use spillway_controller::member::Sight;
use spillway_controller::observed::{Member, NodeFact, PodFact, TargetFact};
use spillway_controller::plans::Plans;
use spillway_controller::readings::{Answers, Server};
use spillway_controller::store;
use spillway_controller::tick::Seen;
use spillway_crds::{Statuses, workload_id};
use spillway_solver::checker;
use spillway_solver::decision::Plan;
use spillway_solver::memory::Memory;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::UnixMs;

const NODES: usize = 500;
const PODS_OF_A_NODE: usize = 20;

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("an object of its kind")
}

fn written<K: DeserializeOwned>(value: Value) -> Arc<Written<K>> {
    Arc::new(Written::Sound(Box::new(read(value))))
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let result = work();
    println!(
        "{what:<34} {:>8.1} ms",
        began.elapsed().as_secs_f64() * 1000.0
    );
    result
}

fn cluster(name: &str, tier: &str, paid: &str) -> Value {
    json!({
        "apiVersion": "spillway.dev/v1alpha1", "kind": "Cluster", "metadata": {"name": name},
        "spec": {"tier": tier, "nodeGroups": [{
            "name": "nodes", "allocatable": {"cpu": "32", "memory": "128Gi"}, "maxNodes": 600,
            "capacityType": paid, "pricePerHour": if tier == "Public" { "1.5" } else { "0" }
        }]}
    })
}

fn autoscaler(name: &str) -> Value {
    json!({
        "apiVersion": "spillway.dev/v1alpha1", "kind": "HybridAutoscaler",
        "metadata": {"namespace": "work", "name": name, "creationTimestamp": "2026-11-01T00:00:00Z", "uid": name},
        "spec": {
            "scaleTargetRef": {"name": name}, "maxReplicas": 100,
            "metrics": [{
                "name": "load", "prometheus": {"query": format!("load{{name=\"{name}\"}}")}, "target": {"averageValue": "1"}
            }]
        }
    })
}

fn target(name: &str, replicas: usize) -> TargetFact {
    let object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "work", "name": name},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1", "memory": "2Gi"}}}]}}
        }
    });
    TargetFact::of(&read(object)).expect("a target")
}

fn node(cluster: &str, number: usize) -> Arc<NodeFact> {
    Arc::new(NodeFact::of(&read(json!({
        "metadata": {"name": format!("{cluster}-{number}")},
        "status": {
            "allocatable": {"cpu": "32", "memory": "128Gi", "pods": "110"},
            "conditions": [{"type": "Ready", "status": "True"}]
        }
    }))))
}

fn pod(cluster: &str, number: usize, autoscalers: usize) -> Arc<PodFact> {
    let app = format!("jobs-{}", number % autoscalers);
    Arc::new(PodFact::of(&read(json!({
        "metadata": {
            "namespace": "work", "name": format!("{app}-{number}"), "labels": {"app": app, "pod-template-hash": "1"}
        },
        "spec": {
            "nodeName": format!("{cluster}-{}", number / PODS_OF_A_NODE),
            "containers": [{"name": "c", "resources": {"requests": {"cpu": "1", "memory": "2Gi"}}}]
        },
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    }))))
}

/// As many plans of each workload as are kept, all different.
fn all_that_is_kept(mut plan: Plan, snapshot: &Snapshot, fleet: &Fleet) -> Plans {
    (0..8).fold(Plans::default(), |plans, _| {
        let placed = plan.workloads.iter_mut().flat_map(|w| &mut w.clusters);
        placed.for_each(|placed| placed.replicas += 1);
        plans.after(&plan, snapshot, &fleet.autoscalers)
    })
}

fn main() {
    let asked = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let autoscalers: usize = asked.unwrap_or(1000);
    let pods = NODES * PODS_OF_A_NODE;
    let names: Vec<String> = (0..autoscalers)
        .map(|number| format!("jobs-{number}"))
        .collect();
    let each = pods / autoscalers;
    let clusters = [
        written(cluster("eks", "Public", "OnDemand")),
        written(cluster("home", "Private", "Owned")),
    ];
    let policy = json!({
        "apiVersion": "spillway.dev/v1alpha1", "kind": "BurstPolicy", "metadata": {"name": "default"}, "spec": {}
    });
    let objects: Vec<_> = names.iter().map(|name| written(autoscaler(name))).collect();
    let now = UnixMs(1_800_000_000_000);
    let sights = ["eks", "home"].map(|cluster| {
        let facts = Member {
            observed_at: now,
            nodes: (0..NODES).map(|number| node(cluster, number)).collect(),
            pods: (0..pods)
                .map(|number| pod(cluster, number, autoscalers))
                .collect(),
            ..Member::default()
        };
        (cluster.to_owned(), Sight::Clear(facts))
    });
    let mut targets = BTreeMap::new();
    let mut answers = BTreeMap::new();
    for name in &names {
        for cluster in ["eks", "home"] {
            let place = (format!("work/{name}"), cluster.to_owned());
            targets.insert(place, Ok(Arc::new(target(name, each))));
        }
        let sample = json!({"data": {"resultType": "vector", "result": [
            {"metric": {}, "value": [now.0 / 1000, (2 * each).to_string()]}
        ]}});
        answers.insert(format!("load{{name=\"{name}\"}}"), Ok(read(sample)));
    }
    let seen = Seen {
        now,
        sights: BTreeMap::from(sights),
        targets,
        conflicts: BTreeMap::new(),
        priorities: BTreeMap::new(),
        answers: Answers::from([(Server::Own, answers)]),
        usages: BTreeMap::new(),
        last: BTreeMap::new(),
        spend: None,
    };
    println!(
        "{autoscalers} autoscalers, {} nodes, {} pods",
        2 * NODES,
        2 * pods
    );
    let fleet = timed("objects", || {
        Fleet::of(&clusters, &[written(policy)], &objects)
    });
    let runs = timed("targets", || seen.runs(&fleet.clusters, &fleet.autoscalers));
    let accepted = timed("policy", || fleet.accept(&runs));
    assert_eq!(accepted.problems, [], "all is accepted");
    let policy = &accepted.policy;
    let snapshot = timed("snapshot", || seen.snapshot(policy, &fleet.autoscalers));
    let first = timed("decision, the first", || {
        spillway_solver::decide(&snapshot, policy, &Memory::default())
    });
    let decision = timed("decision, at rest", || {
        spillway_solver::decide(&snapshot, policy, &first.memory)
    });
    let broken = timed("check", || {
        checker::check(&snapshot, policy, &first.memory, &decision)
    });
    assert_eq!(broken, [], "no rule is broken");
    timed("status of all", || {
        let statuses = Statuses::new(&decision, &snapshot);
        let ids = fleet.autoscalers.iter().map(workload_id);
        let all = ids.map(|id| statuses.of(&id.as_str().into()));
        all.collect::<Vec<_>>()
    });
    let kept = store::Kept {
        memory: decision.memory.clone(),
        spent: None,
        clusters: InForce::default(),
    };
    let tick = store::Tick {
        snapshot: snapshot.clone(),
        policy: policy.clone(),
        memory: first.memory,
    };
    let plans = all_that_is_kept(decision.plan.clone(), &snapshot, &fleet);
    let size = timed("memory, packed", || {
        store::packed_size(&kept, &tick, &plans)
    });
    let size = size.expect("it is packed").div_ceil(1024);
    println!("{:<34} {size:>8} KiB", "size of the memory");
    print_peak();
}

/// What this process has held at most, as Linux counts it.
fn print_peak() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    println!(
        "{}",
        peak.unwrap_or("resident memory is not known on this system")
    );
}
