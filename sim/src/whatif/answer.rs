//! The answer: money, seconds and replicas of both worlds.

use serde::Serialize;
use spillway_solver::ids::{ClusterId, WorkloadId};
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::{MicroUsd, MicroUsdPerHour, Millis, UnixMs};

use super::Change;
use super::sentence::sentence;
use super::watch::{Watch, Watched};
use crate::record::{Interval, RunRecord};
use crate::report::units;

/// A spell is over when nothing was wrong for so long: five minutes, in which every effect of a change has shown.
/// Shorter, and a queue at the edge of its objective ends many spells.
const CALM_MS: u64 = 300_000;

/// Both worlds beside each other.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The most important of it.
    pub sentence: String,
    /// The changes as options.
    pub changes: Vec<String>,
    /// The snapshot's time.
    pub at_ms: UnixMs,
    /// How far ahead it looks.
    pub horizon_ms: Millis,
    /// What nobody said, each as a sentence.
    pub assumed: Vec<String>,
    /// The world as it is.
    pub without: Side,
    /// The world with the changes; absent where nothing is changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<Side>,
}

/// One of the two worlds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// What it costs.
    pub money: Money,
    /// How long something was wrong, over all workloads.
    pub seconds: Seconds,
    /// The same of each workload.
    pub workloads: Vec<WorkloadSeconds>,
    /// Where replicas run.
    pub replicas: Vec<Replicas>,
    /// Replicas that left one cluster for another at an unchanged count.
    pub moved: u64,
    /// Most replicas without a place at any time.
    pub unplaced_peak: u32,
    /// Replicas without a place at the end.
    pub unplaced_at_end: u32,
    /// Decisions made, each checked for all invariants; one that is broken ends the run.
    pub decisions: u64,
}

/// What a world costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Money {
    /// The plan of the first decision.
    pub per_hour_now: MicroUsdPerHour,
    /// The most expensive plan.
    pub per_hour_peak: MicroUsdPerHour,
    /// The plan of the last decision.
    pub per_hour_at_end: MicroUsdPerHour,
    /// Cores in use beyond their nodes: what the private clouds cost.
    pub private: MicroUsd,
    /// Public nodes, on demand.
    pub on_demand: MicroUsd,
    /// Public nodes, spot.
    pub spot: MicroUsd,
    /// Bytes that left a cluster.
    pub egress: MicroUsd,
    /// All that was paid within the window.
    pub total: MicroUsd,
}

/// How long something was wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seconds {
    /// Time with fewer Ready replicas than desired.
    pub missing_ms: Millis,
    /// Its first spell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Spell>,
    /// Time with the 95th percentile of queue delay, or the oldest wait, beyond the objective.
    pub late_ms: Millis,
    /// Its first spell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late: Option<Spell>,
    /// Requests that waited longer than the objective, or were dropped.
    pub requests_late: u64,
    /// Requests of workloads with an objective.
    pub requests: u64,
    /// 95th percentile of queue delay.
    pub delay_p95_us: u64,
}

/// A time in which something was wrong, from the snapshot on; pauses of less than five minutes count as part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spell {
    /// When it began.
    pub from_ms: Millis,
    /// When it was over; absent where it lasts longer than the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_ms: Option<Millis>,
}

/// [`Seconds`] of a workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadSeconds {
    /// Whose.
    pub workload: WorkloadId,
    /// How long.
    #[serde(flatten)]
    pub seconds: Seconds,
}

/// Ready replicas of a workload in a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replicas {
    /// Whose.
    pub workload: WorkloadId,
    /// Where.
    pub cluster: ClusterId,
    /// In the snapshot.
    pub now: u64,
    /// Most at any time later.
    pub peak: u64,
    /// At the end.
    pub at_end: u64,
}

impl Answer {
    /// Of the runs of a question about a snapshot.
    #[must_use]
    pub fn new(
        snapshot: &Snapshot,
        changes: &[Change],
        mut assumed: Vec<String>,
        without: (&RunRecord, &Watch),
        with: Option<(&RunRecord, &Watch)>,
    ) -> Self {
        assumed.extend(silent_end(without.0));
        let horizon = without.0.meta.horizon_ms;
        let side = |(record, watch): (&RunRecord, &Watch)| Side::new(snapshot, record, watch);
        let (without, with) = (side(without), with.map(side));
        Self {
            sentence: sentence(changes, horizon, &without, with.as_ref()),
            changes: changes.iter().map(ToString::to_string).collect(),
            at_ms: snapshot.now_ms,
            horizon_ms: horizon,
            assumed,
            without,
            with,
        }
    }
}

