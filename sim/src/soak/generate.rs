//! A seed into a case.

use super::case::{Case, Part};
use super::clusters::clusters;
use super::dice::Dice;
use super::faults::faults;
use super::policies::policies;
use super::workloads::workloads;

impl Case {
    /// The case of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "world");
        let hours = dice.between(1, 12);
        let day = dice.between(1, 28);
        let month = dice.between(1, 12);
        let hour = dice.between(0, 23);
        let tick_s = *dice.pick(&[15, 15, 15, 30, 60]);
        let mut world = Vec::new();
        let mut may = |percent, text: &str| {
            if dice.chance(percent) {
                world.push(Part::new(text.to_owned(), &[]));
            }
        };
        may(20, "metrics: {interval: 30s, lag: 10s, rateWindow: 2m}");
        may(20, "observationDelay: 8s");
        may(
            20,
            "pods: {scheduling: 1s, imagePull: 2m, readiness: 40s, terminationGrace: 90s}",
        );
        may(10, "interval: 7m");
        let (clusters, groups) = clusters(seed);
        let policies = policies(seed);
        let workloads = workloads(seed, hours, &clusters, &policies);
        let faults = faults(seed, hours * 60, &groups, &workloads);
        Self {
            seed,
            horizon_s: hours * 3_600,
            start: format!("2026-{month:02}-{day:02}T{hour:02}:00:00Z"),
            tick_s,
            load_s: hours * 3_600,
            world,
            policies,
            clusters,
            workloads,
            faults,
        }
    }
}
