//! Kubernetes objects that are accepted and say what is rarely meant.

use spillway_crds::Doubt;

use super::{Code, Warning, warning};

/// What their reader doubts, as warnings of every run that they are the policy of.
pub(crate) fn of_objects(doubted: Vec<spillway_crds::Warning>) -> Vec<Warning> {
    let doubted = doubted.into_iter();
    let each = doubted.map(|found| {
        let code = match found.doubt {
            Doubt::NoClusterOffers => Code::NoClusterOffers,
            Doubt::NoClusterNear => Code::NoClusterNear,
            Doubt::SpotUnused => Code::SpotUnused,
            Doubt::NoMoneyCap => Code::NoMoneyCap,
        };
        warning(code, found.problem.to_string())
    });
    each.collect()
}
