//! Pods that crash as they start, and images that come slowly.

use rand::RngExt;

use super::{Effect, stretched};
use crate::time::Nanos;
use crate::world::event::{ClusterIndex, PodIndex, WorldEvent};
use crate::world::state::{Phase, State};

/// The kubelet's back-off after the first crash; it doubles with each further one.
const FIRST_BACKOFF: Nanos = Nanos::from_secs(10);

/// Its longest.
const LONGEST_BACKOFF: Nanos = Nanos::from_secs(300);

impl State {
    /// A bound pod has its image and becomes Ready, unless it crashes; then it is tried again.
    pub(in crate::world) fn pod_starts(&mut self, pod: PodIndex) {
        if self.pods[pod].phase == Phase::Starting && self.crashes(pod) {
            let crashes = &mut self.pods[pod].crashes;
            let doubled = FIRST_BACKOFF.0.saturating_mul(1 << (*crashes).min(10));
            *crashes += 1;
            let backoff = Nanos(doubled).min(LONGEST_BACKOFF);
            let again = backoff + self.setup.pods.readiness.0;
            self.after(again, WorldEvent::PodReady(pod));
        } else {
            self.pod_ready(pod);
        }
    }

    /// Whether any running fault lets the pod crash; each draws by itself.
    fn crashes(&mut self, pod: PodIndex) -> bool {
        let pod = &self.pods[pod];
        let mut crashes = false;
        for fault in self
            .faults
            .list
            .iter_mut()
            .filter(|fault| fault.running > 0)
        {
            if let Effect::PodStartFailure {
                workload,
                cluster,
                probability,
            } = fault.effect
                && workload == pod.workload
                && cluster.is_none_or(|cluster| cluster == pod.cluster)
                && fault.random.random_bool(probability)
            {
                fault.struck += 1;
                crashes = true;
            }
        }
        crashes
    }

    /// How long an image takes to pull.
    pub(in crate::world) fn image_pull(&self, cluster: ClusterIndex) -> Nanos {
        let factors = self.faults.running().filter_map(|effect| match effect {
            Effect::SlowImagePull(c, factor) if *c == cluster => Some(*factor),
            _ => None,
        });
        stretched(self.setup.pods.image_pull.0, factors)
    }
}
