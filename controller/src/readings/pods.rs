//! A metric with a sample for each pod, joined with the pods themselves.

use spillway_solver::ids::ClusterId;
use spillway_solver::snapshot::{PodReading, Reading};
use spillway_solver::units::{Millis, UnixMs};

use super::answer::Samples;
use crate::observed::PodFact;

/// A pod of the workload and where it runs.
#[derive(Clone, Copy, Debug)]
pub struct OwnPod<'a> {
    /// Where.
    pub cluster: &'a ClusterId,
    /// The pod.
    pub pod: &'a PodFact,
}

/// The pods of a workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pods<'a> {
    /// Those that are seen.
    pub own: &'a [OwnPod<'a>],
    /// Those that were seen in clusters which are silent now. They have no sample, and one that is missing lowers
    /// nothing; were they left out, what the others use would look like all there is.
    pub unseen: &'a [PodReading],
}

/// What was measured of a pod.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) value_milli: i64,
    pub(super) at_ms: UnixMs,
    pub(super) window_ms: Millis,
}

/// Each pod of the workload with its sample, if there is one. A series names its pod by the label
/// `pod`, and its cluster by `cluster` where pods of two clusters may have one name.
pub(super) fn reading(samples: &Samples, pods: Pods<'_>) -> Reading {
    let sample = |own: &OwnPod<'_>| {
        let named = |cluster: &str| samples.get(&(cluster.to_owned(), own.pod.name.clone()));
        let sample = named(own.cluster.as_str()).or_else(|| named(""))?;
        Some(Sample {
            value_milli: sample.value_milli,
            at_ms: sample.at_ms,
            window_ms: Millis(0),
        })
    };
    joined(pods, sample, |_| None)
}

/// Each pod with what is known of it.
pub(super) fn joined(
    pods: Pods<'_>,
    sample: impl Fn(&OwnPod<'_>) -> Option<Sample>,
    request_milli: impl Fn(&OwnPod<'_>) -> Option<i64>,
) -> Reading {
    let own = pods.own.iter().map(|own| {
        let sample = sample(own);
        let (ready, changed) = own.pod.ready.unzip();
        PodReading {
            name: own.pod.name.clone(),
            cluster: own.cluster.clone(),
            phase: own.pod.phase,
            ready,
            ready_changed_at_ms: changed.flatten(),
            started_at_ms: own.pod.started_at,
            deleting: own.pod.deleting,
            value_milli: sample.map(|sample| sample.value_milli),
            sampled_at_ms: sample.map(|sample| sample.at_ms),
            window_ms: sample.map_or(Millis(0), |sample| sample.window_ms),
            request_milli: request_milli(own),
        }
    });
    let mut all: Vec<PodReading> = own.collect();
    // Samples of pods that are gone are no samples of the workload.
    let Some(newest) = all.iter().filter_map(|pod| pod.sampled_at_ms).max() else {
        return Reading::Empty;
    };
    // They are of one template.
    let request_milli = all.iter().find_map(|pod| pod.request_milli);
    all.extend(pods.unseen.iter().map(|pod| PodReading {
        request_milli,
        ..pod.clone()
    }));
    Reading::Pods {
        at_ms: newest,
        pods: all,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pods_that_are_not_seen_are_there_without_a_sample_and_request_what_the_others_do() {
        let pod = json!({"metadata": {"name": "web-1", "namespace": "shop"}, "status": {"phase": "Running"}});
        let pod = PodFact::of(&serde_json::from_value(pod).expect("a pod"));
        let home = ClusterId::from("home");
        let own = [OwnPod {
            cluster: &home,
            pod: &pod,
        }];
        let unseen = [PodReading {
            name: "node/0".to_owned(),
            cluster: "eks".into(),
            ..PodReading::default()
        }];
        let pods = Pods {
            own: &own,
            unseen: &unseen,
        };
        let sample = |at_ms| {
            move |_: &OwnPod<'_>| {
                Some(Sample {
                    value_milli: 700,
                    at_ms: UnixMs(at_ms),
                    window_ms: Millis(15_000),
                })
            }
        };
        let Reading::Pods { at_ms, pods: all } = joined(pods, sample(5), |_| Some(1000)) else {
            panic!("there is a sample");
        };
        assert_eq!(at_ms, UnixMs(5));
        let told: Vec<_> = all
            .iter()
            .map(|pod| (pod.cluster.as_str(), pod.value_milli, pod.request_milli))
            .collect();
        assert_eq!(
            told,
            [("home", Some(700), Some(1000)), ("eks", None, Some(1000))]
        );
        assert_eq!(joined(pods, |_| None, |_| None), Reading::Empty);
    }
}
