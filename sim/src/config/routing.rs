//! How the requests of a workload come to its replicas.

use serde::Deserialize;

use super::Span;
use crate::time::Nanos;

/// Who decides in which cluster a request is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Routing {
    /// Nobody: one line, from which the replicas of all clusters take.
    #[default]
    Shared,
    /// The answer that its client's resolver has of a weighted DNS record.
    Dns(Dns),
}

impl Routing {
    /// The DNS, where it decides.
    #[must_use]
    pub const fn dns(&self) -> Option<&Dns> {
        match self {
            Self::Shared => None,
            Self::Dns(dns) => Some(dns),
        }
    }
}

/// Which replica of those that a request may go to serves it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Assignment {
    /// Whichever is free first: they take from one line.
    #[default]
    FirstFree,
    /// Any, drawn as the request arrives; it waits in that replica's line.
    Random,
    /// The one that has the fewest as the request arrives; it waits in that replica's line.
    LeastOutstanding,
}

/// A weighted DNS record, and the resolvers that cache its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Dns {
    /// How long a resolver keeps an answer. 60 s, as Route 53 gives for a load balancer; a longer one keeps requests
    /// where replicas no longer are.
    pub ttl: Span,
    /// Resolvers among which requests are spread evenly. 1,000; with few of them one answer moves much traffic.
    pub resolvers: u32,
    /// Of 100 resolvers, those that keep an answer for `staleFor` whatever its time to live.
    pub stale_percent: u32,
    /// How long those do.
    pub stale_for: Option<Span>,
    /// What becomes of a request in a cluster without Ready replicas.
    pub without_replicas: WithoutReplicas,
}

impl Default for Dns {
    fn default() -> Self {
        Self {
            ttl: Span(Nanos::from_secs(60)),
            resolvers: 1_000,
            stale_percent: 0,
            stale_for: None,
            without_replicas: WithoutReplicas::default(),
        }
    }
}

/// What becomes of a request in a cluster without Ready replicas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WithoutReplicas {
    /// Its client tries again: it waits, and goes elsewhere once its resolver says so.
    #[default]
    Wait,
    /// It is refused.
    Refuse,
}
