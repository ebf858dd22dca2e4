//! Where we may write: the Leases of the home cluster and of each member.

use std::collections::BTreeMap;

use futures::future::join_all;
use kube::Client;
use tracing::{info, warn};

use crate::lease::Held;
use crate::said::said;

/// The Lease of who decides. Members have one each by the name of their `Cluster`.
const HOME: &str = "spillway-controller";

/// All Leases of this process.
pub struct Leases {
    namespace: String,
    identity: String,
    home: One,
    members: BTreeMap<String, One>,
}

/// A Lease and why it was not renewed last.
struct One {
    held: Held,
    error: Option<String>,
}

impl From<Held> for One {
    fn from(held: Held) -> Self {
        Self { held, error: None }
    }
}

impl Leases {
    /// Leases in a namespace that each cluster has; none is held yet.
    #[must_use]
    pub fn new(home: &Client, namespace: &str, identity: &str) -> Self {
        Self {
            home: Held::new(home, namespace, HOME, identity).into(),
            namespace: namespace.to_owned(),
            identity: identity.to_owned(),
            members: BTreeMap::new(),
        }
    }

    /// Whether we decide: while we hold the Lease of the home cluster, and while its API server is silent after that.
    /// Then nobody else can take it there, and other clusters must not wait for home; if it is only cut off from us,
    /// another may decide for home, and the Leases of the members keep us apart.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.home.held.epoch().is_some() || self.home_is_silent()
    }

    /// Whether the home cluster, whose Lease we had, does not answer.
    #[must_use]
    pub fn home_is_silent(&self) -> bool {
        self.home.held.is_unanswered()
    }

    /// Whether we may write to a member.
    #[must_use]
    pub fn holds(&self, cluster: &str) -> bool {
        let one = self.members.get(cluster);
        one.is_some_and(|one| one.held.epoch().is_some())
    }

    /// Why we may not.
    #[must_use]
    pub fn why_not(&self, cluster: &str) -> String {
        let error = self
            .members
            .get(cluster)
            .and_then(|one| one.error.as_deref());
        match error {
            Some(error) => format!(
                "no Lease spillway-{cluster} in namespace {} of cluster {cluster}: {error}; the controller needs the \
                 namespace there, and leave to get, create and update leases in it",
                self.namespace
            ),
            None => format!("another controller holds the Lease of cluster {cluster}"),
        }
    }

    /// Renews the Lease of who decides, or takes it when it is free.
    pub async fn renew_home(&mut self) {
        renew("home", &mut self.home).await;
    }

    /// Renews all, or takes those that are free: home's, and those of the members that are connected. Only who decides
    /// may have these.
    pub async fn renew(&mut self, clients: &BTreeMap<String, Client>) {
        self.members
            .retain(|cluster, _| clients.contains_key(cluster));
        for (cluster, client) in clients {
            self.members.entry(cluster.clone()).or_insert_with(|| {
                Held::new(
                    client,
                    &self.namespace,
                    &format!("spillway-{cluster}"),
                    &self.identity,
                )
                .into()
            });
        }
        let decides = self.leads();
        let members = self.members.iter_mut().filter(|_| decides);
        let members = members.map(|(cluster, held)| renew(cluster, held));
        // At once: a cluster that hangs must not use up the time of the others.
        tokio::join!(renew("home", &mut self.home), join_all(members));
    }

    /// Gives all up, so that another need not wait.
    pub async fn release(&mut self) {
        let members = self
            .members
            .iter_mut()
            .map(|(cluster, held)| release(cluster, held));
        join_all(members).await;
        release("home", &mut self.home).await;
    }
}

async fn renew(cluster: &str, one: &mut One) {
    let before = one.held.epoch();
    let error = one.held.renew().await.err().map(|error| said(&error));
    if let Some(why) = error.as_ref().filter(|_| error != one.error) {
        warn!(cluster, why, "the Lease is not renewed");
    }
    one.error = error;
    let now = one.held.epoch();
    match (before, now) {
        (None, Some(epoch)) => info!(cluster, epoch, "holds the Lease"),
        (Some(epoch), None) => warn!(cluster, epoch, "has lost the Lease"),
        _ => {}
    }
}

async fn release(cluster: &str, one: &mut One) {
    if let Err(error) = one.held.release().await {
        warn!(
            cluster,
            why = said(&error),
            "the Lease is not given up; it ends by itself"
        );
    }
}
