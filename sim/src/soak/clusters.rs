//! Random clusters.

use std::fmt::Write as _;

use super::case::Thing;
use super::dice::{Dice, thousandths};
use super::offers;

/// A node group that a fault may strike.
pub(super) struct Group {
    pub(super) cluster: String,
    pub(super) name: String,
    pub(super) spot: bool,
    pub(super) public: bool,
}

/// Cores and GiB of nodes; the smallest takes any replica that asks for no more.
const SIZES: [(u64, u64); 4] = [(2, 8), (4, 16), (8, 32), (16, 64)];

/// One to three private and one to three public clusters, and their groups.
pub(super) fn clusters(seed: u64) -> (Vec<Thing>, Vec<Group>) {
    let mut dice = Dice::new(seed, "clusters");
    let mut offered = Dice::new(seed, "offers");
    let mut groups = Vec::new();
    let mut clusters = Vec::new();
    for (public, prefix) in [(false, "home"), (true, "cloud")] {
        for n in 1..=dice.between(1, 3) {
            let name = format!("{prefix}-{n}");
            let mut cluster = cluster(&name, public, (&mut dice, &mut offered), &mut groups);
            offers::of_cluster(&mut cluster, &mut offered);
            clusters.push(cluster);
        }
    }
    (clusters, groups)
}

fn cluster(
    name: &str,
    public: bool,
    (dice, offered): (&mut Dice, &mut Dice),
    groups: &mut Vec<Group>,
) -> Thing {
    let tier = if public { "Public" } else { "Private" };
    let mut object = format!(
        "apiVersion: spillway.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: {name}}}\nspec:\n  tier: {tier}\n  \
         nodeGroups:\n"
    );
    let mut world = Vec::new();
    for n in 1..=dice.between(1, if public { 3 } else { 2 }) {
        let spot = public && n > 1 && dice.chance(60);
        let group = Group {
            cluster: name.to_owned(),
            name: format!("{}-{n}", if spot { "spot" } else { "nodes" }),
            spot,
            public,
        };
        let (line, initial) = node_group(&group, dice, offered);
        object.push_str(&line);
        if let Some(nodes) = initial {
            world.push(format!("{{name: {}, initialNodes: {nodes}}}", group.name));
        }
        groups.push(group);
    }
    let mut fields = format!("name: {name}, groups: [{}]", world.join(", "));
    if dice.chance(if public { 25 } else { 60 }) {
        fields.push_str(", nodeAutoscaler: {clusterAutoscaler: {}}");
    }
    let tight = public && dice.chance(15);
    let (instances, cores) = if tight {
        (dice.between(3, 8), 40)
    } else {
        (40, 400)
    };
    let _ = write!(
        fields,
        ", quotas: {{instances: {instances}, cores: {cores}}}"
    );
    let mut thing = Thing {
        name: name.to_owned(),
        object,
        world: fields,
        ..Thing::default()
    };
    options(&mut thing, public, dice);
    thing
}

/// The group's item in the object, and the nodes that it starts with.
fn node_group(group: &Group, dice: &mut Dice, offered: &mut Dice) -> (String, Option<u64>) {
    let (cores, gib) = *dice.pick(&SIZES);
    let grows = group.public || dice.chance(20);
    let most = dice.between(1, if group.public { 10 } else { 4 });
    let mut fields = format!(
        "name: {}, allocatable: {{cpu: {}m, memory: {}Mi{}}}, maxNodes: {most}",
        group.name,
        cores * 1_000 - 80,
        gib * 1_024 - 1_500,
        offers::gpus(offered)
    );
    for field in offers::of_group(offered) {
        let _ = write!(fields, ", {field}");
    }
    if group.public {
        let usual = cores * 48;
        let price = if group.spot {
            usual * dice.between(25, 60) / 100
        } else {
            usual + dice.between(0, 20)
        };
        let _ = write!(fields, ", pricePerHour: \"{}\"", thousandths(price));
    } else if grows {
        fields.push_str(", grower: Magnum");
    }
    if group.spot {
        fields.push_str(", capacityType: Spot");
    }
    if grows && dice.chance(70) {
        let median = dice.between(30, 240);
        let tail = median * dice.between(100, 300) / 100;
        let _ = write!(fields, ", boot: {{p50: {median}s, p95: {tail}s}}");
    }
    if dice.chance(20) {
        let _ = write!(fields, ", maxPods: {}", dice.between(3, 20));
    }
    if dice.chance(20) {
        fields.push_str(", daemons: {cpu: 150m, memory: 300Mi}");
    }
    let initial = if !grows {
        Some(most)
    } else if dice.chance(20) {
        Some(1)
    } else {
        None
    };
    (format!("  - {{{fields}}}\n"), initial)
}

fn options(thing: &mut Thing, public: bool, dice: &mut Dice) {
    if !public && dice.chance(50) {
        let price = thousandths(dice.between(1, 60));
        thing.option(format!("marginalPricePerCoreHour: \"{price}\""));
    }
    if dice.chance(25) {
        thing.option(format!("headroomPercent: {}", dice.between(1, 15)));
    }
    if public && dice.chance(40) {
        thing.option("egressPricePerGib: \"0.09\"".to_owned());
    }
    if dice.chance(25) {
        thing.option("scheduling: MostAllocated".to_owned());
    }
    if dice.chance(25) {
        let after = dice.pick(&["15s", "1m", "3m"]);
        thing.option(format!("lostAfter: {after}"));
    }
    if dice.chance(15) {
        thing.option("capacityMaxAge: 5m".to_owned());
    }
    if dice.chance(4) {
        thing.option("cordoned: true".to_owned());
    }
    if dice.chance(70) {
        thing.option("capabilities: [fixedSourceIp]".to_owned());
    }
}
