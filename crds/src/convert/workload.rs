//! `HybridAutoscaler` into the core's workload.

use kube::ResourceExt;
use spillway_solver::ids::{ClusterId, PolicyId, WorkloadId};
use spillway_solver::policy::{self as core, WorkloadSpec};
use spillway_solver::resources::Resources;
use spillway_solver::units::{Bytes, MicroUsdPerHour};

use super::scope::Scope;
use super::{Names, behavior, burst, cluster, metric, traffic};
use crate::api::{
    Activation, BurstPolicySpec, ClusterRule, DataSet, HybridAutoscalerSpec, Mode, Placement,
    Toleration, TolerationOperator,
};

pub(super) fn convert(
    scope: &mut Scope<'_>,
    id: &str,
    spec: &HybridAutoscalerSpec,
    names: &Names<'_>,
) -> WorkloadSpec {
    let policy = names.policies.get(&spec.policy_ref.name).copied();
    let unread = names.unread.nameless || names.unread.policies.contains(&spec.policy_ref.name);
    if policy.is_none() && !unread {
        let known: Vec<&str> = names.policies.keys().map(String::as_str).collect();
        let known = if known.is_empty() {
            "add a BurstPolicy of that name".to_owned()
        } else {
            format!(
                "add a BurstPolicy of that name, or write one of {}",
                known.join(", ")
            )
        };
        let message = format!("`{}` does not exist: {known}", spec.policy_ref.name);
        scope.report("spec.policyRef.name", message);
    }
    let policy = policy.map(|located| (located.object.name_any(), &located.object.spec));
    let rules = policy.as_ref().map(|(_, rules)| *rules);
    check_fill(scope, spec, rules);
    check_group(scope, spec, rules);
    check_mode(scope, spec);
    check_pause(scope, spec);
    let (min_replicas, max_replicas) = bounds(scope, spec);
    let mut schedule = traffic::schedule(scope, "spec.schedule", &spec.schedule, None);
    if let Some((name, rules)) = &policy {
        // The policy's own conversion reports what is wrong with them.
        let mut unheard = Vec::new();
        let origin = crate::objects::Origin::default();
        let mut quiet = Scope::new("BurstPolicy", name, &origin, &mut unheard);
        let prefix = format!("policy/{name}");
        schedule.extend(traffic::schedule(
            &mut quiet,
            "",
            &rules.schedule,
            Some(&prefix),
        ));
    }
    let capabilities = spec.required_capabilities.iter().map(String::as_str);
    scope.unique("spec.requiredCapabilities", "", capabilities);
    scope.unique(
        "spec.dataSets",
        ".name",
        spec.data_sets.iter().map(|set| set.name.as_str()),
    );
    scope.unique(
        "spec.clusters",
        ".name",
        spec.clusters.iter().map(|rule| rule.name.as_str()),
    );
    WorkloadSpec {
        id: WorkloadId::from(id),
        policy: PolicyId::from(spec.policy_ref.name.as_str()),
        fill: spec.fill.map(burst::fill),
        min_replicas,
        max_replicas,
        move_surge: spec.move_surge,
        metrics: metrics(scope, spec),
        behavior: spec
            .behavior
            .as_ref()
            .map(|behavior| behavior::convert(scope, behavior)),
        activation: activation(scope, spec),
        schedule,
        priority: spec.priority.unwrap_or(0),
        requests: requests(scope, spec),
        node_selector: spec.node_selector.clone(),
        tolerations: spec
            .tolerations
            .iter()
            .enumerate()
            .map(|(index, item)| toleration(scope, &format!("spec.tolerations[{index}]"), item))
            .collect(),
        capabilities: spec.required_capabilities.iter().cloned().collect(),
        co_placement: spec.co_placement_group.clone(),
        data_sets: spec
            .data_sets
            .iter()
            .enumerate()
            .map(|(index, set)| data_set(scope, &format!("spec.dataSets[{index}]"), set))
            .collect(),
        cluster_bounds: cluster_bounds(scope, spec, names),
        egress_per_hour: Bytes(
            scope.units("spec.egressPerReplicaHour", &spec.egress_per_replica_hour),
        ),
        traffic: spec.traffic.as_ref().map(|traffic| {
            let step = rules.map_or(100, |rules| rules.traffic_step_percent);
            traffic::traffic(scope, traffic, step, spec.metrics.first())
        }),
        unmodelled: false,
        pause: core::Pause {
            up: spec.pause.scale_up,
            down: spec.pause.scale_down,
            moves: spec.pause.moves,
        },
    }
}

fn check_fill(scope: &mut Scope<'_>, spec: &HybridAutoscalerSpec, rules: Option<&BurstPolicySpec>) {
    if let (Some(own), Some(rules)) = (spec.fill, rules)
        && own != rules.fill
        && !rules.allow_fill_override
    {
        let message = format!(
            "{own:?} is not allowed by policy `{}`: leave it out, or set allowFillOverride there",
            spec.policy_ref.name
        );
        scope.report("spec.fill", message);
    }
}

