//! A load that goes on from a moment: what waited then, what comes after, and more of it where traffic grows.

use std::collections::VecDeque;

use rand::RngExt;
use rand_pcg::Pcg64;
use spillway_solver::ids::WorkloadId;

use crate::config::{RunConfig, World};
use crate::random::stream;
use crate::time::Nanos;
use crate::trace::{Arrival, ArrivalSource, ServiceDistribution, TraceError, TraceNotes};
use crate::world::workloads_in_world;

/// Traffic that becomes a multiple of what it would be, in a straight line from the snapshot on.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// Whose; absent: all.
    pub workload: Option<WorkloadId>,
    /// By what it is multiplied at last.
    pub factor: f64,
    /// How long it takes until then.
    pub within: Nanos,
}

impl Growth {
    fn factor_at(&self, at: Nanos) -> f64 {
        if at >= self.within {
            return self.factor;
        }
        let part = at.as_secs_f64() / self.within.as_secs_f64();
        1.0 + (self.factor - 1.0) * part
    }
}

/// Requests that wait or are in service at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Whose.
    pub workload: WorkloadId,
    /// How many.
    pub requests: u64,
    /// How long one takes, on average.
    pub service_mean: Nanos,
}

/// The load of a run that goes on.
///
/// A request of growing traffic keeps its time and its service, and further ones like it are spread at random until
/// the next request; less traffic leaves some out. What is drawn for it is drawn by a stream of its own.
pub struct Continued<S> {
    source: S,
    offset: Nanos,
    growth: Vec<Growth>,
    random: Pcg64,
    /// Workloads of what waited, then those of the source.
    names: Vec<String>,
    /// How many of the names are not the source's.
    own_names: usize,
    /// Which workload each name means.
    meant: Vec<Option<WorkloadId>>,
    /// Names by which the trace may call a workload.
    called: Vec<(String, WorkloadId)>,
    /// What comes next.
    due: VecDeque<Arrival>,
    /// The request of the source after those.
    ahead: Option<Arrival>,
    started: bool,
}

impl<S: ArrivalSource> Continued<S> {
    /// The load of `source` from `offset` on, after what waited.
    pub fn new(
        source: S,
        offset: Nanos,
        waiting: &[Waiting],
        growth: Vec<Growth>,
        config: &RunConfig,
    ) -> Self {
        let World { seed, .. } = config.world;
        let mut due = VecDeque::new();
        for (number, waiting) in (0_u32..).zip(waiting) {
            let mut random = stream(seed, "waiting", waiting.workload.as_str());
            for _ in 0..waiting.requests {
                due.push_back(Arrival {
                    at: Nanos::ZERO,
                    service: ServiceDistribution::Exponential
                        .sample(waiting.service_mean, &mut random),
                    workload: number,
                    class: 0,
                    bytes: 0,
                });
            }
        }
        let called = workloads_in_world(config).into_iter().flat_map(|workload| {
            let id = workload.spec.id.clone();
            let names = workload.trace_names.into_iter();
            names.map(move |name| (name, id.clone()))
        });
        let names: Vec<String> = waiting.iter().map(|of| of.workload.to_string()).collect();
        Self {
            source,
            offset,
            growth,
            random: stream(seed, "traffic", ""),
            own_names: names.len(),
            meant: vec![None; names.len()],
            names,
            called: called.collect(),
            due,
            ahead: None,
            started: false,
        }
    }

    /// The next request of the source from the offset on, at its time after it.
    fn read(&mut self) -> Result<Option<Arrival>, TraceError> {
        loop {
            let Some(arrival) = self.source.next().transpose()? else {
                return Ok(None);
            };
            let Some(at) = arrival.at.checked_sub(self.offset) else {
                continue;
            };
            let known = self.names.len() - self.own_names;
            for name in self.source.workloads().iter().skip(known) {
                let mut called = self.called.iter();
                let meant = called.find(|(known, _)| known == name);
                self.meant.push(meant.map(|(_, id)| id.clone()));
                self.names.push(name.clone());
            }
            let own = u32::try_from(self.own_names).unwrap_or(u32::MAX);
            return Ok(Some(Arrival {
                at,
                workload: arrival.workload + own,
                ..arrival
            }));
        }
    }

