//! The queue of a workload as the world sees it: single requests, or a fluid.
//!
//! The mode of a run decides which; all else of the world is the same for both.

use super::event::{ClusterIndex, PodIndex};
use super::setup::{Setup, Workload};
use super::state::{server_id, server_place};
use super::watch::Watch;
use crate::config::{self, Mode, WithoutReplicas};
use crate::queue::{
    Assignment, Choice, Classes, Counts, Delays, Discipline, FluidQueue, Places, RequestQueue,
    ServerId,
};
use crate::random::stream;
use crate::time::Nanos;

/// The queue of a workload.
#[expect(
    clippy::large_enum_variant,
    reason = "all queues of a run are of one kind, and a request shall follow no further pointer"
)]
pub(super) enum Queue {
    /// Request by request.
    Requests(RequestQueue<Watch>),
    /// Amounts and rates.
    Rates(Box<FluidQueue>),
}

/// In which lines a workload's requests wait.
fn discipline(workload: &Workload, clusters: usize, seed: u64) -> Discipline {
    let mut discipline = Discipline {
        classes: Classes::ranked(workload.classes.len()),
        batch: workload.batch,
        ..Discipline::default()
    };
    let choice = match workload.assignment {
        config::Assignment::FirstFree => None,
        config::Assignment::Random => Some(Choice::Random),
        config::Assignment::LeastOutstanding => Some(Choice::LeastOutstanding),
    };
    discipline.assignment = choice.map(|choice| {
        let random = stream(seed, "assignment", workload.id.as_str());
        Assignment::new(choice, random)
    });
    if let Some(dns) = workload.routing.dns() {
        discipline.places = Places {
            count: clusters,
            of: |server| server_place(server).0,
            refuse: dns.without_replicas == WithoutReplicas::Refuse,
        };
    }
    discipline
}

/// Calls the same method of either queue.
macro_rules! either {
    ($queue:expr, $inner:ident => $call:expr) => {
        match $queue {
            Queue::Requests($inner) => $call,
            Queue::Rates($inner) => $call,
        }
    };
}

impl Queue {
    pub(super) fn new(setup: &Setup, workload: &Workload) -> Self {
        let clusters = setup.clusters.len();
        match setup.mode {
            Mode::Requests => {
                let watch = Watch::new(workload.queue.delay_objective, clusters);
                let discipline = discipline(workload, clusters, setup.seed);
                Self::Requests(RequestQueue::disciplined(workload.queue, discipline, watch))
            }
            Mode::Rates => {
                let cluster_of = |server| server_place(server).0;
                let queue = FluidQueue::new(workload.queue, clusters, cluster_of);
                let random = stream(setup.seed, "scatter", workload.id.as_str());
                Self::Rates(Box::new(queue.scattered(setup.metrics.interval.0, random)))
            }
        }
    }

    pub(super) fn advance(&mut self, to: Nanos) {
        either!(self, queue => queue.advance(to));
    }

    pub(super) fn add_server(&mut self, now: Nanos, server: ServerId) {
        either!(self, queue => queue.add_server(now, server));
    }

    pub(super) fn drain_server(&mut self, now: Nanos, server: ServerId) -> Option<Nanos> {
        either!(self, queue => queue.drain_server(now, server))
    }

    pub(super) fn lose_server(&mut self, now: Nanos, server: ServerId) {
        either!(self, queue => {
            queue.lose_server(now, server);
        });
    }

    pub(super) fn counts(&self) -> Counts {
        either!(self, queue => queue.counts())
    }

    pub(super) fn oldest_wait(&self) -> Option<Nanos> {
        either!(self, queue => queue.oldest_wait())
    }

    pub(super) fn waiting_longer_than(&self, span: Nanos) -> u64 {
        either!(self, queue => queue.waiting_longer_than(span))
    }

    pub(super) fn queue_delays(&self) -> &Delays {
        either!(self, queue => queue.queue_delays())
    }

    pub(super) fn sojourns(&self) -> &Delays {
        either!(self, queue => queue.sojourns())
    }

    /// Queue delays since the interval began.
    pub(super) fn interval_delays(&self) -> &Delays {
        match self {
            Self::Requests(queue) => &queue.observer().interval_delays,
            Self::Rates(queue) => queue.interval_delays(),
        }
    }

    pub(super) fn begin_interval(&mut self) {
        match self {
            Self::Requests(queue) => queue.observer_mut().interval_delays.clear(),
            Self::Rates(queue) => queue.begin_interval(),
        }
    }

    /// Completions in each cluster.
    pub(super) fn done_by_cluster(&self) -> Vec<u64> {
        match self {
            Self::Requests(queue) => queue.observer().done.clone(),
            Self::Rates(queue) => queue.done_by_place(),
        }
    }

    /// Bytes of answers that left a cluster. A run by rates that counts them is refused.
    pub(super) fn bytes(&self, cluster: ClusterIndex) -> u64 {
        match self {
            Self::Requests(queue) => queue.observer().bytes[cluster],
            Self::Rates(_) => 0,
        }
    }

    /// From now on, counts how long each pod is busy.
    pub(super) fn watch_pods(&mut self) {
        if let Self::Requests(queue) = self {
            queue.observer_mut().watch_pods();
        }
    }

    /// How long a pod has been busy, where pods are watched.
    pub(super) fn busy_ns(&self, cluster: ClusterIndex, pod: PodIndex) -> u64 {
        match self {
            Self::Requests(queue) => {
                let busy = queue.observer().busy_ns.as_ref();
                busy.and_then(|busy| busy.get(pod)).copied().unwrap_or(0)
            }
            Self::Rates(queue) => {
                let busy = queue.busy(server_id(cluster, pod));
                busy.map_or(0, |busy| busy.0)
            }
        }
    }

    /// Whether the rank of a class matters and is not known.
    #[inline]
    pub(super) fn asks_for_class(&self, class: u32) -> bool {
        match self {
            Self::Requests(queue) => {
                let unnamed = queue.classes().unnamed();
                unnamed.is_some_and(|unnamed| unnamed <= class as usize)
            }
            Self::Rates(_) => false,
        }
    }

    /// Ranks further classes by their names, of which `names` has all.
    pub(super) fn rank_classes(&mut self, names: &[String], ranked: &[String]) {
        if let Self::Requests(queue) = self {
            let classes = queue.classes_mut();
            for name in names.iter().skip(classes.unnamed().unwrap_or(0)) {
                classes.name_next(ranked.iter().position(|known| known == name));
            }
        }
    }

    /// Things that happened to requests besides their arrival: completions, or steps of the integration.
    pub(super) fn events(&self) -> u64 {
        match self {
            Self::Requests(queue) => queue.counts().done,
            Self::Rates(queue) => queue.steps(),
        }
    }

    /// Whether more is to arrive of what has begun to.
    pub(super) fn expects_arrivals(&self) -> bool {
        match self {
            Self::Requests(_) => false,
            Self::Rates(queue) => queue.expects_arrivals(),
        }
    }

    /// Service time that has flowed in since the start; that of single requests counts where they arrive.
    pub(super) fn flowed_in_ns(&self) -> u128 {
        match self {
            Self::Requests(_) => 0,
            Self::Rates(queue) => queue.offered_ns(),
        }
    }
}
