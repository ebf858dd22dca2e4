//! Service times for traces that state only a mean.

use rand::RngExt;
use rand_distr::{Exp1, StandardNormal};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use crate::time::Nanos;

/// How service times scatter about their mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ServiceDistribution {
    /// Exponential: coefficient of variation 1. The default, because it is what queueing formulas assume.
    #[default]
    Exponential,
    /// Every request takes the mean.
    Deterministic,
    /// Log-normal, the usual shape of measured service times.
    LogNormal {
        /// Standard deviation over mean, in thousandths; 0 is deterministic.
        cv_milli: u32,
    },
}

impl ServiceDistribution {
    /// Squared coefficient of variation.
    #[must_use]
    pub fn squared_variation(self) -> f64 {
        match self {
            Self::Deterministic => 0.0,
            Self::Exponential => 1.0,
            Self::LogNormal { cv_milli } => (f64::from(cv_milli) / 1e3).powi(2),
        }
    }

    /// One service time, rounded to the nanosecond.
    pub fn sample(self, mean: Nanos, random: &mut Pcg64) -> Nanos {
        let mean_s = mean.as_secs_f64();
        match self {
            Self::Deterministic => mean,
            Self::Exponential => Nanos::from_secs_f64(mean_s * random.sample::<f64, _>(Exp1)),
            Self::LogNormal { cv_milli } => {
                // For a mean m and coefficient of variation c: sigma^2 = ln(1 + c^2), mu = ln m - sigma^2 / 2.
                let cv = f64::from(cv_milli) / 1e3;
                let variance = (cv * cv).ln_1p();
                let normal: f64 = random.sample(StandardNormal);
                Nanos::from_secs_f64(mean_s * (variance.sqrt() * normal - variance / 2.0).exp())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    #[test]
    fn samples_have_the_mean_and_the_variation_they_promise() {
        let mean = Nanos::from_millis(250);
        for (distribution, cv) in [
            (ServiceDistribution::Exponential, 1.0),
            (ServiceDistribution::Deterministic, 0.0),
            (ServiceDistribution::LogNormal { cv_milli: 500 }, 0.5),
            (ServiceDistribution::LogNormal { cv_milli: 0 }, 0.0),
        ] {
            let mut random = stream(1, "service", "test");
            let samples: Vec<f64> = (0..100_000)
                .map(|_| distribution.sample(mean, &mut random).as_secs_f64())
                .collect();
            let average = samples.iter().sum::<f64>() / 1e5;
            let variance = samples.iter().map(|x| (x - average).powi(2)).sum::<f64>() / 1e5;
            assert!(
                (average - 0.25).abs() < 0.004,
                "{distribution:?}: mean {average}"
            );
            assert!(
                (variance.sqrt() / average - cv).abs() < 0.02,
                "{distribution:?}: variance {variance}"
            );
        }
    }
}
