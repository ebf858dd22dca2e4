//! Why not private, and why not at all: the constraint that keeps each public replica from
//! home ([`spilled`]) and each desired one from any place ([`unplaced`]), with its numbers.

mod spilled;
mod unplaced;

use crate::capacity::{Dims, Fleet};
use crate::decision::CapRung;

use super::caps::Cap;
use super::fit::{Packed, open_to};
use super::model::{Counts, Cuts, Demand};
use super::recall::Verdict;

pub(crate) use spilled::{Stage, held_back_by, spilled};
pub(crate) use unplaced::unplaced;

/// What an explanation rests on.
pub(crate) struct Facts<'a> {
    pub(crate) demand: &'a Demand,
    pub(crate) counts: &'a Counts,
    pub(crate) cuts: &'a Cuts,
    pub(crate) packed: &'a Packed,
    pub(crate) caps: &'a [Cap],
    pub(crate) verdicts: &'a [Verdict],
    /// Nodes per group that the plan keeps or adds.
    pub(crate) nodes: &'a [u32],
}

/// The node at `home` that comes nearest to taking `w`, and what it lacks.
fn room_detail(fleet: &Fleet<'_>, facts: &Facts<'_>, w: usize, home: usize) -> String {
    let workload = &fleet.workloads[w];
    let best = open_to(fleet, home, w, &facts.packed.slots)
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

/// The rate of the nodes that count toward a cap.
pub(crate) fn planned_rate(fleet: &Fleet<'_>, nodes: &[u32], cap: &Cap) -> i64 {
    fleet
        .groups
        .iter()
        .zip(nodes)
        .zip(&cap.counts)
        .filter(|(_, counts)| **counts)
        .map(|((g, n), _)| g.price.times(*n).0)
        .sum()
}

/// The higher of the rung that runs and the one that the plan reaches.
pub(crate) fn planned_rung(fleet: &Fleet<'_>, cap: &Cap, planned: i64) -> CapRung {
    let burst = fleet.bursts[cap.policy];
    super::caps::rung(burst, planned, cap.allowed, cap.spend_unknown).max(cap.rung)
}
