//! The record of a made-up run: its totals, its name, its slowest minute.

use spillway_sim::record::{
    Churn, ClusterName, CostBound, DecisionThen, Elasticity, InputName, Interval, LoadNotes,
    MoneySpent, NodeLife, ObjectiveKept, Quantiles, ReplicaTime, ReplicasThen, Requests, RunMeta,
    RunRecord, Slowest, Summary, Timing, Waste, Wasted, WorkloadSummary,
};
use spillway_solver::decision::{
    Unplaced, UnplacedReason, Versions, WorkloadPlan, WorkloadRationale,
};
use spillway_solver::policy::Tier;
use spillway_solver::units::{MicroUsd, Millis, UnixMs};

use super::{INTERVAL_MS, START_MS, Style, whole};

/// What adds up over a run.
#[derive(Default)]
pub struct Tally {
    pub backlog: f64,
    pub spent: MoneySpent,
    pub ready_time: ReplicaTime,
    pub late: u64,
    pub asked: u64,
}

/// The record of a run with these totals.
pub fn record(
    style: Style,
    minutes: usize,
    tally: &Tally,
    series: Vec<Interval>,
    nodes: Vec<NodeLife>,
    actions: usize,
) -> RunRecord {
    let Tally {
        backlog,
        spent,
        ready_time,
        late,
        asked,
    } = *tally;
    let objective = ObjectiveKept {
        requests: asked,
        requests_late: late,
        intervals: u64::try_from(minutes).expect("few"),
        intervals_late: u64::try_from(minutes).expect("few") * late / asked.max(1),
    };
    let delay = |scale: u64| Quantiles {
        count: asked,
        mean_us: 40_000 * scale,
        p50_us: 12_000 * scale,
        p95_us: 210_000 * scale,
        p99_us: 900_000 * scale,
        p999_us: 3_000_000 * scale,
        max_us: 9_000_000 * scale,
    };
    let scale = if late * 50 > asked { 900 } else { 1 };
    let requests = Requests {
        arrived: asked,
        done: asked - whole(backlog),
        queued: whole(backlog),
        ..Requests::default()
    };
    let churn = Churn {
        actions: u64::try_from(actions).expect("few"),
        moves: 12,
        reversals: 5,
        node_starts: u64::try_from(nodes.len()).expect("few"),
        ..Churn::default()
    };
    let elasticity = Elasticity {
        missing_replicas: 0.31,
        spare_replicas: 2.4 * style.headroom,
        ..Elasticity::default()
    };
    let workload = |id: &str, objective_ms| WorkloadSummary {
        id: id.into(),
        objective_ms,
        requests,
        objective,
        queue_delay: delay(scale),
        sojourn: delay(scale),
        replica_time: ready_time,
        elasticity,
        churn,
        reaction: delay(100),
        recovery: Quantiles::default(),
        forecast: None,
        classes: Vec::new(),
    };
    RunRecord {
        meta: meta(style, minutes),
        summary: Summary {
            requests,
            money: spent,
            bound: Some(CostBound::new(
                spent.total(),
                MicroUsd(spent.total().0 * 4 / 5),
                Wasted {
                    starts: MicroUsd(spent.total().0 / 50),
                    empty_room: MicroUsd(spent.total().0 / 20),
                    idle_replicas: MicroUsd(spent.total().0 / 10),
                },
            )),
            objective,
            queue_delay: delay(scale),
            sojourn: delay(scale),
            replica_time: ready_time,
            elasticity,
            waste: Waste::default(),
            churn,
            reaction: delay(100),
            recovery: Quantiles::default(),
            forecast: None,
            solver: None,
        },
        workloads: vec![
            workload("shop/web", Some(Millis(2_000))),
            workload("shop/mail", None),
        ],
        series,
        nodes,
        faults: Vec::new(),
        slowest: Some(slowest()),
        warnings: Vec::new(),
        timing: Timing::default(),
    }
}

/// Half past noon, when all that was ordered still booted.
fn slowest() -> Slowest {
    let then = |cluster: &str, asked, ready| ReplicasThen {
        cluster: cluster.into(),
        asked,
        ready,
        pending: u64::from(asked) - ready,
    };
    Slowest {
        at_ms: UnixMs(START_MS + 45_000_000),
        until_ms: UnixMs(START_MS + 45_060_000),
        workload: "shop/web".into(),
        delay_us: 9_000_000,
        queued: 120,
        demand_milli: 20_000,
        clusters: vec![then("dc-berlin", 14, 14), then("eks-frankfurt", 5, 1)],
        decision: Some(DecisionThen {
            at_ms: UnixMs(START_MS + 45_045_000),
            plan: WorkloadPlan {
                id: "shop/web".into(),
                desired: 21,
                unplaced: 2,
                ..WorkloadPlan::default()
            },
            rationale: WorkloadRationale {
                id: "shop/web".into(),
                unplaced: vec![Unplaced {
                    replicas: 2,
                    cluster: None,
                    reason: UnplacedReason::MoneyCap,
                    detail: "1 USD an hour".into(),
                }],
                ..WorkloadRationale::default()
            },
        }),
    }
}

fn meta(style: Style, minutes: usize) -> RunMeta {
    RunMeta {
        name: style.name.into(),
        autoscaler: "spillway".into(),
        inputs: vec![
            InputName {
                role: "world".into(),
                name: "worlds/shop.yaml".into(),
            },
            InputName {
                role: "policy".into(),
                name: "policies/overflow.yaml".into(),
            },
            InputName {
                role: "trace".into(),
                name: "traces/monday.csv".into(),
            },
        ],
        seed: 42,
        mode: spillway_sim::config::Mode::Requests,
        point_process: Some("Poisson".into()),
        load: LoadNotes::default(),
        start_ms: UnixMs(START_MS),
        horizon_ms: Millis(u64::try_from(minutes).expect("few") * INTERVAL_MS),
        interval_ms: Millis(INTERVAL_MS),
        clusters: vec![
            ClusterName {
                name: "dc-berlin".into(),
                tier: Tier::Private,
            },
            ClusterName {
                name: "eks-frankfurt".into(),
                tier: Tier::Public,
            },
        ],
        versions: Versions {
            core: "0.1.0".into(),
            backend: "microlp 0.6.0".into(),
            tzdata: "2026b".into(),
        },
    }
}
