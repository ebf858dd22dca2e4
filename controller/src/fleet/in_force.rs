//! Clusters as they were last accepted: what counts while an edit makes no sense. Pure.
//!
//! A cluster that is left out is a cluster whose replicas are not seen: the fleet would be planned as if they were gone.

use std::collections::{BTreeMap, BTreeSet};

use kube::ResourceExt;
use serde::{Deserialize, Serialize};
use spillway_crds::api::{Cluster, ClusterSpec};
use spillway_crds::{Objects, accept};

use super::Fleet;

/// Specifications by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InForce(BTreeMap<String, ClusterSpec>);

impl InForce {
    /// Puts what was accepted last in the place of what is refused now; what is wrong with that is told all the same.
    /// A cluster that is deleted is forgotten.
    pub fn settle(&mut self, fleet: &mut Fleet) {
        let unread: BTreeSet<String> = fleet.foreign_names("Cluster").collect();
        let written: BTreeSet<String> = fleet.clusters.iter().map(ResourceExt::name_any).collect();
        self.0
            .retain(|name, _| unread.contains(name) || written.contains(name));
        for cluster in &mut fleet.clusters {
            let name = cluster.name_any();
            let alone = accept(&Objects {
                clusters: vec![cluster.clone().into()],
                ..Objects::default()
            });
            if alone.problems.is_empty() {
                self.0.insert(name, cluster.spec.clone());
            } else if let Some(spec) = self.0.get(&name) {
                fleet.foreign.extend(alone.problems);
                cluster.spec = spec.clone();
            }
        }
        for name in unread {
            if let Some(spec) = self.0.get(&name) {
                fleet.clusters.push(Cluster::new(&name, spec.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::kinds::{Foreign, Written};

    fn written(name: &str, max_nodes: &Value) -> Arc<Written<Cluster>> {
        let object = serde_json::from_value(json!({
            "apiVersion": "spillway.dev/v1alpha1", "kind": "Cluster", "metadata": {"name": name},
            "spec": {"tier": "Private", "nodeGroups": [{
                "name": "nodes", "allocatable": {"cpu": "8", "memory": "32Gi"}, "maxNodes": max_nodes,
                "capacityType": "Owned"
            }]}
        }));
        Arc::new(Written::Sound(object.expect("a cluster")))
    }

    fn foreign(name: &str) -> Arc<Written<Cluster>> {
        Arc::new(Written::Foreign(Foreign {
            name: name.to_owned(),
            why: "of another version".to_owned(),
        }))
    }

    /// The largest of each cluster that counts, and the objects that are complained of.
    fn settled(in_force: &mut InForce, clusters: &[Arc<Written<Cluster>>]) -> (String, String) {
        let mut fleet = Fleet::of(clusters, &[], &[]);
        in_force.settle(&mut fleet);
        let accepted = fleet.accept(&BTreeMap::new());
        let counts = accepted.policy.clusters.iter();
        let shown = counts.map(|c| format!("{} {}", c.name.as_str(), c.groups[0].max_nodes));
        let problems = accepted.problems.into_iter().map(|problem| problem.object);
        (
            shown.collect::<Vec<_>>().join(", "),
            problems.collect::<Vec<_>>().join(", "),
        )
    }

    #[test]
    fn while_an_edit_makes_no_sense_the_cluster_counts_as_it_was() {
        let mut in_force = InForce::default();
        let said = |counts: &str, problems: &str| (counts.to_owned(), problems.to_owned());
        let mut now = |clusters: &[_]| settled(&mut in_force, clusters);
        let sound = |max: u32| written("home", &json!(max));
        assert_eq!(
            now(&[sound(6_000)]),
            said("", "Cluster/home"),
            "never accepted"
        );
        assert_eq!(now(&[sound(2)]), said("home 2", ""));
        assert_eq!(now(&[sound(6_000)]), said("home 2", "Cluster/home"));
        assert_eq!(now(&[foreign("home")]), said("home 2", "Cluster/home"));
        assert_eq!(now(&[sound(3)]), said("home 3", ""));
        assert_eq!(now(&[]), said("", ""), "deleted");
        assert_eq!(now(&[sound(6_000)]), said("", "Cluster/home"), "forgotten");
    }
}
