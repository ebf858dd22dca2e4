//! The same tick priced in other ways: what is remembered of it is what would be computed.

use spillway_solver::decision::Counterfactuals;
use spillway_solver::units::{MicroUsdPerHour, MilliCpu};

use crate::random;
use crate::world::World;

fn priced(world: &World) -> Counterfactuals {
    world.judged().0.0.rationale.counterfactuals
}

/// A change of a world, by what it changes.
type Change = (&'static str, fn(&mut World));

#[test]
fn what_is_remembered_is_used_only_where_nothing_that_it_depends_on_has_changed() {
    let changes: [Change; 9] = [
        ("nothing", |_| {}),
        ("a price", |w| {
            for group in w.policy.clusters.iter_mut().flat_map(|c| &mut c.groups) {
                group.price.0 += 7;
            }
        }),
        ("what others use of a node", |w| {
            for node in w.snapshot.clusters.iter_mut().flat_map(|c| &mut c.nodes) {
                node.used.cpu_milli.0 += 500;
            }
        }),
        ("the price of a core at home", |w| {
            for cluster in &mut w.policy.clusters {
                cluster.marginal_per_core = MicroUsdPerHour(cluster.marginal_per_core.0 + 11);
            }
        }),
        ("the price of egress", |w| {
            for cluster in &mut w.policy.clusters {
                cluster.egress_per_gib.0 += 100_000;
            }
            for workload in &mut w.policy.workloads {
                workload.egress_per_hour.0 += 1 << 30;
            }
        }),
        ("requests", |w| {
            for workload in &mut w.policy.workloads {
                workload.requests.cpu_milli = MilliCpu(workload.requests.cpu_milli.0 + 300);
            }
        }),
        ("a cordon", |w| w.policy.clusters[0].cordoned = true),
        ("how far a group grows", |w| {
            for group in w.policy.clusters.iter_mut().flat_map(|c| &mut c.groups) {
                group.max_nodes += 1;
            }
        }),
        ("who may run where", |w| {
            w.policy.workloads[0].capabilities = ["none-has-it".into()].into();
        }),
    ];
    let mut differ = vec![0; changes.len()];
    for seed in 0..40 {
        let mut world = random::small(seed);
        world.memory = world.judged().0.0.memory;
        let before = priced(&world);
        for ((name, change), differ) in changes.iter().zip(&mut differ) {
            let mut then = world.clone();
            change(&mut then);
            let remembering = priced(&then);
            then.memory.priced_otherwise = None;
            assert_eq!(remembering, priced(&then), "seed {seed}: {name}");
            *differ += usize::from(remembering != before);
        }
    }
    for ((name, _), differ) in changes.iter().zip(differ) {
        assert_eq!(differ > 0, *name != "nothing", "{name}: {differ} worlds");
    }
}
