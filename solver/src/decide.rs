//! One tick, as numbered stages.

use crate::capacity::{Fleet, MOST_REPLICAS};
use crate::clock::Clock;
use crate::decision::{Decision, Rationale, Versions, WorkloadPlan};
use crate::ids::WorkloadId;
use crate::memory::{Correction, Memory, MoveRecord, Refused, Reservation};
use crate::notices::notices;
use crate::placement::{self, Demand, Placed, Wanted};
use crate::policy::{Policy, Tier};
use crate::queue::HomeRoom;
use crate::scaling::{FleetWorkload, scale_fleet};
use crate::schedule::tzdata_version;
use crate::snapshot::Snapshot;
use crate::traffic_follow;
use crate::units::Millis;

/// What a decision depends on besides its input.
#[must_use]
pub fn versions() -> Versions {
    Versions {
        core: env!("CARGO_PKG_VERSION").to_owned(),
        backend: placement::BACKEND.to_owned(),
        tzdata: tzdata_version().to_owned(),
    }
}

/// Decides one tick: pure and total. The same input gives the same output, byte for byte.
#[must_use]
pub fn decide(snapshot: &Snapshot, policy: &Policy, memory: &Memory) -> Decision {
    // 1. The tick's time.
    let clock = Clock::new(
        snapshot.now_ms,
        memory.now_ms,
        policy.settings.max_clock_skew_ms,
    );

    // 2. What exists, what is usable, who may run where.
    let fleet = Fleet::new(snapshot, policy, memory, clock);

    // 3. How many replicas each workload shall have.
    let scaled = scale_fleet(snapshot, policy, memory, &clock, &|id| {
        home_room(&fleet, id)
    });
    let of_workload = by_workload(&fleet, &scaled);
    let demand = demand(&of_workload);

    // 4. What money allows.
    let failover = fleet.workloads.iter().enumerate().any(|(w, workload)| {
        (0..fleet.clusters.len()).any(|c| fleet.gone(w, c) && workload.existing[c].spec > 0)
    });
    let caps = placement::caps(&fleet, snapshot.spend.as_ref(), failover);

    // 5. Where they run.
    let placed = placement::place(&fleet, &demand, &caps, memory);

    // 6. What to write now.
    let apply = placement::apply(&fleet, &placed.counts);
    let mut plan = placement::plan(&fleet, &demand, &placed, &apply);

    // 7. Traffic follows Ready replicas.
    let weights = traffic_follow::weights(&fleet, snapshot, memory);
    for (workload, answer) in plan.workloads.iter_mut().zip(&weights) {
        if let Some(answer) = answer {
            workload.weights.clone_from(&answer.weights);
        }
    }

    // 8. Why.
    let otherwise = placement::counterfactuals(&fleet, &demand, memory);
    let (reasons, unmet) = placement::rationale(&fleet, &demand, &placed, &caps);
    let cap_states = placement::cap_states(&fleet, &placed, &caps);
    let mut said = notices(&fleet, policy, memory, &clock, &caps, &cap_states, &scaled);
    said.extend(unmet);
    said.sort();
    let mut rationale = Rationale {
        workloads: reasons,
        money: placement::money(&fleet, &placed.counts, &placed.nodes),
        caps: cap_states,
        counterfactuals: otherwise.costs,
        private_core: placed.private_core.clone(),
        solver: placed.report.clone(),
        notices: said,
    };
    for (reasons, scaled) in rationale.workloads.iter_mut().zip(&of_workload) {
        if let Some(s) = scaled {
            reasons.metrics.clone_from(&s.metrics);
            reasons.scaling.clone_from(&s.steps);
        }
    }

    // 9. What to remember.
    let mut after = remember(
        &fleet,
        &clock,
        memory,
        scaled,
        placed,
        &plan.workloads,
        &weights,
    );
    after.priced_otherwise = Some(otherwise);
    carry_on(&policy.refused, memory, &mut after);
    Decision {
        schema_version: snapshot.schema_version,
        versions: versions(),
        plan,
        memory: after,
        rationale,
    }
}

/// How many more replicas of a workload fit at home, and how long they take to boot there and
/// in public.
fn home_room(fleet: &Fleet<'_>, id: &WorkloadId) -> HomeRoom {
    let Ok(w) = fleet.workloads.binary_search_by(|w| w.spec.id.cmp(id)) else {
        return HomeRoom {
            replicas: 0,
            private_boot_ms: Millis(0),
            public_boot_ms: Millis(0),
        };
    };
    let boot = |tier: Tier| {
        let eligible = |g: &usize| fleet.tier(*g) == tier && fleet.workloads[w].eligible[*g];
        (0..fleet.groups.len())
            .filter(eligible)
            .map(|g| fleet.groups[g].boot.p95_ms)
            .min()
            .unwrap_or(Millis(0))
    };
    HomeRoom {
        replicas: fleet.room_at_home(w),
        private_boot_ms: boot(Tier::Private),
        public_boot_ms: boot(Tier::Public),
    }
}

