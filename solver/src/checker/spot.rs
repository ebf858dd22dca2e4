//! The spot rule: how many of a workload's replicas may run on spot nodes, and how many of the
//! desired ones must not. Those of the floor that find no place elsewhere are unplaced; that
//! does not keep the rest from spot.
//!
//! Only increases on spot are judged. In which group a pending or asked replica lands is open,
//! so spot counts as increased only when it grows beyond all of them.

use crate::ids::ClusterId;
use crate::policy::{CapacityType, WorkloadSpec};

use super::facts::{Facts, Site};
use super::{Findings, Rule};

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    for workload in facts.workloads.values() {
        if let Some(burst) = facts.burst(workload) {
            let spot = on_spot(facts, workload);
            if spot.planned <= spot.existing {
                continue;
            }
            let public = facts.replicas_in(&workload.id, Site::is_public);
            let share = u64::from(burst.spot.max_percent) * public / 100;
            if spot.planned > share {
                found.add(
                    Rule::SpotShare,
                    &workload.id,
                    format!(
                        "{} on spot of {public} public replicas, at most {share}",
                        spot.planned
                    ),
                );
            }
            let desired = facts.plan(&workload.id).map_or(0, |plan| plan.desired);
            let floor = u64::from(burst.spot.on_demand_floor);
            if spot.planned + floor > u64::from(desired) {
                found.add(
                    Rule::OnDemandFloor,
                    &workload.id,
                    format!("{} on spot of {desired}, floor {floor}", spot.planned),
                );
            }
        }
    }
}

/// Whether the public cluster `from` has a replica off spot without which too large a share of the
/// public replicas would be on spot, and the plan adds some there. Beyond what runs on spot all counts
/// as added, for what pends may have been meant for another group.
pub(super) fn evens_out_spot(facts: &Facts, workload: &WorkloadSpec, from: &ClusterId) -> bool {
    let (Some(burst), Some(site)) = (facts.burst(workload), facts.sites.get(from)) else {
        return false;
    };
    let mut off_spot = site.groups.iter();
    let off_spot = off_spot.any(|(name, group)| {
        group.spec.capacity_type != CapacityType::Spot
            && facts.group_replicas(&workload.id, from, name) > 0
    });
    let spot = on_spot(facts, workload);
    let others = facts
        .replicas_in(&workload.id, Site::is_public)
        .saturating_sub(1);
    off_spot
        && spot.planned > spot.running
        && spot.planned * 100 > u64::from(burst.spot.max_percent) * others
}

struct OnSpot {
    planned: u64,
    running: u64,
    /// Running there, and all that might land there.
    existing: u64,
}

fn on_spot(facts: &Facts, workload: &WorkloadSpec) -> OnSpot {
    let mut spot = OnSpot {
        planned: 0,
        running: 0,
        existing: 0,
    };
    for (cluster, site) in &facts.sites {
        let groups = || {
            let all = site.groups.iter();
            all.filter(|(_, group)| group.spec.capacity_type == CapacityType::Spot)
        };
        if groups().next().is_none() {
            continue;
        }
        spot.existing += facts.observed(&workload.id, cluster).floating();
        for (name, _) in groups() {
            spot.planned += facts.group_replicas(&workload.id, cluster, name);
            let running = facts.group_running(&workload.id, cluster, name);
            spot.running += running;
            spot.existing += running;
        }
    }
    spot
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::Case;

    use super::*;

    fn with_one_on_spot() -> Case {
        let mut case = Case::spilling();
        case.place_in("cloud", &[("on-demand", 1), ("spot", 1)]);
        case.burst().spot.max_percent = 50;
        case
    }

    #[test]
    fn an_increase_beyond_the_share_of_spot_is_named() {
        let mut case = with_one_on_spot();
        case.assert_silent_on(Rule::SpotShare);
        case.burst().spot.max_percent = 49;
        case.assert_names(Rule::SpotShare);
    }

    #[test]
    fn a_spot_replica_before_the_floor_is_full_is_named() {
        let mut case = with_one_on_spot();
        case.burst().spot.on_demand_floor = 7;
        case.assert_silent_on(Rule::OnDemandFloor);
        case.burst().spot.on_demand_floor = 8;
        case.assert_names(Rule::OnDemandFloor);
    }

    #[test]
    fn what_runs_on_spot_already_may_stay() {
        let mut case = with_one_on_spot();
        case.burst().spot.max_percent = 0;
        case.node("cloud-1").group = "spot".into();
        case.assert_silent_on(Rule::SpotShare);
    }
}
