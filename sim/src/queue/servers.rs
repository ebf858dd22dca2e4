//! The replicas of one workload and the requests that they work on.
//!
//! A replica has as many slots as it serves requests at once. Slots of a batch begin and end together. Which request
//! goes next is the queue's; here is only who is free, who is busy, and who finishes next.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::ops::Range;

use crate::time::Nanos;
use crate::trace::Arrival;

/// The world's name of a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub u64);

/// A request in the hands of a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// The request as it arrived.
    pub arrival: Arrival,
    /// The replica.
    pub server: ServerId,
    /// When the replica began.
    pub started: Nanos,
    /// How long it takes: the request's own time, or the longest of its batch.
    pub lasts: Nanos,
}

impl Service {
    /// When the replica is done.
    #[must_use]
    pub fn finish(&self) -> Nanos {
        self.started + self.lasts
    }
}

#[derive(Debug)]
pub(super) struct Servers {
    /// Slots of a replica.
    each: u32,
    /// Slots that begin and end together.
    batch: u32,
    /// First slot of each replica; its others follow.
    replicas: BTreeMap<ServerId, u32>,
    slots: Vec<Slot>,
    /// First slots of replicas that have left, to be used again.
    vacant: Vec<u32>,
    /// First slots of each line's batches that may be given work. The one that has been free longest is first, which
    /// spreads the load.
    free: Vec<VecDeque<u32>>,
    /// Replicas of each line that take requests.
    accepting: Vec<usize>,
    /// Busy slots of each line.
    busy: Vec<usize>,
    /// Lines from this one on belong to a replica each.
    shared_lines: usize,
    /// Lines of replicas that have left, to be used again.
    vacant_lines: Vec<usize>,
    /// Busy slots of each batch, where it has several.
    busy_in_batch: Vec<u32>,
    /// Room to gather a batch in.
    gathered: Vec<Arrival>,
    /// When each busy slot is done; the earliest on top, at a tie the lower slot.
    departures: BinaryHeap<Reverse<Departure>>,
}

/// When a slot is done: nanoseconds in the high bits and the slot in the low ones. One number, because the heap
/// compares them all day, and a pair takes two comparisons and a jump between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Departure(u128);

#[derive(Debug, Clone, Copy)]
struct Slot {
    server: ServerId,
    /// The line that it serves.
    line: u32,
    /// `false` while the replica drains.
    accepting: bool,
    work: Option<Service>,
}

impl Servers {
    /// No replicas, which will serve so many batches at once and so many lines.
    pub(super) fn new(concurrency: u32, batch: u32, lines: usize) -> Self {
        Self {
            each: concurrency * batch,
            batch,
            busy_in_batch: Vec::new(),
            gathered: Vec::new(),
            replicas: BTreeMap::new(),
            slots: Vec::new(),
            vacant: Vec::new(),
            free: vec![VecDeque::new(); lines],
            accepting: vec![0; lines],
            busy: vec![0; lines],
            shared_lines: lines,
            vacant_lines: Vec::new(),
            departures: BinaryHeap::new(),
        }
    }

    /// Slots of all replicas that are here, draining ones included.
    pub(super) fn slots(&self) -> usize {
        self.replicas.len() * self.each as usize
    }

    pub(super) fn busy(&self) -> usize {
        self.departures.len()
    }

    /// Replicas of a line that take requests.
    pub(super) fn accepting(&self, line: usize) -> usize {
        self.accepting[line]
    }

    #[inline]
    pub(super) fn next_departure(&self) -> Option<Nanos> {
        self.departures.peek().map(|Reverse(first)| first.at())
    }

    /// Requests of a line that replicas work on.
    pub(super) fn busy_of(&self, line: usize) -> usize {
        self.busy[line]
    }

    /// The line of a replica; `None` where it is not here.
    pub(super) fn line_of(&self, server: ServerId) -> Option<usize> {
        let first = self.replicas.get(&server)?;
        Some(self.slots[*first as usize].line as usize)
    }

    /// A line for one replica, which is free again when that has left.
    pub(super) fn own_line(&mut self) -> usize {
        self.vacant_lines.pop().unwrap_or_else(|| {
            self.free.push(VecDeque::new());
            self.accepting.push(0);
            self.busy.push(0);
            self.free.len() - 1
        })
    }

