//! Delays of requests by the class that the trace names.

use crate::queue::{Delays, Service};
use crate::time::Nanos;

/// Classes kept apart, some 600 kB each. A trace with more of them names something else, such as users.
const MOST: usize = 32;

/// What stands for all classes beyond those.
const FURTHER: &str = "further classes";

/// Delays of one class.
#[derive(Debug)]
pub(super) struct ClassDelays {
    pub(super) queue_delays: Delays,
    pub(super) sojourns: Delays,
}

/// Delays by class. Requests without one are counted nowhere here.
#[derive(Debug)]
pub(super) struct Classes {
    objective: Nanos,
    /// By number less one; the last stands for all further ones.
    delays: Vec<Option<ClassDelays>>,
}

impl Classes {
    pub(super) fn new(objective: Nanos) -> Self {
        Self {
            objective,
            delays: Vec::new(),
        }
    }

    /// Counts a request that is done.
    #[inline]
    pub(super) fn done(&mut self, service: &Service) {
        if service.arrival.class > 0 {
            self.count(service);
        }
    }

    fn count(&mut self, service: &Service) {
        let arrival = &service.arrival;
        let index = (arrival.class as usize - 1).min(MOST);
        if self.delays.len() <= index {
            self.delays.resize_with(index + 1, || None);
        }
        let class = self.delays[index].get_or_insert_with(|| ClassDelays {
            queue_delays: Delays::new(self.objective),
            sojourns: Delays::new(self.objective),
        });
        class.queue_delays.record(service.started - arrival.at);
        class.sojourns.record(service.finish() - arrival.at);
    }

    /// Those that had requests, with their names. `names` are by number, the first that of no class.
    pub(super) fn named<'a>(
        &'a self,
        names: &'a [String],
    ) -> impl Iterator<Item = (&'a str, &'a ClassDelays)> {
        self.delays
            .iter()
            .enumerate()
            .filter_map(|(index, delays)| {
                let name = match names.get(index + 1) {
                    Some(name) if index < MOST => name.as_str(),
                    _ => FURTHER,
                };
                Some((name, delays.as_ref()?))
            })
    }
}
