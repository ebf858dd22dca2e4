//! Leader election: a Lease of ours in each cluster that is written.
//!
//! Two sites have no quorum, so each cluster has a Lease of its own, and a cluster is written only by who holds its
//! Lease. The holder's clock counts: whoever has not renewed for a while stops by itself before another may begin.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::time::Instant;

/// How long a Lease lasts without renewal. Shorter, and a slow answer loses it; longer, and a dead leader's work waits.
pub const LASTS: Duration = Duration::from_secs(15);

/// How much earlier its holder gives it up: what the two clocks may differ over that time, and a write that is on its way.
const MARGIN: Duration = Duration::from_secs(5);

/// A Lease, as this process sees it.
pub struct Held {
    api: Api<Lease>,
    name: String,
    /// Who we are.
    identity: String,
    /// When it was last renewed by us, on our own clock, and its epoch.
    ours: Option<(Instant, i32)>,
    /// Whether the last question was not answered.
    unanswered: bool,
    /// The last version that was another's, and when we first saw it.
    theirs: Option<(String, Instant)>,
}

impl Held {
    /// The Lease `name` of a namespace.
    #[must_use]
    pub fn new(client: &Client, namespace: &str, name: &str, identity: &str) -> Self {
        Self {
            api: Api::namespaced(client.clone(), namespace),
            name: name.to_owned(),
            identity: identity.to_owned(),
            ours: None,
            unanswered: false,
            theirs: None,
        }
    }

    /// Its epoch, while it is certainly ours. It counts the changes of the holder.
    #[must_use]
    pub fn epoch(&self) -> Option<i32> {
        let (renewed, epoch) = self.ours?;
        (renewed.elapsed() < LASTS.saturating_sub(MARGIN)).then_some(epoch)
    }

    /// Whether it was ours and nobody has answered since.
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        self.ours.is_some() && self.unanswered
    }

    /// Renews it, or takes it where nobody has it any more.
    ///
    /// # Errors
    ///
    /// When the API server does not answer. What was held is held on until it ends.
    pub async fn renew(&mut self) -> Result<(), kube::Error> {
        let renewed = self.try_renew().await;
        self.unanswered = renewed.is_err();
        renewed
    }

    async fn try_renew(&mut self) -> Result<(), kube::Error> {
        // Before the question: the answer may have been on its way for long.
        let asked = Instant::now();
        let Some(lease) = self.api.get_opt(&self.name).await? else {
            let lease = self.lease(None, 0);
            return self.write(
                asked,
                0,
                self.api.create(&PostParams::default(), &lease).await,
            );
        };
        let spec = lease.spec.clone().unwrap_or_default();
        let epoch = spec.lease_transitions.unwrap_or(0);
        let holder = spec.holder_identity.clone().unwrap_or_default();
        let mine = holder == self.identity;
        if !mine {
            self.ours = None;
        }
        if !mine && !holder.is_empty() && !self.has_ended(&lease, asked) {
            return Ok(());
        }
        let epoch = if mine { epoch } else { epoch.saturating_add(1) };
        let next = self.lease(Some(lease), epoch);
        let written = self
            .api
            .replace(&self.name, &PostParams::default(), &next)
            .await;
        self.write(asked, epoch, written)
    }

    /// Gives it up, so that the next need not wait.
    ///
    /// # Errors
    ///
    /// When the API server does not answer; then it ends by itself.
    pub async fn release(&mut self) -> Result<(), kube::Error> {
        if self.ours.take().is_none() {
            return Ok(());
        }
        let Some(mut lease) = self.api.get_opt(&self.name).await? else {
            return Ok(());
        };
        let spec = lease.spec.get_or_insert_default();
        if spec.holder_identity.as_deref() == Some(&self.identity) {
            spec.holder_identity = Some(String::new());
            self.api
                .replace(&self.name, &PostParams::default(), &lease)
                .await?;
        }
        Ok(())
    }

    /// Whether a Lease of another has not changed for as long as it lasts. Their clock is not asked.
    fn has_ended(&mut self, lease: &Lease, now: Instant) -> bool {
        let version = lease.metadata.resource_version.clone().unwrap_or_default();
        match &self.theirs {
            Some((seen, since)) if *seen == version => now.duration_since(*since) > LASTS,
            _ => {
                self.theirs = Some((version, now));
                false
            }
        }
    }

    fn write(
        &mut self,
        asked: Instant,
        epoch: i32,
        written: Result<Lease, kube::Error>,
    ) -> Result<(), kube::Error> {
        match written {
            Ok(_) => {
                self.ours = Some((asked, epoch));
                self.theirs = None;
                Ok(())
            }
            // Another was faster.
            Err(kube::Error::Api(status)) if status.code == 409 => {
                self.ours = None;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn lease(&self, before: Option<Lease>, epoch: i32) -> Lease {
        let now = MicroTime(Timestamp::now());
        let old = before
            .as_ref()
            .and_then(|lease| lease.spec.clone())
            .unwrap_or_default();
        let mine = old.holder_identity.as_deref() == Some(&self.identity);
        Lease {
            metadata: before.map_or_else(
                || ObjectMeta {
                    name: Some(self.name.clone()),
                    ..ObjectMeta::default()
                },
                |lease| lease.metadata,
            ),
            spec: Some(LeaseSpec {
                holder_identity: Some(self.identity.clone()),
                lease_duration_seconds: Some(i32::try_from(LASTS.as_secs()).unwrap_or(i32::MAX)),
                acquire_time: if mine {
                    old.acquire_time
                } else {
                    Some(now.clone())
                },
                renew_time: Some(now),
                lease_transitions: Some(epoch),
                ..LeaseSpec::default()
            }),
        }
    }
}
