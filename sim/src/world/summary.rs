//! The totals of a finished run, from its rows, queues and nodes.

use spillway_solver::policy::Tier;

use super::rows::Rows;
use super::setup::Workload;
use super::state::State;
use crate::queue::Delays;
use crate::record::{
    Churn, Elasticity, Interval, NodeLife, ObjectiveKept, Quantiles, ReplicaTime, Repriced,
    Requests, Summary, Waste, WorkloadInterval, WorkloadSummary,
};
use crate::time::Nanos;

/// Nanoseconds in a millisecond.
const MS_NS: u128 = 1_000_000;

/// Totals of the run and of each workload; the last row is closed.
pub(super) fn summarize(state: &State, rows: &Rows) -> (Summary, Vec<WorkloadSummary>) {
    let workloads: Vec<WorkloadSummary> = (0..state.setup.workloads.len())
        .map(|workload| summarize_workload(state, rows, workload))
        .collect();
    let mut delays = Delays::new(Nanos::MAX);
    let mut sojourns = Delays::new(Nanos::MAX);
    for queue in &state.queues {
        delays.add(queue.queue_delays());
        sojourns.add(queue.sojourns());
    }
    let mut total = Summary {
        money: rows.money(),
        queue_delay: quantiles(&delays),
        sojourn: quantiles(&sojourns),
        elasticity: elasticity(&pairs(&rows.closed, 0..workloads.len())),
        reaction: quantiles(&reactions(rows, workloads.len())),
        waste: Waste {
            public_idle_core_ms: in_ms(state.ledger.public_idle_ns),
            leak_replica_ms: in_ms(state.ledger.leak_ns),
        },
        ..Summary::default()
    };
    for workload in &workloads {
        add_requests(&mut total.requests, workload.requests);
        add_objective(&mut total.objective, workload.objective);
        total.replica_time.private_ms += workload.replica_time.private_ms;
        total.replica_time.public_ms += workload.replica_time.public_ms;
        add_churn(&mut total.churn, workload.churn);
    }
    total.churn.node_starts = state.ledger.node_starts;
    total.churn.node_stops = state.ledger.node_stops;
    (total, workloads)
}

/// Every node, by cluster, group and order.
pub(super) fn node_lives(state: &State) -> Vec<NodeLife> {
    let mut lives: Vec<NodeLife> = state
        .nodes
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let group = state.group(index);
            NodeLife {
                cluster: state.setup.clusters[node.cluster].name.clone(),
                group: group.name.clone(),
                node: node.name.clone(),
                capacity_type: group.capacity_type,
                from_ms: state.unix_ms(node.ordered_at),
                ready_ms: node.up_at.map(|at| state.unix_ms(at)),
                until_ms: node.gone_at.map(|at| state.unix_ms(at)),
                interrupted: node.taken,
                price: node.prices[0].1,
                repriced: node.prices[1..]
                    .iter()
                    .map(|(at_ms, price)| Repriced {
                        at_ms: *at_ms,
                        price: *price,
                    })
                    .collect(),
            }
        })
        .collect();
    lives.sort_by(|a, b| (&a.cluster, &a.group, a.from_ms).cmp(&(&b.cluster, &b.group, b.from_ms)));
    lives
}

fn summarize_workload(state: &State, rows: &Rows, index: usize) -> WorkloadSummary {
    let workload = &state.setup.workloads[index];
    let queue = &state.queues[index];
    let counts = queue.counts();
    let time = |tier| in_ms(state.ledger.replica_ns_in(&state.setup, index, tier));
    WorkloadSummary {
        id: workload.id.clone(),
        objective_ms: workload
            .objective
            .map(|objective| spillway_solver::units::Millis(objective.as_millis())),
        requests: Requests {
            arrived: counts.arrivals,
            done: counts.done,
            queued: counts.queued,
            in_service: counts.in_service,
            dropped: counts.dropped,
        },
        objective: objective(state, rows, index, workload),
        queue_delay: quantiles(queue.queue_delays()),
        sojourn: quantiles(queue.sojourns()),
        replica_time: ReplicaTime {
            private_ms: time(Tier::Private),
            public_ms: time(Tier::Public),
        },
        elasticity: elasticity(&pairs(&rows.closed, index..index + 1)),
        churn: state.ledger.workloads[index],
    }
}

