//! The lives of nodes.

use serde::{Deserialize, Serialize};
use spillway_solver::ids::{ClusterId, GroupId};
use spillway_solver::policy::CapacityType;
use spillway_solver::units::{MicroUsdPerHour, UnixMs};

/// The life of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeLife {
    /// Where.
    pub cluster: ClusterId,
    /// In which group.
    pub group: GroupId,
    /// The node's name.
    pub node: String,
    /// How it is paid.
    pub capacity_type: CapacityType,
    /// When it was ordered; the start of the run for nodes that were there.
    pub from_ms: UnixMs,
    /// When it took its first pods; absent when it never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_ms: Option<UnixMs>,
    /// When it was gone; absent when it is there at the horizon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<UnixMs>,
    /// Whether the provider took it (spot interruption, failure) instead of us giving it back.
    #[serde(default)]
    pub interrupted: bool,
    /// Its price at the order.
    pub price: MicroUsdPerHour,
    /// How its price changed while it was there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repriced: Vec<Repriced>,
}

/// A node has another price from a time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Repriced {
    /// From when on.
    pub at_ms: UnixMs,
    /// The price.
    pub price: MicroUsdPerHour,
}
