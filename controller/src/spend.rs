//! Money spent in public clusters, as far as the controller sees nodes.

use serde::{Deserialize, Serialize};
use spillway_solver::policy::{CapacityType, Policy};
use spillway_solver::snapshot::{Snapshot, Spend};
use spillway_solver::units::{MicroUsd, UnixMs};

const HOUR_MS: i64 = 3_600_000;

/// Longest time between two looks that is billed by the later of them: what ran while nobody looked is not known.
const LONGEST_MS: i64 = HOUR_MS;

/// What was spent since the running hour, day and month began (UTC).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ledger {
    at_ms: UnixMs,
    /// Micro-USD times milliseconds of an hour: what a tick costs is far below a micro-USD, and must not be rounded off.
    hour: i128,
    day: i128,
    month: i128,
}

impl Ledger {
    /// Begins to count.
    #[must_use]
    pub fn new(now: UnixMs) -> Self {
        Self {
            at_ms: now,
            hour: 0,
            day: 0,
            month: 0,
        }
    }

    /// Goes on to `now`, for which the nodes that were there before cost `rate` micro-USD per hour.
    pub fn advance(&mut self, now: UnixMs, rate: i64) {
        let (from, to) = (self.at_ms.0, now.0);
        if to <= from {
            return;
        }
        let spent =
            |since: i64| i128::from(rate) * i128::from(to - from.max(since).max(to - LONGEST_MS));
        for (sum, begins) in [
            (&mut self.hour, to.div_euclid(HOUR_MS) * HOUR_MS),
            (&mut self.day, to.div_euclid(24 * HOUR_MS) * 24 * HOUR_MS),
            (&mut self.month, month_begins(now)),
        ] {
            if begins > from {
                *sum = 0;
            }
            *sum += spent(begins);
        }
        self.at_ms = now;
    }

    /// As the core's snapshot has it.
    #[must_use]
    pub fn spend(&self) -> Spend {
        let whole =
            |sum: i128| MicroUsd(i64::try_from(sum / i128::from(HOUR_MS)).unwrap_or(i64::MAX));
        Spend {
            hour_micro_usd: whole(self.hour),
            day_micro_usd: whole(self.day),
            month_micro_usd: whole(self.month),
        }
    }
}

/// The first of the month in UTC.
fn month_begins(now: UnixMs) -> i64 {
    let zoned = k8s_openapi::jiff::Timestamp::from_millisecond(now.0)
        .ok()
        .map(|time| time.to_zoned(k8s_openapi::jiff::tz::TimeZone::UTC));
    let first = zoned.and_then(|time| time.first_of_month().ok()?.start_of_day().ok());
    first.map_or(now.0, |time| time.timestamp().as_millisecond())
}

/// What the nodes of a snapshot cost that are paid by the hour, in micro-USD per hour.
#[must_use]
pub fn rate(snapshot: &Snapshot, policy: &Policy) -> i64 {
    let mut sum = 0_i64;
    for cluster in &snapshot.clusters {
        let spec = policy
            .clusters
            .iter()
            .find(|spec| spec.name == cluster.name);
        for node in &cluster.nodes {
            let group =
                spec.and_then(|spec| spec.groups.iter().find(|group| group.name == node.group));
            let Some(group) = group.filter(|group| group.capacity_type != CapacityType::Owned)
            else {
                continue;
            };
            let seen = cluster.groups.iter().find(|state| state.name == group.name);
            let price = seen
                .and_then(|state| state.price)
                .map_or(group.price, |price| price.micro_usd_per_hour);
            sum = sum.saturating_add(price.0);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-30T23:00:00Z: an hour before day and month end.
    const EVENING: i64 = 1_796_079_600_000;

    fn spent(ledger: &Ledger) -> (i64, i64, i64) {
        let spend = ledger.spend();
        (
            spend.hour_micro_usd.0,
            spend.day_micro_usd.0,
            spend.month_micro_usd.0,
        )
    }

    #[test]
    fn an_hour_of_ticks_costs_the_hourly_price_to_the_micro_dollar() {
        let mut ledger = Ledger::new(UnixMs(EVENING));
        for tick in 1..240 {
            ledger.advance(UnixMs(EVENING + tick * 15_000), 192_000);
        }
        assert_eq!(spent(&ledger), (191_200, 191_200, 191_200));
    }

    #[test]
    fn hour_day_and_month_begin_anew_and_a_tick_across_is_divided() {
        let mut ledger = Ledger::new(UnixMs(EVENING + HOUR_MS - 30_000));
        ledger.advance(UnixMs(EVENING + HOUR_MS + 30_000), 3_600_000);
        assert_eq!(spent(&ledger), (30_000, 30_000, 30_000));
        ledger.advance(UnixMs(EVENING + 2 * HOUR_MS + 30_000), 3_600_000);
        assert_eq!(spent(&ledger), (30_000, 3_630_000, 3_630_000));
    }

    #[test]
    fn a_clock_that_goes_back_costs_nothing_and_a_long_silence_one_hour() {
        let mut ledger = Ledger::new(UnixMs(EVENING));
        ledger.advance(UnixMs(EVENING - 1), 3_600_000);
        assert_eq!(spent(&ledger), (0, 0, 0));
        ledger.advance(UnixMs(EVENING + 5 * HOUR_MS - 1), 3_600_000);
        assert_eq!(spent(&ledger).1, 3_600_000);
    }
}
