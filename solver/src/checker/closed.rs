//! Clusters that take no more replicas: never observed, unreachable, too old, or cordoned.
//!
//! The clocks of the host and of memory may differ. An increase is a violation only if the
//! cluster is closed by the host's clock, by which its state is younger.

use crate::units::UnixMs;

use super::facts::{Facts, Site};
use super::{Findings, Rule};

/// Why a cluster takes no more replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    NeverObserved,
    Unreachable,
    Stale,
    Cordoned,
}

/// Why the cluster takes no more replicas at `now`; `None` if it does.
pub(super) fn closed(site: &Site, now: UnixMs) -> Option<Closed> {
    let Some(state) = site.state else {
        return Some(Closed::NeverObserved);
    };
    if state.unreachable_since_ms.is_some() {
        Some(Closed::Unreachable)
    } else if now.since(state.observed_at_ms) > site.spec.capacity_max_age_ms {
        Some(Closed::Stale)
    } else if site.spec.cordoned {
        Some(Closed::Cordoned)
    } else {
        None
    }
}

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    for (cluster, site) in &facts.sites {
        let Some(why) = closed(site, facts.host_now()) else {
            continue;
        };
        for workload in facts.workloads.keys() {
            let added = facts.increase(workload, cluster);
            if added > 0 {
                let exist = facts.observed(workload, cluster).existing();
                found.add(
                    Rule::ClosedCluster,
                    format!("{workload} in {cluster}"),
                    format!("{added} replicas more than the {exist} that exist: {why:?}"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::Case;
    use crate::units::UnixMs;

    use super::*;

    #[test]
    fn an_increase_in_a_cluster_that_takes_none_is_named() {
        let mut case = Case::spilling();
        case.state("cloud").unreachable_since_ms = Some(UnixMs(1));
        case.assert_names(Rule::ClosedCluster);

        let mut case = Case::spilling();
        case.cloud().cordoned = true;
        case.assert_names(Rule::ClosedCluster);

        let mut case = Case::spilling();
        case.snapshot.clusters.retain(|c| c.name != "cloud");
        case.assert_names(Rule::ClosedCluster);
    }

    #[test]
    fn capacity_at_its_age_limit_still_counts_and_beyond_it_does_not() {
        let mut case = Case::spilling();
        let limit = i64::try_from(case.cloud().capacity_max_age_ms.0).unwrap();
        case.state("cloud").observed_at_ms = UnixMs(case.snapshot.now_ms.0 - limit);
        case.assert_silent_on(Rule::ClosedCluster);
        case.state("cloud").observed_at_ms.0 -= 1;
        case.assert_names(Rule::ClosedCluster);
    }

    #[test]
    fn what_exists_in_a_closed_cluster_may_stay() {
        let mut case = Case::spilling();
        case.target("cloud").spec_replicas = 2;
        case.cloud().cordoned = true;
        case.assert_silent_on(Rule::ClosedCluster);
    }
}
