//! One metric of one workload: from its readings to the count it proposes.
//!
//! The ladder ([`crate::demand`]) says which value counts, HPA's functions or the queue objective
//! what it asks for; the latter and what it learns live in [`super::queued`]. How several metrics make one count is [`super::pass`]'s subject.

use crate::clock::Clock;
use crate::decision::{
    DemandRung, MetricRationale, Notice, NoticeReason, ReadingProblem, ScalingReason, ScalingStep,
};
use crate::demand::{self, Answer, Sources, Value};
use crate::hpa::pods::CpuReadiness;
use crate::hpa::{self, ToleranceBand};
use crate::ids::WorkloadId;
use crate::memory::MetricMemory;
use crate::policy::{MetricSpec, Target};
use crate::queue::HomeRoom;
use crate::snapshot::{MetricState, Reading};
use crate::units::Millis;

use super::census::{Existing, Fleet};
use super::pods::{self, PodRules, PodsAnswer};
use super::queued;

/// What a metric is looked at with.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub workload: &'a WorkloadId,
    pub clock: &'a Clock,
    pub fleet: Fleet,
    pub existing: &'a Existing,
    pub band: ToleranceBand,
    pub cpu: CpuReadiness,
    pub home: HomeRoom,
}

/// What a metric says.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub rationale: MetricRationale,
    pub memory: MetricMemory,
    /// Whether it may lower the count: its data are fresh and propose something.
    pub may_lower: bool,
    /// What the activation threshold is compared with, from any rung.
    pub activity_milli: Option<i64>,
    /// How its proposal was held, if it was.
    pub held: Option<ScalingStep>,
    pub notice: Option<Notice>,
}

/// A metric before the lower rungs have been looked at.
pub(super) struct Said {
    pub rung: Option<DemandRung>,
    pub problem: Option<ReadingProblem>,
    pub age: Option<Millis>,
    pub value_milli: Option<i64>,
    pub activity_milli: Option<i64>,
    pub proposal: Option<u32>,
    pub held: Option<ScalingReason>,
    pub memory: MetricMemory,
}

/// Looks at one metric.
pub(super) fn look(
    spec: &MetricSpec,
    state: &MetricState,
    memory: &MetricMemory,
    context: &Context<'_>,
) -> Outcome {
    let mut said = match &spec.target {
        Target::AverageValue(target) => average(spec, *target, state, memory, context),
        Target::Value(target) => total(spec, *target, state, memory, context),
        Target::Queue(target) => queued::said(spec, target, state, memory, context),
        _ if context.fleet.spec == 0 => return no_pods_to_ask(spec, memory),
        _ => per_pod(spec, state, memory, context),
    };
    let rung = said.rung.unwrap_or_else(|| {
        let since = *said
            .memory
            .missing_since_ms
            .get_or_insert(context.clock.now);
        demand::lower_rung(since, &spec.fallback, context.clock)
    });
    if said.rung.is_some() {
        said.memory.missing_since_ms = None;
    }
    let count = context.fleet.spec;
    let lower_bound = match rung {
        DemandRung::Floor => Some(spec.fallback.floor_replicas.max(count)),
        _ => None,
    };
    let raw = said.proposal.max(lower_bound);
    let proposal = if said.held.is_some() {
        raw.map(|_| count)
    } else {
        raw
    };
    let held = said.held.zip(raw).map(|(reason, raw)| ScalingStep {
        reason,
        from: raw,
        to: count,
    });
    Outcome {
        rationale: MetricRationale {
            name: spec.name.clone(),
            rung,
            problem: said.problem,
            age_ms: said.age,
            value_milli: said.value_milli,
            proposal,
        },
        may_lower: rung == DemandRung::Fresh && proposal.is_some(),
        activity_milli: said.activity_milli,
        notice: notice_of(said.held, spec, context),
        memory: said.memory,
        held,
    }
}

fn notice_of(
    held: Option<ScalingReason>,
    spec: &MetricSpec,
    context: &Context<'_>,
) -> Option<Notice> {
    (held == Some(ScalingReason::NoThroughputGain)).then(|| Notice {
        reason: NoticeReason::NoThroughputGain,
        subject: context.workload.to_string(),
        detail: format!(
            "metric {}: more replicas have not completed more; held at {} until throughput \
             rises or the backlog is gone: look downstream",
            spec.name, context.fleet.spec
        ),
    })
}

/// At zero replicas there is no pod to measure: that is no outage, the metric has nothing to say.
fn no_pods_to_ask(spec: &MetricSpec, memory: &MetricMemory) -> Outcome {
    Outcome {
        rationale: MetricRationale {
            name: spec.name.clone(),
            rung: DemandRung::Hold,
            problem: Some(ReadingProblem::NoUsablePods),
            ..MetricRationale::default()
        },
        memory: MetricMemory {
            missing_since_ms: None,
            ..memory.clone()
        },
        may_lower: true,
        activity_milli: None,
        held: None,
        notice: None,
    }
}

