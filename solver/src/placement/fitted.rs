//! A solved plan on nodes: what does not fit sends it back to the solver, until all of it fits.
//!
//! The model knows nodes as a sum, and a large one is rounded. So its plan may give up replicas that
//! run for others, and on the nodes serve no more than before; at the next tick it would give up
//! those. A plan that gives some up has to serve better than the one in which they stay.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::capacity::Fleet;
use crate::memory::{LastPlacement, Memory};

use super::answer::{self, Answer};
use super::caps::Cap;
use super::displace::{self, Displaced};
use super::fit::{self, Leaving, Packed};
use super::levels::{self, UNSERVED};
use super::model::{Counts, Cuts, Demand, Scope, build, keeps_all};
use super::{co_placement, home, input};

/// A plan on nodes.
pub(crate) struct Fitted {
    pub(crate) answer: Answer,
    /// What is remembered of the solved plan, before the nodes said anything.
    pub(crate) last: LastPlacement,
    pub(crate) cuts: Cuts,
    pub(crate) packed: Packed,
    /// What leaves certain nodes.
    pub(crate) evicted: Vec<Leaving>,
    pub(crate) displaced: Displaced,
    /// How often the nodes have sent it back.
    pub(crate) rounds: u32,
}

/// How often the fit on nodes may send the plan back. Each round adds cuts; after the last one
/// what still does not fit goes where new nodes may open, or nowhere, without the solver. Fewer
/// cost money; more only cost time.
const ROUNDS: u32 = 4;

/// The plan that serves best.
pub(crate) fn fitted(fleet: &Fleet<'_>, demand: &Demand, caps: &[Cap], memory: &Memory) -> Fitted {
    let cuts = input::cuts(fleet, memory);
    let first = answer::solve(fleet, demand, caps, &cuts, Some(memory));
    let again = |cuts: &Cuts| Ok::<_, Infallible>(answer::solve(fleet, demand, caps, cuts, None));
    let Ok(free) = on_nodes(fleet, demand, caps, cuts.clone(), first, again);
    // An answer from memory does not tell how it was found, so the model does.
    let is_rounded = || {
        let whole = build(fleet, demand, caps, &cuts, Scope::All);
        whole.is_some_and(|whole| !levels::is_exact(&whole))
    };
    if gives_up(fleet, demand, &free.answer.counts)
        && is_rounded()
        && let Some(calm) = calm(fleet, demand, caps, &cuts)
        && serves_as_well(fleet, demand, &calm, &free)
    {
        let last = free.last;
        return Fitted { last, ..calm };
    }
    free
}

/// Whether a plan fails no floor that the other keeps, costs no more beyond a cap, and has as many
/// replicas on nodes: of each priority, the highest first.
fn serves_as_well(fleet: &Fleet<'_>, demand: &Demand, one: &Fitted, other: &Fitted) -> bool {
    let mandatory = |fitted: &Fitted| {
        let levels = fitted.answer.report.levels.iter();
        let levels = levels.take_while(|level| !level.name.starts_with(UNSERVED));
        levels.map(|level| level.value).collect::<Vec<_>>()
    };
    let served = |fitted: &Fitted| {
        let mut by_priority: BTreeMap<Reverse<i32>, u32> = BTreeMap::new();
        for (w, workload) in fleet.workloads.iter().enumerate() {
            let served = fitted.answer.counts.total(w).min(demand.desired[w]);
            *by_priority
                .entry(Reverse(workload.spec.priority))
                .or_default() += served;
        }
        by_priority.into_values().collect::<Vec<_>>()
    };
    mandatory(one) <= mandatory(other) && served(one) >= served(other)
}

/// The plan in which all stays that has a place and is wanted; `None` where that cannot be.
fn calm(fleet: &Fleet<'_>, demand: &Demand, caps: &[Cap], cuts: &Cuts) -> Option<Fitted> {
    let solve = |cuts: &Cuts| answer::solve_homeless(fleet, demand, caps, cuts).ok_or(());
    let first = solve(cuts).ok()?;
    on_nodes(fleet, demand, caps, cuts.clone(), first, solve).ok()
}

/// Whether replicas go of a workload that wants all it has.
fn gives_up(fleet: &Fleet<'_>, demand: &Demand, counts: &Counts) -> bool {
    let fewer = |w: usize| {
        let holding = &fleet.workloads[w].holding;
        holding
            .iter()
            .zip(&counts.stay[w])
            .any(|(held, stay)| stay < held)
    };
    (0..fleet.workloads.len()).any(|w| keeps_all(fleet, demand, w) && fewer(w))
}

/// Fits a first answer on nodes; `again` solves with further cuts.
fn on_nodes<E>(
    fleet: &Fleet<'_>,
    demand: &Demand,
    caps: &[Cap],
    mut cuts: Cuts,
    mut answer: Answer,
    again: impl Fn(&Cuts) -> Result<Answer, E>,
) -> Result<Fitted, E> {
    let last = answer.last(fleet);
    let mut evicted: Vec<Leaving> = Vec::new();
    let mut displaced = Displaced::new();
    let mut rounds = 0;
    let packed = loop {
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
        answer = again(&cuts)?;
    };
    Ok(Fitted {
        answer,
        last,
        cuts,
        packed,
        evicted,
        displaced,
        rounds,
    })
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
pub(crate) fn raise(cuts: &mut Cuts, freed: Vec<(usize, usize)>) {
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
