//! The cloud first, and home when the cloud is full: the hybrid decision the wrong way round,
//! which says what the order is worth.

use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

use super::fill::FillInOrder;
use super::fleet_hpa::{FleetHpa, count};
use super::{Autoscaler, Outcome};

/// HPA's total; the first public cluster is filled first.
#[derive(Debug)]
pub struct PublicFirst {
    hpa: FleetHpa,
    fill: FillInOrder,
}

impl PublicFirst {
    /// For the policy's workloads.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        Self {
            hpa: FleetHpa::new(policy),
            fill: FillInOrder::public_first(policy),
        }
    }
}

impl Autoscaler for PublicFirst {
    fn name(&self) -> &'static str {
        "public-first"
    }

    fn decide(&mut self, snapshot: &Snapshot) -> Outcome {
        let mut room = self.fill.room(snapshot);
        let mut targets = Vec::new();
        for workload in self.hpa.workloads.clone() {
            let all = count(snapshot, &workload.id, |_| true);
            let max = workload.max_replicas;
            let desired = self.hpa.desired(&workload, snapshot, all, max);
            targets.extend(self.fill.targets(snapshot, &mut room, &workload, desired));
        }
        Outcome {
            targets,
            ..Outcome::default()
        }
    }
}
