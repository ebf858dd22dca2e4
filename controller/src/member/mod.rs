//! A member cluster: how it is reached, what is seen of it, and since when it is silent.

mod connection;
mod eks;
mod link;
mod usage;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use spillway_crds::api::Connection;
use spillway_solver::snapshot::ClusterState;
use spillway_solver::units::UnixMs;
use tokio::time::Instant;

pub use connection::{Clients, ConnectionError};
pub use eks::{EksError, NotSigned};
pub use link::{Link, Target, TargetKind};
pub use usage::Usages;

use crate::observed::{Member as Facts, PriorityFact};
use crate::watch::Deaf;

/// How long a first look waits for complete lists: 20,000 pods take seconds.
const FIRST_LOOK: Duration = Duration::from_mins(1);

/// Distance of looks whether they are.
const LOOK: Duration = Duration::from_millis(50);

/// A member cluster.
pub struct Member {
    connection: Option<Connection>,
    clients: Option<Clients>,
    link: Option<Link>,
    /// Whether its lists were complete before.
    known: bool,
    /// Targets by workload as they were last seen.
    pub targets: BTreeMap<String, Target>,
    /// Classes of priority as they were last seen.
    pub priorities: Vec<Arc<PriorityFact>>,
    /// Since when it does not answer.
    silent_since: Option<UnixMs>,
    /// As it was last seen.
    pub last: Option<ClusterState>,
}

/// What a tick sees of a member cluster.
#[derive(Clone, Debug)]
pub enum Sight {
    /// All of it.
    Clear(Facts),
    /// Nothing; since when, and why.
    Silent {
        /// Since when.
        since: UnixMs,
        /// In the words of whoever failed.
        why: String,
    },
}

impl Member {
    /// A cluster that was last seen so, if ever.
    #[must_use]
    pub fn new(last: Option<ClusterState>) -> Self {
        Self {
            connection: None,
            clients: None,
            link: None,
            known: false,
            targets: BTreeMap::new(),
            priorities: Vec::new(),
            silent_since: last.as_ref().and_then(|state| state.unreachable_since_ms),
            last,
        }
    }

    /// Its watches, while it answers.
    #[must_use]
    pub fn link(&self) -> Option<&Link> {
        self.link.as_ref()
    }

    /// What its pods in some namespaces use, as its metrics.k8s.io has it; nothing while it is silent.
    pub async fn usages(&self, namespaces: &BTreeSet<String>) -> Usages {
        match &self.link {
            Some(link) => usage::ask(&link.client, namespaces).await,
            None => Usages::new(),
        }
    }

    /// Looks at it. A changed connection is taken up; one that fails is tried again at each look.
    pub async fn look(
        &mut self,
        connection: Option<&Connection>,
        kinds: &BTreeSet<TargetKind>,
        home: &Client,
        now: UnixMs,
    ) -> Sight {
        match self.try_look(connection, kinds, home, now).await {
            Ok(facts) => {
                self.silent_since = None;
                self.known = true;
                self.priorities.clone_from(&facts.priorities);
                Sight::Clear(facts)
            }
            Err(why) => {
                // What was heard before the silence may be old, connections may be dead without a word, and credentials
                // may be others: when it is back, all begins anew.
                self.clients = None;
                self.link = None;
                self.known = false;
                let since = *self.silent_since.get_or_insert(now);
                Sight::Silent { since, why }
            }
        }
    }

    async fn try_look(
        &mut self,
        connection: Option<&Connection>,
        kinds: &BTreeSet<TargetKind>,
        home: &Client,
        now: UnixMs,
    ) -> Result<Facts, String> {
        if self.connection.as_ref() != connection {
            self.clients = None;
            self.link = None;
            self.known = false;
        }
        let clients = match &mut self.clients {
            Some(clients) => clients,
            none => {
                let connected = connection::connect(connection, home).await;
                self.connection = connection.cloned();
                none.insert(connected.map_err(|error| error.to_string())?)
            }
        };
        clients.renew().await.map_err(|error| error.to_string())?;
        clients.probe().await?;
        let link = self.link.get_or_insert_with(|| Link::new(clients));
        link.follow(kinds).await;
        let began = Instant::now();
        loop {
            match link.facts(now) {
                // Pods that are not listed yet are no pods that are gone.
                Err(Deaf::Listing) if !self.known && began.elapsed() < FIRST_LOOK => {
                    tokio::time::sleep(LOOK).await;
                }
                facts => return facts.map_err(|deaf| deaf.to_string()),
            }
        }
    }
}
