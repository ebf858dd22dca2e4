//! Runs of several seeds compared: means, paired differences and what they say.
//!
//! Runs under the same seed have the same arrivals and the same draws of the world (common random numbers), so their
//! differences scatter much less than the runs themselves. Only differences are tested.

use serde::Serialize;

use super::statistics::{Estimate, Sampled};
use crate::figures::{self, Figure, RunTotals, Unit};
use crate::report::units::{approx, percent_of};

/// Counts changes of the format that a reader of the last one would stumble over.
const SCHEMA_VERSION: u32 = 1;

/// Several autoscalers under several seeds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OverSeeds {
    /// Version of this section of `summary.json`.
    pub schema_version: u32,
    /// The seeds, in the order of all values.
    pub seeds: Vec<u64>,
    /// Whether the trace was drawn anew under each seed, from its own blocks: intervals are then about the traffic.
    #[serde(skip_serializing_if = "is_false")]
    pub resampled: bool,
    /// The run that the others are compared with.
    pub baseline: String,
    /// Each figure that any run has.
    pub figures: Vec<FigureOverSeeds>,
}

/// One figure of all runs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FigureOverSeeds {
    /// The figure.
    #[serde(flatten)]
    pub figure: FigureName,
    /// Each run, in the order of the comparison.
    pub runs: Vec<RunOverSeeds>,
}

/// A figure as files name it.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FigureName {
    /// Its name.
    pub name: &'static str,
    /// What it is measured in.
    pub unit: Unit,
    /// What it is.
    pub meaning: &'static str,
}

/// One figure of one run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunOverSeeds {
    /// Whose.
    pub run: String,
    /// Under each seed; absent where it has none.
    pub values: Vec<Option<f64>>,
    /// Over the seeds that have a value; absent where none has.
    pub estimate: Option<Estimate>,
    /// Against the baseline; absent for the baseline itself and where no seed has both values.
    pub difference: Option<Difference>,
}

/// How a run differs from the baseline.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Seeds under which both have a value.
    pub pairs: usize,
    /// The run's value less the baseline's, over those seeds.
    pub estimate: Estimate,
    /// The mean difference in percent of the baseline's mean over those seeds; absent where that is 0.
    pub percent: Option<f64>,
    /// In words.
    pub verdict: String,
}

impl OverSeeds {
    /// Compares runs: `totals` of each seed and, within it, of each run of `names`. The run `baseline` of `names` is
    /// what the others are compared with.
    #[must_use]
    pub fn of(
        names: &[String],
        seeds: &[u64],
        baseline: usize,
        totals: &[RunTotals],
        sampled: Sampled,
    ) -> Self {
        let figures = figures::all().map(|figure| {
            let values = |run: usize| -> Vec<Option<f64>> {
                let runs = totals.chunks(names.len().max(1));
                runs.map(|runs| figure.of(runs.get(run)?, None)).collect()
            };
            let against = values(baseline);
            let runs = names.iter().enumerate().map(|(index, name)| {
                let values = values(index);
                let present: Vec<f64> = values.iter().copied().flatten().collect();
                let difference = (index != baseline).then(|| {
                    difference(
                        figure,
                        [name, &names[baseline]],
                        [&values, &against],
                        sampled,
                    )
                });
                RunOverSeeds {
                    run: name.clone(),
                    estimate: Estimate::of(&present, sampled),
                    values,
                    difference: difference.flatten(),
                }
            });
            FigureOverSeeds {
                figure: FigureName {
                    name: figure.name,
                    unit: figure.unit,
                    meaning: figure.meaning,
                },
                runs: runs.collect(),
            }
        });
        Self {
            schema_version: SCHEMA_VERSION,
            seeds: seeds.to_vec(),
            resampled: sampled == Sampled::Traffic,
            baseline: names.get(baseline).cloned().unwrap_or_default(),
            figures: figures
                .filter(|figure| figure.runs.iter().any(|run| run.estimate.is_some()))
                .collect(),
        }
    }

