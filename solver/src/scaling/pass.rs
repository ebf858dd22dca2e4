//! The way from the count before to the count now: bounds, activation, metrics, window, limits.
//!
//! The order is HPA's: outside its bounds the count jumps to the bound at once; inside, the largest
//! proposal counts, a missing metric forbids a scale-down, the window works on raw proposals and
//! the limits on its result.

use crate::clock::Clock;
use crate::decision::{DemandRung, ScalingReason, ScalingStep};
use crate::hpa::{self, Held, LimitReason, ScaleEvents, ScaleUpCeiling, limits};
use crate::memory::WorkloadMemory;
use crate::policy::{Settings, Target, WorkloadSpec};

use super::activation::{self, Activity, Verdict};
use super::bounds::Bounds;
use super::metric::Outcome;

/// The way from the count before to the count now.
pub(super) struct Pass<'a> {
    pub workload: &'a WorkloadSpec,
    pub bounds: Bounds,
    pub settings: &'a Settings,
    pub clock: &'a Clock,
    pub metrics: &'a [Outcome],
    pub may_lower: bool,
    pub memory: WorkloadMemory,
    pub steps: Vec<ScalingStep>,
}

impl Pass<'_> {
    pub fn decide(&mut self, spec: u32) -> u32 {
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

    /// A count that falls does so by what can be seen. Replicas in a cluster that does not answer may be gone: were
    /// they counted on, those that serve would be taken away for them, at worst all.
    pub fn without_unseen(&mut self, spec: u32, wished: u32, held: u32) -> u32 {
        let seen_alone = wished.saturating_add(held).min(spec).min(self.bounds.max);
        if wished >= seen_alone {
            return wished;
        }
        self.step(ScalingReason::UnseenReplicas, wished, seen_alone)
    }

    /// What a person has stopped. The configured bounds hold all the same.
    pub fn held_by_a_pause(&mut self, spec: u32, wished: u32) -> u32 {
        let (pause, bounds) = (self.workload.pause, self.bounds);
        let most = spec.max(bounds.min);
        let least = spec.min(bounds.max);
        if pause.up && wished > most {
            self.step(ScalingReason::ScaleUpPaused, wished, most)
        } else if pause.down && wished < least {
            self.step(ScalingReason::ScaleDownPaused, wished, least)
        } else {
            wished
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

/// The rescales that rate policies remember.
pub(super) fn events(memory: &WorkloadMemory) -> ScaleEvents {
    ScaleEvents {
        up: memory.scale_ups.clone(),
        down: memory.scale_downs.clone(),
    }
}
