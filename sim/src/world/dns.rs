//! Resolvers between a workload's clients and its clusters: they keep the answers of a weighted DNS record.
//!
//! A tick sets the weights; a resolver sees them when it asks next, and until then sends its clients where it did before.

use rand::RngExt;
use rand_pcg::Pcg64;
use spillway_solver::decision::Plan;

use crate::hosts::TrafficWeight;

use super::event::ClusterIndex;
use super::queue::Queue;
use super::setup::{Setup, Workload};
use super::state::State;
use crate::config::Dns;
use crate::random::{pick, stream};
use crate::time::Nanos;

/// The resolvers of one workload's clients.
#[derive(Debug)]
pub(super) struct Resolvers {
    dns: Dns,
    /// The first so many keep their answers for too long.
    stale: usize,
    /// Tells which resolver a request's client has, by the request's arrival.
    clients: u64,
    random: Pcg64,
    /// The weight of each cluster together with those before it. Never all zero once it is set.
    upto: Vec<u64>,
    answers: Vec<Answer>,
}

#[derive(Clone, Copy, Debug)]
struct Answer {
    cluster: ClusterIndex,
    until: Nanos,
}

impl Resolvers {
    /// Those of a workload; `None` where no DNS decides. They know nothing before [`Resolvers::point`].
    pub(super) fn of(workload: &Workload, setup: &Setup) -> Option<Self> {
        let dns = *workload.routing.dns()?;
        let mut random = stream(setup.seed, "dns", workload.id.as_str());
        Some(Self {
            dns,
            stale: (u64::from(dns.resolvers) * u64::from(dns.stale_percent) / 100) as usize,
            clients: random.random(),
            random,
            upto: Vec::new(),
            answers: Vec::new(),
        })
    }

    /// Sets the weights of the clusters. Where all are zero the last ones stay; before there were any, all are equal, as
    /// Route 53 takes it.
    pub(super) fn point(&mut self, weights: &[u64]) {
        let first = self.upto.is_empty();
        if weights.iter().any(|weight| *weight > 0) {
            self.upto = sums(weights.iter().copied());
        } else if first {
            self.upto = sums(weights.iter().map(|_| 1));
        }
        if first {
            self.begin();
        }
    }

    /// Where the client of a request that arrived then is sent now.
    pub(super) fn ask(&mut self, arrived: Nanos, now: Nanos) -> ClusterIndex {
        let resolver = pick(self.clients, arrived.0, self.dns.resolvers) as usize;
        if self.answers[resolver].until <= now {
            self.answers[resolver] = Answer {
                cluster: self.draw(),
                until: now + self.keeps(resolver),
            };
        }
        self.answers[resolver].cluster
    }

    /// The answers at the start are of any age.
    fn begin(&mut self) {
        for resolver in 0..self.dns.resolvers as usize {
            let left = self.random.random_range(0..self.keeps(resolver).0);
            let answer = Answer {
                cluster: self.draw(),
                until: Nanos(left),
            };
            self.answers.push(answer);
        }
    }

    fn keeps(&self, resolver: usize) -> Nanos {
        let stale = self.dns.stale_for.filter(|_| resolver < self.stale);
        stale.unwrap_or(self.dns.ttl).0
    }

    fn draw(&mut self) -> ClusterIndex {
        let all = self.upto.last().copied().unwrap_or(1);
        let drawn = self.random.random_range(0..all);
        self.upto.partition_point(|upto| *upto <= drawn)
    }
}

fn sums(weights: impl Iterator<Item = u64>) -> Vec<u64> {
    let add = |sum: &mut u64, weight| {
        *sum += weight;
        Some(*sum)
    };
    weights.scan(0, add).collect()
}

impl State {
    /// Sets the weights of every record as planned, or as a baseline sets them, or where nobody does by Ready replicas.
    /// Requests that wait where nobody serves them ask again.
    pub(super) fn point_traffic(&mut self, plan: Option<&Plan>, set: &[TrafficWeight]) {
        for workload in 0..self.resolvers.len() {
            if self.resolvers[workload].is_none() {
                continue;
            }
            let weights = plan
                .and_then(|plan| self.planned_weights(workload, plan))
                .or_else(|| self.set_weights(workload, set))
                .unwrap_or_else(|| {
                    let clusters = 0..self.sites.len();
                    clusters
                        .map(|cluster| self.ready(workload, cluster))
                        .collect()
                });
            let now = self.now;
            if let (Some(resolvers), Queue::Requests(queue)) =
                (&mut self.resolvers[workload], &mut self.queues[workload])
            {
                resolvers.point(&weights);
                queue.redirect(now, |arrival| resolvers.ask(arrival.at, now));
            }
        }
    }

    fn set_weights(&self, workload: usize, set: &[TrafficWeight]) -> Option<Vec<u64>> {
        let id = &self.setup.workloads[workload].id;
        let set: Vec<_> = set.iter().filter(|set| set.workload == *id).collect();
        if set.is_empty() {
            return None;
        }
        let clusters = self.setup.clusters.iter();
        let weights = clusters.map(|cluster| {
            let weight = set.iter().find(|set| set.cluster == cluster.name);
            weight.map_or(0, |set| u64::from(set.weight))
        });
        Some(weights.collect())
    }

    fn planned_weights(&self, workload: usize, plan: &Plan) -> Option<Vec<u64>> {
        let id = &self.setup.workloads[workload].id;
        let planned = plan.workloads.iter().find(|planned| planned.id == *id)?;
        if planned.weights.is_empty() {
            return None;
        }
        let weight = |name: &str| {
            let mut weights = planned.weights.iter();
            let weight = weights.find(|weight| weight.cluster == name);
            weight.map_or(0, |weight| u64::from(weight.weight))
        };
        let clusters = self.setup.clusters.iter();
        Some(
            clusters
                .map(|cluster| weight(cluster.name.as_str()))
                .collect(),
        )
    }
}