    /// The figures that a person reads first.
    pub fn main_figures(&self) -> impl Iterator<Item = &FigureOverSeeds> {
        const MAIN: [&str; 10] = [
            "costUsd",
            "lateRequestsPercent",
            "lateIntervalsPercent",
            "delayP95",
            "delayP99",
            "notServed",
            "publicSharePercent",
            "targetChanges",
            "moves",
            "nodesStarted",
        ];
        MAIN.into_iter().filter_map(|name| self.figure(name))
    }

    /// A figure by its name, where any run has it.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<&FigureOverSeeds> {
        self.figures
            .iter()
            .find(|figure| figure.figure.name == name)
    }

    /// One run's figure less another's over the seeds under which both have it; runs in the order of the comparison.
    #[must_use]
    pub fn paired(&self, figure: &FigureOverSeeds, run: usize, other: usize) -> Option<Estimate> {
        let (values, against) = (
            &figure.runs.get(run)?.values,
            &figure.runs.get(other)?.values,
        );
        let pairs = values.iter().zip(against);
        let differences = pairs.filter_map(|(value, against)| Some((*value)? - (*against)?));
        let sampled = if self.resampled {
            Sampled::Traffic
        } else {
            Sampled::Draws
        };
        Estimate::of(&differences.collect::<Vec<f64>>(), sampled)
    }

    /// What can be said of cost, lateness, delay and churn.
    #[must_use]
    pub fn verdicts(&self) -> Vec<&str> {
        let figures = [
            "costUsd",
            "lateRequestsPercent",
            "delayP95",
            "targetChanges",
        ];
        let figures = figures.into_iter().filter_map(|name| self.figure(name));
        let runs = figures.flat_map(|figure| &figure.runs);
        runs.filter_map(|run| Some(run.difference.as_ref()?.verdict.as_str()))
            .collect()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_false(value: &bool) -> bool {
    !*value
}

fn difference(
    figure: &Figure,
    names: [&str; 2],
    [values, against]: [&[Option<f64>]; 2],
    sampled: Sampled,
) -> Option<Difference> {
    let pairs: Vec<(f64, f64)> = values
        .iter()
        .zip(against)
        .filter_map(|(value, against)| (*value).zip(*against))
        .collect();
    let differences: Vec<f64> = pairs
        .iter()
        .map(|(value, against)| value - against)
        .collect();
    let estimate = Estimate::of(&differences, sampled)?;
    let count = approx(u64::try_from(pairs.len()).ok()?);
    let baseline = pairs.iter().map(|(_, against)| against).sum::<f64>() / count;
    let percent = (baseline != 0.0).then(|| 100.0 * estimate.mean / baseline.abs());
    let all_equal = differences.iter().all(|difference| *difference == 0.0);
    Some(Difference {
        pairs: pairs.len(),
        verdict: verdict(figure, names, &estimate, percent, all_equal),
        estimate,
        percent,
    })
}

fn verdict(
    figure: &Figure,
    [name, baseline]: [&str; 2],
    estimate: &Estimate,
    percent: Option<f64>,
    all_equal: bool,
) -> String {
    let name_of_figure = if figure.name == "costUsd" {
        String::new()
    } else {
        format!("{}: ", figure.name)
    };
    if all_equal {
        return format!("{name_of_figure}{name} is equal to {baseline} under every seed");
    }
    let less = estimate.mean < 0.0;
    let direction = match (figure.name, less) {
        ("costUsd", true) => "cheaper",
        ("costUsd", false) => "dearer",
        (_, true) => "lower",
        (_, false) => "higher",
    };
    let size = amount(figure.unit, estimate.mean.abs());
    // A difference in points needs no share of a share, and a large share of next to nothing says nothing.
    let share = percent.filter(|percent| figure.unit != Unit::Percent && percent.abs() < 1_000.0);
    let share = share.map(|percent| format!(" ({})", percent_of(percent.abs())));
    let says = format!(
        "{name_of_figure}{name} is {size}{} {direction} than {baseline}",
        share.unwrap_or_default()
    );
    let Some([low, high]) = estimate.interval else {
        return format!("{says}; with one seed there is no interval");
    };
    // Told in the direction of the difference: "1.7 to 2.1 cheaper".
    let [low, high] = if less { [-high, -low] } else { [low, high] };
    let interval = format!(
        "95 % interval {} to {}",
        amount(figure.unit, low),
        amount(figure.unit, high)
    );
    if estimate.is_clear() {
        format!("{says}; {interval}; the difference is clear")
    } else {
        format!(
            "{name_of_figure}no difference between {name} and {baseline} can be shown ({size} {direction}; {interval})"
        )
    }
}

/// A difference of a percentage is in points.
fn amount(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Percent => format!("{value:.2} points"),
        unit => unit.show(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{MoneySpent, Summary};
    use spillway_solver::units::MicroUsd;

    fn cost(usd: f64) -> RunTotals {
        #[expect(clippy::cast_possible_truncation, reason = "cents of a test")]
        let micros = (usd * 1e6).round() as i64;
        RunTotals {
            summary: Summary {
                money: MoneySpent {
                    spot: MicroUsd(micros),
                    ..MoneySpent::default()
                },
                ..Summary::default()
            },
            workloads: Vec::new(),
        }
    }

    fn compare(pairs: &[[f64; 2]]) -> OverSeeds {
        let names = ["burst".to_owned(), "spillway".to_owned()];
        let seeds: Vec<u64> = (1..).take(pairs.len()).collect();
        let totals: Vec<RunTotals> = pairs.iter().flatten().map(|usd| cost(*usd)).collect();
        OverSeeds::of(&names, &seeds, 0, &totals, Sampled::Draws)
    }

    #[test]
    fn a_small_steady_difference_is_clear_though_the_runs_scatter_widely() {
        let over = compare(&[[7.0, 5.0], [17.0, 15.1], [3.0, 0.9], [9.0, 7.0]]);
        let verdict = over.verdicts()[0];
        assert_eq!(
            verdict,
            "spillway is 2.00 USD (22.2 %) cheaper than burst; 95 % interval 1.87 USD to 2.13 USD; the difference is clear"
        );
        let runs = &over.figure("costUsd").expect("money").runs;
        let [low, high] = runs[1]
            .estimate
            .and_then(|e| e.interval)
            .expect("four seeds");
        assert!(low < 0.0 && high > 14.0, "unpaired, nothing could be told");
    }

    #[test]
    fn where_seeds_disagree_no_difference_can_be_shown() {
        let over = compare(&[[7.0, 8.0], [7.0, 5.0], [7.0, 7.5]]);
        let verdict = over.verdicts()[0];
        assert!(
            verdict.starts_with("no difference between spillway and burst can be shown"),
            "{verdict}"
        );
        let over = compare(&[[7.0, 7.0], [5.0, 5.0]]);
        assert_eq!(
            over.verdicts()[0],
            "spillway is equal to burst under every seed"
        );
    }

    #[test]
    fn one_seed_gives_a_difference_and_says_that_it_has_no_interval() {
        let over = compare(&[[4.0, 5.0]]);
        assert_eq!(
            over.verdicts()[0],
            "spillway is 1.00 USD (25.0 %) dearer than burst; with one seed there is no interval"
        );
    }

    #[test]
    fn a_figure_that_no_run_has_is_left_out_and_a_missing_pair_is_not_counted() {
        let mut totals = vec![cost(1.0), cost(2.0), cost(3.0), cost(5.0)];
        totals[0].summary.objective.requests = 10;
        let names = ["a".to_owned(), "b".to_owned()];
        let over = OverSeeds::of(&names, &[1, 2], 0, &totals, Sampled::Draws);
        assert!(over.figure("delayP95").is_none());
        let late = over.figure("lateRequestsPercent").expect("one run has it");
        assert_eq!(late.runs[0].values, [Some(0.0), None]);
        assert!(late.runs[1].difference.is_none());
        let cost = &over.figure("costUsd").expect("money").runs[1];
        assert_eq!(cost.difference.as_ref().map(|d| d.pairs), Some(2));
    }
}
