//! Random workloads and their load.

use super::case::{Part, Thing};
use super::dice::{Dice, thousandths};
use super::policies::spreads;
use super::{offers, routing};

/// What a workload's load is made from.
struct Service {
    /// Requests that a replica serves at once.
    concurrency: u64,
    mean_ms: u64,
}

/// One to five workloads, for a run of so many hours.
pub(super) fn workloads(
    seed: u64,
    hours: u64,
    clusters: &[Thing],
    policies: &[Thing],
) -> Vec<Thing> {
    let mut dice = Dice::new(seed, "workloads");
    let mut asked = Dice::new(seed, "asked");
    let mut routed = Dice::new(seed, "routing");
    let mut classed = Dice::new(seed, "classes");
    (1..=dice.between(1, 5))
        .map(|n| {
            let gpu = offers::gpu(&mut asked);
            let name = format!("w{n}");
            let (mut thing, totals) = workload(&name, hours, gpu, (clusters, policies), &mut dice);
            offers::of_workload(&mut thing, gpu, clusters, &mut asked);
            routing::routing(&mut thing, totals, &mut routed);
            routing::classes(&mut thing, &mut classed);
            thing
        })
        .collect()
}

/// A workload, whose replicas may ask for a GPU, and whether its first metric counts all of it.
fn workload(
    name: &str,
    hours: u64,
    gpu: bool,
    (clusters, policies): (&[Thing], &[Thing]),
    dice: &mut Dice,
) -> (Thing, bool) {
    let service = Service {
        concurrency: *dice.pick(&[1, 1, 2, 4]),
        mean_ms: dice.between(1_000, 12_000),
    };
    let least = dice.between(0, 3);
    let most = dice.between(4, 24);
    let cpu = *dice.pick(&[250, 500, 950, 1_700]);
    let mib = *dice.pick(&[256, 1_024, 2_048, 4_096]);
    let (metrics, totals) = metrics(&service, cpu, least, dice);
    let gpu = if gpu {
        ", extended: {nvidia.com/gpu: 1}"
    } else {
        ""
    };
    let id = format!("soak/{name}");
    let object = format!(
        "apiVersion: spillway.dev/v1alpha1\nkind: HybridAutoscaler\nmetadata: {{name: {name}, namespace: soak}}\n\
         spec:\n  scaleTargetRef: {{name: {name}}}\n  minReplicas: {least}\n  maxReplicas: {most}\n  \
         replicaRequests: {{cpu: {cpu}m, memory: {mib}Mi{gpu}}}\n  metrics:\n{metrics}"
    );
    let mut thing = Thing {
        world: format!("id: {id}, concurrency: {}", service.concurrency),
        load: load(name, &service, hours, most, dice),
        name: id,
        object,
        ..Thing::default()
    };
    options(&mut thing, (least, most), policies, dice);
    bounds(&mut thing, clusters, dice);
    (thing, totals)
}

/// One or two metrics, and whether the first counts the whole workload.
fn metrics(service: &Service, cpu: u64, least: u64, dice: &mut Dice) -> (String, bool) {
    let extra = match dice.between(0, 9) {
        0 => ", maxAge: 1m",
        1 => ", fallback: {lastKnownGood: 1m, hold: 2m, floorReplicas: 2}",
        _ => "",
    };
    let queue = format!(
        "  - {{name: queue, queue: {{backlogQuery: waiting, arrivalsQuery: arriving, serviceRate: \"{}\"}}, \
         target: {{drainWithin: {}s}}{extra}}}\n",
        thousandths(service.concurrency * 1_000_000 / service.mean_ms),
        dice.between(20, 400)
    );
    let in_flight = format!(
        "  - {{name: in-flight, prometheus: {{query: in_flight}}, target: {{averageValue: {}m}}{extra}}}\n",
        service.concurrency * dice.between(400, 2_500)
    );
    let total = format!(
        "  - {{name: total, prometheus: {{query: in_flight}}, target: {{value: {}}}{extra}}}\n",
        dice.between(2, 30)
    );
    let busy = format!(
        "  - {{name: cpu, resource: {{name: cpu}}, target: {{averageUtilization: {}}}{extra}}}\n",
        dice.between(30, 90)
    );
    let pods = format!(
        "  - {{name: pods, pods: {{query: busy}}, target: {{averageValue: {}m}}{extra}}}\n",
        cpu * dice.between(30, 90) / 100
    );
    // What pods measure cannot wake a workload that has none.
    let kinds = if least == 0 { 3 } else { 5 };
    let all = [queue, in_flight, total, busy, pods];
    let first = dice.index(kinds);
    let second = dice.index(kinds);
    let metrics = if second != first && dice.chance(30) {
        format!("{}{}", all[first], all[second])
    } else {
        all[first].clone()
    };
    (metrics, first < 3)
}

