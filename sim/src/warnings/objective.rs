//! Objectives that were meant for the answer and are measured at the begin of service.

use super::{Code, Warning, warning};
use crate::config::RunConfig;
use crate::record::{RunRecord, WorkloadSummary};
use crate::report::units::span;

/// Share of late requests from which on a reader asks why.
const MANY_PERCENT: u64 = 1;

/// Workloads whose objective is shorter than a request takes, and that missed it often.
pub(super) fn below_service<'a>(
    config: &'a RunConfig,
    record: &'a RunRecord,
) -> impl Iterator<Item = Warning> + 'a {
    let workloads = record.workloads.iter();
    workloads.filter_map(|workload| {
        let objective_us = workload.objective_ms?.0.saturating_mul(1_000);
        let service_us = mean_service_us(workload)?;
        let kept = &workload.objective;
        let many = kept.requests_late * 100 > kept.requests * MANY_PERCENT;
        if !many || objective_us >= service_us {
            return None;
        }
        let mut listed = config.world.workloads.iter();
        let told = listed.position(|listed| listed.id == workload.id && listed.delay_objective.is_some());
        let says = format!(
            "the objective of {} is {}, and a request takes {} on average: whoever finds no free replica is late. It is the \
             wait before service begins that is measured; for the time to the answer read the sojourn, and add the service \
             to the objective",
            workload.id,
            span(objective_us),
            span(service_us)
        );
        let text = match told {
            Some(n) => {
                let path = format!("workloads[{n}].delayObjective");
                config.world.problem(path, says).to_string()
            }
            None => says,
        };
        Some(warning(Code::ObjectiveBelowService, text))
    })
}

/// Time from the begin of a request's service to its end; `None` where none ended.
fn mean_service_us(workload: &WorkloadSummary) -> Option<u64> {
    let (sojourn, delay) = (&workload.sojourn, &workload.queue_delay);
    (sojourn.count > 0 && delay.count > 0).then(|| sojourn.mean_us.saturating_sub(delay.mean_us))
}
