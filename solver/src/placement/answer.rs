//! The solved plan before it meets nodes: from memory when nothing it depends on has changed,
//! else from the smallest model that is enough.

use crate::capacity::Fleet;
use crate::decision::{Level, PrivateCore, SolverMethod, SolverReport};
use crate::memory::{GroupNodes, LastPlacement, Memory, PlacedCount};
use crate::policy::Tier;
use crate::units::MicroUsdPerHour;

use super::by_hand;
use super::caps::Cap;
use super::grid::Grid;
use super::hash::Fnv;
use super::levels::{self, Frozen, Solved};
use super::lp::{Bound, Model};
use super::model::{Counts, Cuts, Demand, Problem, Scope, build, settled};
use super::terms::{Sum, Term};

/// A solved plan.
pub(crate) struct Answer {
    pub(crate) counts: Counts,
    pub(crate) report: SolverReport,
    pub(crate) private_core: Vec<PrivateCore>,
    input_hash: String,
    /// The model that gave it, and the same frozen; `None` when none did.
    solved: Option<(Problem, Frozen)>,
}

/// Fleets with at most this many (workload, group) pairs are asked what one more private core
/// is worth by the whole model, and are hashed by it. Larger ones only by what is open.
const SMALL: usize = 2000;

fn is_small(fleet: &Fleet<'_>) -> bool {
    fleet.workloads.len() * fleet.groups.len() <= SMALL
}

/// Solves the placement; from `memory` if its input is the same.
pub(crate) fn solve(
    fleet: &Fleet<'_>,
    demand: &Demand,
    caps: &[Cap],
    cuts: &Cuts,
    memory: Option<&Memory>,
) -> Answer {
    // Where all stays as it is a small fleet too is known by what is open: its nodes.
    let calm = (0..fleet.workloads.len()).all(|w| settled(fleet, demand, w));
    let whole = (is_small(fleet) && memory.is_some() && !calm)
        .then(|| build(fleet, demand, caps, cuts, Scope::All))
        .flatten();
    let only_changed = || build(fleet, demand, caps, cuts, Scope::Changed);
    let changed = if whole.is_none() {
        only_changed()
    } else {
        None
    };
    // Without memory it is a later round of a tick, whose answer is not remembered.
    let hash = memory.map_or_else(String::new, |_| {
        fingerprint(fleet, demand, whole.as_ref().or(changed.as_ref()))
    });
    if let Some(answer) = remembered(fleet, memory, &hash) {
        return answer;
    }
    let changed = if whole.is_some() {
        only_changed()
    } else {
        changed
    };
    let smallest = changed.and_then(|p| {
        let solved = levels::solve(&p, fleet, demand, true).ok().flatten()?;
        Some((p, solved))
    });
    let (problem, solved, hash) = if let Some((problem, solved)) = smallest {
        (problem, solved, hash)
    } else {
        let whole = whole.or_else(|| build(fleet, demand, caps, cuts, Scope::All));
        // Its answer depends on more than the small model shows.
        let hash = memory.map_or_else(String::new, |_| fingerprint(fleet, demand, whole.as_ref()));
        if let Some(answer) = remembered(fleet, memory, &hash) {
            return answer;
        }
        let solved = whole
            .as_ref()
            .and_then(|p| levels::solve(p, fleet, demand, false).ok().flatten());
        match (whole, solved) {
            (Some(whole), Some(solved)) => (whole, solved, hash),
            (whole, _) => return by_hand(fleet, demand, caps, whole.as_ref(), hash),
        }
    };
    answer(fleet, problem, solved, hash)
}

/// Solves the placement of what has no place, with all that has one and is wanted where it is; `None`
/// where some of that cannot stay, or the backend gives no answer.
pub(crate) fn solve_homeless(
    fleet: &Fleet<'_>,
    demand: &Demand,
    caps: &[Cap],
    cuts: &Cuts,
) -> Option<Answer> {
    let problem = build(fleet, demand, caps, cuts, Scope::Homeless)?;
    let solved = levels::solve(&problem, fleet, demand, false).ok()??;
    Some(answer(fleet, problem, solved, String::new()))
}

fn answer(fleet: &Fleet<'_>, problem: Problem, solved: Solved, input_hash: String) -> Answer {
    let report = report(&problem, &solved);
    let mut counts = solved.counts;
    staying_is_not_leaving(fleet, &mut counts);
    running_stay_first(fleet, &mut counts);
    Answer {
        report,
        counts,
        private_core: Vec::new(),
        input_hash,
        solved: Some((problem, solved.frozen)),
    }
}

