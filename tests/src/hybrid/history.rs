//! What happened in both clusters, change by change.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use spillway_testbed::{Seen, is_ready};

/// One cluster at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct View {
    /// `spec.replicas` of the target.
    pub asked: u64,
    /// Its pods, also those that leave.
    pub pods: usize,
    /// Those that are Ready and stay.
    pub ready: usize,
    /// Those that have no node yet.
    pub pending: usize,
    /// Nodes.
    pub nodes: usize,
}

/// Both clusters from a time on, until the next moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// Since the servers were there.
    pub at: Duration,
    /// The private cluster.
    pub private: View,
    /// The public one.
    pub public: View,
}

/// All moments up to a time.
#[derive(Debug, Clone)]
pub struct History {
    /// In the order of time.
    pub moments: Vec<Moment>,
    /// Until when it is told.
    pub until: Duration,
}

impl History {
    /// What was from a time on.
    #[must_use]
    pub fn since(&self, from: Duration) -> Self {
        let first = self.moments.iter().rposition(|moment| moment.at <= from);
        let mut moments = self.moments[first.unwrap_or_default()..].to_vec();
        if let Some(moment) = moments.first_mut() {
            moment.at = moment.at.max(from);
        }
        let until = self.until;
        Self { moments, until }
    }

    /// Hours of something that is counted, such as pods.
    #[must_use]
    pub fn hours(&self, count: impl Fn(&Moment) -> usize) -> f64 {
        let hours = |(moment, span): (&Moment, Duration)| {
            #[expect(clippy::cast_precision_loss, reason = "a test has no 2^52 pods")]
            let count = count(moment) as f64;
            count * span.as_secs_f64() / 3_600.0
        };
        self.spans().map(hours).sum()
    }

    /// How long something was true without a break, at the longest, and from when.
    #[must_use]
    pub fn longest(&self, is: impl Fn(&Moment) -> bool) -> (Duration, Option<Moment>) {
        let mut longest = (Duration::ZERO, None);
        let mut began: Option<Moment> = None;
        for (moment, span) in self.spans() {
            if !is(moment) {
                began = None;
                continue;
            }
            let began = *began.get_or_insert(*moment);
            let lasted = (moment.at + span).saturating_sub(began.at);
            if lasted > longest.0 {
                longest = (lasted, Some(began));
            }
        }
        longest
    }

    fn spans(&self) -> impl Iterator<Item = (&Moment, Duration)> {
        let ends = self.moments.iter().skip(1).map(|moment| moment.at);
        let ends = ends.chain([self.until]);
        self.moments
            .iter()
            .zip(ends)
            .map(|(moment, end)| (moment, end.saturating_sub(moment.at)))
    }
}

/// Which cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Private,
    Public,
}

/// Which objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objects {
    Targets,
    Pods,
    Nodes,
}

/// Makes moments of what watches tell.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    private: Cluster,
    public: Cluster,
    moments: Vec<Moment>,
}

#[derive(Debug, Default)]
struct Cluster {
    asked: u64,
    pods: BTreeMap<String, Pod>,
    nodes: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy)]
struct Pod {
    ready: bool,
    bound: bool,
}

impl Recorder {
    pub(super) fn see(&mut self, at: Duration, side: Side, objects: Objects, seen: &Seen<'_>) {
        let cluster = match side {
            Side::Private => &mut self.private,
            Side::Public => &mut self.public,
        };
        cluster.see(objects, seen);
        let moment = Moment {
            at,
            private: self.private.view(),
            public: self.public.view(),
        };
        let last = self.moments.last();
        if last.is_none_or(|last| (last.private, last.public) != (moment.private, moment.public)) {
            self.moments.push(moment);
        }
    }

    pub(super) fn history(&self, until: Duration) -> History {
        let moments = self.moments.clone();
        History { moments, until }
    }

    pub(super) fn now(&self) -> Moment {
        self.moments.last().copied().unwrap_or_default()
    }
}

