//! `Cluster` into the core's cluster.

use spillway_solver::ids::{ClusterId, GroupId};
use spillway_solver::policy::{self as core, Headroom};
use spillway_solver::resources::Resources;
use spillway_solver::snapshot::BootTime;
use spillway_solver::units::{MicroUsdPerHour, Millis};

use super::scope::Scope;
use crate::api::{
    CapacityType, ClusterSpec, Connection, EksCluster, Grower, NodeGroup, PriceSource, Scheduling,
    TaintEffect, Tier,
};

/// Boot time of a group that grows, until one is learned: an EC2 node registers in about a
/// minute, then the image is pulled. Too short, and a queue is promised replicas too early.
const GROWING_BOOT: BootTime = BootTime {
    p50_ms: Millis(90_000),
    p95_ms: Millis(180_000),
};

/// Boot time on nodes that exist: an image pull and a readiness probe.
const STANDING_BOOT: BootTime = BootTime {
    p50_ms: Millis(15_000),
    p95_ms: Millis(30_000),
};

pub(super) fn convert(scope: &mut Scope<'_>, name: &str, spec: &ClusterSpec) -> core::ClusterSpec {
    if spec.node_groups.is_empty() {
        let message = "is empty: a cluster needs at least one node group".to_owned();
        scope.report("spec.nodeGroups", message);
    }
    let names = spec.node_groups.iter().map(|group| group.name.as_str());
    scope.unique("spec.nodeGroups", ".name", names);
    let capabilities = spec.capabilities.iter().map(String::as_str);
    scope.unique("spec.capabilities", "", capabilities);
    if let Some(connection) = &spec.connection {
        exactly_one_connection(scope, connection);
    }
    core::ClusterSpec {
        name: ClusterId::from(name),
        tier: tier(spec.tier),
        cordoned: spec.cordoned,
        capabilities: spec.capabilities.iter().cloned().collect(),
        round_trips_ms: spec
            .round_trips
            .iter()
            .map(|(set, span)| {
                let path = format!("spec.roundTrips.{set}");
                (set.clone(), scope.millis(&path, span))
            })
            .collect(),
        marginal_per_core: scope.usd_per_hour(
            "spec.marginalPricePerCoreHour",
            &spec.marginal_price_per_core_hour,
        ),
        egress_per_gib: scope.usd("spec.egressPricePerGib", &spec.egress_price_per_gib),
        headroom: Headroom {
            percent: scope.percent("spec.headroomPercent", spec.headroom_percent, 0, 90),
        },
        lost_after_ms: scope.positive_millis("spec.lostAfter", &spec.lost_after),
        capacity_max_age_ms: scope.positive_millis("spec.capacityMaxAge", &spec.capacity_max_age),
        scheduling: match spec.scheduling {
            Scheduling::LeastAllocated => core::Scheduling::LeastAllocated,
            Scheduling::MostAllocated => core::Scheduling::MostAllocated,
        },
        groups: spec
            .node_groups
            .iter()
            .enumerate()
            .map(|(index, group)| {
                let path = format!("spec.nodeGroups[{index}]");
                node_group(scope, &path, group, spec.tier)
            })
            .collect(),
    }
}

fn exactly_one_connection(scope: &mut Scope<'_>, connection: &Connection) {
    let set = [
        connection.in_cluster.is_some(),
        connection.kubeconfig_secret.is_some(),
        connection.eks.is_some(),
    ];
    if set.iter().filter(|set| **set).count() != 1 {
        let message = "set exactly one of inCluster, kubeconfigSecret and eks".to_owned();
        scope.report("spec.connection", message);
    }
    if let Some(eks) = &connection.eks {
        check_eks(scope, eks);
    }
}

fn check_eks(scope: &mut Scope<'_>, eks: &EksCluster) {
    // They become parts of addresses.
    let is_word = |text: &str| {
        let mut letters = text.chars();
        letters.all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
            && !text.is_empty()
    };
    for (field, text, example) in [
        ("name", &eks.name, "shop"),
        ("region", &eks.region, "eu-west-1"),
    ] {
        if !is_word(text) {
            let message = format!("`{text}` is no {field} of AWS: write one such as `{example}`");
            scope.report(&format!("spec.connection.eks.{field}"), message);
        }
    }
    let is_secret = |endpoint: &String| endpoint.starts_with("https://");
    if !eks.endpoint.iter().all(is_secret) {
        let message = "begins not with https://, and a token goes there: write that";
        scope.report("spec.connection.eks.endpoint", message.to_owned());
    }
    if eks.endpoint.is_some() != eks.certificate_authority.is_some() {
        let message = "set both of endpoint and certificateAuthority, or none, and AWS is asked";
        scope.report("spec.connection.eks", message.to_owned());
    }
}