/// The scaling of each workload of the fleet; both are in order of id.
fn by_workload<'s>(
    fleet: &Fleet<'_>,
    scaled: &'s [FleetWorkload],
) -> Vec<Option<&'s FleetWorkload>> {
    let mut rest = scaled.iter().peekable();
    fleet
        .workloads
        .iter()
        .map(|w| {
            while rest.next_if(|s| s.id < w.spec.id).is_some() {}
            rest.next_if(|s| s.id == w.spec.id)
        })
        .collect()
}

fn demand(scaled: &[Option<&FleetWorkload>]) -> Demand {
    let counts = |f: &dyn Fn(&FleetWorkload) -> u32| {
        let each = scaled.iter().map(|s| s.map_or(0, f));
        each.collect()
    };
    Demand {
        desired: counts(&|s| s.desired.min(MOST_REPLICAS)),
        floor: counts(&|s| s.floor.min(MOST_REPLICAS)),
        beyond: counts(&|s| s.desired.saturating_sub(MOST_REPLICAS)),
    }
}

/// What was remembered of workloads for which nothing is decided now stays as it was.
fn carry_on(refused: &[WorkloadId], before: &Memory, after: &mut Memory) {
    for id in refused {
        if let Some(kept) = before.workloads.get(id) {
            let of_workload = after.workloads.entry(id.clone());
            of_workload.or_insert_with(|| kept.clone());
        }
    }
}

fn remember(
    fleet: &Fleet<'_>,
    clock: &Clock,
    before: &Memory,
    scaled: Vec<FleetWorkload>,
    placed: Placed,
    plans: &[WorkloadPlan],
    weights: &[Option<crate::traffic::TrafficWeights>],
) -> Memory {
    let mut memory = Memory {
        schema_version: before.schema_version,
        now_ms: Some(clock.now),
        epoch: before.epoch,
        workloads: scaled.into_iter().map(|s| (s.id, s.memory)).collect(),
        ..Memory::default()
    };
    let wanted = Wanted::now(fleet, &placed.counts);
    let mut changed = false;
    for (w, workload) in fleet.workloads.iter().enumerate() {
        let Some(m) = memory.workloads.get_mut(&workload.spec.id) else {
            continue;
        };
        let window = workload.policy.recall.budget.window_ms;
        m.moves.retain(|r| clock.now.since(r.at_ms) < window);
        let begun = placement::moves_begun(&placed, w);
        if begun > 0 {
            m.moves.push(MoveRecord {
                at_ms: clock.now,
                replicas: begun,
            });
        }
        m.room_since_ms = placed.room_since[w];
        if let Some(weights) = &weights[w] {
            m.weights.clone_from(weights);
        }
        for (c, e) in workload.existing.iter().enumerate() {
            let cluster = &fleet.clusters[c].spec.name;
            let target = plans[w]
                .clusters
                .iter()
                .find(|p| p.cluster == *cluster)
                .map_or(0, |p| p.apply);
            changed |= target != e.spec;
            if target > e.pods() {
                memory.reservations.push(reservation(
                    before,
                    clock,
                    cluster,
                    &workload.spec.id,
                    target,
                ));
            }
            let explained = placement::waited(fleet, before, w, c);
            if e.unschedulable > 0 && wanted.vacates(fleet, w, c) {
                memory.refused.push(Refused {
                    cluster: cluster.clone(),
                    workload: workload.spec.id.clone(),
                    at_ms: clock.now,
                });
            } else if let Some(old) = explained.filter(|_| e.unschedulable > 0) {
                memory.refused.push(old.clone());
            } else if e.unschedulable > 0 {
                memory.corrections.push(Correction {
                    cluster: cluster.clone(),
                    workload: workload.spec.id.clone(),
                    at_ms: clock.now,
                });
            }
        }
    }
    let lasts = fleet.policy.settings.capacity_backoff_ms;
    for old in &before.corrections {
        let renewed = memory
            .corrections
            .iter()
            .any(|k| k.cluster == old.cluster && k.workload == old.workload);
        if !renewed && clock.now.since(old.at_ms) < lasts {
            memory.corrections.push(old.clone());
        }
    }
    memory
        .corrections
        .sort_by(|a, b| (&a.cluster, &a.workload).cmp(&(&b.cluster, &b.workload)));
    memory
        .refused
        .sort_by(|a, b| (&a.cluster, &a.workload).cmp(&(&b.cluster, &b.workload)));
    memory.epoch = memory.epoch.saturating_add(u64::from(changed));
    let epoch = memory.epoch;
    for r in memory
        .reservations
        .iter_mut()
        .filter(|r| r.asked_at_ms == clock.now)
    {
        r.epoch = epoch;
    }
    memory.placement = Some(placed.last);
    memory
}

/// The reservation of replicas asked for and not seen; an unchanged one keeps its age.
fn reservation(
    before: &Memory,
    clock: &Clock,
    cluster: &crate::ids::ClusterId,
    workload: &WorkloadId,
    target: u32,
) -> Reservation {
    let old = before
        .reservations
        .iter()
        .find(|r| r.cluster == *cluster && r.workload == *workload && r.target == target);
    Reservation {
        cluster: cluster.clone(),
        workload: workload.clone(),
        epoch: old.map_or(before.epoch, |r| r.epoch),
        target,
        asked_at_ms: old.map_or(clock.now, |r| r.asked_at_ms),
    }
}
