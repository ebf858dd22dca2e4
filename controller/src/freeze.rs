//! One switch for the whole fleet: while `ConfigMap/spillway-freeze` is there, nothing is written to any target.
//!
//! Ticks go on: they decide, report and record. The switch is an object at home, so it outlives the controller, and
//! whoever may write one object can pull it, also with kubectl alone. What stands in it is for people.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::ObjectMeta;
use serde::Serialize;

/// The name of the `ConfigMap`, in the namespace of the controller.
pub const NAME: &str = "spillway-freeze";

const BY: &str = "by";
const REASON: &str = "reason";

/// Who stopped the fleet, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Freeze {
    /// Who; absent where it was not said.
    pub by: Option<String>,
    /// Why; absent where it was not said.
    pub reason: Option<String>,
    /// Since when; absent where the API server does not say.
    pub since: Option<String>,
}

impl Freeze {
    /// What a `ConfigMap` says. It freezes whatever is in it.
    #[must_use]
    pub fn of(object: &ConfigMap) -> Self {
        let data = object.data.as_ref();
        let said = |key: &str| {
            let text = data.and_then(|data| data.get(key)).map(|text| text.trim());
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let created = object.metadata.creation_timestamp.as_ref();
        Self {
            by: said(BY),
            reason: said(REASON),
            since: created.map(|time| time.0.to_string()),
        }
    }

    /// The object that freezes the fleet.
    #[must_use]
    pub fn object(by: &str, reason: &str) -> ConfigMap {
        ConfigMap {
            metadata: ObjectMeta {
                name: Some(NAME.to_owned()),
                ..ObjectMeta::default()
            },
            data: Some(BTreeMap::from([
                (BY.to_owned(), by.to_owned()),
                (REASON.to_owned(), reason.to_owned()),
            ])),
            ..ConfigMap::default()
        }
    }
}

impl std::fmt::Display for Freeze {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("frozen")?;
        if let Some(by) = &self.by {
            write!(f, " by {by}")?;
        }
        if let Some(since) = &self.since {
            write!(f, " since {since}")?;
        }
        match &self.reason {
            Some(reason) => write!(f, ": {reason}"),
            None => f.write_str(", no reason is given"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_and_why_are_said_and_an_empty_object_freezes_too() {
        let said = Freeze::of(&Freeze::object("alice", "incident 7\n"));
        assert_eq!(said.to_string(), "frozen by alice: incident 7");
        let empty = Freeze::of(&ConfigMap::default());
        assert_eq!(empty.to_string(), "frozen, no reason is given");
    }
}
