//! The demo's day, recorded, and what goes on from its ticks.

use std::io;
use std::sync::OnceLock;

use spillway_records::DecisionsWriter;
use spillway_records::{DecisionSink, DecisionsHeader};
use spillway_sim::config::{RunConfig, Span};
use spillway_sim::decisions::{Moment, WhichTick, moment};
use spillway_sim::demo;
use spillway_sim::hosts::{Core, Spillway};
use spillway_sim::record::{InputName, RunRecord};
use spillway_sim::time::Nanos;
use spillway_sim::whatif::{Change, Continued, Prepared, Question, Watch};
use spillway_sim::world::{resume, run};
use spillway_solver::decision::Decision;
use spillway_solver::snapshot::Snapshot;

/// Keeps every tick.
#[derive(Debug, Default)]
pub struct Ticks(pub Vec<(Snapshot, Decision)>);

impl DecisionSink for Ticks {
    fn begin(&mut self, _header: &DecisionsHeader) -> io::Result<()> {
        Ok(())
    }

    fn tick(&mut self, snapshot: &Snapshot, decision: &Decision) -> io::Result<()> {
        self.0.push((snapshot.clone(), decision.clone()));
        Ok(())
    }
}

/// The day under Spillway, as a file and tick by tick.
pub struct Day {
    pub file: Vec<u8>,
    pub ticks: Vec<(Snapshot, Decision)>,
}

/// The demo's day, made once.
pub fn day() -> &'static Day {
    static DAY: OnceLock<Day> = OnceLock::new();
    DAY.get_or_init(|| {
        let config = config();
        let mut sink = (DecisionsWriter::new(Vec::new()), Ticks::default());
        let arrivals = demo::arrivals(&config);
        let mut core = Spillway::new(Core, config.policy.clone());
        run(&config, arrivals, &mut core, &mut sink, &mut |_| {}).expect("the demo runs");
        Day {
            file: sink.0.finish().expect("memory takes it"),
            ticks: sink.1.0,
        }
    })
}

/// Until shortly after the sale.
fn config() -> RunConfig {
    let mut config = demo::config("spillway");
    config.world.horizon = Some(Span(Nanos::from_secs(20 * 3_600)));
    config
}

/// A tick of the day, counted from 1.
pub fn at(number: u64) -> Moment {
    moment(&day().file[..], WhichTick::Number(number), &Core).expect("the day has this tick")
}

/// A question about a tick, with the demo's world.
pub fn question(moment: &Moment, changes: Vec<Change>, seconds: u64) -> Question {
    Question {
        snapshot: moment.snapshot.clone(),
        policy: moment.policy.clone(),
        doubts: Vec::new(),
        memory: moment.memory.clone(),
        world: demo::config("").world,
        dated: true,
        traced: false,
        given: Vec::new(),
        changes,
        horizon: Nanos::from_secs(seconds),
        inputs: Vec::<InputName>::new(),
    }
}

/// A run of a question.
pub struct Went {
    pub ticks: Vec<(Snapshot, Decision)>,
    pub record: RunRecord,
    pub watch: Watch,
}

/// Goes on from a moment in the world of a question: as it is, or with its changes.
pub fn go_on(moment: &Moment, prepared: &Prepared, changed: bool) -> Went {
    let (config, growth) = if changed {
        let with = prepared.with.as_ref().expect("something is changed");
        (with, prepared.growth.clone())
    } else {
        (&prepared.without, Vec::new())
    };
    let arrivals = prepared.load.arrivals().expect("a sound load");
    let arrivals = arrivals.expect("the world has one");
    let source = Continued::new(arrivals, prepared.offset, &prepared.waiting, growth, config);
    let core = Spillway::new(Core, moment.policy.clone());
    let mut core = core.remembering(moment.memory.clone());
    let mut sink = (Ticks::default(), Watch::default());
    let snapshot = &moment.snapshot;
    let record = resume(config, snapshot, source, &mut core, &mut sink, &mut |_| {});
    Went {
        record: record.expect("a sound run"),
        ticks: sink.0.0,
        watch: sink.1,
    }
}
