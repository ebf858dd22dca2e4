//! The objects of a run, as people would write them.

use std::fmt::Write as _;
use std::time::Duration;

use spillway_testbed::{InstanceType, instance_types};

use super::Setup;

/// Where the pods are.
pub(super) const NAMESPACE: &str = "work";

/// What the pods are told apart by.
pub(super) const SELECTOR: &str = "app=jobs";

/// Nodes at home.
pub(super) const RACK: usize = 4;

/// Pods that a node at home takes.
pub(super) const SLOTS_OF_A_NODE: usize = 8;

/// The label of the nodes at home.
pub(super) const RACK_LABEL: (&str, &str) = ("example.com/group", "rack");

/// A pod is Ready so long after it is bound.
const POD_BOOT: Duration = Duration::from_secs(8);

/// Types that public nodes may have. For pods of a core, the others of the file cost more for each.
const TYPES: [&str; 3] = ["c6i.xlarge", "c6i.2xlarge", "m6i.xlarge"];

/// What is scaled, with `replicas` to begin with. A pod that is deleted has time to finish its job.
pub(super) fn target(setup: &Setup, replicas: u32) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: jobs, namespace: {NAMESPACE}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: jobs}}}}
  template:
    metadata:
      labels: {{app: jobs}}
      annotations: {{spillway.dev/ready-after: {}s, spillway.dev/drain-for: {}s}}
    spec:
      containers:
      - {{name: jobs, image: jobs, resources: {{requests: {{cpu: 1, memory: 1Gi}}}}}}
",
        POD_BOOT.as_secs(),
        setup.drain.as_secs(),
    )
}

/// What public nodes Karpenter makes. Empty ones go after half a minute, and no pod is moved.
pub(super) fn node_pool(setup: &Setup) -> String {
    format!(
        "apiVersion: karpenter.kwok.sh/v1alpha1
kind: KWOKNodeClass
metadata: {{name: default}}
spec: {{nodeRegistrationDelay: {}s}}
---
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {{name: default}}
spec:
  disruption: {{consolidationPolicy: WhenEmpty, consolidateAfter: 30s, budgets: [{{nodes: 100%}}]}}
  template:
    spec:
      expireAfter: Never
      nodeClassRef: {{group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}}
      requirements:
      - {{key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}}
      - {{key: node.kubernetes.io/instance-type, operator: In, values: {TYPES:?}}}
",
        setup.node_boot.as_secs()
    )
}

/// A kubeconfig where the controller finds it.
pub(super) fn kubeconfig_secret(cluster: &str, kubeconfig: &str) -> String {
    let indented = kubeconfig.replace('\n', "\n    ");
    format!(
        "apiVersion: v1
kind: Secret
metadata: {{name: {cluster}, namespace: {}}}
stringData:
  value: |
    {indented}
",
        super::SYSTEM
    )
}

/// The controller's roles in a cluster, by the names of their files, for another user.
pub(super) fn rights(user: &str, roles: &[&str]) -> String {
    let mut text = String::new();
    for role in roles {
        for (kind, of) in [
            ("ClusterRole", String::new()),
            ("Role", format!(", namespace: {}", super::SYSTEM)),
        ] {
            let _ = write!(
                text,
                "---
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}Binding
metadata: {{name: another-{role}{of}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {kind}, name: spillway-{role}}}
subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: \"{user}\"}}]
"
            );
        }
    }
    text
}

/// Both clusters, the policy and the autoscaler.
pub(super) fn ours(setup: &Setup) -> String {
    let (window, drain) = (setup.rate_window.as_secs(), setup.drain_within.as_secs());
    let (system, policy) = (super::SYSTEM, &setup.policy);
    let behavior = match setup.behavior.as_str() {
        "" => String::new(),
        behavior => format!("  behavior: {behavior}\n"),
    };
    format!(
        "apiVersion: spillway.dev/v1alpha1
kind: Cluster
metadata: {{name: private}}
spec:
  tier: Private
  connection: {{kubeconfigSecret: {{namespace: {system}, name: private}}}}
  nodeGroups:
  - name: rack
    labels: {{{}: {}}}
    allocatable: {{cpu: {SLOTS_OF_A_NODE}, memory: 32Gi}}
    maxNodes: {RACK}
    boot: {{p50: 8s, p95: 10s}}
---
apiVersion: spillway.dev/v1alpha1
kind: Cluster
metadata: {{name: eks}}
spec:
  tier: Public
  connection: {{kubeconfigSecret: {{namespace: {system}, name: eks}}}}
  nodeGroups:
{}---
apiVersion: spillway.dev/v1alpha1
kind: BurstPolicy
metadata: {{name: default}}
spec: {policy}
---
apiVersion: spillway.dev/v1alpha1
kind: HybridAutoscaler
metadata: {{name: jobs, namespace: {NAMESPACE}}}
spec:
  scaleTargetRef: {{name: jobs}}
  maxReplicas: 100
{behavior}  metrics:
  - name: queue
    queue:
      backlogQuery: sum(queue_depth{{queue=\"jobs\"}})
      arrivalsQuery: sum(rate(queue_arrivals_total{{queue=\"jobs\"}}[{window}s]))
      completionsQuery: sum by (cluster) (rate(queue_completions_total{{queue=\"jobs\"}}[{window}s]))
      serviceRate: \"1\"
    target: {{drainWithin: {drain}s}}
",
        RACK_LABEL.0,
        RACK_LABEL.1,
        groups(setup),
    )
}

/// A group of public nodes for each type.
fn groups(setup: &Setup) -> String {
    let mut text = String::new();
    let boot = (setup.node_boot + POD_BOOT).as_secs();
    let used = |offered: &InstanceType| TYPES.contains(&offered.name.as_str());
    for offered in instance_types().into_iter().filter(used) {
        let InstanceType {
            name,
            on_demand,
            cpu_milli,
            memory_mib,
            pods,
            ..
        } = offered;
        let _ = write!(
            text,
            "  - name: {}
    labels: {{node.kubernetes.io/instance-type: {name}}}
    allocatable: {{cpu: {cpu_milli}m, memory: {memory_mib}Mi}}
    maxPods: {pods}
    pricePerHour: \"{on_demand}\"
    maxNodes: 10
    boot: {{p50: {boot}s, p95: {}s}}
",
            name.replace('.', "-"),
            boot + 10
        );
    }
    text
}
