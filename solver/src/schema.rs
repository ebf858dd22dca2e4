//! The version stamp of the four documents that cross the seam.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the snapshot, policy, memory and decision formats. A document of another
/// version is refused when it is read; there is one so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SchemaVersion {
    /// The first.
    #[default]
    #[serde(rename = "v1alpha1")]
    V1Alpha1,
}
