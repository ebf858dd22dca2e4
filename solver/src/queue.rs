//! The queue objective: how many replicas drain a backlog within a time.
//!
//! `R = ceil(lambda/mu + Q'/(mu*T))`: enough to keep up with the arrivals, and beside that enough
//! to work off the backlog `Q'` within `T`. `Q'` is today's backlog and what piles up while new
//! replicas boot. All integers, exact in 128 bits. How fast a replica is (`mu`) is
//! [`crate::learning`]'s subject or given; how much of a need is tolerated before the count
//! follows it is [`crate::scaling`]'s.

use crate::hpa::MAX_REPLICAS;
use crate::units::Millis;

/// Thousandths in one.
const MILLI: u64 = 1_000;

/// What the formula is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLoad {
    /// Items waiting (`Q`), in thousandths; negative counts as none.
    pub backlog_milli: i64,
    /// Items that arrive per second (`lambda`), in thousandths; negative counts as none.
    pub arrivals_milli: i64,
    /// Items that one replica completes per second (`mu`), in thousandths.
    pub service_rate_milli: u32,
    /// The time within which the backlog is to be gone (`T`).
    pub drain_within_ms: Millis,
    /// Replicas that serve now.
    pub ready: u32,
    /// Replicas that exist, booting ones included; more than these are new.
    pub existing: u32,
}

/// Where new replicas would go and how long they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HomeRoom {
    /// How many more replicas fit at home.
    pub replicas: u32,
    /// From asking for a replica at home to its being Ready.
    pub private_boot_ms: Millis,
    /// The same in a public cluster.
    pub public_boot_ms: Millis,
}

/// What drains the backlog in time, in thousandths of a replica, rounded up, at most
/// [`MAX_REPLICAS`] replicas; `None` if nothing is known of a replica's speed
/// (`service_rate_milli` 0). Whole replicas are [`whole`] of it; the fraction says how near the
/// next count is.
///
/// Boot time is taken in one pass. First as if every new replica booted at home: what piles up
/// until then, `piles_up(0, private)`, is backlog too. If the new replicas fit at home, that is the
/// answer. Else home fills up and the rest boots in public, so that between the two boot times the
/// `room` new ones at home serve as well. Where public boots faster than home nothing is added: the
/// slower boot is counted already.
///
/// Those that boot already were asked for at different times, so they come to serve evenly over a
/// boot: at `t` of it `ready + (existing - ready) * t / boot` serve, with the slower of the two
/// boots, for it is not known where they are.
#[must_use]
pub fn need_milli(load: &QueueLoad, home: &HomeRoom) -> Option<u64> {
    if load.service_rate_milli == 0 {
        return None;
    }
    let boot = home.private_boot_ms.max(home.public_boot_ms);
    let at_home = piles_up(load, 0, (Millis(0), home.private_boot_ms), boot);
    let need = drain(load, at_home);
    if whole(need).saturating_sub(load.existing) <= home.replicas {
        return Some(need);
    }
    let rest = piles_up(load, home.replicas, (home.private_boot_ms, boot), boot);
    Some(drain(load, at_home.saturating_add(rest)))
}

/// The replicas that hold a need in thousandths, at most [`MAX_REPLICAS`].
#[must_use]
pub fn whole(need_milli: u64) -> u32 {
    u32::try_from(need_milli.div_ceil(MILLI)).map_or(MAX_REPLICAS, |need| need.min(MAX_REPLICAS))
}

/// Millionths of items that pile up between two instants of a boot of `boot`: the integral of the
/// arrivals beyond what the ready ones, `new` ones and those that boot already complete. The last
/// serve more and more, so the growth falls along a line until it is nought.
fn piles_up(load: &QueueLoad, new: u32, (from, to): (Millis, Millis), boot: Millis) -> u128 {
    let completed = |replicas: u32| u128::from(load.service_rate_milli) * u128::from(replicas);
    let growth =
        magnitude(load.arrivals_milli).saturating_sub(completed(load.ready.saturating_add(new)));
    let booting = completed(load.existing.saturating_sub(load.ready));
    let (from, to, boot) = (u128::from(from.0), u128::from(to.0), u128::from(boot.0));
    let caught_up = (growth * boot).checked_div(booting).unwrap_or(to);
    let until = caught_up.clamp(from, to);
    // What the booting ones complete in the middle of the span is their mean over it.
    let helped = booting.saturating_mul(from + until).checked_div(2 * boot);
    growth
        .saturating_sub(helped.unwrap_or(0))
        .saturating_mul(until - from)
}

/// `(lambda*T + Q') / (mu*T)` in thousandths, rounded up, with the piled-up part of `Q'` in
/// millionths of items, which is what thousandths per second times milliseconds are. Within no
/// time at all only an empty backlog is drained; any other takes as many replicas as there can be.
fn drain(load: &QueueLoad, piled_up_micro: u128) -> u64 {
    let rate = u128::from(load.service_rate_milli);
    let span = u128::from(load.drain_within_ms.0);
    let backlog_micro = (magnitude(load.backlog_milli) * 1_000).saturating_add(piled_up_micro);
    let thousand = u128::from(MILLI);
    let need = if span > 0 {
        let work = (magnitude(load.arrivals_milli) * span).saturating_add(backlog_micro);
        work.saturating_mul(thousand).div_ceil(rate * span)
    } else if backlog_micro == 0 {
        (magnitude(load.arrivals_milli) * thousand).div_ceil(rate)
    } else {
        u128::MAX
    };
    let most = u64::from(MAX_REPLICAS) * MILLI;
    u64::try_from(need).map_or(most, |need| need.min(most))
}

