//! What the world checks of itself at every tick.

use super::rollout::surge;
use super::state::{Phase, State};
use crate::invariants::{Rule, Violation};

impl State {
    /// Recounts everything that is counted on the way.
    pub(super) fn audit(&self) -> Result<(), Violation> {
        self.audit_requests()?;
        self.audit_targets()?;
        self.audit_nodes()
    }

    pub(super) fn violation(&self, rule: Rule, detail: String) -> Violation {
        Violation {
            at: self.now,
            rule,
            detail,
        }
    }

    fn audit_requests(&self) -> Result<(), Violation> {
        for (queue, workload) in self.queues.iter().zip(&self.setup.workloads) {
            let counts = queue.counts();
            if let Err(error) = counts.check() {
                let detail = format!("{}: {error}", workload.id);
                return Err(self.violation(Rule::Conservation, detail));
            }
        }
        Ok(())
    }

    fn audit_targets(&self) -> Result<(), Violation> {
        for (cluster, site) in self.sites.iter().enumerate() {
            for (workload, target) in site.targets.iter().enumerate() {
                let ready = target
                    .pods
                    .iter()
                    .filter(|pod| self.pods[**pod].phase == Phase::Ready);
                let (exist, ready) = (target.pods.len() as u64, ready.count() as u64);
                let counted = self.ready(workload, cluster);
                let spec = u64::from(target.spec);
                let most = spec
                    + if target.rolling {
                        surge(target.spec) as u64
                    } else {
                        0
                    };
                if !(spec..=most).contains(&exist) || ready != counted {
                    let detail = format!(
                        "{} in {}: spec {}, {exist} pods, {ready} Ready, counted {counted} Ready",
                        self.setup.workloads[workload].id,
                        self.setup.clusters[cluster].name,
                        target.spec,
                    );
                    return Err(self.violation(Rule::Recount, detail));
                }
            }
        }
        Ok(())
    }

    fn audit_nodes(&self) -> Result<(), Violation> {
        for index in self
            .sites
            .iter()
            .flat_map(|site| site.nodes.iter().copied())
        {
            let node = &self.nodes[index];
            let mut used = node.others.clone();
            for pod in &node.pods {
                used = used.plus(&self.setup.workloads[self.pods[*pod].workload].requests, 1);
            }
            if used.cpu_milli != node.used.cpu_milli || used.memory_bytes != node.used.memory_bytes
            {
                let detail = format!("{}: used {:?}, recounted {used:?}", node.name, node.used);
                return Err(self.violation(Rule::Recount, detail));
            }
            let fits = used.cpu_milli <= node.allocatable.cpu_milli
                && used.memory_bytes <= node.allocatable.memory_bytes;
            if !fits && !node.pods.is_empty() {
                let detail = format!("{}: used {used:?} of {:?}", node.name, node.allocatable);
                return Err(self.violation(Rule::NodeCapacity, detail));
            }
        }
        Ok(())
    }
}
