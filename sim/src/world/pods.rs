//! Pods: pending, starting, Ready, terminating, gone.

use spillway_solver::units::Millis;

use super::event::{ClusterIndex, NodeIndex, PodIndex, WorldEvent};
use super::scheduler::{Candidate, choose};
use super::state::{Phase, Pod, State, server_id};
use crate::config::NodeAutoscaler;
use crate::time::Nanos;

impl State {
    /// Creates a pod, which the scheduler will see shortly.
    pub(super) fn create_pod(&mut self, workload: usize, cluster: ClusterIndex) {
        let pod = self.pods.len();
        let may_use_spot = self.new_pod_may_use_spot(workload, cluster);
        self.pods.push(Pod {
            cluster,
            workload,
            phase: Phase::Pending,
            created_at: self.now,
            older: Millis::default(),
            ready_at: None,
            node: None,
            unschedulable_since: None,
            cheap_to_delete: false,
            may_use_spot,
            template: self.sites[cluster].targets[workload].template,
            crashes: 0,
        });
        self.sites[cluster].targets[workload].pods.push(pod);
        self.ledger.not_ready[workload].add(self.now, 1);
        self.ledger.workloads[workload].replica_starts += 1;
        self.schedule_soon(cluster, self.setup.pods.scheduling.0);
    }

    /// Lets the scheduler look at a cluster's pending pods after `span`.
    pub(super) fn schedule_soon(&mut self, cluster: ClusterIndex, span: Nanos) {
        if !std::mem::replace(&mut self.sites[cluster].will_schedule, true) {
            self.after(span, WorldEvent::Schedule(cluster));
        }
    }

    /// The scheduler binds what has room, the highest priority and then the oldest first.
    pub(super) fn schedule_pods(&mut self, cluster: ClusterIndex) {
        self.sites[cluster].will_schedule = false;
        if !self.is_controlled(cluster) {
            return;
        }
        let mut stuck = false;
        for pod in self.pending_pods(cluster) {
            if let Some(node) = self.choose_node(pod) {
                self.bind(pod, node);
            } else {
                stuck = true;
                let since = &mut self.pods[pod].unschedulable_since;
                *since = since.or(Some(self.now));
            }
        }
        let autoscaler = self.setup.clusters[cluster].node_autoscaler;
        if let NodeAutoscaler::Karpenter(karpenter) = autoscaler
            && stuck
            && !std::mem::replace(&mut self.sites[cluster].will_provision, true)
        {
            self.after(karpenter.batch.0, WorldEvent::Provision(cluster));
        }
    }

    /// Pods without a node, in the order in which the scheduler takes them.
    pub(super) fn pending_pods(&self, cluster: ClusterIndex) -> Vec<PodIndex> {
        let targets = self.sites[cluster].targets.iter();
        let mut pending: Vec<PodIndex> = targets
            .flat_map(|target| target.pods.iter().copied())
            .filter(|pod| self.pods[*pod].phase == Phase::Pending)
            .collect();
        pending.sort_by_key(|pod| {
            let priority = self.setup.workloads[self.pods[*pod].workload].priority;
            (std::cmp::Reverse(priority), *pod)
        });
        pending
    }

    /// A bound pod serves.
    pub(super) fn pod_ready(&mut self, pod: PodIndex) {
        let Pod {
            workload, cluster, ..
        } = self.pods[pod];
        if self.pods[pod].phase != Phase::Starting {
            return;
        }
        self.pods[pod].phase = Phase::Ready;
        self.pods[pod].ready_at = Some(self.now);
        self.ledger.not_ready[workload].sub(self.now, 1);
        self.ledger.ready[workload][cluster].add(self.now, 1);
        self.queues[workload].add_server(self.now, server_id(cluster, pod));
        if self.sites[cluster].targets[workload].rolling && self.is_controlled(cluster) {
            self.reconcile(workload, cluster);
        }
    }

    /// Deletes a pod: it gets no more requests, and its grace to finish those it has.
    pub(super) fn delete_pod(&mut self, pod: PodIndex) {
        let now = self.now;
        let Pod {
            workload, cluster, ..
        } = self.pods[pod];
        if self.leave_target(pod) == Phase::Ready {
            let server = server_id(cluster, pod);
            let finish = self.queues[workload].drain_server(now, server);
            let work = finish.map_or(Nanos::ZERO, |finish| finish.saturating_sub(now));
            let span = work.min(self.setup.workloads[workload].grace);
            self.after(span, WorldEvent::PodGone(pod));
        } else {
            self.pod_gone(pod);
        }
    }

