//! How a member cluster is reached.

use std::sync::PoisonError;
use std::time::Duration;

use http::header::AUTHORIZATION;
use k8s_openapi::api::core::v1::Secret;
use kube::client::{Body, ClientBuilder};
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Api, Client, Config};
use spillway_crds::api::{Connection, SecretKey};
use tower::util::MapRequestLayer;

use super::eks::{Eks, EksError, Header};
use crate::said::said;
use crate::watch::WATCH_SECONDS;

/// Longest wait for an answer that is no watch. A site that hangs must be known as silent before
/// the next tick.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A cluster that cannot be reached as its object says.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The object says nothing.
    #[error(
        "spec.connection is missing: set inCluster: {{}}, kubeconfigSecret or eks; none is guessed, for guessing a cluster is the costliest mistake"
    )]
    NotSet,
    /// AWS does not let us in, or does not know the cluster.
    #[error(transparent)]
    Eks(#[from] EksError),
    /// The Secret cannot be read.
    #[error(
        "Secret {namespace}/{name} of spec.connection.kubeconfigSecret cannot be read: {source}"
    )]
    Secret {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The API server's words.
        source: Box<kube::Error>,
    },
    /// The Secret has other keys.
    #[error(
        "Secret {namespace}/{name} has no key {key}; it has {present}: name one of them in spec.connection.kubeconfigSecret.key"
    )]
    Key {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The key that was looked for.
        key: String,
        /// The keys that are there.
        present: String,
    },
    /// What the Secret holds is no kubeconfig that can be used. Its text is never repeated.
    #[error("the kubeconfig in Secret {namespace}/{name} cannot be used: {source}")]
    Kubeconfig {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// What is wrong.
        source: Box<KubeconfigError>,
    },
    /// Not in a cluster.
    #[error("spec.connection.inCluster needs the service account of a pod: {0}")]
    InCluster(#[from] kube::config::InClusterError),
    /// No client can be made.
    #[error("no client for the cluster: {0}")]
    Client(Box<kube::Error>),
}

/// Longest wait for the answer whether an API server is there. Several of them fit into the shortest time after which
/// a cluster may count as lost.
const PROBE: Duration = Duration::from_secs(3);

/// Longest silence of a watch: the server ends each after two minutes.
const WATCH_TIMEOUT: Duration = Duration::from_secs(WATCH_SECONDS as u64 + 15);

/// Clients for one cluster.
pub struct Clients {
    /// For questions and writes, which are answered soon or not at all.
    pub asking: Client,
    /// For watches, in which nothing may be said for long.
    pub watching: Client,
    /// What renews the token, where one ends.
    pub(super) eks: Option<Eks>,
}

impl Clients {
    /// Clients by a configuration.
    ///
    /// # Errors
    ///
    /// When its certificates cannot be used.
    pub fn new(config: &Config) -> Result<Self, kube::Error> {
        Self::with(config, None)
    }

    fn with(config: &Config, eks: Option<Eks>) -> Result<Self, kube::Error> {
        let header = eks.as_ref().map(Eks::header);
        let client = |timeout: Duration| {
            let mut config = config.clone();
            config.connect_timeout = Some(CONNECT_TIMEOUT);
            config.read_timeout = Some(timeout);
            // The library would ask a server that says 503 again for minutes, and a tick would wait for it. Ticks come
            // again, and watches have their own pauses.
            config.default_retry = false;
            let builder = ClientBuilder::try_from(config)?;
            Ok::<_, kube::Error>(match header.clone() {
                None => builder.build(),
                Some(header) => builder
                    .with_layer(&MapRequestLayer::new(move |request| {
                        let_in(request, &header)
                    }))
                    .build(),
            })
        };
        Ok(Self {
            asking: client(READ_TIMEOUT)?,
            watching: client(WATCH_TIMEOUT)?,
            eks,
        })
    }

    /// Renews what lets in, where that ends.
    ///
    /// # Errors
    ///
    /// Why it has ended.
    pub(super) async fn renew(&mut self) -> Result<(), EksError> {
        match &mut self.eks {
            Some(eks) => eks.renew().await,
            None => Ok(()),
        }
    }

    /// Whether the API server is there: the only question whose silence means that the cluster is unreachable.
    ///
    /// # Errors
    ///
    /// Why it is not.
    pub async fn probe(&self) -> Result<(), String> {
        let request = http::Request::get("/readyz").body(Vec::new());
        let request = request.map_err(|error| error.to_string())?;
        match tokio::time::timeout(PROBE, self.asking.request_text(request)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(said(&error)),
            Err(_) => Err(format!("no answer within {} s", PROBE.as_secs())),
        }
    }
}

/// The request with what lets in now.
fn let_in(mut request: http::Request<Body>, header: &Header) -> http::Request<Body> {
    let value = header
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    request.headers_mut().insert(AUTHORIZATION, value);
    request
}

/// Clients for the cluster; `home` is where Secrets are read.
///
/// # Errors
///
/// When the object, the Secret or the kubeconfig is not usable; a cluster that does not answer
/// is no error here.
pub async fn connect(
    connection: Option<&Connection>,
    home: &Client,
) -> Result<Clients, ConnectionError> {
    let connection = connection.ok_or(ConnectionError::NotSet)?;
    let (config, eks) = match (&connection.kubeconfig_secret, &connection.eks) {
        (Some(secret), _) => (from_secret(secret, home).await?, None),
        (None, Some(cluster)) => {
            let (config, eks) = Eks::connect(cluster).await?;
            (config, Some(eks))
        }
        (None, None) if connection.in_cluster.is_some() => (Config::incluster()?, None),
        (None, None) => return Err(ConnectionError::NotSet),
    };
    Clients::with(&config, eks).map_err(|error| ConnectionError::Client(Box::new(error)))
}

async fn from_secret(key: &SecretKey, home: &Client) -> Result<Config, ConnectionError> {
    let (namespace, name) = (key.namespace.clone(), key.name.clone());
    let secrets: Api<Secret> = Api::namespaced(home.clone(), &namespace);
    let secret = secrets.get(&name).await;
    let secret = secret.map_err(|source| ConnectionError::Secret {
        namespace: namespace.clone(),
        name: name.clone(),
        source: Box::new(source),
    })?;
    let data = secret.data.unwrap_or_default();
    let Some(text) = data.get(&key.key) else {
        let present: Vec<&str> = data.keys().map(String::as_str).collect();
        return Err(ConnectionError::Key {
            namespace,
            name,
            key: key.key.clone(),
            present: present.join(", "),
        });
    };
    let unusable = |source: KubeconfigError| ConnectionError::Kubeconfig {
        namespace: namespace.clone(),
        name: name.clone(),
        source: Box::new(source),
    };
    let kubeconfig = Kubeconfig::from_yaml(&String::from_utf8_lossy(&text.0)).map_err(unusable)?;
    let options = KubeConfigOptions::default();
    Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(unusable)
}
