//! The forecast oracle: it knows the load of the next minutes and nothing else more than others.
//!
//! `R = ceil(lambda/mu + Q/(mu*T))`, the queue formula of [`spillway_solver::queue`] without its
//! guess at what piles up while replicas boot, with the largest true rate of the next minutes in
//! place of the measured one. What a run is worse than this one, its forecast is to blame for;
//! what this one is worse than the best possible, control is. No source: the definition is the
//! name. Five minutes: longer than a node boots, shorter than a replica pays for itself.

use spillway_solver::policy::{Policy, WorkloadSpec};
use spillway_solver::units::{Millis, UnixMs};

use super::counted::{CountRule, RuleForecast, Seen};
use super::load::whole;
use super::{Counted, Expected, Foresight};

/// How far it sees.
const AHEAD: Millis = Millis(300_000);

/// The oracle for each workload.
pub(super) fn oracle(policy: &Policy, foresight: &Foresight) -> Counted {
    Counted::new("oracle", policy, |spec| Oracle {
        workload: spec.clone(),
        foresight: foresight.clone(),
        said: None,
        forecast: None,
    })
}

#[derive(Debug)]
struct Oracle {
    workload: WorkloadSpec,
    foresight: Foresight,
    /// Until when the last forecast reaches.
    said: Option<UnixMs>,
    forecast: Option<RuleForecast>,
}

impl CountRule for Oracle {
    fn count(&mut self, seen: &Seen) -> Option<u32> {
        let ahead = self.foresight.most_within(&self.workload, seen.now, AHEAD);
        let until = self.foresight.interval_of(seen.now.plus(AHEAD));
        if self.said.replace(until) != Some(until) {
            self.forecast = Some(RuleForecast {
                from: self.foresight.interval_of(seen.now),
                until,
                expected: Expected::Percentile(100),
                replicas: ahead,
            });
        }
        // What waits is measured as everybody measures it; where that is missing, arrivals are
        // known all the same.
        let backlog = seen.load.map_or(0.0, |load| load.backlog);
        Some(whole(ahead + backlog))
    }

    fn forecast(&mut self) -> Option<RuleForecast> {
        self.forecast.take()
    }
}
