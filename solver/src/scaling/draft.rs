//! One workload's count before the group cap: where it starts from, what its metrics say, what the
//! pass makes of it, and what is remembered.

use std::collections::BTreeMap;

use crate::clock::Clock;
use crate::decision::{MetricRationale, Notice, NoticeReason, ScalingReason, ScalingStep};
use crate::hpa::pods::CpuReadiness;
use crate::hpa::{Recommendation, Tolerance, ToleranceBand};
use crate::ids::ClusterId;
use crate::memory::{MetricMemory, WorkloadMemory};
use crate::policy::{ClusterSpec, Settings, WorkloadSpec};
use crate::queue::HomeRoom;
use crate::snapshot::{MetricState, WorkloadState};
use crate::units::Millis;

use super::FleetWorkload;
use super::bounds::{Bounds, bounds};
use super::census::Existing;
use super::metric::{self, Context, Outcome};
use super::pass::{Pass, events};

/// What is known of one workload.
pub(super) struct Known<'a> {
    /// The clusters of the policy.
    pub clusters: &'a BTreeMap<&'a ClusterId, &'a ClusterSpec>,
    pub existing: &'a Existing,
    pub state: Option<&'a WorkloadState>,
    pub memory: Option<&'a WorkloadMemory>,
    pub home: HomeRoom,
}

/// A workload's answer before the group cap.
pub(super) struct Draft<'a> {
    pub workload: &'a WorkloadSpec,
    /// The count that a rescale is measured from.
    pub from: u32,
    /// Replicas in clusters that do not answer.
    pub held: u32,
    pub result: FleetWorkload,
}

impl<'a> Draft<'a> {
    /// Decides the count of one workload.
    pub(super) fn of(
        workload: &'a WorkloadSpec,
        known: &Known<'_>,
        settings: &Settings,
        clock: &Clock,
    ) -> Self {
        let (bounds, conflict) = bounds(workload, clock);
        let before = known
            .memory
            .map_or(known.existing.total, |memory| memory.desired);
        let bounds = bounds.paused(workload, before);
        let mut start = Start::of(workload, known, bounds, clock);
        let from = start.memory.desired;
        let metrics = look_at_metrics(workload, known, from, settings, clock);
        start.memory.metrics = metrics
            .iter()
            .map(|metric| {
                let mut memory = metric.memory.clone();
                // What a cluster that is gone taught would size the fleet for ever.
                memory
                    .service_rate_milli
                    .retain(|cluster, _| known.clusters.contains_key(cluster));
                (metric.rationale.name.clone(), memory)
            })
            .collect();
        let may_lower = !clock.skewed && metrics.iter().all(|metric| metric.may_lower);
        let mut pass = Pass {
            workload,
            bounds,
            settings,
            clock,
            metrics: &metrics,
            may_lower,
            memory: start.memory,
            steps: start.steps,
        };
        let wished = pass.decide(from);
        let wished = pass.held_by_a_pause(from, wished);
        let desired = pass.without_unseen(from, wished, known.existing.held);
        let notices = conflict
            .into_iter()
            .chain(start.notice)
            .chain(metrics.iter().filter_map(|metric| metric.notice.clone()))
            .collect();
        let result = FleetWorkload {
            id: workload.id.clone(),
            desired,
            floor: bounds.min,
            ceiling: bounds.max,
            steps: pass.steps,
            memory: pass.memory,
            notices,
            scale_down_allowed: may_lower,
            metrics: rationales(metrics),
        };
        Self {
            workload,
            from,
            held: known.existing.held,
            result,
        }
    }

    /// Notes the final count: a change of it is the only event that rate policies know.
    pub(super) fn finish(mut self, clock: &Clock) -> FleetWorkload {
        let memory = &mut self.result.memory;
        memory.desired = self.result.desired;
        match &self.workload.behavior {
            Some(behavior) if memory.desired != self.from => {
                let mut events = events(memory);
                events.store(behavior, self.from, memory.desired, clock.now.0);
                memory.scale_ups = events.up;
                memory.scale_downs = events.down;
            }
            Some(_) => {}
            None => {
                memory.scale_ups.clear();
                memory.scale_downs.clear();
            }
        }
        self.result
    }
}

fn rationales(metrics: Vec<Outcome>) -> Vec<MetricRationale> {
    metrics.into_iter().map(|metric| metric.rationale).collect()
}

/// Where a workload starts from: its memory, or without one what runs, or its minimum.
struct Start {
    memory: WorkloadMemory,
    steps: Vec<ScalingStep>,
    notice: Option<Notice>,
}

impl Start {
    fn of(workload: &WorkloadSpec, known: &Known<'_>, bounds: Bounds, clock: &Clock) -> Self {
        if let Some(memory) = known.memory {
            return Self {
                memory: memory.clone(),
                steps: Vec::new(),
                notice: None,
            };
        }
        let running = known.existing.total;
        let desired = running.clamp(bounds.min, bounds.max);
        // A log that begins with what runs holds scale-downs for a whole window.
        let memory = WorkloadMemory {
            desired,
            recommendations: vec![Recommendation {
                at_ms: clock.now.0,
                replicas: desired,
            }],
            active_at_ms: (running > 0).then_some(clock.now),
            ..WorkloadMemory::default()
        };
        let adopted = ScalingStep {
            reason: if running > 0 {
                ScalingReason::Adopted
            } else {
                bounds.below()
            },
            from: running,
            to: desired,
        };
        Self {
            memory,
            steps: if adopted.from > 0 || adopted.to > 0 {
                vec![adopted]
            } else {
                Vec::new()
            },
            notice: (running > 0).then(|| Notice {
                reason: NoticeReason::MemoryLost,
                subject: workload.id.to_string(),
                detail: format!(
                    "nothing is remembered: the {running} replicas that run are adopted as \
                     {desired} and held for a full window"
                ),
            }),
        }
    }
}

fn look_at_metrics(
    workload: &WorkloadSpec,
    known: &Known<'_>,
    spec: u32,
    settings: &Settings,
    clock: &Clock,
) -> Vec<Outcome> {
    let tolerance = Tolerance {
        scale_up_milli: settings.tolerance_milli,
        scale_down_milli: settings.tolerance_milli,
    };
    let band = ToleranceBand::from(tolerance);
    let context = Context {
        workload: &workload.id,
        clock,
        fleet: known.existing.at(spec),
        existing: known.existing,
        band: workload
            .behavior
            .as_ref()
            .map_or(band, |behavior| band.overridden_by(behavior)),
        cpu: CpuReadiness {
            initialization_period_ms: signed(settings.cpu_initialization_period_ms),
            initial_readiness_delay_ms: signed(settings.initial_readiness_delay_ms),
        },
        home: known.home,
    };
    let (no_state, no_memory) = (MetricState::default(), MetricMemory::default());
    workload
        .metrics
        .iter()
        .map(|spec| {
            let state = known.state.and_then(|state| state.metrics.get(&spec.name));
            let memory = known
                .memory
                .and_then(|memory| memory.metrics.get(&spec.name));
            let (state, memory) = (state.unwrap_or(&no_state), memory.unwrap_or(&no_memory));
            metric::look(spec, state, memory, &context)
        })
        .collect()
}

fn signed(span: Millis) -> i64 {
    i64::try_from(span.0).unwrap_or(i64::MAX)
}
