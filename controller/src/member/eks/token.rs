//! The bearer token of an EKS cluster: a question to AWS STS who we are, signed for this cluster. Whoever has it may ask,
//! so the cluster asks, and believes the answer. Pure.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignatureLocation, SigningSettings};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::sign::{NotSigned, domain, signed};

/// How long the signature may be presented first. STS wants some number; the cluster counts from the time of signing.
const EXPIRES: Duration = Duration::from_mins(1);

/// A token for a cluster of a region, as `aws eks get-token` makes it; it lets in for 15 minutes from `now`.
///
/// # Errors
///
/// When the name or the region cannot be in a request.
pub(super) fn token(
    credentials: &Credentials,
    region: &str,
    cluster: &str,
    now: SystemTime,
) -> Result<String, NotSigned> {
    let url = format!(
        "https://sts.{region}.{}/?Action=GetCallerIdentity&Version=2011-06-15",
        domain(region)
    );
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(EXPIRES);
    let request = http::Request::get(url)
        .header("x-k8s-aws-id", cluster)
        .body(Vec::new())?;
    let request = signed(request, credentials, region, "sts", settings, now)?;
    let url = BASE64_URL_SAFE_NO_PAD.encode(request.uri().to_string());
    Ok(format!("k8s-aws-v1.{url}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by botocore 1.44 (`RequestSigner.generate_presigned_url` as `aws eks get-token` calls it) for the same time,
    /// keys and cluster.
    const EXPECTED: &str = "https://sts.eu-west-1.amazonaws.com/?\
        Action=GetCallerIdentity&Version=2011-06-15&\
        X-Amz-Algorithm=AWS4-HMAC-SHA256&\
        X-Amz-Credential=AKIDEXAMPLE%2F20261128%2Feu-west-1%2Fsts%2Faws4_request&\
        X-Amz-Date=20261128T080000Z&\
        X-Amz-Expires=60&\
        X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&\
        X-Amz-Security-Token=session%2F%2B%3Dtoken&\
        X-Amz-Signature=a1b2e57cd15dfff41c2610024e1c602229700898aaa3f6cc6d877b05acd88c76";

    #[test]
    fn the_token_is_the_presigned_url_that_aws_tools_make_for_this_cluster() {
        let credentials = Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            Some("session/+=token".to_owned()),
            None,
            "test",
        );
        // 2026-11-28T08:00:00Z
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(498_848);
        let made = |cluster| token(&credentials, "eu-west-1", cluster, now).expect("a token");
        let text = made("shop");
        let url = text.strip_prefix("k8s-aws-v1.").expect("its version");
        let url = BASE64_URL_SAFE_NO_PAD.decode(url).expect("base64url");
        let url = String::from_utf8(url).expect("a URL");
        let sorted = |url: &str| {
            let (path, query) = url.split_once('?').expect("a query");
            let mut query: Vec<String> = query.split('&').map(str::to_owned).collect();
            query.sort();
            (path.to_owned(), query)
        };
        assert_eq!(sorted(&url), sorted(EXPECTED));
        // The cluster's name is signed and not sent: the cluster adds its own, and for another the signature is wrong.
        assert_ne!(made("other"), text);
    }
}
