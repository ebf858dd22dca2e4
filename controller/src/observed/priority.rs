//! What a `PriorityClass` is worth.

use k8s_openapi::api::scheduling::v1::PriorityClass;
use kube::ResourceExt;

/// A class of priority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriorityFact {
    /// Its name.
    pub name: String,
    /// Its value; the higher goes first.
    pub value: i32,
    /// Whether pods that name none have this one.
    pub is_default: bool,
}

impl PriorityFact {
    /// Reads a class.
    #[must_use]
    pub fn of(class: &PriorityClass) -> Self {
        Self {
            name: class.name_any(),
            value: class.value,
            is_default: class.global_default == Some(true),
        }
    }

    /// What pods get that name this class, or none; `None` where that is not known, as the API server then takes no
    /// pods.
    #[must_use]
    pub fn find(name: Option<&str>, all: &[impl AsRef<Self>]) -> Option<i32> {
        let mut all = all.iter().map(AsRef::as_ref);
        match name {
            Some(name) => Some(all.find(|class| class.name == name)?.value),
            None => Some(
                all.find(|class| class.is_default)
                    .map_or(0, |class| class.value),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn pods_have_the_class_they_name_or_the_default_or_none() {
        let class = |name: &str, value: i32, is_default: bool| {
            Arc::new(PriorityFact {
                name: name.to_owned(),
                value,
                is_default,
            })
        };
        let all = [class("high", 1000, false), class("usual", 10, true)];
        assert_eq!(PriorityFact::find(Some("high"), &all), Some(1000));
        assert_eq!(PriorityFact::find(Some("missing"), &all), None);
        assert_eq!(PriorityFact::find(None, &all), Some(10));
        assert_eq!(PriorityFact::find(None, &all[..1]), Some(0));
    }
}
