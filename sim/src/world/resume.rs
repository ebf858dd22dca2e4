//! A world that goes on from a snapshot: what was seen is there, and what nobody sees begins anew.
//!
//! Nodes, pods, targets, prices, quotas and spent money are those of the snapshot. How long a node still boots, a pod
//! still starts or drains, and what else is in nobody's snapshot, is said in `docs/what-if.md`.

use spillway_solver::ids::WorkloadId;
use spillway_solver::policy::CapacityType;
use spillway_solver::resources::Resources;
use spillway_solver::snapshot::{ClusterState, NodeState, QuotaScope, Snapshot, TargetState};
use spillway_solver::units::{MicroUsd, Millis};

use super::event::{ClusterIndex, NodeIndex, PodIndex, WorldEvent};
use super::ledger::SpentBefore;
use super::setup::{QuotaUse, Setup};
use super::state::{Phase, Pod, State, server_id};
use crate::time::Nanos;

/// How long a pod that was Ready has been so. A day: longer than any time in which rules distrust a young pod.
const LONG_READY: Millis = Millis(86_400_000);

impl Setup {
    /// Takes over what was seen of prices, boot times and what others use.
    pub(super) fn resumed(mut self, snapshot: &Snapshot) -> Self {
        for cluster in &mut self.clusters {
            let mut seen = snapshot.clusters.iter();
            let Some(seen) = seen.find(|seen| seen.name == cluster.name) else {
                continue;
            };
            let mut ours = QuotaUse::default();
            for node in &seen.nodes {
                ours.servers += 1;
                ours.milli += node.allocatable.cpu_milli.0;
            }
            for group in &mut cluster.groups {
                let mut states = seen.groups.iter();
                let Some(state) = states.find(|state| state.name == group.name) else {
                    continue;
                };
                group.price = state
                    .price
                    .map_or(group.price, |price| price.micro_usd_per_hour);
                group.observed_boot = state.boot;
                ours.servers += u64::from(state.in_flight);
                ours.milli += u64::from(state.in_flight) * group.allocatable.cpu_milli.0;
            }
            for quota in &seen.quotas {
                let others = &mut cluster.used_by_others;
                match quota.scope {
                    QuotaScope::Instances => {
                        others.servers = quota.used.saturating_sub(ours.servers);
                    }
                    QuotaScope::InstanceCpu => {
                        others.milli = quota.used.saturating_sub(ours.milli);
                    }
                    _ => {}
                }
            }
        }
        self
    }
}

impl State {
    /// Makes what was seen, before anything reacts to it.
    pub(super) fn restore(&mut self, snapshot: &Snapshot) {
        for cluster in 0..self.sites.len() {
            let name = &self.setup.clusters[cluster].name;
            if let Some(seen) = snapshot.clusters.iter().find(|seen| seen.name == *name) {
                self.restore_seen(cluster, seen);
            }
        }
        if let Some(spend) = &snapshot.spend {
            let before = |spent: MicroUsd| MicroUsd(spent.0.saturating_neg());
            self.ledger.spent_before = SpentBefore {
                hour: before(spend.hour_micro_usd),
                day: before(spend.day_micro_usd),
                month: before(spend.month_micro_usd),
            };
        }
    }

    /// Lets the clusters' own controllers do at once what they would have done anyway.
    pub(super) fn go_on(&mut self) {
        for cluster in 0..self.sites.len() {
            if self.answers(cluster) {
                let nodes = self.sites[cluster].nodes.clone();
                for node in nodes {
                    if self.nodes[node].leaving {
                        self.drain_node(node);
                    }
                }
            }
            for workload in 0..self.setup.workloads.len() {
                self.reconcile(workload, cluster);
            }
            self.schedule_soon(cluster, Nanos::ZERO);
        }
    }

    fn restore_seen(&mut self, cluster: ClusterIndex, seen: &ClusterState) {
        for node in &seen.nodes {
            let groups = &self.setup.clusters[cluster].groups;
            if let Some(group) = groups.iter().position(|group| group.name == node.group) {
                self.restore_node(cluster, group, node);
            }
        }
        self.name_after(cluster, seen);
        for state in &seen.groups {
            let groups = &self.setup.clusters[cluster].groups;
            let Some(group) = groups.iter().position(|group| group.name == state.name) else {
                continue;
            };
            for _ in 0..state.in_flight {
                self.order_node(cluster, group);
            }
            if let Some(at_ms) = state.insufficient_capacity_at_ms {
                self.recall_refusal(cluster, group, at_ms);
            }
        }
        for target in &seen.targets {
            self.restore_target(cluster, target);
        }
        if let Some(since) = seen.unreachable_since_ms {
            self.faults.recall_silence(cluster, since);
        }
    }

