//! More to choose from is never worse.
//!
//! The claim: with the same demand and memory, one more node at home, a larger node at home or
//! a higher money cap never makes the vector of the objective's levels, from the floors to the
//! money, lexicographically larger. It is the claim of an exact optimum, so worlds that were
//! rounded before or after are left out; so are those where the fit on nodes cut the model, for
//! a cut holds for one tick's guess of the scheduler and not for the model. Active-active is
//! left out because there more eligible clusters are more duties.

use spillway_solver::decision::SolverMethod;
use spillway_solver::policy::{Grower, Placement, Tier};
use spillway_solver::snapshot::NodeState;

use crate::decided::Decided;
use crate::dice::Dice;
use crate::random;
use crate::world::World;

fn world(seed: u64) -> World {
    let mut dice = Dice::new(seed);
    let (clusters, groups) = (1 + dice.below(3), 1 + dice.below(4));
    let mut world = random::world(seed, clusters, groups, 1 + dice.below(3));
    for rules in &mut world.policy.burst_policies {
        if rules.placement == Placement::ActiveActive {
            rules.placement = Placement::Overflow;
        }
    }
    world
}

/// The levels up to money, of an exact answer to an uncut model.
fn levels(plan: &Decided) -> Option<Vec<i64>> {
    let solver = &plan.0.rationale.solver;
    let exact = matches!(solver.method, SolverMethod::Exact | SolverMethod::Nothing);
    let upto = solver.levels.iter().position(|l| l.name == "money")?;
    let levels = solver.levels[..=upto].iter().map(|l| l.value).collect();
    (exact && solver.cuts == 0).then_some(levels)
}

/// The first group at home that nobody grows: its cluster and name.
fn owned(world: &World) -> Option<(String, String)> {
    let homes = world.policy.clusters.iter();
    homes.filter(|c| c.tier == Tier::Private).find_map(|c| {
        let group = c.groups.iter().find(|g| g.grower == Grower::Nobody)?;
        Some((c.name.to_string(), group.name.to_string()))
    })
}

fn one_more_node(world: &mut World) -> bool {
    let Some((cluster, group)) = owned(world) else {
        return false;
    };
    world.node(&cluster, &group, "one-more");
    true
}

fn a_larger_node(world: &mut World) -> bool {
    let Some((cluster, group)) = owned(world) else {
        return false;
    };
    let in_group = |n: &&mut NodeState| n.group == group && !n.leaving && !n.unschedulable;
    let Some(node) = world.state(&cluster).nodes.iter_mut().find(in_group) else {
        return false;
    };
    node.allocatable = node.allocatable.plus(&node.allocatable.clone(), 1);
    true
}

fn higher_caps(world: &mut World) -> bool {
    let caps = world.policy.burst_policies.iter_mut();
    let mut raised = false;
    for cap in caps.filter_map(|p| p.caps.per_hour.as_mut()) {
        cap.0 += 500_000;
        raised = true;
    }
    raised
}

#[test]
fn more_room_at_home_and_higher_caps_never_worsen_the_levels() {
    type Gift = fn(&mut World) -> bool;
    let gifts: [(&str, Gift, usize); 3] = [
        ("one more node", one_more_node, 60),
        ("a larger node", a_larger_node, 50),
        ("higher caps", higher_caps, 60),
    ];
    let mut wrong = Vec::new();
    for (name, gift, least) in gifts {
        let mut compared = 0;
        for seed in 0..200 {
            let mut world = world(seed);
            let before = levels(&world.decide());
            if !gift(&mut world) {
                continue;
            }
            let after = levels(&world.decide());
            let (Some(before), Some(after)) = (before, after) else {
                continue;
            };
            compared += 1;
            if after > before {
                wrong.push(format!("seed {seed}, {name}: {before:?} became {after:?}"));
            }
        }
        assert!(compared >= least, "{name}: only {compared} were compared");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
