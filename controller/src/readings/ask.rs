//! Asks a Prometheus.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use prometheus_http_query::Client;

use super::Answers;
use super::access::{Access, AccessError, Secrets};
use super::answer::Answer;

/// Queries that run at once: Prometheus itself runs 20 (`--query.max-concurrency`).
const AT_ONCE: usize = 16;

/// A Prometheus server, or something that speaks its API.
pub struct Prometheus {
    access: Access,
    secrets: Secrets,
    client: Client,
}

impl Prometheus {
    /// A server that is reached so.
    ///
    /// # Errors
    ///
    /// When the address is no URL, or a file cannot be read.
    pub fn new(access: Access) -> Result<Self, AccessError> {
        let secrets = access.secrets()?;
        Ok(Self {
            client: access.client(&secrets)?,
            access,
            secrets,
        })
    }

    /// Takes up what has changed in the files since; what cannot be read stays as it was.
    ///
    /// # Errors
    ///
    /// Why they cannot be read.
    pub fn renew(&mut self) -> Result<(), AccessError> {
        let secrets = self.access.secrets()?;
        if secrets != self.secrets {
            self.client = self.access.client(&secrets)?;
            self.secrets = secrets;
        }
        Ok(())
    }

    /// Asks each query once, many at a time. A query that fails has its reason and the others go on.
    pub async fn ask(&self, queries: BTreeSet<String>) -> Answers {
        let asked = stream::iter(queries).map(|query| async move {
            let answer = self.one(&query).await;
            (query, answer)
        });
        asked.buffer_unordered(AT_ONCE).collect().await
    }

    async fn one(&self, query: &str) -> Result<Answer, String> {
        let response = self.client.query(query).get_raw().await;
        let response = response.map_err(|error| chain(&error))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| chain(&error))?;
        if matches!(status.as_u16(), 401 | 403) {
            return Err(format!(
                "HTTP {status}: Prometheus, or what stands before it, refuses these credentials"
            ));
        }
        // Refused queries too have a body that says why.
        serde_json::from_slice(&body).map_err(|_| {
            format!(
                "HTTP {status}, and the body is not what Prometheus answers; is the address right?"
            )
        })
    }
}

/// An error with its causes, for the outermost one often only says that something failed.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
