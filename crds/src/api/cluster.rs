//! `Cluster`: where replicas may run, and what it costs there.

#![expect(
    clippy::duplicated_attributes,
    reason = "each printer column names its type"
)]

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::node_group::NodeGroup;
use super::status::ClusterStatus;
use crate::text::{TimeSpan, Usd};

/// Where replicas may run.
#[derive(CustomResource, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[kube(
    group = "spillway.dev",
    version = "v1alpha1",
    kind = "Cluster",
    doc = "A cluster where replicas may run: the private cloud, filled first, or a public one that takes what does not fit.",
    status = "ClusterStatus",
    derive = "PartialEq",
    category = "spillway",
    printcolumn(name = "Tier", type_ = "string", json_path = ".spec.tier"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status",
        description = "Whether the cluster answers and its state is young enough"
    ),
    printcolumn(name = "Nodes", type_ = "integer", json_path = ".status.nodes"),
    printcolumn(
        name = "Free-CPU",
        type_ = "string",
        json_path = ".status.freeCpu",
        description = "Cores that replicas may still use on existing nodes"
    ),
    printcolumn(
        name = "Cordoned",
        type_ = "boolean",
        json_path = ".spec.cordoned",
        priority = "1"
    ),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.reason"),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    )
)]
#[x_kube(
    validation = Rule::new("self.tier == 'Private' || self.nodeGroups.all(g, has(g.pricePerHour) || g.priceSource != 'Fixed' || (has(g.capacityType) && g.capacityType == 'Owned'))")
        .message("a node group of a public cluster needs pricePerHour, such as \"0.192\" (USD)")
)]
pub struct ClusterSpec {
    /// `Private` is filled first, `Public` takes what does not fit.
    pub tier: Tier,
    /// How the controller reaches it. Default: the simulator needs none; the controller
    /// refuses to write without one, for guessing a cluster is the costliest mistake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<Connection>,
    /// Its nodes, by shape and price.
    #[schemars(length(min = 1, max = 50))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["name".into()]))]
    pub node_groups: Vec<NodeGroup>,
    /// The OpenStack project whose quota bounds its nodes. Default: none is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_stack_project: Option<OpenStackProject>,
    /// What a core in use costs per hour beyond the nodes themselves (power, licences), in USD.
    /// Default: "0", for most of it is paid whether a core is used or not.
    #[serde(default = "zero_usd")]
    pub marginal_price_per_core_hour: Usd,
    /// What a GiB that leaves the cluster costs, in USD. Default: "0", for traffic within a
    /// site is not billed; set the provider's rate where replicas answer from far away.
    #[serde(default = "zero_usd")]
    pub egress_price_per_gib: Usd,
    /// Round-trip time to each data set by name: `{orders-db: 2ms}`. A data set that is not
    /// listed is out of reach. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub round_trips: BTreeMap<String, TimeSpan>,
    /// What it offers beyond cpu and memory: `fixedSourceIp`, `storageClass/ssd`,
    /// `accelerator/a100`, `region/eu-west-1`. Workloads require them by the same words.
    /// Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 128)))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Set)]
    pub capabilities: Vec<String>,
    /// Takes no new replicas and gives up those it has, for maintenance. Default: false.
    #[serde(default)]
    pub cordoned: bool,
    /// Share of each node's cpu and memory that replicas leave free, percent, 0-90. Default: 0,
    /// for requests already are what a pod is promised.
    #[serde(default)]
    #[schemars(range(min = 0, max = 90))]
    pub headroom_percent: u32,
    /// How long unreachable means lost. Default: "30s"; shorter takes a restart of the API
    /// server for a lost site, longer serves users from nowhere.
    #[serde(default = "lost_after")]
    pub lost_after: TimeSpan,
    /// Capacity seen longer ago than this takes no new replicas. Default: "2m", several
    /// observations; what is older may be full by now.
    #[serde(default = "capacity_max_age")]
    pub capacity_max_age: TimeSpan,
    /// How its scheduler scores nodes. Default: `LeastAllocated`, kube-scheduler's own.
    #[serde(default)]
    pub scheduling: Scheduling,
}

fn zero_usd() -> Usd {
    "0".into()
}

fn lost_after() -> TimeSpan {
    "30s".into()
}

fn capacity_max_age() -> TimeSpan {
    "2m".into()
}

/// Filled first, or spilled to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Tier {
    /// Owned: filled first.
    Private,
    /// Rented: takes what does not fit.
    Public,
}

/// How kube-scheduler scores nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Scheduling {
    /// Pods spread over the emptiest nodes.
    #[default]
    LeastAllocated,
    /// Pods fill the fullest node that takes them.
    MostAllocated,
}

/// How the controller reaches a cluster; exactly one of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("[has(self.inCluster), has(self.kubeconfigSecret), has(self.eks)].exists_one(c, c)")
        .message("set exactly one of inCluster, kubeconfigSecret and eks")
)]
pub struct Connection {
    /// The cluster that the controller runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_cluster: Option<InCluster>,
    /// A kubeconfig in a Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubeconfig_secret: Option<SecretKey>,
    /// An EKS cluster; the token is computed in the controller's process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eks: Option<EksCluster>,
}

/// The cluster that the controller runs in: `{}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InCluster {}

/// A key of a Secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretKey {
    /// The Secret's namespace.
    #[schemars(length(min = 1, max = 63))]
    pub namespace: String,
    /// The Secret's name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The key within it. Default: `value`, as Cluster API writes kubeconfigs.
    #[serde(default = "secret_key")]
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}

fn secret_key() -> String {
    "value".to_owned()
}

/// An EKS cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("has(self.endpoint) == has(self.certificateAuthority)")
        .message("set both of endpoint and certificateAuthority, or none, and AWS is asked"),
    validation = Rule::new("!has(self.endpoint) || self.endpoint.startsWith('https://')")
        .message("endpoint begins with https://, for a token goes there")
)]
pub struct EksCluster {
    /// Its name in AWS.
    #[schemars(
        length(min = 1, max = 100),
        regex(pattern = "^[0-9A-Za-z][0-9A-Za-z_-]*$")
    )]
    pub name: String,
    /// Its region, such as `eu-west-1`.
    #[schemars(length(min = 1, max = 32), regex(pattern = "^[a-z0-9-]+$"))]
    pub region: String,
    /// Its API server's address. Default: AWS is asked, for which the controller's role needs
    /// `eks:DescribeCluster`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub endpoint: Option<String>,
    /// The certificate of its authority, in base64 as AWS shows it. Default: AWS is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 8192))]
    pub certificate_authority: Option<String>,
}

/// The OpenStack project whose quota bounds a cluster's nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenStackProject {
    /// A `clouds.yaml` in a Secret.
    pub clouds_secret: SecretKey,
    /// The cloud's name in it. Default: `openstack`, as in the clients' documentation.
    #[serde(default = "cloud_name")]
    #[schemars(length(min = 1, max = 63))]
    pub cloud: String,
}

fn cloud_name() -> String {
    "openstack".to_owned()
}
