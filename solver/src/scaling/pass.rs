//! One workload's pass: start, bounds, metrics, activation, window, limits.
//!
//! The order is HPA's: outside its bounds the count jumps to the bound at once; inside, the largest
//! proposal counts, a missing metric forbids a scale-down, the window works on raw proposals and
//! the limits on its result.

use std::collections::BTreeMap;

use crate::clock::Clock;
use crate::decision::{
    DemandRung, MetricRationale, Notice, NoticeReason, ScalingReason, ScalingStep,
};
use crate::hpa::pods::CpuReadiness;
use crate::hpa::{
    self, Held, LimitReason, Recommendation, ScaleEvents, ScaleUpCeiling, Tolerance, ToleranceBand,
    limits,
};
use crate::ids::ClusterId;
use crate::memory::{MetricMemory, WorkloadMemory};
use crate::policy::{ClusterSpec, Settings, Target, WorkloadSpec};
use crate::queue::HomeRoom;
use crate::snapshot::{MetricState, WorkloadState};
use crate::units::Millis;

use super::FleetWorkload;
use super::activation::{self, Activity, Verdict};
use super::bounds::{Bounds, bounds};
use super::census::Existing;
use super::metric::{self, Context, Outcome};

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
        let desired = pass.decide(from);
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

fn events(memory: &WorkloadMemory) -> ScaleEvents {
    ScaleEvents {
        up: memory.scale_ups.clone(),
        down: memory.scale_downs.clone(),
    }
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

/// The way from the count before to the count now.
struct Pass<'a> {
    workload: &'a WorkloadSpec,
    bounds: Bounds,
    settings: &'a Settings,
    clock: &'a Clock,
    metrics: &'a [Outcome],
    may_lower: bool,
    memory: WorkloadMemory,
    steps: Vec<ScalingStep>,
}

