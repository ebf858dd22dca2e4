//! The page's headline: which run did best, in one sentence.

use super::Run;
use super::totals::{KEPT_PERCENT, late_percent};
use super::units::{approx, percent_of, usd, usd_of};
use crate::experiment::over_seeds::{FigureOverSeeds, OverSeeds};
use crate::record::RunRecord;

/// The comparison of single runs in one sentence.
pub(super) fn verdict(runs: &[Run]) -> String {
    let cost = |run: &RunRecord| run.summary.money.total();
    let name = |run: &RunRecord| run.meta.name.clone();
    let records = || runs.iter().map(|run| &run.record);
    if let [run] = runs {
        let (cost, late) = (
            usd(cost(&run.record)),
            percent_of(late_percent(&run.record)),
        );
        return format!(
            "{} cost {cost} with {late} of requests late",
            run.record.meta.name
        );
    }
    let kept = || records().filter(|run| late_percent(run) <= KEPT_PERCENT);
    let Some(best) = kept().min_by_key(|run| cost(run)) else {
        let least = records().min_by(|a, b| late_percent(a).total_cmp(&late_percent(b)));
        return least.map_or_else(String::new, |run| {
            format!(
                "No run kept late requests to 1 %; {} came closest with {}",
                name(run),
                percent_of(late_percent(run))
            )
        });
    };
    let next = kept()
        .filter(|run| run.meta.name != best.meta.name)
        .min_by_key(|run| cost(run));
    let kept_by = match next {
        Some(next) if cost(next).0 > 0 => {
            let saved = 100.0 * (1.0 - approx(cost(best).0) / approx(cost(next).0));
            format!("{} less than {}", percent_of(saved), name(next))
        }
        Some(next) => format!("as {} did", name(next)),
        None => "the only run to do so".to_owned(),
    };
    format!(
        "{} kept late requests to {} for {}, {kept_by}",
        name(best),
        percent_of(late_percent(best)),
        usd(cost(best))
    )
}

/// A run's means over the seeds.
struct Means<'a> {
    index: usize,
    name: &'a str,
    cost: f64,
    late: f64,
}

/// The comparison over several seeds: of means, and a winner only where its paired difference to each rival is clear.
pub(super) fn verdict_over_seeds(over: &OverSeeds) -> String {
    let count = over.seeds.len();
    let (cost, late) = (over.figure("costUsd"), over.figure("lateRequestsPercent"));
    let runs = cost.map_or(&[][..], |cost| &cost.runs);
    let means = runs.iter().enumerate().filter_map(|(index, run)| {
        let late = late.and_then(|late| late.runs.get(index)?.estimate);
        Some(Means {
            index,
            name: &run.run,
            cost: run.estimate?.mean,
            // Without an objective no request was late.
            late: late.map_or(0.0, |late| late.mean),
        })
    });
    let means: Vec<Means<'_>> = means.collect();
    if let [run] = means.as_slice() {
        return format!(
            "{} cost {} with {} of requests late, in the mean of {count} seeds",
            run.name,
            usd_of(run.cost),
            percent_of(run.late)
        );
    }
    let mut kept: Vec<&Means<'_>> = means.iter().collect();
    kept.retain(|run| run.late <= KEPT_PERCENT);
    kept.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let Some((best, others)) = kept.split_first() else {
        return closest(over, late, &means);
    };
    let equals = not_told_apart(over, cost, best, others);
    if !equals.is_empty() {
        return format!(
            "{} kept late requests to 1 % in the mean of {count} seeds, from {} on; no difference of their costs can be shown",
            listed(best, &equals),
            usd_of(best.cost)
        );
    }
    let kept_by = match others.first() {
        Some(next) if next.cost > 0.0 => {
            let saved = 100.0 * (1.0 - best.cost / next.cost);
            format!("{} less than {}", percent_of(saved), next.name)
        }
        _ => "the only run to do so".to_owned(),
    };
    format!(
        "{} kept late requests to {} for {} in the mean of {count} seeds, {kept_by}",
        best.name,
        percent_of(best.late),
        usd_of(best.cost)
    )
}