fn objective(state: &State, rows: &Rows, index: usize, workload: &Workload) -> ObjectiveKept {
    let Some(objective) = workload.objective else {
        return ObjectiveKept::default();
    };
    let queue = &state.queues[index];
    let counts = queue.counts();
    ObjectiveKept {
        requests: counts.arrivals,
        requests_late: queue.queue_delays().above_objective()
            + queue.waiting_longer_than(objective)
            + counts.dropped,
        intervals: rows.busy_intervals.get(index).copied().unwrap_or(0),
        intervals_late: rows.late_intervals.get(index).copied().unwrap_or(0),
    }
}

/// Replicas demanded (offered load, rounded up) and Ready, in each interval.
fn pairs(rows: &[Interval], workloads: std::ops::Range<usize>) -> Vec<(f64, f64)> {
    let demanded = |workload: &WorkloadInterval| whole(workload.demand_milli).ceil();
    let ready = |workload: &WorkloadInterval| whole(workload.ready_milli.iter().sum());
    rows.iter()
        .map(|row| {
            let here = &row.workloads[workloads.clone()];
            (
                here.iter().map(demanded).sum(),
                here.iter().map(ready).sum(),
            )
        })
        .collect()
}

fn elasticity(pairs: &[(f64, f64)]) -> Elasticity {
    let count = pairs.len().max(1);
    let changes = pairs.len().saturating_sub(1).max(1);
    let mean = |of: fn(f64, f64) -> f64| {
        pairs
            .iter()
            .map(|(demand, supply)| of(*demand, *supply))
            .sum::<f64>()
            / float(count)
    };
    let apart = pairs.windows(2).filter(|pair| {
        let (demand, supply) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
        demand * supply < 0.0
    });
    Elasticity {
        missing_replicas: mean(|demand, supply| (demand - supply).max(0.0)),
        spare_replicas: mean(|demand, supply| (supply - demand).max(0.0)),
        under_time_percent: 100.0 * mean(|demand, supply| f64::from(u8::from(demand > supply))),
        over_time_percent: 100.0 * mean(|demand, supply| f64::from(u8::from(supply > demand))),
        instability_percent: 100.0 * float(apart.count()) / float(changes),
    }
}

/// For each time that a workload's demand exceeded its Ready replicas: how long it did, to the
/// interval. What has not ended at the horizon does not count.
fn reactions(rows: &Rows, workloads: usize) -> Delays {
    let mut reactions = Delays::new(Nanos::MAX);
    for workload in 0..workloads {
        let mut began = None;
        for (row, (demand, supply)) in rows
            .closed
            .iter()
            .zip(pairs(&rows.closed, workload..workload + 1))
        {
            if demand > supply {
                began.get_or_insert(row.at_ms);
            } else if let Some(began) = began.take() {
                reactions.record(Nanos::from_millis(row.at_ms.since(began).0));
            }
        }
    }
    reactions
}

fn quantiles(delays: &Delays) -> Quantiles {
    let at = |quantile| delays.quantile(quantile).map_or(0, |delay| delay.0 / 1_000);
    let mean_ns = delays
        .sum_ns()
        .checked_div(delays.count().into())
        .unwrap_or(0);
    Quantiles {
        count: delays.count(),
        mean_us: u64::try_from(mean_ns / 1_000).unwrap_or(u64::MAX),
        p50_us: at(0.5),
        p95_us: at(0.95),
        p99_us: at(0.99),
        p999_us: at(0.999),
        max_us: delays.max().0 / 1_000,
    }
}

fn add_requests(total: &mut Requests, more: Requests) {
    total.arrived += more.arrived;
    total.done += more.done;
    total.queued += more.queued;
    total.in_service += more.in_service;
    total.dropped += more.dropped;
}

fn add_objective(total: &mut ObjectiveKept, more: ObjectiveKept) {
    total.requests += more.requests;
    total.requests_late += more.requests_late;
    total.intervals += more.intervals;
    total.intervals_late += more.intervals_late;
}

fn add_churn(total: &mut Churn, more: Churn) {
    total.actions += more.actions;
    total.replica_starts += more.replica_starts;
    total.replica_stops += more.replica_stops;
    total.moves += more.moves;
    total.reversals += more.reversals;
}

fn in_ms(ns: u128) -> u64 {
    u64::try_from(ns / MS_NS).unwrap_or(u64::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a report's figure, never fed back into the run"
)]
fn whole(milli: u64) -> f64 {
    milli as f64 / 1_000.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a report's figure, never fed back into the run"
)]
fn float(count: usize) -> f64 {
    count as f64
}