impl Cluster {
    fn see(&mut self, objects: Objects, seen: &Seen<'_>) {
        match (objects, seen) {
            (Objects::Targets, Seen::Is(_, target)) => {
                self.asked = target["spec"]["replicas"].as_u64().unwrap_or_default();
            }
            (Objects::Targets, Seen::Gone(_)) => self.asked = 0,
            (Objects::Pods, Seen::Is(name, pod)) => {
                self.pods.insert((*name).to_owned(), Pod::of(pod));
            }
            (Objects::Pods, Seen::Gone(name)) => {
                self.pods.remove(*name);
            }
            (Objects::Nodes, Seen::Is(name, _)) => {
                self.nodes.insert((*name).to_owned());
            }
            (Objects::Nodes, Seen::Gone(name)) => {
                self.nodes.remove(*name);
            }
        }
    }

    fn view(&self) -> View {
        View {
            asked: self.asked,
            pods: self.pods.len(),
            ready: self.pods.values().filter(|pod| pod.ready).count(),
            pending: self.pods.values().filter(|pod| !pod.bound).count(),
            nodes: self.nodes.len(),
        }
    }
}

impl Pod {
    fn of(pod: &Value) -> Self {
        Self {
            ready: is_ready(pod),
            bound: pod["spec"]["nodeName"].is_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn pod(node: Option<&str>, ready: &str, deleted: Option<&str>) -> Value {
        json!({
            "metadata": {"deletionTimestamp": deleted},
            "spec": {"nodeName": node},
            "status": {"conditions": [{"type": "Ready", "status": ready}]},
        })
    }

    /// A public pod that is asked for at 10 s, bound at 20, Ready at 30, deleted at 40 and gone at 50.
    fn history() -> History {
        let mut recorder = Recorder::default();
        let mut see = |at: u64, objects: Objects, seen: Seen<'_>| {
            recorder.see(seconds(at), Side::Public, objects, &seen);
        };
        see(0, Objects::Nodes, Seen::Is("node", &json!({})));
        see(0, Objects::Nodes, Seen::Is("node", &json!({})));
        let target = json!({"spec": {"replicas": 1}});
        see(10, Objects::Targets, Seen::Is("jobs", &target));
        see(10, Objects::Pods, Seen::Is("a", &pod(None, "False", None)));
        let node = Some("node");
        see(20, Objects::Pods, Seen::Is("a", &pod(node, "False", None)));
        see(30, Objects::Pods, Seen::Is("a", &pod(node, "True", None)));
        let deleted = pod(node, "True", Some("now"));
        see(40, Objects::Pods, Seen::Is("a", &deleted));
        see(50, Objects::Pods, Seen::Gone("a"));
        recorder.history(seconds(60))
    }

    #[test]
    fn a_pod_counts_from_when_it_is_asked_for_until_it_is_gone() {
        let history = history();
        let counts = history.moments.iter().map(|moment| {
            let View {
                pods,
                pending,
                ready,
                nodes,
                ..
            } = moment.public;
            (moment.at.as_secs(), [pods, pending, ready, nodes])
        });
        let expected = [
            (0, [0, 0, 0, 1]),
            (10, [0, 0, 0, 1]),
            (10, [1, 1, 0, 1]),
            (20, [1, 0, 0, 1]),
            (30, [1, 0, 1, 1]),
            (40, [1, 0, 0, 1]),
            (50, [0, 0, 0, 1]),
        ];
        assert_eq!(counts.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn hours_and_spans_reach_to_the_end_of_what_is_told() {
        let history = history();
        let nodes = |history: &History| history.hours(|moment| moment.public.nodes) * 3_600.0;
        assert!((nodes(&history) - 60.0).abs() < 1e-6);
        assert!((nodes(&history.since(seconds(15))) - 45.0).abs() < 1e-6);
        let (span, from) = history.longest(|moment| moment.public.pods == 0);
        assert_eq!(
            (span, from.map(|from| from.at)),
            (seconds(10), Some(seconds(0)))
        );
        let (span, from) = history.longest(|moment| moment.public.pods > 0);
        assert_eq!(
            (span, from.map(|from| from.at)),
            (seconds(40), Some(seconds(10)))
        );
        assert_eq!(history.longest(|moment| moment.public.pods > 1).1, None);
    }
}
