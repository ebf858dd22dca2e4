//! How requests come to the replicas of a random workload.
//!
//! It has draws of its own, so that the rest of a seed's world is the same with and without it.

use std::fmt::Write as _;

use super::case::Thing;
use super::dice::Dice;

/// Fields of a workload of the world that need single requests: a run by rates refuses them.
const OF_REQUESTS: [&str; 4] = ["routing", "assignment", "batch", "classes"];

/// Traffic that Spillway steers, and clients that follow it or do not. `totals` says that the first metric counts the
/// whole workload, which weights ahead of the replicas need.
pub(super) fn routing(thing: &mut Thing, totals: bool, dice: &mut Dice) {
    let steered = dice.chance(35);
    if steered {
        thing.option(traffic(totals, dice));
    }
    if dice.chance(if steered { 80 } else { 10 }) {
        thing.world_option(format!("routing: {{dns: {}}}", dns(dice)));
    }
    if dice.chance(25) {
        let assignment = dice.pick(&["random", "leastOutstanding"]);
        thing.world_option(format!("assignment: {assignment}"));
    }
    if dice.chance(10) {
        thing.world_option(format!("batch: {}", dice.between(2, 6)));
    }
    if dice.chance(10) {
        thing.world_option(format!("mostWaiting: {}", dice.between(1, 2_000)));
    }
}

/// Requests of several classes, of which one or two are served before the others.
pub(super) fn classes(thing: &mut Thing, dice: &mut Dice) {
    let (gold, bulk) = (dice.between(1, 60), dice.between(0, 40));
    let order = *dice.pick(&["[gold]", "[bulk]", "[gold, bulk]", "[bulk, gold]"]);
    if dice.chance(25) {
        let _ = write!(thing.load, ", classes: {{gold: {gold}, bulk: {bulk}}}");
        thing.world_option(format!("classes: {order}"));
    }
}

/// Takes out what a run by rates refuses.
pub(super) fn by_rates(thing: &mut Thing) {
    let needs_requests = |text: &str| {
        let field = text.split(':').next().unwrap_or_default();
        OF_REQUESTS.contains(&field)
    };
    thing
        .world_options
        .retain(|option| !needs_requests(&option.text));
}

fn traffic(totals: bool, dice: &mut Dice) -> String {
    if totals && dice.chance(40) {
        format!(
            "traffic: {{feedForward: {{base: {}, target: {}, minimum: {}, disableScaleIn: {}}}}}",
            dice.between(1, 255),
            dice.between(1, 30),
            dice.between(0, 20),
            dice.chance(30)
        )
    } else {
        "traffic: {}".to_owned()
    }
}

fn dns(dice: &mut Dice) -> String {
    let stale = if dice.chance(30) {
        format!(
            ", stalePercent: {}, staleFor: {}m",
            dice.between(1, 60),
            dice.between(6, 240)
        )
    } else {
        String::new()
    };
    format!(
        "{{ttl: {}s, resolvers: {}, withoutReplicas: {}{stale}}}",
        dice.between(1, 300),
        dice.between(1, 200),
        dice.pick(&["wait", "refuse"])
    )
}
