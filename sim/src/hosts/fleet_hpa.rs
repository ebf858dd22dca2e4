//! One literal `HorizontalPodAutoscaler` for each workload: what every baseline scales with.
//!
//! HPA knows no queue objective. What people write instead is two external metrics: arrivals
//! per second against what a replica completes, and the backlog against what it completes
//! within the time; HPA takes the larger proposal.

use std::collections::BTreeMap;

use spillway_solver::hpa::conditions::ConditionStatus;
use spillway_solver::hpa::limits::Bounds;
use spillway_solver::hpa::pods::{self, CpuReadiness, Pod, PodMetric, PodSample, Readiness};
use spillway_solver::hpa::reconcile::{self, ZeroRule, reconcile};
use spillway_solver::hpa::{
    MetricFailure, MetricReading, MetricSource, Proposal, ScaleUpCeiling, Tolerance, ToleranceBand,
    average_value, resource, sum_series, value,
};
use spillway_solver::ids::{ClusterId, WorkloadId};
use spillway_solver::policy::{
    MetricSpec, Policy, QueueTarget, ResourceName, ServiceRate, Settings, Target, WorkloadSpec,
};
use spillway_solver::snapshot::{MetricState, PodPhase, PodReading, Reading, Snapshot};

/// One HPA for each workload.
#[derive(Debug)]
pub(super) struct FleetHpa {
    pub(super) workloads: Vec<WorkloadSpec>,
    settings: Settings,
    states: BTreeMap<WorkloadId, reconcile::State>,
}

/// Replicas of a workload in the clusters that a baseline uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Replicas {
    pub(super) spec: u32,
    pub(super) existing: u32,
    /// Those of the existing that no node has yet.
    pub(super) pending: u32,
    pub(super) ready: u32,
}

impl Replicas {
    /// Those that a node has.
    pub(super) fn placed(self) -> u32 {
        self.existing - self.pending
    }
}

impl FleetHpa {
    pub(super) fn new(policy: &Policy) -> Self {
        Self {
            workloads: policy.workloads.clone(),
            settings: policy.settings.clone(),
            states: BTreeMap::new(),
        }
    }

    /// The replicas that the workload's HPA asks for, at most `max`.
    pub(super) fn desired(
        &mut self,
        workload: &WorkloadSpec,
        snapshot: &Snapshot,
        replicas: Replicas,
        max: u32,
    ) -> u32 {
        let tolerance = Tolerance {
            scale_up_milli: self.settings.tolerance_milli,
            scale_down_milli: self.settings.tolerance_milli,
        };
        let band = ToleranceBand::from(tolerance);
        let behavior = workload.behavior.as_ref();
        // Zero replicas would mean that somebody has paused the HPA; a baseline that begins
        // elsewhere begins with its minimum.
        let min = workload.min_replicas.min(max);
        let replicas = Replicas {
            spec: replicas.spec.max(min),
            ..replicas
        };
        let pass = Pass {
            replicas,
            band: behavior.map_or(band, |behavior| band.overridden_by(behavior)),
            cpu: CpuReadiness {
                initialization_period_ms: signed(self.settings.cpu_initialization_period_ms.0),
                initial_readiness_delay_ms: signed(self.settings.initial_readiness_delay_ms.0),
            },
            now_ms: snapshot.now_ms.0,
        };
        let state = snapshot
            .workloads
            .iter()
            .find(|state| state.id == workload.id);
        let readings: Vec<MetricReading> = workload
            .metrics
            .iter()
            .flat_map(|metric| {
                pass.readings(
                    metric,
                    state.and_then(|state| state.metrics.get(&metric.name)),
                )
            })
            .collect();
        let window_ms = self.settings.downscale_stabilization_ms.0;
        let settings = reconcile::Settings {
            behavior,
            bounds: Bounds { min, max },
            downscale_seconds: u32::try_from(window_ms / 1_000).unwrap_or(u32::MAX),
            ceiling: ScaleUpCeiling::default(),
            zero: ZeroRule::MinIsZero,
        };
        let memory = self.states.entry(workload.id.clone()).or_default();
        reconcile(settings, memory, replicas.spec, &readings, pass.now_ms).desired
    }
}

/// The workload's replicas in those clusters whose names `within` takes.
pub(super) fn count(
    snapshot: &Snapshot,
    workload: &WorkloadId,
    within: impl Fn(&ClusterId) -> bool,
) -> Replicas {
    let mut sum = Replicas::default();
    for cluster in snapshot
        .clusters
        .iter()
        .filter(|cluster| within(&cluster.name))
    {
        for target in cluster
            .targets
            .iter()
            .filter(|target| target.workload == *workload)
        {
            sum.spec += target.spec_replicas;
            sum.existing += target.pending;
            sum.pending += target.pending;
        }
        let on_nodes = cluster.nodes.iter().flat_map(|node| &node.replicas);
        for here in on_nodes.filter(|here| here.workload == *workload) {
            sum.existing += here.bound + here.ready;
            sum.ready += here.ready;
        }
    }
    sum
}

/// What one pass of an HPA knows besides its metrics.
struct Pass {
    replicas: Replicas,
    band: ToleranceBand,
    cpu: CpuReadiness,
    now_ms: i64,
}