    /// Lets the line's batch that has been free longest begin with one request; `false` where none is free.
    #[inline]
    pub(super) fn start(&mut self, line: usize, arrival: Arrival, started: Nanos) -> bool {
        let Some(index) = self.free[line].pop_front() else {
            return false;
        };
        let finish = self.slots[index as usize].begin(arrival, started);
        self.busy[line] += 1;
        self.count_in_batch(index);
        self.departures.push(Reverse(Departure::new(finish, index)));
        true
    }

    /// The same with as many requests as `next` returns and a batch takes; `false` also where it returns none.
    pub(super) fn start_batch(
        &mut self,
        line: usize,
        started: Nanos,
        next: impl FnMut() -> Option<Arrival>,
    ) -> bool {
        let Some(first) = self.free[line].pop_front() else {
            return false;
        };
        let begun = self.begin_batch(first, started, next);
        if !begun {
            self.free[line].push_front(first);
        }
        begun
    }

    fn begin_batch(
        &mut self,
        first: u32,
        started: Nanos,
        next: impl FnMut() -> Option<Arrival>,
    ) -> bool {
        let most = self.batch as usize;
        self.gathered.extend(std::iter::from_fn(next).take(most));
        let longest = self.gathered.iter().map(|arrival| arrival.service).max();
        let Some(lasts) = longest else {
            return false;
        };
        let mut gathered = std::mem::take(&mut self.gathered);
        for (index, arrival) in (first..).zip(gathered.drain(..)) {
            let slot = &mut self.slots[index as usize];
            let finish = slot.begin_for(arrival, started, lasts);
            self.departures.push(Reverse(Departure::new(finish, index)));
            self.busy[slot.line as usize] += 1;
            self.count_in_batch(index);
        }
        self.gathered = gathered;
        true
    }

    /// A slot is busy from now on. Slots by themselves need no count.
    #[inline]
    fn count_in_batch(&mut self, index: u32) {
        if self.batch > 1 {
            self.busy_in_batch[(index / self.batch) as usize] += 1;
        }
    }

    /// Ends the service that is done first, and gives its slot what `next` returns of its line.
    ///
    /// `next` is asked only where the slot may be given work. To be called where [`Servers::next_departure`] is some.
    pub(super) fn finish_first(
        &mut self,
        mut next: impl FnMut(usize) -> Option<Arrival>,
    ) -> Service {
        if self.batch > 1 {
            return self.finish_in_batch(next);
        }
        let mut top = self
            .departures
            .peek_mut()
            .expect("the caller has seen a departure");
        let (now, index) = (top.0.at(), top.0.slot());
        let slot = &mut self.slots[index as usize];
        let done = slot.work.take();
        let line = slot.line as usize;
        if slot.accepting {
            if let Some(arrival) = next(line) {
                // One pass over the heap instead of two.
                top.0 = Departure::new(slot.begin(arrival, now), index);
            } else {
                PeekMut::pop(top);
                self.busy[line] -= 1;
                self.free[line].push_back(index);
            }
        } else {
            PeekMut::pop(top);
            self.busy[line] -= 1;
            let server = slot.server;
            self.leave_if_idle(server);
        }
        done.expect("a slot among the departures has work")
    }

    /// The same where slots end together: the last one of a batch gets the next batch.
    fn finish_in_batch(&mut self, mut next: impl FnMut(usize) -> Option<Arrival>) -> Service {
        let departure = self.departures.pop();
        let Reverse(first) = departure.expect("the caller has seen a departure");
        let (now, index) = (first.at(), first.slot());
        let slot = &mut self.slots[index as usize];
        let (line, accepting, server) = (slot.line as usize, slot.accepting, slot.server);
        let done = slot.work.take();
        let batch = index / self.batch;
        self.busy[line] -= 1;
        self.busy_in_batch[batch as usize] -= 1;
        if !accepting {
            self.leave_if_idle(server);
        } else if self.busy_in_batch[batch as usize] == 0 {
            let first = batch * self.batch;
            if !self.begin_batch(first, now, || next(line)) {
                self.free[line].push_back(first);
            }
        }
        done.expect("a slot among the departures has work")
    }

