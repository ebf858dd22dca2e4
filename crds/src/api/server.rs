//! A Prometheus of a metric's own, and how to be let in there.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A Prometheus, or something that speaks its API, that is asked instead of the controller's own.
///
/// Secrets are those of the object's own namespace: nobody can have another's sent to a server of theirs. The
/// controller's own credentials are never sent there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new(r"self.address.matches(r'^https?://[^/@?#\s]+(/[^@?#\s]*)?$')")
        .message("address is http://HOST:PORT or https://HOST/PATH, without user, password and query: they belong in a Secret"),
    validation = Rule::new("!has(self.bearerToken) || !has(self.basicAuth)")
        .message("set one of bearerToken and basicAuth: a request carries one of them")
)]
pub struct PrometheusServer {
    /// Its address, such as `https://thanos.shop:9090`; `/api/v1/query` is added to it.
    #[schemars(length(min = 1, max = 512))]
    pub address: String,
    /// The bearer token that lets in. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearer_token: Option<OwnSecretKey>,
    /// The user and the password that let in. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basic_auth: Option<BasicAuth>,
    /// Certificates, in PEM form, of authorities that are believed beside the system's. Default:
    /// none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<OwnSecretKey>,
}

/// A user and a password.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BasicAuth {
    /// The user.
    pub username: OwnSecretKey,
    /// The password.
    pub password: OwnSecretKey,
}

/// A key of a Secret of the object's own namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwnSecretKey {
    /// The Secret's name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The key within it, such as `token`.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}

impl PrometheusServer {
    /// The keys of Secrets that it names, each with its field.
    pub fn keys(&self) -> impl Iterator<Item = (&'static str, &OwnSecretKey)> {
        let basic = self.basic_auth.as_ref();
        [
            ("bearerToken", self.bearer_token.as_ref()),
            ("basicAuth.username", basic.map(|basic| &basic.username)),
            ("basicAuth.password", basic.map(|basic| &basic.password)),
            ("ca", self.ca.as_ref()),
        ]
        .into_iter()
        .filter_map(|(field, key)| Some((field, key?)))
    }

    /// Whether its address is one that may be asked: with a user in it, secrets would be where everybody looks.
    #[must_use]
    pub fn has_sound_address(&self) -> bool {
        let rest = self
            .address
            .strip_prefix("https://")
            .or_else(|| self.address.strip_prefix("http://"));
        let forbidden = |letter: char| letter.is_whitespace() || "@?#".contains(letter);
        rest.is_some_and(|rest| {
            !rest.is_empty() && !rest.starts_with('/') && !rest.contains(forbidden)
        })
    }
}
