//! What is wrong with the readings of a workload, for people: each with its field and the remedy.

use std::collections::BTreeSet;

use spillway_crds::api::HybridAutoscaler;
use spillway_solver::snapshot::{Reading, WorkloadState};

use super::heard::{Heard, heard};
use super::question::Role;
use super::{Answers, resource_place};

/// What is wrong with what the metrics of a workload read now, as `state` has them. Age is not looked at: it is the
/// core's to judge.
#[must_use]
pub fn faults(
    object: &HybridAutoscaler,
    answers: &Answers,
    state: Option<&WorkloadState>,
) -> Vec<String> {
    // A server that is not reached is one fault, whatever is asked of it.
    let mut seen = BTreeSet::new();
    let mut all: Vec<String> = heard(object, answers)
        .flat_map(|heard| of_question(&heard))
        .collect();
    for (index, metric) in object.spec.metrics.iter().enumerate() {
        let reading = state.and_then(|state| state.metrics.get(&metric.name));
        if let (Some(_), Some(reading)) = (&metric.resource, reading) {
            let place = resource_place(index);
            let empty = "metrics.k8s.io has no sample of any pod yet";
            all.extend(words(&place, &reading.primary, empty));
        }
    }
    all.retain(|fault| seen.insert(fault.clone()));
    all
}

fn of_question(heard: &Heard<'_>) -> Vec<String> {
    let readings = match heard.question.role {
        Role::Completions => match heard.numbers() {
            Ok(readings) => readings.into_values().collect(),
            // Where nothing is completed there is nothing to learn.
            Err(Reading::Empty) => Vec::new(),
            Err(instead) => vec![instead],
        },
        Role::Pods => heard.samples().err().into_iter().collect(),
        _ => vec![heard.number()],
    };
    readings
        .iter()
        .filter_map(|reading| words(&heard.place(), reading, EMPTY))
        .collect()
}

/// What is said of a query without an answer.
const EMPTY: &str = "gives no series: look whether anything of that name is scraped";

fn words(place: &str, reading: &Reading, empty: &str) -> Option<String> {
    let words = match reading {
        Reading::Series { .. } | Reading::Pods { .. } | Reading::NotAsked => return None,
        Reading::Failed { message } => return Some(message.clone()),
        Reading::Empty => empty,
        Reading::NotANumber => {
            "gives NaN, or no finite number, as a division by zero does: mend the query"
        }
        Reading::Partial => {
            "the server answers with warnings, so this may be a part: look at them in its own page"
        }
    };
    Some(format!("{place}: {words}"))
}
