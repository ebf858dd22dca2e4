//! `BurstPolicy`: the platform team's rules, shared by the workloads that name them.

#![expect(
    clippy::duplicated_attributes,
    reason = "each printer column names its type"
)]

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::PolicyStatus;
use super::window::ScheduledBound;
use crate::text::{TimeSpan, Usd};

/// Rules for bursting.
#[derive(CustomResource, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[kube(
    group = "spillway.dev",
    version = "v1alpha1",
    kind = "BurstPolicy",
    plural = "burstpolicies",
    doc = "Bursting rules that the platform team owns and workloads name, as a StorageClass is named. An empty spec is a useful one.",
    status = "PolicyStatus",
    derive = "PartialEq",
    category = "spillway",
    printcolumn(name = "Placement", type_ = "string", json_path = ".spec.placement"),
    printcolumn(name = "Fill", type_ = "string", json_path = ".spec.fill"),
    printcolumn(name = "Workloads", type_ = "integer", json_path = ".status.workloads"),
    printcolumn(
        name = "Public",
        type_ = "integer",
        json_path = ".status.publicReplicas",
        description = "Replicas in public clusters"
    ),
    printcolumn(
        name = "Cost/h",
        type_ = "string",
        json_path = ".status.costPerHour",
        description = "USD per hour as planned"
    ),
    printcolumn(
        name = "Cap",
        type_ = "string",
        json_path = ".status.capRung",
        description = "Rung of the money cap's ladder"
    ),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    )
)]
#[x_kube(
    validation = Rule::new("!has(self.maxPublicReplicas) || !has(self.maxReplicas) || self.maxPublicReplicas <= self.maxReplicas")
        .message("maxPublicReplicas is above maxReplicas: lower the one or raise the other")
)]
pub struct BurstPolicySpec {
    /// How replicas are laid over the clusters. Default: `Overflow`: private first and
    /// only the rest in public is what costs least.
    #[serde(default)]
    pub placement: Placement,
    /// Which cluster fills first. Default: `PrivateFirst`, for owned nodes are paid anyway.
    #[serde(default)]
    pub fill: Fill,
    /// Whether a workload may override `fill`. Default: false: who pays decides.
    #[serde(default)]
    pub allow_fill_override: bool,
    /// Share of a workload's replicas that shall still run when any one cluster is lost,
    /// percent, 0-100. Soft: what is achievable is reported. Default: 0, for it needs replicas
    /// in public at all times, which costs.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    pub survive_percent: u32,
    /// Largest share of a workload in one cluster, percent, 1-100. Default: 100, no bound.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 100))]
    pub max_cluster_percent: u32,
    /// Use of spot capacity. Default: none.
    #[serde(default)]
    pub spot: Spot,
    /// Money caps over all workloads of this policy. Default: none, but warnings need one:
    /// set at least `usdPerDay` before production.
    #[serde(default)]
    pub caps: Caps,
    /// When replicas come home at a constant count.
    #[serde(default)]
    pub recall: Recall,
    /// Most by which a cluster's share of the traffic changes in one step, percent, 1-100.
    /// Default: 25: all of it moves in four steps, and errors show before the last.
    #[serde(default = "traffic_step")]
    #[schemars(range(min = 1, max = 100))]
    pub traffic_step_percent: u32,
    /// What happens to the replicas of a cluster that does not answer.
    #[serde(default)]
    pub on_unreachable: OnUnreachable,
    /// Floors and ceilings by the clock, for each workload of this policy. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["name".into()]))]
    pub schedule: Vec<ScheduledBound>,
    /// Most replicas that all its workloads together may have in public clusters. Default: no
    /// bound but money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_public_replicas: Option<u32>,
    /// Most replicas that all its workloads together may have. It holds before their minimums: the
    /// higher priority gets its own first. Default: no bound but their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_replicas: Option<u32>,
}

fn hundred() -> u32 {
    100
}

fn traffic_step() -> u32 {
    25
}

/// How replicas are laid over the clusters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Placement {
    /// Private clusters take what fits, public ones the rest.
    #[default]
    Overflow,
    /// Every eligible cluster keeps at least one replica.
    ActiveActive,
    /// Public clusters run nothing while a private cluster answers.
    Standby,
}

/// Which cluster fills first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Fill {
    /// No replica runs in public while it fits at home, unless a named constraint says so.
    #[default]
    PrivateFirst,
    /// Money alone decides.
    Cheapest,
}

/// Use of spot capacity by a workload's public replicas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("self.maxPercent > 0 || self.onDemandFloor == 0")
        .message("onDemandFloor means nothing without spot: raise maxPercent above 0, or leave the floor out")
)]
pub struct Spot {
    /// Largest share of a workload's public replicas on spot nodes, percent, 0-100. Default: 0:
    /// an interruption comes with two minutes' notice, and who can bear it says so.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    pub max_percent: u32,
    /// Replicas that stay off spot nodes before any goes there. Default: 0.
    #[serde(default)]
    pub on_demand_floor: u32,
}

