//! Money caps: no new node for a policy's new spill while its public nodes cost more per hour
//! than the tightest of its caps allows.
//!
//! Counted are the planned nodes of the public, not owned groups that any workload of the policy
//! may use, and what its public replicas send, each rounded up to the micro-USD. Allowed is the
//! least of: the hourly cap; what is left of the daily and the monthly cap over the hours left in
//! that UTC period, the one that has begun included. With unknown spend the daily cap is spread
//! over 24 and the monthly over 720 hours. Of the two clocks the one that allows more holds.
//!
//! A node is held against the policy only if it neither exists nor is in flight, and a workload
//! of the policy grows in its group beyond what is pending or asked already; a replica that is
//! added only if what it sends has a price. Not held against it:
//! a plan that costs no more than what runs, unless the cap sheds that; anything while a cluster
//! does not answer and the rate is within the emergency cap; and, because floors are mandatory,
//! anything while a workload that may run on the counted nodes needs public replicas for its
//! floor: its `min_replicas` or what its schedule raises it to, its minimum in a public cluster, its
//! one replica in each, or the survivability that it asks for, whichever cluster is lost, which has
//! to hold without what a node holds beyond it. The workload may be of another policy: its floor buys nodes that this cap
//! counts. A node bought for a floor may be filled with what the floor does not ask for, and one
//! workload at its floor silences the rule.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::ids::{ClusterId, WorkloadId};
use crate::policy::{AtCap, BurstPolicy, CapacityType, MoneyCaps, Placement, WorkloadSpec};
use crate::schedule;
use crate::snapshot::Spend;
use crate::units::{MicroUsd, UnixMs};

use super::bounds::cluster_min;
use super::eligibility::eligible;
use super::facts::{Facts, Group, Site};
use super::{Findings, Rule};

/// Bytes in a GiB, the unit in which egress is priced.
const GIB: i128 = 1 << 30;

pub(super) fn check(facts: &Facts, found: &mut Findings) {
    for burst in &facts.policy.burst_policies {
        let Some(allowed) = allowed_per_hour(facts, &burst.caps) else {
            continue;
        };
        let members: Vec<&WorkloadSpec> = facts
            .workloads
            .values()
            .copied()
            .filter(|workload| workload.policy == burst.name)
            .collect();
        let groups = usable_groups(facts, &members);
        let rate = |nodes: &dyn Fn(&Group) -> u64| -> i128 {
            let rates = groups.iter();
            rates
                .map(|(_, group)| i128::from(nodes(group)) * i128::from(group.price().0))
                .fold(0, i128::saturating_add)
        };
        let sending = sent(facts, &members, &|w, cluster| facts.replicas(w, cluster));
        let counted = rate(&|group| group.planned()).saturating_add(sending);
        let sending = sent(facts, &members, &|w, cluster| {
            facts.observed(w, cluster).existing()
        });
        let running = rate(&|group| group.nodes_and_in_flight()).saturating_add(sending);
        let held = burst.caps.at_cap == AtCap::Hold && counted <= running;
        let floors = || {
            let may_use = |w: &WorkloadSpec| groups.iter().any(|(site, g)| eligible(w, site, g));
            let mut all = facts.workloads.values();
            all.any(|w| may_use(w) && at_floor(facts, w, on_a_node(w, &groups)))
        };
        if counted <= allowed || held || floors() {
            continue;
        }
        for (site, group) in groups {
            let (cluster, name) = (&site.spec.name, &group.spec.name);
            let grows = members.iter().any(|workload| {
                let there = facts.group_running(&workload.id, cluster, name)
                    + facts.observed(&workload.id, cluster).floating();
                facts.group_replicas(&workload.id, cluster, name) > there
            });
            if group.new_nodes() > 0 && grows {
                found.add(
                    Rule::MoneyCap,
                    &burst.name,
                    format!(
                        "{} new nodes in {cluster}/{name} at {counted} micro-USD per hour, \
                         allowed {allowed}",
                        group.new_nodes()
                    ),
                );
            }
        }
        for (cluster, site) in facts.sites.iter().filter(|(_, site)| site.is_public()) {
            for workload in members.iter().filter(|w| sends(w, site) > 0) {
                let more = facts.increase(&workload.id, cluster);
                if more > 0 {
                    found.add(
                        Rule::MoneyCap,
                        &burst.name,
                        format!(
                            "{} sends from {more} new replicas in {cluster} at {counted} \
                             micro-USD per hour, allowed {allowed}",
                            workload.id
                        ),
                    );
                }
            }
        }
    }
}

