//! Conditions under which a comparison counts as failed: `cost > +5%`.

use std::str::FromStr;

use super::amount::number;
use super::over_seeds::OverSeeds;
use crate::figures::{Figure, Unit, figure};

/// A change against the baseline that is too much.
///
/// `FIGURE > +CHANGE` fails where a run lies further above the baseline, `FIGURE < -CHANGE` where it lies further below.
/// A change is in percent of the baseline, or absolute in the figure's unit (`points` for a percentage).
#[derive(Clone, Debug)]
pub struct Condition {
    text: String,
    figure: &'static Figure,
    above: bool,
    change: Change,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Percent(f64),
    Absolute(f64),
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = |why: &str| {
            format!(
                "`{text}` {why}: write a figure, > or <, and a signed change, like `cost > +5%` or `late > +0.5 points`"
            )
        };
        let at = text
            .find(['<', '>'])
            .ok_or_else(|| refuse("compares nothing"))?;
        let (name, rest) = text.split_at(at);
        let change = rest[1..].trim();
        if change.starts_with('=') {
            return Err(refuse("compares with `=`"));
        }
        if !change.starts_with(['+', '-']) {
            return Err(refuse("has a change without its sign"));
        }
        let figure = figure(name.trim())?;
        let change = if let Some(percent) = change.strip_suffix('%') {
            let size = number(&percent[1..]).ok_or_else(|| refuse("has no number of percent"))?;
            Change::Percent(if change.starts_with('-') { -size } else { size })
        } else if figure.unit == Unit::Percent {
            let points = change.strip_suffix("points").unwrap_or(change).trim();
            let points = Unit::Count.read(points);
            Change::Absolute(points.map_err(|_| refuse("has no number of points"))?)
        } else {
            let value = figure.unit.read(change);
            Change::Absolute(value.map_err(|error| error.to_string())?)
        };
        Ok(Self {
            text: text.to_owned(),
            figure,
            above: rest.starts_with('>'),
            change,
        })
    }
}

impl Condition {
    /// What of a comparison meets the condition, a sentence for each run. The mean counts, not the ends of its interval.
    /// A figure that cannot be compared meets it too: what is not known is no success.
    #[must_use]
    pub fn met(&self, over: &OverSeeds) -> Vec<String> {
        let Some(figure) = over.figure(self.figure.name) else {
            return vec![format!(
                "`{}` cannot be judged: no run has {}",
                self.text, self.figure.name
            )];
        };
        let others = figure.runs.iter().filter(|run| run.run != over.baseline);
        let sentences = others.filter_map(|run| {
            let Some(difference) = &run.difference else {
                return Some(format!(
                    "`{}` cannot be judged: {} and {} do not both have {} under any seed",
                    self.text, run.run, over.baseline, self.figure.name
                ));
            };
            let mean = difference.estimate.mean;
            let (value, limit) = match self.change {
                Change::Absolute(limit) => (mean, limit),
                Change::Percent(limit) => {
                    // Of a baseline of 0, any change at all is more than any percentage.
                    let none = if mean == 0.0 {
                        0.0
                    } else {
                        mean * f64::INFINITY
                    };
                    (difference.percent.unwrap_or(none), limit)
                }
            };
            let met = if self.above {
                value > limit
            } else {
                value < limit
            };
            met.then(|| format!("`{}` is met: {}", self.text, difference.verdict))
        });
        sentences.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::statistics::Sampled;
    use crate::figures::RunTotals;
    use crate::record::{MoneySpent, Summary};
    use spillway_solver::units::MicroUsd;

    fn compare(micros: [i64; 2]) -> OverSeeds {
        let totals = micros.map(|micros| RunTotals {
            summary: Summary {
                money: MoneySpent {
                    spot: MicroUsd(micros),
                    ..MoneySpent::default()
                },
                ..Summary::default()
            },
            workloads: Vec::new(),
        });
        OverSeeds::of(
            &["old".to_owned(), "new".to_owned()],
            &[1],
            0,
            &totals,
            Sampled::Draws,
        )
    }

    fn met(text: &str, micros: [i64; 2]) -> Vec<String> {
        text.parse::<Condition>().expect(text).met(&compare(micros))
    }

    #[test]
    fn a_condition_is_met_beyond_its_change_and_not_at_it() {
        for (text, micros, is_met) in [
            ("cost > +5%", [100, 105], false),
            ("cost > +5%", [100, 106], true),
            ("cost > -5%", [100, 96], true),
            ("cost < -5%", [100, 94], true),
            ("cost < -5%", [100, 95], false),
            ("costUsd > +1 USD", [1_000_000, 2_000_001], true),
            ("costUsd > +1 USD", [1_000_000, 2_000_000], false),
            ("cost > +5%", [0, 0], false),
            ("cost > +500%", [0, 1], true),
        ] {
            assert_eq!(!met(text, micros).is_empty(), is_met, "{text} {micros:?}");
        }
        let says = &met("cost > +5%", [1_000_000, 2_000_000])[0];
        assert!(
            says.contains("`cost > +5%` is met: new is 1.00 USD (100.0 %) dearer than old"),
            "{says}"
        );
    }

    #[test]
    fn what_cannot_be_judged_is_no_success() {
        let says = met("late > +0.5 points", [1, 1]);
        assert_eq!(says.len(), 1);
        assert!(says[0].contains("cannot be judged"), "{says:?}");
    }

    #[test]
    fn a_condition_that_could_be_misread_is_refused() {
        for (text, says) in [
            ("cost > 5%", "without its sign"),
            ("cost 5%", "compares nothing"),
            ("cost >= +5%", "compares with `=`"),
            ("kost > +5%", "no figure is called `kost`"),
            ("cost > +5 EUR", "like 6 USD"),
            ("cost > +x%", "no number of percent"),
            ("delayP95 > +5", "like 250ms"),
            ("late > +x", "no number of points"),
        ] {
            let message = text.parse::<Condition>().expect_err(text);
            assert!(message.contains(says), "{text}: {message}");
        }
    }
}