/// Where no run kept its objectives.
fn closest(over: &OverSeeds, late: Option<&FigureOverSeeds>, means: &[Means<'_>]) -> String {
    let mut runs: Vec<&Means<'_>> = means.iter().collect();
    runs.sort_by(|a, b| a.late.total_cmp(&b.late));
    let Some((best, others)) = runs.split_first() else {
        return String::new();
    };
    let equals = not_told_apart(over, late, best, others);
    let and = if equals.is_empty() {
        ""
    } else {
        "; no difference between them can be shown"
    };
    format!(
        "No run kept late requests to 1 % in the mean of {} seeds; {} came closest with {}{and}",
        over.seeds.len(),
        listed(best, &equals),
        percent_of(best.late)
    )
}

/// Those whose paired differences to the best may be chance.
fn not_told_apart<'a>(
    over: &OverSeeds,
    figure: Option<&FigureOverSeeds>,
    best: &Means<'_>,
    others: &[&'a Means<'a>],
) -> Vec<&'a Means<'a>> {
    let clear = |other: &Means<'_>| {
        let estimate = figure.and_then(|figure| over.paired(figure, other.index, best.index));
        estimate.is_some_and(|estimate| estimate.is_clear() && estimate.mean > 0.0)
    };
    let others = others.iter().copied();
    others.filter(|other| !clear(other)).collect()
}

/// `a, b and c`.
fn listed(first: &Means<'_>, others: &[&Means<'_>]) -> String {
    let Some((last, between)) = others.split_last() else {
        return first.name.to_owned();
    };
    let names: Vec<&str> = [first].iter().chain(between).map(|run| run.name).collect();
    format!("{} and {}", names.join(", "), last.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::statistics::Sampled;
    use crate::figures::RunTotals;
    use crate::record::{MoneySpent, Summary};
    use spillway_solver::units::MicroUsd;

    /// Dollars and late requests of a thousand.
    fn totals(usd: i64, late: u64) -> RunTotals {
        let mut summary = Summary {
            money: MoneySpent {
                spot: MicroUsd(usd * 1_000_000),
                ..MoneySpent::default()
            },
            ..Summary::default()
        };
        summary.objective.requests = 1_000;
        summary.objective.requests_late = late;
        RunTotals {
            summary,
            workloads: Vec::new(),
        }
    }

    /// For each seed, each run.
    fn over(names: &[&str], seeds: &[&[(i64, u64)]]) -> OverSeeds {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let numbers: Vec<u64> = (1..).take(seeds.len()).collect();
        let runs = seeds.iter().copied().flatten();
        let totals: Vec<RunTotals> = runs.map(|(usd, late)| totals(*usd, *late)).collect();
        OverSeeds::of(&names, &numbers, 0, &totals, Sampled::Draws)
    }

    #[test]
    fn a_winner_over_seeds_is_named_where_the_paired_differences_show_one() {
        let over = over(
            &["hpa", "spillway", "late"],
            &[
                &[(12, 0), (10, 4), (1, 50)],
                &[(23, 0), (20, 6), (1, 50)],
                &[(34, 0), (30, 5), (1, 50)],
            ],
        );
        assert_eq!(
            verdict_over_seeds(&over),
            "spillway kept late requests to 0.50 % for $20.00 in the mean of 3 seeds, 13.0 % less than hpa"
        );
    }

    #[test]
    fn no_winner_over_seeds_is_named_where_they_disagree() {
        let over = over(
            &["hpa", "spillway", "static"],
            &[
                &[(12, 0), (10, 0), (99, 0)],
                &[(20, 0), (23, 0), (99, 0)],
                &[(34, 0), (30, 0), (98, 0)],
            ],
        );
        assert_eq!(
            verdict_over_seeds(&over),
            "spillway and hpa kept late requests to 1 % in the mean of 3 seeds, from $21.00 on; no difference of their \
             costs can be shown"
        );
    }

    #[test]
    fn who_came_closest_to_the_objective_over_seeds_is_told_by_means() {
        let unclear = over(&["a", "b"], &[&[(1, 35), (1, 60)], &[(1, 60), (1, 45)]]);
        assert_eq!(
            verdict_over_seeds(&unclear),
            "No run kept late requests to 1 % in the mean of 2 seeds; a and b came closest with 4.8 %; no difference \
             between them can be shown"
        );
        let clear = over(&["a", "b"], &[&[(1, 35), (1, 60)], &[(1, 60), (1, 86)]]);
        assert_eq!(
            verdict_over_seeds(&clear),
            "No run kept late requests to 1 % in the mean of 2 seeds; a came closest with 4.8 %"
        );
    }

    #[test]
    fn a_single_run_over_seeds_is_told_by_its_means() {
        let over = over(&["a"], &[&[(1, 10)], &[(3, 20)]]);
        assert_eq!(
            verdict_over_seeds(&over),
            "a cost $2.00 with 1.5 % of requests late, in the mean of 2 seeds"
        );
    }
}
