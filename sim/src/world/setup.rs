//! The world file and the policy, resolved to numbers: what the run looks up all the time.

use spillway_solver::ids::{ClusterId, GroupId, WorkloadId};
use spillway_solver::policy::{
    CapacityType, ClusterSpec, GroupSpec, Grower, MetricSpec, Policy, Scheduling, ServiceRate,
    SpotRule, Target, Tier, WorkloadSpec,
};
use spillway_solver::resources::Resources;
use spillway_solver::snapshot::BootTime;
use spillway_solver::units::{Bytes, MicroUsd, MicroUsdPerHour};

use super::boot::BootModel;
use crate::config::{
    Assignment, EgressSource, Fault, Metrics, Mode, NodeAutoscaler, PodTimes, Quotas, Routing,
    RunConfig, Signal, World, WorldWorkload, first_with_room, takes,
};
use crate::queue::QueueConfig;
use crate::time::Nanos;

/// The world, resolved. Its indices are the run's names.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) mode: Mode,
    pub(super) start_ms: i64,
    pub(super) seed: u64,
    pub(super) tick: Nanos,
    pub(super) interval: Nanos,
    pub(super) horizon: Option<Nanos>,
    pub(super) observation_delay: Nanos,
    pub(super) metrics: Metrics,
    pub(super) pods: PodTimes,
    /// As the world file has them.
    pub(super) faults: Vec<Fault>,
    /// Private ones first, then by name.
    pub(super) clusters: Vec<Cluster>,
    /// By id.
    pub(super) workloads: Vec<Workload>,
}

#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) name: ClusterId,
    pub(super) tier: Tier,
    pub(super) scheduling: Scheduling,
    pub(super) marginal_per_core: MicroUsdPerHour,
    pub(super) egress_per_gib: MicroUsd,
    pub(super) node_autoscaler: NodeAutoscaler,
    pub(super) groups: Vec<Group>,
    pub(super) quotas: Quotas,
    /// What others use of the same quotas.
    pub(super) used_by_others: QuotaUse,
}

/// What is used of a cloud project's quotas.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct QuotaUse {
    pub(super) servers: u64,
    /// Milli-cores.
    pub(super) milli: u64,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: GroupId,
    pub(super) allocatable: Resources,
    pub(super) daemons: Resources,
    pub(super) capacity_type: CapacityType,
    pub(super) price: MicroUsdPerHour,
    /// Whether the node autoscaler may add and remove nodes.
    pub(super) grows: bool,
    pub(super) max_nodes: u32,
    pub(super) initial_nodes: u32,
    pub(super) boot: BootModel,
    /// Boot times that the cluster shows, where any were recorded.
    pub(super) observed_boot: Option<BootTime>,
    /// Whether its nodes take a workload's pods: labels, taints, and whether any of them may use spot.
    pub(super) takes: Vec<bool>,
}

/// What one metric of a workload measures.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// Its name.
    pub(super) metric: String,
    pub(super) signal: Signal,
    /// Whether completions are asked for too: a queue's, where its service rate is learned.
    pub(super) completions: bool,
}

#[derive(Debug)]
pub(super) struct Workload {
    pub(super) id: WorkloadId,
    /// What the trace may call it.
    pub(super) trace_names: Vec<String>,
    pub(super) priority: i32,
    pub(super) requests: Resources,
    pub(super) egress_per_hour: Bytes,
    /// How much of it may run on spot.
    pub(super) spot: SpotRule,
    pub(super) egress: EgressSource,
    pub(super) grace: Nanos,
    pub(super) objective: Option<Nanos>,
    pub(super) queue: QueueConfig,
    pub(super) routing: Routing,
    pub(super) assignment: Assignment,
    pub(super) batch: u32,
    /// Requests that a replica serves at once when all its batches are full.
    pub(super) at_once: u32,
    /// Classes of requests that go first, in their order.
    pub(super) classes: Vec<String>,
    /// Its metrics and what each measures.
    pub(super) signals: Vec<Measured>,
    /// Replicas at the start in each cluster.
    pub(super) initial: Vec<u32>,
}