/// What one replica sends in a cluster, micro-USD per hour, rounded up.
fn sends(workload: &WorkloadSpec, site: &Site) -> i128 {
    let exact =
        i128::from(workload.egress_per_hour.0) * i128::from(site.spec.egress_per_gib.0.max(0));
    exact.div_euclid(GIB) + i128::from(exact % GIB > 0)
}

/// What the public replicas of a policy's workloads send, micro-USD per hour.
fn sent(
    facts: &Facts,
    members: &[&WorkloadSpec],
    replicas: &dyn Fn(&WorkloadId, &ClusterId) -> u64,
) -> i128 {
    let public = facts.sites.iter().filter(|(_, site)| site.is_public());
    public
        .flat_map(|(cluster, site)| members.iter().map(move |w| (cluster, site, w)))
        .map(|(cluster, site, w)| {
            sends(w, site).saturating_mul(i128::from(replicas(&w.id, cluster)))
        })
        .fold(0, i128::saturating_add)
}

fn usable_groups<'f, 'a>(
    facts: &'f Facts<'a>,
    members: &[&WorkloadSpec],
) -> Vec<(&'f Site<'a>, &'f Group<'a>)> {
    facts
        .sites
        .values()
        .filter(|site| site.is_public())
        .flat_map(|site| site.groups.values().map(move |group| (site, group)))
        .filter(|(_, group)| group.spec.capacity_type != CapacityType::Owned)
        .filter(|(site, group)| members.iter().any(|w| eligible(w, site, group)))
        .collect()
}

/// Whether the policy's caps stop optional moves: what runs costs the share of the allowed rate at
/// which the ladder says so, or the spend that a cap needs is unknown. Of the two clocks the one
/// that allows less holds, and no emergency cap.
pub(super) fn optional_moves_stop(facts: &Facts, burst: &BurstPolicy) -> bool {
    let caps = &burst.caps;
    let spend = facts.snapshot.spend.as_ref();
    let clocks = [facts.host_now(), facts.latest_now()].into_iter();
    let Some(allowed) = clocks.filter_map(|now| tightest(caps, spend, now)).min() else {
        return false;
    };
    let members = |w: &&&WorkloadSpec| w.policy == burst.name;
    let counted = |site: &Site, group: &Group| {
        facts.workloads.values().filter(members).any(|w| {
            let there = facts.observed(&w.id, &site.spec.name);
            eligible(w, site, group) || there.existing() > 0
        })
    };
    let running: i128 = facts
        .sites
        .values()
        .filter(|site| site.is_public())
        .flat_map(|site| site.groups.values().map(move |group| (site, group)))
        .filter(|(site, group)| counted(site, group))
        .map(|(_, group)| {
            let in_flight = group.state.map_or(0, |state| i128::from(state.in_flight));
            let nodes = i128::try_from(group.staying().count()).unwrap_or(i128::MAX);
            let price = i128::from(group.price().0.max(0));
            nodes.saturating_add(in_flight).saturating_mul(price)
        })
        .fold(0, i128::saturating_add);
    let members: Vec<&WorkloadSpec> = facts
        .workloads
        .values()
        .copied()
        .filter(|w| members(&w))
        .collect();
    let running = running.saturating_add(sent(facts, &members, &|w, cluster| {
        facts.observed(w, cluster).existing()
    }));
    let unknown = spend.is_none() && (caps.per_day.is_some() || caps.per_month.is_some());
    let percent = i128::from(caps.ladder.no_optional_moves_percent);
    unknown || (running > 0 && running.saturating_mul(100) >= allowed * percent)
}

/// Most replicas of the workload on an empty node of the groups.
fn on_a_node(workload: &WorkloadSpec, groups: &[(&Site, &Group)]) -> u64 {
    let nodes = groups.iter().map(|(_, group)| {
        let empty = group.spec.allocatable.minus(&group.spec.daemons);
        u64::from(empty.fits(&workload.requests))
    });
    nodes.max().unwrap_or(0)
}

