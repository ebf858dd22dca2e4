//! Small multiples: each run in a cell of its own, all with the same axes.

use std::fmt::Write as _;

use spillway_solver::policy::Tier;

use super::buckets::{Buckets, peak};
use super::html::Text;
use super::plot::{Axis, HEIGHT, Panel, TimeAxis, WIDTH, line};
use super::stack::{self, Layer};
use super::units::{approx, short, usd_of};
use super::{Run, totals, tradeoff};
use crate::record::{Interval, MoneySpent, RunRecord, WorkloadInterval};

/// Heights of the plots of a cell on the page, pixels.
const SUPPLY_PX: u32 = 88;
const DELAY_PX: u32 = 56;
const MONEY_PX: u32 = 56;

/// What is drawn of a run.
struct Drawn {
    supply: Vec<Layer>,
    demand: Vec<f64>,
    /// Queue delay by the objective; absent where nobody waited or there is none.
    delay: Vec<Option<f64>>,
    money: Vec<f64>,
}

/// Writes a cell for each run.
pub(super) fn write(out: &mut String, runs: &[Run], time: &TimeAxis) {
    let drawn: Vec<Drawn> = runs.iter().map(|run| Drawn::of(&run.record)).collect();
    let most = |of: fn(&Drawn) -> f64| drawn.iter().map(of).fold(0.0, f64::max);
    let replicas = Axis::linear(
        most(|drawn| peak(&stack::totals(&drawn.supply)).max(peak(&drawn.demand))),
        short,
    );
    let longest = most(|drawn| drawn.delay.iter().flatten().copied().fold(0.0, f64::max));
    let delay = Axis::log_decades(longest.max(10.0), 2, |times| format!("{times} x"));
    let money = Axis::linear(most(|drawn| peak(&drawn.money)), usd_of);
    let has_objective = drawn
        .iter()
        .any(|drawn| drawn.delay.iter().any(Option::is_some));
    out.push_str("<div class=cells>\n");
    for ((run, drawn), number) in runs.iter().zip(&drawn).zip(1..) {
        let record = &run.record;
        let name = &record.meta.name;
        let _ = writeln!(
            out,
            "<section class=cell id={} tabindex=-1><h3>{}</h3><p>{}</p>",
            tradeoff::id(number),
            Text(name),
            Text(&totals::headline(record))
        );
        let panel = |height_px, name: &'static str, description, shapes, axis| Panel {
            name,
            note: String::new(),
            description,
            height_px,
            shapes,
            time,
            axis: Some(axis),
            names: Vec::new(),
        };
        let width = Buckets::of(record).width;
        panel(
            SUPPLY_PX,
            "Replicas",
            format!(
                "All replicas over time under {name}: demand peaks at {}, Ready and asked-for replicas at {}.",
                short(peak(&drawn.demand)),
                short(peak(&stack::totals(&drawn.supply)))
            ),
            drawn.supply(&replicas, width),
            &replicas,
        )
        .write(out);
        if has_objective {
            panel(
                DELAY_PX,
                "Delay by its objective",
                format!("Queue delay divided by its objective over time under {name}, the worst workload."),
                drawn.delay(&delay, width),
                &delay,
            )
            .write(out);
        }
        panel(
            MONEY_PX,
            "Money per hour",
            format!(
                "Money per hour over time under {name}, at most {}.",
                usd_of(peak(&drawn.money))
            ),
            drawn.money(&money, width),
            &money,
        )
        .write(out);
        out.push_str("</section>\n");
    }
    out.push_str("</div>\n");
}

impl Drawn {
    fn of(run: &RunRecord) -> Self {
        let buckets = Buckets::of(run);
        let sum = |of: &dyn Fn(&WorkloadInterval) -> u64| {
            buckets.mean(|row| approx(row.workloads.iter().map(of).sum::<u64>()) / 1e3)
        };
        let ready = |tier: Tier| {
            sum(&|row| {
                let clusters = run.meta.clusters.iter().zip(&row.ready_milli);
                let here = clusters.filter(|(cluster, _)| cluster.tier == tier);
                here.map(|(_, ready)| ready).sum()
            })
        };
        let layer = |name, values| Layer {
            name,
            class: name,
            values,
        };
        Self {
            supply: vec![
                layer("private", ready(Tier::Private)),
                layer("public", ready(Tier::Public)),
                layer("pending", sum(&|row| row.pending_milli)),
            ],
            demand: sum(&|row| row.demand_milli),
            delay: buckets.largest(|row| delay_by_objective(run, row)),
            money: buckets.per_hour(|row| paid(&row.money)),
        }
    }

    fn supply(&self, axis: &Axis, width: f64) -> String {
        let mut shapes = stack::draw(&self.supply, axis, width).shapes;
        let heights: Vec<Option<f64>> = self.demand.iter().map(|d| Some(axis.y(*d))).collect();
        shapes.push_str(&line("demand halo", width, &heights));
        shapes.push_str(&line("demand", width, &heights));
        shapes
    }

    fn delay(&self, axis: &Axis, width: f64) -> String {
        let y = axis.y(1.0);
        let heights = self
            .delay
            .iter()
            .map(|delay| delay.map(|delay| axis.y(delay)));
        let heights: Vec<Option<f64>> = heights.collect();
        format!(
            "<rect class=\"late\" x=\"0\" y=\"0\" width=\"{WIDTH}\" height=\"{y:.1}\"/>\
             <path class=\"objective\" d=\"M0 {y:.1}H{WIDTH}\"/>{}",
            line("p95", width, &heights)
        )
    }

    fn money(&self, axis: &Axis, width: f64) -> String {
        let lower = vec![HEIGHT; self.money.len()];
        let upper: Vec<f64> = self.money.iter().map(|money| axis.y(*money)).collect();
        super::plot::steps("on-demand", width, &lower, &upper)
    }
}

fn paid(money: &MoneySpent) -> f64 {
    approx(money.total().0) / 1e6
}

/// The 95th percentile of queue delay, or what the oldest has waited where nobody was served, by the objective; of the
/// worst workload.
fn delay_by_objective(run: &RunRecord, row: &Interval) -> Option<f64> {
    let workloads = run.workloads.iter().zip(&row.workloads);
    let ratios = workloads.filter_map(|(workload, row)| {
        let objective_us = approx(workload.objective_ms?.0.max(1)) * 1e3;
        let delay_us = match &row.delay {
            Some(delay) => delay.p95_us,
            None => (row.queued > 0).then_some(row.oldest_us)?,
        };
        Some((approx(delay_us) / objective_us).max(LEAST_RATIO))
    });
    ratios.max_by(f64::total_cmp)
}

/// Delays below this share of the objective sit on the bottom: nobody minds them.
const LEAST_RATIO: f64 = 0.01;
