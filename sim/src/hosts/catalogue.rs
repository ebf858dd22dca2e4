//! All autoscalers in one table: the command line, the report and `docs/baselines.md` read it.

use spillway_solver::policy::Policy;

use super::{
    Autoscaler, BurstRule, Decide, Foresight, HpaClusterAutoscaler, HpaKarpenter,
    KarpenterPrivateFirst, Keda, OrderedOverflow, PrivateOnly, PublicFirst, PublicOnly, Rebalancer,
    Spillway, ThresholdBurst, adapt, conpaas, hist, oracle, react, reg, static_size,
};

/// An autoscaler that can be asked for by its name.
#[derive(Debug)]
pub struct Entry {
    /// As on the command line and in reports.
    pub name: &'static str,
    /// What it does, as half a sentence.
    pub rule: &'static str,
    /// What it is set to; empty for the core, whose settings are the policy's.
    pub defaults: &'static str,
    /// Where it comes from, and how far that was checked.
    pub source: &'static str,
    /// What of the original is not modelled.
    pub leaves_out: &'static str,
    build: Build,
}

#[derive(Debug)]
enum Build {
    Core,
    Seeing(fn(&Policy) -> Box<dyn Autoscaler>),
    Foreseeing(fn(&Policy, &Foresight) -> Box<dyn Autoscaler>),
}

impl Entry {
    /// The entry of a name.
    #[must_use]
    pub fn called(name: &str) -> Option<&'static Self> {
        AUTOSCALERS.iter().find(|entry| entry.name == name)
    }

    /// The autoscaler itself, fresh. `foresight` is asked only for those that are told the future.
    ///
    /// # Errors
    ///
    /// Those of `foresight`.
    pub fn build<'a, E>(
        &self,
        policy: &Policy,
        core: &'a dyn Decide,
        foresight: impl FnOnce() -> Result<Foresight, E>,
    ) -> Result<Box<dyn Autoscaler + 'a>, E> {
        Ok(match self.build {
            Build::Core => Box::new(Spillway::new(core, policy.clone())),
            Build::Seeing(build) => build(policy),
            Build::Foreseeing(build) => build(policy, &foresight()?),
        })
    }
}

const HPA: &str = "tolerance 10 %, scale-up max(4, 100 %)/15 s, scale-down window 300 s";

