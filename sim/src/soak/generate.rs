//! A seed into a case.

use super::case::{Case, Part};
use super::clusters::clusters;
use super::dice::Dice;
use super::faults::faults;
use super::policies::policies;
use super::routing::by_rates;
use super::workloads::workloads;

/// Of 100 worlds, those that run by rates. Fewer would leave that mode untested in a campaign of some hundred seeds;
/// more take from what only single requests show.
const RATES_PERCENT: u64 = 15;

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
        let mut workloads = workloads(seed, hours, &clusters, &policies);
        if Dice::new(seed, "mode").chance(RATES_PERCENT) {
            world.push(Part::new("mode: rates".to_owned(), &[]));
            workloads.iter_mut().for_each(by_rates);
        }
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

#[cfg(test)]
mod tests {
    use super::super::trial::config;
    use super::*;
    use crate::config::FaultKind;

    #[test]
    fn what_the_dice_write_is_never_refused_and_shows_every_kind_of_fault_and_rule() {
        let mut all = String::new();
        for seed in 1..=400 {
            let documents = Case::new(seed).documents();
            if let Err(finding) = config(&documents) {
                panic!("seed {seed}: {}", finding.message);
            }
            all.push_str(&documents.objects);
            all.push_str(&documents.world);
        }
        let kinds = FaultKind::ALL.map(|kind| format!("kind: {},", kind.name()));
        let rules = [
            "drainWithin",
            "averageValue",
            "averageUtilization",
            "usdPerHour",
            "atCap: Shed",
            "survivePercent",
            "dwell",
            "coPlacementGroup",
            "schedule",
            "pin",
            "forbid",
            "Spot",
            "home-3",
            "cloud-3",
            "soak/w5",
            "nodeSelector",
            "NoExecute",
            "nvidia.com/gpu: 1}",
            "maxRoundTrip",
            "feedForward",
            "stalePercent",
            "leastOutstanding",
            "batch",
            "mostWaiting",
            "mode: rates",
            "classes: [bulk, gold]",
            "classes: {gold",
        ]
        .map(str::to_owned);
        for word in kinds.iter().chain(&rules) {
            assert!(all.contains(word), "no case has `{word}`");
        }
    }

    #[test]
    fn a_run_by_rates_differs_from_that_by_requests_in_what_it_refuses_alone() {
        let by_rates = (1..=100).map(Case::new);
        let by_rates: Vec<Case> = by_rates
            .filter(|case| case.documents().world.contains("mode: rates"))
            .collect();
        assert!((8..25).contains(&by_rates.len()), "{}", by_rates.len());
        for case in by_rates {
            let mut options = case.workloads.iter().flat_map(|of| &of.world_options);
            let refused = ["routing", "assignment", "batch", "classes"];
            let found =
                options.find(|option| refused.iter().any(|field| option.text.starts_with(field)));
            assert!(found.is_none(), "seed {}: {found:?}", case.seed);
            assert!(config(&case.documents()).is_ok());
        }
    }

    #[test]
    fn a_seed_is_always_the_same_case_and_another_seed_another() {
        assert_eq!(Case::new(7).documents(), Case::new(7).documents());
        assert_ne!(Case::new(7).documents(), Case::new(8).documents());
    }
}