/// Whether the workload's public replicas, less those that fill a node, may be a mandatory floor.
fn at_floor(facts: &Facts, workload: &WorkloadSpec, on_a_node: u64) -> bool {
    let public = facts.replicas_in(&workload.id, Site::is_public);
    let (Some(burst), Some(plan)) = (facts.burst(workload), facts.plan(&workload.id)) else {
        return false;
    };
    if public == 0 {
        return false;
    }
    let all = facts.replicas_in(&workload.id, |_| true);
    let pinned = facts.sites.iter().any(|(cluster, site)| {
        let planned = facts.replicas(&workload.id, cluster);
        site.is_public() && planned > 0 && planned <= cluster_min(workload, cluster)
    });
    let survives = u64::from(burst.survive_percent) * u64::from(plan.desired);
    // What is left when a cluster is lost: the least of those that leave public replicas.
    let left = facts.sites.iter().filter_map(|(cluster, site)| {
        let lost = facts.replicas(&workload.id, cluster);
        let lost_public = if site.is_public() { lost } else { 0 };
        (public > lost_public).then_some(all - lost)
    });
    let left = left.fold(public, u64::min);
    all - public < floor(facts, workload)
        || burst.placement == Placement::ActiveActive
        || pinned
        || (burst.survive_percent > 0
            && left.saturating_sub(on_a_node.saturating_sub(1)) * 100 < survives + 100)
}

/// The workload's minimum with what its schedule makes of it, by the clock that asks for more.
fn floor(facts: &Facts, workload: &WorkloadSpec) -> u64 {
    let scheduled = [facts.host_now(), facts.latest_now()]
        .into_iter()
        .filter_map(|now| schedule::evaluate(&workload.schedule, now.0).floor)
        .map(|floor| floor.replicas.min(workload.max_replicas));
    u64::from(scheduled.fold(workload.min_replicas, u32::max))
}

/// The rate that the caps allow in micro-USD per hour; `None` without caps.
fn allowed_per_hour(facts: &Facts, caps: &MoneyCaps) -> Option<i128> {
    let spend = facts.snapshot.spend.as_ref();
    let by_clock = [facts.host_now(), facts.latest_now()]
        .into_iter()
        .filter_map(|now| tightest(caps, spend, now))
        .max()?;
    let lost = facts.sites.values().any(|site| {
        site.state
            .is_none_or(|state| state.unreachable_since_ms.is_some())
    });
    let emergency = caps.emergency_per_hour.filter(|_| lost);
    Some(emergency.map_or(by_clock, |cap| by_clock.max(i128::from(cap.0))))
}

fn tightest(caps: &MoneyCaps, spend: Option<&Spend>, now: UnixMs) -> Option<i128> {
    let left = hours_left(now);
    let over = |cap: Option<MicroUsd>, gone: Option<MicroUsd>, hours_left: i128, period: i128| {
        let cap = i128::from(cap?.0);
        Some(match gone {
            Some(gone) => (cap - i128::from(gone.0)).max(0) / hours_left,
            None => cap / period,
        })
    };
    let day = over(caps.per_day, spend.map(|s| s.day_micro_usd), left.day, 24);
    let month = over(
        caps.per_month,
        spend.map(|s| s.month_micro_usd),
        left.month,
        720,
    );
    let hour = caps.per_hour.map(|cap| i128::from(cap.0));
    [hour, day, month].into_iter().flatten().min()
}

/// Hours left in the running UTC day and month, the one that has begun included.
struct HoursLeft {
    day: i128,
    month: i128,
}

fn hours_left(now: UnixMs) -> HoursLeft {
    let Ok(at) = Timestamp::from_millisecond(now.0) else {
        // A time outside the calendar: the reading that allows most.
        return HoursLeft { day: 1, month: 1 };
    };
    let at: DateTime = TimeZone::UTC.to_datetime(at);
    let today = 24 - i128::from(at.hour());
    let days = i128::from(at.date().days_in_month()) - i128::from(at.day());
    HoursLeft {
        day: today,
        month: today + 24 * days,
    }
}

#[cfg(test)]
mod tests {
    use crate::checker::fixture::Case;
    use crate::policy::Tier;
    use crate::units::Bytes;

    use super::*;

    /// A second on-demand node at 100,000 micro-USD per hour each.
    fn growing() -> Case {
        let mut case = Case::spilling();
        case.group_plan("on-demand").planned = 2;
        case
    }

