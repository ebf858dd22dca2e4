//! Two clusters as a platform team has them, with a queue that both serve: a private one with fixed nodes, a public one
//! where Karpenter makes them, a Prometheus, our objects, and the controller.
//!
//! What happens is followed by watches, so that a test can say what was true at each moment and what it cost.

pub(crate) mod audit;
mod controller;
mod fleet;
mod history;
mod machines;
mod objects;
mod plugin;
mod records;
mod room;
pub mod scenario;
mod setup;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub use audit::{Audited, audited};
pub use controller::{Controller, Launch, built};
pub use fleet::{AtHome, Dice, FLEET, Fleet, FleetSeen, Workload};
pub use history::{History, Moment, View};
use history::{Objects, Recorder, Side};
pub use machines::Bill;
use machines::Machines;
pub use plugin::Plugin;
pub use records::{Decided, Unproven};
pub use room::fit_at_home;
pub use setup::Setup;
use spillway_testbed::{
    ControlPlane, Error, Follower, Karpenter, Nodes, Prometheus, PrometheusConfig, Queue,
    QueueConfig, TestFolder,
};
pub use table::{LATE, table};

/// Where the controller lives, and where its Leases are in each cluster.
pub const SYSTEM: &str = "spillway-system";

/// Who the controller is in each cluster. It may do what the project's own RBAC says, and nothing else.
pub const USER: &str = "system:serviceaccount:spillway-system:spillway-controller";

/// Pods that fit at home.
pub const PRIVATE_SLOTS: usize = objects::RACK * objects::SLOTS_OF_A_NODE;

/// The clusters, their queue, and what was seen of them.
#[derive(Debug)]
pub struct Hybrid {
    _followers: Vec<Follower>,
    seen: Arc<Mutex<Record>>,
    /// The queue, whose jobs come from [`Queue::begin`] on.
    pub queue: Queue,
    /// What the controller asks.
    pub prometheus: Prometheus,
    /// What makes public nodes.
    pub karpenter: Karpenter,
    /// The private cluster, where our objects are.
    pub private: ControlPlane,
    /// The public cluster.
    pub public: ControlPlane,
    /// How the controller reaches the private cluster, its home.
    pub kubeconfig: PathBuf,
    up: Instant,
}

#[derive(Debug)]
struct Record {
    clusters: Recorder,
    machines: Machines,
}

impl Hybrid {
    /// Starts everything but the controller. One replica is Ready at home; no job has come.
    ///
    /// # Errors
    ///
    /// Where a server cannot be started, or refuses an object.
    pub fn start(test: &TestFolder, setup: &Setup) -> Result<Self, Error> {
        let rack = Nodes {
            prefix: "rack".to_owned(),
            count: objects::RACK,
            cpu: objects::SLOTS_OF_A_NODE.to_string(),
            memory: "32Gi".to_owned(),
            labels: vec![(
                objects::RACK_LABEL.0.to_owned(),
                objects::RACK_LABEL.1.to_owned(),
            )],
        };
        let private = ControlPlane::start(test, "private", &[rack])?;
        let public = ControlPlane::start(test, "eks", &[])?;
        let karpenter = Karpenter::start(&public)?;
        public.apply("pool", &objects::node_pool(setup))?;
        for (plane, replicas) in [(&private, 1), (&public, 0)] {
            plane.kubectl(&["create", "namespace", objects::NAMESPACE])?;
            plane.apply("target", &objects::target(setup, replicas))?;
        }
        private.kubectl(&["rollout", "status", "-n=work", "deployment/jobs"])?;
        let kubeconfig = apply_ours(setup, &private, &public)?;

        let queue = QueueConfig {
            name: "jobs".to_owned(),
            profile: setup.profile.clone(),
            service_time: Duration::from_secs(1),
            namespace: objects::NAMESPACE.to_owned(),
            selector: objects::SELECTOR.to_owned(),
        };
        let queue = Queue::open(queue, &[("private", &private), ("eks", &public)])?;
        let prometheus = PrometheusConfig {
            scrape: vec![queue.scrape(setup.scrape_every)],
            ..PrometheusConfig::default()
        };
        let prometheus = Prometheus::start(test, "prometheus", &prometheus)?;
        let up = Instant::now();
        let seen = Arc::new(Mutex::new(Record {
            clusters: Recorder::default(),
            machines: Machines::new(),
        }));
        let followers = follow(&private, &public, up, &seen)?;
        Ok(Self {
            _followers: followers,
            seen,
            queue,
            prometheus,
            karpenter,
            private,
            public,
            kubeconfig,
            up,
        })
    }

