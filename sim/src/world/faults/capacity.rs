//! Orders of nodes that fail, and nodes that boot slowly.

use spillway_solver::snapshot::{QuotaScope, QuotaState};
use spillway_solver::units::UnixMs;

use super::{Effect, stretched};
use crate::config::{NodeAutoscaler, Quotas};
use crate::time::Nanos;
use crate::world::event::{ClusterIndex, WorldEvent};
use crate::world::state::State;

/// How long Karpenter takes an offering for unavailable: its cache's time to live. Shorter, and
/// every batch asks again in vain.
const KARPENTER_FORGETS: Nanos = Nanos::from_secs(180);

/// Cluster Autoscaler's `--initial-node-group-backoff-duration`.
const FIRST_BACKOFF: Nanos = Nanos::from_secs(300);

/// Cluster Autoscaler's `--max-node-group-backoff-duration`.
const LONGEST_BACKOFF: Nanos = Nanos::from_secs(1_800);

/// The last order of a group that failed.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct Refusal {
    /// When it failed, on the autoscaler's clock.
    at_ms: UnixMs,
    /// When the node autoscaler asks again.
    until: Nanos,
    /// For how long it does not ask; zero after an order that did not fail.
    backoff: Nanos,
}

impl State {
    /// Whether an order of one more node of a group would succeed.
    pub(in crate::world) fn has_capacity(&self, cluster: ClusterIndex, group: usize) -> bool {
        let lacking = |effect: &Effect| match effect {
            Effect::InsufficientCapacity(c, g)
            | Effect::SpotInterruption {
                cluster: c,
                group: g,
                ..
            } => (*c, *g) == (cluster, group),
            _ => false,
        };
        if self.faults.running().any(lacking) {
            return false;
        }
        let limits = self.quotas(cluster);
        if limits == Quotas::default() {
            return true;
        }
        let (servers, milli) = self.quota_used(cluster);
        let more = self.setup.clusters[cluster].groups[group]
            .allocatable
            .cpu_milli
            .0;
        limits
            .instances
            .is_none_or(|most| servers < u64::from(most))
            && limits
                .cores
                .is_none_or(|most| milli + more <= u64::from(most) * 1_000)
    }

    /// Whether the node autoscaler asks for nodes of a group.
    pub(in crate::world) fn is_backing_off(&self, cluster: ClusterIndex, group: usize) -> bool {
        let refusal = self.sites[cluster].refusals[group];
        refusal.is_some_and(|refusal| self.now < refusal.until)
    }

    /// When an order of a group last failed.
    pub(in crate::world) fn last_refused(
        &self,
        cluster: ClusterIndex,
        group: usize,
    ) -> Option<UnixMs> {
        self.sites[cluster].refusals[group].map(|refusal| refusal.at_ms)
    }

    /// An order fails; the node autoscaler leaves the group alone for a while.
    pub(in crate::world) fn refuse_order(&mut self, cluster: ClusterIndex, group: usize) {
        let last = self.sites[cluster].refusals[group].map_or(Nanos::ZERO, |last| last.backoff);
        let backoff = match self.setup.clusters[cluster].node_autoscaler {
            NodeAutoscaler::Karpenter(_) => KARPENTER_FORGETS,
            NodeAutoscaler::ClusterAutoscaler(_) => {
                (last + last).max(FIRST_BACKOFF).min(LONGEST_BACKOFF)
            }
        };
        self.sites[cluster].refusals[group] = Some(Refusal {
            at_ms: self.host_now(),
            until: self.now + backoff,
            backoff,
        });
        // Karpenter acts when the scheduler has looked again; Cluster Autoscaler scans anyway.
        self.after(backoff, WorldEvent::Schedule(cluster));
        self.note_struck(|effect| match effect {
            Effect::InsufficientCapacity(c, g)
            | Effect::SpotInterruption {
                cluster: c,
                group: g,
                ..
            } => (*c, *g) == (cluster, group),
            Effect::QuotaCut(c, _) => *c == cluster,
            _ => false,
        });
    }

