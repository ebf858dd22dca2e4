//! An EKS cluster by its name and region: where it is, and a token that is renewed before it ends.

mod describe;
mod sign;
mod token;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls;
use http::HeaderValue;
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use reqwest::StatusCode;
use serde_json::json;
use spillway_crds::api::EksCluster;
use tokio::time::timeout;
use tracing::warn;

use describe::{Place, describe};
pub use sign::NotSigned;
use token::token;

/// How old a token may be before it is renewed. It ends after 15 minutes; five are left for an STS or a clock that fails.
const RENEW_AFTER: Duration = Duration::from_mins(10);

/// How old a token may be while no other can be made.
const ENDS_AFTER: Duration = Duration::from_mins(14);

/// How long before credentials end a token of theirs is renewed.
const BEFORE_CREDENTIALS_END: Duration = Duration::from_mins(1);

/// Longest wait for credentials: outside of AWS the last of their sources is an address where nobody answers.
const CREDENTIALS: Duration = Duration::from_secs(5);

/// An EKS cluster that cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum EksError {
    /// Nobody says who we are.
    #[error(
        "spec.connection.eks needs AWS credentials, and there are none ({0}): give the controller's service account a \
         role (IRSA or EKS Pod Identity), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from a Secret"
    )]
    Credentials(String),
    /// AWS refuses.
    #[error(
        "spec.connection.eks: AWS does not say where cluster {name} of {region} is (HTTP {status}: {said}): mend its name \
         or region, allow eks:DescribeCluster, or write endpoint and certificateAuthority"
    )]
    Refused {
        /// The cluster's name.
        name: String,
        /// Its region.
        region: String,
        /// Of the answer.
        status: StatusCode,
        /// In AWS's words.
        said: String,
    },
    /// It is being made.
    #[error("spec.connection.eks: cluster {name} has no endpoint yet, its status is {status}")]
    NotThere {
        /// The cluster's name.
        name: String,
        /// In AWS's words.
        status: String,
    },
    /// Somebody else answers.
    #[error(
        "spec.connection.eks: what answers is not EKS: look at AWS_ENDPOINT_URL and at proxies"
    )]
    NotEks,
    /// No answer.
    #[error("spec.connection.eks: AWS does not answer: {0}")]
    Silent(#[from] reqwest::Error),
    /// The request cannot be made.
    #[error("spec.connection.eks: {0}")]
    NotSigned(#[from] NotSigned),
    /// The endpoint or the certificate cannot be used.
    #[error("spec.connection.eks: its endpoint or certificateAuthority cannot be used: {0}")]
    Place(#[from] Box<KubeconfigError>),
}

/// What lets in now; requests look it up one by one.
pub(super) type Header = Arc<Mutex<HeaderValue>>;

/// A cluster that is reached.
pub struct Eks {
    cluster: EksCluster,
    source: SharedCredentialsProvider,
    header: Header,
    made_at: SystemTime,
    /// When the credentials behind the token end, if they do.
    credentials_end: Option<SystemTime>,
}

impl Eks {
    /// Finds the cluster and makes a first token.
    pub(super) async fn connect(cluster: &EksCluster) -> Result<(Config, Self), EksError> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(
                tls::rustls_provider::CryptoMode::Ring,
            ))
            .build_https();
        let aws = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .region(Region::new(cluster.region.clone()))
            .load()
            .await;
        let source = aws
            .credentials_provider()
            .ok_or_else(|| EksError::Credentials("no source is configured".to_owned()))?;
        let credentials = credentials(&source).await?;
        let place = match (&cluster.endpoint, &cluster.certificate_authority) {
            (Some(endpoint), Some(authority)) => Place {
                endpoint: endpoint.clone(),
                authority: authority.clone(),
            },
            _ => describe(cluster, &credentials, aws.endpoint_url()).await?,
        };
        let now = SystemTime::now();
        let eks = Self {
            header: Arc::new(Mutex::new(header(cluster, &credentials, now)?)),
            cluster: cluster.clone(),
            source,
            made_at: now,
            credentials_end: credentials.expiry(),
        };
        Ok((config(&place).await?, eks))
    }

    /// What lets in, renewed by [`Self::renew`].
    pub(super) fn header(&self) -> Header {
        Arc::clone(&self.header)
    }

    /// Makes another token in time.
    ///
    /// # Errors
    ///
    /// Why there is none, once the last has ended.
    pub(super) async fn renew(&mut self) -> Result<(), EksError> {
        let now = SystemTime::now();
        if now < due(self.made_at, self.credentials_end) {
            return Ok(());
        }
        let renewed = match credentials(&self.source).await {
            Ok(credentials) => header(&self.cluster, &credentials, now)
                .map(|header| (header, credentials.expiry())),
            Err(why) => Err(why),
        };
        match renewed {
            Ok((header, credentials_end)) => {
                *self.header.lock().unwrap_or_else(PoisonError::into_inner) = header;
                self.made_at = now;
                self.credentials_end = credentials_end;
                Ok(())
            }
            Err(why) if now < self.made_at + ENDS_AFTER => {
                warn!(cluster = self.cluster.name, %why, "the token is not renewed yet");
                Ok(())
            }
            Err(why) => Err(why),
        }
    }
}

/// When a token is to be renewed.
fn due(made_at: SystemTime, credentials_end: Option<SystemTime>) -> SystemTime {
    let by_age = made_at + RENEW_AFTER;
    let by_credentials = credentials_end.and_then(|end| end.checked_sub(BEFORE_CREDENTIALS_END));
    by_credentials.map_or(by_age, |end| end.min(by_age))
}

async fn credentials(source: &SharedCredentialsProvider) -> Result<Credentials, EksError> {
    match timeout(CREDENTIALS, source.provide_credentials()).await {
        Ok(Ok(credentials)) => Ok(credentials),
        // Its causes may repeat what was asked; who is asked is enough.
        Ok(Err(error)) => Err(EksError::Credentials(error.to_string())),
        Err(_) => Err(EksError::Credentials(format!(
            "no source has answered within {} s",
            CREDENTIALS.as_secs()
        ))),
    }
}

fn header(
    cluster: &EksCluster,
    credentials: &Credentials,
    now: SystemTime,
) -> Result<HeaderValue, EksError> {
    let token = token(credentials, &cluster.region, &cluster.name, now)?;
    let value = HeaderValue::from_str(&format!("Bearer {token}"));
    let mut value = value.map_err(|error| NotSigned::from(http::Error::from(error)))?;
    value.set_sensitive(true);
    Ok(value)
}

/// As a kubeconfig without a user would say it.
async fn config(place: &Place) -> Result<Config, EksError> {
    let kubeconfig = json!({
        "clusters": [{"name": "eks", "cluster": {
            "server": place.endpoint, "certificate-authority-data": place.authority
        }}],
        "users": [{"name": "eks", "user": {}}],
        "contexts": [{"name": "eks", "context": {"cluster": "eks", "user": "eks"}}],
        "current-context": "eks"
    });
    let read = async {
        let kubeconfig = Kubeconfig::from_yaml(&kubeconfig.to_string())?;
        Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await
    };
    read.await.map_err(|error| EksError::Place(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_before_it_ends_and_before_its_credentials_do() {
        let made = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let minutes = Duration::from_mins;
        for (credentials_end, expected) in [
            (None, made + minutes(10)),
            (Some(made + minutes(60)), made + minutes(10)),
            (Some(made + minutes(5)), made + minutes(4)),
        ] {
            assert_eq!(due(made, credentials_end), expected);
        }
    }
}
