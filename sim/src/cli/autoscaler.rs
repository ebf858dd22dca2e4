//! The autoscalers by the names of the command line.

use clap::ValueEnum;
use spillway_solver::policy::Policy;

use crate::hosts::{
    Autoscaler, BurstRule, Decide, HpaClusterAutoscaler, PrivateOnly, Spillway, ThresholdBurst,
};

/// What makes the decisions of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AutoscalerName {
    /// The decision core
    Spillway,
    /// HPA at home; a long queue adds replicas in public step by step
    ThresholdBurst,
    /// HPA and a node autoscaler in the public cloud only
    HpaCa,
    /// HPA in the private cloud only
    PrivateOnly,
}

impl AutoscalerName {
    /// The name as it is written on the command line and in reports.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Spillway => "spillway",
            Self::ThresholdBurst => "threshold-burst",
            Self::HpaCa => "hpa-ca",
            Self::PrivateOnly => "private-only",
        }
    }

    /// The autoscaler itself, fresh.
    pub(super) fn build<'a>(
        self,
        policy: &Policy,
        core: &'a dyn Decide,
    ) -> Box<dyn Autoscaler + 'a> {
        match self {
            Self::Spillway => Box::new(Spillway::new(core, policy.clone())),
            Self::ThresholdBurst => Box::new(ThresholdBurst::new(policy, BurstRule::default())),
            Self::HpaCa => Box::new(HpaClusterAutoscaler::new(policy)),
            Self::PrivateOnly => Box::new(PrivateOnly::new(policy)),
        }
    }
}
