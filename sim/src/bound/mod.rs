//! The least that any policy could have paid for what a run did: `docs/bound.md`.
//!
//! The world counts arrivals as they come ([`Arrivals`]); at the end of the run they are made
//! into the curves of [`spillway_solver::bound`], together with what the run did of them.

mod arrivals;
mod rates;

pub(crate) use arrivals::Arrivals;

use spillway_solver::bound::{Horizon, Nodes, Work, least_cost};
use spillway_solver::policy::{CapacityType, ClusterSpec, GroupSpec, Grower, WorkloadSpec};
use spillway_solver::resources::Resources;
use spillway_solver::units::{Bytes, MicroUsd};

use crate::config::{EgressSource, RunConfig, WorldWorkload, takes};
use crate::queue::Course;
use crate::time::Nanos;
use crate::world::billing::MINIMUM_MS;

/// What a run did of one workload.
#[derive(Debug)]
pub(crate) struct Done {
    pub load: Load,
    /// The objective; the longest time where there is none.
    pub objective: Nanos,
    /// Replicas that were stopped.
    pub replica_stops: u64,
}

/// What came, and what became of it.
#[derive(Debug)]
pub(crate) enum Load {
    Requests {
        /// All requests that came until the end.
        arrivals: Arrivals,
        /// Service time of the requests that are done.
        served_ns: u128,
        /// Service time of those among them whose queue delay exceeded the objective.
        late_ns: u128,
        /// The longest queue delay of a request that is done.
        longest_delay: Nanos,
    },
    Rates(Course),
}

impl Load {
    fn shift(&self, end: Nanos) -> u32 {
        match self {
            Self::Requests { arrivals, .. } => arrivals.shift(end),
            Self::Rates(course) => course.shift_until(end),
        }
    }

    /// The longest service; how long a fluid's may take is not known.
    fn longest_service(&self) -> Nanos {
        match self {
            Self::Requests { arrivals, .. } => arrivals.longest,
            Self::Rates(_) => Nanos(u64::MAX),
        }
    }
}

/// Service time by the ends of the bins: what may be done by then, and what must be.
struct Curves {
    arrived: Vec<u128>,
    due: Vec<u128>,
    /// All that is done.
    served: u128,
}

/// The bills of nodes and clusters are rounded down, and a node's instants to the millisecond:
/// together less than two micro-dollars each.
const ROUNDING: i64 = 2;

/// Nanoseconds in an hour.
const HOUR_NS: u128 = 3_600_000_000_000;

/// Bytes in a GiB, the unit of egress prices.
const GIB: u128 = 1 << 30;

/// The work of a run, and where it could have been done.
#[derive(Debug)]
pub(crate) struct Judged {
    pub horizon: Horizon,
    uncounted_egress: i64,
    clusters: usize,
}

/// Of a run that ended at `end` and did this of each workload (by id).
pub(crate) fn judge(config: &RunConfig, end: Nanos, done: Vec<Done>) -> Judged {
    let mut specs: Vec<&WorkloadSpec> = config.policy.workloads.iter().collect();
    specs.sort_by_key(|spec| &spec.id);
    let shift = done.iter().map(|done| done.load.shift(end)).max();
    let shift = shift.unwrap_or(0);
    let mut horizon = Horizon {
        bin_ns: 1 << shift,
        ..Horizon::default()
    };
    (horizon.owned, horizon.rented) = nodes(config, &specs);
    let mut uncounted = 0;
    for (spec, done) in specs.into_iter().zip(done) {
        let listed = listed(config, spec);
        uncounted += uncounted_egress(config, spec, &listed, &done);
        horizon.works.push(work(spec, &listed, done, shift, end));
    }
    Judged {
        horizon,
        uncounted_egress: uncounted,
        clusters: config.policy.clusters.len(),
    }
}

impl Judged {
    /// The bound for a run that paid for so many nodes.
    pub(crate) fn least_money(self, paid_nodes: usize) -> MicroUsd {
        let mut horizon = self.horizon;
        let with_egress = least_cost(&horizon).0.saturating_sub(self.uncounted_egress);
        for work in &mut horizon.works {
            work.egress_per_hour = Bytes(0);
        }
        let least = match self.uncounted_egress {
            0 => with_egress,
            _ => with_egress.max(least_cost(&horizon).0),
        };
        let bills = paid_nodes.saturating_add(self.clusters);
        let rounding = i64::try_from(bills).unwrap_or(i64::MAX);
        MicroUsd(
            least
                .saturating_sub(rounding.saturating_mul(ROUNDING))
                .max(0),
        )
    }
}

/// Owned and rented nodes.
fn nodes(config: &RunConfig, specs: &[&WorkloadSpec]) -> (Vec<Nodes>, Vec<Nodes>) {
    let (mut owned, mut rented) = (Vec::new(), Vec::new());
    for cluster in &config.policy.clusters {
        for group in &cluster.groups {
            let nodes = Nodes {
                room: group.allocatable.minus(&group.daemons),
                count: most_nodes(config, cluster, group),
                price: group.price,
                marginal_per_core: cluster.marginal_per_core,
                egress_per_gib: cluster.egress_per_gib,
                takes: specs.iter().map(|spec| takes(group, spec)).collect(),
                start_ns: least_start(config, cluster, group).0,
                least_paid_ns: MINIMUM_MS * 1_000_000,
            };
            match group.capacity_type {
                CapacityType::Owned => owned.push(nodes),
                CapacityType::OnDemand | CapacityType::Spot => rented.push(nodes),
            }
        }
    }
    (owned, rented)
}

