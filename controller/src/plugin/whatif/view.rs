//! The difference of two decisions, in replicas and in money.

use std::collections::BTreeSet;

use serde::Serialize;
use spillway_crds::Statuses;
use spillway_crds::text::Usd;
use spillway_solver::decision::{Notice, ScalingStep, WorkloadPlan};
use spillway_solver::ids::WorkloadId;

use super::super::moment::Moment;
use super::super::words;
use super::change::Change;

/// The same tick, twice.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WhatIf {
    /// When it was decided.
    pub decided_at: String,
    /// What is changed, as options.
    pub changes: Vec<String>,
    /// Each workload, with and without difference.
    pub workloads: Vec<Workload>,
    /// What the whole plan costs per hour.
    pub usd_per_hour: Both<Usd>,
    /// What a person should know with the changes, and not without.
    pub notices: Vec<Notice>,
    /// What is not visible.
    pub notes: Vec<String>,
}

/// Without and with the changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Both<T> {
    pub now: T,
    pub then: T,
}

/// A workload.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Workload {
    pub id: String,
    pub desired: Both<u32>,
    pub clusters: Vec<Place>,
    pub unplaced: Both<u32>,
    /// Its share of the nodes it is planned on; an estimate.
    pub usd_per_hour: Both<Option<Usd>>,
    /// From the count before to the count.
    pub scaling: Both<Vec<ScalingStep>>,
    /// The reason in one line.
    pub reason: Both<Option<String>>,
}

/// A workload in a cluster.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    pub cluster: String,
    pub replicas: Both<u32>,
}

impl<T: PartialEq> Both<T> {
    pub(super) fn differ(&self) -> bool {
        self.now != self.then
    }
}

impl Workload {
    pub(super) fn differs(&self) -> bool {
        self.desired.differ()
            || self.unplaced.differ()
            || self.usd_per_hour.differ()
            || self.clusters.iter().any(|place| place.replicas.differ())
    }
}

impl WhatIf {
    pub(super) fn between(now: &Moment, then: &Moment, changes: &[Change]) -> Self {
        let both = [now, then];
        let statuses = both.map(|moment| Statuses::new(&moment.decision, &moment.tick.snapshot));
        let known = &now.decision.rationale.notices;
        let notices = then.decision.rationale.notices.iter();
        let cost = |moment: &Moment| Usd::from_micro(moment.decision.rationale.money.paid().0);
        let specs = now.tick.policy.workloads.iter();
        Self {
            decided_at: words::time(now.tick.snapshot.now_ms),
            changes: changes.iter().map(ToString::to_string).collect(),
            workloads: specs
                .map(|spec| workload(&spec.id, both, &statuses))
                .collect(),
            usd_per_hour: Both {
                now: cost(now),
                then: cost(then),
            },
            notices: notices
                .filter(|notice| !known.contains(notice))
                .cloned()
                .collect(),
            notes: Vec::new(),
        }
    }
}

fn workload(id: &WorkloadId, both: [&Moment; 2], statuses: &[Statuses<'_>; 2]) -> Workload {
    let plans = both.map(|moment| {
        let mut plans = moment.decision.plan.workloads.iter();
        plans.find(|plan| plan.id == *id)
    });
    let [before, after] = statuses.each_ref().map(|statuses| statuses.of(id));
    let number = |of: fn(&WorkloadPlan) -> u32| {
        let [now, then] = plans.map(|plan| plan.map_or(0, of));
        Both { now, then }
    };
    let [counted, counts] = both.map(|moment| {
        let mut reasons = moment.decision.rationale.workloads.iter();
        let why = reasons.find(|why| why.id == *id);
        why.map(|why| why.scaling.clone()).unwrap_or_default()
    });
    let placed = plans.into_iter().flatten().flat_map(|plan| &plan.clusters);
    let clusters: BTreeSet<_> = placed.map(|placed| &placed.cluster).collect();
    let by_cluster = clusters.into_iter().map(|cluster| {
        let [now, then] = plans.map(|plan| {
            let placed = plan.into_iter().flat_map(|plan| &plan.clusters);
            let here = placed.filter(|placed| placed.cluster == *cluster);
            here.map(|placed| placed.replicas).sum()
        });
        Place {
            cluster: cluster.to_string(),
            replicas: Both { now, then },
        }
    });
    Workload {
        id: id.to_string(),
        desired: number(|plan| plan.desired),
        clusters: by_cluster.collect(),
        unplaced: number(|plan| plan.unplaced),
        usd_per_hour: Both {
            now: before.cost_per_hour,
            then: after.cost_per_hour,
        },
        scaling: Both {
            now: counted,
            then: counts,
        },
        reason: Both {
            now: before.reason,
            then: after.reason,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::moment::burst;
    use super::super::change::apply;
    use super::*;

    fn asked(changes: &[Change]) -> WhatIf {
        let now = burst();
        let then = Moment::of(apply(&now.tick, changes).expect("changes that can be made"));
        WhatIf::between(&now, &then, changes)
    }

    #[test]
    fn without_a_change_nothing_differs() {
        let view = asked(&[]);
        assert_eq!(view.workloads.len(), 3);
        assert!(view.workloads.iter().all(|workload| !workload.differs()));
        assert!(!view.usd_per_hour.differ() && view.notices.is_empty());
    }

    #[test]
    fn several_changes_at_once_differ_by_workload_and_cluster_in_replicas_and_money() {
        let view = asked(&[
            Change::Price("m6i-xlarge=-50%".parse().expect("a change")),
            Change::Metric("shop/web/requests=42.766".parse().expect("a change")),
        ]);
        let web = view
            .workloads
            .iter()
            .find(|workload| workload.id == "shop/web");
        assert_eq!(web.expect("it is there").desired, Both { now: 8, then: 14 });
        let orders = &view.workloads[0];
        assert_eq!(orders.unplaced.now, 9);
        assert!(
            view.usd_per_hour.then.micro().ok() < view.usd_per_hour.now.micro().ok(),
            "nodes are cheaper, and the cap lets no more of them be bought"
        );
        let placed: u32 = orders
            .clusters
            .iter()
            .map(|place| place.replicas.then)
            .sum();
        assert_eq!(placed + orders.unplaced.then, orders.desired.then);
    }
}