    fn restore_node(&mut self, cluster: ClusterIndex, group: usize, seen: &NodeState) {
        let replicas: Vec<(usize, [u32; 3])> = seen
            .replicas
            .iter()
            .filter_map(|here| {
                let workload = self.workload_index(&here.workload)?;
                Some((workload, [here.ready, here.bound, here.terminating]))
            })
            .collect();
        let ours = replicas
            .iter()
            .fold(Resources::default(), |sum, (workload, counts)| {
                let requests = &self.setup.workloads[*workload].requests;
                sum.plus(requests, counts.iter().sum())
            });
        let index = self.new_node(cluster, group);
        let node = &mut self.nodes[index];
        node.name.clone_from(&seen.name);
        node.others = seen.used.minus(&ours);
        node.used = node.others.plus(&ours, 1);
        // A node that holds more than it may is full, not broken.
        node.allocatable = Resources {
            cpu_milli: seen.allocatable.cpu_milli.max(node.used.cpu_milli),
            memory_bytes: seen.allocatable.memory_bytes.max(node.used.memory_bytes),
            ..seen.allocatable.clone()
        };
        self.node_up(index);
        for (workload, counts) in replicas {
            for (phase, count) in [Phase::Ready, Phase::Starting, Phase::Terminating]
                .into_iter()
                .zip(counts)
            {
                for _ in 0..count {
                    self.restore_bound_pod(workload, index, phase);
                }
            }
        }
        self.nodes[index].cordoned = seen.unschedulable && !seen.leaving;
        self.nodes[index].leaving = seen.leaving;
    }

    /// Further nodes get names that no node of the snapshot has.
    fn name_after(&mut self, cluster: ClusterIndex, seen: &ClusterState) {
        let groups = self.setup.clusters[cluster].groups.iter();
        for (group, next) in groups.zip(&mut self.sites[cluster].ordered) {
            let numbers = seen.nodes.iter().filter_map(|node| {
                let number = node.name.strip_prefix(group.name.as_str())?;
                number.strip_prefix('-')?.parse::<u32>().ok()
            });
            let free = numbers.max().map_or(0, |last| last.saturating_add(1));
            *next = free.max(*next);
        }
    }

    fn restore_target(&mut self, cluster: ClusterIndex, seen: &TargetState) {
        let Some(workload) = self.workload_index(&seen.workload) else {
            return;
        };
        let target = &mut self.sites[cluster].targets[workload];
        target.spec = seen.spec_replicas;
        target.template_hash.clone_from(&seen.template);
        for number in 0..seen.pending {
            let pod = self.restore_pod(workload, cluster, Phase::Pending);
            let refused = number < seen.unschedulable;
            self.pods[pod].unschedulable_since = refused.then_some(self.now);
            self.sites[cluster].targets[workload].pods.push(pod);
            self.ledger.not_ready[workload].add(self.now, 1);
        }
    }

    /// A pod on a node. One that starts pulls its image unless another pod has it there; one that terminates takes its
    /// whole grace.
    fn restore_bound_pod(&mut self, workload: usize, index: NodeIndex, phase: Phase) {
        let (now, cluster) = (self.now, self.nodes[index].cluster);
        let pod = self.restore_pod(workload, cluster, phase);
        self.pods[pod].node = Some(index);
        // It is there, so it may.
        self.pods[pod].may_use_spot |= self.group(index).capacity_type == CapacityType::Spot;
        let pull = self.image_pull(cluster);
        let node = &mut self.nodes[index];
        node.pods.push(pod);
        node.empty_since = None;
        let pull = if phase == Phase::Starting {
            pull
        } else {
            Nanos::ZERO
        };
        let image_at = *node.image_at[workload].get_or_insert(now + pull);
        let requests = self.setup.workloads[workload].requests.cpu_milli.0;
        self.ledger
            .add_used_cpu(&self.setup, cluster, now, requests);
        if phase == Phase::Terminating {
            let grace = self.setup.workloads[workload].grace;
            self.after(grace, WorldEvent::PodGone(pod));
            return;
        }
        self.sites[cluster].targets[workload].pods.push(pod);
        if phase == Phase::Ready {
            self.pods[pod].ready_at = Some(now);
            self.pods[pod].older = LONG_READY;
            self.ledger.ready[workload][cluster].add(now, 1);
            self.queues[workload].add_server(now, server_id(cluster, pod));
        } else {
            self.ledger.not_ready[workload].add(now, 1);
            let ready_at = image_at.max(now) + self.setup.pods.readiness.0;
            self.agenda.push((ready_at, WorldEvent::PodReady(pod)));
        }
    }

    fn restore_pod(&mut self, workload: usize, cluster: ClusterIndex, phase: Phase) -> PodIndex {
        self.pods.push(Pod {
            cluster,
            workload,
            phase,
            created_at: self.now,
            older: Millis::default(),
            ready_at: None,
            node: None,
            unschedulable_since: None,
            cheap_to_delete: false,
            may_use_spot: self.new_pod_may_use_spot(workload, cluster),
            template: 0,
            crashes: 0,
        });
        self.pods.len() - 1
    }

    fn workload_index(&self, id: &WorkloadId) -> Option<usize> {
        let mut workloads = self.setup.workloads.iter();
        workloads.position(|workload| workload.id == *id)
    }
}
