//! What exists in the world: nodes, pods, targets and queues.
//!
//! The transitions lie in files of their own: `nodes`, `pods`, `replicas`, `rollout`,
//! `karpenter`, `cluster_autoscaler` and `faults`. What they schedule goes to the agenda, from which the loop takes it.

use rand_pcg::Pcg64;
use spillway_solver::policy::Tier;
use spillway_solver::resources::Resources;
use spillway_solver::units::{MicroUsdPerHour, Millis, UnixMs};

use super::dns::Resolvers;
use super::event::{ClusterIndex, NodeIndex, PodIndex, WorldEvent};
use super::faults::{Faults, Refusal};
use super::ledger::Ledger;
use super::queue::Queue;
use super::setup::{Group, Setup};
use crate::queue::ServerId;
use crate::random::stream;
use crate::time::Nanos;

/// Everything that exists.
pub(super) struct State {
    pub(super) setup: Setup,
    /// The time of what happens now.
    pub(super) now: Nanos,
    pub(super) sites: Vec<Site>,
    /// Every node that was ever ordered.
    pub(super) nodes: Vec<Node>,
    /// Every pod that was ever created.
    pub(super) pods: Vec<Pod>,
    /// The requests of each workload.
    pub(super) queues: Vec<Queue>,
    /// What the clients of each workload are told, where DNS decides it.
    pub(super) resolvers: Vec<Option<Resolvers>>,
    pub(super) ledger: Ledger,
    pub(super) faults: Faults,
    pub(super) agenda: Vec<(Nanos, WorldEvent)>,
}

/// A cluster.
pub(super) struct Site {
    /// Nodes that boot or are up, in the order of their orders.
    pub(super) nodes: Vec<NodeIndex>,
    /// Nodes ever ordered in each group; names the next one.
    pub(super) ordered: Vec<u32>,
    /// Nodes of each group that boot or are up.
    pub(super) alive: Vec<u32>,
    /// What a node of each group costs now.
    pub(super) prices: Vec<MicroUsdPerHour>,
    /// The least that a node of each group has cost so far.
    pub(super) lowest_prices: Vec<MicroUsdPerHour>,
    /// The last order of each group that failed.
    pub(super) refusals: Vec<Option<Refusal>>,
    /// Each workload's scale target.
    pub(super) targets: Vec<ScaleTarget>,
    /// Whether the scheduler will look at the pending pods anyway.
    pub(super) will_schedule: bool,
    /// Whether Karpenter will look at the pending pods anyway.
    pub(super) will_provision: bool,
    /// When Cluster Autoscaler last added a node.
    pub(super) last_addition: Option<Nanos>,
    /// Breaks the scheduler's ties.
    pub(super) ties: Pcg64,
    /// Draws each group's boot times.
    pub(super) boots: Vec<Pcg64>,
}

/// A workload's scale target in a cluster.
#[derive(Default)]
pub(super) struct ScaleTarget {
    /// `spec.replicas`.
    pub(super) spec: u32,
    /// Pods that are not being deleted, in the order of their creation.
    pub(super) pods: Vec<PodIndex>,
    /// When the target was last raised and last lowered.
    pub(super) raised_at: Option<Nanos>,
    pub(super) lowered_at: Option<Nanos>,
    /// Number of its pod template.
    pub(super) template: u32,
    /// What the cluster shows of the template, where anything was recorded.
    pub(super) template_hash: Option<String>,
    /// Whether pods of an older template are being replaced.
    pub(super) rolling: bool,
}

/// A node.
pub(super) struct Node {
    pub(super) cluster: ClusterIndex,
    pub(super) group: usize,
    pub(super) name: String,
    /// What pods may use of it.
    pub(super) allocatable: Resources,
    /// Requests on it that are not our pods': daemons.
    pub(super) others: Resources,
    pub(super) ordered_at: Nanos,
    pub(super) up_at: Option<Nanos>,
    pub(super) gone_at: Option<Nanos>,
    /// What it costs, and since when; the first is the price at its order.
    pub(super) prices: Vec<(UnixMs, MicroUsdPerHour)>,
    /// Requests of daemons and pods on it.
    pub(super) used: Resources,
    /// Pods on it, terminating ones included.
    pub(super) pods: Vec<PodIndex>,
    /// Whether its autoscaler or its provider is taking it away.
    pub(super) leaving: bool,
    /// Whether it is not we who gave it back.
    pub(super) taken: bool,
    /// Whether somebody lets it take no further pods.
    pub(super) cordoned: bool,
    /// Since when it has been up without pods.
    pub(super) empty_since: Option<Nanos>,
    /// Since when Cluster Autoscaler has not needed it.
    pub(super) unneeded_since: Option<Nanos>,
    /// When each workload's image is (or will be) there.
    pub(super) image_at: Vec<Option<Nanos>>,
}

