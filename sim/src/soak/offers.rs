//! What clusters offer beyond cpu and memory, and what workloads ask of them.
//!
//! It has draws of its own, so that the rest of a seed's world is the same with and without it.

use super::case::{Part, Thing};
use super::dice::{Dice, thousandths};

/// Fields of a node group: labels, taints, extended resources.
pub(super) fn of_group(dice: &mut Dice) -> Vec<String> {
    let mut fields = Vec::new();
    if dice.chance(40) {
        fields.push(format!("labels: {{pool: {}}}", dice.pick(&["a", "b"])));
    }
    if dice.chance(20) {
        let effect = dice.pick(&["NoSchedule", "NoExecute", "PreferNoSchedule"]);
        fields.push(format!(
            "taints: [{{key: dedicated, value: soak, effect: {effect}}}]"
        ));
    }
    fields
}

/// GPUs of a node, as a part of its amounts.
pub(super) fn gpus(dice: &mut Dice) -> String {
    if dice.chance(30) {
        format!(", extended: {{nvidia.com/gpu: {}}}", dice.between(1, 8))
    } else {
        String::new()
    }
}

/// How far a cluster's data are.
pub(super) fn of_cluster(thing: &mut Thing, dice: &mut Dice) {
    if dice.chance(70) {
        let far = dice.between(1, 80);
        thing.option(format!("roundTrips: {{orders: {far}ms}}"));
    }
}

/// What a workload asks for; each is rare, for most replicas run anywhere. One that not every node takes begins with
/// no replica, for there may be no room for it.
pub(super) fn of_workload(thing: &mut Thing, gpu: bool, clusters: &[Thing], dice: &mut Dice) {
    let picks = dice.chance(12);
    if picks {
        let pool = dice.pick(&["a", "b"]);
        thing.option(format!("nodeSelector: {{pool: {pool}}}"));
    }
    let tolerates = dice.chance(80);
    if tolerates {
        thing.option("tolerations: [{key: dedicated, operator: Exists}]".to_owned());
    }
    let reads = dice.chance(15);
    if reads {
        let most = if dice.chance(50) {
            format!(", maxRoundTrip: {}ms", dice.between(5, 100))
        } else {
            String::new()
        };
        thing.option(format!(
            "dataSets: [{{name: orders, queriesPerReplicaHour: {}, waitingPricePerHour: \"{}\"{most}}}]",
            dice.between(0, 200_000),
            thousandths(dice.between(0, 2_000))
        ));
    }
    let has = |of: &Thing, field: &str| of.options.iter().any(|o| o.text.starts_with(field));
    let shut = has(thing, "clusters:") || clusters.iter().any(|of| has(of, "cordoned:"));
    if gpu || picks || reads || !tolerates || shut {
        let nothing = "initial: [{cluster: home-1, replicas: 0}]".to_owned();
        thing.world_options.push(Part::new(nothing, &["home-1"]));
    }
}

/// Whether a replica asks for a GPU.
pub(super) fn gpu(dice: &mut Dice) -> bool {
    dice.chance(8)
}
