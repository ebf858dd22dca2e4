//! The figures of a run that people may name: in policy tests, in conditions and in sweeps.
//!
//! Each is a number of `summary.json` in a unit that people use. A figure that a run does not have (a share of nothing,
//! a quantile of no requests) is absent, never zero.

use serde::Serialize;
use spillway_solver::ids::WorkloadId;

use crate::record::{
    Churn, CostBound, Elasticity, MoneySpent, ObjectiveKept, Quantiles, ReplicaTime, Requests,
    RunRecord, Summary, Waste, WorkloadSummary,
};
use crate::report::units;
use crate::report::units::approx;

/// The totals of a run, without its series.
#[derive(Clone, Debug, PartialEq)]
pub struct RunTotals {
    /// Of the whole run.
    pub summary: Summary,
    /// Of each workload.
    pub workloads: Vec<WorkloadSummary>,
}

impl From<&RunRecord> for RunTotals {
    fn from(record: &RunRecord) -> Self {
        Self {
            summary: record.summary.clone(),
            workloads: record.workloads.clone(),
        }
    }
}

/// What a figure is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// US dollars.
    Usd,
    /// Hundredths of a whole.
    Percent,
    /// A span of time, in seconds.
    Seconds,
    /// Things, also parts of one.
    Count,
}

impl Unit {
    /// A value with its unit, rounded for people.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        let sign = if value < 0.0 { "-" } else { "" };
        let size = value.abs();
        match self {
            Self::Usd => format!("{sign}{} USD", units::usd_of(size).trim_start_matches('$')),
            Self::Percent => format!("{sign}{}", units::percent_of(size)),
            Self::Seconds => format!("{sign}{}", units::span(micros(size))),
            Self::Count if size.fract() == 0.0 => format!("{sign}{}", units::count(whole(size))),
            Self::Count if size < 100.0 => format!("{sign}{size:.2}"),
            Self::Count => format!("{sign}{}", units::count(whole(size))),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a size to be shown; the cast saturates"
)]
fn whole(size: f64) -> u64 {
    size.round() as u64
}

fn micros(seconds: f64) -> u64 {
    whole(seconds * 1e6)
}

/// A figure by its name.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its name in files.
    pub name: &'static str,
    /// A shorter name for command lines; empty where there is none.
    pub short: &'static str,
    /// What it is measured in.
    pub unit: Unit,
    /// What it is, in a few words.
    pub meaning: &'static str,
    of: fn(&Parts<'_>) -> Option<f64>,
}

impl Figure {
    /// Its value for the whole run or for one workload; `None` where there is none.
    #[must_use]
    pub fn of(&self, totals: &RunTotals, workload: Option<&WorkloadId>) -> Option<f64> {
        let Some(id) = workload else {
            return (self.of)(&Parts::of_run(&totals.summary));
        };
        let workload = totals
            .workloads
            .iter()
            .find(|workload| workload.id == *id)?;
        (self.of)(&Parts::of_workload(workload))
    }

    /// Whether single workloads have it too: money and nodes belong to none.
    #[must_use]
    pub fn is_of_workloads(&self) -> bool {
        const ONLY_RUN: [&str; 13] = [
            "costUsd",
            "leastCostUsd",
            "overLeastPercent",
            "onDemandUsd",
            "spotUsd",
            "marginalUsd",
            "egressUsd",
            "costPerMillionUsd",
            "nodesStarted",
            "nodesStopped",
            "reactionP95",
            "publicIdleCoreHours",
            "leakReplicaHours",
        ];
        !ONLY_RUN.contains(&self.name)
    }
}

/// The figure of this name, or short name.
///
/// # Errors
///
/// A sentence with the names that are known.
pub fn figure(name: &str) -> Result<&'static Figure, String> {
    let known = FIGURES
        .iter()
        .find(|figure| figure.name == name || (!name.is_empty() && figure.short == name));
    known.ok_or_else(|| {
        let folded = name.to_lowercase();
        let near = FIGURES
            .iter()
            .filter(|figure| {
                let known = figure.name.to_lowercase();
                known.contains(&folded) || folded.contains(&known)
            })
            .filter(|_| folded.len() > 2);
        let near: Vec<&str> = near.map(|figure| figure.name).collect();
        if near.is_empty() {
            let all: Vec<&str> = FIGURES.iter().map(|figure| figure.name).collect();
            format!(
                "no figure is called `{name}`: write one of {}",
                all.join(", ")
            )
        } else {
            format!(
                "no figure is called `{name}`: did you mean {}?",
                near.join(" or ")
            )
        }
    })
}

