//! How many new nodes the plan may still open: those in flight, those planned, and beyond them
//! what limits, cloud quotas and money caps leave.

use crate::capacity::Fleet;

use super::caps::Cap;
use super::fit::Packed;
use super::model::Counts;
use super::rules::{per_node, quota_amount};

/// What is left to open.
pub(crate) struct Growth<'a> {
    caps: &'a [Cap],
    /// By cap: what is left of its rate beyond the plan.
    money: Vec<i64>,
    /// By group: nodes still planned.
    pub(super) planned: Vec<u32>,
    /// By group: nodes that may be opened in all.
    most: Vec<u32>,
}

impl<'a> Growth<'a> {
    /// What is left beyond the nodes of `packed`.
    pub(super) fn new(
        fleet: &Fleet<'_>,
        caps: &'a [Cap],
        counts: &Counts,
        packed: &Packed,
    ) -> Self {
        let mut kept = vec![0u32; fleet.groups.len()];
        let mut opened = vec![0u32; fleet.groups.len()];
        for slot in &packed.slots {
            kept[slot.group] += u32::from(!slot.ours.is_empty());
            opened[slot.group] += u32::from(slot.node.is_none());
        }
        let planned: Vec<u32> = counts
            .nodes
            .iter()
            .zip(&kept)
            .map(|(n, kept)| n.saturating_sub(*kept))
            .collect();
        let money = caps
            .iter()
            .map(|cap| {
                let rate: i64 = (0..fleet.groups.len())
                    .filter(|g| cap.counts[*g])
                    .map(|g| {
                        fleet.groups[g]
                            .price
                            .times(kept[g].saturating_add(planned[g]))
                            .0
                    })
                    .sum();
                cap.most.saturating_sub(rate)
            })
            .collect();
        let most = fleet
            .groups
            .iter()
            .enumerate()
            .map(|(g, group)| {
                let quotas = fleet.clusters[group.cluster].quotas.iter();
                quotas
                    .filter_map(|q| {
                        let each = per_node(&q.scope, fleet, g).filter(|each| *each > 0)?;
                        let left = quota_amount(&q.scope, q.limit.saturating_sub(q.used));
                        u32::try_from(left / each).ok()
                    })
                    .fold(group.growth, u32::min)
                    .saturating_add(group.in_flight)
                    .saturating_sub(opened[g])
            })
            .collect();
        Self {
            caps,
            money,
            planned,
            most,
        }
    }

    /// Takes one new node of group `g`, if there is one to be had.
    pub(super) fn take(&mut self, fleet: &Fleet<'_>, g: usize) -> bool {
        if self.most[g] == 0 {
            return false;
        }
        if self.planned[g] > 0 {
            self.planned[g] -= 1;
        } else {
            let price = fleet.groups[g].price.0;
            let counted = |i: usize| self.caps[i].counts[g];
            if (0..self.caps.len()).any(|i| counted(i) && self.money[i] < price) {
                return false;
            }
            for i in 0..self.caps.len() {
                if self.caps[i].counts[g] {
                    self.money[i] -= price;
                }
            }
        }
        self.most[g] -= 1;
        true
    }
}
