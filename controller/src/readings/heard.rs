//! A query with what was answered to it, and what that says.

use std::collections::BTreeMap;

use kube::ResourceExt;
use spillway_crds::api::{HybridAutoscaler, Metric};
use spillway_solver::ids::ClusterId;
use spillway_solver::snapshot::Reading;

use super::Server;
use super::answer::{Answer, Samples, failed};
use super::question::{Question, questions};
use super::servers::{Answers, Failure};

/// A query with what was answered to it.
pub(super) struct Heard<'a> {
    index: usize,
    pub(super) metric: &'a Metric,
    pub(super) question: Question<'a>,
    answer: Option<&'a Result<Answer, Failure>>,
}

/// All queries of a workload with their answers.
pub(super) fn heard<'a>(
    object: &'a HybridAutoscaler,
    answers: &'a Answers,
) -> impl Iterator<Item = Heard<'a>> {
    let namespace = object.namespace().unwrap_or_default();
    let metrics = object.spec.metrics.iter().enumerate();
    metrics.flat_map(move |(index, metric)| {
        let of_server = answers.get(&Server::of(metric, &namespace));
        questions(metric).map(move |question| Heard {
            index,
            metric,
            question,
            answer: of_server.and_then(|answers| answers.get(question.query)),
        })
    })
}

impl Heard<'_> {
    /// Where the query is written.
    pub(super) fn place(&self) -> String {
        self.field(self.question.role.field())
    }

    fn field(&self, field: &str) -> String {
        format!("spec.metrics[{}].{field}", self.index)
    }

    pub(super) fn number(&self) -> Reading {
        let Question {
            role, aggregate, ..
        } = self.question;
        let number = self.read(|answer| answer.number(role.unit(), aggregate));
        number.map_or_else(|instead| instead, |number| self.named(number))
    }

    /// A number of each cluster.
    pub(super) fn numbers(&self) -> Result<BTreeMap<ClusterId, Reading>, Reading> {
        let Question {
            role, aggregate, ..
        } = self.question;
        let all = self.read(|answer| answer.by_cluster(role.unit(), aggregate))?;
        let each = all.into_iter();
        Ok(each
            .map(|(cluster, reading)| (cluster, self.named(reading)))
            .collect())
    }

    /// A sample of each pod.
    pub(super) fn samples(&self) -> Result<Samples, Reading> {
        self.read(Answer::by_pod)
    }

    /// What the answer says, or what there is instead of one.
    fn read<T>(&self, read: impl Fn(&Answer) -> Result<T, Reading>) -> Result<T, Reading> {
        match self.answer {
            Some(Ok(answer)) => read(answer).map_err(|instead| self.named(instead)),
            Some(Err(failure)) => {
                let field = failure.field.as_deref();
                let place = field.map_or_else(|| self.place(), |field| self.field(field));
                Err(failed(&format!("{place}: {}", failure.why)))
            }
            None => Err(Reading::NotAsked),
        }
    }

    fn named(&self, reading: Reading) -> Reading {
        named(&self.place(), reading)
    }
}

/// Says of a failure where it is.
pub(super) fn named(place: &str, reading: Reading) -> Reading {
    match reading {
        Reading::Failed { message } => failed(&format!("{place}: {message}")),
        other => other,
    }
}
