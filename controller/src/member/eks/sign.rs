//! Requests that AWS believes.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;

/// A request that cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum NotSigned {
    /// A name in it is no part of a URL or a header.
    #[error("the name or the region cannot be in a request: {0}")]
    Request(#[from] http::Error),
    /// The signature fails.
    #[error("{0}")]
    Signature(#[from] aws_sigv4::http_request::SigningError),
    /// A setting is missing.
    #[error("{0}")]
    Settings(#[from] aws_sigv4::sign::v4::signing_params::BuildError),
}

/// The domain of AWS in a region.
pub(super) fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    }
}

/// The request with its signature.
pub(super) fn signed(
    mut request: http::Request<Vec<u8>>,
    credentials: &Credentials,
    region: &str,
    service: &str,
    settings: SigningSettings,
    now: SystemTime,
) -> Result<http::Request<Vec<u8>>, NotSigned> {
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(now)
        .settings(settings)
        .build()?
        .into();
    let headers = request.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let signable = SignableRequest::new(
        request.method().as_str(),
        request.uri().to_string(),
        headers,
        SignableBody::Bytes(request.body()),
    )?;
    let (instructions, _) = sign(signable, &parameters)?.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    Ok(request)
}
