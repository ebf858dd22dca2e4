//! Which queries a metric has, where each is written, and what its answer must be.

use spillway_crds::api::{Aggregate, Metric};

use super::answer::Unit;

/// A query of a metric.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) role: Role,
    pub(super) query: &'a str,
    /// The one number of several series.
    pub(super) aggregate: Option<Aggregate>,
}

/// What a query is to its metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Query,
    Alternative,
    Backlog,
    Arrivals,
    Completions,
    Pods,
}

impl Role {
    /// Where it is written, within the metric.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Query => "prometheus.query",
            Self::Alternative => "prometheus.alternativeQuery",
            Self::Backlog => "queue.backlogQuery",
            Self::Arrivals => "queue.arrivalsQuery",
            Self::Completions => "queue.completionsQuery",
            Self::Pods => "pods.query",
        }
    }

    /// What its numbers count.
    pub(super) fn unit(self) -> Unit {
        match self {
            Self::Query | Self::Alternative | Self::Pods => Unit::OfTarget,
            Self::Backlog => Unit::Items,
            Self::Arrivals | Self::Completions => Unit::ItemsPerSecond,
        }
    }
}

/// The queries of a metric.
pub(super) fn questions(metric: &Metric) -> impl Iterator<Item = Question<'_>> {
    let prometheus = metric.prometheus.iter().flat_map(|source| {
        let queries = [
            (Role::Query, Some(&source.query)),
            (Role::Alternative, source.alternative_query.as_ref()),
        ];
        queries.map(|(role, query)| (role, query, source.aggregate))
    });
    let queue = metric.queue.iter().flat_map(|queue| {
        let queries = [
            (Role::Backlog, Some(&queue.backlog_query)),
            (Role::Arrivals, Some(&queue.arrivals_query)),
            (Role::Completions, queue.completions_query.as_ref()),
        ];
        queries.map(|(role, query)| (role, query, queue.aggregate))
    });
    let pods = metric.pods.iter();
    let pods = pods.map(|source| (Role::Pods, Some(&source.query), None));
    let all = prometheus.chain(queue).chain(pods);
    all.filter_map(|(role, query, aggregate)| {
        Some(Question {
            role,
            query: query?,
            aggregate,
        })
    })
}
