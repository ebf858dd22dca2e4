//! The totals of a finished run, from its rows, queues and nodes.

use spillway_solver::policy::Tier;

use super::elasticity::{elasticity, pairs, reactions};
use super::queue::Queue;
use super::rows::Rows;
use super::setup::Workload;
use super::state::State;
use crate::queue::Delays;
use crate::record::{
    Churn, ClassSummary, NodeLife, ObjectiveKept, Quantiles, ReplicaTime, Repriced, Requests,
    Summary, Waste, WorkloadSummary,
};
use crate::time::Nanos;

/// Nanoseconds in a millisecond.
const MS_NS: u128 = 1_000_000;

/// Totals of the run and of each workload; the last row is closed. `classes` are the names of the trace's classes.
pub(super) fn summarize(
    state: &State,
    rows: &Rows,
    classes: &[String],
) -> (Summary, Vec<WorkloadSummary>) {
    let workloads: Vec<WorkloadSummary> = (0..state.setup.workloads.len())
        .map(|workload| summarize_workload(state, rows, workload, classes))
        .collect();
    let all = 0..workloads.len();
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
        elasticity: elasticity(&pairs(&rows.closed, &all), minutes(rows)),
        reaction: quantiles(&reactions(&rows.closed, all)),
        recovery: quantiles(&rows.recoveries(None)),
        waste: Waste {
            public_core_ms: in_ms(state.ledger.public_core_ns),
            private_idle_core_ms: in_ms(state.ledger.private_idle_ns),
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

fn summarize_workload(
    state: &State,
    rows: &Rows,
    index: usize,
    classes: &[String],
) -> WorkloadSummary {
    let alone = index..index + 1;
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
        elasticity: elasticity(&pairs(&rows.closed, &alone), minutes(rows)),
        churn: state.ledger.workloads[index],
        reaction: quantiles(&reactions(&rows.closed, alone)),
        recovery: quantiles(&rows.recoveries(Some(index))),
        forecast: None,
        classes: by_class(queue, workload, classes),
    }
}

/// Requests by class; the rate mode knows none.
fn by_class(queue: &Queue, workload: &Workload, names: &[String]) -> Vec<ClassSummary> {
    let Queue::Requests(queue) = queue else {
        return Vec::new();
    };
    let classes = queue.observer().classes.named(names);
    let classes = classes.map(|(class, delays)| ClassSummary {
        class: class.to_owned(),
        late: workload
            .objective
            .map(|_| delays.queue_delays.above_objective()),
        queue_delay: quantiles(&delays.queue_delays),
        sojourn: quantiles(&delays.sojourns),
    });
    classes.collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a report's figure, never fed back into the run"
)]
fn minutes(rows: &Rows) -> f64 {
    rows.end().0 as f64 / 6e10
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
