//! Kind `metric`, and the evaluation of one metric for whole passes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use spillway_solver::hpa::pods::{self, Pod, PodMetric, PodSample};
use spillway_solver::hpa::requests::{ContainerRequest, pod_request};
use spillway_solver::hpa::{
    MetricFailure, MetricReading, MetricSource, Proposal, ToleranceBand, average_value, resource,
    sum_series, value,
};

use super::input::{Age, CpuInput, NOW_MS, PodInput, TolerancesInput, null_as_default, sample};

/// What pods of the upstream fixtures are called where a case gives no requests.
const SOME_CONTAINER: &str = "container1";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MetricCase {
    current_replicas: u32,
    /// Defaults to `currentReplicas`.
    #[serde(default)]
    status_replicas: Option<u32>,
    metric: MetricInput,
    #[serde(default)]
    ready_pods: Option<u32>,
    #[serde(default)]
    pods: Option<Vec<PodInput>>,
    #[serde(default)]
    tolerance: Option<TolerancesInput>,
    #[serde(flatten)]
    cpu: CpuInput,
}

/// A metric of the spec together with what its API returns.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct MetricInput {
    #[serde(rename = "type")]
    pub(super) source: String,
    #[serde(deserialize_with = "null_as_default")]
    name: String,
    /// Which of the targets `targetMilli` is.
    target_type: Option<String>,
    target_milli: Option<i64>,
    target_value_milli: Option<i64>,
    target_average_value_milli: Option<i64>,
    target_utilization: Option<i32>,
    /// Set if the metrics API fails.
    fetch_error: Option<String>,
    #[serde(deserialize_with = "null_as_default")]
    samples_milli: Vec<i64>,
    value_milli: Option<i64>,
    #[serde(deserialize_with = "null_as_default")]
    per_pod_milli: BTreeMap<String, Option<i64>>,
    #[serde(deserialize_with = "null_as_default")]
    per_pod_containers_milli: BTreeMap<String, BTreeMap<String, Option<i64>>>,
    container: Option<String>,
    resource: Option<String>,
    sample_age_seconds: Age,
    #[serde(deserialize_with = "null_as_default")]
    window_seconds: f64,
}

impl MetricInput {
    /// HPA's default if a spec lists no metric: CPU at 80 % of the request.
    pub(super) fn default_cpu() -> Self {
        Self {
            source: "Resource".into(),
            resource: Some("cpu".into()),
            target_utilization: Some(80),
            ..Self::default()
        }
    }

    fn target_of(&self, target_type: &str, explicit: Option<i64>) -> Option<i64> {
        let named = self.target_type.as_deref() == Some(target_type);
        explicit.or(self.target_milli.filter(|_| named))
    }

    fn average_target(&self) -> Option<i64> {
        self.target_of("AverageValue", self.target_average_value_milli)
    }

    fn value_target(&self) -> Option<i64> {
        self.target_of("Value", self.target_value_milli)
    }

    fn resource(&self) -> &str {
        self.resource.as_deref().unwrap_or("cpu")
    }

    fn source(&self) -> MetricSource {
        match self.source.as_str() {
            "Object" => MetricSource::Object,
            "Pods" => MetricSource::Pods,
            "Resource" => MetricSource::Resource,
            "ContainerResource" => MetricSource::ContainerResource,
            "External" => MetricSource::External,
            _ => MetricSource::Unknown,
        }
    }

    fn fetched(&self, api: &str) -> Result<(), MetricFailure> {
        self.fetch_error.as_ref().map_or(Ok(()), |cause| {
            let text = format!("unable to fetch metrics from {api} metrics API: {cause}");
            Err(MetricFailure::FetchFailed(text))
        })
    }

    fn container(&self) -> Option<&str> {
        self.container.as_deref().filter(|name| !name.is_empty())
    }

    fn sample(&self, usage_milli: i64) -> PodSample {
        sample(usage_milli, self.sample_age_seconds, self.window_seconds)
    }

