//! Random bursting rules.

use super::case::Thing;
use super::dice::{Dice, thousandths};

/// The default policy, and sometimes a second one.
pub(super) fn policies(seed: u64) -> Vec<Thing> {
    let mut dice = Dice::new(seed, "policies");
    let names = if dice.chance(35) {
        &["default", "second"][..]
    } else {
        &["default"]
    };
    names.iter().map(|name| policy(name, &mut dice)).collect()
}

/// Whether a policy wants replicas in several clusters, which those that must run together cannot have.
pub(super) fn spreads(policy: &Thing) -> bool {
    let wants = [
        "survivePercent",
        "maxClusterPercent",
        "placement: ActiveActive",
    ];
    let mut options = policy.options.iter();
    options.any(|option| wants.iter().any(|want| option.text.starts_with(want)))
}

fn policy(name: &str, dice: &mut Dice) -> Thing {
    let mut thing = Thing {
        name: name.to_owned(),
        object: format!(
            "apiVersion: spillway.dev/v1alpha1\nkind: BurstPolicy\nmetadata: {{name: {name}}}\nspec:\n  \
             allowFillOverride: true\n"
        ),
        ..Thing::default()
    };
    if dice.chance(45) {
        let span = dice.pick(&[("usdPerHour", 1), ("usdPerDay", 24), ("usdPerMonth", 720)]);
        let cap = dice.between(80, 3_000) * span.1;
        let emergency = if dice.chance(30) {
            format!(", emergencyUsdPerHour: \"{}\"", thousandths(cap * 3))
        } else {
            String::new()
        };
        let at_cap = dice.pick(&["Hold", "Shed"]);
        thing.option(format!(
            "caps: {{{}: \"{}\", atCap: {at_cap}{emergency}}}",
            span.0,
            thousandths(cap)
        ));
    }
    if dice.chance(60) {
        thing.option(format!(
            "spot: {{maxPercent: {}, onDemandFloor: {}}}",
            dice.between(1, 100),
            dice.between(0, 2)
        ));
    }
    if dice.chance(60) {
        let dwell = dice.pick(&["0s", "1m", "3m", "10m", "20m"]);
        thing.option(format!(
            "recall: {{dwell: {dwell}, step: {}, paybackPercent: {}, budget: {{moves: {}, window: 1h}}}}",
            dice.between(1, 4),
            dice.between(0, 300),
            dice.between(1, 30)
        ));
    }
    if dice.chance(30) {
        thing.option(format!("survivePercent: {}", dice.between(10, 60)));
    }
    if dice.chance(20) {
        thing.option(format!("maxPublicReplicas: {}", dice.between(0, 12)));
    }
    if dice.chance(10) {
        thing.option(format!("maxReplicas: {}", dice.between(12, 30)));
    }
    if dice.chance(20) {
        thing.option(format!("maxClusterPercent: {}", dice.between(40, 99)));
    }
    if dice.chance(20) {
        let placement = dice.pick(&["ActiveActive", "Standby"]);
        thing.option(format!("placement: {placement}"));
    }
    if dice.chance(20) {
        thing.option("fill: Cheapest".to_owned());
    }
    if dice.chance(40) {
        let action = dice.pick(&["Hold", "Replace", "ReplaceIfTrafficLost"]);
        let after = dice.pick(&["0s", "1m", "5m"]);
        thing.option(format!(
            "onUnreachable: {{action: {action}, after: {after}}}"
        ));
    }
    thing
}
