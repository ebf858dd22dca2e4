//! Asks a Prometheus.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::{StreamExt, stream};
use prometheus_http_query::Client;

use super::Answers;
use super::answer::Answer;

/// Longest wait for one answer. A tick takes 15 s, and what comes later than half of it would
/// delay the decision for all.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Queries that run at once: Prometheus itself runs 20 (`--query.max-concurrency`).
const AT_ONCE: usize = 16;

/// A Prometheus server, or something that speaks its API.
#[derive(Clone)]
pub struct Prometheus {
    client: Client,
}

/// A server that cannot be asked as configured.
#[derive(Debug, thiserror::Error)]
pub enum PrometheusError {
    /// The address is no URL.
    #[error(
        "the Prometheus address {address:?} is no URL: {source}; write http://HOST:PORT or https://HOST/PATH"
    )]
    Address {
        /// As configured.
        address: String,
        /// What is wrong with it.
        source: prometheus_http_query::Error,
    },
    /// No HTTP client can be made.
    #[error("no HTTP client for Prometheus: {0}")]
    Client(#[from] reqwest::Error),
}

impl Prometheus {
    /// A server by its address.
    ///
    /// # Errors
    ///
    /// When the address is no URL.
    pub fn new(address: &str) -> Result<Self, PrometheusError> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        let client = Client::from(http, address).map_err(|source| PrometheusError::Address {
            address: address.to_owned(),
            source,
        })?;
        Ok(Self { client })
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
