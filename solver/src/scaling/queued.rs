//! A queue's metric: backlog and arrivals to a count, completions to what they teach.
//!
//! The formula is [`crate::queue`]'s and the arithmetic of learning [`crate::learning`]'s; here is
//! which readings they are given.

use crate::decision::ScalingReason;
use crate::demand::{self, Sources};
use crate::hpa::ToleranceBand;
use crate::learning;
use crate::memory::{LearnedRate, Lesson, MetricMemory, Waiting};
use crate::policy::{MetricSpec, QueueTarget, ServiceRate};
use crate::queue::{self, QueueLoad};
use crate::snapshot::{MetricState, Reading};
use crate::units::{Millis, UnixMs};

use super::metric::{Context, Said, fresh, milli, rung, sources};

/// A queue needs its backlog and its arrivals: the worse of the two rungs counts. A backlog whose
/// arrivals are unknown still proposes what it takes to drain it alone, as a lower bound.
pub(super) fn said(
    spec: &MetricSpec,
    target: &QueueTarget,
    state: &MetricState,
    memory: &MetricMemory,
    context: &Context<'_>,
) -> Said {
    let clock = context.clock;
    let backlog = demand::answer(&sources(spec, state, memory), clock, demand::sum);
    let arrival_sources = Sources {
        primary: state.arrivals.as_ref().unwrap_or(&Reading::NotAsked),
        alternative: None,
        good: memory.good_arrivals,
        ..sources(spec, state, memory)
    };
    let arrivals = demand::answer(&arrival_sources, clock, demand::sum);

    let mut learned = memory.clone();
    let no_gain = if let Some((backlog_milli, _)) = fresh(&backlog) {
        let waiting = learning::waiting(backlog_milli, context.fleet.ready);
        if matches!(target.service_rate, ServiceRate::LearnedMilli(_)) {
            let rate = service_rate(target, memory);
            learn(waiting, rate, spec, state, &mut learned, context);
        }
        no_gain(waiting, spec, state, &mut learned, context)
    } else {
        learned.lesson = None;
        false
    };
    learned.good = demand::remember(fresh(&backlog), memory.good, clock);
    learned.good_arrivals = demand::remember(fresh(&arrivals), memory.good_arrivals, clock);

    let proposal = milli(&backlog).and_then(|backlog_milli| {
        let arrivals_milli = milli(&arrivals).unwrap_or(0);
        let load = QueueLoad {
            backlog_milli,
            arrivals_milli,
            service_rate_milli: service_rate(target, memory),
            drain_within_ms: target.drain_within_ms,
            ready: context.fleet.ready,
            existing: context.fleet.status,
        };
        let need_milli = queue::need_milli(&load, &context.home)?;
        let spec = context.fleet.spec;
        // Without arrivals the need is a lower bound: it may raise the count and nothing else.
        (milli(&arrivals).is_some() || queue::whole(need_milli) > spec)
            .then(|| worth_changing(need_milli, spec, &context.band))
    });
    let both = rung(&backlog)
        .zip(rung(&arrivals))
        .map(|(one, other)| one.max(other));
    Said {
        rung: both,
        problem: backlog.problem().or(arrivals.problem()),
        age: backlog.age().max(arrivals.age()),
        value_milli: milli(&backlog),
        activity_milli: milli(&backlog).max(milli(&arrivals)),
        held: (no_gain && proposal.is_some_and(|replicas| replicas > context.fleet.spec))
            .then_some(ScalingReason::NoThroughputGain),
        proposal,
        memory: learned,
    }
}

/// The count that a need asks for, with HPA's tolerance on the usage ratio (need to count).
///
/// Within the tolerance the count stays, so that an item may wait that much longer than
/// `drainWithin`. A smaller count is taken only as far as half the tolerance stays to spare: a
/// need that noise moves about a whole number would else take a replica after each quiet window
/// and ask for it again a minute later. All of it to spare costs replicas and saves few changes
/// more.
fn worth_changing(need_milli: u64, spec: u32, band: &ToleranceBand) -> u32 {
    let need = queue::whole(need_milli);
    if need == 0 || spec == 0 {
        return need;
    }
    #[expect(clippy::cast_precision_loss, reason = "at most 2^31 replicas: 41 bits")]
    let replicas = need_milli as f64 / 1_000.0;
    if band.contains(replicas / f64::from(spec)) {
        return spec;
    }
    if need > spec {
        return need;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float cast saturates, and the count before bounds it"
    )]
    let with_spare = (replicas / f64::midpoint(band.least(), 1.0)).ceil() as u32;
    with_spare.clamp(need, spec)
}

/// The rate known before this tick: what is learned now counts from the next one on, so that two
/// views of the same fleet that differ in what they teach propose the same.
fn service_rate(target: &QueueTarget, memory: &MetricMemory) -> u32 {
    match target.service_rate {
        ServiceRate::GivenMilli(milli) => milli,
        ServiceRate::LearnedMilli(start) => {
            learning::service_rate_milli(&memory.service_rate_milli, start)
        }
    }
}

