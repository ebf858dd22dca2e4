//! Properties of the checker as a whole; each rule's own tests stand beside the rule.

use proptest::prelude::*;

use crate::decision::{
    ClusterPlan, Decision, GroupCount, GroupPlan, SpillReason, Spilled, Step, StepKind,
    WorkloadPlan,
};
use crate::memory::{Memory, Reservation};
use crate::policy::{CapacityType, ClusterBound, Grower, Placement, Policy, Scheduling};
use crate::snapshot::{NodeReplicas, QuotaScope, QuotaState, Snapshot, Spend};
use crate::units::{Bytes, MicroUsd, MicroUsdPerHour, MilliCpu, UnixMs};

use super::fixture::Case;
use super::{Violation, check};

#[test]
fn correct_decisions_break_no_rule() {
    assert_eq!(Case::spilling().check(), []);
    assert_eq!(Case::moving_home().check(), []);
}

#[test]
fn nothing_to_decide_and_nothing_decided_is_correct() {
    let case = Case::spilling();
    let decided = Decision::default();
    let (snapshot, policy) = (Snapshot::default(), Policy::default());
    assert_eq!(check(&snapshot, &policy, &Memory::default(), &decided), []);
    assert!(!check(&case.snapshot, &case.policy, &case.memory, &decided).is_empty());
}

#[test]
fn violations_are_sorted_and_told_once() {
    let mut case = Case::spilling();
    case.decision.rationale.money.spot.0 += 1;
    case.decision.rationale.money.egress.0 += 1;
    case.plan().desired = 30;
    let found = case.check();
    assert!(found.is_sorted() && found.len() > 3, "{found:#?}");
    let unique: std::collections::BTreeSet<&Violation> = found.iter().collect();
    assert_eq!(unique.len(), found.len());
}

#[test]
fn the_order_of_the_lists_changes_nothing() {
    let mut case = Case::spilling();
    case.node("home-2").used.cpu_milli.0 -= 500;
    case.place("cloud", 3);
    case.plan().desired = 30;
    let found = case.check();
    case.snapshot.clusters.reverse();
    for cluster in &mut case.snapshot.clusters {
        cluster.nodes.reverse();
        cluster.groups.reverse();
    }
    case.policy.clusters.reverse();
    for cluster in &mut case.policy.clusters {
        cluster.groups.reverse();
    }
    case.plan().clusters.reverse();
    case.decision.plan.groups.reverse();
    assert!(found.len() > 3, "{found:#?}");
    assert_eq!(case.check(), found);
}

/// A count: mostly small, sometimes the largest there is.
fn count() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0_u32..12, 1 => Just(u32::MAX)]
}

/// An amount: mostly a few cores, sometimes an extreme.
fn size() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0_u64..8_000, 1 => Just(u64::MAX), 1 => Just(0)]
}

fn money() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0_i64..1_000_000, 1 => Just(i64::MAX), 1 => Just(i64::MIN)]
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 1_795_348_700_000_i64..1_795_348_900_000, 1 => any::<i64>()]
}

fn cluster() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["home", "cloud", "elsewhere"])
}

fn group() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["metal", "on-demand", "spot", "other"])
}

fn workload() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["shop/web", "shop/worker", "nameless"])
}

fn workload_plan() -> impl Strategy<Value = WorkloadPlan> {
    let groups = prop::collection::vec((group(), count()), 0..3).prop_map(|groups| {
        groups
            .into_iter()
            .map(|(group, replicas)| GroupCount {
                group: group.into(),
                replicas,
            })
            .collect()
    });
    let place =
        (cluster(), count(), count(), groups).prop_map(|(cluster, replicas, apply, groups)| {
            ClusterPlan {
                cluster: cluster.into(),
                replicas,
                apply,
                groups,
            }
        });
    let places = prop::collection::vec(place, 0..4);
    (workload(), count(), places, count()).prop_map(|(id, desired, clusters, unplaced)| {
        WorkloadPlan {
            id: id.into(),
            desired,
            clusters,
            unplaced,
            ..WorkloadPlan::default()
        }
    })
}

