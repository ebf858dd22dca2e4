//! A world that begins as a snapshot says it.

use jiff::Timestamp;
use spillway_crds::Origin;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::{ClusterState, QuotaScope, Snapshot};
use spillway_solver::units::UnixMs;

use super::{
    ApiVersion, Boot, Fault, FaultKind, InitialReplicas, Kind, Metrics, Mode, NodeAutoscaler,
    PodTimes, Quotas, Span, World, WorldCluster, WorldGroup, WorldWorkload,
};
use crate::time::Nanos;

impl World {
    /// The world of a policy of which nobody has said anything further: all defaults, no load.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        let clusters = policy.clusters.iter().map(|cluster| WorldCluster {
            name: cluster.name.clone(),
            node_autoscaler: NodeAutoscaler::default(),
            groups: Vec::new(),
            quotas: Quotas::default(),
        });
        Self {
            api_version: ApiVersion::V1Alpha1,
            kind: Kind::World,
            start: Timestamp::UNIX_EPOCH,
            horizon: None,
            seed: 0,
            mode: Mode::default(),
            tick: Self::default_tick(),
            interval: Self::default_interval(),
            metrics: Metrics::default(),
            observation_delay: Self::default_observation_delay(),
            pods: PodTimes::default(),
            load: None,
            clusters: clusters.collect(),
            workloads: Vec::new(),
            faults: Vec::new(),
            origin: Origin::default(),
            seen: false,
        }
    }

    /// This world with the start, the nodes, the replicas, the quotas and the learned boot times of a snapshot, in place
    /// of those that the file has. Its faults keep their instants, and clusters that do not answer for another reason go
    /// on not answering. `None` where the snapshot's time is
    /// none of a calendar.
    #[must_use]
    pub fn as_seen(&self, snapshot: &Snapshot, policy: &Policy) -> Option<Self> {
        let mut world = self.clone();
        world.seen = true;
        world.start = Timestamp::from_millisecond(snapshot.now_ms.0).ok()?;
        let passed = self.passed(snapshot);
        let faults = self.faults.iter();
        world.faults = faults.filter_map(|fault| fault.after(passed)).collect();
        for cluster in &mut world.clusters {
            let mut seen = snapshot.clusters.iter();
            match seen.find(|seen| seen.name == cluster.name) {
                Some(seen) => {
                    cluster.take(seen);
                    let mut running = self.faults.iter().filter(|fault| fault.runs_at(passed));
                    if !running.any(|fault| fault.silences(&seen.name)) {
                        world.faults.extend(silence(seen));
                    }
                }
                None => cluster
                    .groups
                    .iter_mut()
                    .for_each(WorldGroup::without_nodes),
            }
        }
        for spec in &policy.workloads {
            let listed = world.workloads.iter().position(|of| of.id == spec.id);
            let listed = listed.unwrap_or_else(|| {
                world
                    .workloads
                    .push(WorldWorkload::unlisted(spec.id.clone()));
                world.workloads.len() - 1
            });
            let replicas = |seen: &ClusterState| InitialReplicas {
                cluster: seen.name.clone(),
                replicas: seen
                    .targets
                    .iter()
                    .filter(|target| target.workload == spec.id)
                    .map(|target| target.spec_replicas)
                    .sum(),
            };
            world.workloads[listed].initial = snapshot.clusters.iter().map(replicas).collect();
        }
        Some(world)
    }
}

impl World {
    /// Time from the start to a snapshot.
    pub(crate) fn passed(&self, snapshot: &Snapshot) -> Nanos {
        let start = UnixMs(self.start.as_millisecond());
        Nanos::from_millis(snapshot.now_ms.since(start).0)
    }
}

impl WorldCluster {
    fn take(&mut self, seen: &ClusterState) {
        let groups = seen.groups.iter().map(|group| &group.name);
        for name in groups.chain(seen.nodes.iter().map(|node| &node.group)) {
            if self.groups.iter().all(|group| group.name != *name) {
                self.groups.push(WorldGroup {
                    name: name.clone(),
                    initial_nodes: 0,
                    boot: None,
                });
            }
        }
        for group in &mut self.groups {
            let nodes = seen.nodes.iter().filter(|node| node.group == group.name);
            group.initial_nodes = u32::try_from(nodes.count()).unwrap_or(u32::MAX);
            let mut states = seen.groups.iter();
            let learned = states.find(|state| state.name == group.name);
            if let Some(learned) = learned.and_then(|state| state.boot) {
                group.boot.get_or_insert(Boot {
                    p50: Span(Nanos::from_millis(learned.p50_ms.0)),
                    p95: Span(Nanos::from_millis(learned.p95_ms.0)),
                });
            }
        }
        for quota in &seen.quotas {
            let limit = |divisor| u32::try_from(quota.limit / divisor).unwrap_or(u32::MAX);
            match quota.scope {
                QuotaScope::Instances => self.quotas.instances = Some(limit(1)),
                QuotaScope::InstanceCpu => self.quotas.cores = Some(limit(1_000)),
                _ => {}
            }
        }
    }
}

impl WorldGroup {
    fn without_nodes(&mut self) {
        self.initial_nodes = 0;
    }
}

/// A cluster that did not answer does not answer, and one whose traffic was lost is lost.
fn silence(seen: &ClusterState) -> Option<Fault> {
    seen.unreachable_since_ms?;
    let kind = if seen.serves_traffic == Some(false) {
        FaultKind::ClusterLost
    } else {
        FaultKind::ClusterUnreachable
    };
    Some(Fault {
        cluster: Some(seen.name.clone()),
        at: Some(Span(Nanos::ZERO)),
        ..Fault::of(kind)
    })
}