pub(super) fn sources<'a>(
    spec: &MetricSpec,
    state: &'a MetricState,
    memory: &MetricMemory,
) -> Sources<'a> {
    Sources {
        primary: &state.primary,
        alternative: state.alternative.as_ref(),
        good: memory.good,
        max_age: spec.max_age_ms,
        last_known_good: spec.fallback.last_known_good_ms,
    }
}

/// The value of a sum, wherever it comes from.
pub(super) const fn milli(answer: &Answer<i64>) -> Option<i64> {
    match answer {
        Answer::Known {
            value: Value::Read(milli) | Value::Remembered(milli),
            ..
        } => Some(*milli),
        Answer::Missing { .. } => None,
    }
}

pub(super) const fn rung<T>(answer: &Answer<T>) -> Option<DemandRung> {
    match answer {
        Answer::Known { rung, .. } => Some(*rung),
        Answer::Missing { .. } => None,
    }
}

/// What a fresh sum leaves to remember.
pub(super) fn fresh(answer: &Answer<i64>) -> Option<(i64, Millis)> {
    if answer.is_fresh() {
        milli(answer).zip(answer.age())
    } else {
        None
    }
}

fn summed(spec: &MetricSpec, state: &MetricState, memory: &MetricMemory, clock: &Clock) -> Said {
    let answer = demand::answer(&sources(spec, state, memory), clock, demand::sum);
    let value_milli = milli(&answer);
    Said {
        rung: rung(&answer),
        problem: answer.problem(),
        age: answer.age(),
        value_milli,
        activity_milli: value_milli,
        proposal: None,
        held: None,
        memory: MetricMemory {
            good: demand::remember(fresh(&answer), memory.good, clock),
            ..memory.clone()
        },
    }
}

fn average(
    spec: &MetricSpec,
    target_milli: i64,
    state: &MetricState,
    memory: &MetricMemory,
    context: &Context<'_>,
) -> Said {
    let mut said = summed(spec, state, memory, context.clock);
    said.proposal = said.value_milli.and_then(|value| {
        hpa::average_value(value, target_milli, context.fleet.status, &context.band)
            .ok()
            .map(|proposal| proposal.replicas)
    });
    said
}

/// A `Value` target multiplies Ready replicas, so that one that still boots looks like a reason to
/// have fewer. It therefore never scales down while replicas boot, nor, where some have no place,
/// while it is above its target.
fn total(
    spec: &MetricSpec,
    target_milli: i64,
    state: &MetricState,
    memory: &MetricMemory,
    context: &Context<'_>,
) -> Said {
    let mut said = summed(spec, state, memory, context.clock);
    let fleet = context.fleet;
    let Some(value) = said.value_milli else {
        return said;
    };
    said.proposal = hpa::value(
        value,
        target_milli,
        fleet.spec,
        Some(fleet.ready),
        &context.band,
    )
    .ok()
    .map(|proposal| proposal.replicas);
    let misleading = fleet.booting || (fleet.ready < fleet.spec && value > target_milli);
    if misleading && said.proposal.is_some_and(|replicas| replicas < fleet.spec) {
        said.held = Some(ScalingReason::Booting);
    }
    said
}

fn per_pod(
    spec: &MetricSpec,
    state: &MetricState,
    memory: &MetricMemory,
    context: &Context<'_>,
) -> Said {
    let rules = PodRules {
        spec: context.fleet.spec,
        lost: &context.existing.lost,
        band: context.band,
        cpu: context.cpu,
        now: context.clock.host,
    };
    let answer: Answer<PodsAnswer> = demand::answer(
        &sources(spec, state, memory),
        context.clock,
        |reading| match reading {
            Reading::Pods { pods, .. } => pods::propose(pods, &spec.target, &rules),
            _ => Err(ReadingProblem::WrongKind),
        },
    );
    let (shown_milli, proposal) = match &answer {
        Answer::Known {
            value: Value::Read(read),
            ..
        } => (Some(read.shown_milli), Some(read.replicas)),
        Answer::Known {
            value: Value::Remembered(total),
            ..
        } => {
            let status = context.fleet.status;
            let replicas = hpa::average_value(*total, per_pod_milli(spec), status, &context.band)
                .ok()
                .map(|proposal| proposal.replicas);
            (Some(*total / i64::from(status.max(1))), replicas)
        }
        Answer::Missing { .. } => (None, None),
    };
    let good = match &answer {
        Answer::Known {
            value: Value::Read(read),
            age,
            ..
        } if answer.is_fresh() => Some((read.total_milli, *age)),
        _ => None,
    };
    Said {
        rung: rung(&answer),
        problem: answer.problem(),
        age: answer.age(),
        value_milli: shown_milli,
        activity_milli: shown_milli,
        proposal,
        held: None,
        memory: MetricMemory {
            good: demand::remember(good, memory.good, context.clock),
            ..memory.clone()
        },
    }
}

/// A per-pod target in the unit in which its demand is remembered.
fn per_pod_milli(spec: &MetricSpec) -> i64 {
    match &spec.target {
        Target::Utilization { percent, .. } => i64::from(*percent) * 1_000,
        Target::PodsAverageValue(milli)
        | Target::ResourceAverageValue { milli, .. }
        | Target::AverageValue(milli)
        | Target::Value(milli) => *milli,
        Target::Queue(_) => 0,
    }
}
