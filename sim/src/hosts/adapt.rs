//! Adapt: up at once by the load, down once in a while by its rate of change.
//!
//! Source: Ahmed Ali-Eldin, Johan Tordsson, Erik Elmroth, "An Adaptive Hybrid Elasticity
//! Controller for Cloud Infrastructures", NOMS 2012, and Ali-Eldin, Kihl, Tordsson, Elmroth,
//! "Efficient Provisioning of Bursty Scientific Workloads on the Cloud Using Adaptive Elasticity
//! Control", `ScienceCloud` 2012 (abstracts read: reactive up, proactive down, the gain from the
//! change of the load and the service rate, no premature release). The formula of the gain is as
//! published there, not re-checked: the change of the load over a window, in servers. The
//! window, which the papers adapt, is fixed here.

use spillway_solver::policy::Policy;
use spillway_solver::units::Millis;

use super::Counted;
use super::counted::{CountRule, Seen};
use super::load::whole;
use super::pace::Pace;

/// Over which the change of the load is taken, and how often replicas are released.
const WINDOW: Millis = Millis(300_000);

/// Adapt for each workload.
pub(super) fn adapt(policy: &Policy) -> Counted {
    Counted::new("adapt", policy, |_| Adapt::new())
}

#[derive(Debug)]
struct Adapt {
    window: Pace,
    /// The flow when the window began.
    before: Option<f64>,
}

impl Adapt {
    fn new() -> Self {
        Self {
            window: Pace::every(WINDOW),
            before: None,
        }
    }
}

impl CountRule for Adapt {
    fn count(&mut self, seen: &Seen) -> Option<u32> {
        let load = seen.load?;
        let now = whole(load.total());
        let mut wanted = seen.replicas.max(now);
        if self.window.is_due(seen.now)
            && let Some(before) = self.before.replace(load.flow)
        {
            // The next window changes as this one did.
            let next = load.total() + (load.flow - before);
            wanted = wanted.min(now.max(whole(next)));
        }
        Some(wanted)
    }
}

#[cfg(test)]
mod tests {
    use spillway_solver::units::UnixMs;

    use super::*;
    use crate::hosts::load::Load;

    #[test]
    fn it_follows_a_rise_at_once_and_a_fall_once_in_a_window_by_its_slope() {
        let mut adapt = Adapt::new();
        let mut replicas = 5;
        let cases = [
            (0, 4.5, 5, "nothing to compare with yet"),
            (15, 9.2, 10, "repaired at once"),
            (60, 6.0, 10, "no release within the window"),
            // The load rose by 8.0 - 4.5 = 3.5: 11.5 are expected, so nothing is released.
            (300, 8.0, 10, "it still rises"),
            // It fell by 2: 4 are expected, but 6 are needed now.
            (600, 6.0, 6, "no release below what is needed"),
            (615, 3.0, 6, "no release within the window"),
            // It fell by 0.5 since the window began.
            (900, 5.5, 6, "5.5 now, 5 expected"),
        ];
        for (at_s, flow, expected, name) in cases {
            let load = Load { flow, backlog: 0.0 };
            let seen = Seen {
                now: UnixMs(at_s * 1_000),
                load: Some(load),
                replicas,
            };
            replicas = adapt.count(&seen).expect("the load is known");
            assert_eq!(replicas, expected, "{at_s} s: {name}");
        }
    }
}