/// A group runs in one cluster; what asks for more than one can never be had with it.
fn check_group(
    scope: &mut Scope<'_>,
    spec: &HybridAutoscalerSpec,
    rules: Option<&BurstPolicySpec>,
) {
    let (Some(group), Some(rules)) = (&spec.co_placement_group, rules) else {
        return;
    };
    let policy = &spec.policy_ref.name;
    let mut contradicts = |asked: String, instead: &str| {
        let message = format!(
            "`{group}` keeps each of its workloads in one cluster, and policy `{policy}` {asked}: write \
             {instead} there, leave the group out, or name another policy"
        );
        scope.report("spec.coPlacementGroup", message);
    };
    if rules.max_cluster_percent < 100 {
        let asked = format!(
            "allows one cluster no more than maxClusterPercent {}",
            rules.max_cluster_percent
        );
        contradicts(asked, "100");
    }
    if rules.survive_percent > 0 {
        let asked = format!(
            "asks that survivePercent {} outlive the loss of that cluster",
            rules.survive_percent
        );
        contradicts(asked, "0");
    }
    if rules.placement == Placement::ActiveActive {
        let asked = "asks with placement ActiveActive for a replica in every cluster".to_owned();
        contradicts(asked, "Overflow");
    }
}

/// `Observe` is decided like `Active`; what is written is the host's matter. What `Paused` keeps is known only where
/// replicas run, and the controller pins them before it converts.
fn check_mode(scope: &mut Scope<'_>, spec: &HybridAutoscalerSpec) {
    if spec.mode == Mode::Paused {
        let message =
            "Paused keeps what runs, and offline nothing does yet: leave it out, or write Active"
                .to_owned();
        scope.report("spec.mode", message);
    }
}

fn check_pause(scope: &mut Scope<'_>, spec: &HybridAutoscalerSpec) {
    if spec.replicas.is_some() && (spec.pause.scale_up || spec.pause.scale_down) {
        let message = "means nothing where replicas is set by somebody else: pause whoever sets it, or set mode Paused";
        scope.report("spec.pause", message.to_owned());
    }
    if !spec.pause.pins.is_empty() && spec.mode != Mode::Paused {
        let message = "hold in mode Paused only: set it, or leave the pins out".to_owned();
        scope.report("spec.pause.pins", message);
    }
    scope.unique(
        "spec.pause.pins",
        ".name",
        spec.pause.pins.iter().map(|pin| pin.name.as_str()),
    );
}

/// The fleet's bounds; both are the driven count where an HPA or KEDA drives it.
fn bounds(scope: &mut Scope<'_>, spec: &HybridAutoscalerSpec) -> (u32, u32) {
    if spec.max_replicas == 0 {
        scope.report("spec.maxReplicas", "is 0: write at least 1".to_owned());
    }
    scope.min_max(
        "spec.minReplicas",
        Some(spec.min_replicas),
        Some(spec.max_replicas),
    );
    match spec.replicas {
        Some(replicas) => {
            let replicas = replicas.min(spec.max_replicas).max(spec.min_replicas);
            (replicas, replicas)
        }
        None => (spec.min_replicas, spec.max_replicas),
    }
}

fn metrics(scope: &mut Scope<'_>, spec: &HybridAutoscalerSpec) -> Vec<core::MetricSpec> {
    match (spec.replicas, spec.metrics.is_empty()) {
        (None, true) => {
            let message = "is empty: write at least one metric, or set replicas if an HPA or KEDA drives the count";
            scope.report("spec.metrics", message.to_owned());
        }
        (Some(_), false) => {
            let message = "drives the count, and so do the metrics: leave one of them out";
            scope.report("spec.replicas", message.to_owned());
        }
        _ => {}
    }
    scope.unique(
        "spec.metrics",
        ".name",
        spec.metrics.iter().map(|metric| metric.name.as_str()),
    );
    spec.metrics
        .iter()
        .enumerate()
        .filter_map(|(index, item)| {
            let path = format!("spec.metrics[{index}]");
            metric::convert(scope, &path, item, spec.min_replicas)
        })
        .collect()
}

fn activation(scope: &mut Scope<'_>, spec: &HybridAutoscalerSpec) -> Option<core::Activation> {
    if spec.min_replicas > 0 && spec.activation.is_some() {
        let message = format!(
            "wakes a workload from zero, and minReplicas is {}: write 0 there, or leave this out",
            spec.min_replicas
        );
        scope.report("spec.activation", message);
    }
    if spec.min_replicas > 0 || spec.replicas.is_some() {
        return None;
    }
    let Activation {
        threshold,
        cooldown,
    } = spec.activation.clone().unwrap_or_default();
    Some(core::Activation {
        threshold_milli: scope.milli("spec.activation.threshold", &threshold),
        cooldown_ms: scope.millis("spec.activation.cooldown", &cooldown),
    })
}