/// A load that takes up to about the most replicas, in a third of the cases more.
fn load(name: &str, service: &Service, hours: u64, most: u64, dice: &mut Dice) -> String {
    let per_replica = service.concurrency * 1_000_000 / service.mean_ms;
    let peak = per_replica * most * dice.between(10, 120) / 100;
    let low = peak * dice.between(0, 50) / 100;
    let minute = |dice: &mut Dice| dice.between(0, hours * 60);
    let shape = match dice.between(0, 2) {
        0 => format!(
            "{{diurnal: {{meanPerSecond: {}, amplitude: 0.{:02}, period: {}m, phase: {}m}}}}",
            thousandths(peak / 2),
            dice.between(10, 99),
            dice.between(30, 1_440),
            dice.between(0, 600)
        ),
        1 => format!(
            "{{flashSale: {{basePerSecond: {}, peakPerSecond: {}, at: {}m, decay: {}m}}}}",
            thousandths(low),
            thousandths(peak),
            minute(dice),
            dice.between(3, 90)
        ),
        _ => {
            let (from, to) = if dice.chance(50) {
                (low, peak)
            } else {
                (peak, low)
            };
            format!(
                "{{ramp: {{fromPerSecond: {}, toPerSecond: {}, start: {}m, length: {}m}}}}",
                thousandths(from),
                thousandths(to),
                minute(dice),
                dice.between(1, 180)
            )
        }
    };
    format!(
        "name: {name}, serviceMean: {}ms, shape: {shape}",
        service.mean_ms
    )
}

fn options(thing: &mut Thing, (least, most): (u64, u64), policies: &[Thing], dice: &mut Dice) {
    if dice.chance(60) {
        let priority = dice.pick(&["-10", "0", "5", "100"]);
        thing.option(format!("priority: {priority}"));
    }
    let policy = dice.pick(policies);
    if policy.name != "default" {
        let text = format!("policyRef: {{name: {}}}", policy.name);
        thing.options.push(Part::new(text, &[&policy.name]));
    }
    if !spreads(policy) && dice.chance(35) {
        thing.option("coPlacementGroup: pair".to_owned());
    }
    if dice.chance(25) {
        let floor = dice.between(least, most);
        let bound = *dice.pick(&["minReplicas", "maxReplicas"]);
        thing.option(format!(
            "schedule: [{{name: shift, start: \"{:02}:00\", end: \"{:02}:30\", timeZone: Europe/Berlin, {bound}: \
             {}}}]",
            dice.between(0, 23),
            dice.between(0, 23),
            floor.max(1)
        ));
    }
    if dice.chance(25) {
        thing.option(format!(
            "behavior: {{scaleDown: {{stabilizationWindowSeconds: {}}}, scaleUp: {{stabilizationWindowSeconds: {}}}}}",
            dice.between(0, 600),
            dice.between(0, 60)
        ));
    }
    if dice.chance(30) {
        thing.option(format!("moveSurge: {}", dice.between(0, 4)));
    }
    if least == 0 && dice.chance(50) {
        thing.option(format!(
            "activation: {{cooldown: {}s, threshold: \"{}\"}}",
            dice.between(0, 600),
            dice.between(0, 3)
        ));
    }
    if dice.chance(30) {
        let mib = dice.between(1, 4_000);
        thing.option(format!("egressPerReplicaHour: {mib}Mi"));
    }
    if dice.chance(15) {
        thing.option("fill: Cheapest".to_owned());
    }
    if dice.chance(8) {
        thing.option("requiredCapabilities: [fixedSourceIp]".to_owned());
    }
}

/// A rule for one cluster.
fn bounds(thing: &mut Thing, clusters: &[Thing], dice: &mut Dice) {
    if !dice.chance(25) {
        return;
    }
    let cluster = &dice.pick(clusters).name;
    let rule = match dice.between(0, 3) {
        0 => "forbid: true".to_owned(),
        1 => format!("pin: {}", dice.between(0, 2)),
        2 => format!("minReplicas: {}", dice.between(1, 2)),
        _ => format!("maxReplicas: {}", dice.between(1, 6)),
    };
    let text = format!("clusters: [{{name: {cluster}, {rule}}}]");
    thing.options.push(Part::new(text, &[cluster]));
}
