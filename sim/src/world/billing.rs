//! What nodes, cores and bytes cost.
//!
//! Nodes are paid from their order until they are gone, by the second, a minute at least.
//! Everything is a function of a span or an amount since the start, so that the money of an
//! interval is a difference of two totals and the intervals add up to the micro-dollar.

use spillway_solver::units::{MicroUsd, MicroUsdPerHour, Millis, UnixMs};

/// What a node costs at least, however early it goes: a minute, as EC2 bills Linux.
pub const MINIMUM_MS: u64 = 60_000;

/// Bytes in a GiB, the unit of egress prices.
const GIB: u128 = 1 << 30;

/// Nanoseconds in an hour times thousandths of a core in a core.
const MILLI_CORE_HOUR: u128 = 3_600_000_000_000 * 1_000;

/// What a node has cost by `until`, rounded down to the micro-dollar.
#[must_use]
pub fn node_cost(price: MicroUsdPerHour, from: UnixMs, until: UnixMs) -> MicroUsd {
    let whole_seconds = until.since(from).0.div_ceil(1_000) * 1_000;
    price.over(Millis(whole_seconds.max(MINIMUM_MS)))
}

/// What a node has cost by `until` whose price changed: a price counts from the first whole
/// second of the node after it, and not within the minute that is paid at least. `prices` begins
/// with the order and its price.
#[must_use]
pub fn life_cost(prices: &[(UnixMs, MicroUsdPerHour)], until: UnixMs) -> MicroUsd {
    let Some((ordered, first)) = prices.first().copied() else {
        return MicroUsd::default();
    };
    let paid = |at: UnixMs| (at.since(ordered).0.div_ceil(1_000) * 1_000).max(MINIMUM_MS);
    let end = paid(until);
    let (mut cost, mut price, mut from) = (MicroUsd::default(), first, 0);
    for (at, next) in prices[1..].iter().copied() {
        let to = paid(at).min(end);
        cost = cost.saturating_add(price.over(Millis(to - from)));
        (price, from) = (next, to);
    }
    cost.saturating_add(price.over(Millis(end - from)))
}

/// What cores in use have cost beyond their nodes, for milli-cores x nanoseconds.
#[must_use]
pub fn marginal_cost(per_core: MicroUsdPerHour, milli_core_ns: u128) -> MicroUsd {
    let exact = u128::from(per_core.0.unsigned_abs()).saturating_mul(milli_core_ns);
    micro_usd(exact / MILLI_CORE_HOUR)
}

/// What bytes that left a cluster have cost.
#[must_use]
pub fn egress_cost(per_gib: MicroUsd, bytes: u128) -> MicroUsd {
    let exact = u128::from(per_gib.0.unsigned_abs()).saturating_mul(bytes);
    micro_usd(exact / GIB)
}

fn micro_usd(exact: u128) -> MicroUsd {
    MicroUsd(i64::try_from(exact).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_paid_by_the_second_and_a_minute_at_least() {
        let price = MicroUsdPerHour(192_000);
        let cases = [
            ("gone at once", 0, 3_200),
            ("gone within the minute", 59_999, 3_200),
            ("a minute", 60_000, 3_200),
            ("the next second counts whole", 60_001, 3_253),
            ("an hour", 3_600_000, 192_000),
        ];
        for (name, ms, expected) in cases {
            let cost = node_cost(price, UnixMs(1_000), UnixMs(1_000 + ms));
            assert_eq!(cost, MicroUsd(expected), "{name}");
        }
    }

    #[test]
    fn a_price_that_changes_counts_from_the_next_second_and_after_the_first_minute() {
        let (low, high) = (MicroUsdPerHour(3_600_000), MicroUsdPerHour(7_200_000));
        let cost = |steps: &[(i64, MicroUsdPerHour)], until| {
            let prices: Vec<_> = steps
                .iter()
                .map(|(at, price)| (UnixMs(*at), *price))
                .collect();
            life_cost(&prices, UnixMs(until)).0
        };
        assert_eq!(
            cost(&[(0, low)], 90_000),
            node_cost(low, UnixMs(0), UnixMs(90_000)).0
        );
        assert_eq!(
            cost(&[(0, low), (10_000, high)], 30_000),
            60_000,
            "the first minute is sold"
        );
        assert_eq!(cost(&[(0, low), (10_000, high)], 70_000), 60_000 + 20_000);
        assert_eq!(
            cost(&[(0, low), (100_500, high)], 110_000),
            101_000 + 18_000
        );
        assert_eq!(
            cost(&[(0, low), (100_000, high), (200_000, low)], 300_000),
            400_000
        );
    }

    #[test]
    fn a_core_hour_and_a_gib_cost_their_price() {
        let hour_ns = 3_600_000_000_000;
        assert_eq!(
            marginal_cost(MicroUsdPerHour(10_000), 2_000 * hour_ns),
            MicroUsd(20_000)
        );
        assert_eq!(egress_cost(MicroUsd(90_000), 1 << 29), MicroUsd(45_000));
        assert_eq!(
            egress_cost(MicroUsd(i64::MAX), u128::MAX),
            MicroUsd(i64::MAX)
        );
    }
}
