//! The view of a fleet from snapshot, policy and memory.

use std::collections::BTreeMap;

use crate::clock::Clock;
use crate::ids::{PolicyId, WorkloadId};
use crate::memory::Memory;
use crate::policy::{
    BurstPolicy, CapacityType, ClusterSpec, GroupSpec, Grower, Policy, WorkloadSpec,
};
use crate::snapshot::{ClusterState, GroupState, QuotaState, Snapshot};
use crate::units::{MicroUsdPerHour, UnixMs};

use super::amounts::{self, Amounts, Dims, MOST_NODES, MOST_REPLICAS};
use super::eligible;
use super::existing::{self, Existing, Whose};
use super::together;
use super::view::{Cluster, Condition, Fleet, Group, Node, RunningCost, Workload};

impl<'a> Fleet<'a> {
    /// Builds the view. Workloads whose policy does not exist are left out; the caller says so.
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        policy: &'a Policy,
        memory: &Memory,
        clock: Clock,
    ) -> Self {
        let now = clock.now;
        let dims = Dims::of(
            policy.workloads.iter().map(|w| &w.requests).chain(
                policy
                    .clusters
                    .iter()
                    .flat_map(|c| c.groups.iter().map(|g| &g.allocatable)),
            ),
        );
        let mut fleet = Self {
            policy,
            clock,
            now,
            dims,
            bursts: sorted(&policy.burst_policies, |p| &p.name),
            clusters: Vec::new(),
            groups: Vec::new(),
            nodes: Vec::new(),
            workloads: Vec::new(),
            together: Vec::new(),
        };
        let specs = sorted(&policy.workloads, |w| &w.id);
        let index: BTreeMap<&WorkloadId, usize> = specs
            .iter()
            .filter(|w| policy.burst_policies.iter().any(|p| p.name == w.policy))
            .enumerate()
            .map(|(i, w)| (&w.id, i))
            .collect();
        let requests: Vec<Amounts> = specs
            .iter()
            .filter(|w| index.contains_key(&w.id))
            .map(|w| fleet.dims.need(&w.requests))
            .collect();
        let mut existing: Vec<Vec<Existing>> = Vec::new();
        for spec in sorted(&policy.clusters, |c| &c.name) {
            let state = snapshot.clusters.iter().find(|c| c.name == spec.name);
            let whose = state.map_or_else(Vec::new, |s| existing::whose(s, &index));
            fleet.add_cluster(spec, state, &whose, &requests);
            let lifetime = policy.settings.reservation_ms;
            existing.push(state.map_or_else(
                || vec![Existing::default(); index.len()],
                |s| existing::count(s, &index, &whose, &memory.reservations, now, lifetime),
            ));
        }
        let mut on_nodes = vec![vec![0; fleet.groups.len()]; index.len()];
        for node in &fleet.nodes {
            for (w, count) in &node.ours {
                let here: &mut u32 = &mut on_nodes[*w][node.group];
                *here = here.saturating_add(*count).min(MOST_REPLICAS);
            }
        }
        let policies: BTreeMap<&PolicyId, &BurstPolicy> =
            fleet.bursts.iter().map(|p| (&p.name, *p)).collect();
        let known = specs.into_iter().filter(|w| index.contains_key(&w.id));
        for (w, (spec, request)) in known.zip(requests).enumerate() {
            if let Some(burst) = policies.get(&spec.policy) {
                let existing = existing
                    .iter_mut()
                    .map(|c| std::mem::take(&mut c[w]))
                    .collect();
                let on_nodes = std::mem::take(&mut on_nodes[w]);
                fleet.add_workload(spec, burst, request, existing, on_nodes, memory);
            }
        }
        fleet.together = together::groups(&fleet, memory);
        fleet
    }

    fn add_cluster(
        &mut self,
        spec: &'a ClusterSpec,
        state: Option<&'a ClusterState>,
        whose: &[Whose],
        requests: &[Amounts],
    ) {
        let first = self.groups.len();
        let cluster = self.clusters.len();
        for group in sorted(&spec.groups, |g| &g.name) {
            let seen = state.and_then(|s| s.groups.iter().find(|g| g.name == group.name));
            self.add_group(cluster, spec, state, group, seen, whose, requests);
        }
        let mut quotas: Vec<&QuotaState> =
            state.map_or_else(Vec::new, |s| s.quotas.iter().collect());
        quotas.sort_by_key(|q| (&q.name, &q.scope, q.limit, q.used));
        self.clusters.push(Cluster {
            spec,
            state,
            quotas,
            condition: condition(spec, state, self.clock.host),
            groups: first..self.groups.len(),
        });
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call, all parts of one observation"
    )]
    fn add_group(
        &mut self,
        cluster: usize,
        of: &ClusterSpec,
        state: Option<&'a ClusterState>,
        spec: &'a GroupSpec,
        seen: Option<&GroupState>,
        whose: &[Whose],
        requests: &[Amounts],
    ) {
        let group = self.groups.len();
        let fresh = self.dims.have(&spec.allocatable.minus(&spec.daemons));
        let mut capacity = amounts::nothing(&fresh);
        let mut nodes = Vec::new();
        let mut existing = state.map_or_else(Vec::new, |s| {
            s.nodes
                .iter()
                .zip(whose)
                .filter(|(n, _)| n.group == spec.name && !n.leaving)
                .collect()
        });
        existing.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        for (n, whose) in existing {
            let allocatable = self.dims.have(&n.allocatable);
            let used = self.dims.need(&n.used);
            let keep = i64::from(of.headroom.percent.min(100));
            let mut room = allocatable.clone();
            for dim in [Dims::CPU, Dims::MEMORY] {
                room[dim] -= allocatable[dim] * keep / 100;
            }
            amounts::add(&mut room, &used, -1);
            let mut ours = BTreeMap::new();
            let mut share = amounts::nothing(&fresh);
            for (r, w) in n.replicas.iter().zip(whose) {
                let live = r.bound.saturating_add(r.ready);
                if let Some(w) = w.filter(|_| live > 0) {
                    let live = live.min(MOST_REPLICAS);
                    let here: &mut u32 = ours.entry(w).or_insert(0);
                    *here = here.saturating_add(live).min(MOST_REPLICAS);
                    amounts::add(&mut share, &requests[w], i64::from(live));
                }
            }
            let usable = !n.unschedulable;
            for (dim, total) in capacity.iter_mut().enumerate() {
                let more = if usable { room[dim].max(0) } else { 0 };
                *total = total.saturating_add(share[dim]).saturating_add(more);
            }
            nodes.push(self.nodes.len());
            self.nodes.push(Node {
                name: &n.name,
                group,
                room,
                allocatable,
                usable,
                ours,
            });
        }
        let in_flight = seen.map_or(0, |g| g.in_flight.min(MOST_NODES));
        let held = u32::try_from(nodes.len())
            .unwrap_or(u32::MAX)
            .saturating_add(in_flight);
        let backing_off = seen
            .and_then(|g| g.insufficient_capacity_at_ms)
            .is_some_and(|at| self.clock.host.since(at) < self.policy.settings.capacity_backoff_ms);
        let growth = if backing_off || spec.grower == Grower::Nobody {
            0
        } else {
            spec.max_nodes.min(MOST_NODES).saturating_sub(held)
        };
        let stale_price = seen.and_then(|g| g.price).is_some_and(|p| {
            self.clock.host.since(p.observed_at_ms) > self.policy.settings.price_max_age_ms
        });
        let price = match spec.capacity_type {
            CapacityType::Owned => MicroUsdPerHour(0),
            _ => seen
                .and_then(|g| g.price)
                .map_or(spec.price, |p| p.micro_usd_per_hour),
        };
        self.groups.push(Group {
            cluster,
            spec,
            price: MicroUsdPerHour(price.0.clamp(0, MOST_COST)),
            nodes,
            in_flight,
            growth,
            backing_off,
            stale_price,
            boot: seen.and_then(|g| g.boot).unwrap_or(spec.boot),
            fresh,
            capacity,
        });
    }

    fn add_workload(
        &mut self,
        spec: &'a WorkloadSpec,
        policy: &'a BurstPolicy,
        request: Amounts,
        existing: Vec<Existing>,
        on_nodes: Vec<u32>,
        memory: &Memory,
    ) {
        let barred: Vec<_> = self
            .clusters
            .iter()
            .map(|c| eligible::cluster(spec, c.spec))
            .collect();
        let eligible: Vec<bool> = self
            .groups
            .iter()
            .map(|g| {
                barred[g.cluster].is_none()
                    && eligible::group(spec, g.spec).is_none()
                    && self.large_enough(g, &request)
            })
            .collect();
        let mut holding = on_nodes.clone();
        for (c, e) in existing.iter().enumerate() {
            self.predict_unbound(
                c,
                e.pending.saturating_add(e.asked),
                &spec.id,
                &eligible,
                memory,
                &mut holding,
            );
        }
        let running_cost = self
            .clusters
            .iter()
            .map(|c| running_cost(spec, c.spec))
            .collect();
        self.workloads.push(Workload {
            spec,
            policy,
            fill: spec.fill.unwrap_or(policy.fill),
            request,
            existing,
            barred,
            eligible,
            on_nodes,
            holding,
            running_cost,
        });
    }

    /// Replicas that no node holds yet are predicted where the last plan put them, then in the
    /// cluster's first eligible group.
    fn predict_unbound(
        &self,
        cluster: usize,
        mut unbound: u32,
        workload: &WorkloadId,
        eligible: &[bool],
        memory: &Memory,
        holding: &mut [u32],
    ) {
        if unbound == 0 {
            return;
        }
        let planned = memory.placement.as_ref().map_or(&[][..], |p| &p.counts);
        for g in self.clusters[cluster].groups.clone() {
            let name = &self.groups[g].spec.name;
            let cluster = &self.clusters[cluster].spec.name;
            let wanted: u32 = planned
                .iter()
                .filter(|p| p.workload == *workload && p.cluster == *cluster && p.group == *name)
                .map(|p| p.replicas)
                .fold(0, u32::saturating_add);
            let here = wanted.saturating_sub(holding[g]).min(unbound);
            holding[g] += here;
            unbound -= here;
        }
        if let Some(g) = self.clusters[cluster].groups.clone().find(|g| eligible[*g]) {
            holding[g] += unbound;
        }
    }

    /// Whether one replica fits an empty node of the group, or some node that exists.
    fn large_enough(&self, group: &Group<'_>, request: &Amounts) -> bool {
        amounts::fits(request, &group.fresh)
            || group
                .nodes
                .iter()
                .any(|n| amounts::fits(request, &self.nodes[*n].allocatable))
    }
}

