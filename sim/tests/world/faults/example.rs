//! The example with faults, as people run it.

use spillway_crds::{convert, read_yaml};
use spillway_sim::config::{Fault, FaultKind, RunConfig, World};
use spillway_sim::hosts::{Core, Spillway};
use spillway_sim::output::write_summary;

use crate::fixture::simulate;

const OBJECTS: &str = include_str!("../../../../examples/faults/objects.yaml");
const WORLD: &str = include_str!("../../../../examples/faults/world.yaml");

/// The example's world and policy.
pub fn example() -> RunConfig {
    let objects = read_yaml("objects.yaml", OBJECTS).expect("sound objects");
    RunConfig {
        name: "faults".to_owned(),
        inputs: Vec::new(),
        world: World::read("world.yaml", WORLD).expect("a sound world"),
        policy: convert(&objects).expect("a sound policy"),
        doubts: Vec::new(),
    }
}

/// Faults as a world file has them.
pub fn faults(list: &str) -> Vec<Fault> {
    let world = format!(
        "apiVersion: sim.spillway.dev/v1alpha1\nkind: World\nstart: 2026-03-02T00:00:00Z\nclusters: []\nfaults: {list}\n"
    );
    World::read("world.yaml", &world)
        .expect("sound faults")
        .faults
}

#[test]
fn every_kind_of_fault_is_documented() {
    let page = include_str!("../../../../docs/faults.md");
    for kind in FaultKind::ALL {
        let row = format!("\n| `{}` | ", kind.name());
        assert_eq!(page.matches(&row).count(), 1, "{kind:?} in docs/faults.md");
    }
}

#[test]
fn the_example_with_faults_costs_delay_and_its_faults_stand_in_the_summary() {
    let run = |with: bool| {
        let mut config = example();
        if !with {
            config.world.faults.clear();
        }
        let source = config
            .world
            .arrivals()
            .expect("a sound load")
            .expect("a load");
        let mut spillway = Spillway::new(Core, config.policy.clone());
        simulate(&config, source, &mut spillway)
    };
    let (calm, broken) = (run(false), run(true));
    assert_eq!(
        calm.summary.requests.arrived, broken.summary.requests.arrived,
        "the same load"
    );
    let late = |record: &spillway_sim::record::RunRecord| record.summary.objective.requests_late;
    assert!(
        late(&broken) > late(&calm),
        "{} and {}",
        late(&broken),
        late(&calm)
    );
    let written = |record| {
        let mut bytes = Vec::new();
        write_summary(&mut bytes, [record]).expect("memory takes all");
        String::from_utf8(bytes).expect("JSON is UTF-8")
    };
    assert!(!written(&calm).contains("faults\": ["));
    let summary = written(&broken);
    for fault in &broken.faults {
        assert!(
            fault.times > 0,
            "{} of {} never began",
            fault.kind,
            fault.target
        );
        assert!(
            summary.contains(&format!("\"kind\": \"{}\"", fault.kind)),
            "{summary}"
        );
    }
}
