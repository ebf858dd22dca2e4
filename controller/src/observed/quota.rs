//! A `ResourceQuota` as rows of the core.

use k8s_openapi::api::core::v1::ResourceQuota;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use spillway_crds::text::Quantity;
use spillway_solver::snapshot::{QuotaScope, QuotaState};

/// The rows of a quota that bind replicas: pods, and requests of cpu and memory. A quota with
/// scopes counts some pods only, which ones the core does not know; it is left out, and what
/// it refuses shows as pods that do not come.
#[must_use]
pub fn quotas(quota: &ResourceQuota) -> Vec<QuotaState> {
    let (Some(name), Some(namespace), Some(status)) = (
        &quota.metadata.name,
        &quota.metadata.namespace,
        &quota.status,
    ) else {
        return Vec::new();
    };
    let scoped = quota.spec.as_ref().is_some_and(|spec| {
        spec.scopes
            .as_ref()
            .is_some_and(|scopes| !scopes.is_empty())
            || spec.scope_selector.is_some()
    });
    let (Some(hard), false) = (&status.hard, scoped) else {
        return Vec::new();
    };
    let rows = hard.iter().filter_map(|(resource, limit)| {
        let here = namespace.clone();
        let (scope, in_milli) = match resource.as_str() {
            "pods" | "count/pods" => (QuotaScope::NamespacePods(here), false),
            "cpu" | "requests.cpu" => (QuotaScope::NamespaceCpu(here), true),
            "memory" | "requests.memory" => (QuotaScope::NamespaceMemory(here), false),
            _ => return None,
        };
        let amount = |quantity: &ApiQuantity| {
            let quantity = Quantity(quantity.0.clone());
            if in_milli {
                u64::try_from(quantity.milli().ok()?).ok()
            } else {
                quantity.units().ok()
            }
        };
        Some(QuotaState {
            name: format!("resourcequota/{namespace}/{name}/{resource}"),
            scope,
            limit: amount(limit)?,
            used: amount(status.used.as_ref()?.get(resource)?)?,
        })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rows(spec: &Value) -> Vec<(QuotaScope, u64, u64)> {
        let quota = json!({
            "metadata": {"namespace": "shop", "name": "compute"},
            "spec": spec,
            "status": {
                "hard": {"pods": "10", "requests.cpu": "4", "limits.cpu": "8", "requests.memory": "1Gi"},
                "used": {"pods": "3", "requests.cpu": "1500m", "limits.cpu": "2", "requests.memory": "1Mi"}
            }
        });
        let quota = serde_json::from_value(quota).expect("a quota");
        let rows = quotas(&quota).into_iter();
        rows.map(|row| (row.scope, row.limit, row.used)).collect()
    }

    #[test]
    fn pods_and_requests_are_rows_in_the_units_of_the_core() {
        let shop = || "shop".to_owned();
        let expected = [
            (QuotaScope::NamespacePods(shop()), 10, 3),
            (QuotaScope::NamespaceCpu(shop()), 4000, 1500),
            (QuotaScope::NamespaceMemory(shop()), 1 << 30, 1 << 20),
        ];
        assert_eq!(rows(&json!({})), expected);
    }

    #[test]
    fn a_quota_that_counts_some_pods_only_is_left_out() {
        assert_eq!(rows(&json!({"scopes": ["BestEffort"]})), []);
    }
}
