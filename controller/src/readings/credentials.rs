//! What lets in at a server, and the client that shows it. It is never shown to anybody else.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use prometheus_http_query::Client;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect;

/// Longest wait for one answer. A tick takes 15 s, and what comes later than half of it would delay the decision for all.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A server's address and what lets in there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    pub(super) address: String,
    /// The value of the header.
    authorization: Option<String>,
    /// Certificates in PEM form.
    ca: Option<Vec<u8>>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Why a server cannot be asked with them.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The address is no URL.
    #[error("the address is no URL: {0}; write http://HOST:PORT or https://HOST/PATH")]
    Address(prometheus_http_query::Error),
    /// The token, the user or the password has a line end in it, or worse.
    #[error("holds a character that no HTTP header can carry")]
    Header,
    /// The certificates are none.
    #[error("holds no certificate in PEM form")]
    Ca,
    /// No HTTP client can be made.
    #[error("no HTTP client for Prometheus: {0}")]
    Client(#[from] reqwest::Error),
}

impl Credentials {
    pub(super) fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn bearer(&mut self, token: &str) {
        self.authorization = Some(format!("Bearer {token}"));
    }

    pub(super) fn basic(&mut self, user: &str, password: &str) {
        let both = BASE64_STANDARD.encode(format!("{user}:{password}"));
        self.authorization = Some(format!("Basic {both}"));
    }

    /// Authorities that are believed beside the system's.
    pub(super) fn authority(&mut self, pem: Vec<u8>) {
        self.ca = Some(pem);
    }

    pub(super) fn client(&self) -> Result<Client, Unusable> {
        let mut http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            // Whoever may redirect would get what lets in here.
            .redirect(redirect::Policy::none());
        if let Some(text) = &self.authorization {
            let mut value = HeaderValue::from_str(text).map_err(|_| Unusable::Header)?;
            value.set_sensitive(true);
            http = http.default_headers(HeaderMap::from_iter([(AUTHORIZATION, value)]));
        }
        if let Some(pem) = &self.ca {
            let certificates = reqwest::Certificate::from_pem_bundle(pem)
                .ok()
                .filter(|all| !all.is_empty());
            http = http.tls_certs_merge(certificates.ok_or(Unusable::Ca)?);
        }
        Client::from(http.build()?, &self.address).map_err(Unusable::Address)
    }
}