impl Setup {
    /// Resolves a configuration that passed [`RunConfig::check`].
    pub(super) fn new(config: &RunConfig, node_autoscaler: Option<NodeAutoscaler>) -> Self {
        let RunConfig { world, policy, .. } = config;
        let mut specs: Vec<&ClusterSpec> = policy.clusters.iter().collect();
        specs.sort_by_key(|spec| (spec.tier, &spec.name));
        let mut workloads: Vec<&WorkloadSpec> = policy.workloads.iter().collect();
        workloads.sort_by_key(|spec| &spec.id);
        let clusters: Vec<Cluster> = specs
            .iter()
            .map(|spec| cluster(spec, world, policy, &workloads, node_autoscaler))
            .collect();
        let workloads = workloads
            .into_iter()
            .map(|spec| workload(spec, world, policy, &clusters))
            .collect();
        Self {
            mode: world.mode,
            start_ms: world.start.as_millisecond(),
            seed: world.seed,
            tick: world.tick.0,
            interval: world.interval.0,
            horizon: world.horizon.map(|span| span.0),
            observation_delay: world.observation_delay.0,
            metrics: world.metrics,
            pods: world.pods,
            faults: world.faults.clone(),
            clusters,
            workloads,
        }
    }

    /// The workload that a trace means by a name.
    pub(super) fn workload_called(&self, name: &str) -> Option<usize> {
        let called = |workload: &Workload| workload.trace_names.iter().any(|known| known == name);
        self.workloads.iter().position(called)
    }
}

/// A workload as the world measures it.
#[derive(Debug)]
pub(crate) struct WorkloadInWorld<'a> {
    pub(crate) spec: &'a WorkloadSpec,
    /// What the trace may call it.
    pub(crate) trace_names: Vec<String>,
    /// Requests that a replica serves at once, in full batches where it serves any.
    pub(crate) at_once: u32,
    /// What each of its metrics measures.
    pub(crate) signals: Vec<Signal>,
}

/// The workloads of a run, for what is to be known of them without running.
pub(crate) fn workloads_in_world(config: &RunConfig) -> Vec<WorkloadInWorld<'_>> {
    let RunConfig { world, policy, .. } = config;
    let in_world = |spec| {
        let listed = listed(spec, world);
        let metrics = spec.metrics.iter();
        WorkloadInWorld {
            spec,
            trace_names: trace_names(&listed, policy),
            at_once: listed.at_once(),
            signals: metrics.map(|metric| signal(&listed, metric)).collect(),
        }
    };
    policy.workloads.iter().map(in_world).collect()
}

fn listed(spec: &WorkloadSpec, world: &World) -> WorldWorkload {
    let mut listed = world.workloads.iter();
    let listed = listed.find(|workload| workload.id == spec.id);
    listed
        .cloned()
        .unwrap_or_else(|| WorldWorkload::unlisted(spec.id.clone()))
}

fn cluster(
    spec: &ClusterSpec,
    world: &World,
    policy: &Policy,
    workloads: &[&WorkloadSpec],
    node_autoscaler: Option<NodeAutoscaler>,
) -> Cluster {
    let listed = world
        .clusters
        .iter()
        .find(|cluster| cluster.name == spec.name);
    let group = |group: &GroupSpec| {
        let listed =
            listed.and_then(|cluster| cluster.groups.iter().find(|other| other.name == group.name));
        let boot = listed
            .and_then(|listed| listed.boot)
            .map_or(group.boot, |boot| BootTime {
                p50_ms: spillway_solver::units::Millis(boot.p50.0.as_millis()),
                p95_ms: spillway_solver::units::Millis(boot.p95.0.as_millis()),
            });
        Group {
            name: group.name.clone(),
            allocatable: group.allocatable.clone(),
            daemons: group.daemons.clone(),
            capacity_type: group.capacity_type,
            price: group.price,
            grows: group.grower == Grower::NodeAutoscaler,
            max_nodes: group.max_nodes,
            initial_nodes: listed.map_or(0, |listed| listed.initial_nodes),
            boot: BootModel::through(boot),
            observed_boot: None,
            takes: workloads
                .iter()
                .map(|workload| {
                    let spot = group.capacity_type == CapacityType::Spot;
                    takes(group, workload) && (!spot || spot_rule(policy, workload).max_percent > 0)
                })
                .collect(),
        }
    };
    let own = listed
        .map(|cluster| cluster.node_autoscaler)
        .unwrap_or_default();
    Cluster {
        name: spec.name.clone(),
        tier: spec.tier,
        scheduling: spec.scheduling,
        marginal_per_core: spec.marginal_per_core,
        egress_per_gib: spec.egress_per_gib,
        node_autoscaler: node_autoscaler.unwrap_or(own),
        groups: spec.groups.iter().map(group).collect(),
        quotas: listed.map(|cluster| cluster.quotas).unwrap_or_default(),
        used_by_others: QuotaUse::default(),
    }
}

