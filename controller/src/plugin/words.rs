//! Numbers with their units and codes with their meaning, as people read them.

use k8s_openapi::jiff::Timestamp;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;
use spillway_crds::text::Usd;
use spillway_solver::units::{MicroUsdPerHour, UnixMs};

/// What is said where a number is not known.
pub(super) const UNKNOWN: &str = "unknown";

/// `1.08 USD/h`, rounded to hundredths of a cent; what is not nothing is never rounded to it.
pub(super) fn rate(rate: MicroUsdPerHour) -> String {
    format!("{} USD/h", usd(rate.0))
}

/// A number of dollars without its unit.
pub(super) fn usd(micro: i64) -> String {
    let rounded = micro.saturating_add(50 * micro.signum()) / 100 * 100;
    Usd::from_micro(if rounded == 0 { micro } else { rounded }).0
}

/// A difference with its sign.
pub(super) fn signed(difference: i64, text: &str) -> String {
    if difference > 0 {
        format!("+{text}")
    } else {
        text.to_owned()
    }
}

/// A number of thousandths, without trailing zeros.
pub(super) fn thousandths(milli: i64) -> String {
    Usd::from_micro(milli.saturating_mul(1000)).0
}

/// `3.92` of `3920` thousandths of a core.
pub(super) fn cores(milli: u64) -> String {
    thousandths(i64::try_from(milli).unwrap_or(i64::MAX))
}

/// A span in its two largest units.
pub(super) fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    let two = |large: u64, unit: &str, small: u64, small_unit: &str| {
        if small == 0 {
            format!("{large} {unit}")
        } else {
            format!("{large} {unit} {small} {small_unit}")
        }
    };
    match seconds {
        0 if ms > 0 => format!("{ms} ms"),
        0..60 => format!("{seconds} s"),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds / 60 % 60, "min"),
        _ => two(seconds / 86_400, "d", seconds / 3_600 % 24, "h"),
    }
}

/// An instant in UTC, in whole seconds.
pub(super) fn time(at: UnixMs) -> String {
    Timestamp::from_second(at.0.div_euclid(1000)).map_or_else(
        |_| format!("{} ms after 1970", at.0),
        |time| time.to_string(),
    )
}

/// `1 replica`, `2 replicas`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What a code of the core means: the words that its schema documents it with.
pub(super) fn meaning<T: JsonSchema>(code: &str) -> String {
    let schema = T::json_schema(&mut SchemaGenerator::default());
    let variants = schema.get("oneOf").and_then(Value::as_array);
    let named = |variant: &&Value| {
        variant.get("const").and_then(Value::as_str) == Some(code)
            || variant.pointer("/enum/0").and_then(Value::as_str) == Some(code)
    };
    let described = variants.into_iter().flatten().find(named);
    let text = described.and_then(|variant| variant.get("description")?.as_str());
    text.map_or_else(String::new, |text| {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

#[cfg(test)]
mod tests {
    use spillway_solver::decision::{
        DemandRung, MoveReason, NoticeReason, ReadingProblem, ScalingReason, SpillReason,
        UnplacedReason,
    };

    use super::*;

    #[test]
    fn money_is_rounded_and_never_to_nothing() {
        assert_eq!(rate(MicroUsdPerHour(1_080_000)), "1.08 USD/h");
        assert_eq!(rate(MicroUsdPerHour(42_527)), "0.0425 USD/h");
        assert_eq!(rate(MicroUsdPerHour(12)), "0.000012 USD/h");
        assert_eq!(usd(-192_049), "-0.192");
        assert_eq!(usd(0), "0");
    }

    #[test]
    fn spans_have_two_units_at_most() {
        let spans = [400, 15_000, 120_000, 125_000, 7_260_000, 180_000_000].map(span);
        assert_eq!(
            spans,
            [
                "400 ms",
                "15 s",
                "2 min",
                "2 min 5 s",
                "2 h 1 min",
                "2 d 2 h"
            ]
        );
    }

    #[test]
    fn every_code_that_is_shown_has_its_meaning() {
        fn all<T: JsonSchema>(codes: &[&str]) {
            for code in codes {
                assert!(meaning::<T>(code).ends_with('.'), "{code}");
            }
        }
        all::<DemandRung>(
            &DemandRung::ALL
                .iter()
                .map(|code| code.as_str())
                .collect::<Vec<_>>(),
        );
        all::<ReadingProblem>(
            &ReadingProblem::ALL
                .iter()
                .map(|code| code.as_str())
                .collect::<Vec<_>>(),
        );
        all::<ScalingReason>(
            &ScalingReason::ALL
                .iter()
                .map(|code| code.as_str())
                .collect::<Vec<_>>(),
        );
        all::<SpillReason>(
            &SpillReason::ALL
                .iter()
                .map(|code| code.as_str())
                .collect::<Vec<_>>(),
        );
        all::<UnplacedReason>(
            &UnplacedReason::ALL
                .iter()
                .map(|code| code.as_str())
                .collect::<Vec<_>>(),
        );
        all::<MoveReason>(
            &MoveReason::ALL
                .iter()
                .map(|code| code.as_str())
                .collect::<Vec<_>>(),
        );
        all::<NoticeReason>(
            &NoticeReason::ALL
                .iter()
                .map(|code| code.as_str())
                .collect::<Vec<_>>(),
        );
    }

    #[test]
    fn a_meaning_is_that_of_the_core() {
        assert_eq!(
            meaning::<ScalingReason>("ScaleDownStabilized"),
            "The stabilization window holds a scale-down back."
        );
    }
}
