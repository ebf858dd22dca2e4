//! The jobs that wait and the pods that do them, between two looks at it: no clock, no threads.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::{Figures, Profile};

/// A pod, by its cluster and its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pod {
    pub(super) cluster: String,
    pub(super) name: String,
}

/// First come, first served, by pods that do one job at a time, each in the same time. All times count from the
/// beginning of the profile.
#[derive(Debug)]
pub(super) struct Line {
    profile: Profile,
    service: Duration,
    now: Duration,
    arrived: u64,
    /// When the jobs came that wait.
    waiting: VecDeque<Duration>,
    pods: BTreeMap<Pod, Doing>,
    /// Who is free, the longest first.
    idle: VecDeque<Pod>,
    ends: BTreeSet<(Duration, Pod)>,
    finished: BTreeMap<String, u64>,
    /// How long jobs have waited that are finished.
    waits: Vec<Duration>,
    returned: u64,
}

/// What a pod does.
#[derive(Debug, Default)]
struct Doing {
    job: Option<Job>,
    /// It takes no further job.
    leaves: bool,
}

#[derive(Debug)]
struct Job {
    came: Duration,
    /// How long it waited until it was begun.
    waited: Duration,
}

impl Line {
    pub(super) fn new<'a>(
        profile: Profile,
        service: Duration,
        clusters: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let clusters = clusters.into_iter();
        Self {
            profile,
            service,
            now: Duration::ZERO,
            arrived: 0,
            waiting: VecDeque::new(),
            pods: BTreeMap::new(),
            idle: VecDeque::new(),
            ends: BTreeSet::new(),
            finished: clusters.map(|cluster| (cluster.to_owned(), 0)).collect(),
            waits: Vec::new(),
            returned: 0,
        }
    }

    /// Lets time pass. Where a job comes as another ends, the end is first.
    pub(super) fn advance(&mut self, to: Duration) {
        loop {
            let end = self.ends.first().map(|(at, _)| *at).filter(|at| *at <= to);
            let arrival = self.profile.arrival(self.arrived + 1);
            let arrival = arrival.filter(|at| *at <= to);
            match (end, arrival) {
                (Some(end), arrival) if arrival.is_none_or(|arrival| end <= arrival) => {
                    self.now = end;
                    self.finish_first();
                }
                (_, Some(arrival)) => {
                    self.now = arrival;
                    self.arrived += 1;
                    self.waiting.push_back(arrival);
                }
                // The first arm took every end without an arrival.
                (_, None) => break,
            }
            self.serve();
        }
        self.now = self.now.max(to);
    }

    /// A pod takes jobs from now on.
    pub(super) fn ready(&mut self, pod: &Pod) {
        if let Some(doing) = self.pods.get_mut(pod) {
            doing.leaves = false;
            return;
        }
        self.pods.insert(pod.clone(), Doing::default());
        self.idle.push_back(pod.clone());
        self.serve();
    }

    /// A pod takes no further job, and finishes the one it has.
    pub(super) fn leaves(&mut self, pod: &Pod) {
        match self.pods.get_mut(pod) {
            Some(doing) if doing.job.is_some() => doing.leaves = true,
            _ => self.remove(pod),
        }
    }

    /// A pod is no more. A job that it had not finished is the first of the line again.
    pub(super) fn gone(&mut self, pod: &Pod) {
        if let Some(job) = self.pods.get(pod).and_then(|doing| doing.job.as_ref()) {
            self.returned += 1;
            self.waiting.push_front(job.came);
        }
        self.remove(pod);
        self.serve();
    }

    pub(super) fn depth(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn arrived(&self) -> u64 {
        self.arrived
    }

    pub(super) fn finished(&self) -> &BTreeMap<String, u64> {
        &self.finished
    }

    /// What has become of all jobs so far. A job that waits or is being done counts with what it has waited.
    pub(super) fn figures(&self, late: Duration) -> Figures {
        let jobs = self.pods.values().filter_map(|doing| doing.job.as_ref());
        let begun: Vec<Duration> = jobs.map(|job| job.waited).collect();
        let being_done = begun.len();
        let waiting = self
            .waiting
            .iter()
            .map(|came| self.now.saturating_sub(*came));
        let finished = self.waits.iter().copied();
        let mut waits: Vec<Duration> = finished.chain(begun).chain(waiting).collect();
        waits.sort_unstable();
        Figures {
            arrived: self.arrived,
            finished: self.finished.clone(),
            waiting: self.waiting.len(),
            being_done,
            returned: self.returned,
            late: waits.iter().filter(|wait| **wait > late).count(),
            median: percentile(&waits, 50),
            p95: percentile(&waits, 95),
            longest: percentile(&waits, 100),
        }
    }

    fn finish_first(&mut self) {
        let Some((_, pod)) = self.ends.pop_first() else {
            return;
        };
        *self.finished.entry(pod.cluster.clone()).or_default() += 1;
        let Some(doing) = self.pods.get_mut(&pod) else {
            return;
        };
        let job = doing.job.take();
        self.waits.extend(job.map(|job| job.waited));
        if doing.leaves {
            self.pods.remove(&pod);
        } else {
            self.idle.push_back(pod);
        }
    }

    /// Gives jobs that wait to pods that are free.
    fn serve(&mut self) {
        while !self.waiting.is_empty()
            && let Some(pod) = self.idle.pop_front()
        {
            let job = self.waiting.pop_front().map(|came| Job {
                came,
                waited: self.now.saturating_sub(came),
            });
            self.ends.insert((self.now + self.service, pod.clone()));
            self.pods.insert(pod, Doing { job, leaves: false });
        }
    }

    fn remove(&mut self, pod: &Pod) {
        self.pods.remove(pod);
        self.idle.retain(|idle| idle != pod);
        self.ends.retain(|(_, busy)| busy != pod);
    }
}

/// The least wait that a share of all is not above; zero of none.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
