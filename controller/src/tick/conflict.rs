//! Who else drives a target. Pure.

use spillway_solver::units::{Millis, UnixMs};

use crate::observed::{DriverFact, Taken, TargetFact};

/// A write so soon after ours answers it. Argo CD's self-heal comes within seconds, its refresh within 3 minutes;
/// shorter, and the two write in turns for ever.
const SOON: Millis = Millis(600_000);

/// What stands in the way of a write, with the way out.
pub(super) fn conflict(
    cluster: &str,
    name: &str,
    target: &TargetFact,
    driver: Option<&DriverFact>,
    wrote_at: Option<UnixMs>,
) -> Option<String> {
    if let Some(driver) = driver {
        return Some(driver.conflict(cluster));
    }
    let taken = target
        .taken
        .as_ref()
        .filter(|taken| fights(taken, wrote_at))?;
    Some(format!(
        "{} in cluster {cluster} writes spec.replicas of {name} back: take `replicas` out of what it applies (Argo CD: \
         ignoreDifferences on /spec/replicas with RespectIgnoreDifferences=true), or set mode Observe",
        taken.manager
    ))
}

/// Whether somebody answers our writes. A person or a roll-out writes at some time, and is overruled as by an HPA; what
/// writes soon after us would do so again.
fn fights(taken: &Taken, wrote_at: Option<UnixMs>) -> bool {
    // Times of API servers are whole seconds.
    wrote_at.is_some_and(|ours| taken.at.plus(Millis(1000)) > ours && taken.at.since(ours) < SOON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_soon_after_us_fights_and_who_writes_at_some_time_does_not() {
        let taken = Taken {
            manager: "argocd-controller".to_owned(),
            at: UnixMs(60_000),
        };
        for (what, wrote_at, expected) in [
            ("we never wrote", None, false),
            ("in the same second", Some(60_400), true),
            ("three minutes later", Some(60_000 - 180_000), true),
            ("an hour later", Some(60_000 - 3_600_000), false),
            ("we wrote since", Some(62_000), false),
        ] {
            assert_eq!(fights(&taken, wrote_at.map(UnixMs)), expected, "{what}");
        }
    }
}
