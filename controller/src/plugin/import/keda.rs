//! KEDA's `ScaledObject`.

use super::draft::{Draft, Identity, Notes};
use super::hpa::{Names, behavior_into, lacks, target};
use super::source::Source;
use super::tree::{Fields, Part, Tree};
use super::trigger::{Read, read};

/// Why fields of a `ScaledObject` have no place here.
const WHY: [(&str, &str); 5] = [
    (
        "pollingInterval",
        "metrics are asked at each tick of the controller, every 15 s",
    ),
    (
        "cooldownPeriod",
        "it counts on the way to zero only: set minReplicas 0, or see behavior.scaleDown",
    ),
    (
        "initialCooldownPeriod",
        "a workload that was never active has nothing to cool down",
    ),
    (
        "idleReplicaCount",
        "a workload either may go to zero (minReplicas 0) or never runs fewer than minReplicas",
    ),
    ("advanced", "Spillway makes no HPA"),
];

const ADVANCED: [(&str, &str); 2] = [
    (
        "restoreToOriginalReplicaCount",
        "replicas stay as they are when a HybridAutoscaler is deleted",
    ),
    (
        "scalingModifiers",
        "write its formula in PromQL, as the query of one prometheus metric",
    ),
];

const ANNOTATIONS: [(&str, &str); 3] = [
    (
        "autoscaling.keda.sh/paused-replicas",
        "it is a total, and pins here are by cluster: see pause.pins",
    ),
    (
        "autoscaling.keda.sh/force-activation",
        "set minReplicas 1 for as long",
    ),
    (
        "scaledobject.keda.sh/transfer-hpa-ownership",
        "Spillway writes nothing while an HPA is there: delete it",
    ),
];

/// Reads one.
pub(super) fn import(mut object: Source, identity: &mut Identity) -> Draft {
    let from = object.text("kind").unwrap_or_default();
    object.take("status");
    let mut notes = Notes::default();
    let mut source = object.fields("spec");
    let mut spec = Fields::default();
    spec.put("scaleTargetRef", target(&mut source, &mut notes));
    paused(identity, &mut spec, &mut notes);
    let least = source.number("minReplicaCount").unwrap_or(0);
    spec.put("minReplicas", least);
    let most = source.number("maxReplicaCount");
    spec.put("maxReplicas", most.unwrap_or(100));
    let mut fallback = source.fields("fallback");
    let floor = fallback.number("replicas");
    let mut names = Names::default();
    let mut all = Read::default();
    for trigger in source.list("triggers") {
        read(trigger, floor, &mut names, &mut notes, &mut all);
    }
    let metrics = Tree::from(all.metrics);
    let unread = source.has("maxReplicaCount");
    let lacks = lacks(&metrics, unread);
    spec.put("metrics", metrics);
    let why = [
        (
            "failureThreshold",
            "a failure is not counted but timed: see lastKnownGood and hold of each metric's fallback",
        ),
        ("behavior", "the floor never lowers the count"),
    ];
    notes.rest(fallback, &why, &mut spec);
    if least == 0 {
        spec.put_some("activation", activation(&mut source, &mut all.thresholds));
    }
    for (path, value) in all.thresholds {
        let why = "one threshold wakes a workload from zero, whatever the metric, and only with minReplicas 0";
        spec.comment(notes.left_out(path, Some(value), why));
    }
    if all
        .windows
        .iter()
        .any(|part| matches!(part, Part::Value(_)))
    {
        spec.put("schedule", all.windows);
    } else {
        for part in all.windows {
            if let Part::Comment(text) = part {
                spec.comment(text);
            }
        }
    }
    let mut advanced = source.fields("advanced");
    let mut hpa = advanced.fields("horizontalPodAutoscalerConfig");
    behavior_into(&mut spec, hpa.fields("behavior"), &mut notes);
    notes.rest(hpa, &[("name", "Spillway makes no HPA")], &mut spec);
    notes.rest(advanced, &ADVANCED, &mut spec);
    notes.rest(source, &WHY, &mut spec);
    let mut draft = Draft::new(&from, identity, spec, notes);
    draft.lacks = lacks;
    draft.ends = vec![
        format!(
            "kubectl patch scaledobject{} {} --type=merge -p \
             '{{\"spec\":{{\"advanced\":{{\"restoreToOriginalReplicaCount\":false}}}}}}'",
            identity.option(),
            identity.name
        ),
        format!(
            "kubectl delete scaledobject{} {}",
            identity.option(),
            identity.name
        ),
    ];
    draft
}

/// KEDA pauses by annotations.
fn paused(identity: &mut Identity, spec: &mut Fields, notes: &mut Notes) {
    let annotations = &mut identity.annotations;
    let mut says = |name: &str| {
        let said = annotations.text(&format!("autoscaling.keda.sh/{name}"));
        said.is_some_and(|said| said != "false")
    };
    if says("paused") {
        spec.put("mode", "Paused");
    }
    let mut pause = Fields::default();
    let [up, down] = [says("paused-scale-out"), says("paused-scale-in")];
    if up {
        pause.put("scaleUp", true);
    }
    if down {
        pause.put("scaleDown", true);
    }
    if up || down {
        spec.put("pause", pause);
    }
    let own = |key: &str| key.contains("keda.sh/");
    let left = annotations.clone().left();
    for (key, path, value) in left.into_iter().filter(|(key, ..)| own(key)) {
        let known = ANNOTATIONS.iter().find(|(name, _)| *name == key);
        let why = known.map_or("it is KEDA's own", |(_, why)| *why);
        spec.comment(notes.left_out(path, Some(value), why));
    }
}

/// When it wakes and goes back to zero. Takes the thresholds if they are one.
fn activation(source: &mut Source, thresholds: &mut Vec<(String, String)>) -> Option<Fields> {
    let mut activation = Fields::default();
    let first = thresholds.first().map(|(_, value)| value.clone());
    let threshold = first.filter(|first| thresholds.iter().all(|(_, value)| value == first));
    if threshold.is_some() {
        thresholds.clear();
    }
    let cooldown = source.number("cooldownPeriod");
    let says = threshold.is_some() || cooldown.is_some();
    activation
        .put_some("threshold", threshold)
        .put_some("cooldown", cooldown.map(|seconds| format!("{seconds}s")));
    says.then_some(activation)
}
