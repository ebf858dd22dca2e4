//! How a Prometheus is reached: its address, who we say we are, and whom we believe.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use prometheus_http_query::Client;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

/// Longest wait for one answer. A tick takes 15 s, and what comes later than half of it would delay the decision for all.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A server and how it is asked. Secrets are files, as pods get them; they are read anew at each tick, for they change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Its address.
    pub address: String,
    /// A file that holds a bearer token.
    pub bearer_token: Option<PathBuf>,
    /// A user and a file that holds the password.
    pub basic: Option<(String, PathBuf)>,
    /// A file with certificates of authorities that are believed beside the system's.
    pub ca: Option<PathBuf>,
}

/// What the files hold. It is never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Secrets {
    authorization: Option<String>,
    ca: Option<Vec<u8>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

/// A server that cannot be asked as configured.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
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
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// A file holds no certificate, or what it holds cannot be sent in a header.
    #[error("{}: {problem}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
    },
    /// No HTTP client can be made.
    #[error("no HTTP client for Prometheus: {0}")]
    Client(#[from] reqwest::Error),
}

impl Access {
    /// Reads the files.
    pub(super) fn secrets(&self) -> Result<Secrets, AccessError> {
        let authorization = match (&self.bearer_token, &self.basic) {
            (Some(token), _) => Some(format!("Bearer {}", read_word(token)?)),
            (None, Some((user, password))) => {
                let both = format!("{user}:{}", read_word(password)?);
                Some(format!("Basic {}", BASE64_STANDARD.encode(both)))
            }
            (None, None) => None,
        };
        let ca = self.ca.as_deref().map(read).transpose()?;
        Ok(Secrets { authorization, ca })
    }

    /// A client that uses them.
    pub(super) fn client(&self, secrets: &Secrets) -> Result<Client, AccessError> {
        let mut http = reqwest::Client::builder().timeout(TIMEOUT);
        if let Some(text) = &secrets.authorization {
            let mut value = HeaderValue::from_str(text).map_err(|_| AccessError::Content {
                path: self.bearer_token.clone().unwrap_or_default(),
                problem: "holds a character that no HTTP header can carry",
            })?;
            value.set_sensitive(true);
            http = http.default_headers(HeaderMap::from_iter([(AUTHORIZATION, value)]));
        }
        if let (Some(pem), Some(path)) = (&secrets.ca, &self.ca) {
            let certificates = reqwest::Certificate::from_pem_bundle(pem)
                .ok()
                .filter(|all| !all.is_empty());
            http = http.tls_certs_merge(certificates.ok_or_else(|| AccessError::Content {
                path: path.clone(),
                problem: "holds no certificate in PEM form",
            })?);
        }
        Client::from(http.build()?, &self.address).map_err(|source| AccessError::Address {
            address: self.address.clone(),
            source,
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, AccessError> {
    fs::read(path).map_err(|source| AccessError::File {
        path: path.to_owned(),
        source,
    })
}

/// What a file holds but for a line end at its end, as editors write it.
fn read_word(path: &Path) -> Result<String, AccessError> {
    let text = String::from_utf8(read(path)?).map_err(|_| AccessError::Content {
        path: path.to_owned(),
        problem: "is no text",
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
