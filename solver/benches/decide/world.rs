//! A world that does what plans say: what leaves goes first, then replicas are bound, the most
//! urgent first as the scheduler has it, to the emptiest node that takes them,
//! and public nodes come when one is missing and go when they are empty. Boot times are left out,
//! because a tick's cost does not depend on them.

use std::collections::BTreeMap;

use spillway_solver::decision::{ClusterPlan, Plan};
use spillway_solver::policy::{GroupSpec, Tier};
use spillway_solver::resources::Resources;
use spillway_solver::snapshot::{
    ClusterState, MetricState, NodeReplicas, NodeState, Reading, Snapshot, TargetState,
    WorkloadState,
};
use spillway_solver::units::{Bytes, MilliCpu, UnixMs};

use crate::fleet::{Dice, Fleet, PRIVATE};

/// Time between two ticks.
const TICK_MS: i64 = 15_000;

struct Node {
    name: String,
    cluster: usize,
    group: usize,
    /// What others use of it.
    foreign: Resources,
    replicas: BTreeMap<usize, u32>,
}

/// What exists.
pub struct World {
    pub fleet: Fleet,
    now_ms: i64,
    nodes: Vec<Node>,
    /// `spec.replicas` by (workload, cluster).
    targets: BTreeMap<(usize, usize), u32>,
    opened: u32,
}

impl World {
    /// Private nodes enough for two thirds of what is wanted, 5 to 35 % of each used by others.
    pub fn new(fleet: Fleet, dice: &mut Dice) -> Self {
        let cores: u64 = fleet
            .policy
            .workloads
            .iter()
            .zip(&fleet.wanted)
            .map(|(w, n)| w.requests.cpu_milli.0 * u64::from(*n) / 1_000)
            .sum();
        let private: Vec<usize> = (0..fleet.policy.clusters.len())
            .filter(|c| fleet.policy.clusters[*c].tier == Tier::Private)
            .collect();
        let mut world = Self {
            fleet,
            now_ms: 1_790_000_000_000,
            nodes: Vec::new(),
            targets: BTreeMap::new(),
            opened: 0,
        };
        let mut left = i64::try_from(cores * 2 / 3 * 5 / 4).unwrap_or(0);
        let mut next = 0;
        while left > 0 {
            let (cluster, group) = (private[next % private.len()], next % PRIVATE.len());
            let of = world.spec(cluster, group).allocatable.clone();
            let foreign = Resources {
                cpu_milli: MilliCpu(of.cpu_milli.0 * dice.between(5, 35) / 100),
                memory_bytes: Bytes(of.memory_bytes.0 / 100 * dice.between(5, 35)),
                pods: 12,
                ..Resources::default()
            };
            world.open(cluster, group, foreign);
            left -= i64::try_from(of.cpu_milli.0 / 1_000).unwrap_or(1);
            // A site does not have the same number of each shape.
            next += usize::try_from(dice.between(1, 2)).unwrap_or(1);
        }
        world
    }

    /// Starts four fifths of what is wanted wherever there is room, as before there was a plan.
    pub fn adopt(&mut self, dice: &mut Dice) {
        for w in 0..self.fleet.wanted.len() {
            for _ in 0..self.fleet.wanted[w] * 4 / 5 {
                let count = self.fleet.policy.clusters.len();
                let most = u64::try_from(count).unwrap_or(1) - 1;
                let first = usize::try_from(dice.between(0, most)).unwrap_or(0);
                let mut order = (first..first + count).map(|c| c % count);
                let found = order.find_map(|c| {
                    let node = self.room(w, c).or_else(|| self.any_group(w, c))?;
                    Some((c, node))
                });
                let Some((cluster, node)) = found else {
                    continue;
                };
                *self.nodes[node].replicas.entry(w).or_insert(0) += 1;
                *self.targets.entry((w, cluster)).or_insert(0) += 1;
            }
        }
    }

    /// Changes what `percent` of the workloads want by up to 40 % either way.
    pub fn shake(&mut self, percent: u64, dice: &mut Dice) {
        for wanted in &mut self.fleet.wanted {
            if dice.percent(percent) {
                let by = dice.between(60, 140);
                let more = u64::from(*wanted) * by / 100;
                *wanted = u32::try_from(more).unwrap_or(1).clamp(1, 40);
            }
        }
    }