fn condition(spec: &ClusterSpec, state: Option<&ClusterState>, now: UnixMs) -> Condition {
    let Some(state) = state else {
        return Condition::Stale;
    };
    match state.unreachable_since_ms {
        Some(since) if now.since(since) >= spec.lost_after_ms => Condition::Lost,
        Some(_) => Condition::Unreachable,
        None if spec.cordoned => Condition::Cordoned,
        None if now.since(state.observed_at_ms) > spec.capacity_max_age_ms => Condition::Stale,
        None => Condition::Usable,
    }
}

fn running_cost(workload: &WorkloadSpec, cluster: &ClusterSpec) -> RunningCost {
    let cpu = i128::from(workload.requests.cpu_milli.0);
    let marginal = cpu * i128::from(cluster.marginal_per_core.0) / 1000;
    let sent = i128::from(workload.egress_per_hour.0) * i128::from(cluster.egress_per_gib.0);
    let egress = sent >> 30;
    let penalty: i128 = workload
        .data_sets
        .iter()
        .map(|d| {
            let trip = cluster.round_trips_ms.get(&d.name).map_or(0, |t| t.0);
            i128::from(d.penalty_per_ms.0) * i128::from(trip)
        })
        .fold(0, i128::saturating_add);
    let most = i128::from(MOST_COST);
    let held = |x: i128| i64::try_from(x.clamp(0, most)).unwrap_or(MOST_COST);
    RunningCost {
        penalty: held(penalty),
        weighed: held(marginal.saturating_add(egress).saturating_add(penalty)),
        egress: held(-(-sent >> 30)),
    }
}

/// Costs of one replica or node are held within nothing and ten thousand dollars per hour. More,
/// and the costs of [`MOST_REPLICAS`] would leave the 53 bits in which the backend is exact; less
/// than nothing would be earned by renting.
const MOST_COST: i64 = 10_000_000_000;

/// By name; of several with one name the first.
fn sorted<T, K: Ord>(items: &[T], key: impl Fn(&T) -> &K) -> Vec<&T> {
    let mut all: Vec<&T> = items.iter().collect();
    all.sort_by(|a, b| key(a).cmp(key(b)));
    all.dedup_by(|next, kept| key(next) == key(kept));
    all
}
