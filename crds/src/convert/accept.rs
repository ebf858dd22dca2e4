//! The objects of an API server that can be acted on: one that makes no sense is refused, and the others go on.

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt;
use spillway_solver::policy::Policy;

use super::convert_beside;
use crate::api::HybridAutoscaler;
use crate::objects::{Located, Objects, Origin, Unread, workload_id};
use crate::problem::Problem;

/// What is acted on, and why the rest is not.
#[derive(Clone, Debug, Default)]
pub struct Accepted {
    /// The policy of all objects without a problem.
    pub policy: Policy,
    /// What is wrong with the others.
    pub problems: Vec<Problem>,
}

impl Accepted {
    /// What is wrong with an object, by its kind and its name as in [`Problem::object`].
    #[must_use]
    pub fn problems_of(&self, kind: &str, name: &str) -> Vec<&Problem> {
        let object = format!("{kind}/{name}");
        self.problems
            .iter()
            .filter(|problem| problem.object == object)
            .collect()
    }
}

/// The policy of all objects that make sense, for a host that acts on clusters.
///
/// Beside what [`convert()`](super::convert()) finds: of several autoscalers for one target the oldest has it, and
/// one whose policy is refused is refused with it.
#[must_use]
pub fn accept(objects: &Objects) -> Accepted {
    let mut objects = objects.clone();
    let mut problems = owned_already(&objects.autoscalers);
    let mut unread = Unread::default();
    loop {
        let refused: BTreeSet<&str> = problems.iter().map(|p| p.object.as_str()).collect();
        remove(&mut objects, &refused, &mut unread);
        let mut found = lost_policy(&objects.autoscalers, &unread);
        let (policy, more) = convert_beside(&objects, &unread);
        found.extend(more);
        if found.is_empty() {
            return Accepted { policy, problems };
        }
        problems.extend(found);
    }
}

/// Takes the refused objects out, so that a reference to one of them is no mistake of its own.
fn remove(objects: &mut Objects, refused: &BTreeSet<&str>, unread: &mut Unread) {
    let mut keep = |kind: &str, name: &str| {
        let sound = !refused.contains(format!("{kind}/{name}").as_str());
        if !sound {
            unread.add(Some(kind), Some(name));
        }
        sound
    };
    objects
        .clusters
        .retain(|located| keep("Cluster", &located.object.name_any()));
    objects
        .burst_policies
        .retain(|located| keep("BurstPolicy", &located.object.name_any()));
    objects
        .autoscalers
        .retain(|located| keep("HybridAutoscaler", &workload_id(&located.object)));
}

/// Of several autoscalers for one target the oldest owns it, by creation and then by UID: any other order could change
/// with a restart.
fn owned_already(autoscalers: &[Located<HybridAutoscaler>]) -> Vec<Problem> {
    let mut by_age: Vec<&HybridAutoscaler> = autoscalers.iter().map(|l| &l.object).collect();
    by_age.sort_by_key(|a| {
        let created = a.metadata.creation_timestamp.as_ref().map(|time| time.0);
        (created, a.uid(), workload_id(a))
    });
    let mut owners = BTreeMap::new();
    let mut problems = Vec::new();
    for autoscaler in by_age {
        let target = &autoscaler.spec.scale_target_ref;
        let key = (
            autoscaler.namespace(),
            &target.api_version,
            &target.kind,
            &target.name,
        );
        let owner = *owners.entry(key).or_insert(autoscaler);
        if !std::ptr::eq(owner, autoscaler) {
            problems.push(problem(
                autoscaler,
                "spec.scaleTargetRef",
                format!(
                    "{} {} is scaled by HybridAutoscaler/{}, which is older: name another target, or delete one of them",
                    target.kind,
                    target.name,
                    workload_id(owner)
                ),
            ));
        }
    }
    problems
}

fn lost_policy(autoscalers: &[Located<HybridAutoscaler>], unread: &Unread) -> Vec<Problem> {
    let named = autoscalers.iter().map(|located| &located.object);
    named
        .filter(|object| unread.policies.contains(&object.spec.policy_ref.name))
        .map(|object| {
            let name = &object.spec.policy_ref.name;
            let message =
                format!("BurstPolicy/{name} is not accepted: its condition says what to mend");
            problem(object, "spec.policyRef.name", message)
        })
        .collect()
}