/// Replicas that leave a group to which others of their kind come stay instead: the model takes one
/// for the other, and an answer from memory knows only their sum.
fn staying_is_not_leaving(fleet: &Fleet<'_>, counts: &mut Counts) {
    for (w, workload) in fleet.workloads.iter().enumerate() {
        for (g, holding) in workload.holding.iter().enumerate() {
            let stays = holding
                .saturating_sub(counts.stay[w][g])
                .min(counts.add[w][g]);
            counts.stay[w][g] += stays;
            counts.add[w][g] -= stays;
        }
    }
}

/// Of what exists in a cluster the replicas on no node go before those that run, as a removal has
/// it. The model takes either for the other, and the fit would ask it for ever to give up what has
/// no node.
fn running_stay_first(fleet: &Fleet<'_>, counts: &mut Counts) {
    for (w, workload) in fleet.workloads.iter().enumerate() {
        for cluster in &fleet.clusters {
            for g in cluster.groups.clone() {
                for h in cluster.groups.clone() {
                    let leaving = workload.on_nodes[g].saturating_sub(counts.stay[w][g]);
                    let unbound = counts.stay[w][h].saturating_sub(workload.on_nodes[h]);
                    let stays = leaving.min(unbound);
                    if stays > 0 && !fleet.bound_to_spot_rule(w, g) {
                        counts.stay[w][g] += stays;
                        counts.stay[w][h] -= stays;
                    }
                }
            }
        }
    }
}

fn report(problem: &Problem, solved: &Solved) -> SolverReport {
    SolverReport {
        method: if decides(problem) {
            solved.method
        } else {
            SolverMethod::Nothing
        },
        levels: solved
            .levels
            .iter()
            .map(|(name, value)| Level {
                name: name.clone(),
                value: *value,
            })
            .collect(),
        bound: MicroUsdPerHour(solved.bound.min(solved.cost)),
        cost: MicroUsdPerHour(solved.cost),
        packed: MicroUsdPerHour(0),
        cuts: 0,
    }
}

/// Whether the place of any replica is open.
fn decides(p: &Problem) -> bool {
    let replicas = p.stay.cells().chain(p.add.cells()).chain(&p.unserved);
    replicas.into_iter().any(|t| matches!(t, Term::Var(_)))
}

/// The answer where the backend gives none.
fn by_hand(
    fleet: &Fleet<'_>,
    demand: &Demand,
    caps: &[Cap],
    problem: Option<&Problem>,
    input_hash: String,
) -> Answer {
    Answer {
        counts: by_hand::plan(problem, fleet, demand, caps),
        report: SolverReport {
            method: SolverMethod::Greedy,
            ..SolverReport::default()
        },
        private_core: Vec::new(),
        input_hash,
        solved: None,
    }
}

/// The answer that memory holds for this input, if it holds one.
fn remembered(fleet: &Fleet<'_>, memory: Option<&Memory>, hash: &str) -> Option<Answer> {
    let last = memory?.placement.as_ref()?;
    let same = !hash.is_empty() && last.input_hash == hash;
    same.then(|| reuse(fleet, last)).flatten()
}

/// The answer that memory holds; `None` when it names what is not there any more.
fn reuse(fleet: &Fleet<'_>, last: &LastPlacement) -> Option<Answer> {
    let mut counts = Counts::none(fleet);
    let group = |cluster: &crate::ids::ClusterId, name: &crate::ids::GroupId| {
        fleet
            .groups
            .iter()
            .position(|g| g.spec.name == *name && fleet.clusters[g.cluster].spec.name == *cluster)
    };
    for c in &last.solved {
        let w = fleet
            .workloads
            .binary_search_by(|w| w.spec.id.cmp(&c.workload))
            .ok()?;
        let g = group(&c.cluster, &c.group)?;
        let stay = c.replicas.min(fleet.workloads[w].holding[g]);
        counts.stay[w][g] = stay;
        counts.add[w][g] = c.replicas - stay;
    }
    for n in &last.solved_nodes {
        counts.nodes[group(&n.cluster, &n.group)?] = n.nodes;
    }
    let mut report = last.report.clone();
    report.method = SolverMethod::Reused;
    Some(Answer {
        counts,
        report,
        private_core: last.private_core.clone(),
        input_hash: last.input_hash.clone(),
        solved: None,
    })
}