    /// How many requests become of one.
    fn copies(&mut self, arrival: &Arrival) -> u32 {
        let workload = self.meant.get(arrival.workload as usize);
        let workload = workload.and_then(Option::as_ref);
        let whose = |growth: &&Growth| {
            growth
                .workload
                .as_ref()
                .is_none_or(|of| Some(of) == workload)
        };
        let growth = self.growth.iter().filter(whose);
        let factor: f64 = growth.map(|growth| growth.factor_at(arrival.at)).product();
        let more = self.random.random_bool(factor.fract().clamp(0.0, 1.0));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "factors are positive, and the cast saturates"
        )]
        let each = factor.trunc() as u32;
        each + u32::from(more)
    }

    /// Puts the next request and its like into what is due; `false` at the end.
    fn grow(&mut self) -> Result<bool, TraceError> {
        if !std::mem::replace(&mut self.started, true) {
            self.ahead = self.read()?;
        }
        let Some(arrival) = self.ahead.take() else {
            return Ok(false);
        };
        self.ahead = self.read()?;
        let copies = self.copies(&arrival);
        let until = self.ahead.map_or(arrival.at, |ahead| ahead.at);
        let mut times: Vec<Nanos> = (1..copies)
            .map(|_| Nanos(self.random.random_range(arrival.at.0..=until.0)))
            .collect();
        times.sort_unstable();
        let first = (copies > 0).then_some(arrival.at);
        for at in first.into_iter().chain(times) {
            self.due.push_back(Arrival { at, ..arrival });
        }
        Ok(true)
    }

    fn following(&mut self) -> Result<Option<Arrival>, TraceError> {
        loop {
            if let Some(arrival) = self.due.pop_front() {
                return Ok(Some(arrival));
            }
            if self.growth.is_empty() {
                return self.read();
            }
            if !self.grow()? {
                return Ok(None);
            }
        }
    }
}

impl<S: ArrivalSource> ArrivalSource for Continued<S> {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        self.following().transpose()
    }

    fn workloads(&self) -> &[String] {
        &self.names
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        self.source
            .workload_line(number.checked_sub(self.own_names)?)
    }

    fn classes(&self) -> &[String] {
        self.source.classes()
    }

    fn notes(&self) -> TraceNotes {
        let mut notes = self.source.notes();
        notes.end = notes.end.saturating_sub(self.offset);
        let own = u32::try_from(self.own_names).unwrap_or(u32::MAX);
        let gaps = &mut notes.gaps;
        let listed = gaps.first.len();
        gaps.first.retain(|gap| gap.to > self.offset);
        gaps.count -= (listed - gaps.first.len()) as u64;
        for gap in &mut gaps.first {
            gap.workload += own;
            gap.from = gap.from.saturating_sub(self.offset);
            gap.to = gap.to.saturating_sub(self.offset);
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo;

    /// A request of each of two workloads every ten seconds.
    struct Every {
        next: u64,
        names: Vec<String>,
    }

    impl ArrivalSource for Every {
        fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
            self.next += 1;
            let number = self.next - 1;
            (number < 200).then_some(Ok(Arrival {
                at: Nanos::from_secs(number / 2 * 10),
                service: Nanos::from_millis(number),
                workload: u32::from(number % 2 == 1),
                class: 0,
                bytes: 0,
            }))
        }

        fn workloads(&self) -> &[String] {
            &self.names
        }

        fn classes(&self) -> &[String] {
            &[]
        }

        fn notes(&self) -> TraceNotes {
            TraceNotes::default()
        }
    }

    fn continued(
        offset_s: u64,
        waiting: &[Waiting],
        growth: Vec<Growth>,
    ) -> Vec<(String, Arrival)> {
        let names = ["web", "orders"].map(str::to_owned).to_vec();
        let source = Every { next: 0, names };
        let config = demo::config("");
        let offset = Nanos::from_secs(offset_s);
        let mut load = Continued::new(source, offset, waiting, growth, &config);
        let mut all = Vec::new();
        while let Some(arrival) = load.next() {
            let arrival = arrival.expect("nothing fails");
            all.push((load.workloads()[arrival.workload as usize].clone(), arrival));
        }
        assert!(all.is_sorted_by_key(|(_, arrival)| arrival.at));
        all
    }

    #[test]
    fn a_load_goes_on_from_its_offset_after_what_waited() {
        let waiting = Waiting {
            workload: "shop/reports".into(),
            requests: 7,
            service_mean: Nanos::from_secs(20),
        };
        let all = continued(495, &[waiting], Vec::new());
        let (waited, later) = all.split_at(7);
        assert!(
            waited
                .iter()
                .all(|(name, at)| name == "shop/reports" && at.at == Nanos::ZERO)
        );
        let first: Vec<_> = later[..2]
            .iter()
            .map(|(name, of)| (name.as_str(), of.at))
            .collect();
        let at = Nanos::from_secs(5);
        assert_eq!(first, [("web", at), ("orders", at)], "those at 500 s");
        assert_eq!(later.len(), 100);
    }

    #[test]
    fn requests_of_the_workload_that_grows_come_several_times_and_the_others_as_before() {
        let growth = |factor| Growth {
            workload: Some("shop/web".into()),
            factor,
            within: Nanos::ZERO,
        };
        for (growth, web) in [
            (vec![growth(3.0)], 300),
            (vec![growth(3.0), growth(2.0)], 600),
            (vec![], 100),
        ] {
            let all = continued(0, &[], growth);
            let of = |name: &str| all.iter().filter(|(of, _)| of == name).count();
            assert_eq!((of("web"), of("orders")), (web, 100));
        }
    }

    #[test]
    fn growth_takes_its_time() {
        let growth = Growth {
            workload: None,
            factor: 5.0,
            within: Nanos::from_secs(100),
        };
        for (second, factor) in [(0, 1.0), (25, 2.0), (100, 5.0), (1_000, 5.0)] {
            let found = growth.factor_at(Nanos::from_secs(second));
            assert!((found - factor).abs() < 1e-9, "{second} s: {found}");
        }
    }
}
