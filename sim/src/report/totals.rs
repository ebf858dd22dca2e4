//! The table of totals: what the page and the command line both show.

use std::fmt::Write as _;

use super::Run;
use super::html::Text;
use super::units::{approx, count, percent, percent_of, short, span, usd, usd_of};
use crate::record::RunRecord;

/// One figure of every run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalsRow {
    /// What it is.
    pub name: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// The figure of each run, in their order.
    pub figures: Vec<String>,
    /// Whether the run has the best figure among those that kept their objectives: serving fewer is cheaper and wins
    /// nothing. None has where no run kept them, where all are equal, or where less is not better.
    pub best: Vec<bool>,
}

struct Measure {
    name: &'static str,
    meaning: &'static str,
    /// Absent where the run has none.
    value: fn(&RunRecord) -> Option<f64>,
    shown: fn(f64) -> String,
    less_is_better: bool,
}

/// What is shown, in this order. A share of an empty whole is absent.
const MEASURES: &[Measure] = &[
    Measure {
        name: "Cost",
        meaning: "nodes by the second, private marginal cost and egress",
        value: |run| Some(approx(run.summary.money.total().0) / 1e6),
        shown: usd_of,
        less_is_better: true,
    },
    Measure {
        name: "Least possible cost",
        meaning: "no policy does the same work in the same time for less: a bound, not a plan",
        value: |run| Some(approx(run.summary.bound?.least.0) / 1e6),
        shown: usd_of,
        less_is_better: false,
    },
    Measure {
        name: "Cost over the least",
        meaning: "what knowing the future might have saved at most",
        value: |run| Some(approx(run.summary.bound?.over.0) / 1e6),
        shown: usd_of,
        less_is_better: true,
    },
    Measure {
        name: "Cost by the least",
        meaning: "cost divided by the least possible cost",
        value: |run| run.summary.bound?.regret.map(|regret| 1.0 + regret),
        shown: times,
        less_is_better: true,
    },
    Measure {
        name: "Cost per million requests",
        meaning: "of those served to the end",
        value: |run| ratio(run.summary.money.total().0, run.summary.requests.done),
        shown: usd_of,
        less_is_better: true,
    },
    Measure {
        name: "Late requests",
        meaning: "waited longer than their objective, or were dropped",
        value: |run| {
            share(
                run.summary.objective.requests_late,
                run.summary.objective.requests,
            )
        },
        shown: percent_of,
        less_is_better: true,
    },
    Measure {
        name: "Late intervals",
        meaning: "intervals whose 95th percentile of queue delay missed the objective",
        value: |run| {
            share(
                run.summary.objective.intervals_late,
                run.summary.objective.intervals,
            )
        },
        shown: percent_of,
        less_is_better: true,
    },
    Measure {
        name: "Queue delay p95",
        meaning: "from arrival to the start of service",
        value: |run| Some(approx(run.summary.queue_delay.p95_us)),
        shown: span_of,
        less_is_better: true,
    },
    Measure {
        name: "Queue delay p99",
        meaning: "likewise",
        value: |run| Some(approx(run.summary.queue_delay.p99_us)),
        shown: span_of,
        less_is_better: true,
    },
    Measure {
        name: "Not served",
        meaning: "requests dropped, or still waiting at the end",
        value: |run| {
            Some(approx(
                run.summary.requests.dropped + run.summary.requests.queued,
            ))
        },
        shown: whole,
        less_is_better: true,
    },
    Measure {
        name: "Public share",
        meaning: "of the time of all Ready replicas",
        value: |run| {
            let time = run.summary.replica_time;
            share(time.public_ms, time.private_ms + time.public_ms)
        },
        shown: percent_of,
        less_is_better: false,
    },
    Measure {
        name: "Replicas missing",
        meaning: "demand above Ready replicas, mean over time",
        value: |run| Some(run.summary.elasticity.missing_replicas),
        shown: hundredths,
        less_is_better: true,
    },
    Measure {
        name: "Replicas to spare",
        meaning: "Ready replicas above demand, mean over time",
        value: |run| Some(run.summary.elasticity.spare_replicas),
        shown: hundredths,
        less_is_better: true,
    },
    Measure {
        name: "Reaction p95",
        meaning: "from demand exceeding the Ready replicas until they meet it again",
        value: |run| {
            let reaction = run.summary.reaction;
            (reaction.count > 0).then_some(approx(reaction.p95_us))
        },
        shown: span_of,
        less_is_better: true,
    },
    Measure {
        name: "Target changes",
        meaning: "writes of spec.replicas",
        value: |run| Some(approx(run.summary.churn.actions)),
        shown: whole,
        less_is_better: true,
    },
    Measure {
        name: "Moves",
        meaning: "replicas moved between clusters at an unchanged count",
        value: |run| Some(approx(run.summary.churn.moves)),
        shown: whole,
        less_is_better: false,
    },
    Measure {
        name: "Reversals",
        meaning: "changes undone within 10 minutes",
        value: |run| Some(approx(run.summary.churn.reversals)),
        shown: whole,
        less_is_better: true,
    },
    Measure {
        name: "Public nodes started",
        meaning: "each is paid for a minute at least",
        value: |run| Some(approx(run.summary.churn.node_starts)),
        shown: whole,
        less_is_better: true,
    },
];

