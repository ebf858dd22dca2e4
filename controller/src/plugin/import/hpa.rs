//! A `HorizontalPodAutoscaler`, and Karmada's `FederatedHPA`, which has its fields.

use serde_json::Value;

use super::draft::{Draft, Identity, Notes, plain};
use super::source::Source;
use super::tree::{Fields, Part, Tree};

/// What a metric of a metrics API lacks here.
const NO_PROMQL: &str = "a metrics API answers to its name, and Spillway asks Prometheus: write the query behind it (the \
                         adapter's rule has it)";

/// Reads one; `kind` is what kubectl calls it.
pub(super) fn import(kind: &str, mut object: Source, identity: &Identity) -> Draft {
    let from = object.text("kind").unwrap_or_default();
    if let Some(scaled) = keda(&object) {
        let why = format!("ScaledObject {scaled} has made it: import that one");
        return Draft::nothing(&from, identity.said(), &why);
    }
    object.take("status");
    let mut notes = Notes::default();
    let mut source = object.fields("spec");
    let mut spec = Fields::default();
    spec.put("scaleTargetRef", target(&mut source, &mut notes));
    bounds(&mut source, &mut spec);
    let metrics = metrics(&mut source, &mut notes);
    let lacks = lacks(&metrics, spec_has(&source, "maxReplicas"));
    spec.put("metrics", metrics);
    let behavior = source.fields("behavior");
    behavior_into(&mut spec, behavior, &mut notes);
    notes.rest(source, &[], &mut spec);
    let mut draft = Draft::new(&from, identity, spec, notes);
    draft.lacks = lacks;
    draft.ends = vec![format!(
        "kubectl delete {kind}{} {}",
        identity.option(),
        identity.name
    )];
    draft
}

/// The `ScaledObject` that has made an HPA.
fn keda(object: &Source) -> Option<String> {
    let mut metadata = object.clone().fields("metadata");
    metadata.fields("labels").text("scaledobject.keda.sh/name")
}

/// Whether a field was left because it makes no sense.
fn spec_has(source: &Source, field: &str) -> bool {
    source.has(field)
}

fn bounds(source: &mut Source, spec: &mut Fields) {
    spec.put("minReplicas", source.number("minReplicas").unwrap_or(1));
    spec.put_some("maxReplicas", source.number("maxReplicas"));
}

/// What is scaled.
pub(super) fn target(source: &mut Source, notes: &mut Notes) -> Tree {
    let mut reference = source.fields("scaleTargetRef");
    let mut target = Fields::default();
    for field in ["apiVersion", "kind", "name"] {
        target.put_some(field, reference.text(field));
    }
    let why = [(
        "envSourceContainerName",
        "triggers are not asked here, so no environment is read",
    )];
    notes.rest(reference, &why, &mut target);
    target.into()
}

/// Why there is no whole autoscaler without more metrics, or bounds.
pub(super) fn lacks(metrics: &Tree, unread_bound: bool) -> Option<String> {
    let none = metrics.value().as_array().is_none_or(Vec::is_empty);
    if unread_bound {
        Some("its maxReplicas is no number".to_owned())
    } else if none {
        Some("none of its metrics can be carried over, and nothing else says how many".to_owned())
    } else {
        None
    }
}

fn metrics(source: &mut Source, notes: &mut Notes) -> Tree {
    let mut all = Vec::new();
    let mut names = Names::default();
    if let Some(percent) = source.number("targetCPUUtilizationPercentage") {
        all.push(Part::Value(resource(
            &mut names,
            "cpu",
            utilization(percent),
        )));
    }
    let listed = source.list("metrics");
    if listed.is_empty() && all.is_empty() {
        let note = "says nothing, and an API server makes 80 % of the requested cpu of it";
        all.push(Part::Comment(
            notes.differs("spec.metrics".to_owned(), note),
        ));
        all.push(Part::Value(resource(&mut names, "cpu", utilization(80))));
    }
    for mut metric in listed {
        let kind = metric.text("type").unwrap_or_default();
        match kind.as_str() {
            "Resource" => own_resource(metric.fields("resource"), &mut names, notes, &mut all),
            "ContainerResource" => {
                let mut of = metric.fields("containerResource");
                let name = format!(
                    "{} of container {}",
                    of.text("name").unwrap_or_default(),
                    of.text("container").unwrap_or_default()
                );
                let why = "one container's use is no metric here: write a `pods` metric, such as sum by (pod) \
                           (rate(container_cpu_usage_seconds_total{container=\"...\"}[2m]))";
                all.push(Part::Comment(notes.left_out(
                    metric.path(""),
                    Some(name),
                    why,
                )));
            }
            "Pods" | "Object" | "External" => {
                let mut of = metric.fields(&kind.to_lowercase());
                let name = of.fields("metric").text("name").unwrap_or_default();
                let mut goal = of.fields("target");
                let goal = ["averageValue", "value"].map(|field| {
                    let value = goal.text(field)?;
                    Some(format!("{field} {value}"))
                });
                let goal = goal.into_iter().flatten().collect::<Vec<_>>().join(", ");
                let said = Some(format!("{kind} {name}, {goal}"));
                all.push(Part::Comment(notes.left_out(
                    metric.path(""),
                    said,
                    NO_PROMQL,
                )));
            }
            _ => {
                let why = "this type of metric is not known";
                all.push(Part::Comment(notes.left_out(
                    metric.path(""),
                    Some(kind),
                    why,
                )));
            }
        }
    }
    all.into()
}

