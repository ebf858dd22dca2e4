//! Asks a Prometheus.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io;
use std::time::Duration;

use futures::{StreamExt, stream};
use prometheus_http_query::Client;
use reqwest::{Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::answer::Answer;
use super::credentials::{Credentials, Unusable};

/// Queries that run at once: Prometheus itself runs 20 (`--query.max-concurrency`).
const AT_ONCE: usize = 16;

/// Longest wait for all answers of a server. One that is slow must not delay the decision for those who ask another.
const IN_ALL: Duration = Duration::from_secs(8);

/// Longest answer that is read: an instant query of ten thousand pods takes a tenth of it. Whoever names a server may
/// not fill our memory.
const MOST_BYTES: usize = 16 << 20;

/// A Prometheus server, or something that speaks its API.
pub struct Prometheus {
    credentials: Credentials,
    client: Client,
}

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The server does not let us in.
    #[error("HTTP {0}")]
    Refused(StatusCode),
    /// The server is not believed to be who it says.
    #[error("{0}")]
    Untrusted(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Prometheus {
    /// A server that is reached so.
    ///
    /// # Errors
    ///
    /// What cannot be used.
    pub fn new(credentials: Credentials) -> Result<Self, Unusable> {
        Ok(Self {
            client: credentials.client()?,
            credentials,
        })
    }

    /// Takes up what lets in now.
    ///
    /// # Errors
    ///
    /// What cannot be used; then all stays as it was.
    pub fn renew(&mut self, credentials: Credentials) -> Result<(), Unusable> {
        if credentials != self.credentials {
            self.client = credentials.client()?;
            self.credentials = credentials;
        }
        Ok(())
    }

    /// Asks each query once, many at a time. A query that fails has its reason and the others go on.
    pub async fn ask(
        &self,
        queries: BTreeSet<String>,
    ) -> BTreeMap<String, Result<Answer, NoAnswer>> {
        let until = Instant::now() + IN_ALL;
        let asked = stream::iter(queries).map(|query| async move {
            let answer = timeout_at(until, self.one(&query)).await;
            let late = || {
                let seconds = IN_ALL.as_secs();
                NoAnswer::Other(format!("the server has not answered within {seconds} s"))
            };
            (query, answer.unwrap_or_else(|_| Err(late())))
        });
        asked.buffer_unordered(AT_ONCE).collect().await
    }

    async fn one(&self, query: &str) -> Result<Answer, NoAnswer> {
        let response = self.client.query(query).get_raw().await;
        let response = response.map_err(|error| no_answer(&error))?;
        let status = response.status();
        if matches!(status.as_u16(), 401 | 403) {
            return Err(NoAnswer::Refused(status));
        }
        if status.is_redirection() {
            return Err(NoAnswer::Other(format!(
                "HTTP {status}: redirects are not followed, for what lets in would go along: write the address where it \
                 leads"
            )));
        }
        let body = body(response).await?;
        // Refused queries too have a body that says why.
        serde_json::from_slice(&body).map_err(|_| {
            NoAnswer::Other(format!(
                "HTTP {status}, and the body is not what Prometheus answers: is the address right?"
            ))
        })
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(NoAnswer::Other(format!(
                "the answer is larger than {} MiB: aggregate in the query",
                MOST_BYTES >> 20
            )));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// An error with its causes, for the outermost one often only says that something failed.
fn no_answer(error: &(dyn Error + 'static)) -> NoAnswer {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(tls) = of_tls(error) {
            return tls;
        }
        text = format!("{text}: {error}");
        cause = error.source();
    }
    NoAnswer::Other(text)
}

/// What TLS says, which an I/O error wraps without naming it as its source.
fn of_tls(error: &(dyn Error + 'static)) -> Option<NoAnswer> {
    let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
    if let Some(deeper) = of_tls(inner) {
        return Some(deeper);
    }
    Some(match inner.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(why) => {
            NoAnswer::Untrusted(format!("the server's certificate is not believed: {why}"))
        }
        error => NoAnswer::Other(format!(
            "no TLS with the server ({error}): does it speak http:// only?"
        )),
    })
}
