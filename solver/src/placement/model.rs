//! The placement problem as a linear model: replicas per (workload, node group), nodes per
//! group, and the objective's levels.
//!
//! Replicas that hold a place may stay (`stay`) or leave; what is placed anew is `add`. Where
//! nothing is decided a constant stands, so that a tick in which little changed is a small
//! model. The rules themselves are in [`super::rules`].

use std::collections::{BTreeMap, BTreeSet};

use crate::capacity::{Condition, Fleet};
use crate::policy::{Fill, Placement, Tier};
use crate::units::UnixMs;

use super::caps::Cap;
use super::grid::Grid;
use super::lp::Model;
use super::rules;
use super::terms::{Builder, Sum, Term};

/// What the placement is asked for.
pub(crate) struct Demand {
    /// Replicas each workload shall have, by workload index.
    pub(crate) desired: Vec<u32>,
    /// Of these, how many are mandatory: the minimum of the moment.
    pub(crate) floor: Vec<u32>,
    /// Replicas wanted beyond the most that placement considers.
    pub(crate) beyond: Vec<u32>,
}

/// Bounds that earlier rounds of this tick have found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cuts {
    /// By (workload, cluster): at most so many replicas may be added there.
    pub(crate) adds: BTreeMap<(usize, usize), u32>,
    /// By (workload, cluster): at most so many of those that no node holds may stay there.
    pub(crate) unbound: BTreeMap<(usize, usize), u32>,
    /// When the scheduler last refused a replica where none is added for a while because of it.
    pub(crate) refused: BTreeMap<(usize, usize), UnixMs>,
    /// Where one replica is tried because its fit cannot be told.
    pub(crate) probes: BTreeSet<(usize, usize)>,
    /// Which of `adds` come from this tick's fit on nodes: they hold for what else was planned
    /// there then.
    pub(crate) fitted: BTreeSet<(usize, usize)>,
}

impl Cuts {
    /// Whether additions of `w` in `cluster` are cut by this tick's fit on nodes, and not by what
    /// earlier ticks have seen there or because its fit is never known.
    pub(crate) fn of_this_tick(&self, fleet: &Fleet<'_>, w: usize, cluster: usize) -> bool {
        let at = (w, cluster);
        self.fitted.contains(&at)
            || (self.probes.contains(&at) && !fleet.workloads[w].spec.unmodelled)
    }
}

/// How much of the fleet is open to decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Workloads that hold exactly what they shall have stay as they are.
    Changed,
    /// What holds a place and is wanted keeps it; only what has none is placed.
    Homeless,
    /// Every workload may be placed anew.
    All,
}

/// One level of the objective.
pub(crate) struct Level {
    pub(crate) name: String,
    pub(crate) sum: Sum,
    /// No plan can go below this.
    pub(crate) least: i64,
}

/// The model with the meaning of its variables.
pub(crate) struct Problem {
    pub(crate) model: Model,
    /// By workload and group.
    pub(crate) stay: Grid<Term>,
    /// By workload and group.
    pub(crate) add: Grid<Term>,
    /// By workload.
    pub(crate) unserved: Vec<Term>,
    /// By group: nodes kept and added; the existing ones where nobody grows the group.
    pub(crate) nodes: Vec<Term>,
    /// What comes before money, in order.
    pub(crate) duties: Vec<Level>,
    /// Micro-USD per hour.
    pub(crate) money: Sum,
    /// Replicas in public that fill private first.
    pub(crate) spilled: Sum,
    /// Ranks of the places: among equals the earlier cluster and group.
    pub(crate) order: Sum,
    /// By private cluster: its row of cpu, to ask what one more core is worth.
    pub(crate) cpu_rows: Vec<(usize, usize)>,
}