    /// Kills a pod with its node; its `ReplicaSet` replaces it.
    pub(super) fn lose_pod(&mut self, pod: PodIndex) {
        let Pod {
            workload, cluster, ..
        } = self.pods[pod];
        let was_terminating = self.pods[pod].phase == Phase::Terminating;
        if !was_terminating {
            self.leave_target(pod);
        }
        self.pod_gone(pod);
        if !was_terminating {
            self.reconcile(workload, cluster);
        }
    }

    /// A pod counts for its target no more; returns what it was doing.
    fn leave_target(&mut self, pod: PodIndex) -> Phase {
        let now = self.now;
        let Pod {
            workload, cluster, ..
        } = self.pods[pod];
        let pods = &mut self.sites[cluster].targets[workload].pods;
        pods.retain(|other| *other != pod);
        self.ledger.workloads[workload].replica_stops += 1;
        let was = std::mem::replace(&mut self.pods[pod].phase, Phase::Terminating);
        if was == Phase::Ready {
            self.ledger.ready[workload][cluster].sub(now, 1);
        } else {
            self.ledger.not_ready[workload].sub(now, 1);
        }
        was
    }

    /// A terminating pod ends; requests that it has not finished are retried elsewhere.
    pub(super) fn pod_gone(&mut self, pod: PodIndex) {
        let Pod {
            workload,
            cluster,
            node,
            phase,
            ..
        } = self.pods[pod];
        if phase == Phase::Gone {
            // It died with its node before its grace was over.
            return;
        }
        self.queues[workload].lose_server(self.now, server_id(cluster, pod));
        self.pods[pod].phase = Phase::Gone;
        let Some(index) = node else {
            return;
        };
        let requests = &self.setup.workloads[workload].requests;
        let node = &mut self.nodes[index];
        node.used = node.used.minus(requests);
        node.pods.retain(|other| *other != pod);
        self.ledger
            .sub_used_cpu(&self.setup, cluster, self.now, requests.cpu_milli.0);
        if node.pods.is_empty() {
            self.node_is_empty(index);
        }
        self.schedule_soon(cluster, Nanos::ZERO);
    }

    fn choose_node(&mut self, pod: PodIndex) -> Option<NodeIndex> {
        let pod = &self.pods[pod];
        let (workload, cluster) = (pod.workload, pod.cluster);
        let spec = &self.setup.clusters[cluster];
        let nodes = &self.nodes;
        let site = &mut self.sites[cluster];
        let candidates = site.nodes.iter().filter_map(|index| {
            let node = &nodes[*index];
            let group = &spec.groups[node.group];
            let candidate = Candidate {
                allocatable: &node.allocatable,
                used: &node.used,
            };
            (node.takes_pods() && group.takes_pod(pod)).then_some((*index, candidate))
        });
        let requests = &self.setup.workloads[workload].requests;
        choose(spec.scheduling, candidates, requests, &mut site.ties)
    }

    fn bind(&mut self, pod: PodIndex, index: NodeIndex) {
        let now = self.now;
        let readiness = self.setup.pods.readiness.0;
        let pull = self.image_pull(self.pods[pod].cluster);
        let Pod {
            workload, cluster, ..
        } = self.pods[pod];
        let requests = &self.setup.workloads[workload].requests;
        let node = &mut self.nodes[index];
        node.used = node.used.plus(requests, 1);
        node.pods.push(pod);
        node.empty_since = None;
        node.unneeded_since = None;
        let image_at = *node.image_at[workload].get_or_insert(now + pull);
        self.ledger
            .add_used_cpu(&self.setup, cluster, now, requests.cpu_milli.0);
        self.pods[pod].phase = Phase::Starting;
        self.pods[pod].node = Some(index);
        self.pods[pod].unschedulable_since = None;
        let ready_at = image_at.max(now) + readiness;
        self.agenda.push((ready_at, WorldEvent::PodReady(pod)));
    }

    /// Makes every pod that has a node Ready at once: the state at the start of the run.
    pub(super) fn settle(&mut self) {
        for cluster in 0..self.sites.len() {
            self.schedule_pods(cluster);
        }
        for pod in 0..self.pods.len() {
            self.pod_ready(pod);
        }
    }
}
