//! What a field of a sweep is set to: some values, or a range to draw from.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::amount::number;
use crate::report::units::approx;
use crate::time::Nanos;

/// Values, or a range.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// These.
    List(Vec<Value>),
    /// All from one to another, to draw from.
    Range(Range),
}

/// All values from one to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    from: f64,
    to: f64,
    logarithmic: bool,
    form: Form,
}

/// How a drawn number is written.
#[derive(Clone, Debug, PartialEq)]
enum Form {
    /// As a number; whole where both ends are.
    Number { whole: bool },
    /// As a text with what followed the number at both ends.
    Text { whole: bool, unit: String },
    /// As a span of milliseconds, where the ends have different units.
    Millis,
}

impl Values {
    /// The value at a place from 0 to 1.
    #[must_use]
    pub fn at(&self, place: f64) -> Value {
        match self {
            Self::List(list) => {
                let many = approx(u64::try_from(list.len()).unwrap_or(u64::MAX));
                let index = floor(place * many).min(list.len().saturating_sub(1));
                list.get(index).cloned().unwrap_or_default()
            }
            Self::Range(range) => range.at(place),
        }
    }
}

impl Range {
    fn at(&self, place: f64) -> Value {
        // Whole numbers are drawn from bins of equal width, so that both ends are as likely as what lies between.
        let (from, to) = match &self.form {
            Form::Number { whole: true } | Form::Text { whole: true, .. } if !self.logarithmic => {
                (self.from - 0.5, self.to + 0.5)
            }
            _ => (self.from, self.to),
        };
        let drawn = if self.logarithmic {
            from * (to / from).powf(place)
        } else {
            from + (to - from) * place
        };
        let whole = drawn.round().clamp(self.from, self.to);
        match &self.form {
            Form::Number { whole: true } => Value::from(signed(whole)),
            // Three digits after the point are more than a policy can tell apart.
            Form::Number { whole: false } => Value::from((drawn * 1e3).round() / 1e3),
            Form::Text { whole: true, unit } => Value::from(format!("{whole}{unit}")),
            Form::Text { whole: false, unit } => {
                Value::from(format!("{}{unit}", (drawn * 1e3).round() / 1e3))
            }
            Form::Millis => Value::from(format!("{}ms", drawn.round())),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index from a place in a short list; the cast saturates"
)]
fn floor(value: f64) -> usize {
    value as usize
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a whole number between two integers of a file; the cast saturates"
)]
fn signed(whole: f64) -> i64 {
    whole as i64
}

/// A range as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Ends {
    from: Value,
    to: Value,
    #[serde(default)]
    scale: Scale,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Scale {
    #[default]
    Linear,
    Log,
}

impl TryFrom<Ends> for Range {
    type Error = String;

    fn try_from(ends: Ends) -> Result<Self, String> {
        let refuse = || {
            format!(
                "from {} to {} is no range: write two numbers, or two texts with the same unit, like {{from: 60, to: 1800}} or {{from: 30s, to: 10m}}",
                ends.from, ends.to
            )
        };
        let (from, to, form) = match (&ends.from, &ends.to) {
            (Value::Number(from), Value::Number(to)) => {
                let whole = !from.is_f64() && !to.is_f64();
                let ends = from.as_f64().zip(to.as_f64()).ok_or_else(refuse)?;
                (ends.0, ends.1, Form::Number { whole })
            }
            (Value::String(from), Value::String(to)) => texts(from, to).ok_or_else(refuse)?,
            _ => return Err(refuse()),
        };
        if from > to {
            return Err(format!(
                "from {} is above to {}: swap them",
                ends.from, ends.to
            ));
        }
        let logarithmic = ends.scale == Scale::Log;
        if logarithmic && from <= 0.0 {
            return Err(format!(
                "from {} has no logarithm: write one above 0, or leave `scale` out",
                ends.from
            ));
        }
        Ok(Self {
            from,
            to,
            logarithmic,
            form,
        })
    }
}

fn texts(from: &str, to: &str) -> Option<(f64, f64, Form)> {
    let split = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (digits, unit) = text.split_at(end.unwrap_or(text.len()));
        Some((number(digits)?, digits.contains('.'), unit.to_owned()))
    };
    if let (Some((low, low_dot, unit)), Some((high, high_dot, other))) = (split(from), split(to))
        && unit == other
    {
        // "0.5" to "2" is a decimal, 10s to 60s is whole.
        let whole = !low_dot && !high_dot && !unit.is_empty();
        return Some((low, high, Form::Text { whole, unit }));
    }
    let millis = |text: &str| {
        text.parse::<Nanos>()
            .ok()
            .map(|span| span.as_secs_f64() * 1e3)
    };
    Some((millis(from)?, millis(to)?, Form::Millis))
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValuesVisitor)
    }
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values, or a range like {from: 60, to: 1800}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Values, A::Error> {
        let mut values: Vec<Value> = Vec::new();
        while let Some(value) = list.next_element()? {
            if values.contains(&value) {
                return Err(A::Error::custom(format_args!(
                    "has {value} twice: write it once"
                )));
            }
            values.push(value);
        }
        Ok(Values::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Values, A::Error> {
        let ends = Ends::deserialize(MapAccessDeserializer::new(map))?;
        ends.try_into().map(Values::Range).map_err(A::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<Values, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn both_ends_of_a_range_are_drawn_and_written_as_they_are() {
        let almost = 1.0 - f64::EPSILON;
        for (range, first, last) in [
            (json!({"from": 60, "to": 1800}), json!(60), json!(1800)),
            (json!({"from": 0.5, "to": 2.0}), json!(0.5), json!(2.0)),
            (json!({"from": "0.5", "to": "2"}), json!("0.5"), json!("2")),
            (
                json!({"from": "10s", "to": "60s"}),
                json!("10s"),
                json!("60s"),
            ),
            (
                json!({"from": "30s", "to": "10m"}),
                json!("30000ms"),
                json!("600000ms"),
            ),
            (
                json!({"from": "500m", "to": "900m"}),
                json!("500m"),
                json!("900m"),
            ),
            (
                json!({"from": 1, "to": 1000, "scale": "log"}),
                json!(1),
                json!(1000),
            ),
            (json!(["a", 7]), json!("a"), json!(7)),
        ] {
            let values = read(range.clone()).expect("sound");
            assert_eq!(values.at(0.0), first, "{range}");
            assert_eq!(values.at(almost), last, "{range}");
        }
        let log = read(json!({"from": 1, "to": 10000, "scale": "log"})).expect("sound");
        assert_eq!(log.at(0.5), json!(100));
    }

    #[test]
    fn what_is_no_range_is_refused_with_what_would_be_one() {
        for (bad, says) in [
            (
                json!({"from": 60, "to": "1800"}),
                "like {from: 60, to: 1800}",
            ),
            (json!({"from": "10s", "to": "2Gi"}), "is no range"),
            (json!({"from": 2, "to": 1}), "swap them"),
            (
                json!({"from": 0, "to": 1, "scale": "log"}),
                "has no logarithm",
            ),
            (json!({"form": 0, "to": 1}), "unknown field `form`"),
            (json!([1, 1]), "twice"),
            (json!("60"), "a list of values, or a range"),
        ] {
            let message = read(bad.clone()).expect_err("wrong");
            assert!(message.contains(says), "{bad}: {message}");
        }
    }
}
