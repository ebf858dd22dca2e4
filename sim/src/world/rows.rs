//! The rows of the time series, and the money behind them.
//!
//! Money is a function of the time since the start; a row has the difference of two totals.

use spillway_solver::policy::Tier;
use spillway_solver::units::MicroUsd;

use super::billing::{egress_cost, life_cost, marginal_cost};
use super::ledger::NodeMoney;
use super::state::State;
use crate::config::EgressSource;
use crate::queue::{Counts, Delays};
use crate::record::{DelayQuantiles, Interval, MoneySpent, WorkloadInterval};
use crate::time::Nanos;

/// Nanoseconds in an hour.
const HOUR_NS: u128 = 3_600_000_000_000;

/// Thousandths in one.
const MILLI: u128 = 1_000;

/// The series so far, and where its last row ended.
#[derive(Default)]
pub(super) struct Rows {
    /// The rows, whose lists are empty until [`Rows::fill`].
    pub(super) closed: Vec<Interval>,
    /// The lists of all rows in one piece: small ones that stay would leave the memory that ticks take and give back
    /// in scattered pieces, and a long run would spend its time in finding them.
    workloads: Vec<WorkloadInterval>,
    ready_milli: Vec<u64>,
    from: Nanos,
    money: MoneySpent,
    counts: Vec<Counts>,
    /// Service time that had flowed in by then.
    flowed_in_ns: Vec<u128>,
    /// Intervals of each workload in which a request ended or waited.
    pub(super) busy_intervals: Vec<u64>,
    /// Those whose delay exceeded the objective.
    pub(super) late_intervals: Vec<u64>,
    /// How long each workload's objective was missed, each time.
    late_spells: Vec<Vec<Nanos>>,
    /// Since when it has been.
    late_since: Vec<Option<Nanos>>,
}

impl Rows {
    /// Where the last row ended.
    pub(super) fn end(&self) -> Nanos {
        self.from
    }

    /// Money of all rows.
    pub(super) fn money(&self) -> MoneySpent {
        self.money
    }

    /// How long objectives were missed, of all workloads or of one, to the interval. What has not
    /// ended does not count.
    pub(super) fn recoveries(&self, workload: Option<usize>) -> Delays {
        let mut recoveries = Delays::new(Nanos::MAX);
        let wanted = |index: usize| workload.is_none_or(|workload| workload == index);
        let spells = self.late_spells.iter().enumerate();
        for (_, spells) in spells.filter(|(index, _)| wanted(*index)) {
            for spell in spells {
                recoveries.record(*spell);
            }
        }
        recoveries
    }

    /// Ends the current row now, unless it would be empty.
    pub(super) fn close(&mut self, state: &mut State) {
        let (from, now) = (self.from, state.now);
        if now == from {
            return;
        }
        let workloads = state.setup.workloads.len();
        self.counts.resize(workloads, Counts::default());
        self.flowed_in_ns.resize(workloads, 0);
        self.busy_intervals.resize(workloads, 0);
        self.late_intervals.resize(workloads, 0);
        self.late_spells.resize(workloads, Vec::new());
        self.late_since.resize(workloads, None);
        let span = u128::from((now - from).0);
        for workload in 0..workloads {
            let row = self.workload(state, workload, span);
            self.workloads.push(row);
        }
        let ledger = &mut state.ledger;
        for (total, used) in ledger.milli_core_ns.iter_mut().zip(&mut ledger.used_cpu) {
            *total += used.take(now);
        }
        ledger.leak_ns += ledger.leak.take(now);
        ledger.private_idle_ns += ledger.private_idle.take(now);
        let public_nodes_milli = mean_milli(ledger.public_nodes.take(now), span);
        state.count_idle_cpu(now);
        let money = state.money_spent();
        self.closed.push(Interval {
            at_ms: state.unix_ms(from),
            money: difference(money, self.money),
            public_nodes_milli,
            workloads: Vec::new(),
        });
        self.money = money;
        self.from = now;
    }

    /// The last row so far and what it says of each workload, which [`Rows::fill`] has not given it yet.
    pub(super) fn last(&self, state: &State) -> Option<(&Interval, &[WorkloadInterval])> {
        let from = self
            .workloads
            .len()
            .checked_sub(state.setup.workloads.len())?;
        Some((self.closed.last()?, &self.workloads[from..]))
    }

    /// Gives each row its lists, after the last one.
    pub(super) fn fill(&mut self, state: &State) {
        let workloads = state.setup.workloads.len();
        let clusters = state.setup.clusters.len();
        let mut ready_milli = std::mem::take(&mut self.ready_milli).into_iter();
        let mut all = std::mem::take(&mut self.workloads).into_iter();
        for row in &mut self.closed {
            row.workloads = all.by_ref().take(workloads).collect();
            for workload in &mut row.workloads {
                workload.ready_milli = ready_milli.by_ref().take(clusters).collect();
            }
        }
    }

