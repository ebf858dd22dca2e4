//! Random worlds that break at random are taken up at random ticks: whatever a snapshot of the simulator shows, a
//! world goes on from it and keeps every rule.

use spillway_crds::read_policy;
use spillway_sim::config::{RunConfig, World};
use spillway_sim::hosts::{Core, Spillway};
use spillway_sim::soak::Case;
use spillway_sim::time::Nanos;
use spillway_sim::whatif::{Continued, Question};
use spillway_sim::world::{resume, run};
use spillway_solver::memory::Memory;

use crate::fixture::Ticks;

/// Some with few and some with many clusters; the last two had more nodes than a quota that was cut allowed.
const SEEDS: [u64; 22] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 137, 149,
];

/// A random world with its policy.
fn case(seed: u64) -> RunConfig {
    let documents = Case::new(seed).documents();
    RunConfig {
        name: "soak".to_owned(),
        inputs: Vec::new(),
        world: World::read("world.yaml", &documents.world).expect("a sound world"),
        policy: read_policy([("objects.yaml", documents.objects.as_str())])
            .expect("a sound policy")
            .policy,
        doubts: Vec::new(),
    }
}

#[test]
fn whatever_a_random_world_shows_it_goes_on_from_it_and_breaks_no_rule() {
    let mut taken_up = 0;
    for seed in SEEDS {
        let config = case(seed);
        let arrivals = || {
            config
                .world
                .arrivals()
                .expect("sound")
                .expect("it has a load")
        };
        let mut core = Spillway::new(Core, config.policy.clone());
        let mut ticks = Ticks::default();
        run(&config, arrivals(), &mut core, &mut ticks, &mut |_| {}).expect("a sound run");
        let step = ticks.0.len() / 6 + 1;
        for index in (1..ticks.0.len()).step_by(step) {
            let (snapshot, decision) = &ticks.0[index];
            let memory: Memory = ticks.0[index - 1].1.memory.clone();
            let question = Question {
                snapshot: snapshot.clone(),
                policy: config.policy.clone(),
                doubts: Vec::new(),
                memory: memory.clone(),
                world: config.world.clone(),
                dated: true,
                traced: false,
                given: Vec::new(),
                changes: Vec::new(),
                horizon: Nanos::from_secs(900),
                inputs: Vec::new(),
            };
            let prepared = question.prepare();
            let prepared = prepared.unwrap_or_else(|problems| {
                panic!("seed {seed}, tick {}: {problems:?}", index + 1);
            });
            let own = &prepared.without;
            let source =
                Continued::new(arrivals(), prepared.offset, &prepared.waiting, vec![], own);
            let mut core = Spillway::new(Core, config.policy.clone()).remembering(memory);
            let mut sink = Ticks::default();
            let record = resume(own, snapshot, source, &mut core, &mut sink, &mut |_| {});
            if let Err(error) = record {
                panic!("seed {seed}, tick {}: {error}", index + 1);
            }
            assert_eq!(&sink.0[0].1, decision, "seed {seed}, tick {}", index + 1);
            taken_up += 1;
        }
    }
    assert!(taken_up > 100, "{taken_up}");
}