impl Answer {
    /// What one more core in each private cluster would save: the relaxation solved again with
    /// it, of the whole model with all moves free where the fleet is small. An answer from
    /// memory brings its own.
    pub(crate) fn ask_for_cores(
        &mut self,
        fleet: &Fleet<'_>,
        demand: &Demand,
        caps: &[Cap],
        cuts: &Cuts,
    ) {
        let levels = &self.report.levels;
        let spilled = levels.iter().any(|l| l.name == "spilled" && l.value > 0);
        let Some((problem, frozen)) = self.solved.take().filter(|_| spilled) else {
            return;
        };
        let reached: Vec<(&str, i64)> = levels.iter().map(|l| (&*l.name, l.value)).collect();
        let whole = is_small(fleet)
            .then(|| {
                let whole = build(fleet, demand, caps, cuts, Scope::All)?;
                let reached = levels::at_their_least(&whole, &reached);
                let cheapest = levels::free_of_moves(&whole, reached).ok()?;
                Some((whole, cheapest))
            })
            .flatten();
        let asked = whole.or_else(|| {
            let cheapest = levels::cheapest(&problem, frozen.model, &frozen.solved.values).ok()?;
            Some((problem, cheapest))
        });
        let Some((problem, cheapest)) = asked else {
            return;
        };
        let private =
            (0..fleet.clusters.len()).filter(|c| fleet.clusters[*c].spec.tier == Tier::Private);
        let worth = levels::worth_of_a_core(&problem, &cheapest, private).unwrap_or_default();
        self.private_core = worth
            .into_iter()
            .map(|(c, saves)| PrivateCore {
                cluster: fleet.clusters[c].spec.name.clone(),
                saves: MicroUsdPerHour(saves),
            })
            .collect();
    }

    /// What is remembered of this answer; the plan's own places are added when it is final.
    pub(crate) fn last(&self, fleet: &Fleet<'_>) -> LastPlacement {
        let nodes = fleet
            .groups
            .iter()
            .zip(&self.counts.nodes)
            .filter(|(_, nodes)| **nodes > 0)
            .map(|(group, nodes)| GroupNodes {
                cluster: fleet.clusters[group.cluster].spec.name.clone(),
                group: group.spec.name.clone(),
                nodes: *nodes,
            })
            .collect();
        LastPlacement {
            counts: Vec::new(),
            input_hash: self.input_hash.clone(),
            solved: placed(fleet, &self.counts.by_group()),
            solved_nodes: nodes,
            report: self.report.clone(),
            private_core: self.private_core.clone(),
        }
    }
}

/// The places of `counts`, by workload and group, by name.
pub(crate) fn placed(fleet: &Fleet<'_>, counts: &Grid<u32>) -> Vec<PlacedCount> {
    let mut placed = Vec::new();
    for (w, workload) in fleet.workloads.iter().enumerate() {
        for (g, group) in fleet.groups.iter().enumerate() {
            let replicas = counts[w][g];
            if replicas > 0 {
                placed.push(PlacedCount {
                    workload: workload.spec.id.clone(),
                    cluster: fleet.clusters[group.cluster].spec.name.clone(),
                    group: group.spec.name.clone(),
                    replicas,
                });
            }
        }
    }
    placed
}

/// A hash of all that the solver reads. Empty when there is nothing to solve.
///
/// What one more core is worth in a small fleet depends on its rooms and demand besides.
fn fingerprint(fleet: &Fleet<'_>, demand: &Demand, problem: Option<&Problem>) -> String {
    let Some(p) = problem.filter(|p| !p.model.vars.is_empty()) else {
        return String::new();
    };
    let mut h = Fnv::new();
    hash_model(&mut h, &p.model);
    for sum in [&p.money, &p.spilled, &p.order]
        .into_iter()
        .chain(p.duties.iter().map(|d| &d.sum))
    {
        hash_sum(&mut h, sum);
    }
    for duty in &p.duties {
        h.number(duty.least);
    }
    if is_small(fleet) {
        for amount in fleet.groups.iter().flat_map(|g| &g.capacity) {
            h.number(*amount);
        }
        for desired in &demand.desired {
            h.number(i64::from(*desired));
        }
    }
    h.text()
}

fn hash_sum(h: &mut Fnv, sum: &Sum) {
    hash_terms(h, &sum.terms);
    h.number(sum.constant);
}

fn hash_terms(h: &mut Fnv, terms: &[(usize, i64)]) {
    for (v, c) in terms {
        h.number(i64::try_from(*v).unwrap_or(i64::MAX));
        h.number(*c);
    }
}

fn hash_model(h: &mut Fnv, model: &Model) {
    for v in &model.vars {
        h.number(v.lower);
        h.number(v.upper);
    }
    for row in &model.rows {
        hash_terms(h, &row.terms);
        let (kind, bound) = match row.bound {
            Bound::Most(b) => (1, b),
            Bound::Least(b) => (2, b),
            Bound::Equal(b) => (3, b),
        };
        h.number(kind);
        h.number(bound);
    }
}
