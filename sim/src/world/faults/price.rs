//! Groups whose price changes: nodes that run are paid at the new one from then on.

use spillway_solver::units::MicroUsdPerHour;

use super::Effect;
use crate::world::event::ClusterIndex;
use crate::world::state::State;

impl State {
    /// Sets a group's price to what the running faults make of its usual one.
    pub(super) fn reprice(&mut self, cluster: ClusterIndex, group: usize) {
        let usual = self.setup.clusters[cluster].groups[group].price;
        let factors = self.faults.running().filter_map(|effect| match effect {
            Effect::PriceStep(c, g, factor) if (*c, *g) == (cluster, group) => Some(*factor),
            _ => None,
        });
        let price = times(usual, factors.product());
        self.sites[cluster].prices[group] = price;
        let lowest = &mut self.sites[cluster].lowest_prices[group];
        *lowest = price.min(*lowest);
        let now_ms = self.unix_ms(self.now);
        for node in &self.sites[cluster].nodes {
            if self.nodes[*node].group == group {
                self.nodes[*node].prices.push((now_ms, price));
            }
        }
    }
}

fn times(price: MicroUsdPerHour, factor: f64) -> MicroUsdPerHour {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "prices are far below 2^53 micro-USD, and the cast saturates"
    )]
    let product = (price.0 as f64 * factor).round() as i64;
    MicroUsdPerHour(product)
}
