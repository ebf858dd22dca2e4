//! All servers that are asked: the controller's own, and those that metrics name.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join_all;
use kube::Client;
use spillway_crds::api::PrometheusServer;
use tokio::time::Instant;
use tracing::warn;

use super::access::{Access, AccessError};
use super::answer::Answer;
use super::ask::{NoAnswer, Prometheus};
use super::credentials::Unusable;
use super::secret::{self, NoSecret};
use super::server::Server;

/// How long Secrets count as read: a call of the API for each of them in each tick is too much, and a changed one
/// should not be waited for long. One that does not let in is read anew at once.
const READ_AGAIN: Duration = Duration::from_mins(1);

/// Queries by the server that they are asked of.
pub type Questions = BTreeMap<Server, BTreeSet<String>>;

/// All that was answered, by server and query.
pub type Answers = BTreeMap<Server, BTreeMap<String, Result<Answer, Failure>>>;

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The field of the metric that is to be mended, where it is not the query's own.
    pub field: Option<String>,
    /// What is wrong and what would be right; it reads on after the field.
    pub why: String,
}

impl Failure {
    /// The fault of a field of the metric's server; of the server as a whole without a field.
    pub(super) fn of(field: &str, why: String) -> Self {
        let dot = if field.is_empty() { "" } else { "." };
        Self {
            field: Some(format!("server{dot}{field}")),
            why,
        }
    }

    /// No fault of the object.
    pub(super) fn elsewhere(why: String) -> Self {
        Self { field: None, why }
    }
}

/// The servers and what lets in there.
pub struct Servers {
    own: Option<(Access, Prometheus)>,
    /// Those that were asked at the last tick: what lets in at others is forgotten.
    named: BTreeMap<Server, Named>,
    /// The controller's namespace, in which kubeconfigs lie.
    namespace: String,
}

/// A server that a metric names.
struct Named {
    server: Result<Prometheus, Failure>,
    read_at: Instant,
    /// Whether what lets in should be read anew.
    doubted: bool,
}

/// The controller's own server cannot be asked as configured.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// A file cannot be read.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// What it holds cannot be used.
    #[error("what lets in at {address}: {source}")]
    Unusable {
        /// The server's address.
        address: String,
        /// What is wrong.
        source: Unusable,
    },
}

impl Servers {
    /// The servers of a controller in `namespace`, with its own where it has one.
    ///
    /// # Errors
    ///
    /// When that cannot be asked as configured.
    pub fn new(own: Option<Access>, namespace: &str) -> Result<Self, OwnError> {
        let own = own.map(|access| {
            let server = Prometheus::new(access.credentials()?);
            let server = server.map_err(|source| OwnError::Unusable {
                address: access.address.clone(),
                source,
            })?;
            Ok::<_, OwnError>((access, server))
        });
        Ok(Self {
            own: own.transpose()?,
            named: BTreeMap::new(),
            namespace: namespace.to_owned(),
        })
    }

    /// Asks each query of each server once. `home` is where Secrets are read.
    pub async fn ask(&mut self, questions: Questions, home: &Client) -> Answers {
        self.renew_own();
        self.renew_named(&questions, home).await;
        let this = &*self;
        let asked = questions.into_iter().map(|(server, queries)| async move {
            let answers = this.ask_one(&server, queries).await;
            (server, answers)
        });
        let all = join_all(asked).await;
        let mut answers = Answers::new();
        for (server, (of_server, refused)) in all {
            if let Some(named) = self.named.get_mut(&server) {
                named.doubted |= refused;
            }
            answers.insert(server, of_server);
        }
        answers
    }

    fn renew_own(&mut self) {
        let Some((access, server)) = &mut self.own else {
            return;
        };
        match access.credentials() {
            Err(why) => warn!(%why, "what lets in at Prometheus stays as it was"),
            Ok(credentials) => {
                if let Err(why) = server.renew(credentials) {
                    warn!(%why, "what lets in at Prometheus stays as it was");
                }
            }
        }
    }

    async fn renew_named(&mut self, questions: &Questions, home: &Client) {
        self.named
            .retain(|server, _| questions.contains_key(server));
        let is_known = |server: &Server| {
            self.named.get(server).is_some_and(|named| {
                !named.doubted && named.server.is_ok() && named.read_at.elapsed() < READ_AGAIN
            })
        };
        let forbidden = self.namespace.as_str();
        let read = questions.keys().filter_map(|key| match key {
            Server::Named { namespace, server } if !is_known(key) => {
                Some(async move { (key, credentials(namespace, server, forbidden, home).await) })
            }
            _ => None,
        });
        for (key, read) in join_all(read).await {
            let before = self.named.remove(key);
            let server = match (read, before.map(|named| named.server)) {
                (Err(NoSecret::Silent(_)), Some(Ok(before))) => Ok(before),
                (Err(NoSecret::Silent(why) | NoSecret::Wrong(why)), _) => Err(why),
                (Ok(server), _) => Ok(server),
            };
            let named = Named {
                server,
                read_at: Instant::now(),
                doubted: false,
            };
            self.named.insert(key.clone(), named);
        }
    }