    /// How upstream's events name the metric.
    fn description(&self) -> String {
        let name = &self.name;
        let resource = self.resource();
        match self.source() {
            MetricSource::Object if self.value_target().is_some() => {
                format!("object metric {name}")
            }
            MetricSource::Object | MetricSource::External => format!("external metric {name}(nil)"),
            MetricSource::Pods => format!("pods metric {name}"),
            MetricSource::Resource | MetricSource::ContainerResource
                if self.average_target().is_some() =>
            {
                format!("{resource} resource")
            }
            MetricSource::Resource => {
                format!("{resource} resource utilization (percentage of request)")
            }
            MetricSource::ContainerResource => {
                format!("{resource} container resource utilization (percentage of request)")
            }
            MetricSource::Unknown => self.source.clone(),
        }
    }
}

/// The target that a metric is evaluated for.
pub(super) struct Target {
    pub(super) spec: u32,
    pub(super) status: u32,
    pub(super) ready_pods: Option<u32>,
    pub(super) pods: Vec<PodInput>,
    pub(super) band: ToleranceBand,
    pub(super) cpu: CpuInput,
}

impl Target {
    /// Pods that a `Value` target multiplies: as stated, else counted. `None` if the
    /// case says that there are no pods at all.
    pub(super) fn ready(stated: Option<u32>, pods: Option<&[PodInput]>) -> Option<u32> {
        let none_at_all = pods.is_some_and(<[_]>::is_empty);
        match (stated, pods) {
            (None | Some(0), _) if none_at_all => None,
            (Some(stated), _) => Some(stated),
            (None, Some(pods)) => {
                let ready = pods
                    .iter()
                    .filter(|pod| Pod::from(*pod).is_running_and_ready());
                u32::try_from(ready.count()).ok()
            }
            (None, None) => None,
        }
    }

    /// Evaluates `metric` as one pass of the controller does.
    pub(super) fn read(&self, metric: &MetricInput) -> MetricReading {
        let result = match metric.source() {
            MetricSource::External => self.external(metric),
            MetricSource::Object => self.object(metric),
            MetricSource::Pods => self.pods(metric),
            MetricSource::Resource => self.resource(metric, None),
            MetricSource::ContainerResource => self.resource(metric, metric.container()),
            MetricSource::Unknown => Err(MetricFailure::UnknownSource(metric.source.clone())),
        };
        MetricReading {
            source: metric.source(),
            description: metric.description(),
            result,
        }
    }

    fn external(&self, metric: &MetricInput) -> Result<Proposal, MetricFailure> {
        metric.fetched("external")?;
        let usage = sum_series(&metric.samples_milli)?;
        match (metric.average_target(), metric.value_target()) {
            (Some(target), _) => average_value(usage, target, self.status, &self.band),
            (None, Some(target)) => value(usage, target, self.spec, self.ready_pods, &self.band),
            (None, None) => Err(MetricFailure::NoTarget),
        }
    }

    fn object(&self, metric: &MetricInput) -> Result<Proposal, MetricFailure> {
        metric.fetched("custom")?;
        let usage = metric.value_milli.ok_or(MetricFailure::NoPodSamples)?;
        match (metric.value_target(), metric.average_target()) {
            (Some(target), _) => value(usage, target, self.spec, self.ready_pods, &self.band),
            (None, Some(target)) => average_value(usage, target, self.status, &self.band),
            (None, None) => Err(MetricFailure::NoTarget),
        }
    }

    fn pods(&self, metric: &MetricInput) -> Result<Proposal, MetricFailure> {
        metric.fetched("custom")?;
        if metric.per_pod_milli.is_empty() {
            return Err(MetricFailure::NoPodSamples);
        }
        let target = metric
            .target_average_value_milli
            .or(metric.target_milli)
            .ok_or(MetricFailure::NoTarget)?;
        let samples = metric
            .per_pod_milli
            .iter()
            .filter_map(|(pod, usage)| Some((pod.clone(), metric.sample((*usage)?))))
            .collect();
        let pods: Vec<Pod> = self.pods.iter().map(Into::into).collect();
        pods::average_value(&self.pod_metric(&pods, &samples, None), target)
    }

