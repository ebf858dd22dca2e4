//! What outlives the controller: its memory, its last tick, what was spent, and plans to go back to.
//!
//! All of it lies in one `ConfigMap` of the home cluster, compressed. It is written before a plan is acted on, so that a
//! controller that dies in between finds what it promised. From the last tick anyone can decide again what was decided:
//! so `kubectl spillway explain` needs no word with the controller.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::PostParams;
use kube::{Api, Client, ResourceExt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;

use crate::fleet::InForce;
use crate::plans::Plans;
use crate::spend::Ledger;

/// The name of the `ConfigMap`.
pub const NAME: &str = "spillway-memory";

/// The key of [`Kept`].
const MEMORY: &str = "memory.json.gz";

/// The key of [`Tick`].
const TICK: &str = "tick.json.gz";

/// The key of [`Plans`]. What cannot be read of it is lost: it is for people, and no decision depends on it.
const PLANS: &str = "plans.json.gz";

/// The API server holds a `ConfigMap` to 1 MiB; etcd takes 1.5 MiB.
const MOST_BYTES: usize = 1_000_000;

/// What the next tick begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Kept {
    /// The core's memory.
    pub memory: Memory,
    /// Money spent.
    #[serde(default)]
    pub spent: Option<Ledger>,
    /// Clusters as they were last accepted.
    #[serde(default)]
    pub clusters: InForce,
}

/// The last tick: all that its decision was made from. Clusters that are silent after a restart are as they were then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tick {
    /// What was seen.
    pub snapshot: Snapshot,
    /// What people wrote.
    pub policy: Policy,
    /// What was remembered before.
    pub memory: Memory,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// What the next tick begins with.
    pub kept: Kept,
    /// The last tick.
    pub tick: Tick,
    /// Plans that were in force.
    pub plans: Plans,
}

/// The `ConfigMap`.
pub struct Store {
    api: Api<ConfigMap>,
    /// As it was last read or written; its resourceVersion goes with each write, so that of two controllers one fails.
    object: Option<ConfigMap>,
}

/// What could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The API server refuses, or does not answer.
    #[error("ConfigMap {NAME} of the memory: {0}")]
    Api(#[from] kube::Error),
    /// It does not fit.
    #[error(
        "the memory is {0} bytes, compressed, and a ConfigMap takes {MOST_BYTES}: spread the autoscalers over two controllers"
    )]
    TooLarge(usize),
    /// It cannot be written as JSON.
    #[error("the memory cannot be written: {0}")]
    Io(#[from] std::io::Error),
}

impl Store {
    /// The store of a namespace.
    #[must_use]
    pub fn new(home: &Client, namespace: &str) -> Self {
        Self {
            api: Api::namespaced(home.clone(), namespace),
            object: None,
        }
    }

    /// What was stored. What cannot be read is lost, with a reason: then what runs is adopted.
    ///
    /// # Errors
    ///
    /// When the API server does not answer.
    pub async fn load(&mut self) -> Result<Result<Option<Stored>, String>, StoreError> {
        self.object = self.api.get_opt(NAME).await?;
        let data = self
            .object
            .as_ref()
            .and_then(|object| object.binary_data.as_ref());
        let Some(data) = data.filter(|data| data.contains_key(MEMORY)) else {
            return Ok(Ok(None));
        };
        let read = || {
            Ok(Stored {
                kept: unpack(&data[MEMORY].0)?,
                tick: data
                    .get(TICK)
                    .map(|bytes| unpack(&bytes.0))
                    .transpose()?
                    .unwrap_or_default(),
                plans: data
                    .get(PLANS)
                    .and_then(|bytes| unpack(&bytes.0).ok())
                    .unwrap_or_default(),
            })
        };
        Ok(read().map(Some))
    }

    /// Stores it.
    ///
    /// # Errors
    ///
    /// When the API server refuses it: because another controller has written it since, or because it is too large.
    pub async fn save(
        &mut self,
        kept: &Kept,
        tick: &Tick,
        plans: &Plans,
    ) -> Result<(), StoreError> {
        let data = packed(kept, tick, plans)?;
        let size = data.values().map(Vec::len).sum();
        if size > MOST_BYTES {
            return Err(StoreError::TooLarge(size));
        }
        let mut object = self.object.clone().unwrap_or_else(|| ConfigMap {
            metadata: kube::api::ObjectMeta {
                name: Some(NAME.to_owned()),
                ..Default::default()
            },
            ..ConfigMap::default()
        });
        object.binary_data = Some(
            data.into_iter()
                .map(|(key, bytes)| (key, ByteString(bytes)))
                .collect(),
        );
        let parameters = PostParams {
            field_manager: Some(crate::FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        let written = if object.resource_version().is_some() {
            self.api.replace(NAME, &parameters, &object).await?
        } else {
            self.api.create(&parameters, &object).await?
        };
        self.object = Some(written);
        Ok(())
    }
}

/// Bytes that the store would take.
///
/// # Errors
///
/// When it cannot be written as JSON.
pub fn packed_size(kept: &Kept, tick: &Tick, plans: &Plans) -> std::io::Result<usize> {
    Ok(packed(kept, tick, plans)?.values().map(Vec::len).sum())
}

fn packed(kept: &Kept, tick: &Tick, plans: &Plans) -> std::io::Result<BTreeMap<String, Vec<u8>>> {
    Ok(BTreeMap::from([
        (MEMORY.to_owned(), pack(kept)?),
        (TICK.to_owned(), pack(tick)?),
        (PLANS.to_owned(), pack(plans)?),
    ]))
}

fn pack(value: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    serde_json::to_writer(&mut packed, value)?;
    packed.flush()?;
    packed.finish()
}

fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let mut text = String::new();
    let read = GzDecoder::new(bytes).read_to_string(&mut text);
    read.map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_what_is_broken_says_so() {
        let mut kept = Kept::default();
        kept.memory.epoch = 7;
        let packed = pack(&kept).expect("bytes");
        assert_eq!(unpack(&packed), Ok(kept));
        assert!(unpack::<Kept>(&packed[..packed.len() / 2]).is_err());
        assert!(unpack::<Kept>(b"not gzip").is_err());
    }
}
