//! The triggers of a `ScaledObject` as metrics and windows.

use super::cron::window;
use super::draft::Notes;
use super::exporter::advice;
use super::hpa::{Names, resource_fields};
use super::source::Source;
use super::tree::{Fields, Part, Tree};

/// What triggers have become.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Metrics, and comments where there is none.
    pub(super) metrics: Vec<Part<Tree>>,
    /// Scheduled floors.
    pub(super) windows: Vec<Part<Tree>>,
    /// Thresholds of activation, with their paths.
    pub(super) thresholds: Vec<(String, String)>,
}

const OF_PROMETHEUS: [(&str, &str); 6] = [
    (
        "customHeaders",
        "the controller's own Prometheus is asked, as its options say",
    ),
    (
        "authModes",
        "the controller's own Prometheus is asked, as its options say: --prometheus-bearer-token-file, \
         --prometheus-user, --prometheus-ca-file",
    ),
    (
        "unsafeSsl",
        "a private authority is named by --prometheus-ca-file",
    ),
    (
        "namespace",
        "name the tenant in the controller's own Prometheus, or select the namespace in the query",
    ),
    ("metricName", "KEDA itself does not read it any more"),
    ("timeout", "each query has 5 s"),
];

const OF_TRIGGER: [(&str, &str); 2] = [
    (
        "authenticationRef",
        "credentials for Prometheus are the controller's options",
    ),
    ("useCachedMetrics", "each query is asked once at each tick"),
];

/// Reads one trigger; `floor` is what the fallback says.
pub(super) fn read(
    mut trigger: Source,
    floor: Option<u32>,
    names: &mut Names,
    notes: &mut Notes,
    all: &mut Read,
) {
    let kind = trigger.text("type").unwrap_or_default();
    let path = trigger.path("");
    let name = names.free(&trigger.text("name").unwrap_or_else(|| kind.clone()));
    let metadata = trigger.fields("metadata");
    match kind.as_str() {
        "prometheus" => {
            let metric_type = trigger.text("metricType");
            let metric = prometheus(name, path, metadata, metric_type.as_deref(), notes, all);
            let metric = metric.map(|metric| finished(metric, floor, trigger, notes));
            all.metrics.push(metric);
        }
        "cpu" | "memory" => {
            let metric_type = trigger.text("metricType");
            let mut own = Names::default();
            let metric = resource(
                &kind,
                &mut own,
                metadata,
                metric_type.as_deref(),
                path,
                notes,
            );
            let metric = metric.map(|metric| finished(metric, None, trigger, notes));
            all.metrics.push(metric);
        }
        "cron" => all.windows.push(window(name, path, metadata, notes)),
        _ => all.metrics.push(other(&kind, name, path, metadata, notes)),
    }
}

/// A trigger of KEDA's own sources: which exporter has it, as a metric to be completed.
fn other(
    kind: &str,
    name: String,
    path: String,
    mut metadata: Source,
    notes: &mut Notes,
) -> Part<Tree> {
    let Some(advice) = advice(kind, &mut metadata) else {
        let why = "Spillway asks Prometheus alone: have an exporter publish this number, and write a prometheus or a queue \
                   metric";
        return Part::Comment(notes.left_out(path, Some(kind.to_owned()), why));
    };
    let why = format!(
        "Spillway asks Prometheus alone: {} has this number as {}",
        advice.exporter, advice.query
    );
    let said = notes.left_out(path, Some(kind.to_owned()), &why);
    let mut source = Fields::default();
    source.put("query", advice.query);
    let mut target = Fields::default();
    target.put_some("averageValue", advice.per_replica);
    let mut metric = Fields::default();
    metric
        .put("name", name)
        .put("prometheus", source)
        .put("target", target);
    let item = Tree::from(vec![Part::Value(metric.into())]);
    Part::Comment(said + "\n" + &item.yaml())
}

fn prometheus(
    name: String,
    path: String,
    mut metadata: Source,
    metric_type: Option<&str>,
    notes: &mut Notes,
    all: &mut Read,
) -> Part<Fields> {
    let [query, threshold] = ["query", "threshold"].map(|field| metadata.text(field));
    let (Some(query), Some(threshold)) = (query, threshold) else {
        let why = "a prometheus trigger needs a query and a threshold";
        return Part::Comment(notes.left_out(path, Some("prometheus".to_owned()), why));
    };
    let of = |field: &str| metadata.path(field);
    let [server_path, null_path, active_path] =
        ["serverAddress", "ignoreNullValues", "activationThreshold"].map(of);
    let mut metric = Fields::default();
    if let Some(server) = metadata.text("serverAddress") {
        let why = format!(
            "the controller asks its own: start it with --prometheus {server}, if it is another one"
        );
        metric.comment(notes.differs(server_path, &why));
    }
    if metadata
        .text("ignoreNullValues")
        .is_none_or(|said| said != "false")
    {
        let why = "an empty answer counts as zero in KEDA, and as missing here, which holds the count: if it means zero, \
                   end the query with `or vector(0)`";
        metric.comment(notes.differs(null_path, why));
    }
    if let Some(value) = metadata.text("activationThreshold") {
        all.thresholds.push((active_path, value));
    }
    let mut source = Fields::default();
    source.put("query", query);
    let mut target = Fields::default();
    let field = if metric_type == Some("Value") {
        "value"
    } else {
        "averageValue"
    };
    target.put(field, threshold);
    let mut whole = Fields::default();
    whole.put("name", name);
    whole.append(metric);
    whole.put("prometheus", source).put("target", target);
    notes.rest(metadata, &OF_PROMETHEUS, &mut whole);
    Part::Value(whole)
}

fn resource(
    kind: &str,
    names: &mut Names,
    mut metadata: Source,
    metric_type: Option<&str>,
    path: String,
    notes: &mut Notes,
) -> Part<Fields> {
    let older = metadata.text("type");
    let metric_type = metric_type.or(older.as_deref());
    if metadata.has("containerName") {
        let why = "one container's use is no metric here: write a `pods` metric, such as sum by (pod) \
                   (rate(container_cpu_usage_seconds_total{container=\"...\"}[2m]))";
        return Part::Comment(notes.left_out(path, Some(kind.to_owned()), why));
    }
    let mut target = Fields::default();
    if metric_type == Some("AverageValue") {
        target.put_some("averageValue", metadata.text("value"));
    } else {
        target.put_some("averageUtilization", metadata.number("value"));
    }
    let mut metric = resource_fields(names, kind, target);
    notes.rest(metadata, &[], &mut metric);
    Part::Value(metric)
}

/// What is left of the trigger is said, and the fallback is added.
fn finished(mut metric: Fields, floor: Option<u32>, rest: Source, notes: &mut Notes) -> Tree {
    if let Some(floor) = floor {
        let mut fallback = Fields::default();
        fallback.put("floorReplicas", floor);
        metric.put("fallback", fallback);
    }
    notes.rest(rest, &OF_TRIGGER, &mut metric);
    metric.into()
}