/// The least time from the order of a node of a group until a replica on it is Ready: nothing where nodes are up at the
/// start, and no boot where boots are drawn.
fn least_start(config: &RunConfig, cluster: &ClusterSpec, group: &GroupSpec) -> Nanos {
    if initial_nodes(config, cluster, group) > 0 {
        return Nanos::ZERO;
    }
    let (p50, p95) = (group.boot.p50_ms.0, group.boot.p95_ms.0);
    let boot = if p95 <= p50 { p50 } else { 0 };
    let pods = config.world.pods;
    Nanos::from_millis(boot) + pods.image_pull.0 + pods.readiness.0
}

fn initial_nodes(config: &RunConfig, cluster: &ClusterSpec, group: &GroupSpec) -> u32 {
    let worlds = config.world.clusters.iter();
    let worlds = worlds.filter(|listed| listed.name == cluster.name);
    let groups = worlds.flat_map(|listed| &listed.groups);
    let initial = groups.filter(|listed| listed.name == group.name);
    let initial = initial.map(|listed| listed.initial_nodes);
    initial.max().unwrap_or(0)
}

/// Most nodes of a group that ever exist at once.
fn most_nodes(config: &RunConfig, cluster: &ClusterSpec, group: &GroupSpec) -> u32 {
    let initial = initial_nodes(config, cluster, group);
    match group.grower {
        Grower::Nobody => initial,
        Grower::NodeAutoscaler => initial.max(group.max_nodes),
    }
}

fn listed(config: &RunConfig, spec: &WorkloadSpec) -> WorldWorkload {
    let mut listed = config.world.workloads.iter();
    let listed = listed.find(|listed| listed.id == spec.id).cloned();
    listed.unwrap_or_else(|| WorldWorkload::unlisted(spec.id.clone()))
}

/// The work of a workload in replica-time: a replica does as much in a nanosecond as it serves
/// requests at once, in full batches of which none waits for another. What is allowed is rounded
/// up and what is asked for down.
fn work(spec: &WorkloadSpec, listed: &WorldWorkload, done: Done, shift: u32, end: Nanos) -> Work {
    let at_once = u128::from(listed.at_once().max(1));
    let egress_per_hour = match (listed.egress, &done.load) {
        (EgressSource::Replicas, _) => spec.egress_per_hour,
        (EgressSource::Requests, Load::Requests { arrivals, .. }) => leanest(arrivals, at_once),
        // Refused by rates.
        (EgressSource::Requests, Load::Rates(_)) => Bytes(0),
    };
    let Curves {
        arrived,
        due,
        served,
    } = curves(done, shift, end);
    Work {
        replica: Resources {
            pods: spec.requests.pods.max(1),
            ..spec.requests.clone()
        },
        egress_per_hour,
        served: served / at_once,
        due: due.iter().map(|due| due / at_once).collect(),
        arrived: arrived
            .iter()
            .map(|arrived| arrived.div_ceil(at_once))
            .collect(),
    }
}

fn curves(done: Done, shift: u32, end: Nanos) -> Curves {
    let objective = done.objective;
    let (arrivals, served, late, longest_delay) = match done.load {
        Load::Rates(course) => {
            let [arrived, done] = course.curves(shift, end);
            return rates::curves(&arrived, &done, 1 << shift, objective.0);
        }
        Load::Requests {
            arrivals,
            served_ns,
            late_ns,
            longest_delay,
        } => (arrivals, served_ns, late_ns, longest_delay),
    };
    let curves = arrivals.curves(shift, end);
    let arrived = curves.arrived.last().copied().unwrap_or(0);
    // What was not done, or late, may be any of what is due by then.
    let unserved = arrived.saturating_sub(served);
    let in_time = curves.done_within(objective);
    let in_time = in_time.map(|due| due.saturating_sub(unserved + late));
    let at_last = curves.done_within(longest_delay);
    let at_last = at_last.map(|due| due.saturating_sub(unserved));
    let due = in_time.zip(at_last);
    let due = due.map(|(in_time, at_last)| in_time.max(at_last)).collect();
    Curves {
        arrived: curves.arrived,
        due,
        served,
    }
}

/// Bytes that a busy replica sends in an hour where each request is the one with the fewest.
fn leanest(arrivals: &Arrivals, at_once: u128) -> Bytes {
    let (bytes, service) = arrivals.leanest.unwrap_or((0, Nanos(1)));
    let an_hour = u128::from(bytes) * HOUR_NS * at_once / u128::from(service.0.max(1));
    Bytes(u64::try_from(an_hour).unwrap_or(u64::MAX))
}

/// Egress by replica counts Ready ones only, so a replica that drains serves without being
/// counted: at most its longest request, and not beyond its grace. Micro-dollars, rounded up.
fn uncounted_egress(
    config: &RunConfig,
    spec: &WorkloadSpec,
    listed: &WorldWorkload,
    done: &Done,
) -> i64 {
    if listed.egress == EgressSource::Requests {
        return 0;
    }
    let grace = listed.termination_grace;
    let grace = grace.unwrap_or(config.world.pods.termination_grace).0;
    let draining =
        u128::from(grace.min(done.load.longest_service()).0) * u128::from(done.replica_stops);
    let prices = config.policy.clusters.iter();
    let prices = prices.map(|cluster| cluster.egress_per_gib.0.unsigned_abs());
    let price = u128::from(prices.max().unwrap_or(0));
    let bytes = (draining * u128::from(spec.egress_per_hour.0)).div_ceil(HOUR_NS);
    i64::try_from(bytes.saturating_mul(price).div_ceil(GIB)).unwrap_or(i64::MAX)
}
