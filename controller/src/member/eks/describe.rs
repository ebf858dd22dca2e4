//! Where an EKS cluster is: one signed request, for which the AWS SDK's crate of the whole service would be too much.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::SigningSettings;
use reqwest::redirect;
use serde::Deserialize;
use spillway_crds::api::EksCluster;

use super::EksError;
use super::sign::{domain, signed};

/// Longest wait for AWS.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Where a cluster is, and whom to believe about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) endpoint: String,
    /// A certificate in PEM form, in base64.
    pub(super) authority: String,
}

#[derive(Deserialize)]
struct Described {
    cluster: Cluster,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cluster {
    status: Option<String>,
    endpoint: Option<String>,
    certificate_authority: Option<Authority>,
}

#[derive(Deserialize)]
struct Authority {
    data: Option<String>,
}

/// Asks AWS, or what stands in for it at `instead`.
pub(super) async fn describe(
    cluster: &EksCluster,
    credentials: &Credentials,
    instead: Option<&str>,
) -> Result<Place, EksError> {
    let EksCluster { name, region, .. } = cluster;
    let base = instead.map_or_else(
        || format!("https://eks.{region}.{}", domain(region)),
        |url| url.trim_end_matches('/').to_owned(),
    );
    let request = http::Request::get(format!("{base}/clusters/{name}")).body(Vec::new());
    let request = signed(
        request.map_err(super::NotSigned::from)?,
        credentials,
        region,
        "eks",
        SigningSettings::default(),
        SystemTime::now(),
    )?;
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(redirect::Policy::none())
        .build()?;
    let response = client.execute(request.try_into()?).await?;
    let status = response.status();
    let body = response.bytes().await?;
    if !status.is_success() {
        return Err(EksError::Refused {
            name: name.clone(),
            region: region.clone(),
            status,
            said: message(&body),
        });
    }
    let described: Result<Described, _> = serde_json::from_slice(&body);
    let Cluster {
        status,
        endpoint,
        certificate_authority,
    } = described.map_err(|_| EksError::NotEks)?.cluster;
    match (endpoint, certificate_authority.and_then(|ca| ca.data)) {
        (Some(endpoint), Some(authority)) => Ok(Place {
            endpoint,
            authority,
        }),
        _ => Err(EksError::NotThere {
            name: name.clone(),
            status: status.unwrap_or_else(|| "unknown".to_owned()),
        }),
    }
}

/// What AWS says of a refusal.
fn message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(alias = "Message")]
        message: String,
    }
    let said: Option<Refusal> = serde_json::from_slice(body).ok();
    said.map(|said| said.message.chars().take(300).collect())
        .unwrap_or_default()
}