    fn workload(&mut self, state: &mut State, workload: usize, span: u128) -> WorkloadInterval {
        let now = state.now;
        let ledger = &mut state.ledger;
        let ready_ns: Vec<u128> = ledger.ready[workload]
            .iter_mut()
            .map(|ready| ready.take(now))
            .collect();
        for (total, ready_ns) in ledger.replica_ns[workload].iter_mut().zip(&ready_ns) {
            *total += ready_ns;
        }
        let ready_milli = ready_ns.into_iter().map(|ready| mean_milli(ready, span));
        self.ready_milli.extend(ready_milli);
        let demand_ns = std::mem::take(&mut ledger.demand_ns[workload]);
        let pending_ns = ledger.not_ready[workload].take(now);
        let at_once = u128::from(state.setup.workloads[workload].at_once);
        let queue = &mut state.queues[workload];
        queue.advance(now);
        let flowed_in_ns = queue.flowed_in_ns();
        let before_ns = std::mem::replace(&mut self.flowed_in_ns[workload], flowed_in_ns);
        let demand_ns = demand_ns + flowed_in_ns - before_ns;
        let counts = queue.counts();
        let before = std::mem::replace(&mut self.counts[workload], counts);
        let oldest = queue.oldest_wait();
        let p95 = queue.interval_delays().quantile(0.95);
        let delay = quantiles(queue.interval_delays(), p95);
        let served = queue.interval_delays().count();
        let refused = counts.dropped - before.dropped;
        queue.begin_interval();
        if let Some(objective) = state.setup.workloads[workload].objective {
            let longest = p95.max(oldest);
            // More than a twentieth refused: the 95th percentile of all that came waits for ever.
            let late = longest.is_some_and(|delay| delay > objective)
                || u128::from(refused) * 20 > u128::from(served) + u128::from(refused);
            self.busy_intervals[workload] += u64::from(longest.is_some() || refused > 0);
            self.late_intervals[workload] += u64::from(late);
            self.note_spell(workload, late);
        }
        WorkloadInterval {
            demand_milli: mean_milli(demand_ns, span * at_once),
            ready_milli: Vec::new(),
            pending_milli: mean_milli(pending_ns, span),
            arrived: counts.arrivals - before.arrivals,
            done: counts.done - before.done,
            queued: counts.queued,
            oldest_us: oldest.map_or(0, |oldest| oldest.0 / 1_000),
            delay,
        }
    }

    /// The row that begins at `from` missed the objective or kept it.
    fn note_spell(&mut self, workload: usize, late: bool) {
        if late {
            self.late_since[workload].get_or_insert(self.from);
        } else if let Some(since) = self.late_since[workload].take() {
            self.late_spells[workload].push(self.from - since);
        }
    }
}

impl State {
    /// What all nodes have cost so far, by kind.
    pub(super) fn node_money(&self) -> NodeMoney {
        let mut money = self.ledger.closed_bills;
        for node in &self.ledger.open_bills {
            let cost = life_cost(&self.nodes[*node].prices, self.unix_ms(self.now));
            money.add(self.group(*node).capacity_type, cost);
        }
        money
    }

    /// What money caps count: nodes, and what public clusters have sent as far as the gauges
    /// were taken.
    pub(super) fn capped_money(&self) -> MicroUsd {
        let public = self.setup.clusters.iter().enumerate();
        let public = public.filter(|(_, cluster)| cluster.tier == Tier::Public);
        public
            .map(|(index, cluster)| egress_cost(cluster.egress_per_gib, self.egress_bytes(index)))
            .fold(self.node_money().total(), MicroUsd::saturating_add)
    }

    /// Everything that was paid so far, as far as the gauges were taken.
    fn money_spent(&self) -> MoneySpent {
        let nodes = self.node_money();
        let mut spent = MoneySpent {
            on_demand: nodes.on_demand,
            spot: nodes.spot,
            ..MoneySpent::default()
        };
        for (index, cluster) in self.setup.clusters.iter().enumerate() {
            let milli_core_ns = self.ledger.milli_core_ns[index];
            let marginal = marginal_cost(cluster.marginal_per_core, milli_core_ns);
            spent.marginal = spent.marginal.saturating_add(marginal);
            let egress = egress_cost(cluster.egress_per_gib, self.egress_bytes(index));
            spent.egress = spent.egress.saturating_add(egress);
        }
        spent
    }

    fn egress_bytes(&self, cluster: usize) -> u128 {
        let workloads = self.setup.workloads.iter().enumerate();
        let bytes = workloads.map(|(index, workload)| match workload.egress {
            EgressSource::Requests => u128::from(self.queues[index].bytes(cluster)),
            EgressSource::Replicas => {
                let per_hour = u128::from(workload.egress_per_hour.0);
                per_hour * self.ledger.replica_ns[index][cluster] / HOUR_NS
            }
        });
        bytes.sum()
    }

    fn count_idle_cpu(&mut self, now: Nanos) {
        let ledger = &mut self.ledger;
        let used = ledger.public_used_cpu.take(now);
        let allocatable = ledger.public_cpu.take(now);
        ledger.public_core_ns += allocatable;
        ledger.public_idle_ns += allocatable.saturating_sub(used);
    }
}

fn mean_milli(integral: u128, span: u128) -> u64 {
    u64::try_from(integral * MILLI / span).unwrap_or(u64::MAX)
}

fn difference(now: MoneySpent, before: MoneySpent) -> MoneySpent {
    let less = |now: MicroUsd, before: MicroUsd| now.saturating_sub(before);
    MoneySpent {
        on_demand: less(now.on_demand, before.on_demand),
        spot: less(now.spot, before.spot),
        marginal: less(now.marginal, before.marginal),
        egress: less(now.egress, before.egress),
    }
}

fn quantiles(delays: &Delays, p95: Option<Nanos>) -> Option<DelayQuantiles> {
    Some(DelayQuantiles {
        p50_us: delays.quantile(0.5)?.0 / 1_000,
        p95_us: p95?.0 / 1_000,
        p99_us: delays.quantile(0.99)?.0 / 1_000,
    })
}
