//! Axes of values: from a value to a height, and where to put ticks.

use super::HEIGHT;
use super::wide::Wide;

/// An axis.
#[derive(Clone, Debug)]
pub struct Axis {
    scale: Scale,
    label: fn(f64) -> String,
}

#[derive(Clone, Copy, Debug)]
enum Scale {
    /// From zero to `top`, a tick every `step`.
    Linear { top: f64, step: f64 },
    /// From one to the other, by the logarithm; ticks at every so many of the steps.
    Log {
        bottom: f64,
        top: f64,
        steps: &'static [f64],
        every: usize,
    },
    /// By the logarithm, from the smallest to the largest value.
    Wide(Wide),
}

/// Spans of time about ten times apart, seconds: 1 ms to 100 days.
const SPANS: [f64; 11] = [
    0.001,
    0.01,
    0.1,
    1.0,
    10.0,
    60.0,
    600.0,
    3_600.0,
    36_000.0,
    864_000.0,
    8_640_000.0,
];

/// Powers of ten, for what spans them: 0.01 to 10,000.
const DECADES: [f64; 7] = [0.01, 0.1, 1.0, 10.0, 100.0, 1_000.0, 10_000.0];

/// Ticks that a panel has room for.
const MOST_TICKS: f64 = 4.0;

/// Ticks whose labels have room side by side on a phone.
pub const FEW_TICKS: usize = 7;

impl Axis {
    /// From zero to at least `largest`, with ticks at 1, 2 or 5 times a power of ten.
    pub fn linear(largest: f64, label: fn(f64) -> String) -> Self {
        let largest = if largest > 0.0 && largest.is_finite() {
            largest
        } else {
            1.0
        };
        let power = 10_f64.powf((largest / MOST_TICKS).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|factor| factor * power)
            .into_iter()
            .find(|step| largest / step <= MOST_TICKS)
            .unwrap_or(10.0 * power);
        // Some air above the largest value, so that a curve does not run along the frame.
        Self {
            scale: Scale::Linear {
                top: largest * 1.06,
                step,
            },
            label,
        }
    }

    /// By the logarithm where the positive values lie a factor of ten or more apart, else linear from zero. What is zero
    /// has a place of its own on the bottom.
    pub fn by_spread(values: &[f64], label: fn(f64) -> String) -> Self {
        Wide::of(values).map_or_else(
            || Self::linear(values.iter().copied().fold(0.0, f64::max), label),
            |wide| Self {
                scale: Scale::Wide(wide),
                label,
            },
        )
    }

    /// Whether heights are logarithms.
    pub fn is_logarithmic(&self) -> bool {
        !matches!(self.scale, Scale::Linear { .. })
    }

    /// Seconds by their logarithm, up to at least `largest`; what lies below [`SPANS`] sits on the bottom. Ticks are
    /// spans that people think in.
    pub fn log_seconds(largest: f64, label: fn(f64) -> String) -> Self {
        Self {
            scale: log(&SPANS, largest, 2),
            label,
        }
    }

    /// From a hundredth by the logarithm, up to at least `largest`; what lies below sits on the bottom. Ticks are every
    /// so many powers of ten.
    pub fn log_decades(largest: f64, every: usize, label: fn(f64) -> String) -> Self {
        Self {
            scale: log(&DECADES, largest, every),
            label,
        }
    }

    /// The height of a value in the SVG's coordinates, from the top.
    pub fn y(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear { top, .. } => value / top,
            Scale::Log { bottom, top, .. } => (value / bottom).log10() / (top / bottom).log10(),
            Scale::Wide(wide) => wide.share(value),
        };
        // The logarithm of a negative value is not a number, and sits on the bottom.
        let share = if share.is_nan() { 0.0 } else { share };
        HEIGHT * (1.0 - share.clamp(0.0, 1.0))
    }

    /// Height and label of each tick, bottom first.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let values: Vec<f64> = match self.scale {
            Scale::Linear { top, step } => (0..=10)
                .map(|n| f64::from(n) * step)
                .take_while(|value| *value <= top)
                .collect(),
            Scale::Log {
                top, steps, every, ..
            } => {
                let steps = steps.iter().copied().filter(|step| *step <= top);
                steps.step_by(every).collect()
            }
            Scale::Wide(wide) => wide.ticks(),
        };
        values
            .into_iter()
            .map(|value| (self.y(value), (self.label)(value)))
            .collect()
    }
}

fn log(steps: &'static [f64], largest: f64, every: usize) -> Scale {
    let top = steps.iter().copied().find(|step| *step >= largest);
    Scale::Log {
        bottom: steps[0],
        top: top.unwrap_or(steps[steps.len() - 1]),
        steps,
        every,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        for (largest, expected) in [
            (0.0, vec!["0", "0.5", "1"]),
            (7.0, vec!["0", "2", "4", "6"]),
            (40.0, vec!["0", "10", "20", "30", "40"]),
            (101.0, vec!["0", "50", "100"]),
            (f64::INFINITY, vec!["0", "0.5", "1"]),
        ] {
            assert_eq!(labels(&Axis::linear(largest, |v| v.to_string())), expected);
        }
    }

    #[test]
    fn every_value_has_a_height_within_the_panel() {
        let log = Axis::log_seconds(500.0, |v| v.to_string());
        assert_eq!(labels(&log), ["0.001", "0.1", "10", "600"]);
        let decades = Axis::log_decades(37.0, 2, |v| v.to_string());
        assert_eq!(labels(&decades), ["0.01", "1", "100"]);
        for value in [f64::NAN, -1.0, 0.0, 1e-12, 1.0, 1e12, f64::INFINITY] {
            let y = log.y(value);
            assert!((0.0..=HEIGHT).contains(&y), "{value} at {y}");
        }
        assert!(log.y(0.01) > log.y(0.1), "larger is higher");
    }
}
