//! Metrics and their fallback into the core's.

use spillway_solver::policy::{self as core, QueueTarget, ServiceRate};

use super::scope::Scope;
use super::server;
use crate::api::{Metric, QueueSource, ResourceName, ResourceSource, Target};
use crate::text::TimeSpan;

/// `None` when the metric has no target that fits its source, which is then reported.
pub(super) fn convert(
    scope: &mut Scope<'_>,
    path: &str,
    metric: &Metric,
    min_replicas: u32,
) -> Option<core::MetricSpec> {
    server::check(scope, path, metric);
    let target = target(scope, path, metric);
    let fallback = core::Fallback {
        last_known_good_ms: scope.millis(
            &format!("{path}.fallback.lastKnownGood"),
            &metric.fallback.last_known_good,
        ),
        hold_ms: scope.millis(&format!("{path}.fallback.hold"), &metric.fallback.hold),
        floor_replicas: metric.fallback.floor_replicas.unwrap_or(min_replicas),
    };
    Some(core::MetricSpec {
        name: metric.name.clone(),
        target: target?,
        max_age_ms: scope.positive_millis(&format!("{path}.maxAge"), &metric.max_age),
        fallback,
    })
}

/// What a metric measures.
enum Source<'a> {
    Prometheus,
    Queue(&'a QueueSource),
    Pods,
    Resource(&'a ResourceSource),
}

fn target(scope: &mut Scope<'_>, path: &str, metric: &Metric) -> Option<core::Target> {
    let sources = [
        metric.prometheus.as_ref().map(|_| Source::Prometheus),
        metric.queue.as_ref().map(Source::Queue),
        metric.pods.as_ref().map(|_| Source::Pods),
        metric.resource.as_ref().map(Source::Resource),
    ];
    let source = only(sources);
    if source.is_none() {
        let message = "set exactly one of prometheus, queue, pods and resource".to_owned();
        scope.report(path, message);
    }
    let Target {
        average_value,
        value,
        average_utilization,
        drain_within,
    } = &metric.target;
    let here = format!("{path}.target");
    let targets = [
        average_value.is_some(),
        value.is_some(),
        average_utilization.is_some(),
        drain_within.is_some(),
    ];
    if targets.iter().filter(|set| **set).count() != 1 {
        let message = "set exactly one of averageValue, value, averageUtilization and drainWithin";
        scope.report(&here, message.to_owned());
        return None;
    }
    let mut milli =
        |field: &str, quantity| scope.positive_milli(&format!("{here}.{field}"), quantity);
    let (message, field) = match (
        source?,
        average_value,
        value,
        average_utilization,
        drain_within,
    ) {
        (Source::Prometheus, Some(average), ..) => {
            return Some(core::Target::AverageValue(milli("averageValue", average)));
        }
        (Source::Prometheus, _, Some(value), ..) => {
            return Some(core::Target::Value(milli("value", value)));
        }
        (Source::Pods, Some(average), ..) => {
            return Some(core::Target::PodsAverageValue(milli(
                "averageValue",
                average,
            )));
        }
        (Source::Resource(resource), Some(average), ..) => {
            return Some(core::Target::ResourceAverageValue {
                resource: resource_name(resource.name),
                milli: milli("averageValue", average),
            });
        }
        (Source::Resource(resource), _, _, Some(percent), _) => {
            if *percent == 0 {
                let message = "is 0: write a percentage of the request above 0".to_owned();
                scope.report(&format!("{here}.averageUtilization"), message);
            }
            return Some(core::Target::Utilization {
                resource: resource_name(resource.name),
                percent: *percent,
            });
        }
        (Source::Queue(queue), .., Some(within)) => {
            return Some(core::Target::Queue(queue_target(
                scope, path, queue, within,
            )));
        }
        (Source::Prometheus, ..) => ("a prometheus metric needs averageValue or value", ""),
        (Source::Pods, ..) => ("a pods metric needs averageValue", ""),
        (Source::Resource(_), ..) => (
            "a resource metric needs averageUtilization or averageValue",
            "",
        ),
        (Source::Queue(_), ..) => (
            "is missing: write the time within which the backlog is drained, such as \"5m\"",
            ".drainWithin",
        ),
    };
    scope.report(&format!("{here}{field}"), message.to_owned());
    None
}

fn only<T, const N: usize>(choices: [Option<T>; N]) -> Option<T> {
    let mut set = choices.into_iter().flatten();
    set.next().filter(|_| set.next().is_none())
}

fn queue_target(
    scope: &mut Scope<'_>,
    path: &str,
    queue: &QueueSource,
    within: &TimeSpan,
) -> QueueTarget {
    let rate_path = format!("{path}.queue.serviceRate");
    let milli = scope.positive_milli(&rate_path, &queue.service_rate);
    let rate = u32::try_from(milli).unwrap_or_else(|_| {
        if milli > 0 {
            let message = format!(
                "`{}` is too large: one replica completes at most {} items per second",
                queue.service_rate.0,
                u32::MAX / 1000
            );
            scope.report(&rate_path, message);
        }
        0
    });
    QueueTarget {
        drain_within_ms: scope.positive_millis(&format!("{path}.target.drainWithin"), within),
        service_rate: if queue.completions_query.is_some() {
            ServiceRate::LearnedMilli(rate)
        } else {
            ServiceRate::GivenMilli(rate)
        },
    }
}

fn resource_name(name: ResourceName) -> core::ResourceName {
    match name {
        ResourceName::Cpu => core::ResourceName::Cpu,
        ResourceName::Memory => core::ResourceName::Memory,
    }
}
