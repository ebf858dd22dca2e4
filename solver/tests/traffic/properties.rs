//! What holds for any clusters, modes and metrics.

use proptest::prelude::*;

use super::*;

fn any_clusters() -> impl Strategy<Value = Vec<ClusterShare>> {
    let count = prop_oneof![3 => 0..40u32, 1 => any::<u32>(), 1 => Just(u32::MAX)];
    prop::collection::vec((count, any::<bool>(), prop::bool::weighted(0.8)), 1..6).prop_map(
        |rows| {
            let named = rows
                .into_iter()
                .enumerate()
                .map(|(i, (ready, public, healthy))| {
                    let name = format!("{}-{i}", if public { "eks" } else { "home" });
                    ClusterShare {
                        healthy,
                        ..cluster(&name, ready)
                    }
                });
            named.collect()
        },
    )
}

fn any_mode() -> impl Strategy<Value = TrafficMode> {
    let formula = (1..=255u8, 1..5_000_000u64, any::<u8>(), any::<bool>());
    prop_oneof![
        Just(TrafficMode::ReadyShare),
        formula.prop_map(|(base, target, minimum, disable_scale_in)| {
            TrafficMode::FeedForward(FeedForward {
                base: NonZeroU8::new(base).expect("positive"),
                target_milli: NonZeroU64::new(target).expect("positive"),
                minimum,
                scheduled: Vec::new(),
                disable_scale_in,
            })
        }),
    ]
}

fn any_metric() -> impl Strategy<Value = TrafficMetric> {
    prop_oneof![
        3 => (0..20_000_000i64).prop_map(|milli| TrafficMetric::Value { milli }),
        1 => any::<i64>().prop_map(|milli| TrafficMetric::Value { milli }),
        1 => Just(TrafficMetric::NotANumber),
    ]
}

proptest! {
    #[test]
    fn over_any_two_ticks_only_what_serves_has_weight_and_something_does(
        mode in any_mode(),
        step in prop::option::of(1..1200u16),
        ticks in prop::collection::vec((any_clusters(), any_metric()), 2..4),
    ) {
        let mut last = none();
        for (clusters, metric) in ticks {
            let answer = ramped(&mode, step, &clusters, metric, &last);
            prop_assert_eq!(answer.weights.len(), clusters.len());
            let serves = |name: &str| clusters.iter().any(|c| c.cluster == name && c.serves());
            if clusters.iter().any(ClusterShare::serves) {
                prop_assert!(numbers(&answer).iter().any(|weight| *weight > 0));
                for weight in &answer.weights {
                    prop_assert!(serves(&weight.cluster) || weight.weight == 0);
                    if mode == TrafficMode::ReadyShare {
                        prop_assert_eq!(serves(&weight.cluster), weight.weight > 0);
                    }
                }
            }
            let mut shuffled = clusters.clone();
            shuffled.reverse();
            prop_assert_eq!(&ramped(&mode, step, &shuffled, metric, &last), &answer);
            let json = serde_json::to_string(&answer).expect("plain data serialises");
            prop_assert_eq!(&serde_json::from_str::<TrafficWeights>(&json).expect("and back"), &answer);
            last = answer;
        }
    }

    #[test]
    fn a_hundredfold_fleet_has_the_same_weights(counts in prop::collection::vec(0..400u32, 1..5)) {
        let at_scale = |scale: u32| {
            let fleet = counts.iter().enumerate().map(|(i, count)| cluster(&format!("c{i}"), count * scale));
            numbers(&by_ready(&fleet.collect::<Vec<_>>(), &none()))
        };
        prop_assert_eq!(at_scale(1), at_scale(100));
    }

    #[test]
    fn clusters_with_other_names_get_the_same_weights_by_count(
        counts in prop::collection::btree_set(1..100_000u32, 1..5),
        rotate in 0..5usize,
    ) {
        let weight_of = |counts: &[u32]| {
            let fleet: Vec<_> = counts.iter().enumerate().map(|(i, n)| cluster(&format!("c{i}"), *n)).collect();
            let mut pairs: Vec<_> = counts.iter().copied().zip(numbers(&by_ready(&fleet, &none()))).collect();
            pairs.sort_unstable();
            pairs
        };
        let plain: Vec<u32> = counts.into_iter().collect();
        let mut rotated = plain.clone();
        rotated.rotate_left(rotate % plain.len());
        // Where two tuples are equally near, the name decides: the weights are then the same but for 1.
        for ((count, one), (_, other)) in weight_of(&plain).into_iter().zip(weight_of(&rotated)) {
            prop_assert!(one.abs_diff(other) <= 1, "{count}: {one} or {other}");
        }
    }

    #[test]
    fn a_ramp_of_two_clusters_is_monotone_and_arrives_in_as_many_ticks_as_the_distance_has_steps(
        from in (0..=255u8, 1..=255u8),
        ready in (1..200u32, 1..200u32),
        step in 1..=1000u16,
    ) {
        let clusters = [cluster("a", ready.0), cluster("b", ready.1)];
        let goal = by_ready(&clusters, &none());
        let mut last = TrafficWeights::adopt([("a", Tier::Private, from.0), ("b", Tier::Private, from.1)]);
        let distance = last.weights[0].share_ppm.abs_diff(goal.weights[0].share_ppm);
        let up = last.weights[0].share_ppm < goal.weights[0].share_ppm;
        let ticks = distance.div_ceil(u32::from(step) * 1000).max(1);
        // A share of 0 in DNS is no answer of ours: a serving cluster has at least the least weight.
        let mut before: Option<(u32, u32)> = None;
        for _ in 0..ticks {
            last = ramped(&TrafficMode::ReadyShare, Some(step), &clusters, TrafficMetric::Empty, &last);
            let now = (u32::from(last.weights[0].weight), u32::from(last.weights[1].weight));
            if let Some(before) = before {
                let rises = now.0 * before.1 >= before.0 * now.1;
                let falls = now.0 * before.1 <= before.0 * now.1;
                prop_assert!(if up { rises } else { falls }, "{:?} after {:?}", now, before);
            }
            before = Some(now);
        }
        prop_assert_eq!(numbers(&last), numbers(&goal));
    }
}
