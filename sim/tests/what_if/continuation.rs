//! Without a change, what goes on from a tick is what the recorded run did.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fixture::{at, day, go_on, question};

/// Ticks in an hour.
const HOUR: usize = 240;

/// Ticks over the whole day: at night, in the growing day, in the sale and after it.
fn some_ticks(step: usize) -> impl Iterator<Item = usize> {
    (1..day().ticks.len() - HOUR).step_by(step)
}

#[test]
fn the_first_decision_is_the_recorded_one_to_the_byte() {
    for index in some_ticks(397) {
        let moment = at(index as u64 + 1);
        let prepared = question(&moment, Vec::new(), 30)
            .prepare()
            .expect("a sound question");
        let went = go_on(&moment, &prepared, false);
        let json = |tick: &(_, _)| serde_json::to_string(tick).expect("a tick is JSON");
        assert_eq!(
            json(&went.ticks[0]),
            json(&day().ticks[index]),
            "tick {index}"
        );
    }
}

/// The leaves in which two documents differ, with list positions left out.
fn differing(before: &Value, after: &Value, path: &str, found: &mut BTreeMap<String, u32>) {
    match (before, after) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            for (key, value) in a {
                differing(value, &b[key], &format!("{path}/{key}"), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (a, b) in a.iter().zip(b) {
                differing(a, b, path, found);
            }
        }
        _ if before == after => {}
        _ => *found.entry(path.to_owned()).or_default() += 1,
    }
}

/// What may differ a tick later even at rest: the clusters were looked at a second before the snapshot, and what was
/// spent in that second is in nobody's snapshot; nodes that are there are paid anew for a minute at least.
const AT_REST: [&str; 3] = [
    "/spend/dayMicroUsd",
    "/spend/hourMicroUsd",
    "/spend/monthMicroUsd",
];

/// What else may differ where something is under way: how long it still takes, and which of several equal nodes the
/// scheduler draws.
const UNDER_WAY: [&str; 10] = [
    "/clusters/groups/inFlight",
    "/clusters/nodes",
    "/clusters/nodes/replicas",
    "/clusters/nodes/replicas/bound",
    "/clusters/nodes/replicas/ready",
    "/clusters/nodes/used/cpuMilli",
    "/clusters/nodes/used/memoryBytes",
    "/clusters/nodes/used/pods",
    "/clusters/targets/pending",
    "/clusters/targets/unschedulable",
];

/// Fields of the snapshots after these ticks that the recorded run and the one that goes on show differently.
fn differing_after(ticks: impl Iterator<Item = usize>) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    for index in ticks {
        let moment = at(index as u64 + 1);
        let prepared = question(&moment, Vec::new(), 20);
        let prepared = prepared.prepare().expect("a sound question");
        let went = go_on(&moment, &prepared, false);
        let shown = |tick: &(_, _)| serde_json::to_value(&tick.0).expect("a snapshot is JSON");
        let (mut ours, mut theirs) = (shown(&went.ticks[1]), shown(&day().ticks[index + 1]));
        // Metrics come from the snapshot until there are own ones.
        ours["workloads"].take();
        theirs["workloads"].take();
        differing(&theirs, &ours, "", &mut found);
    }
    found
}

fn acts(index: usize) -> bool {
    !day().ticks[index].1.plan.steps.is_empty()
}

#[test]
fn a_tick_later_a_world_at_rest_shows_what_the_recorded_run_showed() {
    // Five minutes after the last write everything has happened.
    let rests = |index: &usize| (index.saturating_sub(20)..=*index).all(|tick| !acts(tick));
    let mut found = differing_after(some_ticks(37).filter(rests));
    found.retain(|field, _| !AT_REST.contains(&field.as_str()));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_tick_later_what_was_under_way_differs_in_how_long_it_takes_and_in_nothing_else() {
    let acting: Vec<usize> = some_ticks(1).filter(|index| acts(*index)).collect();
    let acting = acting.into_iter().step_by(4);
    let mut found = differing_after(acting.flat_map(|index| [index, index + 1]));
    found.retain(|field, _| {
        let field = field.as_str();
        !AT_REST.contains(&field) && !UNDER_WAY.contains(&field)
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn for_an_hour_as_many_replicas_are_desired_as_in_the_recorded_run_to_one_replica() {
    let (mut counts, mut differ) = (0, 0);
    for index in some_ticks(397) {
        let moment = at(index as u64 + 1);
        let prepared = question(&moment, Vec::new(), 3_600)
            .prepare()
            .expect("a sound question");
        let went = go_on(&moment, &prepared, false);
        assert_eq!(went.ticks.len(), HOUR);
        for (ours, theirs) in went.ticks.iter().zip(&day().ticks[index..]) {
            assert_eq!(ours.0.now_ms, theirs.0.now_ms);
            for (ours, theirs) in ours.1.plan.workloads.iter().zip(&theirs.1.plan.workloads) {
                counts += 1;
                differ += usize::from(ours.desired != theirs.desired);
                let apart = ours.desired.abs_diff(theirs.desired);
                assert!(apart <= 1, "{} {apart} apart after tick {index}", ours.id);
            }
        }
    }
    assert!(
        differ * 100 <= counts,
        "{differ} of {counts} desired counts differ"
    );
}
