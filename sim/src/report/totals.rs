//! The table of totals: what the page and the command line both show.

use std::fmt::Write as _;

use super::Run;
use super::html::Text;
use super::units::{approx, count, percent, short, usd, usd_of};
use crate::figures::{Figure, Unit, figure};
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

/// A figure as the table has it.
struct Measure {
    name: &'static str,
    figure: &'static str,
    less_is_better: bool,
    /// Where the figure's own words say too little beside its name; else empty.
    meaning: &'static str,
}

const fn less(name: &'static str, figure: &'static str) -> Measure {
    Measure {
        name,
        figure,
        less_is_better: true,
        meaning: "",
    }
}

impl Measure {
    /// Less of it is no better.
    const fn neutral(self) -> Self {
        Self {
            less_is_better: false,
            ..self
        }
    }

    const fn meaning(self, meaning: &'static str) -> Self {
        Self { meaning, ..self }
    }
}

/// What is shown, in this order. A figure that no run has is left out.
const MEASURES: &[Measure] = &[
    less("Cost", "costUsd"),
    less("Least possible cost", "leastCostUsd")
        .neutral()
        .meaning("no policy does the same work in the same time for less: a bound, not a plan"),
    less("Cost over the least", "overLeastUsd")
        .meaning("what knowing the future might have saved at most"),
    less("Cost by the least", "costByLeast"),
    less("Cost per million requests", "costPerMillionUsd"),
    less("Late requests", "lateRequestsPercent"),
    less("Late intervals", "lateIntervalsPercent"),
    less("Queue delay p95", "delayP95").meaning("from arrival to the start of service"),
    less("Queue delay p99", "delayP99").meaning("likewise"),
    less("Sojourn p99", "sojournP99"),
    less("Recovery p95", "recoveryP95").meaning("from an objective missed until it was kept again"),
    less("Not served", "notServed"),
    less("Public share", "publicSharePercent").neutral(),
    less("Replicas missing", "replicasMissing"),
    less("Replicas to spare", "replicasToSpare"),
    less("Reaction p95", "reactionP95")
        .meaning("from demand exceeding the Ready replicas until they meet it again"),
    less("Idle public room", "publicIdlePercent")
        .meaning("cores of public nodes that no replica requested"),
    less("Leak, hours", "leakReplicaHours"),
    less("Target changes", "targetChanges"),
    less("Moves", "moves").neutral(),
    less("Reversals", "reversals"),
    less("Public nodes started", "nodesStarted").meaning("each is paid for a minute at least"),
    less("Forecast error", "forecastErrorReplicas"),
    less("Control error", "controlErrorReplicas"),
    less("Largest certified gap", "gapMaxPercent")
        .meaning("how far the cost of a model not solved exactly may be above the least"),
];

/// The figures of all runs.
#[must_use]
pub fn totals(runs: &[&RunRecord]) -> Vec<TotalsRow> {
    let rows = MEASURES.iter().filter_map(|measure| {
        let figure = figure(measure.figure).ok()?;
        row(measure, figure, runs)
    });
    rows.collect()
}

fn row(measure: &Measure, figure: &Figure, runs: &[&RunRecord]) -> Option<TotalsRow> {
    let values = runs.iter().map(|run| figure.of_run(&run.summary));
    let values: Vec<Option<f64>> = values.collect();
    let figures: Vec<String> = values
        .iter()
        .map(|value| value.map_or_else(|| "none".to_owned(), |value| shown(figure, value)))
        .collect();
    let sound: Vec<bool> = runs.iter().map(|run| keeps_objectives(run)).collect();
    let least = values
        .iter()
        .zip(&sound)
        .filter_map(|(value, sound)| value.filter(|_| *sound))
        .fold(f64::INFINITY, f64::min);
    // Figures that look the same are the same to a reader.
    let least = shown(figure, least);
    let best = figures.iter().zip(&sound);
    let best: Vec<bool> = best
        .map(|(shown, sound)| *sound && measure.less_is_better && *shown == least)
        .collect();
    let all = best.iter().all(|best| *best);
    values.iter().any(Option::is_some).then(|| TotalsRow {
        name: measure.name,
        meaning: if measure.meaning.is_empty() {
            figure.meaning
        } else {
            measure.meaning
        },
        figures,
        best: best.into_iter().map(|best| best && !all).collect(),
    })
}

/// Money as on the rest of the page; all else with the figure's own unit.
fn shown(figure: &Figure, value: f64) -> String {
    match figure.unit {
        Unit::Usd => usd_of(value),
        unit => unit.show(value),
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

/// Whether so few requests were late that the run's cost may be compared with that of others.
pub(super) fn keeps_objectives(run: &RunRecord) -> bool {
    late_percent(run) <= KEPT_PERCENT
}

/// Late requests up to this share count as an objective kept: two nines, the usual promise of an internal service.
pub(crate) const KEPT_PERCENT: f64 = 1.0;

/// Share of late requests; 0 where there was no objective to miss.
pub(super) fn late_percent(run: &RunRecord) -> f64 {
    let late = figure("lateRequestsPercent").ok();
    let late = late.and_then(|late| late.of_run(&run.summary));
    late.unwrap_or(0.0)
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
