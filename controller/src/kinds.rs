//! Objects of our own kinds, as the home cluster's API server has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::core::DynamicObject;
use kube::{Api, Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use spillway_crds::api::{BurstPolicy, Cluster, HybridAutoscaler};

use tokio::sync::Notify;

use crate::freeze::{self, Freeze};
use crate::watch::{Deaf, Watch};

/// An object as it was written.
#[derive(Clone, Debug)]
pub enum Written<K> {
    /// It has the shape of its kind.
    Sound(Box<K>),
    /// It has not: the definition in the cluster is of another version than this program.
    Foreign(Foreign),
}

/// An object that this program cannot read.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// `name`, or `namespace/name`.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

impl<K: DeserializeOwned> Written<K> {
    /// Reads an object. One that cannot be read must not hide the others, so each is read alone.
    fn of(object: &DynamicObject) -> Self {
        let read = serde_json::to_value(object).and_then(serde_json::from_value);
        match read {
            Ok(object) => Self::Sound(Box::new(object)),
            Err(error) => Self::Foreign(Foreign {
                name: match object.namespace() {
                    Some(namespace) => format!("{namespace}/{}", object.name_any()),
                    None => object.name_any(),
                },
                why: format!(
                    "{error}: this controller cannot read it; install the API definitions of its own version, or a \
                     newer controller"
                ),
            }),
        }
    }
}

/// Watches of our kinds.
#[derive(Debug)]
pub struct Kinds {
    /// Clusters.
    pub clusters: Watch<Written<Cluster>>,
    /// Bursting rules.
    pub policies: Watch<Written<BurstPolicy>>,
    /// What is scaled.
    pub autoscalers: Watch<Written<HybridAutoscaler>>,
    /// What stops all writes, while it is there.
    pub freeze: Watch<Freeze>,
    /// Told when somebody has written an object: not its status, which is ours.
    pub changed: Arc<Notify>,
}

impl Kinds {
    /// Begins to watch in the home cluster; `namespace` is the controller's.
    #[must_use]
    pub fn watch(home: &Client, namespace: &str) -> Self {
        let changed = Arc::new(Notify::new());
        let told = Arc::clone(&changed);
        Self {
            freeze: Watch::begin_one(
                Api::namespaced(home.clone(), namespace),
                freeze::NAME,
                Freeze::of,
                move |_: &ConfigMap| told.notify_one(),
            ),
            clusters: watch(home, &changed),
            policies: watch(home, &changed),
            autoscalers: watch(home, &changed),
            changed,
        }
    }

    /// What stops all writes, as it was heard last.
    ///
    /// # Errors
    ///
    /// When it was never heard whether there is such a thing.
    pub fn frozen(&self) -> Result<Option<Freeze>, Deaf> {
        let all = self.freeze.last()?;
        Ok(all.first().map(|freeze| (**freeze).clone()))
    }
}

fn watch<K>(home: &Client, changed: &Arc<Notify>) -> Watch<Written<K>>
where
    K: Resource<DynamicType = ()> + DeserializeOwned + Send + Sync + 'static,
{
    let resource = kube::core::ApiResource::erase::<K>(&());
    let changed = Arc::clone(changed);
    let mut generations: BTreeMap<Option<String>, Option<i64>> = BTreeMap::new();
    let tell = move |object: &DynamicObject| {
        // A new object has no generation here yet; one that is deleted has a new one.
        let generation = object.metadata.generation;
        if generations.insert(object.uid(), generation) != Some(generation) {
            changed.notify_one();
        }
    };
    Watch::begin_and_tell(Api::all_with(home.clone(), &resource), Written::of, tell)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(spec: &serde_json::Value) -> Written<BurstPolicy> {
        let object = json!({
            "apiVersion": "spillway.dev/v1alpha1", "kind": "BurstPolicy", "metadata": {"name": "default"}, "spec": spec
        });
        Written::of(&serde_json::from_value(object).expect("an object"))
    }

    #[test]
    fn an_object_of_another_version_says_so_and_is_no_error_of_the_others() {
        assert!(matches!(written(&json!({})), Written::Sound(_)));
        let Written::Foreign(foreign) = written(&json!({"tomorrow": 1})) else {
            panic!("an unknown field is of another version");
        };
        assert_eq!(foreign.name, "default");
        assert!(
            foreign.why.contains("tomorrow") && foreign.why.contains("API definitions"),
            "{}",
            foreign.why
        );
    }
}
