//! Where replicas run: one optimisation over all workloads that share clusters, fitted on
//! nodes as the scheduler would, filled at home, moved home, explained.
//!
//! [`place`] reads as the stages: solve the levels, pull home what fits, let a higher priority
//! displace a lower one, fit on nodes, cut what does not fit and solve again, recall what pays.

mod answer;
mod by_hand;
mod caps;
mod co_placement;
mod counterfactual;
mod displace;
mod explain;
mod fit;
mod fitted;
mod greedy;
mod grid;
mod growth;
mod hash;
mod home;
mod input;
mod levels;
mod limits;
pub(crate) mod lp;
mod model;
mod money;
mod recall;
mod report;
mod restraint;
mod roomiest;
mod round;
mod rules;
mod steps;
mod terms;
mod tries;
mod vacating;
mod way_home;

use crate::capacity::Fleet;
use crate::decision::{PrivateCore, SolverReport};
use crate::memory::{LastPlacement, Memory};
use crate::units::UnixMs;

pub(crate) use caps::{Cap, caps, usd};
pub(crate) use counterfactual::counterfactuals;
pub(crate) use lp::BACKEND;
pub(crate) use model::{Counts, Cuts, Demand};
pub(crate) use money::money;
pub(crate) use recall::Verdict;
pub(crate) use report::{cap_states, plan, rationale};
pub(crate) use steps::apply;
pub(crate) use vacating::{Wanted, waited};

use displace::Displaced;
use fit::Packed;
use fitted::Fitted;
use grid::Grid;

/// A placement with everything its explanation needs.
pub(crate) struct Placed {
    pub(crate) counts: Counts,
    pub(crate) packed: Packed,
    pub(crate) cuts: Cuts,
    pub(crate) displaced: Displaced,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) room_since: Vec<Option<UnixMs>>,
    /// By workload and group, where replicas are predicted to run.
    pub(crate) groups: Grid<u32>,
    /// Nodes per group that the plan keeps or adds.
    pub(crate) nodes: Vec<u32>,
    pub(crate) report: SolverReport,
    pub(crate) private_core: Vec<PrivateCore>,
    /// To be remembered.
    pub(crate) last: LastPlacement,
}

/// How many replicas of `w` the plan begins to move home.
pub(crate) fn moves_begun(placed: &Placed, w: usize) -> u32 {
    let verdicts = recall::of_workload(&placed.verdicts, w);
    verdicts.iter().map(|v| v.replicas).sum()
}

/// Places `demand`.
pub(crate) fn place(fleet: &Fleet<'_>, demand: &Demand, caps: &[Cap], memory: &Memory) -> Placed {
    let Fitted {
        mut answer,
        mut last,
        mut cuts,
        mut packed,
        mut evicted,
        displaced,
        rounds,
    } = fitted::fitted(fleet, demand, caps, memory);
    answer.report.cuts = rounds;
    answer.ask_for_cores(fleet, demand, caps, &cuts);
    last.private_core.clone_from(&answer.private_core);
    last.report.cuts = rounds;
    let mut counts = answer.counts;
    let rules = home::Rules {
        demand,
        caps,
        cuts: &cuts,
    };
    let roomy = home::room_behind_cuts(fleet, &rules, &counts, &packed, &evicted);
    fitted::raise(&mut cuts, roomy);
    let rules = home::Rules {
        demand,
        caps,
        cuts: &cuts,
    };
    let room_since = recall::room_since(fleet, memory, &rules, &counts, &packed, &evicted);
    let context = recall::Context {
        memory,
        caps,
        demand,
        cuts: &cuts,
        room_since: &room_since,
    };
    let before = evicted.clone();
    let verdicts = recall::recall(fleet, &context, &mut counts, &mut packed, &mut evicted);
    if evicted != before {
        packed = fit::pack(fleet, caps, &counts, &evicted);
    }
    let groups = packed.groups(fleet, &counts);
    last.counts = answer::placed(fleet, &groups);
    let nodes = packed.nodes(fleet);
    let mut report = answer.report;
    report.packed = money::money(fleet, &counts, &nodes).weighed();
    Placed {
        counts,
        packed,
        cuts,
        displaced,
        verdicts,
        room_since,
        groups,
        nodes,
        report,
        private_core: answer.private_core,
        last,
    }
}
