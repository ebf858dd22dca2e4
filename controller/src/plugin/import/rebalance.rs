//! `Rebalance` of `ch1aki/rebalancer`: it steers requests to a second cluster, and scales nothing.

use serde_json::json;

use super::draft::{Draft, Identity, Notes};
use super::source::Source;
use super::tree::{Fields, Part, Tree};

/// Reads one. What it scales is not in it, so the draft is to be completed.
pub(super) fn import(mut object: Source, identity: &Identity) -> Draft {
    let from = object.text("kind").unwrap_or_default();
    object.take("status");
    let mut notes = Notes::default();
    let mut source = object.fields("spec");
    let mut policy = source.fields("policy");
    let mut tracking = policy.fields("targettracking");
    let mut metrics = source.fields("metrics");
    let mut prometheus = metrics.fields("prometheus");
    let goal = tracking.text("targetValue");

    let mut spec = Fields::default();
    let mut target = Fields::default();
    target.put("name", "...");
    spec.put("scaleTargetRef", target);
    if source.take("dryRun") == Some(json!(true)) {
        spec.put("mode", "Observe");
    } else {
        let why =
            "traffic is not written by this version of the controller, so it is observed at first";
        spec.comment(notes.differs(source.path("target"), why));
        spec.put("mode", "Observe");
    }
    spec.put("maxReplicas", "...");
    let mut query = Fields::default();
    query.put_some("query", prometheus.text("query"));
    let mut per_replica = Fields::default();
    per_replica.put("averageValue", "...");
    let mut metric = Fields::default();
    metric
        .put("name", "load")
        .put("prometheus", query)
        .put("target", per_replica);
    let why = [
        ("address", "the controller asks its own: --prometheus"),
        ("timeout", "each query has 5 s"),
    ];
    notes.rest(prometheus, &why, &mut metric);
    spec.put("metrics", vec![Part::Value(Tree::from(metric))]);

    let mut formula = Fields::default();
    formula
        .put_some("base", tracking.number("baseValue"))
        .put_some("target", goal)
        .put_some("minimum", tracking.number("minimum"))
        .put_some("disableScaleIn", tracking.take("disableScaleIn"));
    let why = [(
        "scheduled",
        "write its windows under `scheduled`, with their time zone; they may end after midnight",
    )];
    notes.rest(tracking, &why, &mut formula);
    let mut traffic = Fields::default();
    traffic.put("feedForward", formula);
    traffic.put_some("targets", record(&mut source, &mut notes));
    notes.rest(policy, &[], &mut traffic);
    spec.put("traffic", traffic);
    notes.rest(metrics, &[], &mut spec);
    let why = [(
        "interval",
        "weights follow at each tick of the controller, every 15 s",
    )];
    notes.rest(source, &why, &mut spec);
    let mut draft = Draft::new(&from, identity, spec, notes);
    draft.lacks = Some(
        "it says how requests are shared, and not what is scaled: write what stands for `...`, or add `traffic` and the \
         metric to the HybridAutoscaler of the workload"
            .to_owned(),
    );
    draft
}

fn record(source: &mut Source, notes: &mut Notes) -> Option<Vec<Part<Tree>>> {
    let mut target = source.fields("target");
    let mut route53 = target.fields("route53");
    let zone = route53.text("hostedZoneID")?;
    let mut resource = route53.fields("resource");
    let mut record = Fields::default();
    record
        .put("hostedZoneId", zone)
        .put_some("name", resource.text("name"));
    let why = [(
        "identifier",
        "the set identifier of each record is its cluster's name",
    )];
    notes.rest(resource, &why, &mut record);
    notes.rest(route53, &[], &mut record);
    notes.rest(target, &[], &mut record);
    let mut target = Fields::default();
    target.put("route53", record);
    Some(vec![Part::Value(target.into())])
}
