//! Fifty workloads on nodes of mixed sizes.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use spillway_solver::decision::SpillReason;
use spillway_testbed::Profile;
use spillway_tests::hybrid::scenario::{end_and_replay, place, seconds, sound};
use spillway_tests::hybrid::{
    Controller, Decided, Dice, FLEET, Fleet, FleetSeen, Hybrid, Setup, fit_at_home,
};

use crate::folder;

const WORKLOADS: u32 = 50;

/// USD an hour that public nodes may cost in the burst: a quarter of what all replicas would need.
const CAP: f64 = 1.0;

/// Fleets that are drawn one after the other, each by its number.
const FLEETS: RangeInclusive<u64> = 1..=8;

/// Percent of the pods at home that the plan expected to find a node and that find none. What is aimed at is one; the
/// scheduler takes the pods of many workloads in more orders than the core tries.
const MISSED: usize = 5;

/// Ticks within which a replica that should have fitted and does not is taken elsewhere.
const CORRECTED_WITHIN: usize = 2;

/// Longer than whatever is still to happen lets wait for itself: a second's dwell, and a tick.
const REST: Duration = seconds(6);

#[test]
fn fifty_that_burst_in_one_tick_take_no_room_twice_and_random_fleets_land_where_they_were_planned()
{
    let _place = place();
    let test = folder("hybrid-fleet");
    let setup = Setup {
        profile: Profile::new(&[(Duration::ZERO, 1.0)]),
        node_boot: seconds(2),
        policy: format!("{{caps: {{usdPerHour: \"{CAP:.2}\"}}}}"),
        ..Setup::short()
    };
    let hybrid = sound(Hybrid::start(&test, &setup));
    let mut fleet = sound(Fleet::create(&hybrid, WORKLOADS));
    let seen = sound(FleetSeen::follow(&hybrid));
    let controller = sound(Controller::start(&test, &hybrid, seconds(1)));
    burst(&hybrid, &fleet, &seen, &controller);

    let no_cap = "apiVersion: spillway.dev/v1alpha1
kind: BurstPolicy
metadata: {name: default}
spec: {recall: {paybackPercent: 0, dwell: 1s, step: 10, budget: {moves: 100000, window: 1m}}}
";
    sound(hybrid.private.apply("no-cap", no_cap));
    sound(fleet.drive(&hybrid, |_| "replicas: 0".to_owned()));
    hybrid.wait_until("an empty fleet", seconds(60), |_| {
        let mut names = fleet
            .workloads
            .iter()
            .map(|workload| workload.name.as_str());
        names.all(|name| seen.asked(name, "private") + seen.asked(name, "eks") == 0)
    });
    sound(fleet.resize(&hybrid, &mut Dice::new(0)));
    let left = FLEETS.map(|number| land(&hybrid, &fleet, &seen, number));
    let left: Vec<Left> = left.collect();
    let at_home = seen.at_home();
    println!("{at_home:?}");
    assert!(
        at_home.pods >= 300 && at_home.in_vain * 100 <= MISSED * at_home.pods,
        "{at_home:?}"
    );
    let decided = controller.decided();
    let decided = decided.unwrap_or_else(|error| panic!("{error}"));
    corrected(&decided);
    for left in &left {
        left.is_explained(&decided);
    }
    end_and_replay(controller);
}

/// All fifty want more than home has and money buys, from one sample to the next.
fn burst(hybrid: &Hybrid, fleet: &Fleet, seen: &FleetSeen, controller: &Controller) {
    // One query for all, so that all see the burst in the same tick.
    let query = "60 * sum(queue_arrivals_total{queue=\\\"jobs\\\"} > bool 0)";
    let wanted = |index: usize| [3_u64, 4, 5, 6][index % 4];
    sound(fleet.drive(hybrid, |index| {
        let each = 60 / wanted(index);
        format!(
            "metrics: [{{name: load, prometheus: {{query: \"{query}\"}}, target: {{averageValue: \"{each}\"}}}}]"
        )
    }));
    let total: u64 = (0..fleet.workloads.len()).map(wanted).sum();
    hybrid.wait_until("fifty that are accepted", seconds(60), |_| {
        let all = autoscalers(hybrid);
        let reported = all
            .iter()
            .filter(|one| one["status"]["conditions"].is_array());
        reported.count() == fleet.workloads.len()
    });
    hybrid.queue.begin();
    let mut dearest = 0.0_f64;
    hybrid.wait_until("a burst that has come to rest", seconds(180), |_| {
        dearest = dearest.max(hybrid.bill().usd_per_hour);
        let most = fleet.workloads.iter().map(|w| seen.most(&w.name));
        most.sum::<u64>() > u64::from(WORKLOADS) && seen.rests_for(REST)
    });
    println!("public nodes cost up to {dearest:.3} USD an hour");
    assert!(dearest > 0.0 && dearest <= CAP, "{dearest} USD an hour");

    let (mut public, mut unplaced) = (0, 0);
    let all = autoscalers(hybrid);
    for (index, workload) in fleet.workloads.iter().enumerate() {
        let name = workload.name.as_str();
        let one = all.iter().find(|one| one["metadata"]["name"] == name);
        let status = &one.expect("its autoscaler")["status"];
        let count = |field: &str| status[field].as_u64().unwrap_or_default();
        let (desired, without) = (count("desiredReplicas"), count("unplacedReplicas"));
        let asked = ["private", "eks"].map(|cluster| seen.asked(name, cluster));
        assert_eq!(
            (desired, asked.iter().sum::<u64>() + without),
            (wanted(index), wanted(index)),
            "{name}: {asked:?} {status}"
        );
        assert!(
            seen.most(name) <= wanted(index),
            "{name}: {}",
            seen.most(name)
        );
        let reason = status["reason"].as_str().unwrap_or_default();
        assert!(
            without == 0 || reason.contains(" unplaced, MoneyCap: "),
            "{name}: {reason}"
        );
        public += asked[1];
        unplaced += without;
    }
    println!("of {total} replicas {public} are public and {unplaced} have no place");
    assert!(public > 0 && unplaced > 0, "{public} {unplaced}");
    let at_home = seen.at_home();
    assert_eq!(at_home.in_vain, 0, "no room is taken twice: {at_home:?}");

    let decided = controller.decided();
    let decided = decided.unwrap_or_else(|error| panic!("{error}"));
    let grew = |two: &[Decided]| two[1].desired().saturating_sub(two[0].desired());
    let most = decided.windows(2).map(grew).max().unwrap_or_default();
    // The first replica wakes each, the rest comes at the next tick.
    let others = total - u64::from(WORKLOADS);
    assert!(
        u64::from(most) >= others,
        "{most} more in one tick, of {total}"
    );
}

