//! Made-up runs for tests of the outputs: a day (or more) of two workloads on a private cloud that is too small.
//!
//! The figures hang together roughly, as a real run's would; no simulation is behind them.

mod record;

use spillway_sim::decisions::{Change, ClusterChange, Code, Why};
use spillway_sim::record::{DelayQuantiles, Interval, MoneySpent, NodeLife, WorkloadInterval};
use spillway_sim::report::Run;
use spillway_solver::decision::{ScalingReason, SpillReason};
use spillway_solver::policy::CapacityType;
use spillway_solver::units::{MicroUsd, MicroUsdPerHour, Millis, UnixMs};

use record::{Tally, record};

/// 4 May 2026, 00:00 UTC.
const START_MS: i64 = 1_777_852_800_000;
const INTERVAL_MS: u64 = 60_000;
/// Replicas that fit at home.
const HOME: f64 = 14.0;

/// How a made-up autoscaler behaves.
#[derive(Clone, Copy)]
pub struct Style {
    pub name: &'static str,
    /// Replicas it may add in public.
    pub public: f64,
    /// Minutes it lags behind demand.
    pub lag: usize,
    /// Replicas for each one demanded.
    pub headroom: f64,
}

pub const STYLES: [Style; 3] = [
    Style {
        name: "spillway",
        public: 100.0,
        lag: 3,
        headroom: 1.2,
    },
    Style {
        name: "threshold-burst",
        public: 100.0,
        lag: 12,
        headroom: 1.7,
    },
    Style {
        name: "private-only",
        public: 0.0,
        lag: 3,
        headroom: 1.2,
    },
];

/// One run of so many minutes.
pub fn run(style: Style, minutes: usize) -> Run {
    let mut random = 7_u64;
    let mut noise = move || {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(random >> 33).expect("31 bits")) / f64::from(1_u32 << 31)
    };
    let demand: Vec<f64> = (0..minutes)
        .map(|minute| {
            let hour = f64::from(u32::try_from(minute).expect("few")) / 60.0;
            let day = 1.0 - (std::f64::consts::TAU * (hour - 3.0) / 24.0).cos();
            let lunch = 9.0 * (-((hour % 24.0 - 12.4) / 0.4).powi(2)).exp();
            (3.0 + 8.5 * day + lunch) * (0.94 + 0.12 * noise())
        })
        .collect();
    let mut series = Vec::new();
    let mut nodes: Vec<NodeLife> = Vec::new();
    let mut changes = Vec::new();
    let mut before = (0_u32, 0_u32);
    let mut tally = Tally::default();
    for minute in 0..minutes {
        let at_ms = UnixMs(START_MS + i64::try_from(minute).expect("few") * 60_000);
        let wanted = (demand[minute.saturating_sub(style.lag)] * style.headroom).ceil();
        let home = wanted.min(HOME);
        let public = (wanted - HOME).clamp(0.0, style.public);
        let pending = (wanted - home - public).max(0.0);
        tally.backlog = (tally.backlog + (demand[minute] - home - public) * 60.0).max(0.0);
        let wait_s = tally.backlog / (home + public).max(1.0)
            + 0.02 * demand[minute] / (home + public).max(1.0);
        let milli = |value: f64| whole(value * 1e3);
        let mut row = |share: f64| WorkloadInterval {
            demand_milli: milli(demand[minute] * share),
            ready_milli: vec![milli(home * share), milli(public * share)],
            pending_milli: milli(pending * share),
            arrived: whole(demand[minute] * share * 120.0),
            done: whole(demand[minute] * share * 120.0),
            queued: whole(tally.backlog * share * 2.0),
            oldest_us: whole(tally.backlog * 1e6 / 40.0),
            delay: Some(DelayQuantiles {
                p50_us: whole(wait_s * 0.2e6 * (0.7 + 0.6 * noise())),
                p95_us: whole(wait_s * 1e6 * (0.7 + 0.6 * noise())),
                p99_us: whole(wait_s * 3e6 * (0.7 + 0.6 * noise())),
            }),
        };
        let rows = vec![row(0.7), row(0.3)];
        tally.asked += rows[0].arrived;
        tally.late += if wait_s > 2.0 {
            rows[0].arrived
        } else {
            rows[0].arrived / 900
        };
        tally.ready_time.private_ms += milli(home) * 60;
        tally.ready_time.public_ms += milli(public) * 60;
        let wanted_nodes = whole((public / 3.0).ceil());
        grow(&mut nodes, wanted_nodes, at_ms);
        let on_demand = wanted_nodes.min(1);
        let money = MoneySpent {
            on_demand: micro(on_demand * 3_200),
            spot: micro((wanted_nodes - on_demand) * 1_250),
            marginal: micro(whole(home * 30.0)),
            egress: micro(whole(public * 45.0)),
        };
        tally.spent = MoneySpent {
            on_demand: tally.spent.on_demand.saturating_add(money.on_demand),
            spot: tally.spent.spot.saturating_add(money.spot),
            marginal: tally.spent.marginal.saturating_add(money.marginal),
            egress: tally.spent.egress.saturating_add(money.egress),
        };
        series.push(Interval {
            at_ms,
            money,
            public_nodes_milli: wanted_nodes * 1_000,
            workloads: rows,
        });
        let now = (small(home), small(public));
        if now != before {
            changes.push(change(at_ms, before, now));
            before = now;
        }
    }
    Run {
        record: record(style, minutes, &tally, series, nodes, changes.len()),
        changes,
    }
}

