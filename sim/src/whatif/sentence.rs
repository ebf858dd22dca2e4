//! The answer in one sentence, for somebody who has no time for a table.

use spillway_solver::units::Millis;

use super::Change;
use super::answer::{Seconds, Side, Spell};
use crate::report::units;

/// What happens with some changes within the window, or without any.
pub(super) fn sentence(
    changes: &[Change],
    horizon: Millis,
    without: &Side,
    with: Option<&Side>,
) -> String {
    let window = span(horizon);
    let Some(with) = with else {
        return format!(
            "If nothing changes, the next {window} cost {}; {}; {}.",
            units::usd(without.money.total),
            readiness(&without.seconds, without),
            lateness(&without.seconds),
        );
    };
    let changes: Vec<String> = changes.iter().map(Change::words).collect();
    let more = with.money.total.saturating_sub(without.money.total);
    let sign = if more.0 < 0 { "" } else { "+" };
    format!(
        "If {}, the next {window} cost {} instead of {} ({sign}{}); {}; {}.",
        changes.join(" and "),
        units::usd(with.money.total),
        units::usd(without.money.total),
        units::usd(more),
        readiness(&with.seconds, with),
        lateness(&with.seconds),
    )
}

fn readiness(seconds: &Seconds, side: &Side) -> String {
    let homeless = match side.unplaced_peak {
        0 => String::new(),
        most => format!(
            ", up to {most} of them without a place, {} at the end",
            side.unplaced_at_end
        ),
    };
    match seconds.missing {
        None => "all desired replicas are Ready all the time".to_owned(),
        Some(Spell {
            from_ms,
            to_ms: Some(to),
        }) => format!(
            "all desired replicas are Ready again {} after they begin to lack{homeless}",
            span(Millis(to.0 - from_ms.0))
        ),
        Some(_) => format!("replicas lack to the end of it{homeless}"),
    }
}

fn lateness(seconds: &Seconds) -> String {
    match seconds.late {
        None => "no objective is missed".to_owned(),
        Some(Spell { to_ms, .. }) => format!(
            "objectives are missed for {}{} ({} of requests late)",
            span(seconds.late_ms),
            if to_ms.is_some() {
                ""
            } else {
                ", to the end of it"
            },
            units::percent(seconds.requests_late, seconds.requests)
        ),
    }
}

fn span(span: Millis) -> String {
    units::span(span.0.saturating_mul(1_000))
}

#[cfg(test)]
mod tests {
    use spillway_solver::units::MicroUsd;

    use super::*;
    use crate::whatif::Money;

    fn side(total: i64, seconds: Seconds, unplaced: [u32; 2]) -> Side {
        Side {
            money: Money {
                total: MicroUsd(total),
                ..Money::default()
            },
            seconds,
            unplaced_peak: unplaced[0],
            unplaced_at_end: unplaced[1],
            ..Side::default()
        }
    }

    fn spell(from_ms: u64, to_ms: Option<u64>) -> Spell {
        Spell {
            from_ms: Millis(from_ms),
            to_ms: to_ms.map(Millis),
        }
    }

    #[test]
    fn the_sentence_says_money_then_readiness_then_lateness() {
        let quiet = side(840_000, Seconds::default(), [0, 0]);
        let hour = Millis(3_600_000);
        assert_eq!(
            sentence(&[], hour, &quiet, None),
            "If nothing changes, the next 60 min cost $0.84; all desired replicas are Ready all the time; no objective \
             is missed."
        );
        let changes = [
            Change::LoseCluster("home".parse().expect("a change")),
            Change::Traffic("x2/10m".parse().expect("a change")),
        ];
        let bad = Seconds {
            missing: Some(spell(15_000, Some(255_000))),
            late_ms: Millis(90_000),
            late: Some(spell(30_000, None)),
            requests_late: 1,
            requests: 4,
            ..Seconds::default()
        };
        assert_eq!(
            sentence(&changes, hour, &quiet, Some(&side(2_190_000, bad, [18, 1]))),
            "If home is lost and traffic becomes 2 times as much within 10 min, the next 60 min cost $2.19 instead of \
             $0.84 (+$1.35); all desired replicas are Ready again 4 min after they begin to lack, up to 18 of them \
             without a place, 1 at the end; objectives are missed for 90 s, to the end of it (25.0 % of requests late)."
        );
    }
}
