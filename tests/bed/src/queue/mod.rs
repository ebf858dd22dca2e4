//! A queue of jobs whose backlog is real: jobs come by a profile, and the Ready pods of one or several clusters do them.
//! So the loop is closed: who scales on what it exports changes it.
//!
//! The pods are kwok's and compute nothing; what they would do is computed here, when somebody looks or a pod changes.

mod endpoint;
mod figures;
mod line;
mod profile;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use endpoint::Endpoint;
pub use figures::Figures;
use line::{Line, Pod};
pub use profile::Profile;

use crate::kubernetes::{ControlPlane, Follower, Seen, is_ready};
use crate::{Error, Scrape};

/// What comes, and who does it.
#[derive(Debug, Clone)]
pub struct QueueConfig {
    /// The value of the label `queue`.
    pub name: String,
    /// When jobs come.
    pub profile: Profile,
    /// How long a pod is at a job.
    pub service_time: Duration,
    /// The namespace of the pods.
    pub namespace: String,
    /// The label of the pods, like `app=jobs`.
    pub selector: String,
}

/// A queue with the pods that serve it. No job comes before [`Self::begin`].
#[derive(Debug)]
pub struct Queue {
    state: Arc<Mutex<State>>,
    endpoint: Endpoint,
    _pods: Vec<Follower>,
}

#[derive(Debug)]
struct State {
    line: Line,
    began: Option<Instant>,
}

impl State {
    /// The line as it is now.
    fn line(&mut self) -> &mut Line {
        let now = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        self.line.advance(now);
        &mut self.line
    }
}

impl Queue {
    /// Opens a queue that is served by the pods of control planes, each called as it is to be told apart by the label
    /// `cluster`.
    ///
    /// # Errors
    ///
    /// Where a control plane does not answer, or there is no free port.
    pub fn open(config: QueueConfig, planes: &[(&str, &ControlPlane)]) -> Result<Self, Error> {
        let clusters = planes.iter().map(|(cluster, _)| *cluster);
        let line = Line::new(config.profile, config.service_time, clusters);
        let state = Arc::new(Mutex::new(State { line, began: None }));
        let pods = format!("/api/v1/namespaces/{}/pods", config.namespace);
        let follow = |(cluster, plane): &(&str, &ControlPlane)| {
            let (state, cluster) = (Arc::clone(&state), (*cluster).to_owned());
            let seen = move |seen: Seen<'_>| see(lock(&state).line(), &cluster, &seen);
            plane.client()?.follow(&pods, Some(&config.selector), seen)
        };
        let followers = planes.iter().map(follow).collect::<Result<_, _>>()?;
        let exported = Arc::clone(&state);
        let name = config.name;
        let endpoint = Endpoint::open(move || exposition(&name, lock(&exported).line()))?;
        Ok(Self {
            state,
            endpoint,
            _pods: followers,
        })
    }

    /// Lets jobs come.
    pub fn begin(&self) {
        lock(&self.state).began.get_or_insert_with(Instant::now);
    }

    /// How a Prometheus gets its backlog and its counters.
    #[must_use]
    pub fn scrape(&self, every: Duration) -> Scrape {
        Scrape {
            job: "queue".to_owned(),
            targets: vec![format!("127.0.0.1:{}", self.endpoint.port())],
            every,
        }
    }

    /// How many jobs wait.
    #[must_use]
    pub fn depth(&self) -> usize {
        lock(&self.state).line().depth()
    }

    /// What has become of its jobs; those are late that waited longer than `late`.
    #[must_use]
    pub fn figures(&self, late: Duration) -> Figures {
        lock(&self.state).line().figures(late)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn see(line: &mut Line, cluster: &str, seen: &Seen<'_>) {
    let pod = |name: &str| Pod {
        cluster: cluster.to_owned(),
        name: name.to_owned(),
    };
    match seen {
        Seen::Is(name, object) if is_ready(object) => line.ready(&pod(name)),
        Seen::Is(name, _) => line.leaves(&pod(name)),
        Seen::Gone(name) => line.gone(&pod(name)),
    }
}

/// What Prometheus reads.
fn exposition(name: &str, line: &Line) -> String {
    let mut text = format!(
        "# TYPE queue_depth gauge\nqueue_depth{{queue={name:?}}} {}\n\
         # TYPE queue_arrivals_total counter\nqueue_arrivals_total{{queue={name:?}}} {}\n\
         # TYPE queue_completions_total counter\n",
        line.depth(),
        line.arrived(),
    );
    for (cluster, jobs) in line.finished() {
        let _ = writeln!(
            text,
            "queue_completions_total{{queue={name:?},cluster={cluster:?}}} {jobs}"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cluster_has_its_counter_from_the_start() {
        let profile = Profile::new(&[(Duration::ZERO, 2.0)]);
        let mut line = Line::new(profile, Duration::from_secs(1), ["private", "eks"]);
        line.advance(Duration::from_secs(2));
        assert_eq!(
            exposition("jobs", &line),
            "# TYPE queue_depth gauge\nqueue_depth{queue=\"jobs\"} 4\n\
             # TYPE queue_arrivals_total counter\nqueue_arrivals_total{queue=\"jobs\"} 4\n\
             # TYPE queue_completions_total counter\n\
             queue_completions_total{queue=\"jobs\",cluster=\"eks\"} 0\n\
             queue_completions_total{queue=\"jobs\",cluster=\"private\"} 0\n"
        );
    }
}