    pub(super) fn add(&mut self, server: ServerId, line: usize) {
        let idle = Slot {
            server,
            line: u32::try_from(line).expect("fewer than 2^32 lines"),
            accepting: true,
            work: None,
        };
        let first = self.vacant.pop().unwrap_or_else(|| {
            let first =
                u32::try_from(self.slots.len()).expect("fewer than 2^32 requests are in service");
            self.slots
                .extend(std::iter::repeat_n(idle, self.each as usize));
            let batches = self.slots.len() / self.batch as usize;
            self.busy_in_batch.resize(batches, 0);
            first
        });
        for index in first..first + self.each {
            self.slots[index as usize] = idle;
            if index.is_multiple_of(self.batch) {
                self.free[line].push_back(index);
            }
        }
        self.accepting[line] += 1;
        let old = self.replicas.insert(server, first);
        assert!(old.is_none(), "{server:?} was added while it is here");
    }

    /// Gives a replica no more work. When it has finished what it has, and so is gone; `None` where it is not here.
    pub(super) fn drain(&mut self, server: ServerId, now: Nanos) -> Option<Nanos> {
        let range = self.range(server)?;
        self.stop_accepting(&range);
        let mut gone = now;
        for index in range {
            let slot = &self.slots[index as usize];
            gone = slot.work.map_or(gone, |work| gone.max(work.finish()));
        }
        self.leave_if_idle(server);
        Some(gone)
    }

    /// Removes a replica at once; the requests it had, in order of their arrival. `None` where it is not here.
    pub(super) fn lose(&mut self, server: ServerId) -> Option<Vec<Arrival>> {
        let range = self.range(server)?;
        self.stop_accepting(&range);
        self.departures
            .retain(|Reverse(departure)| !range.contains(&departure.slot()));
        let line = self.slots[range.start as usize].line as usize;
        let slots = &mut self.slots[range.start as usize..range.end as usize];
        let mut orphans: Vec<_> = slots
            .iter_mut()
            .filter_map(|slot| slot.work.take())
            .map(|work| work.arrival)
            .collect();
        self.busy[line] -= orphans.len();
        for batch in range.start / self.batch..range.end / self.batch {
            self.busy_in_batch[batch as usize] = 0;
        }
        orphans.sort_by_key(|arrival| arrival.at);
        self.leave_if_idle(server);
        Some(orphans)
    }

    fn range(&self, server: ServerId) -> Option<Range<u32>> {
        self.replicas
            .get(&server)
            .map(|first| *first..first + self.each)
    }

    /// The slots of a replica take no more requests.
    fn stop_accepting(&mut self, range: &Range<u32>) {
        let Slot {
            line, accepting, ..
        } = self.slots[range.start as usize];
        let line = line as usize;
        self.free[line].retain(|index| !range.contains(index));
        self.accepting[line] -= usize::from(accepting);
        for slot in &mut self.slots[range.start as usize..range.end as usize] {
            slot.accepting = false;
        }
    }

    fn leave_if_idle(&mut self, server: ServerId) {
        let Some(range) = self.range(server) else {
            return;
        };
        let mut slots = self.slots[range.start as usize..range.end as usize].iter();
        if slots.all(|slot| slot.work.is_none()) {
            self.replicas.remove(&server);
            self.vacant.push(range.start);
            let line = self.slots[range.start as usize].line as usize;
            if line >= self.shared_lines {
                self.vacant_lines.push(line);
            }
        }
    }
}

impl Departure {
    fn new(at: Nanos, slot: u32) -> Self {
        Self(u128::from(at.0) << u32::BITS | u128::from(slot))
    }

    #[expect(clippy::cast_possible_truncation, reason = "it was made of 64 bits")]
    fn at(self) -> Nanos {
        Nanos((self.0 >> u32::BITS) as u64)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the low bits are the slot")]
    fn slot(self) -> u32 {
        self.0 as u32
    }
}

impl Slot {
    #[inline]
    fn begin(&mut self, arrival: Arrival, started: Nanos) -> Nanos {
        self.begin_for(arrival, started, arrival.service)
    }

    fn begin_for(&mut self, arrival: Arrival, started: Nanos, lasts: Nanos) -> Nanos {
        self.work
            .insert(Service {
                arrival,
                server: self.server,
                started,
                lasts,
            })
            .finish()
    }
}