/// The figures of all runs.
#[must_use]
pub fn totals(runs: &[&RunRecord]) -> Vec<TotalsRow> {
    MEASURES.iter().map(|measure| row(measure, runs)).collect()
}

fn row(measure: &Measure, runs: &[&RunRecord]) -> TotalsRow {
    let values: Vec<Option<f64>> = runs.iter().map(|run| (measure.value)(run)).collect();
    let figures: Vec<String> = values
        .iter()
        .map(|value| value.map_or_else(|| "n/a".to_owned(), measure.shown))
        .collect();
    let sound: Vec<bool> = runs
        .iter()
        .map(|run| late_percent(run) <= KEPT_PERCENT)
        .collect();
    let least = values
        .iter()
        .enumerate()
        .filter(|(index, _)| sound[*index])
        .filter_map(|(_, value)| *value)
        .fold(f64::INFINITY, f64::min);
    // Figures that look the same are the same to a reader.
    let shown = (measure.shown)(least);
    let best: Vec<bool> = figures
        .iter()
        .enumerate()
        .map(|(index, figure)| sound[index] && measure.less_is_better && *figure == shown)
        .collect();
    let all = best.iter().all(|best| *best);
    TotalsRow {
        name: measure.name,
        meaning: measure.meaning,
        figures,
        best: best.into_iter().map(|best| best && !all).collect(),
    }
}

/// Writes the table: a row a measure, a column a run.
pub(super) fn write(out: &mut String, runs: &[Run]) {
    let records: Vec<&RunRecord> = runs.iter().map(|run| &run.record).collect();
    out.push_str("<div class=scroll tabindex=0 role=region aria-label=\"Totals\"><table class=totals><thead><tr><td></td>");
    for run in &records {
        let _ = write!(out, "<th scope=col>{}</th>", Text(&run.meta.name));
    }
    out.push_str("</tr></thead><tbody>\n");
    for row in totals(&records) {
        let _ = write!(
            out,
            "<tr><th scope=row>{}<small>{}</small></th>",
            row.name, row.meaning
        );
        for (figure, best) in row.figures.iter().zip(&row.best) {
            let (class, mark) = if *best {
                (" class=best", "<i title=\"best of these runs\">▸</i>")
            } else {
                ("", "")
            };
            let _ = write!(out, "<td{class}>{mark}{}</td>", Text(figure));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}

/// Late requests up to this share count as an objective kept: two nines, the usual promise of an internal service.
pub(super) const KEPT_PERCENT: f64 = 1.0;

/// Share of late requests; 0 where there was no objective to miss.
pub(super) fn late_percent(run: &RunRecord) -> f64 {
    let kept = run.summary.objective;
    share(kept.requests_late, kept.requests).unwrap_or(0.0)
}

/// What a run was like, in a sentence.
#[must_use]
pub fn headline(run: &RunRecord) -> String {
    let summary = &run.summary;
    let hours = approx(run.meta.horizon_ms.0) / 3_600_000.0;
    let time = summary.replica_time;
    let late = if summary.objective.requests == 0 {
        "no objective was set".to_owned()
    } else {
        let late = percent(summary.objective.requests_late, summary.objective.requests);
        format!("{late} of requests were late")
    };
    let moves = match summary.churn.moves {
        0 => "no replica moved".to_owned(),
        1 => "1 replica moved".to_owned(),
        n => format!("{} replicas moved", count(n)),
    };
    format!(
        "cost {} in {} h; {late}; {} of replica time ran in public clusters; {moves} between clusters.",
        usd(summary.money.total()),
        short(hours),
        percent(time.public_ms, time.private_ms + time.public_ms),
    )
}

fn ratio(micro_usd: i64, done: u64) -> Option<f64> {
    (done > 0).then(|| approx(micro_usd) / approx(done))
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * approx(part) / approx(whole))
}

fn span_of(micros: f64) -> String {
    span(rounded(micros))
}

fn whole(value: f64) -> String {
    count(rounded(value))
}

fn times(value: f64) -> String {
    format!("{value:.2} x")
}

fn hundredths(value: f64) -> String {
    format!("{value:.2}")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and micros that were unsigned integers before"
)]
fn rounded(value: f64) -> u64 {
    value.round() as u64
}
