//! Money caps: the rate they allow now, and the rung of their ladder.
//!
//! A policy's cap counts every public node that its workloads may share, in full: no share of
//! a node is argued over, and what is spent is never more than what is counted. It counts what
//! its workloads' public replicas send too.

use crate::capacity::{Fleet, Group};
use crate::decision::CapRung;
use crate::policy::{AtCap, BurstPolicy, MoneyCaps, Tier};
use crate::snapshot::Spend;
use crate::units::{HOUR_MS, UnixMs};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::model::Counts;

/// A policy's cap as it binds this tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cap {
    /// Index into the fleet's burst policies.
    pub(crate) policy: usize,
    /// By group index, whether its nodes count.
    pub(crate) counts: Vec<bool>,
    /// Allowed rate, micro-USD per hour.
    pub(crate) allowed: i64,
    /// Where the allowed rate comes from, for people, with its numbers.
    pub(crate) because: String,
    /// Rate of the nodes that exist or are in flight, and of the replicas that are placed.
    pub(crate) running: i64,
    /// The rate that the plan may have: what runs may run on, unless it is shed at the cap.
    pub(crate) most: i64,
    /// Rung reached by `running`.
    pub(crate) rung: CapRung,
    /// Whether the spend it needs to know is unknown.
    pub(crate) spend_unknown: bool,
}

/// The caps of all policies that have one. `failover` says whether a lost cluster is being
/// replaced, which opens the emergency cap.
pub(crate) fn caps(fleet: &Fleet<'_>, spend: Option<&Spend>, failover: bool) -> Vec<Cap> {
    let policies = &fleet.bursts;
    (0..policies.len())
        .filter_map(|p| {
            let burst = policies[p];
            let (mut pace, spend_unknown) = allowed(&burst.caps, spend, fleet.now)?;
            let emergency = burst.caps.emergency_per_hour.filter(|_| failover);
            if let Some(emergency) = emergency.map(|rate| rate.0.min(MOST_RATE))
                && emergency > pace.rate
            {
                pace.rate = emergency;
                pace.because = format!("failover may use {} USD/h", usd(emergency));
            }
            let allowed = pace.rate;
            let mut cap = Cap {
                policy: p,
                counts: counted(fleet, burst),
                allowed,
                because: pace.because,
                running: 0,
                most: allowed,
                rung: CapRung::Free,
                spend_unknown,
            };
            let held: Vec<u32> = fleet.groups.iter().map(Group::held).collect();
            let placed = cap.sent(fleet, |w, g| fleet.workloads[w].holding[g]);
            cap.running = cap.paid(fleet, &held).saturating_add(placed);
            cap.rung = rung(burst, cap.running, allowed, spend_unknown);
            if burst.caps.at_cap == AtCap::Hold {
                cap.most = allowed.max(cap.running);
            }
            Some(cap)
        })
        .collect()
}

impl Cap {
    /// What `nodes` of each group cost that count, micro-USD per hour.
    pub(crate) fn paid(&self, fleet: &Fleet<'_>, nodes: &[u32]) -> i64 {
        let groups = fleet.groups.iter().zip(nodes).zip(&self.counts);
        groups
            .filter(|(_, counts)| **counts)
            .map(|((group, nodes), _)| group.price.times(*nodes).0)
            .fold(0, i64::saturating_add)
    }

    /// What one replica of `w` sends from group `g`, as far as it counts, micro-USD per hour.
    pub(crate) fn each_sends(&self, fleet: &Fleet<'_>, w: usize, g: usize) -> i64 {
        let workload = &fleet.workloads[w];
        let counts =
            fleet.tier(g) == Tier::Public && workload.spec.policy == fleet.bursts[self.policy].name;
        if counts {
            workload.running_cost[fleet.groups[g].cluster].egress
        } else {
            0
        }
    }

    /// What `replicas` of each workload and group send, as far as it counts.
    pub(crate) fn sent(&self, fleet: &Fleet<'_>, replicas: impl Fn(usize, usize) -> u32) -> i64 {
        let workloads = 0..fleet.workloads.len();
        let places = workloads.flat_map(|w| (0..fleet.groups.len()).map(move |g| (w, g)));
        places
            .map(|(w, g)| {
                let each = self.each_sends(fleet, w, g);
                if each == 0 {
                    0
                } else {
                    each.saturating_mul(i64::from(replicas(w, g)))
                }
            })
            .fold(0, i64::saturating_add)
    }

