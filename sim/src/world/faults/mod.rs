//! Faults: what is broken now, and what was.
//!
//! A fault changes nothing by itself: whoever is struck by it asks whether it runs
//! ([`Faults::running`]). Only what happens as it begins or ends is done from here. How each
//! family acts lies in a file of its own.

mod capacity;
mod clock;
mod clusters;
mod metrics;
mod price;
mod resolve;
mod spot;
mod starts;

use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64;
use spillway_solver::units::UnixMs;

use super::event::{ClusterIndex, WorldEvent};
use super::state::State;
use crate::config::FaultKind;
use crate::record::{AppliedFault, FaultSpan};
use crate::time::Nanos;

pub(super) use capacity::Refusal;
pub(super) use metrics::Held;

/// Number of a fault, in the order of the world file.
pub(super) type FaultIndex = usize;

/// All faults of the world.
pub(super) struct Faults {
    list: Vec<Fault>,
    /// Since when each cluster has not answered the autoscaler, on its clock.
    silent_since: Vec<Option<UnixMs>>,
    /// How far the autoscaler's clock is ahead of the world's.
    clock_ahead_ms: i64,
}

/// A fault of the world file, its names resolved.
struct Fault {
    kind: FaultKind,
    target: String,
    effect: Effect,
    /// How often it begins in an hour, where it has no instant.
    per_hour: Option<f64>,
    /// How long it lasts; absent: to the end of the run, or no time at all.
    span: Option<Nanos>,
    /// Whether it lasts.
    lasts: bool,
    /// Its own draws.
    random: Pcg64,
    /// How often it is running; a rate may let it begin again before it has ended.
    running: u32,
    /// How often it has ended.
    ended: usize,
    /// Nodes, pods or orders that it struck.
    struck: u64,
    spans: Vec<FaultSpan>,
}

/// What a fault does.
#[derive(Clone, Debug)]
enum Effect {
    ClusterLost(ClusterIndex),
    ClusterUnreachable(ClusterIndex),
    Partition(ClusterIndex),
    InsufficientCapacity(ClusterIndex, usize),
    QuotaCut(ClusterIndex, crate::config::Quotas),
    /// In a group, or in all.
    SlowBoot(ClusterIndex, Option<usize>, f64),
    SlowImagePull(ClusterIndex, f64),
    PodStartFailure {
        workload: usize,
        cluster: Option<ClusterIndex>,
        probability: f64,
    },
    SpotInterruption {
        cluster: ClusterIndex,
        group: usize,
        per_node_hour: Option<f64>,
    },
    Metric {
        workload: usize,
        metric: Option<String>,
        fault: metrics::MetricFault,
    },
    PriceStep(ClusterIndex, usize, f64),
    ClockStep(i64),
    RollOut(usize),
}

impl Faults {
    /// What the faults that run now do.
    fn running(&self) -> impl Iterator<Item = &Effect> {
        let running = self.list.iter().filter(|fault| fault.running > 0);
        running.map(|fault| &fault.effect)
    }

    /// What happened, for the record.
    pub(super) fn applied(&self) -> Vec<AppliedFault> {
        let applied = self.list.iter().map(|fault| AppliedFault {
            kind: fault.kind.name().to_owned(),
            target: fault.target.clone(),
            times: fault.spans.len() as u64,
            struck: fault.struck,
            spans: fault.spans.clone(),
        });
        applied.collect()
    }
}

impl Fault {
    /// Time until it begins again under its rate.
    fn next_begin(&mut self) -> Option<Nanos> {
        self.per_hour
            .map(|rate| exponential(&mut self.random, rate))
    }

    /// Notes that it has begun.
    fn note_begin(&mut self, from_ms: UnixMs) {
        self.running += u32::from(self.lasts);
        let until_ms = (!self.lasts).then_some(from_ms);
        self.spans.push(FaultSpan { from_ms, until_ms });
    }

    /// Notes that it has ended: as each lasts as long, what began first.
    fn note_end(&mut self, until_ms: UnixMs) {
        self.running -= 1;
        self.spans[self.ended].until_ms = Some(until_ms);
        self.ended += 1;
    }
}

/// Draws a span whose rate is so many in an hour.
fn exponential(random: &mut Pcg64, per_hour: f64) -> Nanos {
    let hours: f64 = Exp1.sample(random);
    Nanos::from_secs_f64(hours * 3_600.0 / per_hour)
}

/// A span times all factors; without a factor to the nanosecond what it was.
fn stretched(span: Nanos, factors: impl Iterator<Item = f64>) -> Nanos {
    factors.fold(span, |span, factor| {
        Nanos::from_secs_f64(span.as_secs_f64() * factor)
    })
}

impl State {
    /// Puts the first begin of each fault of a rate on the agenda; those of an instant are there.
    pub(super) fn draw_faults(&mut self) {
        for index in 0..self.faults.list.len() {
            if let Some(span) = self.faults.list[index].next_begin() {
                self.after(span, WorldEvent::FaultBegins(index));
            }
        }
    }

    /// A fault begins.
    pub(super) fn fault_begins(&mut self, index: FaultIndex) {
        let now_ms = self.unix_ms(self.now);
        let fault = &mut self.faults.list[index];
        fault.note_begin(now_ms);
        let (again, lasts, span) = (fault.next_begin(), fault.lasts, fault.span);
        if let Some(again) = again {
            self.after(again, WorldEvent::FaultBegins(index));
        }
        if let Some(span) = span.filter(|_| lasts) {
            self.after(span, WorldEvent::FaultEnds(index));
        }
        match self.faults.list[index].effect.clone() {
            Effect::ClusterLost(cluster) => self.lose_cluster(index, cluster),
            Effect::SpotInterruption { cluster, group, .. } => {
                self.interrupt_group(index, cluster, group);
            }
            Effect::PriceStep(cluster, group, _) => self.reprice(cluster, group),
            Effect::ClockStep(by_ms) => self.step_clock(by_ms),
            Effect::RollOut(workload) => self.roll_out(workload),
            _ => {}
        }
        self.note_silence();
    }

    /// A fault ends.
    pub(super) fn fault_ends(&mut self, index: FaultIndex) {
        let now_ms = self.unix_ms(self.now);
        self.faults.list[index].note_end(now_ms);
        match self.faults.list[index].effect {
            Effect::ClusterLost(cluster) => self.restore_cluster(cluster),
            Effect::ClusterUnreachable(cluster) => self.wake_cluster(cluster),
            Effect::PriceStep(cluster, group, _) => self.reprice(cluster, group),
            _ => {}
        }
        self.note_silence();
    }
}
