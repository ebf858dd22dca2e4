//! What a watch has told so far, complete or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::runtime::watcher::Event;
use kube::{Resource, ResourceExt};

/// Namespace (empty for cluster-scoped kinds) and name.
type Key = (String, String);

/// Facts by namespace and name of their objects.
///
/// While a watch begins anew the table stays as it was until the new list is complete: a list that
/// breaks off in the middle must not look as if half of the nodes were gone.
#[derive(Debug)]
pub struct Table<F> {
    rows: BTreeMap<Key, Arc<F>>,
    /// The list that is being read.
    next: Option<BTreeMap<Key, Arc<F>>>,
    complete: bool,
}

impl<F> Default for Table<F> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            next: None,
            complete: false,
        }
    }
}

impl<F> Table<F> {
    /// Takes an event.
    pub fn take<K: Resource>(&mut self, event: Event<K>, read: impl Fn(&K) -> F) {
        match event {
            Event::Init => self.next = Some(BTreeMap::new()),
            Event::InitApply(object) => {
                let row = Arc::new(read(&object));
                self.next.get_or_insert_default().insert(key(&object), row);
            }
            Event::InitDone => {
                self.rows = self.next.take().unwrap_or_default();
                self.complete = true;
            }
            Event::Apply(object) => {
                self.rows.insert(key(&object), Arc::new(read(&object)));
            }
            Event::Delete(object) => {
                self.rows.remove(&key(&object));
            }
        }
    }

    /// All facts in order of namespace and name; `None` until a list was complete for the first time.
    #[must_use]
    pub fn all(&self) -> Option<Vec<Arc<F>>> {
        self.complete.then(|| self.rows.values().cloned().collect())
    }

    /// The fact of one object.
    #[must_use]
    pub fn get(&self, namespace: &str, name: &str) -> Option<Arc<F>> {
        let key = (namespace.to_owned(), name.to_owned());
        self.rows.get(&key).filter(|_| self.complete).cloned()
    }
}

fn key(object: &impl Resource) -> Key {
    (object.namespace().unwrap_or_default(), object.name_any())
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use serde_json::json;

    use super::*;

    fn object(name: &str, value: &str) -> ConfigMap {
        let object = json!({"metadata": {"namespace": "shop", "name": name}, "data": {"v": value}});
        serde_json::from_value(object).expect("a ConfigMap")
    }

    fn read(object: &ConfigMap) -> String {
        format!(
            "{}={}",
            object.name_any(),
            object.data.as_ref().expect("data")["v"]
        )
    }

    fn shown(table: &Table<String>) -> Option<Vec<String>> {
        Some(table.all()?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn nothing_is_known_before_the_first_list_is_complete() {
        let mut table = Table::default();
        table.take(Event::Init, read);
        table.take(Event::InitApply(object("a", "1")), read);
        assert_eq!(shown(&table), None);
        table.take(Event::InitDone, read);
        assert_eq!(shown(&table), Some(vec!["a=1".to_owned()]));
    }

    #[test]
    fn changes_are_taken_one_by_one() {
        let mut table = Table::default();
        table.take(Event::<ConfigMap>::InitDone, read);
        for (event, expected) in [
            (Event::Apply(object("b", "1")), vec!["b=1"]),
            (Event::Apply(object("a", "1")), vec!["a=1", "b=1"]),
            (Event::Apply(object("b", "2")), vec!["a=1", "b=2"]),
            (Event::Delete(object("a", "1")), vec!["b=2"]),
        ] {
            table.take(event, read);
            assert_eq!(shown(&table).expect("complete"), expected);
        }
    }

    #[test]
    fn a_list_that_breaks_off_leaves_the_old_one_and_a_new_one_forgets_what_is_gone() {
        let mut table = Table::default();
        for event in [
            Event::InitApply(object("a", "1")),
            Event::InitApply(object("b", "1")),
            Event::InitDone,
            Event::Init,
            Event::InitApply(object("b", "2")),
        ] {
            table.take(event, read);
        }
        assert_eq!(shown(&table).expect("the old list"), ["a=1", "b=1"]);
        for event in [
            Event::Init,
            Event::InitApply(object("c", "1")),
            Event::InitDone,
        ] {
            table.take(event, read);
        }
        assert_eq!(shown(&table).expect("the new list"), ["c=1"]);
    }
}
