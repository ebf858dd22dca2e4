//! Nodes, targets and autoscalers of a large fleet.

use std::fmt::Write as _;

use spillway_testbed::{ControlPlane, Error, Nodes};

use super::Size;
use crate::hybrid::SYSTEM;

/// Where the pods are.
pub(super) const NAMESPACE: &str = "work";

/// Pods of half a core on each node at home: four fifths of all pods on half of all nodes.
fn slots(size: &Size) -> usize {
    (size.pods * 4 / 5).div_ceil(size.nodes / 2)
}

/// Equal nodes of a cluster.
pub(super) fn nodes(size: &Size, prefix: &str) -> Nodes {
    Nodes {
        prefix: prefix.to_owned(),
        count: size.nodes / 2,
        cpu: format!("{}m", slots(size) * 500),
        memory: "256Gi".to_owned(),
        labels: vec![("example.com/group".to_owned(), prefix.to_owned())],
    }
}

/// Pods that each autoscaler wants.
pub(super) fn pods_of_each(size: &Size) -> usize {
    size.pods / size.autoscalers
}

/// A Deployment for each autoscaler, without pods.
pub(super) fn targets(size: &Size) -> String {
    let mut text = String::new();
    for number in 1..=size.autoscalers {
        let _ = write!(
            text,
            "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app-{number}, namespace: {NAMESPACE}}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: app-{number}}}}}
  template:
    metadata: {{labels: {{app: app-{number}}}}}
    spec:
      containers:
      - {{name: app, image: app, resources: {{requests: {{cpu: 500m, memory: 512Mi}}}}}}
"
        );
    }
    text
}

/// Both clusters, the policy and the autoscalers. No two of them ask the same of Prometheus.
pub(super) fn ours(size: &Size) -> String {
    let mut text = String::from(
        "apiVersion: spillway.dev/v1alpha1
kind: BurstPolicy
metadata: {name: default}
spec: {}
",
    );
    for (name, tier, group, price) in [
        ("private", "Private", "rack", ""),
        ("eks", "Public", "rented", "pricePerHour: \"1\", "),
    ] {
        let _ = write!(
            text,
            "---
apiVersion: spillway.dev/v1alpha1
kind: Cluster
metadata: {{name: {name}}}
spec:
  tier: {tier}
  connection: {{kubeconfigSecret: {{namespace: {SYSTEM}, name: {name}}}}}
  nodeGroups:
  - {{name: nodes, labels: {{example.com/group: {group}}}, allocatable: {{cpu: {}m, memory: 256Gi}}, {price}maxNodes: {}}}
",
            slots(size) * 500,
            size.nodes / 2,
        );
    }
    let pods = pods_of_each(size);
    for number in 1..=size.autoscalers {
        let _ = write!(
            text,
            "---
apiVersion: spillway.dev/v1alpha1
kind: HybridAutoscaler
metadata: {{name: app-{number}, namespace: {NAMESPACE}}}
spec:
  scaleTargetRef: {{name: app-{number}}}
  maxReplicas: 100
  metrics:
  - {{name: load, prometheus: {{query: {pods}00 + 0 * vector({number})}}, target: {{averageValue: \"100\"}}}}
"
        );
    }
    text
}

/// How many pods a cluster has.
pub(super) fn pods(plane: &ControlPlane) -> Result<usize, Error> {
    let page = plane
        .client()?
        .get(&format!("/api/v1/namespaces/{NAMESPACE}/pods?limit=1"))?;
    let first = page["items"].as_array().map_or(0, Vec::len);
    let rest = page["metadata"]["remainingItemCount"].as_u64().unwrap_or(0);
    Ok(first + usize::try_from(rest).unwrap_or(usize::MAX))
}
