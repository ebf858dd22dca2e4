//! What a person should know of a tick besides the plan and its reasons: sources that are off,
//! places out of service, caps that are near.

use crate::capacity::{Condition, Fleet};
use crate::clock::Clock;
use crate::decision::{CapRung, CapState, Notice, NoticeReason};
use crate::memory::Memory;
use crate::placement::{Cap, usd};
use crate::policy::Policy;
use crate::scaling::FleetWorkload;
use crate::units::UnixMs;

/// What a person should know besides the plan and its reasons, sorted.
pub(crate) fn notices(
    fleet: &Fleet<'_>,
    policy: &Policy,
    memory: &Memory,
    clock: &Clock,
    caps: &[Cap],
    states: &[CapState],
    scaled: &[FleetWorkload],
) -> Vec<Notice> {
    let mut all: Vec<Notice> = scaled.iter().flat_map(|s| s.notices.clone()).collect();
    all.extend(clock.notice());
    // Where nothing runs there is nothing to be adopted: that is a first tick and no loss.
    let adopted = all.iter().any(|n| n.reason == NoticeReason::MemoryLost);
    if memory.now_ms.is_none() && adopted {
        all.push(notice(
            NoticeReason::MemoryLost,
            "memory",
            "what runs is adopted; a full window is held",
        ));
    }
    for w in &policy.workloads {
        if !policy.burst_policies.iter().any(|p| p.name == w.policy) {
            let detail = format!(
                "it names policy {}, which is not there: nothing is planned for it",
                w.policy
            );
            all.push(notice(NoticeReason::UnknownPolicy, &w.id.0, &detail));
        }
    }
    all.extend(of_places(fleet));
    all.extend(expired_reservations(fleet, memory));
    for w in &fleet.workloads {
        for (c, e) in w.existing.iter().enumerate() {
            if e.unschedulable > 0 {
                let detail = format!(
                    "{} replicas of {} stay unschedulable: nothing more is planned there for a while",
                    e.unschedulable, w.spec.id
                );
                all.push(notice(
                    NoticeReason::CapacityCorrected,
                    &fleet.clusters[c].spec.name.0,
                    &detail,
                ));
            }
        }
    }
    for (cap, state) in caps.iter().zip(states) {
        let name = &fleet.bursts[cap.policy].name.0;
        if cap.spend_unknown {
            all.push(notice(
                NoticeReason::SpendUnknown,
                name,
                "the spend is unknown: no optional moves",
            ));
        }
        if state.rung > CapRung::Free {
            let planned = state.planned.0;
            let mut detail = format!(
                "{}: {} run and {} are planned of {} USD/h",
                state.rung,
                usd(cap.running),
                usd(planned),
                usd(cap.allowed)
            );
            if planned > cap.allowed {
                detail.push_str("; floors and what runs may go beyond it");
            }
            all.push(notice(NoticeReason::MoneyCap, name, &detail));
        }
    }
    all.sort();
    all.dedup();
    all
}

/// What was asked for and has not appeared within the time that it kept its room, in clusters
/// whose pods are seen; said by the one tick in which that time runs out.
fn expired_reservations(fleet: &Fleet<'_>, memory: &Memory) -> Vec<Notice> {
    let lifetime = fleet.policy.settings.reservation_ms;
    let mut all = Vec::new();
    for r in &memory.reservations {
        let workload = fleet.workloads.iter().find(|w| w.spec.id == r.workload);
        let cluster = fleet.clusters.iter().position(|c| c.spec.name == r.cluster);
        let (Some(workload), Some(c)) = (workload, cluster) else {
            continue;
        };
        let e = &workload.existing[c];
        let seen = matches!(
            fleet.clusters[c].condition,
            Condition::Usable | Condition::Cordoned
        );
        let over_at = |now: UnixMs| now.since(r.asked_at_ms) >= lifetime;
        let over = over_at(fleet.now) && !memory.now_ms.is_some_and(over_at);
        let missing = r.target.saturating_sub(e.pods());
        if seen && over && missing > 0 && e.pending == 0 && e.unschedulable == 0 {
            let detail = format!(
                "{missing} of {} replicas of {} have not appeared within {} ms",
                r.target, r.workload, lifetime.0
            );
            all.push(notice(
                NoticeReason::ReservationExpired,
                &r.cluster.0,
                &detail,
            ));
        }
    }
    all
}

fn notice(reason: NoticeReason, subject: &str, detail: &str) -> Notice {
    Notice {
        reason,
        subject: subject.to_owned(),
        detail: detail.to_owned(),
    }
}

/// What a person should know of clusters and node groups.
fn of_places(fleet: &Fleet<'_>) -> Vec<Notice> {
    let mut all = Vec::new();
    for cluster in &fleet.clusters {
        let name = &cluster.spec.name.0;
        match cluster.condition {
            Condition::Stale => {
                all.push(notice(
                    NoticeReason::StaleCapacity,
                    name,
                    "its state is too old: no new replicas there",
                ));
            }
            Condition::Unreachable => {
                all.push(notice(
                    NoticeReason::Unreachable,
                    name,
                    "it does not answer: its last state holds",
                ));
            }
            Condition::Lost => {
                all.push(notice(
                    NoticeReason::Lost,
                    name,
                    "it has not answered for too long and counts as lost",
                ));
            }
            Condition::Usable | Condition::Cordoned => {}
        }
    }
    for group in &fleet.groups {
        let subject = format!(
            "{}/{}",
            fleet.clusters[group.cluster].spec.name, group.spec.name
        );
        if group.backing_off {
            all.push(notice(
                NoticeReason::InsufficientCapacity,
                &subject,
                "the provider has no capacity: backing off",
            ));
        }
        if group.stale_price {
            all.push(notice(
                NoticeReason::StalePrice,
                &subject,
                "its price is older than allowed",
            ));
        }
    }
    all
}
