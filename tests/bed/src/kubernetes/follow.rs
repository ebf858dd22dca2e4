//! Objects followed by a watch: each change is told once, as soon as the API server tells it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::Client;
use crate::Error;

/// Rest before an API server that is gone is asked again.
const REST: Duration = Duration::from_millis(200);

/// A watch is begun anew after so many seconds, so that one whose handle is dropped ends.
const WATCH_SECONDS: u32 = 60;

/// What is told of an object, by its name.
#[derive(Debug)]
pub enum Seen<'a> {
    /// It is there, new or changed.
    Is(&'a str, &'a Value),
    /// It is there no more.
    Gone(&'a str),
}

/// Follows objects as long as it is kept. While the API server does not answer, nothing is told: what was there counts
/// as there.
#[derive(Debug)]
pub struct Follower {
    stopped: Arc<AtomicBool>,
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

impl Client {
    /// Follows the objects at a path, like `/api/v1/nodes`, with a label, like `app=web`. Those that are there are told
    /// before it returns.
    ///
    /// # Errors
    ///
    /// Where the API server does not answer at first, or says that it will not.
    pub fn follow(
        self,
        path: &str,
        selector: Option<&str>,
        tell: impl FnMut(Seen<'_>) + Send + 'static,
    ) -> Result<Follower, Error> {
        let selector = selector.map(|label| label.replace('=', "%3D"));
        let selector = selector.unwrap_or_default();
        let mut following = Following {
            client: self,
            list: format!("{path}?labelSelector={selector}"),
            known: BTreeSet::new(),
            tell,
        };
        let mut version = Some(following.list()?);
        let stopped = Arc::new(AtomicBool::new(false));
        let follower = Follower {
            stopped: Arc::clone(&stopped),
        };
        thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                version = match version.take() {
                    Some(version) => following.watch(version, &stopped),
                    None => following.list().ok(),
                };
                if version.is_none() {
                    thread::sleep(REST);
                }
            }
        });
        Ok(follower)
    }
}

struct Following<T> {
    client: Client,
    list: String,
    known: BTreeSet<String>,
    tell: T,
}

impl<T: FnMut(Seen<'_>)> Following<T> {
    /// Tells all that is there and all that is there no more; the version of the list.
    fn list(&mut self) -> Result<String, Error> {
        let list = self.client.get(&self.list)?;
        let before = std::mem::take(&mut self.known);
        for object in list["items"].as_array().into_iter().flatten() {
            let name = name_of(object);
            self.known.insert(name.to_owned());
            (self.tell)(Seen::Is(name, object));
        }
        for gone in before.difference(&self.known) {
            (self.tell)(Seen::Gone(gone));
        }
        Ok(version_of(&list).to_owned())
    }

    /// Tells what changes after a version; the version to go on from, or none where only a list helps.
    fn watch(&mut self, mut version: String, stopped: &AtomicBool) -> Option<String> {
        let path = format!(
            "{}&watch=1&timeoutSeconds={WATCH_SECONDS}&resourceVersion={version}",
            self.list
        );
        let lines = BufReader::new(self.client.open(&path).ok()?).lines();
        // A connection that breaks is a list anew, for the server may have lost what it was to tell.
        for line in lines {
            let event: Value = serde_json::from_str(&line.ok()?).ok()?;
            if stopped.load(Ordering::Relaxed) {
                break;
            }
            let object = &event["object"];
            let name = name_of(object);
            match event["type"].as_str()? {
                "ADDED" | "MODIFIED" => {
                    self.known.insert(name.to_owned());
                    (self.tell)(Seen::Is(name, object));
                }
                "DELETED" => {
                    self.known.remove(name);
                    (self.tell)(Seen::Gone(name));
                }
                // The version is too old.
                _ => return None,
            }
            version_of(object).clone_into(&mut version);
        }
        Some(version)
    }
}

fn name_of(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

fn version_of(object: &Value) -> &str {
    let version = &object["metadata"]["resourceVersion"];
    version.as_str().unwrap_or_default()
}

/// Whether a pod or a node is Ready and stays.
#[must_use]
pub fn is_ready(object: &Value) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    let ready = conditions
        .into_iter()
        .flatten()
        .any(|condition| condition["type"] == "Ready" && condition["status"] == "True");
    ready && object["metadata"]["deletionTimestamp"].is_null()
}
