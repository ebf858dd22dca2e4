//! React: as many replicas as the load of this moment takes.
//!
//! Source: Trieu C. Chieu, Ajay Mohindra, Alexei A. Karve, Alla Segal, "Dynamic Scaling of Web
//! Applications in a Virtualized Cloud Computing Environment", ICEBE 2009 (abstract read). Its
//! thresholds on active sessions are reduced to `supply = ceil(load / speed)`, as published in
//! the comparison of Ilyushkin et al., "An Experimental Performance Evaluation of Autoscaling
//! Policies for Complex Workflows", ICPE 2017; not re-checked.

use spillway_solver::policy::Policy;

use super::Counted;
use super::counted::{CountRule, Seen};
use super::load::whole;

/// React for each workload.
pub(super) fn react(policy: &Policy) -> Counted {
    Counted::new("react", policy, |_| React)
}

#[derive(Debug)]
struct React;

impl CountRule for React {
    fn count(&mut self, seen: &Seen) -> Option<u32> {
        Some(whole(seen.load?.total()))
    }
}

#[cfg(test)]
mod tests {
    use spillway_solver::units::UnixMs;

    use super::*;
    use crate::hosts::load::Load;

    #[test]
    fn supply_is_load_by_speed_rounded_up() {
        let seen = |flow, backlog| Seen {
            now: UnixMs(0),
            load: Some(Load { flow, backlog }),
            replicas: 7,
        };
        // 12 requests a second at 5 a second each; then 8 waiting of 10 that one works off.
        assert_eq!(React.count(&seen(12.0 / 5.0, 0.0)), Some(3));
        assert_eq!(React.count(&seen(12.0 / 5.0, 0.8)), Some(4));
        let blind = Seen {
            load: None,
            ..seen(0.0, 0.0)
        };
        assert_eq!(React.count(&blind), None, "missing data is not zero load");
    }
}