/// Builds the model; `None` when what stays fixed contradicts a rule, so that more must be
/// opened to decision.
pub(crate) fn build(
    fleet: &Fleet<'_>,
    demand: &Demand,
    caps: &[Cap],
    cuts: &Cuts,
    scope: Scope,
) -> Option<Problem> {
    let mut b = Builder::default();
    // What is asked for and shown to find no node has to leave, so its workload is open too.
    let cut: BTreeSet<usize> = cuts.unbound.keys().map(|(w, _)| *w).collect();
    let open: Vec<bool> = (0..fleet.workloads.len())
        .map(|w| scope != Scope::Changed || cut.contains(&w) || !settled(fleet, demand, w))
        .collect();
    let width = fleet.groups.len();
    let mut stay = Grid::of_width(width, fleet.workloads.len());
    let mut add = Grid::of_width(width, fleet.workloads.len());
    let mut unserved = Vec::new();
    for (w, open) in open.into_iter().enumerate() {
        let held = scope == Scope::Homeless && keeps_all(fleet, demand, w);
        stays(&mut b, &mut stay, fleet, demand, cuts, w, open, held);
        adds(&mut b, &mut add, fleet, demand, caps, cuts, w, open);
        let most = if open { demand.desired[w] } else { 0 };
        unserved.push(b.var(0, i64::from(most)));
    }
    let nodes: Vec<Term> = fleet
        .groups
        .iter()
        .map(|g| {
            let held = i64::from(g.held());
            if g.elastic() && !pinned_down(fleet, g.cluster) {
                b.var(0, held + i64::from(g.growth))
            } else {
                Term::Const(held)
            }
        })
        .collect();
    let mut p = Problem {
        model: Model::default(),
        stay,
        add,
        unserved,
        nodes,
        duties: Vec::new(),
        money: Sum::default(),
        spilled: Sum::default(),
        order: Sum::default(),
        cpu_rows: Vec::new(),
    };
    rules::apply(&mut b, &mut p, fleet, demand, caps, cuts);
    objectives(&mut p, fleet);
    p.model = b.model;
    (!b.contradicted).then_some(p)
}

/// Whether a workload holds exactly what it shall have, where it may be.
pub(crate) fn settled(fleet: &Fleet<'_>, demand: &Demand, w: usize) -> bool {
    let workload = &fleet.workloads[w];
    let holding: u32 = workload.holding.iter().sum();
    holding == demand.desired[w]
        && workload.spec.co_placement.is_none()
        && workload.existing.iter().enumerate().all(|(c, e)| {
            let troubled = e.unschedulable > 0
                || fleet.clusters[c].condition == Condition::Cordoned
                || fleet.gone(w, c);
            !(troubled && (e.holding() > 0 || e.unschedulable > 0))
        })
}

/// Whether all that a workload holds is wanted, where it is. A co-placement group goes as a whole.
pub(crate) fn keeps_all(fleet: &Fleet<'_>, demand: &Demand, w: usize) -> bool {
    let workload = &fleet.workloads[w];
    let holding: u32 = workload.holding.iter().sum();
    holding <= demand.desired[w] && workload.spec.co_placement.is_none()
}

#[expect(clippy::too_many_arguments, reason = "one row of the model")]
fn stays(
    b: &mut Builder,
    stay: &mut Grid<Term>,
    fleet: &Fleet<'_>,
    demand: &Demand,
    cuts: &Cuts,
    w: usize,
    open: bool,
    held: bool,
) {
    let workload = &fleet.workloads[w];
    stay.push(fleet.groups.iter().enumerate().map(|(g, group)| {
        let holding = i64::from(workload.holding[g]);
        let bounds = if fleet.gone(w, group.cluster) {
            (0, 0)
        } else if !open || pinned_down(fleet, group.cluster) {
            (holding, holding)
        } else if held && fleet.clusters[group.cluster].condition == Condition::Usable {
            // What was shown to find no node has to go all the same.
            let certain = if cuts.unbound.contains_key(&(w, group.cluster)) {
                holding.min(i64::from(workload.on_nodes[g]))
            } else {
                holding
            };
            (certain, holding)
        } else {
            (0, holding.min(i64::from(demand.desired[w])))
        };
        b.var(bounds.0, bounds.1)
    }));
}

/// Whether nothing can be changed in a cluster, because it does not answer.
pub(crate) fn pinned_down(fleet: &Fleet<'_>, cluster: usize) -> bool {
    matches!(
        fleet.clusters[cluster].condition,
        Condition::Unreachable | Condition::Lost
    )
}

#[expect(clippy::too_many_arguments, reason = "one row of the model")]
fn adds(
    b: &mut Builder,
    add: &mut Grid<Term>,
    fleet: &Fleet<'_>,
    demand: &Demand,
    caps: &[Cap],
    cuts: &Cuts,
    w: usize,
    open: bool,
) {
    add.push((0..fleet.groups.len()).map(|g| {
        let most = if open {
            most_added(fleet, demand, caps, cuts, w, g)
        } else {
            0
        };
        b.var(0, i64::from(most))
    }));
}