/// Notes what waits and who is Ready, and learns from completions when a lesson is over. A cluster
/// that is new begins with the rate that the fleet is sized by.
fn learn(
    waiting: Waiting,
    rate_milli: u32,
    spec: &MetricSpec,
    state: &MetricState,
    memory: &mut MetricMemory,
    context: &Context<'_>,
) {
    let begin = Lesson {
        since_ms: context.clock.now,
        waiting,
    };
    let lesson = memory.lesson.map(|lesson| lesson.and(waiting));
    for cluster in context.existing.ready_in.keys() {
        let rates = &mut memory.service_rate_milli;
        rates.entry(cluster.clone()).or_insert(LearnedRate {
            milli: rate_milli,
            ..LearnedRate::default()
        });
    }
    let mut over = lesson.is_none();
    for (cluster, rate) in &mut memory.service_rate_milli {
        let ready = context.existing.ready_in.get(cluster).copied().unwrap_or(0);
        rate.fewest = rate.fewest.min(ready);
        rate.most = rate.most.max(ready);
        let completions = state.completions.get(cluster);
        if let Some(lesson) = lesson
            && let Some((milli, sampled)) = completed(completions, spec, context)
            && lesson.covers(sampled)
        {
            learning::learn(rate, lesson.waiting, milli);
            over = true;
        }
    }
    if over {
        for (cluster, rate) in &mut memory.service_rate_milli {
            let ready = context.existing.ready_in.get(cluster).copied().unwrap_or(0);
            (rate.fewest, rate.most) = (ready, ready);
        }
    }
    memory.lesson = if over { Some(begin) } else { lesson };
}

/// Whether more replicas have stopped to help.
fn no_gain(
    waiting: Waiting,
    spec: &MetricSpec,
    state: &MetricState,
    memory: &mut MetricMemory,
    context: &Context<'_>,
) -> bool {
    if waiting != Waiting::Saturated {
        memory.throughput = None;
        return false;
    }
    let serving = context
        .existing
        .ready_in
        .iter()
        .filter(|(_, ready)| **ready > 0);
    let total_milli = serving
        .map(|(cluster, _)| completed(state.completions.get(cluster), spec, context))
        .try_fold(0_i64, |sum, more| Some(sum.saturating_add(more?.0)));
    total_milli.is_some_and(|total_milli| {
        let ready = context.fleet.ready;
        learning::no_throughput_gain(
            &mut memory.throughput,
            ready,
            total_milli,
            context.clock.now,
        )
    })
}

/// Fresh completions per second in thousandths, and when they were sampled.
fn completed(
    reading: Option<&Reading>,
    spec: &MetricSpec,
    context: &Context<'_>,
) -> Option<(i64, UnixMs)> {
    let only_fresh = Sources {
        primary: reading?,
        alternative: None,
        good: None,
        max_age: spec.max_age_ms,
        last_known_good: Millis(0),
    };
    let answer = demand::answer(&only_fresh, context.clock, demand::sum);
    let (milli, age) = fresh(&answer)?;
    Some((milli, context.clock.back(age)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_changes_where_its_usage_ratio_leaves_the_tolerance() {
        let a_tenth = ToleranceBand::from_fractions(0.1, 0.1);
        for (sentence, need_milli, spec, band, expected) in [
            ("a tenth too much is tolerated", 2_200, 2, a_tenth, 2),
            ("more is not", 2_201, 2, a_tenth, 3),
            ("a tenth too little is tolerated", 9_000, 10, a_tenth, 10),
            ("a twentieth stays to spare", 1_900, 3, a_tenth, 2),
            (
                "so that a need that nearly fills the smaller count keeps the count",
                1_901,
                3,
                a_tenth,
                3,
            ),
            (
                "a large count shrinks as far as that allows",
                50_000,
                100,
                a_tenth,
                53,
            ),
            ("no work takes nobody", 0, 3, a_tenth, 0),
            ("from nobody any work takes one", 1, 0, a_tenth, 1),
            (
                "without tolerance each fraction counts",
                2_001,
                2,
                ToleranceBand::from_fractions(0.0, 0.0),
                3,
            ),
            (
                "nor is anything to spare",
                2_000,
                3,
                ToleranceBand::from_fractions(0.0, 0.0),
                2,
            ),
            (
                "a full tolerance never shrinks",
                1,
                3,
                ToleranceBand::from_fractions(1.0, 0.1),
                3,
            ),
            (
                "a tolerance that is no number tolerates nothing",
                2_001,
                2,
                ToleranceBand::from_fractions(f64::NAN, f64::NAN),
                3,
            ),
        ] {
            assert_eq!(
                worth_changing(need_milli, spec, &band),
                expected,
                "{sentence}"
            );
        }
    }
}