    /// Time since the servers are there.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.up.elapsed()
    }

    /// Both clusters as they are.
    #[must_use]
    pub fn moment(&self) -> Moment {
        lock(&self.seen).clusters.now()
    }

    /// Both clusters since the servers are there.
    #[must_use]
    pub fn history(&self) -> History {
        lock(&self.seen).clusters.history(self.now())
    }

    /// What public machines have cost.
    #[must_use]
    pub fn bill(&self) -> Bill {
        lock(&self.seen).machines.bill(self.now())
    }

    /// Gives another user the rights of the controller, and its kubeconfigs to whoever connects from now on; that of home.
    ///
    /// # Errors
    ///
    /// Where a cluster refuses that.
    pub fn connect_as(&self, user: &str) -> Result<PathBuf, Error> {
        self.private
            .apply("rights", &objects::rights(user, &["home", "member"]))?;
        self.public
            .apply("rights", &objects::rights(user, &["member"]))?;
        connect_as(user, &self.private, &self.public)
    }

    /// Waits until the clusters are as they should be.
    ///
    /// # Panics
    ///
    /// Where that is not so within the time.
    pub fn wait_until(&self, what: &str, within: Duration, mut is: impl FnMut(&Moment) -> bool) {
        let began = Instant::now();
        while !is(&self.moment()) {
            assert!(
                began.elapsed() < within,
                "{what}: not within {} s, but {:#?} with {} jobs that wait",
                within.as_secs(),
                self.moment(),
                self.queue.depth()
            );
            thread::sleep(Duration::from_millis(100));
        }
    }
}

fn lock(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What [`install`] does, and our objects; the kubeconfig of home.
fn apply_ours(
    setup: &Setup,
    private: &ControlPlane,
    public: &ControlPlane,
) -> Result<PathBuf, Error> {
    let kubeconfig = install(private, public)?;
    private.apply("ours", &objects::ours(setup))?;
    Ok(kubeconfig)
}

/// Our kinds, the controller's rights in both clusters and its kubeconfigs, in the private one; the kubeconfig of that.
pub(crate) fn install(private: &ControlPlane, public: &ControlPlane) -> Result<PathBuf, Error> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    private.apply_file(&checkout.join("crds/generated"))?;
    private.kubectl(&[
        "wait",
        "--for=condition=Established",
        "crd",
        "--all",
        "--timeout=60s",
    ])?;
    let rights = checkout.join("controller/rbac");
    private.apply_file(&rights.join("home.yaml"))?;
    for plane in [private, public] {
        plane.apply_file(&rights.join("member.yaml"))?;
    }
    connect_as(USER, private, public)
}

/// Puts a user's kubeconfigs of both clusters where controllers find them; that of home.
fn connect_as(user: &str, private: &ControlPlane, public: &ControlPlane) -> Result<PathBuf, Error> {
    for (cluster, plane) in [("private", private), ("eks", public)] {
        let path = plane.kubeconfig_of(user)?;
        let kubeconfig = fs::read_to_string(&path).map_err(|source| Error::Io { path, source })?;
        let secret = objects::kubeconfig_secret(cluster, &kubeconfig);
        private.apply(&format!("secret-{cluster}"), &secret)?;
    }
    private.kubeconfig_of(user)
}

fn follow(
    private: &ControlPlane,
    public: &ControlPlane,
    up: Instant,
    seen: &Arc<Mutex<Record>>,
) -> Result<Vec<Follower>, Error> {
    let namespace = objects::NAMESPACE;
    let targets = format!("/apis/apps/v1/namespaces/{namespace}/deployments");
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let nodes = "/api/v1/nodes".to_owned();
    let mut followers = Vec::new();
    for (side, plane) in [(Side::Private, private), (Side::Public, public)] {
        for (objects, path, selector) in [
            (Objects::Targets, &targets, None),
            (Objects::Pods, &pods, Some(objects::SELECTOR)),
            (Objects::Nodes, &nodes, None),
        ] {
            let seen = Arc::clone(seen);
            followers.push(plane.client()?.follow(path, selector, move |change| {
                let clusters = &mut lock(&seen).clusters;
                clusters.see(up.elapsed(), side, objects, &change);
            })?);
        }
    }
    let seen = Arc::clone(seen);
    let claims = "/apis/karpenter.sh/v1/nodeclaims";
    followers.push(public.client()?.follow(claims, None, move |change| {
        lock(&seen).machines.see(up.elapsed(), &change);
    })?);
    Ok(followers)
}