/// How many replicas of `w` may be added in group `g`, whatever room there is.
fn most_added(
    fleet: &Fleet<'_>,
    demand: &Demand,
    caps: &[Cap],
    cuts: &Cuts,
    w: usize,
    g: usize,
) -> u32 {
    let workload = &fleet.workloads[w];
    let c = fleet.groups[g].cluster;
    if !workload.eligible[g] || fleet.clusters[c].condition != Condition::Usable {
        return 0;
    }
    let mut most = demand.desired[w];
    if let Some(cut) = cuts.adds.get(&(w, c)) {
        most = most.min(*cut);
    }
    if fleet.tier(g) == Tier::Public {
        if standing_by(fleet, w) {
            return 0;
        }
        if rules::low_priority(fleet, caps, w) {
            most = most.min(rules::owed(fleet, demand, w, c));
        }
    }
    most
}

/// Whether public clusters stand by for `w`: a private one answers.
pub(crate) fn standing_by(fleet: &Fleet<'_>, w: usize) -> bool {
    fleet.workloads[w].policy.placement == Placement::Standby
        && fleet.clusters.iter().any(|c| {
            c.spec.tier == Tier::Private
                && matches!(c.condition, Condition::Usable | Condition::Stale)
        })
}

fn objectives(p: &mut Problem, fleet: &Fleet<'_>) {
    let mut rank = 0;
    let mut ranks = vec![0; fleet.groups.len()];
    for tier in [Tier::Private, Tier::Public] {
        for (g, r) in ranks.iter_mut().enumerate() {
            if fleet.tier(g) == tier {
                *r = rank;
                rank += 1;
            }
        }
    }
    for (g, group) in fleet.groups.iter().enumerate() {
        p.money.add(p.nodes[g], group.price.0);
        if group.price.0 == 0 {
            p.order.add(p.nodes[g], 1);
        }
        for (w, workload) in fleet.workloads.iter().enumerate() {
            let cost = workload.running_cost[group.cluster].weighed;
            for term in [p.stay[w][g], p.add[w][g]] {
                p.money.add(term, cost);
                p.order.add(term, ranks[g]);
                if fleet.tier(g) == Tier::Public && workload.fill == Fill::PrivateFirst {
                    p.spilled.add(term, 1);
                }
            }
        }
    }
}

/// What the replicas that stay as constants and variables ask of a group, by dimension.
pub(crate) fn load(p: &Problem, fleet: &Fleet<'_>, g: usize, dim: usize) -> Sum {
    let mut sum = Sum::default();
    for (w, workload) in fleet.workloads.iter().enumerate() {
        let need = workload.request[dim];
        sum.add(p.stay[w][g], need);
        sum.add(p.add[w][g], need);
    }
    sum
}

/// The integer plan of a solved problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// By workload and group: those that stay.
    pub(crate) stay: Grid<u32>,
    /// By workload and group: those that are added.
    pub(crate) add: Grid<u32>,
    /// By group.
    pub(crate) nodes: Vec<u32>,
}

impl Counts {
    /// No replica anywhere, and no node.
    pub(crate) fn none(fleet: &Fleet<'_>) -> Self {
        let table = Grid::filled(fleet.workloads.len(), fleet.groups.len(), 0);
        Self {
            stay: table.clone(),
            add: table,
            nodes: vec![0; fleet.groups.len()],
        }
    }

    /// Replicas of `w` in the groups of `cluster`.
    pub(crate) fn in_cluster(&self, fleet: &Fleet<'_>, w: usize, cluster: usize) -> u32 {
        fleet.clusters[cluster]
            .groups
            .clone()
            .map(|g| self.stay[w][g] + self.add[w][g])
            .sum()
    }

    /// Replicas of `w` that are added in the groups of `cluster`.
    pub(crate) fn added(&self, fleet: &Fleet<'_>, w: usize, cluster: usize) -> u32 {
        let groups = fleet.clusters[cluster].groups.clone();
        groups.map(|g| self.add[w][g]).sum()
    }

    /// Replicas by workload and group.
    pub(crate) fn by_group(&self) -> Grid<u32> {
        let mut added = self.add.cells();
        let sum = |stay: &u32| stay + added.next().copied().unwrap_or(0);
        self.stay.map(sum)
    }

    /// Replicas of `w` anywhere.
    pub(crate) fn total(&self, w: usize) -> u32 {
        self.stay[w].iter().chain(&self.add[w]).sum()
    }

    /// Reads the plan out of a solution.
    pub(crate) fn read(p: &Problem, values: &[i64]) -> Self {
        let count = |t: &Term| match *t {
            Term::Const(v) => u32::try_from(v).unwrap_or(0),
            Term::Var(v) => u32::try_from(values[v]).unwrap_or(0),
        };
        Self {
            stay: p.stay.map(count),
            add: p.add.map(count),
            nodes: p.nodes.iter().map(count).collect(),
        }
    }
}
