//! What is wrong with the readings of a workload, for people: each with its field and the remedy.

use spillway_crds::api::HybridAutoscalerSpec;
use spillway_solver::snapshot::Reading;

use super::question::{Question, Role, questions};
use super::{Answer, Answers, Place, number, numbers, read};

/// What is wrong with what the metrics of a workload read now. Age is not looked at: it is the core's to judge.
#[must_use]
pub fn faults(spec: &HybridAutoscalerSpec, answers: &Answers) -> Vec<String> {
    let metrics = spec.metrics.iter().enumerate();
    let all = metrics.flat_map(|(index, metric)| {
        questions(metric).flat_map(move |question| of_question(index, &question, answers))
    });
    all.collect()
}

fn of_question(index: usize, question: &Question<'_>, answers: &Answers) -> Vec<String> {
    let place = Place {
        index,
        field: question.role.field(),
    };
    let instead = match question.role {
        Role::Completions => match numbers(&place, question, answers) {
            Ok(readings) => readings.into_values().collect(),
            // Where nothing is completed there is nothing to learn.
            Err(Reading::Empty) => Vec::new(),
            Err(instead) => vec![instead],
        },
        Role::Pods => read(&place, question, answers, Answer::by_pod)
            .err()
            .into_iter()
            .collect(),
        _ => vec![number(&place, question, answers)],
    };
    instead
        .iter()
        .filter_map(|reading| words(&place, reading))
        .collect()
}

fn words(place: &Place, reading: &Reading) -> Option<String> {
    let words = match reading {
        Reading::Series { .. } | Reading::Pods { .. } | Reading::NotAsked => return None,
        Reading::Failed { message } => return Some(message.clone()),
        Reading::Empty => "gives no series: look whether anything of that name is scraped",
        Reading::NotANumber => {
            "gives NaN, or no finite number, as a division by zero does: mend the query"
        }
        Reading::Partial => {
            "the server answers with warnings, so this may be a part: look at them in its own page"
        }
    };
    Some(format!("{place}: {words}"))
}