    /// An order failed before the run began.
    pub(in crate::world) fn recall_refusal(
        &mut self,
        cluster: ClusterIndex,
        group: usize,
        at_ms: UnixMs,
    ) {
        let backoff = match self.setup.clusters[cluster].node_autoscaler {
            NodeAutoscaler::Karpenter(_) => KARPENTER_FORGETS,
            NodeAutoscaler::ClusterAutoscaler(_) => FIRST_BACKOFF,
        };
        let passed = Nanos::from_millis(self.unix_ms(self.now).since(at_ms).0);
        let left = backoff.saturating_sub(passed);
        self.sites[cluster].refusals[group] = Some(Refusal {
            at_ms,
            until: self.now + left,
            backoff,
        });
        self.after(left, WorldEvent::Schedule(cluster));
    }

    /// An order has not failed.
    pub(in crate::world) fn accept_order(&mut self, cluster: ClusterIndex, group: usize) {
        if let Some(refusal) = &mut self.sites[cluster].refusals[group] {
            refusal.backoff = Nanos::ZERO;
        }
    }

    /// A drawn boot time as it is while faults run.
    pub(in crate::world) fn boot_span(
        &self,
        cluster: ClusterIndex,
        group: usize,
        drawn: Nanos,
    ) -> Nanos {
        let factors = self.faults.running().filter_map(|effect| match effect {
            Effect::SlowBoot(c, of, factor) if *c == cluster && of.is_none_or(|of| of == group) => {
                Some(*factor)
            }
            _ => None,
        });
        stretched(drawn, factors)
    }

    /// The quotas of a cluster as an autoscaler sees them.
    pub(in crate::world) fn observe_quotas(&self, cluster: ClusterIndex) -> Vec<QuotaState> {
        let limits = self.quotas(cluster);
        if limits == Quotas::default() {
            return Vec::new();
        }
        let (servers, milli) = self.quota_used(cluster);
        let row = |name: &str, scope, limit: Option<u64>, used| {
            limit.map(|limit| QuotaState {
                name: name.to_owned(),
                scope,
                limit,
                used,
            })
        };
        let instances = limits.instances.map(u64::from);
        let cores_milli = limits.cores.map(|cores| u64::from(cores) * 1_000);
        [
            row("instances", QuotaScope::Instances, instances, servers),
            row("cores", QuotaScope::InstanceCpu, cores_milli, milli),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The limits in force: those of the world, or lower ones while they are cut.
    fn quotas(&self, cluster: ClusterIndex) -> Quotas {
        let lower = |limit: Option<u32>, cut: Option<u32>| match (limit, cut) {
            (Some(limit), Some(cut)) => Some(limit.min(cut)),
            (limit, _) => limit,
        };
        let usual = self.setup.clusters[cluster].quotas;
        self.faults
            .running()
            .fold(usual, |limits, effect| match effect {
                Effect::QuotaCut(c, cut) if *c == cluster => Quotas {
                    instances: lower(limits.instances, cut.instances),
                    cores: lower(limits.cores, cut.cores),
                },
                _ => limits,
            })
    }

    /// Servers that boot or are up, and their milli-cores, with those of others.
    fn quota_used(&self, cluster: ClusterIndex) -> (u64, u64) {
        let nodes = &self.sites[cluster].nodes;
        let milli = nodes
            .iter()
            .map(|node| self.nodes[*node].allocatable.cpu_milli.0);
        let others = self.setup.clusters[cluster].used_by_others;
        (
            others.servers + nodes.len() as u64,
            others.milli + milli.sum::<u64>(),
        )
    }

    /// Counts something that was struck for the first running fault that may have done it.
    fn note_struck(&mut self, by: impl Fn(&Effect) -> bool) {
        let mut running = self
            .faults
            .list
            .iter_mut()
            .filter(|fault| fault.running > 0);
        if let Some(fault) = running.find(|fault| by(&fault.effect)) {
            fault.struck += 1;
        }
    }
}