impl Side {
    fn new(snapshot: &Snapshot, record: &RunRecord, watch: &Watch) -> Self {
        let ids = record.workloads.iter().enumerate();
        let workloads = ids.map(|(index, of)| WorkloadSeconds {
            workload: of.id.clone(),
            seconds: Seconds {
                requests_late: of.objective.requests_late,
                requests: of.objective.requests,
                delay_p95_us: of.queue_delay.p95_us,
                ..Seconds::over(record, watch, &[index])
            },
        });
        let all: Vec<usize> = (0..record.workloads.len()).collect();
        let plans = || watch.ticks.iter().map(|tick| tick.paid);
        let paid = record.summary.money;
        Self {
            money: Money {
                per_hour_now: plans().next().unwrap_or_default(),
                per_hour_peak: plans().max().unwrap_or_default(),
                per_hour_at_end: plans().next_back().unwrap_or_default(),
                private: paid.marginal,
                on_demand: paid.on_demand,
                spot: paid.spot,
                egress: paid.egress,
                total: paid.total(),
            },
            seconds: Seconds {
                requests_late: record.summary.objective.requests_late,
                requests: record.summary.objective.requests,
                delay_p95_us: record.summary.queue_delay.p95_us,
                ..Seconds::over(record, watch, &all)
            },
            workloads: workloads.collect(),
            replicas: replicas(snapshot, record),
            moved: record.summary.churn.moves,
            unplaced_peak: watch.ticks.iter().map(|of| of.unplaced).max().unwrap_or(0),
            unplaced_at_end: watch.ticks.last().map_or(0, |of| of.unplaced),
            decisions: watch.ticks.len() as u64,
        }
    }
}

impl Seconds {
    /// Of the time series: what was wrong with any of some workloads.
    fn over(record: &RunRecord, watch: &Watch, workloads: &[usize]) -> Self {
        let mut ticks = watch.ticks.iter().peekable();
        let mut last: Option<&Watched> = None;
        let (mut missing, mut late) = (Vec::new(), Vec::new());
        for row in &record.series {
            while let Some(tick) = ticks.next_if(|tick| tick.at_ms <= row.at_ms) {
                last = Some(tick);
            }
            let lacks = |index: &usize| {
                let desired = last.and_then(|tick| tick.desired.get(&record.workloads[*index].id));
                let ready: u64 = row.workloads[*index].ready_milli.iter().sum();
                desired.is_some_and(|desired| ready < u64::from(*desired) * 1_000)
            };
            missing.push(workloads.iter().any(lacks));
            late.push(workloads.iter().any(|index| is_late(record, row, *index)));
        }
        let (missing_ms, missing) = spells(record, &missing);
        let (late_ms, late) = spells(record, &late);
        Self {
            missing_ms,
            missing,
            late_ms,
            late,
            ..Self::default()
        }
    }
}

fn is_late(record: &RunRecord, row: &Interval, index: usize) -> bool {
    let of = &row.workloads[index];
    let delay_us = of.delay.map_or(0, |delay| delay.p95_us).max(of.oldest_us);
    let objective = record.workloads[index].objective_ms;
    objective.is_some_and(|objective| delay_us > objective.0 * 1_000)
}

/// How long in all, and the first spell, of what was wrong in these intervals.
fn spells(record: &RunRecord, wrong: &[bool]) -> (Millis, Option<Spell>) {
    let start = record.meta.start_ms;
    let end = record.meta.horizon_ms.0;
    let from = |index: usize| {
        let row = record.series.get(index);
        row.map_or(end, |row| row.at_ms.since(start).0)
    };
    let (mut total, mut first): (u64, Option<(u64, u64)>) = (0, None);
    for index in (0..wrong.len()).filter(|index| wrong[*index]) {
        let (begins, ends) = (from(index), from(index + 1));
        total += ends - begins;
        match &mut first {
            None => first = Some((begins, ends)),
            Some((_, to)) if begins - *to < CALM_MS => *to = ends,
            Some(_) => {}
        }
    }
    let spell = first.map(|(from, to)| Spell {
        from_ms: Millis(from),
        to_ms: (to < end).then_some(Millis(to)),
    });
    (Millis(total), spell)
}

fn replicas(snapshot: &Snapshot, record: &RunRecord) -> Vec<Replicas> {
    let mut all = Vec::new();
    for (index, workload) in record.workloads.iter().enumerate() {
        for (place, cluster) in record.meta.clusters.iter().enumerate() {
            let seen = snapshot
                .clusters
                .iter()
                .filter(|of| of.name == cluster.name);
            let here = seen
                .flat_map(|of| &of.nodes)
                .flat_map(|node| &node.replicas);
            let here = here.filter(|here| here.workload == workload.id);
            let ready = record.series.iter();
            let ready: Vec<u64> = ready
                .map(|row| row.workloads[index].ready_milli[place].div_ceil(1_000))
                .collect();
            let found = Replicas {
                workload: workload.id.clone(),
                cluster: cluster.name.clone(),
                now: here.map(|here| u64::from(here.ready)).sum(),
                peak: ready.iter().copied().max().unwrap_or(0),
                at_end: ready.last().copied().unwrap_or(0),
            };
            if found.now + found.peak > 0 {
                all.push(found);
            }
        }
    }
    all
}

/// Says so where nothing arrives any more long before the end.
fn silent_end(record: &RunRecord) -> Option<String> {
    let arrives = |row: &Interval| row.workloads.iter().any(|of| of.arrived > 0);
    let last = record.series.iter().rposition(arrives)?;
    let silent = record.series.get(last + 1)?;
    let end = record.meta.start_ms.plus(record.meta.horizon_ms);
    (end.since(silent.at_ms).0 >= CALM_MS).then(|| {
        format!(
            "nothing arrives from {} on: the load that was given ends there",
            units::time(silent.at_ms, "%F %T UTC")
        )
    })
}
