//! How many new nodes the plan may still open: those in flight, those planned, and beyond them
//! what limits, cloud quotas and money caps leave.

use crate::capacity::Fleet;
use crate::snapshot::QuotaState;

use super::caps::Cap;
use super::fit::Packed;
use super::model::Counts;
use super::rules::{per_node, quota_amount};

/// What is left to open.
pub(crate) struct Growth<'a> {
    caps: &'a [Cap],
    /// By cap: what its rate leaves beyond the nodes in use and what replicas send. Where floors
    /// overrun a cap that is what they need, for the nodes planned are granted in any case.
    money: Vec<i64>,
    /// By group: nodes still planned.
    pub(super) planned: Vec<u32>,
    /// By group: nodes in flight that are not open yet. A quota counts them as used.
    in_flight: Vec<u32>,
    /// By group: nodes that may be opened beyond those in flight.
    most: Vec<u32>,
    /// Quotas of the cloud: the cluster, the quota and what is left of it for all its groups.
    quotas: Vec<(usize, &'a QuotaState, i64)>,
}

impl<'a> Growth<'a> {
    /// What is left beyond the nodes of `packed`.
    pub(super) fn new(
        fleet: &'a Fleet<'_>,
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
                let granted = cap.most.max(cap.rate(fleet, counts, &counts.nodes));
                granted.saturating_sub(cap.rate(fleet, counts, &kept))
            })
            .collect();
        let beyond: Vec<u32> = fleet
            .groups
            .iter()
            .zip(&opened)
            .map(|(group, opened)| opened.saturating_sub(group.in_flight))
            .collect();
        let quotas = fleet.clusters.iter().enumerate().flat_map(|(c, cluster)| {
            let quotas = cluster.quotas.iter().copied();
            quotas.map(move |q| (c, q, quota_amount(&q.scope, q.limit.saturating_sub(q.used))))
        });
        let mut growth = Self {
            caps,
            money,
            planned,
            in_flight: fleet
                .groups
                .iter()
                .zip(&opened)
                .map(|(group, opened)| group.in_flight.saturating_sub(*opened))
                .collect(),
            most: fleet
                .groups
                .iter()
                .zip(&beyond)
                .map(|(group, beyond)| group.growth.saturating_sub(*beyond))
                .collect(),
            quotas: quotas.collect(),
        };
        for (g, beyond) in beyond.into_iter().enumerate() {
            growth.bought(fleet, g, i64::from(beyond));
        }
        growth
    }

    /// Takes one new node of group `g`, if there is one to be had.
    pub(super) fn take(&mut self, fleet: &Fleet<'_>, g: usize) -> bool {
        let flying = self.in_flight[g] > 0;
        if !(flying || self.most[g] > 0 && self.quotas_allow(fleet, g))
            || !self.caps_allow(fleet, g)
        {
            return false;
        }
        if flying {
            self.in_flight[g] -= 1;
        } else {
            self.most[g] -= 1;
            self.bought(fleet, g, 1);
        }
        self.used(fleet, g);
        true
    }

    /// Takes what one more replica of `w` in group `g` sends out of the caps, if they allow it.
    pub(super) fn send(&mut self, fleet: &Fleet<'_>, w: usize, g: usize) -> bool {
        let allowed = self.caps.iter().zip(&self.money).all(|(cap, money)| {
            let each = cap.each_sends(fleet, w, g);
            each == 0 || money.saturating_sub(cap.paid(fleet, &self.planned)) >= each
        });
        if allowed {
            for (cap, money) in self.caps.iter().zip(&mut self.money) {
                *money -= cap.each_sends(fleet, w, g);
            }
        }
        allowed
    }

    /// Gives back what [`Self::send`] has taken.
    pub(super) fn send_not(&mut self, fleet: &Fleet<'_>, w: usize, g: usize) {
        for (cap, money) in self.caps.iter().zip(&mut self.money) {
            *money += cap.each_sends(fleet, w, g);
        }
    }

    /// A node of group `g` that held none of ours holds some: it is one of those planned, and is
    /// paid.
    pub(super) fn used(&mut self, fleet: &Fleet<'_>, g: usize) {
        self.planned[g] = self.planned[g].saturating_sub(1);
        for (cap, money) in self.caps.iter().zip(&mut self.money) {
            if cap.counts[g] {
                *money -= fleet.groups[g].price.0;
            }
        }
    }

    /// Whether the caps allow one more node of group `g`: one that is planned, or one beside
    /// those.
    pub(super) fn caps_allow(&self, fleet: &Fleet<'_>, g: usize) -> bool {
        let price = fleet.groups[g].price.0;
        self.caps.iter().zip(&self.money).all(|(cap, money)| {
            let promised = if self.planned[g] > 0 {
                0
            } else {
                cap.paid(fleet, &self.planned)
            };
            !cap.counts[g] || money.saturating_sub(promised) >= price
        })
    }

    fn quotas_allow(&self, fleet: &Fleet<'_>, g: usize) -> bool {
        self.quotas.iter().all(|(c, quota, left)| {
            *c != fleet.groups[g].cluster
                || per_node(&quota.scope, fleet, g).is_none_or(|each| each <= *left)
        })
    }

    fn bought(&mut self, fleet: &Fleet<'_>, g: usize, nodes: i64) {
        for (c, quota, left) in &mut self.quotas {
            if *c == fleet.groups[g].cluster
                && let Some(each) = per_node(&quota.scope, fleet, g)
            {
                *left -= each.saturating_mul(nodes);
            }
        }
    }
}