    /// What a server answers, and whether it refuses what should let in.
    async fn ask_one(
        &self,
        server: &Server,
        queries: BTreeSet<String>,
    ) -> (BTreeMap<String, Result<Answer, Failure>>, bool) {
        let prometheus = match server {
            Server::Own => {
                let none = "no Prometheus is configured: start the controller with --prometheus URL, or name the metric's \
                            own server";
                let own = self.own.as_ref().map(|(_, server)| server);
                own.ok_or_else(|| Failure::elsewhere(none.to_owned()))
            }
            Server::Named { .. } => match self.named.get(server).map(|named| &named.server) {
                Some(Ok(server)) => Ok(server),
                Some(Err(why)) => Err(why.clone()),
                None => Err(Failure::of("", "is not known yet".to_owned())),
            },
        };
        let mut refused = false;
        let answers = match prometheus {
            Err(why) => queries
                .into_iter()
                .map(|query| (query, Err(why.clone())))
                .collect(),
            Ok(prometheus) => {
                let answers = prometheus.ask(queries).await.into_iter();
                answers
                    .map(|(query, answer)| {
                        refused |=
                            matches!(answer, Err(NoAnswer::Refused(_) | NoAnswer::Untrusted(_)));
                        (query, answer.map_err(|why| failure(server, why)))
                    })
                    .collect()
            }
        };
        (answers, refused)
    }
}

/// The server that an object names, with what lets in there.
async fn credentials(
    namespace: &str,
    server: &PrometheusServer,
    forbidden: &str,
    home: &Client,
) -> Result<Prometheus, NoSecret> {
    let wrong = |field: &str, why: String| NoSecret::Wrong(Failure::of(field, why));
    if !server.has_sound_address() {
        return Err(wrong(
            "address",
            "is no address that may be asked".to_owned(),
        ));
    }
    if let Some((field, key)) = server.keys().next().filter(|_| namespace == forbidden) {
        let why = format!(
            "Secret {namespace}/{} is of the controller's own namespace, and none of it is sent to a server: move the \
             workload to another",
            key.name
        );
        return Err(wrong(field, why));
    }
    let credentials = secret::credentials(namespace, server, home).await?;
    Prometheus::new(credentials).map_err(|error| {
        let field = match &error {
            Unusable::Address(_) => "address",
            Unusable::Ca => "ca",
            Unusable::Header => lets_in(server),
            Unusable::Client(_) => "",
        };
        wrong(field, error.to_string())
    })
}

/// The field that lets in.
fn lets_in(server: &PrometheusServer) -> &'static str {
    match (&server.bearer_token, &server.basic_auth) {
        (Some(_), _) => "bearerToken",
        (None, Some(_)) => "basicAuth",
        (None, None) => "",
    }
}

fn failure(server: &Server, why: NoAnswer) -> Failure {
    match (server, why) {
        (Server::Own, NoAnswer::Refused(status)) => Failure::elsewhere(format!(
            "HTTP {status}: the controller's Prometheus, or what stands before it, refuses these credentials: mend its \
             --prometheus-bearer-token-file or --prometheus-password-file"
        )),
        (Server::Own, NoAnswer::Untrusted(why)) => {
            Failure::elsewhere(format!("{why}: give the controller --prometheus-ca-file"))
        }
        (Server::Named { server, .. }, NoAnswer::Refused(status)) => {
            let field = lets_in(server);
            let remedy = if field.is_empty() {
                "asks for credentials: set bearerToken or basicAuth"
            } else {
                "refuses what lets in: put what is valid now into the Secret"
            };
            Failure::of(
                field,
                format!("HTTP {status}: the server, or what stands before it, {remedy}"),
            )
        }
        (Server::Named { .. }, NoAnswer::Untrusted(why)) => Failure::of(
            "ca",
            format!(
                "{why}: put the certificate of its authority into a Secret, and name that here"
            ),
        ),
        (Server::Own, NoAnswer::Other(why)) => Failure::elsewhere(why),
        (Server::Named { .. }, NoAnswer::Other(why)) => Failure::of("", why),
    }
}
