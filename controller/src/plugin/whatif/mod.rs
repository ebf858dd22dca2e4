//! `whatif`: the last tick, decided with something changed.

mod change;
mod page;
mod price;
mod reading;
mod view;

use super::moment::Moment;
use super::print::Printer;
use super::{Global, Outcome, home};

use change::Change;
pub(super) use change::unknown;
use price::PriceChange;
use reading::MetricChange;
use view::WhatIf;

const EXAMPLES: &str = "\
Examples:
  kubectl spillway whatif --lose-cluster home
  kubectl spillway whatif --price m6i.xlarge=+50% --price eks/spot=0.06
  kubectl spillway whatif --metric shop/orders/queue=2k --metric shop/orders/queue/arrivals=80

What happens after the next tick is for the simulator: kubectl spillway snapshot, then spillway-sim what-if.";

/// Decides the last tick again with something changed, and shows the difference
///
/// Nothing is written. Without a change it is the decision that was made.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A cluster is lost: it has been silent for longer than its policies wait, and its traffic is lost
    #[arg(long, value_name = "NAME")]
    lose_cluster: Vec<String>,
    /// A node costs more or less, in percent, or so many USD per hour; by group, CLUSTER/GROUP or instance type
    #[arg(long, value_name = "GROUP_OR_TYPE=+50%|0.25")]
    price: Vec<PriceChange>,
    /// A metric has another value: its sum, the backlog of a queue, the mean over pods, or percent of the request.
    /// METRIC/arrivals are a queue's arrivals per second
    #[arg(long, value_name = "NAMESPACE/NAME/METRIC=VALUE")]
    metric: Vec<MetricChange>,
}

impl Args {
    fn changes(&self) -> Vec<Change> {
        let lost = self.lose_cluster.iter().cloned().map(Change::LoseCluster);
        let prices = self.price.iter().cloned().map(Change::Price);
        let metrics = self.metric.iter().cloned().map(Change::Metric);
        lost.chain(prices).chain(metrics).collect()
    }
}

pub(super) fn run(
    args: &Args,
    global: &Global,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Outcome> {
    let seen = home::look(global)?;
    let changes = args.changes();
    let then = Moment::of(change::apply(&seen.moment.tick, &changes)?);
    let mut view = WhatIf::between(&seen.moment, &then, &changes);
    view.notes.extend(seen.notes);
    printer.show(&view, page::page)?;
    Ok(Outcome::Done)
}