fn requests(scope: &mut Scope<'_>, spec: &HybridAutoscalerSpec) -> Resources {
    let path = "spec.replicaRequests";
    let Some(amounts) = &spec.replica_requests else {
        let message = "is missing: offline there is no pod template to read, so write what one replica asks for, \
                       such as {cpu: 500m, memory: 1Gi}";
        scope.report(path, message.to_owned());
        return Resources::default();
    };
    if amounts.cpu.milli() == Ok(0) && amounts.memory.milli() == Ok(0) {
        let message = "asks for nothing, so any number would fit: write cpu or memory".to_owned();
        scope.report(path, message);
    }
    scope.resources(path, amounts, 1)
}

fn toleration(scope: &mut Scope<'_>, path: &str, item: &Toleration) -> core::Toleration {
    let exists = item.operator == TolerationOperator::Exists;
    if exists && item.value.as_ref().is_some_and(|value| !value.is_empty()) {
        let message = "has no meaning with operator Exists: leave it out".to_owned();
        scope.report(&format!("{path}.value"), message);
    }
    if !exists && item.key.is_none() {
        let message = "is missing: only operator Exists tolerates every key".to_owned();
        scope.report(&format!("{path}.key"), message);
    }
    core::Toleration {
        key: item.key.clone(),
        value: (!exists).then(|| item.value.clone().unwrap_or_default()),
        effect: item.effect.map(cluster::effect),
    }
}

/// A millisecond of round-trip costs what the users' waiting of one hour's queries is worth.
fn data_set(scope: &mut Scope<'_>, path: &str, set: &DataSet) -> core::DataSetUse {
    let queries_milli = scope.milli(
        &format!("{path}.queriesPerReplicaHour"),
        &set.queries_per_replica_hour,
    );
    let price = scope.usd_per_hour(
        &format!("{path}.waitingPricePerHour"),
        &set.waiting_price_per_hour,
    );
    // Thousandths of a query, a millisecond each, over the milliseconds of an hour; rounded down.
    let penalty = i128::from(queries_milli) * i128::from(price.0) / (1000 * 3_600_000);
    let penalty = i64::try_from(penalty).unwrap_or_else(|_| {
        let message = "times waitingPricePerHour is too large: lower one of them".to_owned();
        scope.report(&format!("{path}.queriesPerReplicaHour"), message);
        0
    });
    core::DataSetUse {
        name: set.name.clone(),
        max_round_trip_ms: set
            .max_round_trip
            .as_ref()
            .map(|span| scope.millis(&format!("{path}.maxRoundTrip"), span)),
        penalty_per_ms: MicroUsdPerHour(penalty),
    }
}

fn cluster_bounds(
    scope: &mut Scope<'_>,
    spec: &HybridAutoscalerSpec,
    names: &Names<'_>,
) -> Vec<core::ClusterBound> {
    let mut floors: u64 = 0;
    let mut bounds = Vec::new();
    for (index, rule) in spec.clusters.iter().enumerate() {
        let path = format!("spec.clusters[{index}]");
        if !names.clusters.contains(&rule.name) && !names.unread.nameless {
            let known: Vec<&str> = names.clusters.iter().map(String::as_str).collect();
            let message = format!(
                "`{}` does not exist: write one of {}",
                rule.name,
                known.join(", ")
            );
            scope.report(&format!("{path}.name"), message);
        }
        let bound = cluster_bound(scope, &path, rule);
        floors += u64::from(bound.min);
        bounds.push(bound);
    }
    if floors > u64::from(spec.max_replicas) {
        let message = format!(
            "ask for {floors} replicas at least, above maxReplicas {}: lower the ones or raise the other",
            spec.max_replicas
        );
        scope.report("spec.clusters", message);
    }
    bounds
}

fn cluster_bound(scope: &mut Scope<'_>, path: &str, rule: &ClusterRule) -> core::ClusterBound {
    let bounded = rule.min_replicas.is_some() || rule.max_replicas.is_some();
    let set = [rule.forbid, rule.pin.is_some(), bounded];
    if set.iter().filter(|set| **set).count() != 1 {
        let message = "set exactly one of forbid, pin, and minReplicas/maxReplicas".to_owned();
        scope.report(path, message);
    }
    scope.min_max(
        &format!("{path}.minReplicas"),
        rule.min_replicas,
        rule.max_replicas,
    );
    let (min, max) = match rule.pin {
        Some(pin) => (pin, Some(pin)),
        None if rule.forbid => (0, Some(0)),
        None => (rule.min_replicas.unwrap_or(0), rule.max_replicas),
    };
    core::ClusterBound {
        cluster: ClusterId::from(rule.name.as_str()),
        min,
        max,
    }
}
