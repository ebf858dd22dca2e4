//! What is true of every run. A run in which it is not ends with the time and the numbers.
//!
//! What the world checks of itself while it runs lies beside it; here is what can be checked of
//! a decision and of a finished record, by formulas of their own.

use std::fmt;

use spillway_solver::decision::Decision;
use spillway_solver::ids::ClusterId;
use spillway_solver::policy::{CapacityType, Policy, Tier};

use crate::record::{MoneySpent, NodeLife, Requests, RunRecord};
use crate::time::Nanos;

/// Something that must never happen: a defect of the simulator or of the decision core.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at {at}: {rule}: {detail}")]
pub struct Violation {
    /// When it was found, since the start of the run.
    pub at: Nanos,
    /// The rule that was broken.
    pub rule: Rule,
    /// The numbers.
    pub detail: String,
}

/// What is true of every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Arrivals are done, queued, in service or dropped.
    Conservation,
    /// The clock never goes back.
    MonotoneClock,
    /// Counters agree with a recount.
    Recount,
    /// No node holds more than it has.
    NodeCapacity,
    /// Every public replica has a reason why it is not at home.
    PrivateFirstOrReason,
    /// The independent checker finds nothing.
    IndependentCheck,
    /// An autoscaler writes to targets that exist.
    KnownTarget,
    /// Money is the sum of its intervals and of its nodes.
    MoneyAddsUp,
    /// No policy pays less than the bound.
    CostAboveBound,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conservation => "requests are not conserved",
            Self::MonotoneClock => "the clock went back",
            Self::Recount => "a counter is wrong",
            Self::NodeCapacity => "a node is overcommitted",
            Self::PrivateFirstOrReason => "a public replica has no reason",
            Self::IndependentCheck => "the decision breaks a constraint",
            Self::KnownTarget => "the autoscaler names a target that does not exist",
            Self::MoneyAddsUp => "money does not add up",
            Self::CostAboveBound => "the cost is below the least possible",
        })
    }
}

/// Private first or a reason: as many spilled replicas are explained in each public cluster as
/// are planned there.
///
/// # Errors
///
/// For the first cluster where they differ.
pub fn check_spilled(policy: &Policy, decision: &Decision, at: Nanos) -> Result<(), Violation> {
    let is_public = |name: &ClusterId| {
        let mut clusters = policy.clusters.iter();
        clusters.any(|cluster| cluster.name == *name && cluster.tier == Tier::Public)
    };
    for plan in &decision.plan.workloads {
        let mut why = decision.rationale.workloads.iter();
        let why = why.find(|why| why.id == plan.id);
        let spilled = why.map_or(&[][..], |why| &why.spilled);
        for cluster in plan
            .clusters
            .iter()
            .filter(|cluster| is_public(&cluster.cluster))
        {
            let here = spilled
                .iter()
                .filter(|spilled| spilled.cluster == cluster.cluster);
            let explained: u64 = here.map(|spilled| u64::from(spilled.replicas)).sum();
            if explained != u64::from(cluster.replicas) {
                return Err(Violation {
                    at,
                    rule: Rule::PrivateFirstOrReason,
                    detail: format!(
                        "{} has {} replicas planned in {}, and reasons for {explained}",
                        plan.id, cluster.replicas, cluster.cluster
                    ),
                });
            }
        }
    }
    Ok(())
}

/// Checks the sums of a finished record.
///
/// # Errors
///
/// For the first sum that is wrong.
pub fn check_record(record: &RunRecord) -> Result<(), Violation> {
    let at = Nanos::from_millis(record.meta.horizon_ms.0);
    let broken = |rule, detail| Err(Violation { at, rule, detail });
    let paid = record.summary.money;
    let rows = record
        .series
        .iter()
        .fold(MoneySpent::default(), |sum, row| MoneySpent {
            on_demand: sum.on_demand.saturating_add(row.money.on_demand),
            spot: sum.spot.saturating_add(row.money.spot),
            marginal: sum.marginal.saturating_add(row.money.marginal),
            egress: sum.egress.saturating_add(row.money.egress),
        });
    if rows != paid {
        return broken(
            Rule::MoneyAddsUp,
            format!("total {paid:?}, sum of intervals {rows:?}"),
        );
    }
    for (kind, total) in [
        (CapacityType::OnDemand, paid.on_demand),
        (CapacityType::Spot, paid.spot),
    ] {
        let nodes = record
            .nodes
            .iter()
            .filter(|node| node.capacity_type == kind);
        let end_ms = record.meta.start_ms.plus(record.meta.horizon_ms).0;
        let sum: i64 = nodes.map(|node| bill(node, end_ms)).sum();
        if sum != total.0 {
            let detail = format!(
                "{kind:?}: total {} and sum of nodes {sum} micro-USD",
                total.0
            );
            return broken(Rule::MoneyAddsUp, detail);
        }
    }
    if let Some(bound) = record.summary.bound
        && bound.over.0 < 0
    {
        let detail = format!("paid {paid:?}, bound {} micro-USD", bound.least.0);
        return broken(Rule::CostAboveBound, detail);
    }
    let all = record
        .workloads
        .iter()
        .fold(Requests::default(), |sum, of| Requests {
            arrived: sum.arrived + of.requests.arrived,
            done: sum.done + of.requests.done,
            queued: sum.queued + of.requests.queued,
            in_service: sum.in_service + of.requests.in_service,
            dropped: sum.dropped + of.requests.dropped,
        });
    let total = record.summary.requests;
    if all != total || total.arrived != total.done + total.queued + total.in_service + total.dropped
    {
        let detail = format!("total {total:?}, sum of workloads {all:?}");
        return broken(Rule::Conservation, detail);
    }
    Ok(())
}

/// A node's bill by the book: whole seconds, a minute at least, rounded down.
fn bill(node: &NodeLife, end_ms: i64) -> i64 {
    let until_ms = node.until_ms.map_or(end_ms, |until| until.0);
    let seconds = (until_ms - node.from_ms.0 + 999) / 1_000;
    let exact = i128::from(node.price.0) * i128::from(seconds.max(60)) / 3_600;
    i64::try_from(exact).unwrap_or(i64::MAX)
}