fn own_resource(
    mut source: Source,
    names: &mut Names,
    notes: &mut Notes,
    all: &mut Vec<Part<Tree>>,
) {
    let name = source.text("name").unwrap_or_default();
    let path = source.path("");
    let mut goal = source.fields("target");
    goal.take("type");
    let target = match (goal.number("averageUtilization"), goal.text("averageValue")) {
        (Some(percent), _) => utilization(percent),
        (None, Some(value)) => {
            let mut target = Fields::default();
            target.put("averageValue", value);
            target
        }
        (None, None) => Fields::default(),
    };
    if !matches!(name.as_str(), "cpu" | "memory") {
        let why = "only cpu and memory are known: write a `pods` metric";
        all.push(Part::Comment(notes.left_out(path, Some(name), why)));
        return;
    }
    if Tree::from(target.clone()).value() == Value::Object(serde_json::Map::default()) {
        let why = "says no averageUtilization and no averageValue";
        all.push(Part::Comment(notes.left_out(path, Some(name), why)));
        return;
    }
    let mut metric = resource_fields(names, &name, target);
    notes.rest(goal, &[], &mut metric);
    notes.rest(source, &[], &mut metric);
    all.push(Part::Value(metric.into()));
}

fn utilization(percent: u32) -> Fields {
    let mut target = Fields::default();
    target.put("averageUtilization", percent);
    target
}

fn resource(names: &mut Names, resource: &str, target: Fields) -> Tree {
    resource_fields(names, resource, target).into()
}

/// A metric of the pods' cpu or memory.
pub(super) fn resource_fields(names: &mut Names, resource: &str, target: Fields) -> Fields {
    let mut source = Fields::default();
    source.put("name", resource);
    let mut metric = Fields::default();
    metric
        .put("name", names.free(resource))
        .put("resource", source)
        .put("target", target);
    metric
}

/// Names of metrics, each once.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<String>);

impl Names {
    /// The name, or with a number behind it where it is taken.
    pub(super) fn free(&mut self, wanted: &str) -> String {
        let short: String = wanted.chars().take(58).collect();
        let mut name = short.clone();
        let mut number = 1;
        while self.0.contains(&name) {
            number += 1;
            name = format!("{short}-{number}");
        }
        self.0.push(name.clone());
        name
    }
}

/// `behavior` is the same in both, field by field.
pub(super) fn behavior_into(spec: &mut Fields, mut source: Source, notes: &mut Notes) {
    let mut behavior = Fields::default();
    let mut written = false;
    for side in ["scaleUp", "scaleDown"] {
        if !source.has(side) {
            continue;
        }
        written = true;
        let mut rules = source.fields(side);
        let mut own = Fields::default();
        for field in ["stabilizationWindowSeconds", "selectPolicy", "tolerance"] {
            own.put_some(field, rules.take(field));
        }
        let policies = rules.list("policies").into_iter().map(|mut policy| {
            let mut own = Fields::default();
            for field in ["type", "value", "periodSeconds"] {
                own.put_some(field, policy.take(field).as_ref().map(plain));
            }
            notes.rest(policy, &[], &mut own);
            Part::Value(own.into())
        });
        let policies: Vec<Part<Tree>> = policies.collect();
        if !policies.is_empty() {
            own.put("policies", policies);
        }
        notes.rest(rules, &[], &mut own);
        behavior.put(side, own);
    }
    notes.rest(source, &[], &mut behavior);
    if written {
        spec.put("behavior", behavior);
    }
}