fn node_group(
    scope: &mut Scope<'_>,
    path: &str,
    group: &NodeGroup,
    cluster_tier: Tier,
) -> core::GroupSpec {
    let capacity_type = group.capacity_type.unwrap_or(match cluster_tier {
        Tier::Private => CapacityType::Owned,
        Tier::Public => CapacityType::OnDemand,
    });
    let grower = group.grower.unwrap_or(match cluster_tier {
        Tier::Private => Grower::Nobody,
        Tier::Public => Grower::Karpenter,
    });
    let allocatable = format!("{path}.allocatable");
    for (field, quantity) in [
        ("cpu", &group.allocatable.cpu),
        ("memory", &group.allocatable.memory),
    ] {
        if quantity.milli() == Ok(0) {
            let message = "is 0: write what pods may use of a new node".to_owned();
            scope.report(&format!("{allocatable}.{field}"), message);
        }
    }
    if !(1..=1000).contains(&group.max_pods) {
        let message = format!("is {}: write a whole number from 1 to 1000", group.max_pods);
        scope.report(&format!("{path}.maxPods"), message);
    }
    if group.max_nodes > 5000 {
        let message = format!(
            "is {}: write a whole number from 0 to 5000",
            group.max_nodes
        );
        scope.report(&format!("{path}.maxNodes"), message);
    }
    core::GroupSpec {
        name: GroupId::from(group.name.as_str()),
        allocatable: scope.resources(&allocatable, &group.allocatable, group.max_pods),
        daemons: group
            .daemons
            .as_ref()
            .map_or_else(Resources::default, |daemons| {
                scope.resources(&format!("{path}.daemons"), daemons, 0)
            }),
        labels: group.labels.clone(),
        taints: group
            .taints
            .iter()
            .map(|taint| core::Taint {
                key: taint.key.clone(),
                value: taint.value.clone(),
                effect: effect(taint.effect),
            })
            .collect(),
        capacity_type: match capacity_type {
            CapacityType::Owned => core::CapacityType::Owned,
            CapacityType::OnDemand => core::CapacityType::OnDemand,
            CapacityType::Spot => core::CapacityType::Spot,
        },
        price: price(scope, path, group, capacity_type),
        grower: match grower {
            Grower::Nobody => core::Grower::Nobody,
            _ => core::Grower::NodeAutoscaler,
        },
        max_nodes: group.max_nodes,
        boot: boot(scope, path, group, grower),
    }
}

fn price(
    scope: &mut Scope<'_>,
    path: &str,
    group: &NodeGroup,
    capacity_type: CapacityType,
) -> MicroUsdPerHour {
    let source = format!("{path}.priceSource");
    match group.price_source {
        PriceSource::Fixed => {}
        _ if capacity_type == CapacityType::Owned => scope.report(
            &source,
            "an owned node has no EC2 price: leave priceSource out, or set capacityType OnDemand or Spot"
                .to_owned(),
        ),
        PriceSource::Ec2Spot if capacity_type != CapacityType::Spot => {
            scope.report(&source, "Ec2Spot needs capacityType Spot".to_owned());
        }
        _ if group.instance_type.is_none() => scope.report(
            &format!("{path}.instanceType"),
            "is missing: an EC2 price source needs it, such as m6i.xlarge".to_owned(),
        ),
        _ => {}
    }
    let path = format!("{path}.pricePerHour");
    match &group.price_per_hour {
        Some(price) => scope.usd_per_hour(&path, price),
        None if capacity_type == CapacityType::Owned => MicroUsdPerHour(0),
        None => {
            let message = "is missing: there is no price catalogue yet, so write what a node costs in USD \
                           per hour, such as \"0.192\" (or set capacityType Owned)";
            scope.report(&path, message.to_owned());
            MicroUsdPerHour(0)
        }
    }
}

fn boot(scope: &mut Scope<'_>, path: &str, group: &NodeGroup, grower: Grower) -> BootTime {
    let Some(boot) = &group.boot else {
        return if grower == Grower::Nobody {
            STANDING_BOOT
        } else {
            GROWING_BOOT
        };
    };
    let p50_ms = scope.millis(&format!("{path}.boot.p50"), &boot.p50);
    let p95_ms = scope.millis(&format!("{path}.boot.p95"), &boot.p95);
    if p50_ms > p95_ms && boot.p95.millis().is_ok() {
        let message = format!(
            "{} is above p95 {}: lower the one or raise the other",
            boot.p50.0, boot.p95.0
        );
        scope.report(&format!("{path}.boot.p50"), message);
    }
    BootTime { p50_ms, p95_ms }
}

fn tier(tier: Tier) -> core::Tier {
    match tier {
        Tier::Private => core::Tier::Private,
        Tier::Public => core::Tier::Public,
    }
}

pub(super) fn effect(effect: TaintEffect) -> core::TaintEffect {
    match effect {
        TaintEffect::NoSchedule => core::TaintEffect::NoSchedule,
        TaintEffect::PreferNoSchedule => core::TaintEffect::PreferNoSchedule,
        TaintEffect::NoExecute => core::TaintEffect::NoExecute,
    }
}
