//! Rates as functions of time.

use serde::{Deserialize, Serialize};

use crate::time::Nanos;

/// Rate over time, in requests per second. Where a formula gives less than zero, the rate is zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Shape {
    /// Day and night: `mean * (1 + amplitude * sin(2 pi (t - phase) / period))`.
    Diurnal {
        /// Mean rate.
        mean_per_s: f64,
        /// Share of the mean by which the rate swings, 0 to 1.
        amplitude: f64,
        /// Length of a day.
        period: Nanos,
        /// Time at which the rate first rises through its mean.
        phase: Nanos,
    },
    /// A sale: `base`, from `at` on `base + (peak - base) * exp(-(t - at) / decay)`.
    FlashSale {
        /// Rate before the sale and long after it.
        base_per_s: f64,
        /// Rate at the moment it begins.
        peak_per_s: f64,
        /// When it begins.
        at: Nanos,
        /// Time in which the excess falls to 1/e.
        decay: Nanos,
    },
    /// A straight line from one rate to another, constant before and after.
    Ramp {
        /// Rate until `start`.
        from_per_s: f64,
        /// Rate after `start + length`.
        to_per_s: f64,
        /// When the ramp begins.
        start: Nanos,
        /// How long it takes.
        length: Nanos,
    },
}

impl Shape {
    /// Requests per second at a time.
    #[must_use]
    pub fn rate_per_s(&self, time: Nanos) -> f64 {
        let t = time.as_secs_f64();
        let rate = match *self {
            Self::Diurnal {
                mean_per_s,
                amplitude,
                period,
                phase,
            } => {
                let turns = (t - phase.as_secs_f64()) / period.as_secs_f64();
                mean_per_s * (1.0 + amplitude * (std::f64::consts::TAU * turns).sin())
            }
            Self::FlashSale {
                base_per_s,
                peak_per_s,
                at,
                decay,
            } if time >= at => {
                let age = (time - at).as_secs_f64() / decay.as_secs_f64();
                base_per_s + (peak_per_s - base_per_s) * (-age).exp()
            }
            Self::FlashSale { base_per_s, .. } => base_per_s,
            Self::Ramp {
                from_per_s,
                to_per_s,
                start,
                length,
            } => {
                let share = time.saturating_sub(start).as_secs_f64() / length.as_secs_f64();
                from_per_s + (to_per_s - from_per_s) * share.min(1.0)
            }
        };
        rate.max(0.0)
    }

    /// Fields that must be finite and at least zero, and the span that must be above zero.
    pub(super) fn fields(&self) -> ([(&'static str, f64); 2], (&'static str, Nanos)) {
        match *self {
            Self::Diurnal {
                mean_per_s,
                amplitude,
                period,
                ..
            } => (
                [("mean_per_s", mean_per_s), ("amplitude", amplitude)],
                ("period", period),
            ),
            Self::FlashSale {
                base_per_s,
                peak_per_s,
                decay,
                ..
            } => (
                [("base_per_s", base_per_s), ("peak_per_s", peak_per_s)],
                ("decay", decay),
            ),
            Self::Ramp {
                from_per_s,
                to_per_s,
                length,
                ..
            } => (
                [("from_per_s", from_per_s), ("to_per_s", to_per_s)],
                ("length", length),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Nanos = Nanos::from_secs(86_400);
    const DIURNAL: Shape = Shape::Diurnal {
        mean_per_s: 1.0,
        amplitude: 0.8,
        period: DAY,
        phase: Nanos::ZERO,
    };

    #[test]
    fn the_shapes_have_the_rates_that_their_formulas_give() {
        let sale = Shape::FlashSale {
            base_per_s: 10.0,
            peak_per_s: 110.0,
            at: DAY,
            decay: Nanos::from_secs(60),
        };
        let ramp = Shape::Ramp {
            from_per_s: 10.0,
            to_per_s: 2.0,
            start: DAY,
            length: Nanos::from_secs(100),
        };
        let after = |seconds| DAY + Nanos::from_secs(seconds);
        for (shape, time, rate) in [
            (DIURNAL, Nanos::from_secs(21_600), 1.8),
            (DIURNAL, Nanos::from_secs(64_800), 0.2),
            (sale, Nanos::ZERO, 10.0),
            (sale, DAY, 110.0),
            (sale, after(60), 10.0 + 100.0 / std::f64::consts::E),
            (ramp, Nanos::ZERO, 10.0),
            (ramp, after(50), 6.0),
            (ramp, after(1_000), 2.0),
        ] {
            assert!(
                (shape.rate_per_s(time) - rate).abs() < 1e-9,
                "{shape:?} at {time}"
            );
        }
    }
}