impl Pass {
    fn readings(&self, metric: &MetricSpec, state: Option<&MetricState>) -> Vec<MetricReading> {
        let absent = MetricState::default();
        let state = state.unwrap_or(&absent);
        let external = |name: &str, result| MetricReading {
            source: MetricSource::External,
            description: format!("external metric {name}"),
            result,
        };
        let name = &metric.name;
        match &metric.target {
            Target::AverageValue(target) => {
                vec![external(name, self.average(&state.primary, *target))]
            }
            Target::Value(target) => {
                let result = sum(&state.primary).and_then(|sum| {
                    let Replicas { spec, ready, .. } = self.replicas;
                    value(sum, *target, spec, Some(ready), &self.band)
                });
                vec![external(name, result)]
            }
            Target::Queue(queue) => {
                let (rate, backlog) = per_replica(queue);
                let arrivals = state.arrivals.as_ref().unwrap_or(&Reading::NotAsked);
                vec![
                    external(&format!("{name} arrivals"), self.average(arrivals, rate)),
                    external(name, self.average(&state.primary, backlog)),
                ]
            }
            Target::PodsAverageValue(target) => {
                let result = self.with_pods(&state.primary, None, |metric, _| {
                    pods::average_value(metric, *target)
                });
                vec![per_pod(MetricSource::Pods, name, result)]
            }
            Target::ResourceAverageValue { resource, milli } => {
                let result = self.with_pods(&state.primary, Some(*resource), |metric, _| {
                    pods::average_value(metric, *milli)
                });
                vec![per_pod(MetricSource::Resource, name, result)]
            }
            Target::Utilization { resource, percent } => {
                let percent = i32::try_from(*percent).unwrap_or(i32::MAX);
                let result = self.with_pods(&state.primary, Some(*resource), |metric, requests| {
                    resource::utilization(metric, requests, percent)
                });
                vec![per_pod(MetricSource::Resource, name, result)]
            }
        }
    }

    fn average(&self, reading: &Reading, target_milli: i64) -> Result<Proposal, MetricFailure> {
        average_value(
            sum(reading)?,
            target_milli,
            self.replicas.existing,
            &self.band,
        )
    }

    fn with_pods(
        &self,
        reading: &Reading,
        resource: Option<ResourceName>,
        propose: impl FnOnce(&PodMetric<'_>, &BTreeMap<String, i64>) -> Result<Proposal, MetricFailure>,
    ) -> Result<Proposal, MetricFailure> {
        let Reading::Pods { pods: readings, .. } = reading else {
            return Err(MetricFailure::NoPodSamples);
        };
        let pods: Vec<Pod> = readings.iter().map(pod).collect();
        let samples = readings.iter().filter_map(sample).collect();
        let requests = readings
            .iter()
            .filter_map(|pod| Some((pod.name.clone(), pod.request_milli?)))
            .collect();
        let metric = PodMetric {
            spec: self.replicas.spec,
            pods: &pods,
            samples: &samples,
            cpu: (resource == Some(ResourceName::Cpu)).then_some(self.cpu),
            band: self.band,
            now_ms: self.now_ms,
        };
        propose(&metric, &requests)
    }
}

fn per_pod(
    source: MetricSource,
    name: &str,
    result: Result<Proposal, MetricFailure>,
) -> MetricReading {
    MetricReading {
        source,
        description: format!("metric {name}"),
        result,
    }
}

/// Arrivals per second and backlog for one replica, in thousandths.
fn per_replica(queue: &QueueTarget) -> (i64, i64) {
    let (ServiceRate::GivenMilli(rate) | ServiceRate::LearnedMilli(rate)) = queue.service_rate;
    let backlog = u128::from(rate) * u128::from(queue.drain_within_ms.0) / 1_000;
    (rate.into(), i64::try_from(backlog).unwrap_or(i64::MAX))
}

/// The sum of a metric's series; whatever is not a sum is a failure and never zero.
pub(super) fn sum(reading: &Reading) -> Result<i64, MetricFailure> {
    match reading {
        Reading::Series { values_milli, .. } => sum_series(values_milli),
        Reading::NotAsked | Reading::Empty => Err(MetricFailure::NoSeries),
        other => Err(MetricFailure::FetchFailed(format!("{other:?}"))),
    }
}

fn pod(reading: &PodReading) -> Pod {
    use spillway_solver::hpa::pods::PodPhase as HpaPhase;
    Pod {
        name: reading.name.clone(),
        phase: match reading.phase {
            PodPhase::Pending => HpaPhase::Pending,
            PodPhase::Running => HpaPhase::Running,
            PodPhase::Succeeded => HpaPhase::Succeeded,
            PodPhase::Failed => HpaPhase::Failed,
            PodPhase::Unknown => HpaPhase::Unknown,
        },
        deleted: reading.deleting,
        started_at_ms: reading.started_at_ms.map(|at| at.0),
        ready: reading.ready.map(|ready| Readiness {
            status: ConditionStatus::from(ready),
            changed_at_ms: reading.ready_changed_at_ms.map_or(0, |at| at.0),
        }),
    }
}

fn sample(reading: &PodReading) -> Option<(String, PodSample)> {
    let sample = PodSample {
        value_milli: reading.value_milli?,
        at_ms: reading.sampled_at_ms?.0,
        window_ms: signed(reading.window_ms.0),
    };
    Some((reading.name.clone(), sample))
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