/// What a run and a workload have in common, and what only a run has.
struct Parts<'a> {
    requests: &'a Requests,
    objective: &'a ObjectiveKept,
    delay: &'a Quantiles,
    sojourn: &'a Quantiles,
    time: &'a ReplicaTime,
    elasticity: &'a Elasticity,
    churn: &'a Churn,
    run: Option<(&'a MoneySpent, &'a Waste, &'a Quantiles)>,
    bound: Option<&'a CostBound>,
}

impl<'a> Parts<'a> {
    fn of_run(summary: &'a Summary) -> Self {
        Self {
            requests: &summary.requests,
            objective: &summary.objective,
            delay: &summary.queue_delay,
            sojourn: &summary.sojourn,
            time: &summary.replica_time,
            elasticity: &summary.elasticity,
            churn: &summary.churn,
            run: Some((&summary.money, &summary.waste, &summary.reaction)),
            bound: summary.bound.as_ref(),
        }
    }

    fn of_workload(summary: &'a WorkloadSummary) -> Self {
        Self {
            requests: &summary.requests,
            objective: &summary.objective,
            delay: &summary.queue_delay,
            sojourn: &summary.sojourn,
            time: &summary.replica_time,
            elasticity: &summary.elasticity,
            churn: &summary.churn,
            run: None,
            bound: None,
        }
    }

    fn money(&self, pick: fn(&MoneySpent) -> i64) -> Option<f64> {
        self.run.map(|(money, ..)| approx(pick(money)) / 1e6)
    }

    fn waste_hours(&self, pick: fn(&Waste) -> u64) -> Option<f64> {
        self.run.map(|(_, waste, _)| approx(pick(waste)) / HOUR_MS)
    }

    fn nodes(&self, count: u64) -> Option<f64> {
        self.run.map(|_| approx(count))
    }
}

const HOUR_MS: f64 = 3_600_000.0;

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * approx(part) / approx(whole))
}

fn seconds(quantiles: &Quantiles, micros: u64) -> Option<f64> {
    (quantiles.count > 0).then(|| approx(micros) / 1e6)
}

