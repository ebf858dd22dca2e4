//! What is watched in a member cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::{Node, Pod, ResourceQuota};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use kube::{Api, Client};
use spillway_crds::api::ScaleTargetRef;
use spillway_solver::snapshot::QuotaState;
use spillway_solver::units::UnixMs;

use super::connection::Clients;
use crate::observed::{
    ClaimFact, DriverFact, Member, NoTarget, NodeFact, PodFact, PriorityFact, TargetFact, quotas,
};
use crate::watch::{Deaf, Watch};

/// A kind of scale targets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetKind {
    api_version: String,
    kind: String,
}

impl From<&ScaleTargetRef> for TargetKind {
    fn from(target: &ScaleTargetRef) -> Self {
        Self {
            api_version: target.api_version.clone(),
            kind: target.kind.clone(),
        }
    }
}

impl TargetKind {
    fn gvk(&self) -> GroupVersionKind {
        let (group, version) = self
            .api_version
            .split_once('/')
            .unwrap_or(("", &self.api_version));
        GroupVersionKind::gvk(group, version, &self.kind)
    }
}

/// A target as it is, or why it cannot be scaled.
pub type Target = Result<Arc<TargetFact>, NoTarget>;

/// Watches of a member cluster's API server.
pub struct Link {
    /// Questions and writes go through it.
    pub client: Client,
    watching: Client,
    nodes: Watch<NodeFact>,
    pods: Watch<PodFact>,
    quotas: Watch<Vec<QuotaState>>,
    drivers: Watch<DriverFact>,
    priorities: Watch<PriorityFact>,
    /// Absent where Karpenter is not installed.
    claims: Option<Watch<ClaimFact>>,
    targets: BTreeMap<TargetKind, Targets>,
}

struct Targets {
    resource: ApiResource,
    watch: Watch<Target>,
}

impl Link {
    /// Begins to watch.
    #[must_use]
    pub(super) fn new(clients: &Clients) -> Self {
        let Clients {
            asking, watching, ..
        } = clients;
        let drivers = Api::<HorizontalPodAutoscaler>::all(watching.clone());
        let priorities = Api::<PriorityClass>::all(watching.clone());
        Self {
            nodes: Watch::begin(Api::<Node>::all(watching.clone()), NodeFact::of),
            pods: Watch::begin(Api::<Pod>::all(watching.clone()), PodFact::of),
            quotas: Watch::begin(Api::<ResourceQuota>::all(watching.clone()), quotas),
            drivers: Watch::begin(drivers, DriverFact::of),
            priorities: Watch::begin(priorities, PriorityFact::of),
            claims: None,
            targets: BTreeMap::new(),
            client: asking.clone(),
            watching: watching.clone(),
        }
    }

    /// Watches these kinds of targets, and Karpenter's claims where there are some. A kind that the cluster does not
    /// serve is asked for again at the next tick.
    pub async fn follow(&mut self, kinds: impl IntoIterator<Item = &TargetKind>) {
        for kind in kinds {
            if !self.targets.contains_key(kind)
                && let Some(resource) = self.resource(&kind.gvk()).await
            {
                let api = Api::all_with(self.watching.clone(), &resource);
                let watch = Watch::begin(api, |object| TargetFact::of(object).map(Arc::new));
                self.targets
                    .insert(kind.clone(), Targets { resource, watch });
            }
        }
        if self.claims.is_none()
            && let Some(resource) = self
                .resource(&GroupVersionKind::gvk("karpenter.sh", "v1", "NodeClaim"))
                .await
        {
            let api = Api::all_with(self.watching.clone(), &resource);
            self.claims = Some(Watch::begin(api, ClaimFact::of));
        }
    }

    async fn resource(&self, gvk: &GroupVersionKind) -> Option<ApiResource> {
        let known = kube::discovery::pinned_kind(&self.client, gvk).await;
        known.ok().map(|(resource, _)| resource)
    }

    /// What is known now.
    ///
    /// # Errors
    ///
    /// When a list is not complete, with the reason.
    pub fn facts(&self, now: UnixMs) -> Result<Member, Deaf> {
        for targets in self.targets.values() {
            targets.watch.all()?;
        }
        let quotas = self.quotas.all()?;
        self.drivers.all()?;
        Ok(Member {
            observed_at: now,
            nodes: self.nodes.all()?,
            pods: self.pods.all()?,
            quotas: quotas
                .iter()
                .flat_map(|rows| rows.iter().cloned())
                .collect(),
            priorities: self.priorities.all()?,
            claims: self
                .claims
                .as_ref()
                .map(Watch::all)
                .transpose()?
                .unwrap_or_default(),
        })
    }

    /// A target.
    ///
    /// # Errors
    ///
    /// Why there is none that can be scaled.
    pub fn target(&self, kind: &TargetKind, namespace: &str, name: &str) -> Target {
        let Some(targets) = self.targets.get(kind) else {
            return Err(NoTarget(format!(
                "the cluster does not know kind {} of {}: install it there, or forbid the cluster in spec.clusters",
                kind.kind, kind.api_version
            )));
        };
        targets.watch.get(namespace, name).map_or_else(
            || {
                Err(NoTarget(format!(
                    "{} {namespace}/{name} does not exist: create it there with replicas: 0, or forbid the cluster in \
                     spec.clusters",
                    kind.kind
                )))
            },
            |target| (*target).clone(),
        )
    }

    /// The API of a kind of targets in a namespace.
    #[must_use]
    pub fn targets(&self, kind: &TargetKind, namespace: &str) -> Option<Api<DynamicObject>> {
        let resource = &self.targets.get(kind)?.resource;
        Some(Api::namespaced_with(
            self.client.clone(),
            namespace,
            resource,
        ))
    }

    /// Who else drives the target's replicas.
    #[must_use]
    pub fn driver(
        &self,
        kind: &TargetKind,
        namespace: &str,
        name: &str,
    ) -> Option<Arc<DriverFact>> {
        let all = self.drivers.all().unwrap_or_default();
        let drives = |driver: &&Arc<DriverFact>| {
            driver.namespace == namespace && driver.target.0 == kind.kind && driver.target.1 == name
        };
        all.iter().find(drives).cloned()
    }
}