/// All of them, the core first.
pub static AUTOSCALERS: [Entry; 19] = [
    Entry {
        name: "spillway",
        rule: "The decision core",
        defaults: "",
        source: "this project",
        leaves_out: "",
        build: Build::Core,
    },
    Entry {
        name: "threshold-burst",
        rule: "HPA at home; a long queue adds replicas in public step by step",
        defaults: "more than 100 waiting for 1 min: 2 more; none for 10 min: 2 fewer",
        source: "what people write by hand; no source",
        leaves_out: "",
        build: Build::Seeing(|policy| Box::new(ThresholdBurst::new(policy, BurstRule::default()))),
    },
    Entry {
        name: "hpa-ca",
        rule: "HPA and Cluster Autoscaler in the public cloud only",
        defaults: "HPA's; scan 10 s, unneeded 10 min, delay after add 10 min, utilisation 50 %",
        source: "Kubernetes documentation, Horizontal Pod Autoscaling; Cluster Autoscaler FAQ",
        leaves_out: "expanders other than the world's",
        build: Build::Seeing(|policy| Box::new(HpaClusterAutoscaler::new(policy))),
    },
    Entry {
        name: "private-only",
        rule: "HPA in the private cloud only",
        defaults: HPA,
        source: "Kubernetes documentation, Horizontal Pod Autoscaling",
        leaves_out: "",
        build: Build::Seeing(|policy| Box::new(PrivateOnly::new(policy))),
    },
    Entry {
        name: "public-only",
        rule: "HPA in the public cloud only, on the world's node autoscaler",
        defaults: HPA,
        source: "Kubernetes documentation, Horizontal Pod Autoscaling",
        leaves_out: "",
        build: Build::Seeing(|policy| Box::new(PublicOnly::new(policy))),
    },
    Entry {
        name: "public-first",
        rule: "HPA's total; public up to its most nodes, then home",
        defaults: HPA,
        source: "the definition is the name",
        leaves_out: "",
        build: Build::Seeing(|policy| Box::new(PublicFirst::new(policy))),
    },
    Entry {
        name: "hpa-karpenter",
        rule: "HPA and Karpenter in the public cloud only",
        defaults: "HPA's; batch 1 s, empty nodes go after 30 s",
        source: "Karpenter 1.15, Settings (read)",
        leaves_out: "consolidation of nodes that are not empty",
        build: Build::Seeing(|policy| Box::new(HpaKarpenter::new(policy))),
    },
    Entry {
        name: "hpa-karpenter-private-first",
        rule: "One Deployment over both clouds: private nodes preferred, public pods deleted first",
        defaults: "HPA's; batch 1 s, empty nodes go after 30 s",
        source: "AWS, EKS Workshop, EKS Hybrid Nodes: Cloud Bursting (read)",
        leaves_out: "consolidation of nodes that are not empty, which may move pods to private nodes",
        build: Build::Seeing(|policy| Box::new(KarpenterPrivateFirst::new(policy))),
    },
    Entry {
        name: "keda",
        rule: "At home: asleep at zero while nothing is to do, HPA above",
        defaults: "polling 30 s, cooldown 300 s (to zero only), activation above 0; HPA's",
        source: "KEDA documentation, ScaledObject specification (read, 2.14 to 2.22)",
        leaves_out: "fallback, scaling modifiers; a second cluster, which KEDA does not know",
        build: Build::Seeing(|policy| Box::new(Keda::new(policy))),
    },
    Entry {
        name: "ordered-overflow",
        rule: "HPA's total; additions fill clusters in order, removals come from the last, nothing moves",
        defaults: HPA,
        source: "Karmada, proposal Overflow Cluster Affinities, 2026 (read)",
        leaves_out: "refusal of a whole scale-up where not all replicas fit; failover",
        build: Build::Seeing(|policy| Box::new(OrderedOverflow::new(policy))),
    },
    Entry {
        name: "rebalancer",
        rule: "A DNS weight that follows the load; replicas stay as they are",
        defaults: "base weight 8; target: what the replicas at home carry; in public the minimum of replicas (ours)",
        source: "ch1aki/rebalancer 0.0.1 (read)",
        leaves_out: "time windows and its own minimum; without `routing: dns` weights change nothing",
        build: Build::Seeing(|policy| Box::new(Rebalancer::new(policy))),
    },
    Entry {
        name: "static-peak",
        rule: "Constant: what the trace's most loaded minute takes",
        defaults: "intervals of the world's `metrics.rateWindow`",
        source: "the definition is the name",
        leaves_out: "",
        build: Build::Foreseeing(|policy, foresight| {
            Box::new(static_size::static_peak(policy, foresight))
        }),
    },
    Entry {
        name: "static-p95",
        rule: "Constant: what 95 % of the trace's minutes take",
        defaults: "intervals of the world's `metrics.rateWindow`, nearest rank",
        source: "the definition is the name",
        leaves_out: "",
        build: Build::Foreseeing(|policy, foresight| {
            Box::new(static_size::static_p95(policy, foresight))
        }),
    },
    Entry {
        name: "react",
        rule: "The load of the moment by a replica's speed",
        defaults: "none",
        source: "Chieu et al., Dynamic Scaling of Web Applications in a Virtualized Cloud Computing Environment, ICEBE 2009 (abstract read; formula not re-checked)",
        leaves_out: "thresholds on sessions",
        build: Build::Seeing(|policy| Box::new(react::react(policy))),
    },
    Entry {
        name: "adapt",
        rule: "Up at once by the load, down once in a window by its rate of change",
        defaults: "window 5 min (ours)",
        source: "Ali-Eldin et al., An Adaptive Hybrid Elasticity Controller for Cloud Infrastructures, NOMS 2012 (abstract read; formula not re-checked)",
        leaves_out: "the adaptation of the window",
        build: Build::Seeing(|policy| Box::new(adapt::adapt(policy))),
    },
    Entry {
        name: "hist",
        rule: "A percentile of this hour of the day on the last days, and a reactive correction",
        defaults: "95th percentile of 7 days by minutes, correction over 3 hours (ours)",
        source: "Urgaonkar et al., Agile Dynamic Provisioning of Multi-Tier Internet Applications, TAAS 3(1), 2008 (abstract read; formula not re-checked)",
        leaves_out: "tiers and their queueing model",
        build: Build::Seeing(|policy| Box::new(hist::hist(policy))),
    },
    Entry {
        name: "reg",
        rule: "Up at once by the load, down by a regression of second order over all that was seen",
        defaults: "measured each minute (ours)",
        source: "Iqbal et al., Adaptive resource provisioning for read intensive multi-tier applications in the cloud, FGCS 27(6), 2011 (abstract read; formula not re-checked)",
        leaves_out: "the search for the tier that is the bottleneck",
        build: Build::Seeing(|policy| Box::new(reg::reg(policy))),
    },
    Entry {
        name: "conpaas",
        rule: "Several predictors of the next step; the one that was best of late decides",
        defaults: "steps of 10 min; errors over 6, history of 12 steps (ours)",
        source: "Fernandez, Pierre, Kielmann, Autoscaling Web Applications in Heterogeneous Cloud Infrastructures, IC2E 2014 (not re-checked)",
        leaves_out: "ARMA and vector autoregression, heterogeneous instances and their profiles",
        build: Build::Seeing(|policy| Box::new(conpaas::conpaas(policy))),
    },
    Entry {
        name: "oracle",
        rule: "The queue formula on the true rate of the next minutes",
        defaults: "5 min ahead, intervals of the world's `metrics.rateWindow`",
        source: "the definition is the name",
        leaves_out: "",
        build: Build::Foreseeing(|policy, foresight| Box::new(oracle::oracle(policy, foresight))),
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_distinct() {
        let names: BTreeSet<&str> = AUTOSCALERS.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), AUTOSCALERS.len());
    }

    #[test]
    fn the_document_of_the_baselines_has_the_rows_of_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/baselines.md");
        let text = std::fs::read_to_string(path).expect("the document is there");
        let there: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("| `"))
            .collect();
        let row = |entry: &Entry| {
            let Entry {
                name,
                rule,
                defaults,
                source,
                leaves_out,
                ..
            } = entry;
            format!("| `{name}` | {rule} | {defaults} | {source} | {leaves_out} |")
        };
        let expected: Vec<String> = AUTOSCALERS.iter().skip(1).map(row).collect();
        assert_eq!(
            there,
            expected,
            "{path} differs; it should have\n{}",
            expected.join("\n")
        );
    }
}