const fn row(
    name: &'static str,
    unit: Unit,
    meaning: &'static str,
    of: fn(&Parts<'_>) -> Option<f64>,
) -> Figure {
    Figure {
        name,
        short: "",
        unit,
        meaning,
        of,
    }
}

const fn called(short: &'static str, figure: Figure) -> Figure {
    Figure { short, ..figure }
}

/// All figures, in the order in which they are listed.
pub const FIGURES: &[Figure] = &[
    called(
        "cost",
        row("costUsd", Unit::Usd, "all that was paid", |parts| {
            parts.money(|money| money.total().0)
        }),
    ),
    row("onDemandUsd", Unit::Usd, "on-demand nodes", |parts| {
        parts.money(|money| money.on_demand.0)
    }),
    row("spotUsd", Unit::Usd, "spot nodes", |parts| {
        parts.money(|money| money.spot.0)
    }),
    row(
        "marginalUsd",
        Unit::Usd,
        "marginal cost of private cores in use",
        |parts| parts.money(|money| money.marginal.0),
    ),
    row(
        "egressUsd",
        Unit::Usd,
        "bytes that left a cluster",
        |parts| parts.money(|money| money.egress.0),
    ),
    row(
        "leastCostUsd",
        Unit::Usd,
        "the least that any policy could have paid for the same work",
        |parts| Some(approx(parts.bound?.least.0) / 1e6),
    ),
    row(
        "overLeastPercent",
        Unit::Percent,
        "what was paid above that, in percent of it",
        |parts| Some(100.0 * parts.bound?.regret?),
    ),
    row(
        "costPerMillionUsd",
        Unit::Usd,
        "cost of a million requests served to the end",
        |parts| {
            let (money, ..) = parts.run?;
            let done = parts.requests.done;
            (done > 0).then(|| approx(money.total().0) / approx(done))
        },
    ),
    called(
        "late",
        row(
            "lateRequestsPercent",
            Unit::Percent,
            "requests that waited beyond their objective or were dropped",
            |parts| share(parts.objective.requests_late, parts.objective.requests),
        ),
    ),
    row(
        "lateIntervalsPercent",
        Unit::Percent,
        "intervals whose 95th percentile of queue delay missed the objective",
        |parts| share(parts.objective.intervals_late, parts.objective.intervals),
    ),
    row("delayMean", Unit::Seconds, "queue delay, mean", |parts| {
        seconds(parts.delay, parts.delay.mean_us)
    }),
    row("delayP50", Unit::Seconds, "queue delay, median", |parts| {
        seconds(parts.delay, parts.delay.p50_us)
    }),
    row(
        "delayP95",
        Unit::Seconds,
        "queue delay, 95th percentile",
        |parts| seconds(parts.delay, parts.delay.p95_us),
    ),
    row(
        "delayP99",
        Unit::Seconds,
        "queue delay, 99th percentile",
        |parts| seconds(parts.delay, parts.delay.p99_us),
    ),
    row(
        "delayP999",
        Unit::Seconds,
        "queue delay, 99.9th percentile",
        |parts| seconds(parts.delay, parts.delay.p999_us),
    ),
    row("delayMax", Unit::Seconds, "queue delay, longest", |parts| {
        seconds(parts.delay, parts.delay.max_us)
    }),
    row(
        "sojournMean",
        Unit::Seconds,
        "from arrival to end, mean",
        |parts| seconds(parts.sojourn, parts.sojourn.mean_us),
    ),
    row(
        "sojournP95",
        Unit::Seconds,
        "from arrival to end, 95th percentile",
        |parts| seconds(parts.sojourn, parts.sojourn.p95_us),
    ),
    row(
        "sojournP99",
        Unit::Seconds,
        "from arrival to end, 99th percentile",
        |parts| seconds(parts.sojourn, parts.sojourn.p99_us),
    ),
    row("arrived", Unit::Count, "requests that arrived", |parts| {
        Some(approx(parts.requests.arrived))
    }),
    row("done", Unit::Count, "requests served to the end", |parts| {
        Some(approx(parts.requests.done))
    }),
    row("dropped", Unit::Count, "requests lost", |parts| {
        Some(approx(parts.requests.dropped))
    }),
    row(
        "notServed",
        Unit::Count,
        "requests lost, or still waiting at the end",
        |parts| Some(approx(parts.requests.dropped + parts.requests.queued)),
    ),
    row(
        "publicSharePercent",
        Unit::Percent,
        "share of the time of all Ready replicas that ran in public clusters",
        |parts| {
            share(
                parts.time.public_ms,
                parts.time.private_ms + parts.time.public_ms,
            )
        },
    ),
    row(
        "publicReplicaHours",
        Unit::Count,
        "hours of Ready replicas in public clusters",
        |parts| Some(approx(parts.time.public_ms) / HOUR_MS),
    ),
    row(
        "privateReplicaHours",
        Unit::Count,
        "hours of Ready replicas in private clusters",
        |parts| Some(approx(parts.time.private_ms) / HOUR_MS),
    ),
    row(
        "replicasMissing",
        Unit::Count,
        "demand above Ready replicas, mean over time",
        |parts| Some(parts.elasticity.missing_replicas),
    ),
    row(
        "replicasToSpare",
        Unit::Count,
        "Ready replicas above demand, mean over time",
        |parts| Some(parts.elasticity.spare_replicas),
    ),
    row(
        "underTimePercent",
        Unit::Percent,
        "share of the time with demand above Ready replicas",
        |parts| Some(parts.elasticity.under_time_percent),
    ),
    row(
        "overTimePercent",
        Unit::Percent,
        "share of the time with Ready replicas above demand",
        |parts| Some(parts.elasticity.over_time_percent),
    ),
    row(
        "instabilityPercent",
        Unit::Percent,
        "share of the intervals in which supply and demand moved apart",
        |parts| Some(parts.elasticity.instability_percent),
    ),
    row(
        "reactionP95",
        Unit::Seconds,
        "from demand exceeding Ready replicas until they meet it, 95th percentile",
        |parts| {
            let (_, _, reaction) = parts.run?;
            seconds(reaction, reaction.p95_us)
        },
    ),
    row(
        "publicIdleCoreHours",
        Unit::Count,
        "hours of public cores that were paid for and not requested",
        |parts| parts.waste_hours(|waste| waste.public_idle_core_ms / 1_000),
    ),
    row(
        "leakReplicaHours",
        Unit::Count,
        "hours of public replicas that would have fit into private room",
        |parts| parts.waste_hours(|waste| waste.leak_replica_ms),
    ),
    row(
        "targetChanges",
        Unit::Count,
        "writes of spec.replicas that changed it",
        |parts| Some(approx(parts.churn.actions)),
    ),
    row("replicaStarts", Unit::Count, "replicas started", |parts| {
        Some(approx(parts.churn.replica_starts))
    }),
    row("replicaStops", Unit::Count, "replicas stopped", |parts| {
        Some(approx(parts.churn.replica_stops))
    }),
    row(
        "moves",
        Unit::Count,
        "replicas moved between clusters at an unchanged count",
        |parts| Some(approx(parts.churn.moves)),
    ),
    row(
        "reversals",
        Unit::Count,
        "changes undone within 10 minutes",
        |parts| Some(approx(parts.churn.reversals)),
    ),
    row(
        "nodesStarted",
        Unit::Count,
        "public nodes ordered",
        |parts| parts.nodes(parts.churn.node_starts),
    ),
    row(
        "nodesStopped",
        Unit::Count,
        "public nodes given back or taken",
        |parts| parts.nodes(parts.churn.node_stops),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use spillway_solver::units::MicroUsd;

    #[test]
    fn a_figure_without_a_value_is_absent_and_not_zero() {
        let nothing = RunTotals {
            summary: Summary::default(),
            workloads: Vec::new(),
        };
        for name in ["lateRequestsPercent", "delayP95", "publicSharePercent"] {
            let figure = figure(name).expect("a known name");
            assert_eq!(figure.of(&nothing, None), None, "{name}");
        }
        let other = WorkloadId("shop/none".into());
        let moves = figure("moves").expect("a known name");
        assert_eq!(moves.of(&nothing, None), Some(0.0));
        assert_eq!(moves.of(&nothing, Some(&other)), None);
    }

    #[test]
    fn only_figures_that_a_workload_has_are_offered_for_one() {
        let totals = RunTotals {
            summary: Summary::default(),
            workloads: Vec::new(),
        };
        for figure in FIGURES {
            let has_run_part = {
                let parts = Parts {
                    run: None,
                    bound: None,
                    ..Parts::of_run(&totals.summary)
                };
                let full = Summary {
                    bound: Some(CostBound::new(MicroUsd(2), MicroUsd(1))),
                    requests: Requests {
                        done: 1,
                        ..Requests::default()
                    },
                    reaction: Quantiles {
                        count: 1,
                        ..Quantiles::default()
                    },
                    ..Summary::default()
                };
                (figure.of)(&parts).is_none() && (figure.of)(&Parts::of_run(&full)).is_some()
            };
            assert_eq!(has_run_part, !figure.is_of_workloads(), "{}", figure.name);
        }
    }

    #[test]
    fn names_are_unique_and_an_unknown_one_is_answered_with_those_near_it() {
        let mut names: Vec<&str> = FIGURES
            .iter()
            .flat_map(|figure| [figure.name, figure.short])
            .filter(|name| !name.is_empty())
            .collect();
        names.sort_unstable();
        let many = names.len();
        names.dedup();
        assert_eq!(names.len(), many);
        assert_eq!(figure("cost").expect("a short name").name, "costUsd");
        let near = figure("P95").expect_err("no figure");
        assert!(near.contains("did you mean delayP95"), "{near}");
        let far = figure("joy").expect_err("no figure");
        assert!(far.contains("write one of costUsd"), "{far}");
    }

    #[test]
    fn money_and_hours_are_in_the_units_of_people() {
        let totals = RunTotals {
            summary: Summary {
                money: MoneySpent {
                    spot: MicroUsd(2_500_000),
                    ..MoneySpent::default()
                },
                waste: Waste {
                    public_idle_core_ms: 7_200_000_000,
                    leak_replica_ms: 0,
                },
                ..Summary::default()
            },
            workloads: Vec::new(),
        };
        let value = |name| figure(name).expect("known").of(&totals, None);
        assert_eq!(value("costUsd"), Some(2.5));
        assert_eq!(value("publicIdleCoreHours"), Some(2.0));
        assert_eq!(Unit::Usd.show(-2.5), "-2.50 USD");
        assert_eq!(Unit::Seconds.show(0.25), "250 ms");
        assert_eq!(Unit::Count.show(1_234.0), "1,234");
    }
}
