//! A metric with a series for each pod, joined with the pods themselves.

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

/// Each pod of the workload with its sample, if there is one. A series names its pod by the label
/// `pod`, and its cluster by `cluster` where pods of two clusters may have one name.
pub(super) fn reading(samples: &Samples, own: &[OwnPod<'_>]) -> Reading {
    let pods: Vec<PodReading> = own
        .iter()
        .map(|own| {
            let named = |cluster: &str| samples.get(&(cluster.to_owned(), own.pod.name.clone()));
            let sample = named(own.cluster.as_str()).or_else(|| named(""));
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
                window_ms: Millis(0),
                request_milli: None,
            }
        })
        .collect();
    let newest = pods.iter().filter_map(|pod| pod.sampled_at_ms).max();
    Reading::Pods {
        // Samples of pods that are gone are no samples of the workload.
        at_ms: newest.unwrap_or(UnixMs(0)),
        pods,
    }
}
