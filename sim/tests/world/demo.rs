//! The demo is worth looking at: it bursts, drains, is refused some, and comes home.

use spillway_records::{DecisionSink, DecisionsHeader};
use spillway_sim::decisions::{Change, ChangeLog, Code};
use spillway_sim::demo;
use spillway_sim::hosts::{
    Autoscaler, BurstRule, Core, HpaClusterAutoscaler, PrivateOnly, Spillway, ThresholdBurst,
};
use spillway_sim::record::RunRecord;
use spillway_sim::world::run;
use spillway_solver::decision::{Decision, MoveReason, UnplacedReason};
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::validate;

use crate::fixture::simulate;

fn record(
    build: impl FnOnce(&spillway_solver::policy::Policy) -> Box<dyn Autoscaler>,
) -> RunRecord {
    let config = demo::config("demo");
    let mut autoscaler = build(&config.policy);
    simulate(&config, demo::arrivals(&config), autoscaler.as_mut())
}

#[test]
fn baselines_run_the_demo() {
    let home = record(|policy| Box::new(PrivateOnly::new(policy)));
    let burst = record(|policy| Box::new(ThresholdBurst::new(policy, BurstRule::default())));
    let cloud = record(|policy| Box::new(HpaClusterAutoscaler::new(policy)));
    assert!(home.summary.objective.requests_late > burst.summary.objective.requests_late);
    assert!(burst.summary.money.on_demand < cloud.summary.money.on_demand);
}

#[test]
fn spillway_bursts_drains_the_queue_and_comes_home() {
    let record = record(|policy| Box::new(Spillway::new(Core, policy.clone())));
    let public: Vec<u64> = record
        .series
        .iter()
        .map(|row| {
            row.workloads
                .iter()
                .map(|workload| workload.ready_milli[1])
                .sum()
        })
        .collect();
    assert!(public.iter().any(|ready| *ready >= 8_000), "it bursts");
    let orders = record.workloads[0].objective;
    assert!(
        orders.requests_late * 100 < orders.requests,
        "it drains: {orders:?}"
    );
    assert_eq!(public.last(), Some(&0), "it is home at midnight");
}

#[test]
fn a_spilled_replica_is_recalled_and_the_cap_in_money_refuses_some_of_the_sale() {
    let config = demo::config("demo");
    let mut autoscaler = Spillway::new(Core, config.policy.clone());
    let mut log = ChangeLog::default();
    let arrivals = demo::arrivals(&config);
    let record =
        run(&config, arrivals, &mut autoscaler, &mut log, &mut |_| {}).expect("a sound run");
    assert!(record.summary.churn.moves > 0, "the table shows it");
    let first = |code: Code| {
        let gives = |change: &&Change| change.why.iter().any(|why| why.code == code);
        let change = log.changes.iter().find(gives);
        change.unwrap_or_else(|| panic!("{} is shown", code.as_str()))
    };
    let recall = first(Code::Move(MoveReason::Recall));
    let made = &recall.clusters[0];
    assert!(made.cluster == "home" && made.to > made.from, "{recall:?}");
    let refused = first(Code::Unplaced(UnplacedReason::MoneyCap));
    assert!(refused.unplaced > 0, "{refused:?}");
}

/// Asks of every tick's documents whether they make sense.
pub struct Sense(pub Policy);

impl DecisionSink for Sense {
    fn begin(&mut self, header: &DecisionsHeader) -> std::io::Result<()> {
        assert_eq!(validate::policy(&header.policy), []);
        Ok(())
    }

    fn tick(&mut self, snapshot: &Snapshot, decision: &Decision) -> std::io::Result<()> {
        assert_eq!(validate::snapshot(snapshot, &self.0), []);
        assert_eq!(validate::memory(&decision.memory), []);
        Ok(())
    }
}

#[test]
fn what_the_world_shows_and_the_core_remembers_is_never_refused_as_input() {
    let config = demo::config("demo");
    let mut spillway = Spillway::new(Core, config.policy.clone());
    let mut sense = Sense(config.policy.clone());
    let source = demo::arrivals(&config);
    run(&config, source, &mut spillway, &mut sense, &mut |_| {}).expect("a sound run");
}
