//! What metrics.k8s.io says that pods use.

use serde::Deserialize;
use spillway_crds::api::ResourceName;
use spillway_crds::text::Quantity;
use spillway_solver::units::{Millis, UnixMs};

use k8s_openapi::jiff::Timestamp;

/// What one pod used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodUsage {
    /// Its name.
    pub pod: String,
    /// When it was measured.
    pub at: UnixMs,
    /// Over which time.
    pub window: Millis,
    containers: Vec<ContainerUsage>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ContainerUsage {
    name: String,
    cpu_milli: Option<i64>,
    memory_milli: Option<i64>,
}

/// A list of `PodMetrics`, as far as it matters.
#[derive(Debug, Deserialize)]
pub struct PodMetricsList {
    items: Vec<PodMetrics>,
}

#[derive(Debug, Deserialize)]
struct PodMetrics {
    metadata: Metadata,
    timestamp: Timestamp,
    window: String,
    #[serde(default)]
    containers: Vec<ContainerMetrics>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    name: String,
}

#[derive(Debug, Deserialize)]
struct ContainerMetrics {
    name: String,
    usage: Usage,
}

#[derive(Debug, Deserialize)]
struct Usage {
    cpu: Option<Quantity>,
    memory: Option<Quantity>,
}

impl PodMetricsList {
    /// What each pod used.
    #[must_use]
    pub fn usages(self) -> Vec<PodUsage> {
        let milli = |amount: Option<Quantity>| amount?.milli().ok();
        let container = |of: ContainerMetrics| ContainerUsage {
            name: of.name,
            cpu_milli: milli(of.usage.cpu),
            memory_milli: milli(of.usage.memory),
        };
        let items = self.items.into_iter();
        items
            .map(|item| PodUsage {
                pod: item.metadata.name,
                at: UnixMs(item.timestamp.as_millisecond()),
                window: window(&item.window),
                containers: item.containers.into_iter().map(container).collect(),
            })
            .collect()
    }
}

/// A Go duration such as `15.023s` or `1m0s`. One that cannot be read counts as HPA's own default of a minute.
fn window(text: &str) -> Millis {
    let seconds = text
        .parse::<k8s_openapi::jiff::SignedDuration>()
        .ok()
        .and_then(|span| u64::try_from(span.as_millis()).ok());
    Millis(seconds.unwrap_or(60_000))
}

impl PodUsage {
    /// Thousandths of a core or a byte that one container used, or all together; absent where one that counts is missing.
    #[must_use]
    pub fn milli(&self, resource: ResourceName, container: Option<&str>) -> Option<i64> {
        let of = |usage: &ContainerUsage| match resource {
            ResourceName::Cpu => usage.cpu_milli,
            ResourceName::Memory => usage.memory_milli,
        };
        match container {
            Some(name) => of(self.containers.iter().find(|usage| usage.name == name)?),
            None if self.containers.is_empty() => None,
            None => self
                .containers
                .iter()
                .try_fold(0_i64, |sum, usage| Some(sum.saturating_add(of(usage)?))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn use_is_read_in_thousandths_and_a_pod_of_which_a_container_is_missing_has_none() {
        let list: PodMetricsList = serde_json::from_value(json!({
            "kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {},
            "items": [{
                "metadata": {"name": "web-1", "namespace": "shop"},
                "timestamp": "2026-11-28T08:00:00Z", "window": "15.25s",
                "containers": [
                    {"name": "main", "usage": {"cpu": "250100001n", "memory": "64Mi"}},
                    {"name": "beside", "usage": {"cpu": "1m"}}
                ]
            }]
        }))
        .expect("a list");
        let usages = list.usages();
        let web = &usages[0];
        assert_eq!(
            (web.at, web.window),
            (UnixMs(1_795_852_800_000), Millis(15_250))
        );
        assert_eq!(web.milli(ResourceName::Cpu, None), Some(252));
        assert_eq!(web.milli(ResourceName::Cpu, Some("beside")), Some(1));
        assert_eq!(
            web.milli(ResourceName::Memory, Some("main")),
            Some(64 * 1024 * 1024 * 1000)
        );
        assert_eq!(web.milli(ResourceName::Memory, None), None);
        assert_eq!(web.milli(ResourceName::Cpu, Some("nobody")), None);
        assert_eq!(window("1m30s"), Millis(90_000));
    }
}