fn magnitude(milli: i64) -> u128 {
    u128::from(milli.max(0).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replicas(load: &QueueLoad, home: &HomeRoom) -> Option<u32> {
        need_milli(load, home).map(whole)
    }

    /// 5 items/s per replica, to be drained within 60 s.
    fn load(backlog: i64, arrivals: i64, ready: u32, existing: u32) -> QueueLoad {
        QueueLoad {
            backlog_milli: backlog * 1_000,
            arrivals_milli: arrivals * 1_000,
            service_rate_milli: 5_000,
            drain_within_ms: Millis(60_000),
            ready,
            existing,
        }
    }

    fn room(replicas: u32) -> HomeRoom {
        HomeRoom {
            replicas,
            private_boot_ms: Millis(30_000),
            public_boot_ms: Millis(120_000),
        }
    }

    #[test]
    fn the_formula_by_hand() {
        for (sentence, load, home, expected) in [
            ("nothing to do takes nobody", load(0, 0, 4, 4), room(9), 0),
            (
                "a steady flow takes lambda/mu",
                load(0, 50, 10, 10),
                room(9),
                10,
            ),
            (
                "a fraction takes one more",
                load(0, 51, 11, 11),
                room(9),
                11,
            ),
            ("one item takes one", load(1, 0, 0, 0), room(9), 1),
            (
                "a backlog takes Q/(mu*T) beside the flow",
                load(3_000, 50, 10, 10),
                room(9),
                20,
            ),
            (
                "what piles up while home boots is counted: 100/s beyond nothing for 30 s",
                load(0, 100, 0, 0),
                room(100),
                20 + 10,
            ),
            (
                "what home cannot take boots in public: 50/s more for the other 90 s",
                load(0, 100, 0, 0),
                room(10),
                20 + 10 + 15,
            ),
            (
                "those that boot are not new, and help: 100/s at first, 75/s after 30 s",
                load(0, 100, 0, 20),
                room(10),
                20 + 9,
            ),
            (
                "they help in public as well: 100/s at first, nothing after 96 s",
                load(0, 100, 0, 25),
                room(0),
                20 + 16,
            ),
            (
                "ready replicas keep the backlog from growing",
                load(300, 50, 10, 10),
                room(0),
                11,
            ),
        ] {
            assert_eq!(replicas(&load, &home), Some(expected), "{sentence}");
        }
    }

    #[test]
    fn the_need_keeps_its_fraction() {
        assert_eq!(need_milli(&load(0, 51, 11, 11), &room(9)), Some(10_200));
        assert_eq!(
            need_milli(&load(1, 0, 0, 0), &room(9)),
            Some(4),
            "rounded up"
        );
    }

    #[test]
    fn a_public_cloud_that_boots_faster_adds_nothing() {
        let fast_public = HomeRoom {
            public_boot_ms: Millis(10_000),
            ..room(0)
        };
        assert_eq!(replicas(&load(0, 100, 0, 0), &fast_public), Some(30));
    }

    #[test]
    fn extremes_neither_overflow_nor_divide_by_zero() {
        let extreme = |backlog, arrivals, rate, span| QueueLoad {
            backlog_milli: backlog,
            arrivals_milli: arrivals,
            service_rate_milli: rate,
            drain_within_ms: Millis(span),
            ready: u32::MAX,
            existing: u32::MAX,
        };
        let endless = HomeRoom {
            replicas: u32::MAX,
            private_boot_ms: Millis(u64::MAX),
            public_boot_ms: Millis(u64::MAX),
        };
        for (load, expected) in [
            (extreme(1, 1, 0, 1), None),
            (extreme(i64::MAX, i64::MAX, 1, u64::MAX), Some(MAX_REPLICAS)),
            (extreme(i64::MIN, i64::MIN, u32::MAX, 1), Some(0)),
            (extreme(0, 1, 1, 0), Some(1)),
            (extreme(1, 0, u32::MAX, 0), Some(MAX_REPLICAS)),
        ] {
            assert_eq!(replicas(&load, &endless), expected, "{load:?}");
            let none = QueueLoad {
                ready: 0,
                existing: 0,
                ..load
            };
            assert_eq!(replicas(&none, &endless).is_none(), expected.is_none());
        }
    }

    proptest::proptest! {
        #[test]
        fn more_work_or_slower_boots_never_need_fewer_replicas(
            backlog in 0_i64..100_000, arrivals in 0_i64..5_000, ready in 0_u32..200,
            home in 0_u32..100, more in 0_i64..1_000, booting in 0_u32..300,
        ) {
            let base = replicas(&load(backlog, arrivals, ready, ready), &room(home));
            let busier = replicas(&load(backlog + more, arrivals + more, ready, ready), &room(home));
            let cramped = replicas(&load(backlog, arrivals, ready, ready), &room(home / 2));
            proptest::prop_assert!(busier >= base);
            let helped = replicas(&load(backlog, arrivals, ready, ready + booting), &room(home));
            proptest::prop_assert!(cramped >= base);
            proptest::prop_assert!(helped <= base);
        }
    }
}