fn problem(object: &HybridAutoscaler, path: &str, message: String) -> Problem {
    Problem {
        object: format!("HybridAutoscaler/{}", workload_id(object)),
        ..Origin::default().problem(path, message)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn objects(changes: &[(&str, Value)]) -> Objects {
        let mut all = json!({
            "clusters": [{
                "apiVersion": "spillway.dev/v1alpha1", "kind": "Cluster", "metadata": {"name": "home"},
                "spec": {"tier": "Private", "nodeGroups": [
                    {"name": "racks", "allocatable": {"cpu": "8", "memory": "32Gi"}, "maxNodes": 2}
                ]}
            }],
            "policies": [{
                "apiVersion": "spillway.dev/v1alpha1", "kind": "BurstPolicy", "metadata": {"name": "default"}, "spec": {}
            }],
            "autoscalers": [autoscaler("web", 1), autoscaler("jobs", 2)]
        });
        for (path, value) in changes {
            *all.pointer_mut(path).expect("a place") = value.clone();
        }
        let read = |name: &str| all[name].clone();
        Objects {
            clusters: located(read("clusters")),
            burst_policies: located(read("policies")),
            autoscalers: located(read("autoscalers")),
        }
    }

    fn autoscaler(name: &str, day: u32) -> Value {
        json!({
            "apiVersion": "spillway.dev/v1alpha1", "kind": "HybridAutoscaler",
            "metadata": {
                "namespace": "shop", "name": name, "uid": name,
                "creationTimestamp": format!("2026-11-0{day}T00:00:00Z")
            },
            "spec": {
                "scaleTargetRef": {"name": name}, "maxReplicas": 3,
                "replicaRequests": {"cpu": "1", "memory": "1Gi"},
                "metrics": [{"name": "load", "prometheus": {"query": "load"}, "target": {"averageValue": "1"}}]
            }
        })
    }

    fn located<K: serde::de::DeserializeOwned>(value: Value) -> Vec<Located<K>> {
        let all: Vec<K> = serde_json::from_value(value).expect("objects");
        all.into_iter().map(Located::from).collect()
    }

    fn accepted(objects: &Objects) -> (Vec<String>, Vec<String>) {
        let all = accept(objects);
        let names = all.policy.workloads.iter().map(|w| w.id.to_string());
        (
            names.collect(),
            all.problems.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn what_makes_sense_is_accepted_as_it_is_converted() {
        let objects = objects(&[]);
        let all = accept(&objects);
        assert_eq!(Ok(all.policy), super::super::convert(&objects));
        assert_eq!(all.problems, []);
    }

    #[test]
    fn one_that_makes_no_sense_is_refused_and_the_others_go_on() {
        let (names, problems) =
            accepted(&objects(&[("/autoscalers/0/spec/maxReplicas", json!(0))]));
        assert_eq!(names, ["shop/jobs"]);
        assert!(
            problems
                .iter()
                .all(|p| p.starts_with("HybridAutoscaler/shop/web spec."))
                && !problems.is_empty(),
            "{problems:?}"
        );
    }

    #[test]
    fn the_older_of_two_autoscalers_has_the_target() {
        let both_web = ("/autoscalers/1/spec/scaleTargetRef/name", json!("web"));
        let (names, problems) = accepted(&objects(std::slice::from_ref(&both_web)));
        assert_eq!(names, ["shop/web"]);
        assert!(
            problems[0].contains("scaled by HybridAutoscaler/shop/web, which is older"),
            "{problems:?}"
        );
        let younger = (
            "/autoscalers/0/metadata/creationTimestamp",
            json!("2026-11-09T00:00:00Z"),
        );
        let (names, _) = accepted(&objects(&[both_web, younger]));
        assert_eq!(names, ["shop/jobs"]);
    }

    #[test]
    fn who_names_a_refused_policy_is_refused_with_it() {
        let (names, problems) = accepted(&objects(&[(
            "/policies/0/spec",
            json!({"survivePercent": 200}),
        )]));
        assert_eq!(names, [""; 0]);
        let of_web: Vec<&String> = problems.iter().filter(|p| p.contains("shop/web")).collect();
        assert_eq!(of_web.len(), 1, "{problems:?}");
        assert!(
            of_web[0].contains("BurstPolicy/default is not accepted"),
            "{problems:?}"
        );
    }
}
