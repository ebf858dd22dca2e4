//! Pods that start slowly or not at all.

use super::{Witness, applied, ready};
use crate::fixture::{Given, config, simulate};

/// Ready milliseconds of one replica in the cloud that is asked for at 15 s, until 300 s.
fn cloud_ready_ms(faults: &str) -> (u64, Option<u64>) {
    let mut witness = Witness::new(vec![(15, "cloud", 1)]);
    let config = config(1, 1, &format!("horizon: 300s\n{faults}"));
    let record = simulate(&config, Given::millis(&[]), &mut witness);
    let ms = ready(&record).iter().map(|row| row[1] * 60).sum();
    let struck = (!record.faults.is_empty()).then(|| applied(&record).struck);
    (ms, struck)
}

#[test]
fn a_slow_image_takes_a_multiple_of_its_time() {
    // The node is up at 47 s; 10 s for the image and 4 s until it is Ready, or 30 s and 4 s.
    assert_eq!(cloud_ready_ms("").0.div_ceil(1_000), 300 - 61);
    let slow = "faults: [{kind: slowImagePull, cluster: cloud, factor: 3, at: 0s}]\n";
    assert_eq!(cloud_ready_ms(slow).0.div_ceil(1_000), 300 - 81);
}

#[test]
fn a_pod_that_crashes_as_it_starts_is_tried_again_after_10_20_and_40_seconds() {
    // It crashes at 61, 75 and 99 s, each time 4 s after its back-off, and is Ready at 143 s.
    let crash = "faults: [{kind: podStartFailure, workload: shop/worker, probability: 1, at: 0s, for: 100s}]\n";
    let (ms, crashes) = cloud_ready_ms(crash);
    assert_eq!((ms.div_ceil(1_000), crashes), (300 - 143, Some(3)));
    let elsewhere = crash.replace("probability", "cluster: home, probability");
    assert_eq!(cloud_ready_ms(&elsewhere), (cloud_ready_ms("").0, Some(0)));
}

#[test]
fn a_crash_of_a_probability_strikes_that_share_of_starts() {
    let crash =
        "faults: [{kind: podStartFailure, workload: shop/worker, probability: 0.25, at: 0s}]\n";
    let mut script = Vec::new();
    for round in 0..200 {
        script.push((15 + round * 300, "cloud", 5));
        script.push((165 + round * 300, "cloud", 0));
    }
    let config = config(1, 1, &format!("horizon: 17h\n{crash}"));
    let record = simulate(&config, Given::millis(&[]), &mut Witness::new(script));
    // A thousand pods, each 1/3 crashes on average until it is Ready.
    let struck = applied(&record).struck;
    assert!((250..420).contains(&struck), "{struck}");
}
