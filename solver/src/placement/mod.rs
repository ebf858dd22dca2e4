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
use fit::{Leaving, Packed};
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

/// How often the fit on nodes may send the plan back. Each round adds cuts; after the last one
/// what still does not fit goes where new nodes may open, or nowhere, without the solver. Fewer
/// cost money; more only cost time.
const ROUNDS: u32 = 4;

/// Places `demand`.
pub(crate) fn place(fleet: &Fleet<'_>, demand: &Demand, caps: &[Cap], memory: &Memory) -> Placed {
    let mut cuts = input::cuts(fleet, memory);
    let mut answer = answer::solve(fleet, demand, caps, &cuts, Some(memory));
    let mut last = answer.last(fleet);
    let mut evicted: Vec<Leaving> = Vec::new();
    let mut displaced = Displaced::new();
    let mut rounds = 0;
    let mut packed = loop {
        evicted.clear();
        displaced.clear();
        let packed = at_home(
            fleet,
            demand,
            caps,
            &mut cuts,
            &mut answer.counts,
            &mut evicted,
            &mut displaced,
        );
        let unfit = input::misfits(fleet, caps, &cuts, &answer.counts, &packed);
        if unfit.is_empty() {
            break packed;
        }
        if rounds == ROUNDS {
            break without_the_rest(
                fleet,
                demand,
                caps,
                &mut cuts,
                &mut answer.counts,
                &mut evicted,
                &mut displaced,
                packed,
            );
        }
        rounds += 1;
        input::cut(fleet, &mut cuts, &answer.counts, &packed, &unfit);
        input::cut_full_homes(fleet, &mut cuts, &answer.counts, &packed, &unfit);
        answer = answer::solve(fleet, demand, caps, &cuts, None);
    };
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
    raise(&mut cuts, roomy);
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

/// What finds no node after the last round goes elsewhere or leaves the plan, and others come
/// home into the room that it leaves, until all fits. Should that go round in circles, home is
/// held as it is, and what else fits there, or displaces others, comes one at a time.
#[expect(
    clippy::too_many_arguments,
    reason = "one stage of `place`, on its state"
)]
fn without_the_rest(
    fleet: &Fleet<'_>,
    demand: &Demand,
    caps: &[Cap],
    cuts: &mut Cuts,
    counts: &mut Counts,
    evicted: &mut Vec<Leaving>,
    displaced: &mut Displaced,
    mut packed: Packed,
) -> Packed {
    for _ in 0..ROUNDS {
        let unfit = input::misfits(fleet, caps, cuts, counts, &packed);
        if unfit.is_empty() {
            return packed;
        }
        input::cut(fleet, cuts, counts, &packed, &unfit);
        let rules = home::Rules { demand, caps, cuts };
        input::give_up(fleet, counts, evicted, &unfit);
        input::elsewhere(fleet, &rules, counts, &unfit, evicted);
        packed = at_home(fleet, demand, caps, cuts, counts, evicted, displaced);
    }
    let rules = home::Rules { demand, caps, cuts };
    let gone = input::without_unfit(fleet, &rules, counts, &mut packed, evicted);
    input::hold_at_home(fleet, cuts, counts);
    let rules = home::Rules { demand, caps, cuts };
    input::elsewhere(fleet, &rules, counts, &gone, evicted);
    packed = fit::pack(fleet, caps, counts, evicted);
    input::without_unfit(fleet, &rules, counts, &mut packed, evicted);
    loop {
        let rules = home::Rules { demand, caps, cuts };
        let mut freed = Vec::new();
        let more = displace::displace(fleet, &rules, counts, &mut packed, evicted, &mut freed);
        if more.is_empty() {
            freed = home::past_cuts(fleet, &rules, counts, &mut packed, evicted);
            if freed.is_empty()
                && !displace::stay_after_all(fleet, &rules, counts, &packed, evicted, displaced)
            {
                return packed;
            }
        }
        raise(cuts, freed);
        note(displaced, more);
        packed = fit::pack(fleet, caps, counts, evicted);
    }
}

/// Adds up what is displaced.
fn note(displaced: &mut Displaced, more: Displaced) {
    for (who, count) in more {
        *displaced.entry(who).or_insert(0) += count;
    }
}

/// Cuts do not hold what was shown to fit in spite of them.
fn raise(cuts: &mut Cuts, freed: Vec<(usize, usize)>) {
    for at in freed {
        if let Some(most) = cuts.adds.get_mut(&at) {
            *most += 1;
        }
    }
}

/// Pulls home what fits and displaces lower priorities until neither changes anything more.
fn at_home(
    fleet: &Fleet<'_>,
    demand: &Demand,
    caps: &[Cap],
    cuts: &mut Cuts,
    counts: &mut Counts,
    evicted: &mut Vec<Leaving>,
    displaced: &mut Displaced,
) -> Packed {
    loop {
        let mut packed = fit::pack(fleet, caps, counts, evicted);
        if !input::unfit(fleet, cuts, counts, &packed).is_empty() {
            return packed;
        }
        let rules = home::Rules { demand, caps, cuts };
        if co_placement::pull_back(fleet, &rules, counts, evicted) {
            continue;
        }
        let pulled = home::keep_home(fleet, &rules, counts, &mut packed)
            | home::pull_back(fleet, &rules, counts, &mut packed);
        let mut freed = Vec::new();
        let more = displace::displace(fleet, &rules, counts, &mut packed, evicted, &mut freed);
        if !pulled && more.is_empty() {
            freed = home::past_cuts(fleet, &rules, counts, &mut packed, evicted);
            if freed.is_empty()
                && !displace::stay_after_all(fleet, &rules, counts, &packed, evicted, displaced)
            {
                return packed;
            }
        }
        raise(cuts, freed);
        note(displaced, more);
    }
}