    fn resource(
        &self,
        metric: &MetricInput,
        container: Option<&str>,
    ) -> Result<Proposal, MetricFailure> {
        metric.fetched("resource")?;
        if metric.per_pod_containers_milli.is_empty() {
            return Err(MetricFailure::NoResourceSamples);
        }
        let samples: BTreeMap<String, PodSample> = metric
            .per_pod_containers_milli
            .iter()
            .filter_map(|(pod, usage)| {
                let usage = usage_of(usage, container)?;
                Some((pod.clone(), metric.sample(usage)))
            })
            .collect();
        let pods: Vec<Pod> = self.pods.iter().map(Into::into).collect();
        let pod_metric = self.pod_metric(&pods, &samples, Some(metric.resource()));
        if let Some(target) = metric.average_target() {
            return pods::average_value(&pod_metric, target);
        }
        let target = metric.target_utilization.ok_or(MetricFailure::NoTarget)?;
        let requests = self.requests(metric.resource(), container);
        if let Err(missing_request) = requests {
            // Upstream looks at samples before requests, and so names that failure first.
            return pods::average_value(&pod_metric, 1).and(Err(missing_request));
        }
        resource::utilization(&pod_metric, &requests?, target)
    }

    fn requests(
        &self,
        resource: &str,
        container: Option<&str>,
    ) -> Result<BTreeMap<String, i64>, MetricFailure> {
        let request = |pod: &PodInput| {
            let mut containers: Vec<ContainerRequest> = pod
                .requests_milli
                .iter()
                .flatten()
                .map(|(name, &request_milli)| ContainerRequest {
                    name: name.clone(),
                    request_milli,
                })
                .collect();
            if containers.is_empty() {
                containers.push(ContainerRequest {
                    name: container.unwrap_or(SOME_CONTAINER).to_owned(),
                    request_milli: None,
                });
            }
            let request = pod_request(&pod.name, resource, container, None, &containers)?;
            Ok((pod.name.clone(), request))
        };
        self.pods.iter().map(request).collect()
    }

    fn pod_metric<'a>(
        &self,
        pods: &'a [Pod],
        samples: &'a BTreeMap<String, PodSample>,
        resource: Option<&str>,
    ) -> PodMetric<'a> {
        PodMetric {
            spec: self.spec,
            pods,
            samples,
            cpu: resource.and_then(|resource| self.cpu.readiness(resource)),
            band: self.band,
            now_ms: NOW_MS,
        }
    }
}

/// The usage of the named container, or of all. A pod of which a value is missing has no
/// sample.
fn usage_of(usage: &BTreeMap<String, Option<i64>>, container: Option<&str>) -> Option<i64> {
    match container {
        Some(name) => usage.get(name).copied().flatten(),
        None if usage.is_empty() => None,
        None => usage
            .values()
            .try_fold(0_i64, |sum, usage| Some(sum.saturating_add((*usage)?))),
    }
}

/// Upstream's error text: what could not be fetched is named before the cause.
fn error_text(metric: &MetricInput, failure: &MetricFailure) -> String {
    let name = &metric.name;
    match failure {
        MetricFailure::FetchFailed(_)
        | MetricFailure::NoSeries
        | MetricFailure::NoPodSamples
        | MetricFailure::NoResourceSamples => match metric.source() {
            MetricSource::External => format!("unable to get external metric {name}: {failure}"),
            MetricSource::Resource | MetricSource::ContainerResource => {
                let resource = metric.resource();
                format!("unable to get metrics for resource {resource}: {failure}")
            }
            _ => format!("unable to get metric {name}: {failure}"),
        },
        _ => failure.to_string(),
    }
}

/// What a case may ask about a reading: the proposal with its usage, or the error.
pub(super) fn report(metric: &MetricInput, reading: &MetricReading) -> Value {
    match &reading.result {
        Ok(proposal) => json!({
            "desiredReplicas": proposal.replicas,
            "currentUsageMilli": proposal.usage.usage_milli,
            "currentAverageMilli": proposal.usage.usage_milli,
            "currentUtilization": proposal.usage.utilization_percent,
            "basis": proposal.basis.as_str(),
        }),
        Err(failure) => {
            let text = error_text(metric, failure);
            json!({ "error": text, "errorContains": text })
        }
    }
}

/// Answers a case of kind `metric`.
pub(super) fn answer(case: MetricCase) -> Value {
    let ready_pods = Target::ready(case.ready_pods, case.pods.as_deref());
    let target = Target {
        spec: case.current_replicas,
        status: case.status_replicas.unwrap_or(case.current_replicas),
        ready_pods,
        pods: case.pods.unwrap_or_default(),
        band: case.tolerance.unwrap_or_default().into(),
        cpu: case.cpu,
    };
    report(&case.metric, &target.read(&case.metric))
}