    #[test]
    fn a_new_node_above_the_hourly_cap_is_named_and_one_at_it_is_not() {
        let mut case = growing();
        case.burst().caps.per_hour = Some(MicroUsd(200_000));
        case.assert_silent_on(Rule::MoneyCap);
        case.burst().caps.per_hour = Some(MicroUsd(199_999));
        case.assert_names(Rule::MoneyCap);
        case.group_state("on-demand").in_flight = 1;
        case.assert_silent_on(Rule::MoneyCap);
    }

    #[test]
    fn what_new_public_replicas_send_is_held_against_the_cap() {
        let mut case = Case::spilling();
        case.burst().caps.per_hour = Some(MicroUsd(100_000));
        case.assert_silent_on(Rule::MoneyCap);
        case.cloud().egress_per_gib = MicroUsd(1);
        case.web().egress_per_hour = Bytes(1);
        case.assert_names(Rule::MoneyCap);
        let replicas = case.plan().clusters.iter().map(|c| c.replicas).max();
        case.burst().caps.per_hour = replicas.map(|most| MicroUsd(100_000 + i64::from(most)));
        case.assert_silent_on(Rule::MoneyCap);
    }

    #[test]
    fn what_is_left_of_the_day_is_spread_over_its_full_hours() {
        let mut case = growing();
        case.burst().caps.per_day = Some(MicroUsd(3_000_000));
        case.assert_names(Rule::MoneyCap);
        case.snapshot.spend = Some(Spend {
            day_micro_usd: MicroUsd(600_000),
            ..Spend::default()
        });
        // The fixture's clock stands at noon.
        case.assert_silent_on(Rule::MoneyCap);
        case.snapshot.spend = Some(Spend {
            day_micro_usd: MicroUsd(600_001),
            ..Spend::default()
        });
        case.assert_names(Rule::MoneyCap);
    }

    #[test]
    fn a_floor_is_mandatory() {
        let mut case = growing();
        case.burst().caps.per_hour = Some(MicroUsd(0));
        case.web().min_replicas = 8;
        case.assert_silent_on(Rule::MoneyCap);
        case.web().min_replicas = 1;
        case.assert_names(Rule::MoneyCap);
        case.web().schedule = vec![schedule::ScheduledBound {
            name: "always".into(),
            time_zone: "UTC".into(),
            days: None,
            start: "00:00".into(),
            end: "00:00".into(),
            min_replicas: Some(8),
            max_replicas: None,
        }];
        case.assert_silent_on(Rule::MoneyCap);
    }

    #[test]
    fn what_survives_the_loss_of_the_largest_public_cluster_is_mandatory() {
        let mut case = growing();
        case.burst().caps.per_hour = Some(MicroUsd(0));
        case.home().tier = Tier::Public;
        case.web().min_replicas = 0;
        case.assert_names(Rule::MoneyCap);
        // Two of eight, and as many are beside those in the largest.
        case.burst().survive_percent = 25;
        case.assert_silent_on(Rule::MoneyCap);
        // One of eight does not ask for four beside four.
        case.burst().survive_percent = 10;
        case.place("home", 4);
        case.place("cloud", 4);
        case.assert_names(Rule::MoneyCap);
    }

    #[test]
    fn the_emergency_cap_holds_only_while_a_cluster_does_not_answer() {
        let mut case = growing();
        case.burst().caps.per_hour = Some(MicroUsd(0));
        case.burst().caps.emergency_per_hour = Some(MicroUsd(200_000));
        case.assert_names(Rule::MoneyCap);
        case.state("home").unreachable_since_ms = Some(UnixMs(1));
        case.assert_silent_on(Rule::MoneyCap);
    }

    #[test]
    fn the_last_hour_of_a_leap_february_and_a_time_outside_the_calendar_leave_one_hour() {
        let left = hours_left(UnixMs(1_709_249_400_000));
        assert_eq!((left.day, left.month), (1, 1), "29 February 2024, 23:30");
        let left = hours_left(UnixMs(1_709_164_800_000));
        assert_eq!((left.day, left.month), (24, 24), "29 February 2024, 0:00");
        let left = hours_left(UnixMs(1_772_907_960_000));
        assert_eq!((left.day, left.month), (6, 582), "7 March 2026, 18:26");
        let left = hours_left(UnixMs(i64::MAX));
        assert_eq!((left.day, left.month), (1, 1));
    }
}
