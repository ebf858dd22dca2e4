//! Public replicas that would fit at home, and room at home while there are any.

use spillway_solver::policy::Tier;

use super::state::State;

impl State {
    /// Counts the public Ready replicas that existing private nodes could hold, one after
    /// another, as seen once a tick.
    pub(super) fn count_leak(&mut self) {
        let leak = self.leaked_replicas();
        self.ledger.leak.set(self.now, leak);
        let idle = self.private_idle_cpu();
        self.ledger.private_idle.set(self.now, idle);
    }

    /// Milli-cores of private nodes that nobody requests, while a replica is Ready in public.
    fn private_idle_cpu(&self) -> u64 {
        let setup = &self.setup;
        let mut workloads = 0..setup.workloads.len();
        if !workloads.any(|index| self.ledger.ready_in(setup, index, Tier::Public) > 0) {
            return 0;
        }
        let free = |node| {
            let free = self.group(node).allocatable.minus(&self.nodes[node].used);
            free.cpu_milli.0
        };
        let private = (0..self.sites.len()).filter(|cluster| !self.is_public(*cluster));
        let nodes = private.flat_map(|cluster| self.serving_nodes(cluster));
        nodes.map(free).sum()
    }

    fn leaked_replicas(&self) -> u64 {
        let setup = &self.setup;
        let workloads = 0..setup.workloads.len();
        let public = workloads.map(|index| self.ledger.ready_in(setup, index, Tier::Public));
        let public: Vec<u64> = public.collect();
        if public.iter().all(|replicas| *replicas == 0) {
            return 0;
        }
        let private = (0..self.sites.len()).filter(|cluster| !self.is_public(*cluster));
        let nodes = private.flat_map(|cluster| self.serving_nodes(cluster));
        let mut rooms: Vec<_> = nodes
            .map(|node| {
                let group = self.group(node);
                (
                    group,
                    self.nodes[node].allocatable.minus(&self.nodes[node].used),
                )
            })
            .collect();
        let mut leaked = 0;
        for (index, replicas) in public.into_iter().enumerate() {
            let requests = &setup.workloads[index].requests;
            let mut left = replicas;
            for (_, free) in rooms.iter_mut().filter(|(group, _)| group.takes[index]) {
                let taken = u64::from(free.fits(requests)).min(left);
                for _ in 0..taken {
                    *free = free.minus(requests);
                }
                left -= taken;
            }
            leaked += replicas - left;
        }
        leaked
    }
}