impl Pass<'_> {
    fn decide(&mut self, spec: u32) -> u32 {
        if spec > self.bounds.max {
            return self.step(self.bounds.above(), spec, self.bounds.max);
        }
        if spec < self.bounds.min {
            return self.step(self.bounds.below(), spec, self.bounds.min);
        }
        if self.metrics.is_empty() {
            return spec;
        }
        match self.activation(spec) {
            Some(Verdict::Count(count, reason)) => self.step(reason, spec, count),
            Some(Verdict::Asleep) => self.wake_by_floor(),
            Some(Verdict::Running(reason)) => {
                if let Some(reason) = reason {
                    self.step(reason, spec, spec);
                }
                self.by_metrics(spec, self.bounds.min.max(1))
            }
            None => self.by_metrics(spec, self.bounds.min),
        }
    }

    /// What activation says; `None` where it has no say.
    fn activation(&mut self, spec: u32) -> Option<Verdict> {
        let activation = self.workload.activation.as_ref()?;
        let activity = activation::activity(activation, self.metrics, self.clock);
        if activity == Activity::Active {
            self.memory.active_at_ms = Some(self.clock.now);
        }
        let active_at = self.memory.active_at_ms;
        (self.bounds.min == 0).then(|| {
            let max = self.bounds.max;
            activation::verdict(activation, activity, spec, max, active_at, self.clock)
        })
    }

    /// Nothing has been known for so long that even a sleeping workload gets its floor.
    fn wake_by_floor(&mut self) -> u32 {
        let floor = self
            .metrics
            .iter()
            .filter(|metric| metric.rationale.rung == DemandRung::Floor)
            .filter_map(|metric| metric.rationale.proposal)
            .max()
            .unwrap_or(0)
            .min(self.bounds.max);
        if floor > 0 {
            self.step(ScalingReason::FallbackFloor, 0, floor)
        } else {
            0
        }
    }

    fn by_metrics(&mut self, spec: u32, min: u32) -> u32 {
        for (index, metric) in self.metrics.iter().enumerate() {
            if let Some(held) = &metric.held {
                // What it wanted first, so that the steps stay a chain.
                self.step(self.stands_for(index, held.from, spec), spec, held.from);
                self.step(held.reason, held.from, held.to);
            }
        }
        let Some((proposal, reason)) = self.largest(spec) else {
            return self.step(ScalingReason::MissingMetric, spec, spec);
        };
        if proposal < spec && !self.may_lower {
            let reason = if self.clock.skewed {
                ScalingReason::ClockSkew
            } else {
                ScalingReason::MissingMetric
            };
            return self.step(reason, spec, spec);
        }
        self.step(reason, spec, proposal);
        let stabilized = self.stabilize(spec, proposal);
        self.limit(spec, stabilized, min)
    }

    /// The largest proposal and what it stands for; the first of equals.
    fn largest(&self, spec: u32) -> Option<(u32, ScalingReason)> {
        let mut largest: Option<(u32, usize)> = None;
        for (index, metric) in self.metrics.iter().enumerate() {
            if let Some(proposal) = metric.rationale.proposal
                && largest.is_none_or(|(most, _)| proposal > most)
            {
                largest = Some((proposal, index));
            }
        }
        let (proposal, index) = largest?;
        Some((proposal, self.stands_for(index, proposal, spec)))
    }

    /// Why a metric proposes a count.
    fn stands_for(&self, index: usize, proposal: u32, spec: u32) -> ScalingReason {
        let is_queue = matches!(self.workload.metrics[index].target, Target::Queue(_));
        match proposal.cmp(&spec) {
            _ if self.metrics[index].rationale.rung == DemandRung::Floor => {
                ScalingReason::FallbackFloor
            }
            _ if is_queue => ScalingReason::QueueDrain,
            std::cmp::Ordering::Greater => ScalingReason::MetricAboveTarget,
            std::cmp::Ordering::Less => ScalingReason::MetricsBelowTarget,
            std::cmp::Ordering::Equal => ScalingReason::WithinTolerance,
        }
    }

    fn stabilize(&mut self, spec: u32, proposal: u32) -> u32 {
        let behavior = self.workload.behavior.as_ref();
        let seconds = self.settings.downscale_stabilization_ms.0 / 1_000;
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        let before = self
            .clock
            .skewed
            .then(|| self.memory.recommendations.clone());
        let log = &mut self.memory.recommendations;
        let now = self.clock.now.0;
        let stabilized = hpa::stabilize(log, behavior, seconds, spec, proposal, now);
        if let Some(before) = before {
            // While time stands still no entry grows old enough to be replaced.
            *log = before;
        }
        match stabilized.held {
            Some(Held::ScaleUp) => self.step(
                ScalingReason::ScaleUpStabilized,
                proposal,
                stabilized.replicas,
            ),
            Some(Held::ScaleDown) => self.step(
                ScalingReason::ScaleDownStabilized,
                proposal,
                stabilized.replicas,
            ),
            None => stabilized.replicas,
        }
    }

    fn limit(&mut self, spec: u32, stabilized: u32, min: u32) -> u32 {
        let bounds = limits::Bounds {
            min,
            max: self.bounds.max,
        };
        let limited = hpa::limit(
            self.workload.behavior.as_ref(),
            ScaleUpCeiling::default(),
            &events(&self.memory),
            spec,
            stabilized,
            bounds,
            self.clock.now.0,
        );
        let reason = match limited.reason {
            LimitReason::DesiredWithinRange => return limited.replicas,
            LimitReason::ScaleUpLimit => ScalingReason::ScaleUpLimit,
            LimitReason::ScaleDownLimit => ScalingReason::ScaleDownLimit,
            LimitReason::TooManyReplicas if self.bounds.scheduled_max => {
                ScalingReason::ScheduledCeiling
            }
            LimitReason::TooManyReplicas => ScalingReason::TooManyReplicas,
            LimitReason::TooFewReplicas if self.bounds.scheduled_min => {
                ScalingReason::ScheduledFloor
            }
            LimitReason::TooFewReplicas => ScalingReason::TooFewReplicas,
        };
        self.step(reason, stabilized, limited.replicas)
    }

    fn step(&mut self, reason: ScalingReason, from: u32, to: u32) -> u32 {
        self.steps.push(ScalingStep { reason, from, to });
        to
    }
}
