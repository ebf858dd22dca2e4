//! What no node has more of: tells at a glance that a full cluster takes nothing, which spares a
//! look at each of its nodes.

use crate::capacity::{Amounts, Fleet, fits, nothing};

use super::fit::{Slot, room_for};

/// By group and dimension, the most that one usable node has left.
pub(crate) struct Roomiest(Vec<Amounts>);

impl Roomiest {
    /// Of the nodes as they are now. It stays an upper bound while replicas are only put.
    pub(crate) fn of(fleet: &Fleet<'_>, slots: &[Slot]) -> Self {
        let mut most: Vec<Amounts> = fleet.groups.iter().map(|g| nothing(&g.fresh)).collect();
        for slot in slots.iter().filter(|s| s.usable) {
            for (most, room) in most[slot.group].iter_mut().zip(&slot.room) {
                *most = (*most).max(*room);
            }
        }
        Self(most)
    }

    /// [`room_for`], with the look at each node only where one may have room.
    pub(crate) fn room_for(
        &self,
        fleet: &Fleet<'_>,
        c: usize,
        w: usize,
        slots: &[Slot],
    ) -> Option<usize> {
        let workload = &fleet.workloads[w];
        let may = |g: usize| workload.eligible[g] && fits(&workload.request, &self.0[g]);
        let open = fleet.clusters[c].groups.clone().any(may);
        open.then(|| room_for(fleet, c, w, slots)).flatten()
    }
}