    /// Writes the plan's steps and lets everything happen that follows.
    pub fn follow(&mut self, plan: &Plan) {
        let cluster_of = |world: &Self, name: &str| {
            let clusters = &world.fleet.policy.clusters;
            clusters
                .iter()
                .position(|c| c.name == name)
                .expect("a cluster of the policy")
        };
        let workloads = self.fleet.policy.workloads.iter().enumerate();
        let index: BTreeMap<String, usize> = workloads
            .map(|(w, spec)| (spec.id.to_string(), w))
            .collect();
        for step in &plan.steps {
            let cluster = cluster_of(self, &step.cluster.0);
            self.targets
                .insert((index[step.workload.as_str()], cluster), step.to);
        }
        for victim in &plan.victims {
            let w = index[victim.workload.as_str()];
            let cluster = cluster_of(self, &victim.cluster.0);
            let beyond = self
                .running(w, cluster)
                .saturating_sub(self.target(w, cluster));
            let node = self.nodes.iter_mut().find(|n| n.name == victim.node);
            if let Some(node) = node {
                take(node, w, victim.replicas.min(beyond));
            }
        }
        let mut planned: Vec<(usize, &ClusterPlan)> = plan
            .workloads
            .iter()
            .flat_map(|plan| {
                plan.clusters
                    .iter()
                    .map(|there| (index[plan.id.as_str()], there))
            })
            .collect();
        planned.sort_by_key(|(w, _)| std::cmp::Reverse(self.fleet.policy.workloads[*w].priority));
        for (w, there) in planned.iter().copied() {
            let cluster = cluster_of(self, &there.cluster.0);
            while self.running(w, cluster) > self.target(w, cluster) {
                let on = |n: &&mut Node| n.cluster == cluster && n.replicas.contains_key(&w);
                let node = self
                    .nodes
                    .iter_mut()
                    .find(on)
                    .expect("what runs is on a node");
                take(node, w, 1);
            }
        }
        for (w, there) in planned {
            let cluster = cluster_of(self, &there.cluster.0);
            let groups: Vec<usize> = there
                .groups
                .iter()
                .filter_map(|g| {
                    let groups = &self.fleet.policy.clusters[cluster].groups;
                    groups.iter().position(|of| of.name == g.group)
                })
                .collect();
            while self.running(w, cluster) < self.target(w, cluster) {
                let node = self.room(w, cluster).or_else(|| {
                    let group = groups.iter().find(|g| self.grows(cluster, **g))?;
                    Some(self.open(cluster, *group, self.daemons(cluster, *group)))
                });
                let Some(node) = node else { break };
                *self.nodes[node].replicas.entry(w).or_insert(0) += 1;
            }
        }
        let policy = &self.fleet.policy;
        self.nodes
            .retain(|n| policy.clusters[n.cluster].tier == Tier::Private || !n.replicas.is_empty());
    }

    /// What is observed one tick later.
    pub fn snapshot(&mut self) -> Snapshot {
        self.now_ms += TICK_MS;
        let now = UnixMs(self.now_ms);
        let clusters = (0..self.fleet.policy.clusters.len())
            .map(|c| self.cluster(c, now))
            .collect();
        let workloads = self.fleet.policy.workloads.iter().zip(&self.fleet.wanted);
        let workloads = workloads
            .map(|(spec, wanted)| {
                let primary = Reading::Series {
                    at_ms: now,
                    values_milli: vec![i64::from(*wanted) * 1_000],
                };
                let state = MetricState {
                    primary,
                    ..MetricState::default()
                };
                WorkloadState {
                    id: spec.id.clone(),
                    metrics: BTreeMap::from([("requests".into(), state)]),
                }
            })
            .collect();
        Snapshot {
            now_ms: now,
            clusters,
            workloads,
            ..Snapshot::default()
        }
    }