/// Public replicas that would fit at home, of a fleet at rest.
struct Left {
    fleet: u64,
    at_ms: i64,
    workloads: BTreeSet<String>,
}

/// Counts, and nodes that take no pods, of a number; what is left in public once all is at rest.
fn land(hybrid: &Hybrid, fleet: &Fleet, seen: &FleetSeen, number: u64) -> Left {
    let mut dice = Dice::new(number);
    let nodes = ["rack-1", "rack-2", "small-1", "large-1", "wide-1"];
    let (mut closed, mut open) = (vec!["cordon"], vec!["uncordon"]);
    for node in nodes {
        let list = if dice.below(5) == 0 {
            &mut closed
        } else {
            &mut open
        };
        list.push(node);
    }
    for command in [closed, open].iter().filter(|command| command.len() > 1) {
        sound(hybrid.private.kubectl(command));
    }
    let mut count = || u64::from(dice.below(3).min(1) * dice.below(7));
    let counts: Vec<u64> = fleet.workloads.iter().map(|_| count()).collect();
    sound(fleet.drive(hybrid, |index| format!("replicas: {}", counts[index])));
    let what = format!("fleet {number} at rest");
    hybrid.wait_until(&what, seconds(120), |_| {
        let asked = |name: &str| seen.asked(name, "private") + seen.asked(name, "eks");
        let mut all = fleet.workloads.iter().zip(&counts);
        all.all(|(workload, count)| asked(&workload.name) == *count) && seen.rests_for(REST)
    });
    let fit = sound(fit_at_home(hybrid));
    let total: u64 = counts.iter().sum();
    println!(
        "fleet {number}: {total} replicas, {} of the public ones fit at home",
        fit.len()
    );
    let names = fleet.workloads.iter().map(|workload| &workload.name);
    let fits = |name: &&String| fit.keys().any(|pod| pod.starts_with(name.as_str()));
    Left {
        fleet: number,
        at_ms: now_ms(),
        workloads: names.filter(fits).cloned().collect(),
    }
}

impl Left {
    /// A replica that alone frees no public node may stay there; nothing else may.
    fn is_explained(&self, decided: &[Decided]) {
        let before = decided
            .iter()
            .rfind(|tick| tick.snapshot.now_ms.0 <= self.at_ms);
        let rationale = &before.expect("it ticks").decision.rationale;
        for name in &self.workloads {
            let id = format!("{FLEET}/{name}");
            let why = rationale.workloads.iter().find(|why| why.id.as_str() == id);
            let spilled = &why.expect("it is decided").spilled;
            let stays = spilled.iter().any(|s| s.reason == SpillReason::NodeStays);
            assert!(
                stays,
                "fleet {}: {name} fits at home: {spilled:#?}",
                self.fleet
            );
        }
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.expect("it is later than 1970");
    i64::try_from(since.as_millis()).expect("and earlier than the end of time")
}

/// Replicas at home that find no node for longer than the scheduler tries are taken elsewhere.
fn corrected(decided: &[Decided]) {
    let stuck = |tick: &Decided| {
        let mut clusters = tick.snapshot.clusters.iter();
        let home = clusters.find(|cluster| cluster.name.as_str() == "private");
        let targets = home.into_iter().flat_map(|home| &home.targets);
        targets.map(|target| target.unschedulable).sum::<u32>()
    };
    let longest = decided
        .split(|tick| stuck(tick) == 0)
        .map(<[Decided]>::len)
        .max();
    let longest = longest.unwrap_or_default();
    assert!(longest <= CORRECTED_WITHIN, "stuck for {longest} ticks");
}

fn autoscalers(hybrid: &Hybrid) -> Vec<Value> {
    let namespace = format!("-n={FLEET}");
    let said = hybrid
        .private
        .kubectl(&["get", &namespace, "hya", "-o=json"]);
    let list: Value = serde_json::from_str(&sound(said)).expect("kubectl writes JSON");
    list["items"].as_array().cloned().unwrap_or_default()
}
