//! Reads of an API server without a kubectl for each question, and watches.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use crate::{Error, Identity};

/// How long an API server may take to answer; a watch goes on after its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// An administrator's connection to one API server.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    url: String,
}

impl Client {
    pub(super) fn new(url: &str, ca: &str, who: &Identity) -> Result<Self, Error> {
        let make = || {
            let ca = Certificate::from_pem(ca.as_bytes())?;
            let certificate = Certificate::from_pem(who.certificate.as_bytes())?;
            let key = PrivateKey::from_pem(who.key.as_bytes())?;
            let tls = TlsConfig::builder()
                .root_certs(RootCerts::Specific(Arc::new(vec![ca])))
                .client_cert(Some(ClientCert::new_with_certs(&[certificate], key)))
                .build();
            let config = Agent::config_builder()
                .http_status_as_error(false)
                .timeout_connect(Some(PATIENCE))
                .timeout_recv_response(Some(PATIENCE))
                .tls_config(tls);
            Ok(config.build().into())
        };
        let agent = make().map_err(no_answer(url))?;
        let url = url.to_owned();
        Ok(Self { agent, url })
    }

    /// What is at a path, like `/api/v1/nodes`.
    ///
    /// # Errors
    ///
    /// Where the server does not answer, or says that it will not.
    pub fn get(&self, path: &str) -> Result<Value, Error> {
        serde_json::from_reader(self.open(path)?).map_err(|error| Error::NoAnswer {
            url: format!("{}{path}", self.url),
            why: error.to_string(),
        })
    }

    /// The answer at a path as it comes.
    pub(super) fn open(&self, path: &str) -> Result<impl Read + use<>, Error> {
        let url = format!("{}{path}", self.url);
        let answer = self.agent.get(&url).call().map_err(no_answer(&url))?;
        let status = answer.status().as_u16();
        let mut body = answer.into_body().into_reader();
        if status == 200 {
            return Ok(body);
        }
        let mut said = String::new();
        // The status alone says enough where the rest does not come.
        let _ = body.read_to_string(&mut said);
        Err(Error::Refused { url, status, said })
    }
}

fn no_answer(url: &str) -> impl FnOnce(ureq::Error) -> Error + use<> {
    let url = url.to_owned();
    move |error| Error::NoAnswer {
        url,
        why: error.to_string(),
    }
}