    fn cluster(&self, c: usize, now: UnixMs) -> ClusterState {
        let nodes = self.nodes.iter().filter(|n| n.cluster == c);
        let nodes = nodes
            .map(|n| NodeState {
                name: n.name.clone(),
                group: self.spec(c, n.group).name.clone(),
                allocatable: self.spec(c, n.group).allocatable.clone(),
                used: self.used(n),
                replicas: n
                    .replicas
                    .iter()
                    .map(|(w, count)| NodeReplicas {
                        workload: self.fleet.policy.workloads[*w].id.clone(),
                        ready: *count,
                        ..NodeReplicas::default()
                    })
                    .collect(),
                ..NodeState::default()
            })
            .collect();
        let targets = (0..self.fleet.wanted.len())
            .filter(|w| self.targets.contains_key(&(*w, c)))
            .map(|w| TargetState {
                workload: self.fleet.policy.workloads[w].id.clone(),
                spec_replicas: self.target(w, c),
                pending: self.target(w, c).saturating_sub(self.running(w, c)),
                ..TargetState::default()
            })
            .collect();
        ClusterState {
            name: self.fleet.policy.clusters[c].name.clone(),
            observed_at_ms: now,
            nodes,
            targets,
            ..ClusterState::default()
        }
    }

    fn spec(&self, cluster: usize, group: usize) -> &GroupSpec {
        &self.fleet.policy.clusters[cluster].groups[group]
    }

    fn daemons(&self, cluster: usize, group: usize) -> Resources {
        self.spec(cluster, group).daemons.clone()
    }

    fn grows(&self, cluster: usize, group: usize) -> bool {
        self.spec(cluster, group).price.0 > 0
    }

    fn target(&self, w: usize, cluster: usize) -> u32 {
        self.targets.get(&(w, cluster)).copied().unwrap_or(0)
    }

    fn running(&self, w: usize, cluster: usize) -> u32 {
        let nodes = self.nodes.iter().filter(|n| n.cluster == cluster);
        nodes.filter_map(|n| n.replicas.get(&w)).sum()
    }

    fn used(&self, node: &Node) -> Resources {
        node.replicas
            .iter()
            .fold(node.foreign.clone(), |used, (w, count)| {
                used.plus(&self.fleet.policy.workloads[*w].requests, *count)
            })
    }

    fn open(&mut self, cluster: usize, group: usize, foreign: Resources) -> usize {
        self.opened += 1;
        self.nodes.push(Node {
            name: format!("node-{:05}", self.opened),
            cluster,
            group,
            foreign,
            replicas: BTreeMap::new(),
        });
        self.nodes.len() - 1
    }

    fn may(&self, w: usize, cluster: usize, group: usize) -> bool {
        let of = &self.spec(cluster, group).labels;
        let wants = &self.fleet.policy.workloads[w].node_selector;
        wants.iter().all(|(key, value)| of.get(key) == Some(value))
    }

    /// The emptiest node of a cluster that takes one more.
    fn room(&self, w: usize, cluster: usize) -> Option<usize> {
        let request = &self.fleet.policy.workloads[w].requests;
        let fitting = (0..self.nodes.len()).filter_map(|n| {
            let node = &self.nodes[n];
            if node.cluster != cluster || !self.may(w, cluster, node.group) {
                return None;
            }
            let have = &self.spec(cluster, node.group).allocatable;
            let free = have.minus(&self.used(node));
            let share = free.cpu_milli.0 * 1_000 / have.cpu_milli.0
                + free.memory_bytes.0 / 1_000 * 1_000 / (have.memory_bytes.0 / 1_000);
            (free.fits(request) > 0).then_some((share, n))
        });
        fitting.max().map(|(_, n)| n)
    }

    /// A new node of a public cluster's first group that takes the workload.
    fn any_group(&mut self, w: usize, cluster: usize) -> Option<usize> {
        let request = self.fleet.policy.workloads[w].requests.clone();
        let group = (0..self.fleet.policy.clusters[cluster].groups.len()).find(|g| {
            let spec = self.spec(cluster, *g);
            let fits = spec.allocatable.minus(&spec.daemons).fits(&request) > 0;
            self.grows(cluster, *g) && self.may(w, cluster, *g) && fits
        })?;
        Some(self.open(cluster, group, self.daemons(cluster, group)))
    }
}

fn take(node: &mut Node, w: usize, count: u32) {
    let here = node.replicas.get(&w).copied().unwrap_or(0);
    if here > count {
        node.replicas.insert(w, here - count);
    } else {
        node.replicas.remove(&w);
    }
}
