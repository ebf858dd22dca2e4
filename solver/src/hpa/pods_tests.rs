//! Tables for the grouping of pods.

use super::*;

pub(super) const NOW_MS: i64 = 10_000_000;
const CPU: CpuReadiness = CpuReadiness {
    initialization_period_ms: 120_000,
    initial_readiness_delay_ms: 10_000,
};

/// A Running pod that became ready right at its start, an hour ago.
pub(super) fn pod(name: &str) -> Pod {
    Pod {
        name: name.into(),
        phase: PodPhase::Running,
        deleted: false,
        started_at_ms: Some(NOW_MS - 3_600_000),
        ready: Some(Readiness {
            status: ConditionStatus::True,
            changed_at_ms: NOW_MS - 3_600_000,
        }),
    }
}

fn sample(value_milli: i64) -> PodSample {
    PodSample {
        value_milli,
        at_ms: NOW_MS,
        window_ms: 60_000,
    }
}

pub(super) fn samples(values: &[(&str, i64)]) -> BTreeMap<String, PodSample> {
    values
        .iter()
        .map(|&(name, value)| (name.to_owned(), sample(value)))
        .collect()
}

/// "counted", "unready", "missing" or "ignored".
fn group_of(pod: &Pod, samples: &BTreeMap<String, PodSample>, cpu: Option<CpuReadiness>) -> String {
    let groups = group_pods(std::slice::from_ref(pod), samples, cpu, NOW_MS);
    let sets = [
        ("unready", groups.unready.len()),
        ("missing", groups.missing.len()),
        ("ignored", groups.ignored.len()),
        ("counted", groups.counted as usize),
    ];
    let hits: Vec<_> = sets.iter().filter(|(_, count)| *count == 1).collect();
    assert_eq!(hits.len(), 1, "a pod is in exactly one group");
    hits[0].0.to_owned()
}

#[test]
fn phase_and_deletion_come_before_the_sample() {
    let with = samples(&[("p", 1)]);
    let without = BTreeMap::new();
    let deleted = Pod {
        deleted: true,
        ..pod("p")
    };
    let phase = |phase| Pod { phase, ..pod("p") };
    for (pod, samples, group) in [
        (&deleted, &with, "ignored"),
        (&deleted, &without, "ignored"),
        (
            &Pod {
                phase: PodPhase::Pending,
                ..deleted.clone()
            },
            &with,
            "ignored",
        ),
        (&phase(PodPhase::Failed), &with, "ignored"),
        (&phase(PodPhase::Pending), &with, "unready"),
        (&phase(PodPhase::Pending), &without, "unready"),
        (&phase(PodPhase::Running), &without, "missing"),
        (&phase(PodPhase::Succeeded), &with, "counted"),
    ] {
        assert_eq!(group_of(pod, samples, None), group, "{pod:?}");
    }
}

/// Start age, readiness status, age of its change, age of the sample (all seconds).
fn cpu_group(start: i64, status: ConditionStatus, changed: i64, sampled: i64) -> String {
    let pod = Pod {
        started_at_ms: Some(NOW_MS - start * 1_000),
        ready: Some(Readiness {
            status,
            changed_at_ms: NOW_MS - changed * 1_000,
        }),
        ..pod("p")
    };
    let mut one = samples(&[("p", 1)]);
    one.insert(
        "p".into(),
        PodSample {
            at_ms: NOW_MS - sampled * 1_000,
            ..sample(1)
        },
    );
    group_of(&pod, &one, Some(CPU))
}

#[test]
fn cpu_of_a_young_pod_counts_after_one_whole_window_of_readiness() {
    use ConditionStatus::{False, True, Unknown};
    for (start, status, changed, sampled, group) in [
        (119, True, 61, 0, "counted"),
        (119, True, 60, 0, "counted"),
        (119, True, 59, 0, "unready"),
        (119, True, 70, 11, "unready"),
        (119, Unknown, 60, 0, "counted"),
        (119, False, 110, 0, "unready"),
    ] {
        assert_eq!(
            cpu_group(start, status, changed, sampled),
            group,
            "{start} {status:?} {changed}"
        );
    }
}

#[test]
fn a_pod_of_exactly_the_initialization_period_is_no_longer_young() {
    assert_eq!(cpu_group(120, ConditionStatus::True, 1, 0), "counted");
    assert_eq!(cpu_group(119, ConditionStatus::True, 1, 0), "unready");
}

#[test]
fn an_old_pod_is_unready_only_if_it_never_was_ready() {
    use ConditionStatus::{False, True};
    for (changed, status, group) in [
        (600, False, "unready"),
        (591, False, "unready"),
        (590, False, "counted"),
        (1, False, "counted"),
        (600, True, "counted"),
    ] {
        assert_eq!(
            cpu_group(600, status, changed, 0),
            group,
            "changed {changed} s ago"
        );
    }
}

#[test]
fn cpu_of_a_pod_without_start_time_or_ready_condition_is_unready() {
    let with = samples(&[("p", 1)]);
    for pod in [
        Pod {
            started_at_ms: None,
            ..pod("p")
        },
        Pod {
            ready: None,
            ..pod("p")
        },
    ] {
        assert_eq!(group_of(&pod, &with, Some(CPU)), "unready");
        assert_eq!(
            group_of(&pod, &with, None),
            "counted",
            "other metrics do not look"
        );
    }
}

#[test]
fn a_ready_pod_must_also_run() {
    let succeeded = Pod {
        phase: PodPhase::Succeeded,
        ..pod("a")
    };
    assert!(pod("a").is_running_and_ready());
    assert!(!succeeded.is_running_and_ready());
    assert!(
        !Pod {
            ready: None,
            ..pod("a")
        }
        .is_running_and_ready()
    );
}
