//! One question to a server, for readiness and for tests.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Asks for `url` and believes the authority `ca` about the server; status and body, or `None` without an answer.
#[must_use]
pub fn get(url: &str, ca: Option<&str>, headers: &[(&str, &str)]) -> Option<(u16, String)> {
    let mut tls = TlsConfig::builder();
    if let Some(ca) = ca {
        let certificate = Certificate::from_pem(ca.as_bytes()).ok()?;
        tls = tls.root_certs(RootCerts::Specific(Arc::new(vec![certificate])));
    }
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(5)))
        .tls_config(tls.build())
        .build()
        .into();
    let mut request = agent.get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut answer = request.call().ok()?;
    let body = answer.body_mut().read_to_string().ok()?;
    Some((answer.status().as_u16(), body))
}

/// Whether a server says of itself that it is ready.
pub(crate) fn is_well(url: &str, ca: Option<&str>, headers: &[(&str, &str)]) -> bool {
    get(url, ca, headers).is_some_and(|(status, _)| status == 200)
}