fn grow(nodes: &mut Vec<NodeLife>, wanted: u64, at_ms: UnixMs) {
    let mut running: Vec<usize> = (0..nodes.len())
        .filter(|i| nodes[*i].until_ms.is_none())
        .collect();
    while u64::try_from(running.len()).expect("few") > wanted {
        let last = running.pop().expect("more than wanted");
        nodes[last].until_ms = Some(at_ms);
        nodes[last].interrupted = last % 9 == 5;
    }
    for _ in u64::try_from(running.len()).expect("few")..wanted {
        let first = nodes.iter().all(|node| node.until_ms.is_some());
        nodes.push(NodeLife {
            cluster: "eks-frankfurt".into(),
            group: if first {
                "general".into()
            } else {
                "general-spot".into()
            },
            node: format!("ip-10-0-3-{}", nodes.len()),
            capacity_type: if first {
                CapacityType::OnDemand
            } else {
                CapacityType::Spot
            },
            from_ms: at_ms,
            ready_ms: Some(at_ms.plus(Millis(140_000))),
            until_ms: None,
            interrupted: false,
            price: MicroUsdPerHour(if first { 192_000 } else { 75_000 }),
            repriced: Vec::new(),
        });
    }
}

fn change(at_ms: UnixMs, before: (u32, u32), now: (u32, u32)) -> Change {
    let target = |cluster: &str, from, to| {
        (from != to).then(|| ClusterChange {
            cluster: cluster.into(),
            from,
            to,
        })
    };
    let (from, to) = (before.0 + before.1, now.0 + now.1);
    let scaling = if to > from {
        ScalingReason::QueueDrain
    } else {
        ScalingReason::MetricsBelowTarget
    };
    let mut why = vec![Why {
        code: Code::Scaling(scaling),
        detail: format!("{from} → {to}"),
    }];
    if now.1 > before.1 {
        let detail = format!(
            "{} in eks-frankfurt: largest free room in dc-berlin is 0.4 of 2 cores",
            now.1
        );
        why.push(Why {
            code: Code::Spill(SpillReason::NoRoom),
            detail,
        });
    }
    Change {
        at_ms,
        workload: "shop/web".into(),
        clusters: [
            target("dc-berlin", before.0, now.0),
            target("eks-frankfurt", before.1, now.1),
        ]
        .into_iter()
        .flatten()
        .collect(),
        unplaced: 0,
        why,
        cost: MicroUsdPerHour(25_200 * i64::from(now.0) + 70_000 * i64::from(now.1)),
    }
}

fn micro(value: u64) -> MicroUsd {
    MicroUsd(i64::try_from(value).expect("little money"))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "made-up figures are small and positive"
)]
fn whole(value: f64) -> u64 {
    value.round() as u64
}

fn small(value: f64) -> u32 {
    u32::try_from(whole(value)).expect("few replicas")
}
