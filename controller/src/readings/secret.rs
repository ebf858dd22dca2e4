//! What lets in at a server that a metric names: Secrets of the object's own namespace.

use std::collections::BTreeMap;

use futures::future::join_all;
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};
use spillway_crds::api::{OwnSecretKey, PrometheusServer};

use super::Failure;
use super::credentials::Credentials;
use crate::said::said;

/// Why Secrets give no credentials.
pub(super) enum NoSecret {
    /// Somebody has to mend something.
    Wrong(Failure),
    /// The home cluster does not say; what was read before may still hold.
    Silent(Failure),
}

/// Reads the Secrets of a server from `namespace`, each once.
pub(super) async fn credentials(
    namespace: &str,
    server: &PrometheusServer,
    home: &Client,
) -> Result<Credentials, NoSecret> {
    let api: Api<Secret> = Api::namespaced(home.clone(), namespace);
    let names: BTreeMap<&str, &str> = server
        .keys()
        .map(|(field, key)| (key.name.as_str(), field))
        .collect();
    let read = names.into_iter().map(|(name, field)| {
        let api = api.clone();
        async move {
            (
                name,
                api.get(name)
                    .await
                    .map_err(|error| no_secret(namespace, name, field, &error)),
            )
        }
    });
    let mut secrets = BTreeMap::new();
    for (name, secret) in join_all(read).await {
        secrets.insert(name, secret?);
    }
    let value = |field: &str, key: &OwnSecretKey| {
        let data = secrets
            .get(key.name.as_str())
            .and_then(|secret| secret.data.as_ref());
        let value = data.and_then(|data| data.get(&key.key));
        value.map(|bytes| bytes.0.clone()).ok_or_else(|| {
            let keys: Vec<&str> = data
                .into_iter()
                .flatten()
                .map(|(key, _)| key.as_str())
                .collect();
            let why = format!(
                "Secret {namespace}/{} has no key {}, but {}: name one of them, or add it",
                key.name,
                key.key,
                if keys.is_empty() {
                    "none".to_owned()
                } else {
                    keys.join(", ")
                }
            );
            NoSecret::Wrong(Failure::of(field, why))
        })
    };
    let word = |field: &str, key: &OwnSecretKey| {
        let text = String::from_utf8(value(field, key)?).map_err(|_| {
            let why = format!(
                "Secret {namespace}/{} holds no text in {}",
                key.name, key.key
            );
            NoSecret::Wrong(Failure::of(field, why))
        })?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    };
    let mut credentials = Credentials::new(&server.address);
    if let Some(key) = &server.bearer_token {
        credentials.bearer(&word("bearerToken", key)?);
    }
    if let Some(basic) = &server.basic_auth {
        credentials.basic(
            &word("basicAuth.username", &basic.username)?,
            &word("basicAuth.password", &basic.password)?,
        );
    }
    if let Some(key) = &server.ca {
        credentials.authority(value("ca", key)?);
    }
    Ok(credentials)
}

fn no_secret(namespace: &str, name: &str, field: &str, error: &kube::Error) -> NoSecret {
    let code = match error {
        kube::Error::Api(status) => status.code,
        _ => 0,
    };
    let secret = format!("Secret {namespace}/{name}");
    match code {
        404 => NoSecret::Wrong(Failure::of(
            field,
            format!("{secret} does not exist: create it, or name another of namespace {namespace}"),
        )),
        403 => NoSecret::Wrong(Failure::of(
            field,
            format!(
                "{secret} may not be read by the controller: whoever owns namespace {namespace} creates it and names it \
                 in controller/rbac/metric-secrets.yaml"
            ),
        )),
        _ => NoSecret::Silent(Failure::of(
            field,
            format!("{secret} cannot be read: {}", said(error)),
        )),
    }
}
