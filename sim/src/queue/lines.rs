//! Which line a request joins, and who takes from it.

use super::waiting::Waiting;
use super::{Observer, RequestQueue, ServerId};
use crate::trace::Arrival;

impl<O: Observer> RequestQueue<O> {
    /// The line that a request of a place joins as it arrives.
    #[inline]
    pub(super) fn choose_line(&mut self, place: usize) -> usize {
        let Some(assignment) = &mut self.discipline.assignment else {
            return place;
        };
        let (lines, servers) = (&self.lines, &self.servers);
        let outstanding = |line: usize| lines[line].len() + servers.busy_of(line);
        assignment.choose(place, outstanding).unwrap_or(place)
    }

    /// The line that a new replica of a place will take from.
    pub(super) fn open_line(&mut self, place: usize) -> usize {
        let Some(assignment) = &mut self.discipline.assignment else {
            return place;
        };
        let line = self.servers.own_line();
        if self.lines.len() <= line {
            self.lines.push(Waiting::new(&self.discipline.classes));
        }
        assignment.add(place, line);
        line
    }

    /// Who waits in the own line of a replica that takes no more requests.
    pub(super) fn close_line(&mut self, place: usize, server: ServerId) -> Vec<Arrival> {
        if let Some(line) = self.servers.line_of(server)
            && let Some(assignment) = &mut self.discipline.assignment
            && assignment.remove(place, line)
        {
            self.lines[line].take_all()
        } else {
            Vec::new()
        }
    }

    /// Lets requests of a place, in order of arrival, join its lines again, and replicas that are free begin with them.
    pub(super) fn hand_on(&mut self, place: usize, requests: Vec<Arrival>) {
        for arrival in requests.into_iter().rev() {
            let line = self.choose_line(place);
            self.put_back(line, arrival);
        }
        let assignment = self.discipline.assignment.as_ref();
        let own: Vec<usize> = assignment.map_or_else(Vec::new, |own| own.of(place).to_vec());
        for line in own.into_iter().chain([place]) {
            self.start_waiting(line);
        }
    }

    /// Whether any replica of a place takes requests.
    pub(super) fn is_served(&self, place: usize) -> bool {
        match &self.discipline.assignment {
            None => self.servers.accepting(place) > 0,
            Some(assignment) => !assignment.of(place).is_empty(),
        }
    }

    /// Refuses what waits in a place that no replica is left in, where that is the rule.
    pub(super) fn leave_unserved(&mut self, place: usize) {
        if self.discipline.places.refuse && !self.is_served(place) {
            let refused = self.lines[place].take_all().len();
            self.queued -= refused;
            self.dropped += refused as u64;
        }
    }

    pub(super) fn put_back(&mut self, line: usize, arrival: Arrival) {
        let rank = self.discipline.classes.rank(arrival.class);
        self.lines[line].put_back(rank, arrival);
    }

    pub(super) fn start_waiting(&mut self, line: usize) {
        let mut next = || {
            let next = self.lines[line].pop();
            self.queued -= usize::from(next.is_some());
            next
        };
        while self.servers.start_batch(line, self.now, &mut next) {}
    }
}
