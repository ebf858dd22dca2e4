//! What the decision hands to the next tick.
//!
//! - Its clock does not go backwards.
//! - The desired counts that it names are those of the plan.
//! - A placement that it names is that of the plan, entry by entry; counts of 0 do not matter.
//! - Where the count to write exceeds the observed pods a reservation holds at least that count.
//!   Not asked for: in a cluster that does not answer; where a former reservation for the same
//!   place was old enough to run out; and where nothing is asked anew and nothing was reserved,
//!   since the observed target itself keeps that room.

use std::collections::BTreeMap;

use crate::ids::{ClusterId, GroupId, WorkloadId};

use super::facts::{Facts, Site};
use super::{Findings, Rule};

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    clock(facts, found);
    desired(facts, found);
    placement(facts, found);
    for workload in facts.workloads.keys() {
        for site in facts.sites.values() {
            reservation(facts, workload, site, found);
        }
    }
}

fn clock(facts: &Facts, found: &mut Findings) {
    let (before, after) = (facts.memory.now_ms, facts.decision.memory.now_ms);
    if after < before {
        let said = |now: Option<crate::units::UnixMs>| {
            now.map_or_else(|| "nothing".to_owned(), |now| format!("{} ms", now.0))
        };
        found.add(
            Rule::MemoryClock,
            "memory",
            format!("{} after {}", said(after), said(before)),
        );
    }
}

fn desired(facts: &Facts, found: &mut Findings) {
    for (workload, memory) in &facts.decision.memory.workloads {
        if let Some(plan) = facts.plan(workload)
            && plan.desired != memory.desired
        {
            found.add(
                Rule::MemoryDesired,
                workload,
                format!("remembered {}, planned {}", memory.desired, plan.desired),
            );
        }
    }
}

/// Replicas by workload, cluster and group.
type Counts<'a> = BTreeMap<(&'a WorkloadId, &'a ClusterId, &'a GroupId), u64>;

fn placement(facts: &Facts, found: &mut Findings) {
    let Some(placement) = &facts.decision.memory.placement else {
        return;
    };
    let mut kept = Counts::new();
    for count in &placement.counts {
        *kept
            .entry((&count.workload, &count.cluster, &count.group))
            .or_default() += u64::from(count.replicas);
    }
    let mut planned = Counts::new();
    for workload in &facts.decision.plan.workloads {
        for place in &workload.clusters {
            for count in &place.groups {
                *planned
                    .entry((&workload.id, &place.cluster, &count.group))
                    .or_default() += u64::from(count.replicas);
            }
        }
    }
    let places: std::collections::BTreeSet<_> = kept.keys().chain(planned.keys()).collect();
    for place in places {
        let count = |of: &Counts| of.get(place).copied().unwrap_or(0);
        if count(&kept) != count(&planned) {
            let (workload, cluster, group) = place;
            found.add(
                Rule::MemoryPlacement,
                format!("{workload} in {cluster}/{group}"),
                format!("remembered {}, planned {}", count(&kept), count(&planned)),
            );
        }
    }
}

fn reservation(facts: &Facts, workload: &WorkloadId, site: &Site, found: &mut Findings) {
    let cluster = &site.spec.name;
    let answers = site
        .state
        .is_some_and(|state| state.unreachable_since_ms.is_none());
    let Some(planned) = facts.planned(workload, cluster).filter(|_| answers) else {
        return;
    };
    let here = facts.observed(workload, cluster);
    let pods = here.pods;
    let is_new = planned.apply > here.spec || here.reserved > 0;
    if planned.apply <= pods || !is_new {
        return;
    }
    let reserved = facts
        .decision
        .memory
        .reservations
        .iter()
        .filter(|r| r.workload == *workload && r.cluster == *cluster)
        .map(|r| u64::from(r.target))
        .max();
    let ran_out = facts.memory.reservations.iter().any(|r| {
        r.workload == *workload
            && r.cluster == *cluster
            && facts.latest_now().since(r.asked_at_ms) >= facts.policy.settings.reservation_ms
    });
    if reserved.is_none_or(|target| target < planned.apply) && !ran_out {
        found.add(
            Rule::Reservation,
            format!("{workload} in {cluster}"),
            format!(
                "{} to be written, {pods} pods, {} reserved",
                planned.apply,
                reserved.unwrap_or(0)
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::Case;
    use crate::units::UnixMs;

    use super::*;

    #[test]
    fn a_clock_that_goes_backwards_is_named() {
        let mut case = Case::spilling();
        case.memory.now_ms = case.decision.memory.now_ms;
        case.assert_silent_on(Rule::MemoryClock);
        case.memory.now_ms = Some(UnixMs(case.snapshot.now_ms.0 + 1));
        case.assert_names(Rule::MemoryClock);
        case.decision.memory.now_ms = None;
        case.assert_names(Rule::MemoryClock);
    }

    #[test]
    fn a_remembered_count_other_than_the_planned_one_is_named() {
        let mut case = Case::spilling();
        let web = &mut case.decision.memory.workloads;
        web.get_mut("shop/web").unwrap().desired = 7;
        case.assert_names(Rule::MemoryDesired);
    }

    #[test]
    fn a_remembered_placement_other_than_the_planned_one_is_named() {
        let mut case = Case::spilling();
        let placement = case.decision.memory.placement.as_mut().unwrap();
        placement.counts.pop();
        case.assert_names(Rule::MemoryPlacement);
        case.decision.memory.placement = None;
        case.assert_silent_on(Rule::MemoryPlacement);
    }

    #[test]
    fn an_asked_replica_without_reserved_room_is_named() {
        let mut case = Case::spilling();
        case.decision.memory.reservations[0].target = 1;
        case.assert_names(Rule::Reservation);
        case.decision.memory.reservations.clear();
        case.assert_names(Rule::Reservation);
        case.target("cloud").pending = 1;
        case.assert_silent_on(Rule::Reservation);
    }

    #[test]
    fn a_reservation_is_carried_on_until_it_runs_out() {
        let mut case = Case::spilling();
        case.memory.reservations = std::mem::take(&mut case.decision.memory.reservations);
        case.target("cloud").spec_replicas = 2;
        case.assert_names(Rule::Reservation);
        case.memory.reservations[0].asked_at_ms.0 -= 900_000;
        case.assert_silent_on(Rule::Reservation);
    }
}
