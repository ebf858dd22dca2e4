//! What a snapshot says of a workload's metrics.

use super::findings::Findings;
use crate::ids::ClusterId;
use crate::policy::WorkloadSpec;
use crate::snapshot::{Reading, WorkloadState};

/// `spec` is the workload in the policy, if it is there.
pub(super) fn check(
    state: &WorkloadState,
    spec: Option<&WorkloadSpec>,
    clusters: &[&ClusterId],
    path: &str,
    findings: &mut Findings,
) {
    for (name, metric) in &state.metrics {
        let path = format!("{path}.metrics.{name}");
        if let Some(spec) = spec {
            let known: Vec<&String> = spec.metrics.iter().map(|metric| &metric.name).collect();
            let of = format!("the policy's workload `{}`", spec.id);
            findings.known(|| path.clone(), name, &known, &of);
        }
        let readings = [
            ("primary", Some(&metric.primary)),
            ("alternative", metric.alternative.as_ref()),
            ("arrivals", metric.arrivals.as_ref()),
        ];
        for (field, reading) in readings {
            if let Some(Reading::Pods { pods, .. }) = reading {
                let path = format!("{path}.{field}.pods");
                let names = pods
                    .iter()
                    .map(|pod| format!("{}/{}", pod.cluster, pod.name));
                findings.unique(&path, ".name", names);
                for (index, pod) in pods.iter().enumerate() {
                    let cluster = || format!("{path}[{index}].cluster");
                    findings.known(cluster, &pod.cluster, clusters, "the policy");
                    let request = || format!("{path}[{index}].requestMilli");
                    findings.negative(request, pod.request_milli.unwrap_or(0));
                }
            }
        }
        for cluster in metric.completions.keys() {
            let path = || format!("{path}.completions.{cluster}");
            findings.known(path, cluster, clusters, "the policy");
        }
    }
}