    /// Whether a plan may send for `more` without going beyond what it may cost.
    pub(crate) fn allows(&self, fleet: &Fleet<'_>, counts: &Counts, more: i64) -> bool {
        more <= 0 || self.rate(fleet, counts, &counts.nodes).saturating_add(more) <= self.most
    }

    /// What a plan costs that counts.
    pub(crate) fn rate(&self, fleet: &Fleet<'_>, counts: &Counts, nodes: &[u32]) -> i64 {
        let sent = self.sent(fleet, |w, g| counts.stay[w][g] + counts.add[w][g]);
        self.paid(fleet, nodes).saturating_add(sent)
    }
}

fn counted(fleet: &Fleet<'_>, burst: &BurstPolicy) -> Vec<bool> {
    (0..fleet.groups.len())
        .map(|g| {
            fleet.tier(g) == Tier::Public
                && fleet.groups[g].price.0 > 0
                && fleet
                    .workloads
                    .iter()
                    .any(|w| w.spec.policy == burst.name && (w.eligible[g] || w.holding[g] > 0))
        })
        .collect()
}

/// What one cap allows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pace {
    /// Micro-USD per hour.
    rate: i64,
    because: String,
}

/// The rate that the tightest cap allows until its period ends, and whether the spend it needs
/// is unknown; then a period's cap is spread evenly over it. No cap, no rate.
///
/// A period's cap is a pace and no purse: what runs is not shed under `Hold`, so what is begun
/// must be paid until the period ends.
fn allowed(caps: &MoneyCaps, spend: Option<&Spend>, now: UnixMs) -> Option<(Pace, bool)> {
    let (day, month) = hours_left(now);
    let per_hour = caps.per_hour.map(|cap| Pace {
        rate: cap.0,
        because: format!("{} USD/h are allowed", usd(cap.0)),
    });
    let per_day = caps.per_day.map(|cap| {
        let gone = spend.map(|s| s.day_micro_usd.0);
        pace("day", cap.0, gone, day, 24)
    });
    let per_month = caps.per_month.map(|cap| {
        let gone = spend.map(|s| s.month_micro_usd.0);
        pace("month", cap.0, gone, month, 24 * 30)
    });
    let spend_unknown = spend.is_none() && (per_day.is_some() || per_month.is_some());
    let all = [per_hour, per_day, per_month].into_iter().flatten();
    let mut tightest = all.min_by_key(|pace| pace.rate)?;
    tightest.rate = tightest.rate.clamp(0, MOST_RATE);
    Some((tightest, spend_unknown))
}

/// What is left of a period's cap, spread evenly over the hours that are left of the period.
fn pace(period: &str, cap: i64, spent: Option<i64>, hours_left: i64, hours: i64) -> Pace {
    let Some(spent) = spent else {
        let rate = cap / hours;
        let because = format!(
            "what is spent is unknown, and {} USD a {period} are {} USD/h",
            usd(cap),
            usd(rate)
        );
        return Pace { rate, because };
    };
    let left = cap.saturating_sub(spent).max(0);
    let rate = left / hours_left;
    let because = format!(
        "of {} USD a {period} {} are left for {hours_left} h: {} USD/h now",
        usd(cap),
        usd(left),
        usd(rate)
    );
    Pace { rate, because }
}

/// Micro-USD as dollars, exactly, with at least two digits: "0.05", "0.192".
pub(crate) fn usd(micro: i64) -> String {
    let mut digits = format!("{:06}", micro.unsigned_abs() % 1_000_000);
    while digits.len() > 2 && digits.ends_with('0') {
        digits.pop();
    }
    let sign = if micro < 0 { "-" } else { "" };
    format!("{sign}{}.{digits}", micro.unsigned_abs() / 1_000_000)
}

/// Rates above this (a billion dollars per hour) bind nothing and are held at it, within the 53
/// bits in which the backend is exact.
const MOST_RATE: i64 = 1_000_000_000_000_000;

