//! Asks a cluster's metrics.k8s.io what pods use.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use kube::Client;

use crate::observed::{PodMetricsList, PodUsage};
use crate::said::said;

/// What pods use by namespace and name, or why it is not known.
pub type Usages = BTreeMap<String, Result<BTreeMap<String, PodUsage>, String>>;

/// Namespaces that are asked about at once.
const AT_ONCE: usize = 8;

/// Asks about each namespace once: a workload's pods are picked out afterwards, so a call serves all of its workloads.
pub(super) async fn ask(client: &Client, namespaces: &BTreeSet<String>) -> Usages {
    let asked = stream::iter(namespaces).map(|namespace| async move {
        let usages = of_namespace(client, namespace).await;
        (namespace.clone(), usages)
    });
    asked.buffer_unordered(AT_ONCE).collect().await
}

async fn of_namespace(
    client: &Client,
    namespace: &str,
) -> Result<BTreeMap<String, PodUsage>, String> {
    let path = format!("/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods");
    let request = http::Request::get(path)
        .body(Vec::new())
        .map_err(|error| error.to_string())?;
    match client.request::<PodMetricsList>(request).await {
        Ok(list) => Ok(list
            .usages()
            .into_iter()
            .map(|usage| (usage.pod.clone(), usage))
            .collect()),
        Err(error) => Err(why(&error)),
    }
}

fn why(error: &kube::Error) -> String {
    let code = match error {
        kube::Error::Api(status) => status.code,
        _ => 0,
    };
    let said = said(error);
    match code {
        404 => "there is no metrics.k8s.io: install metrics-server there, or forbid the cluster in spec.clusters"
            .to_owned(),
        403 => format!("metrics.k8s.io refuses the controller ({said}): apply controller/rbac/member.yaml there"),
        503 => format!(
            "metrics.k8s.io does not answer ({}): look there at APIService v1beta1.metrics.k8s.io and metrics-server",
            said.trim()
        ),
        _ => format!("metrics.k8s.io does not answer: {said}"),
    }
}
