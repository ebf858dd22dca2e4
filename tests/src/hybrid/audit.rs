//! What the API server says was asked and written, and by whom.

use serde_json::Value;
use spillway_testbed::{ControlPlane, Error};

/// A request that the API server answered or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited {
    /// When it came, in UTC to the microsecond: such texts are in the order of time.
    pub at: String,
    /// Who asked.
    pub user: String,
    /// Such as `patch`.
    pub verb: String,
    /// What it is about, such as `deployments/scale`.
    pub resource: String,
    /// The object's name.
    pub name: String,
    /// HTTP status.
    pub code: u64,
}

impl Audited {
    /// Whether the API server took it.
    #[must_use]
    pub fn was_taken(&self) -> bool {
        (200..300).contains(&self.code)
    }

    fn of(event: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let object = &event["objectRef"];
        let resource = text(&object["resource"]);
        Self {
            at: text(&event["requestReceivedTimestamp"]),
            user: text(&event["user"]["username"]),
            verb: text(&event["verb"]),
            resource: match object["subresource"].as_str() {
                Some(part) => format!("{resource}/{part}"),
                None => resource,
            },
            name: text(&object["name"]),
            code: event["responseStatus"]["code"].as_u64().unwrap_or_default(),
        }
    }
}

/// All writes of a user so far.
///
/// # Errors
///
/// Where the audit log cannot be read.
pub fn audited(plane: &ControlPlane, user: &str) -> Result<Vec<Audited>, Error> {
    let mut writes = requests(plane, user)?;
    writes.retain(|request| !["get", "list", "watch"].contains(&request.verb.as_str()));
    Ok(writes)
}

/// All requests of a user so far. Of the controller's reads all are there; of others' none.
pub(crate) fn requests(plane: &ControlPlane, user: &str) -> Result<Vec<Audited>, Error> {
    let log = plane.audit()?;
    // Most lines are of others, and the last may be half written.
    let events = log
        .lines()
        .filter(|line| line.contains(user))
        .filter_map(|line| serde_json::from_str(line).ok());
    let requests = events.map(|event: Value| Audited::of(&event));
    Ok(requests.filter(|request| request.user == user).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_write_is_told_with_its_subresource_and_what_became_of_it() {
        let event = json!({
            "verb": "patch", "user": {"username": "me"}, "requestReceivedTimestamp": "2026-01-01T00:00:00.000001Z",
            "objectRef": {"resource": "deployments", "subresource": "scale", "namespace": "work", "name": "jobs"},
            "responseStatus": {"code": 409}
        });
        let write = Audited::of(&event);
        assert_eq!(
            (
                write.resource.as_str(),
                write.name.as_str(),
                write.was_taken()
            ),
            ("deployments/scale", "jobs", false)
        );
    }
}