fn group_plan() -> impl Strategy<Value = GroupPlan> {
    (cluster(), group(), count(), count(), money()).prop_map(
        |(cluster, group, nodes, planned, price)| GroupPlan {
            cluster: cluster.into(),
            group: group.into(),
            nodes,
            planned,
            price: MicroUsdPerHour(price),
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    (workload(), cluster(), any::<bool>(), count(), count()).prop_map(
        |(workload, cluster, adds, from, to)| Step {
            workload: workload.into(),
            cluster: cluster.into(),
            kind: if adds {
                StepKind::Add
            } else {
                StepKind::Remove
            },
            from,
            to,
            reason: None,
        },
    )
}

fn spilled() -> impl Strategy<Value = Spilled> {
    let reason = prop::sample::select(SpillReason::ALL);
    (cluster(), count(), reason).prop_map(|(cluster, replicas, reason)| Spilled {
        cluster: cluster.into(),
        replicas,
        reason,
        detail: String::new(),
    })
}

prop_compose! {
    fn decided()(
        workloads in prop::collection::vec(workload_plan(), 0..3),
        groups in prop::collection::vec(group_plan(), 0..4),
        steps in prop::collection::vec(step(), 0..4),
        spilled in prop::collection::vec(spilled(), 0..4),
        now in prop::option::of(time()),
        target in count(),
    ) -> Case {
        let mut case = Case::spilling();
        case.decision.plan.workloads = workloads;
        case.decision.plan.groups = groups;
        case.decision.plan.steps = steps;
        case.rationale().spilled = spilled;
        case.decision.memory.now_ms = now.map(UnixMs);
        case.memory.reservations = vec![Reservation {
            cluster: "home".into(),
            workload: "shop/web".into(),
            epoch: 0,
            target,
            asked_at_ms: UnixMs(0),
        }];
        case
    }
}

prop_compose! {
    fn arbitrary()(
        mut case in decided(),
        sizes in prop::collection::vec(size(), 10),
        counts in prop::collection::vec(count(), 10),
        times in prop::collection::vec(time(), 4),
        prices in prop::collection::vec(money(), 8),
        percents in prop::collection::vec(any::<u8>(), 4),
        flags in prop::collection::vec(any::<bool>(), 8),
    ) -> Case {
        let worker = case.policy.workloads[0].clone();
        case.policy.workloads.push(worker);
        case.policy.workloads[1].id = "shop/worker".into();
        case.policy.workloads[1].co_placement = flags[0].then(|| "shop".into());
        let web = case.web();
        web.requests.cpu_milli = MilliCpu(sizes[0]);
        web.requests.memory_bytes = Bytes(sizes[1]);
        web.requests.pods = counts[0];
        web.requests.extended.insert("nvidia.com/gpu".into(), sizes[2]);
        web.max_replicas = counts[1];
        web.move_surge = counts[2];
        web.min_replicas = counts[3];
        web.egress_per_hour = Bytes(sizes[3]);
        web.cluster_bounds = vec![ClusterBound {
            cluster: "cloud".into(),
            min: counts[4],
            max: flags[1].then_some(counts[5]),
        }];
        let burst = case.burst();
        burst.max_cluster_percent = percents[0];
        burst.survive_percent = percents[1];
        burst.spot.max_percent = percents[2];
        burst.caps.per_hour = flags[2].then_some(MicroUsd(prices[0]));
        burst.caps.per_day = Some(MicroUsd(prices[1]));
        burst.caps.per_month = Some(MicroUsd(prices[2]));
        burst.max_replicas = Some(counts[6]);
        burst.placement = if flags[3] { Placement::Standby } else { Placement::ActiveActive };
        case.home().scheduling = if flags[4] {
            Scheduling::MostAllocated
        } else {
            Scheduling::LeastAllocated
        };
        case.home().headroom.percent = percents[3];
        case.home().marginal_per_core = MicroUsdPerHour(prices[3]);
        case.cloud().egress_per_gib = MicroUsd(prices[4]);
        case.on_demand().price = MicroUsdPerHour(prices[5]);
        case.on_demand().grower = if flags[5] { Grower::Nobody } else { Grower::NodeAutoscaler };
        case.on_demand().capacity_type =
            if flags[6] { CapacityType::Spot } else { CapacityType::OnDemand };
        case.snapshot.now_ms = UnixMs(times[0]);
        case.state("home").observed_at_ms = UnixMs(times[1]);
        case.memory.now_ms = Some(UnixMs(times[2]));
        case.group_state("on-demand").insufficient_capacity_at_ms = Some(UnixMs(times[3]));
        case.group_state("on-demand").in_flight = counts[7];
        case.snapshot.spend = flags[7].then_some(Spend {
            hour_micro_usd: MicroUsd(prices[6]),
            day_micro_usd: MicroUsd(prices[6]),
            month_micro_usd: MicroUsd(prices[7]),
        });
        let scopes = [
            QuotaScope::Instances,
            QuotaScope::InstanceCpu,
            QuotaScope::NamespaceCpu("shop".into()),
        ];
        case.state("cloud").quotas = scopes
            .into_iter()
            .map(|scope| QuotaState {
                name: "a quota".into(),
                scope,
                limit: sizes[4],
                used: sizes[5],
            })
            .collect();
        case.target("home").spec_replicas = counts[8];
        let node = case.node("home-2");
        node.allocatable.cpu_milli = MilliCpu(sizes[6]);
        node.allocatable.memory_bytes = Bytes(sizes[7]);
        node.used.cpu_milli = MilliCpu(sizes[8]);
        node.used.memory_bytes = Bytes(sizes[9]);
        node.replicas.push(NodeReplicas {
            workload: "shop/web".into(),
            bound: counts[9],
            ready: counts[9],
            terminating: counts[9],
        });
        case
    }
}

proptest! {
    #[test]
    fn arbitrary_decisions_are_answered_without_a_panic(case in decided()) {
        prop_assert!(case.check().is_sorted());
    }

    #[test]
    fn arbitrary_worlds_are_answered_without_a_panic(case in arbitrary()) {
        let found = case.check();
        prop_assert_eq!(&found, &case.check());
    }
}
