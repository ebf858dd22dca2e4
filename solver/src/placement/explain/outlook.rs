//! What a private cluster has for one more replica: room, or what its best node lacks.
//!
//! Asked once for each shape of replica and cluster: most workloads of a large fleet share a few
//! shapes, and a look goes over every node.

use std::collections::BTreeMap;

use crate::capacity::{Dims, Fleet, fits};
use crate::placement::fit::{Packed, Slot, open_to};
use crate::placement::limits::homes;
use crate::placement::model::Counts;
use crate::policy::Tier;

/// The private clusters, seen by the workloads that have replicas in public.
pub(crate) struct Outlook {
    /// By workload, the first one with the same request and the same eligible groups.
    shape: Vec<usize>,
    /// By shape and cluster; `None` where it has room.
    lacking: BTreeMap<(usize, usize), Option<String>>,
}

impl Outlook {
    /// Of the nodes as the plan leaves them.
    pub(crate) fn of(fleet: &Fleet<'_>, counts: &Counts, packed: &Packed) -> Self {
        let public: Vec<usize> = (0..fleet.groups.len())
            .filter(|g| fleet.tier(*g) == Tier::Public)
            .collect();
        let mut shapes = BTreeMap::new();
        let mut outlook = Self {
            shape: Vec::with_capacity(fleet.workloads.len()),
            lacking: BTreeMap::new(),
        };
        for (w, workload) in fleet.workloads.iter().enumerate() {
            let shape = *shapes
                .entry((&workload.request, &workload.eligible))
                .or_insert(w);
            outlook.shape.push(shape);
            let spilled = public
                .iter()
                .any(|g| counts.stay[w][*g] + counts.add[w][*g] > 0);
            for home in homes(fleet).filter(|_| spilled) {
                let look = || lacking(fleet, &packed.slots, w, home);
                outlook.lacking.entry((shape, home)).or_insert_with(look);
            }
        }
        outlook
    }

    /// Whether `home` has room for one more replica of `w`.
    pub(crate) fn has_room(&self, w: usize, home: usize) -> bool {
        self.lacking(w, home).is_none()
    }

    /// What the best node of `home` lacks for `w`, in words; `None` where it lacks nothing.
    pub(crate) fn lacking(&self, w: usize, home: usize) -> Option<&str> {
        self.lacking.get(&(self.shape[w], home))?.as_deref()
    }
}

fn lacking(fleet: &Fleet<'_>, slots: &[Slot], w: usize, home: usize) -> Option<String> {
    let request = &fleet.workloads[w].request;
    let room = open_to(fleet, home, w, slots).any(|(_, slot)| fits(request, &slot.room));
    (!room).then(|| best_lacks(fleet, slots, w, home))
}

/// What the node of cluster `c` that comes nearest to taking `w` lacks, in words.
pub(super) fn best_lacks(fleet: &Fleet<'_>, slots: &[Slot], w: usize, c: usize) -> String {
    let workload = &fleet.workloads[w];
    let best = open_to(fleet, c, w, slots)
        .map(|(_, s)| {
            let lacks = (0..s.room.len())
                .filter(|d| workload.request[*d] > 0)
                .map(|d| {
                    let need = workload.request[d];
                    (
                        (need - s.room[d]).saturating_mul(1000) / need,
                        d,
                        s.room[d].max(0),
                    )
                })
                .max();
            lacks.unwrap_or((0, 0, 0))
        })
        .min();
    match best {
        None => "no node takes it".into(),
        Some((_, dim, room)) => format!(
            "full in {}: a replica asks for {}, the best node has {} left",
            fleet.dims.name(dim),
            amount(dim, workload.request[dim]),
            amount(dim, room),
        ),
    }
}

fn amount(dim: usize, x: i64) -> String {
    match dim {
        Dims::CPU => format!("{x}m"),
        Dims::MEMORY => format!("{x}Mi"),
        _ => x.to_string(),
    }
}