/// Caps on public spend, in USD. A cap that is absent does not bind; of several the tightest
/// does. They count the prices of public nodes, and neither egress nor what a core costs besides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("!has(self.emergencyUsdPerHour) || has(self.usdPerHour) || has(self.usdPerDay) || has(self.usdPerMonth)")
        .message("emergencyUsdPerHour loosens a cap, and there is none: set usdPerHour, usdPerDay or usdPerMonth")
)]
pub struct Caps {
    /// Per hour, such as "12.50". What counts: the public nodes that the policy's workloads may
    /// use, and what their public replicas send (egress).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_per_hour: Option<Usd>,
    /// Per day (UTC). It sets a pace: what is left of it, spread evenly over the hours that are
    /// left of the day, is the rate that public nodes may cost now, so that what is begun can
    /// run until midnight. For a peak of a few hours set the cap to the peak's rate times 24,
    /// or use `usdPerHour`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_per_day: Option<Usd>,
    /// Per month (UTC). It sets a pace as `usdPerDay` does, until the month ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_per_month: Option<Usd>,
    /// What happens on the way to the cap.
    #[serde(default)]
    pub ladder: Ladder,
    /// What happens to running public replicas at the cap. Default: `Hold`: serving users
    /// slightly above the cap is the smaller harm.
    #[serde(default)]
    pub at_cap: AtCap,
    /// The rate that failover from a lost cluster may use instead, USD per hour. Default: the
    /// cap itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency_usd_per_hour: Option<Usd>,
}

/// Rungs on the way to the cap, in percent of it, rising.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("self.warnPercent <= self.noOptionalMovesPercent && self.noOptionalMovesPercent <= self.noLowPriorityBurstPercent")
        .message("the rungs must rise: warnPercent <= noOptionalMovesPercent <= noLowPriorityBurstPercent")
)]
pub struct Ladder {
    /// From here on it is said. Default: 80, which leaves time to act.
    #[serde(default = "warn_percent")]
    #[schemars(range(min = 0, max = 100))]
    pub warn_percent: u32,
    /// From here on no optional move is made. Default: 90: a move costs both sites for a while.
    #[serde(default = "no_moves_percent")]
    #[schemars(range(min = 0, max = 100))]
    pub no_optional_moves_percent: u32,
    /// From here on low priority gets no new public replica. Default: 95: the last 5 % are for
    /// what matters.
    #[serde(default = "no_burst_percent")]
    #[schemars(range(min = 0, max = 100))]
    pub no_low_priority_burst_percent: u32,
    /// Workloads with a priority below this are low. Default: 0, the priority of pods without a
    /// class, which thereby are not low.
    #[serde(default)]
    pub low_priority_below: i32,
}

fn warn_percent() -> u32 {
    80
}

fn no_moves_percent() -> u32 {
    90
}

fn no_burst_percent() -> u32 {
    95
}

impl Default for Ladder {
    fn default() -> Self {
        Self {
            warn_percent: warn_percent(),
            no_optional_moves_percent: no_moves_percent(),
            no_low_priority_burst_percent: no_burst_percent(),
            low_priority_below: 0,
        }
    }
}

/// What happens to running public replicas at the cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AtCap {
    /// They run on; only new spill is refused.
    #[default]
    Hold,
    /// They are given up, lowest priority first, until the cap holds.
    Shed,
}

/// When replicas come home at a constant count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recall {
    /// What a move must save, in percent of what it costs. Default: 200, twice its cost: room at
    /// home that is soon gone again then costs no more than it saved.
    #[serde(default = "payback_percent")]
    #[schemars(range(min = 0, max = 100_000))]
    pub payback_percent: u32,
    /// How long the room at home must have lasted, and how long a moved replica stays put.
    /// Default: "10m", twice HPA's down-scaling window, so that a dip of load moves nothing.
    #[serde(default = "dwell")]
    pub dwell: TimeSpan,
    /// Most replicas of a workload in a move at a time, at least 1. Default: 2, so that a bad
    /// image or a cold cache at home is seen on few.
    #[serde(default = "step")]
    #[schemars(range(min = 1))]
    pub step: u32,
    /// How many replicas of a workload may move within a window.
    #[serde(default)]
    pub budget: MoveBudget,
}

fn payback_percent() -> u32 {
    200
}

fn dwell() -> TimeSpan {
    "10m".into()
}

fn step() -> u32 {
    2
}

impl Default for Recall {
    fn default() -> Self {
        Self {
            payback_percent: payback_percent(),
            dwell: dwell(),
            step: step(),
            budget: MoveBudget::default(),
        }
    }
}

/// At most `moves` replicas moved within `window`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveBudget {
    /// Replicas. Default: 20, ten steps.
    #[serde(default = "moves")]
    pub moves: u32,
    /// Window. Default: "1h", the period that prices are quoted for.
    #[serde(default = "move_window")]
    pub window: TimeSpan,
}

fn moves() -> u32 {
    20
}

fn move_window() -> TimeSpan {
    "1h".into()
}

impl Default for MoveBudget {
    fn default() -> Self {
        Self {
            moves: moves(),
            window: move_window(),
        }
    }
}

/// What happens to the replicas of a cluster that does not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnUnreachable {
    /// What is done. Default: `Replace`: surviving the loss of a site is what a second one is
    /// for, and the caps bound what a false alarm costs.
    #[serde(default)]
    pub action: UnreachableAction,
    /// How long after the cluster counts as lost. Default: "5m", as Kubernetes evicts pods from
    /// a node that does not answer. Without meaning for `Hold`.
    #[serde(default = "replace_after")]
    pub after: TimeSpan,
}

fn replace_after() -> TimeSpan {
    "5m".into()
}

impl Default for OnUnreachable {
    fn default() -> Self {
        Self {
            action: UnreachableAction::default(),
            after: replace_after(),
        }
    }
}

/// What is done about the replicas of a cluster that does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UnreachableAction {
    /// They count as running.
    Hold,
    /// They are replaced elsewhere.
    #[default]
    Replace,
    /// They are replaced elsewhere only if users' traffic is lost too.
    ReplaceIfTrafficLost,
}