/// How much of a workload may run on spot: nothing where its bursting rules do not exist.
fn spot_rule(policy: &Policy, workload: &WorkloadSpec) -> SpotRule {
    let mut rules = policy.burst_policies.iter();
    let rules = rules.find(|burst| burst.name == workload.policy);
    rules.map_or(
        SpotRule {
            max_percent: 0,
            on_demand_floor: 0,
        },
        |burst| burst.spot,
    )
}

fn workload(spec: &WorkloadSpec, world: &World, policy: &Policy, clusters: &[Cluster]) -> Workload {
    let listed = listed(spec, world);
    let drain = spec.metrics.iter().find_map(|metric| match &metric.target {
        Target::Queue(queue) => Some(Nanos::from_millis(queue.drain_within_ms.0)),
        _ => None,
    });
    let objective = listed.delay_objective.map(|span| span.0).or(drain);
    let signals = spec.metrics.iter().map(|metric| {
        let signal = signal(&listed, metric);
        let asks = |target: &Target| match target {
            Target::Queue(queue) => matches!(queue.service_rate, ServiceRate::LearnedMilli(_)),
            _ => false,
        };
        Measured {
            metric: metric.name.clone(),
            signal,
            completions: asks(&metric.target),
        }
    });
    Workload {
        id: spec.id.clone(),
        trace_names: trace_names(&listed, policy),
        priority: spec.priority,
        requests: Resources {
            pods: spec.requests.pods.max(1),
            ..spec.requests.clone()
        },
        egress_per_hour: spec.egress_per_hour,
        spot: spot_rule(policy, spec),
        egress: listed.egress,
        grace: listed
            .termination_grace
            .unwrap_or(world.pods.termination_grace)
            .0,
        objective,
        queue: QueueConfig {
            concurrency: listed.concurrency,
            delay_objective: objective.unwrap_or(Nanos::MAX),
            most_waiting: listed
                .most_waiting
                .map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
        },
        routing: listed.routing,
        assignment: listed.assignment,
        batch: listed.batch,
        at_once: listed.at_once().max(1),
        classes: listed.classes.clone(),
        signals: signals.collect(),
        initial: initial(spec, &listed, clusters, world, policy),
    }
}

fn signal(listed: &WorldWorkload, metric: &MetricSpec) -> Signal {
    let mut told = listed.signals.iter();
    let told = told.find(|signal| signal.metric == metric.name);
    told.map_or_else(|| usual_signal(&metric.target), |told| told.signal)
}

fn usual_signal(target: &Target) -> Signal {
    match target {
        Target::Queue(_) => Signal::Backlog,
        Target::AverageValue(_) | Target::Value(_) => Signal::InFlight,
        Target::PodsAverageValue(_)
        | Target::Utilization { .. }
        | Target::ResourceAverageValue { .. } => Signal::BusyCpu,
    }
}

/// The full name always, for `--workload` is given by it, then those of the world file, or else
/// the bare name. A trace without names has a single workload called `default`; it is the
/// policy's only one.
fn trace_names(listed: &WorldWorkload, policy: &Policy) -> Vec<String> {
    let id = listed.id.as_str();
    let mut names = vec![id.to_owned()];
    if !listed.trace_names.is_empty() {
        names.extend(listed.trace_names.iter().cloned());
        return names;
    }
    let bare = id.rsplit('/').next().unwrap_or(id);
    let same_bare = |other: &&WorkloadSpec| other.id.as_str().rsplit('/').next() == Some(bare);
    if policy.workloads.iter().filter(same_bare).count() == 1 {
        names.push(bare.to_owned());
    }
    if policy.workloads.len() == 1 {
        names.push("default".to_owned());
    }
    names
}

fn initial(
    spec: &WorkloadSpec,
    listed: &WorldWorkload,
    clusters: &[Cluster],
    world: &World,
    policy: &Policy,
) -> Vec<u32> {
    if listed.initial.is_empty() {
        let first = first_with_room(world, policy, spec);
        let at = |cluster: &Cluster| match &first {
            Some(first) if *first == cluster.name => spec.min_replicas,
            _ => 0,
        };
        return clusters.iter().map(at).collect();
    }
    let at = |cluster: &Cluster| {
        let here = listed
            .initial
            .iter()
            .filter(|initial| initial.cluster == cluster.name);
        here.map(|initial| initial.replicas).sum()
    };
    clusters.iter().map(at).collect()
}
