//! Whether a token lets in at a cluster: the rules of aws-iam-authenticator, and what STS would say of the signature.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::hmac::{HMAC_SHA256, Key, Tag, sign};

use super::Aws;

/// The only parameters that may be in the URL, each once.
const ALLOWED: [&str; 9] = [
    "Action",
    "Version",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
];

/// Checks a token for a cluster; why it does not let in.
pub(super) fn check(token: &str, cluster: &str) -> Result<(), &'static str> {
    let url = token.strip_prefix("k8s-aws-v1.").ok_or("no prefix")?;
    let url = BASE64_URL_SAFE_NO_PAD.decode(url);
    let url = String::from_utf8(url.map_err(|_| "no base64url")?).map_err(|_| "no text")?;
    let host = format!("sts.{}.amazonaws.com", Aws::REGION);
    let query = url
        .strip_prefix(&format!("https://{host}/?"))
        .ok_or("not STS of the region")?;
    let mut parameters = BTreeMap::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').ok_or("a parameter without a value")?;
        if !ALLOWED.contains(&name) || parameters.insert(name, value).is_some() {
            return Err("a parameter too many");
        }
    }
    let signature = parameters.remove("X-Amz-Signature").ok_or("no signature")?;
    let get = |name| parameters.get(name).copied().unwrap_or_default();
    if get("Action") != "GetCallerIdentity" {
        return Err("another question");
    }
    if get("X-Amz-SignedHeaders") != "host%3Bx-k8s-aws-id" {
        return Err("the cluster's name is not signed");
    }
    let date = get("X-Amz-Date");
    let day = date.get(..8).ok_or("no date")?;
    let scope = format!("{day}/{}/sts/aws4_request", Aws::REGION);
    let credential = format!("{}/{scope}", Aws::KEY_ID).replace('/', "%2F");
    if get("X-Amz-Credential") != credential {
        return Err("another's key");
    }
    let sorted: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let request = format!(
        "GET\n/\n{}\nhost:{host}\nx-k8s-aws-id:{cluster}\n\nhost;x-k8s-aws-id\n{}",
        sorted.join("&"),
        hex(digest(&SHA256, b"").as_ref())
    );
    let text = format!(
        "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
        hex(digest(&SHA256, request.as_bytes()).as_ref())
    );
    let mut key = format!("AWS4{}", Aws::SECRET).into_bytes();
    for part in [day, Aws::REGION, "sts", "aws4_request"] {
        key = mac(&key, part).as_ref().to_vec();
    }
    if hex(mac(&key, &text).as_ref()) == signature {
        Ok(())
    } else {
        Err("the signature is wrong")
    }
}

fn mac(key: &[u8], text: &str) -> Tag {
    sign(&Key::new(HMAC_SHA256, key), text.as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
