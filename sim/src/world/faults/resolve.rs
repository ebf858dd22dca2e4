//! Faults of a world file into faults of the world: names become numbers.

use super::metrics::MetricFault;
use super::{Effect, Fault, Faults};
use crate::config::{Fault as Line, FaultKind, Quotas};
use crate::random::stream;
use crate::time::Nanos;
use crate::world::event::WorldEvent;
use crate::world::setup::Setup;

impl Faults {
    /// The faults of a world that passed its check.
    pub(in crate::world) fn new(setup: &Setup) -> Self {
        let lines = setup.faults.iter().enumerate();
        Self {
            list: lines.map(|(n, line)| fault(n, line, setup)).collect(),
            silent_since: vec![None; setup.clusters.len()],
            clock_ahead_ms: 0,
        }
    }

    /// When the faults that have an instant begin.
    pub(in crate::world) fn begins(setup: &Setup) -> Vec<(Nanos, WorldEvent)> {
        let lines = setup.faults.iter().enumerate();
        let begins = lines.filter_map(|(n, line)| Some((line.at?.0, WorldEvent::FaultBegins(n))));
        begins.collect()
    }
}

fn fault(n: usize, line: &Line, setup: &Setup) -> Fault {
    let target = line.target();
    let same = |other: &&Line| other.kind == line.kind && other.target() == target;
    let before = setup.faults[..n].iter().filter(same).count();
    // Named by what it is and not by its place, so that a further fault changes no other's draws.
    let name = format!("{} {target} {before}", line.kind.name());
    let over_at_once = line.kind == FaultKind::SpotInterruption && line.lasts.is_none();
    Fault {
        kind: line.kind,
        effect: effect(line, setup).expect("a checked world names what exists"),
        per_hour: line.per_hour,
        span: line.lasts.map(|span| span.0),
        lasts: line.kind.fields().lasts && !over_at_once,
        random: stream(setup.seed, "fault", &name),
        running: 0,
        ended: 0,
        struck: 0,
        spans: Vec::new(),
        target,
    }
}

/// What a line does; `None` where it lacks a field or names what does not exist.
fn effect(line: &Line, setup: &Setup) -> Option<Effect> {
    let cluster = || {
        let name = line.cluster.as_ref()?;
        let mut clusters = setup.clusters.iter();
        clusters.position(|cluster| cluster.name == *name)
    };
    let group = || {
        let name = line.group.as_ref()?;
        let mut groups = setup.clusters[cluster()?].groups.iter();
        groups.position(|group| group.name == *name)
    };
    let workload = || {
        let id = line.workload.as_ref()?;
        let mut workloads = setup.workloads.iter();
        workloads.position(|workload| workload.id == *id)
    };
    let metric = |fault| {
        Some(Effect::Metric {
            workload: workload()?,
            metric: line.metric.clone(),
            fault,
        })
    };
    match line.kind {
        FaultKind::ClusterLost => Some(Effect::ClusterLost(cluster()?)),
        FaultKind::ClusterUnreachable => Some(Effect::ClusterUnreachable(cluster()?)),
        FaultKind::Partition => Some(Effect::Partition(cluster()?)),
        FaultKind::InsufficientCapacity => Some(Effect::InsufficientCapacity(cluster()?, group()?)),
        FaultKind::QuotaCut => {
            let cut = Quotas {
                instances: line.instances,
                cores: line.cores,
            };
            Some(Effect::QuotaCut(cluster()?, cut))
        }
        FaultKind::SlowBoot => Some(Effect::SlowBoot(cluster()?, group(), line.factor?)),
        FaultKind::SlowImagePull => Some(Effect::SlowImagePull(cluster()?, line.factor?)),
        FaultKind::PodStartFailure => Some(Effect::PodStartFailure {
            workload: workload()?,
            cluster: cluster(),
            probability: line.probability?,
        }),
        FaultKind::SpotInterruption => Some(Effect::SpotInterruption {
            cluster: cluster()?,
            group: group()?,
            per_node_hour: line.per_node_hour,
        }),
        FaultKind::MetricGap => metric(MetricFault::Gap),
        FaultKind::MetricError => metric(MetricFault::Error),
        FaultKind::MetricNan => metric(MetricFault::Nan),
        FaultKind::MetricStale => metric(MetricFault::Stale),
        FaultKind::MetricFrozen => metric(MetricFault::Frozen),
        FaultKind::MetricDelayed => metric(MetricFault::Delayed(line.lag?.0)),
        FaultKind::MetricPartial => metric(MetricFault::Partial),
        FaultKind::PriceStep => Some(Effect::PriceStep(cluster()?, group()?, line.factor?)),
        FaultKind::ClockStep => Some(Effect::ClockStep(line.by?.millis())),
        FaultKind::RollOut => Some(Effect::RollOut(workload()?)),
    }
}
