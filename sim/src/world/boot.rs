//! How long nodes boot.
//!
//! A lognormal distribution through the two quantiles that people know of their clouds. Whether
//! a provider has capacity at all is a matter of faults.

use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use spillway_solver::snapshot::BootTime;

use crate::time::Nanos;

/// The 95th percentile of the standard normal distribution. A wrong one shifts every p95.
const Z95: f64 = 1.644_853_626_951_472_2;

/// The longest boot, as a multiple of the 95th percentile. A lognormal tail has no end; a node
/// that takes longer is given up and ordered anew by every provider, which is not modelled.
const LONGEST_PER_P95: f64 = 4.0;

/// Boot times of one node group.
#[derive(Clone, Copy, Debug)]
pub struct BootModel {
    p50_s: f64,
    p95_s: f64,
}

impl BootModel {
    /// Through `boot`'s median and 95th percentile. A 95th percentile below the median counts
    /// as equal to it: then every boot takes the median.
    #[must_use]
    pub fn through(boot: BootTime) -> Self {
        let p50_s = Nanos::from_millis(boot.p50_ms.0).as_secs_f64();
        let p95_s = Nanos::from_millis(boot.p95_ms.0).as_secs_f64();
        Self {
            p50_s,
            p95_s: p95_s.max(p50_s),
        }
    }

    /// Draws a boot time.
    pub fn draw(&self, random: &mut Pcg64) -> Nanos {
        let normal: f64 = StandardNormal.sample(random);
        if self.p50_s <= 0.0 {
            return Nanos::ZERO;
        }
        let sigma = (self.p95_s / self.p50_s).ln() / Z95;
        let drawn = self.p50_s * (sigma * normal).exp();
        Nanos::from_secs_f64(drawn.min(self.p95_s * LONGEST_PER_P95))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use spillway_solver::units::Millis;

    fn boot(p50_ms: u64, p95_ms: u64) -> BootModel {
        BootModel::through(BootTime {
            p50_ms: Millis(p50_ms),
            p95_ms: Millis(p95_ms),
        })
    }

    #[test]
    fn drawn_boot_times_have_the_quantiles_they_were_made_from() {
        let model = boot(60_000, 120_000);
        let mut random = stream(1, "boot", "test");
        let mut drawn: Vec<Nanos> = (0..20_000).map(|_| model.draw(&mut random)).collect();
        drawn.sort_unstable();
        for (rank, expected_s) in [(10_000, 60.0), (19_000, 120.0)] {
            let ratio = drawn[rank].as_secs_f64() / expected_s;
            assert!((ratio - 1.0).abs() < 0.03, "rank {rank}: {}", drawn[rank]);
        }
        assert!(drawn[19_999] <= Nanos::from_secs(480));
    }

    #[test]
    fn equal_quantiles_make_every_boot_equal() {
        let mut random = stream(1, "boot", "test");
        for model in [boot(45_000, 45_000), boot(45_000, 10)] {
            assert_eq!(model.draw(&mut random), Nanos::from_secs(45));
        }
        assert_eq!(boot(0, 0).draw(&mut random), Nanos::ZERO);
    }
}
