//! The interval in which requests waited longest so far, and what was decided then.

use std::cmp::Ordering;

use spillway_solver::decision::{Decision, WorkloadRationale};
use spillway_solver::units::UnixMs;

use crate::record::{DecisionThen, Interval, ReplicasThen, Slowest, WorkloadInterval};
use crate::world::rows::Rows;
use crate::world::state::{Phase, State};

/// The worst interval of the run so far, and the last decision.
#[derive(Debug, Default)]
pub(super) struct SlowestSoFar {
    worst: Option<(Badness, Slowest)>,
    last: Option<(UnixMs, Decision)>,
}

/// How bad a delay is: with an objective by how many thousandths of it, without one by itself. Those with an objective
/// are worse than any without.
type Badness = (bool, u128);

impl SlowestSoFar {
    /// A decision was made.
    pub(super) fn decided(&mut self, at: UnixMs, decision: Decision) {
        self.last = Some((at, decision));
    }

    /// Looks at the last row, which has just been closed.
    pub(super) fn look(&mut self, state: &State, rows: &Rows) {
        let Some((row, workloads)) = rows.last(state) else {
            return;
        };
        for (index, workload) in workloads.iter().enumerate() {
            let delay_us = longest_us(workload);
            let objective = state.setup.workloads[index].objective;
            let badness: Badness = match objective {
                Some(objective) => (
                    true,
                    u128::from(delay_us) * 1_000_000 / u128::from(objective.0.max(1)),
                ),
                None => (false, u128::from(delay_us)),
            };
            let worse = match &self.worst {
                Some((worst, _)) => badness.cmp(worst) == Ordering::Greater,
                None => delay_us > 0,
            };
            // A later row of one that was closed twice at the end has no length.
            if worse && delay_us > 0 {
                self.worst = Some((
                    badness,
                    self.describe(state, row, index, workload, delay_us),
                ));
            }
        }
    }

    pub(super) fn into_record(self) -> Option<Slowest> {
        self.worst.map(|(_, slowest)| slowest)
    }

    fn describe(
        &self,
        state: &State,
        row: &Interval,
        index: usize,
        workload: &WorkloadInterval,
        delay_us: u64,
    ) -> Slowest {
        let id = &state.setup.workloads[index].id;
        let clusters = state.setup.clusters.iter().zip(&state.sites);
        let clusters = clusters.map(|(cluster, site)| {
            let target = &site.targets[index];
            let ready = |pod: &&usize| state.pods[**pod].phase == Phase::Ready;
            let ready = target.pods.iter().filter(ready).count();
            ReplicasThen {
                cluster: cluster.name.clone(),
                asked: target.spec,
                ready: ready as u64,
                pending: (target.pods.len() - ready) as u64,
            }
        });
        let decision = self.last.as_ref().and_then(|(at_ms, decision)| {
            let mut plans = decision.plan.workloads.iter();
            let mut rationales = decision.rationale.workloads.iter();
            Some(DecisionThen {
                at_ms: *at_ms,
                plan: plans.find(|plan| plan.id == *id)?.clone(),
                rationale: rationales
                    .find(|why| why.id == *id)
                    .cloned()
                    .unwrap_or_else(|| WorkloadRationale {
                        id: id.clone(),
                        ..WorkloadRationale::default()
                    }),
            })
        });
        Slowest {
            at_ms: row.at_ms,
            until_ms: state.unix_ms(state.now),
            workload: id.clone(),
            delay_us,
            queued: workload.queued,
            demand_milli: workload.demand_milli,
            clusters: clusters.collect(),
            decision,
        }
    }
}

/// The 99th percentile of those that were served, or the oldest that waits.
fn longest_us(workload: &WorkloadInterval) -> u64 {
    let served = workload.delay.map_or(0, |delay| delay.p99_us);
    served.max(workload.oldest_us)
}