/// A pod. Its states are passed in order; any of them may be followed by `Terminating`.
pub(super) struct Pod {
    pub(super) cluster: ClusterIndex,
    pub(super) workload: usize,
    pub(super) phase: Phase,
    pub(super) created_at: Nanos,
    /// How old it was as the run began, where it is older.
    pub(super) older: Millis,
    pub(super) ready_at: Option<Nanos>,
    pub(super) node: Option<NodeIndex>,
    /// Since when the scheduler has known no node for it.
    pub(super) unschedulable_since: Option<Nanos>,
    /// Whether its deletion cost tells the `ReplicaSet` to take it first.
    pub(super) cheap_to_delete: bool,
    /// Whether nothing keeps it off spot nodes.
    pub(super) may_use_spot: bool,
    /// Number of the template that it was made from.
    pub(super) template: u32,
    /// How often it has crashed as it started.
    pub(super) crashes: u32,
}

/// What a pod is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It has no node.
    Pending,
    /// It has a node and pulls its image or starts.
    Starting,
    /// It serves.
    Ready,
    /// It finishes its requests.
    Terminating,
    /// It is gone.
    Gone,
}

impl State {
    pub(super) fn new(setup: Setup) -> Self {
        let sites = setup.clusters.iter().map(|cluster| {
            let boot_stream = |group: &Group| {
                stream(
                    setup.seed,
                    "boot",
                    &format!("{}/{}", cluster.name, group.name),
                )
            };
            Site {
                nodes: Vec::new(),
                ordered: vec![0; cluster.groups.len()],
                alive: vec![0; cluster.groups.len()],
                prices: cluster.groups.iter().map(|group| group.price).collect(),
                lowest_prices: cluster.groups.iter().map(|group| group.price).collect(),
                refusals: vec![None; cluster.groups.len()],
                targets: setup
                    .workloads
                    .iter()
                    .map(|_| ScaleTarget::default())
                    .collect(),
                will_schedule: false,
                will_provision: false,
                last_addition: None,
                ties: stream(setup.seed, "scheduler", &cluster.name.0),
                boots: cluster.groups.iter().map(boot_stream).collect(),
            }
        });
        let queues = setup.workloads.iter();
        let queues = queues.map(|workload| Queue::new(&setup, workload));
        let workloads = setup.workloads.iter();
        let resolvers = workloads.map(|workload| Resolvers::of(workload, &setup));
        Self {
            now: Nanos::ZERO,
            sites: sites.collect(),
            nodes: Vec::new(),
            pods: Vec::new(),
            queues: queues.collect(),
            resolvers: resolvers.collect(),
            ledger: Ledger::new(&setup),
            faults: Faults::new(&setup),
            agenda: Vec::new(),
            setup,
        }
    }

    /// Schedules an event `span` from now.
    pub(super) fn after(&mut self, span: Nanos, event: WorldEvent) {
        self.agenda.push((self.now + span, event));
    }

    /// The group of a node.
    pub(super) fn group(&self, node: NodeIndex) -> &Group {
        let node = &self.nodes[node];
        &self.setup.clusters[node.cluster].groups[node.group]
    }

    /// Whether a cluster is rented.
    pub(super) fn is_public(&self, cluster: ClusterIndex) -> bool {
        self.setup.clusters[cluster].tier == Tier::Public
    }

    /// Nodes of a cluster that are up and take pods.
    pub(super) fn serving_nodes(&self, cluster: ClusterIndex) -> impl Iterator<Item = NodeIndex> {
        let nodes = self.sites[cluster].nodes.iter().copied();
        nodes.filter(|node| self.nodes[*node].takes_pods())
    }

    /// Ready pods of a workload in a cluster.
    pub(super) fn ready(&self, workload: usize, cluster: ClusterIndex) -> u64 {
        self.ledger.ready[workload][cluster].value()
    }
}

impl Node {
    pub(super) fn takes_pods(&self) -> bool {
        self.up_at.is_some() && self.gone_at.is_none() && !self.leaving && !self.cordoned
    }

    pub(super) fn is_booting(&self) -> bool {
        self.up_at.is_none() && self.gone_at.is_none()
    }
}

/// Clusters that a server's name can tell apart.
const POD_BITS: u32 = 48;

/// The queue's name of a pod: the queue's observer reads the cluster from it.
pub(super) fn server_id(cluster: ClusterIndex, pod: PodIndex) -> ServerId {
    ServerId((cluster as u64) << POD_BITS | pod as u64)
}

/// Cluster and pod of a server.
pub(super) fn server_place(server: ServerId) -> (ClusterIndex, PodIndex) {
    let index = |part: u64| usize::try_from(part).expect("made from a usize");
    (
        index(server.0 >> POD_BITS),
        index(server.0 & ((1 << POD_BITS) - 1)),
    )
}