/// Hours left in the UTC day and month, rounded up, at least one: near a period's end a rate
/// may not grow beyond what is left for a whole hour.
fn hours_left(now: UnixMs) -> (i64, i64) {
    let Ok(at) = Timestamp::from_millisecond(now.0) else {
        return (24, 24 * 30);
    };
    let at = at.to_zoned(TimeZone::UTC);
    let until = |end: jiff::civil::Date| {
        end.to_zoned(TimeZone::UTC).map_or(24, |end| {
            let ms = end.timestamp().as_millisecond().saturating_sub(now.0);
            let ms = u64::try_from(ms).unwrap_or(0);
            i64::try_from(ms.div_ceil(HOUR_MS)).unwrap_or(24).max(1)
        })
    };
    let day = at.date().tomorrow().map_or(24, until);
    let month = at.date().last_of_month().tomorrow().map_or(24, until);
    (day, month)
}

/// The rung that `running` reaches on the way to `allowed`.
pub(crate) fn rung(burst: &BurstPolicy, running: i64, allowed: i64, unknown: bool) -> CapRung {
    let ladder = &burst.caps.ladder;
    // Where nothing is allowed the cap is reached before anything runs.
    let counts = running > 0 || allowed <= 0;
    let reaches = |percent: u8| {
        counts && i128::from(running) * 100 >= i128::from(allowed) * i128::from(percent)
    };
    if reaches(100) {
        CapRung::Cap
    } else if reaches(ladder.no_low_priority_burst_percent) {
        CapRung::NoLowPriorityBurst
    } else if unknown || reaches(ladder.no_optional_moves_percent) {
        CapRung::NoOptionalMoves
    } else if reaches(ladder.warn_percent) {
        CapRung::Warn
    } else {
        CapRung::Free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::MicroUsd;

    fn rate(caps: &MoneyCaps, spend: Option<&Spend>) -> Option<(i64, bool)> {
        let (pace, spend_unknown) = allowed(caps, spend, NOON_OF_THE_30TH)?;
        Some((pace.rate, spend_unknown))
    }

    const NOON_OF_THE_30TH: UnixMs = UnixMs(1_793_361_600_000);

    #[test]
    fn a_day_cap_is_spread_over_the_hours_that_are_left_of_the_day() {
        let caps = MoneyCaps {
            per_day: Some(MicroUsd(24_000_000)),
            ..MoneyCaps::default()
        };
        let spend = Spend {
            day_micro_usd: MicroUsd(12_000_000),
            ..Spend::default()
        };
        assert_eq!(rate(&caps, Some(&spend)), Some((1_000_000, false)));
    }

    #[test]
    fn an_overspent_period_allows_nothing_more() {
        let caps = MoneyCaps {
            per_day: Some(MicroUsd(1)),
            ..MoneyCaps::default()
        };
        let spend = Spend {
            day_micro_usd: MicroUsd(5),
            ..Spend::default()
        };
        assert_eq!(rate(&caps, Some(&spend)), Some((0, false)));
    }

    #[test]
    fn an_unknown_spend_spreads_the_cap_evenly_and_stops_optional_moves() {
        let caps = MoneyCaps {
            per_day: Some(MicroUsd(24)),
            ..MoneyCaps::default()
        };
        assert_eq!(rate(&caps, None), Some((1, true)));
    }

    #[test]
    fn the_tightest_cap_binds() {
        let caps = MoneyCaps {
            per_hour: Some(MicroUsd(7)),
            per_month: Some(MicroUsd(1_000_000)),
            ..MoneyCaps::default()
        };
        assert_eq!(rate(&caps, Some(&Spend::default())), Some((7, false)));
        assert_eq!(rate(&MoneyCaps::default(), None), None);
    }

    #[test]
    fn the_words_for_an_allowed_rate_name_the_cap_and_its_pace() {
        let cap = |usd: i64| Some(MicroUsd(usd * 1_000_000));
        let day = MoneyCaps {
            per_day: cap(3),
            per_hour: cap(2),
            ..MoneyCaps::default()
        };
        let spend = Spend {
            day_micro_usd: MicroUsd(1_800_000),
            ..Spend::default()
        };
        for (spend, words) in [
            (
                Some(&spend),
                "of 3.00 USD a day 1.20 are left for 12 h: 0.10 USD/h now",
            ),
            (
                None,
                "what is spent is unknown, and 3.00 USD a day are 0.125 USD/h",
            ),
        ] {
            let (pace, _) = allowed(&day, spend, NOON_OF_THE_30TH).expect("it is capped");
            assert_eq!(pace.because, words);
        }
    }
}
