//! The workload that a command is about, as kubectl's users name it.

/// Which workload.
#[derive(Debug, clap::Args)]
pub(super) struct Named {
    /// The `HybridAutoscaler`
    #[arg(value_name = "NAMESPACE/NAME")]
    name: String,
    /// Its namespace, where NAME alone is given
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
}

impl Named {
    /// A workload by what was said of it.
    pub(super) fn new(name: &str, namespace: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
        }
    }

    /// Namespace and name.
    pub(super) fn parts(&self) -> anyhow::Result<(&str, &str)> {
        match (self.name.split_once('/'), self.namespace.as_deref()) {
            (Some((namespace, name)), None) => Ok((namespace, name)),
            (None, Some(namespace)) => Ok((namespace, &self.name)),
            (Some((of_name, name)), Some(namespace)) if of_name == namespace => {
                Ok((namespace, name))
            }
            (Some(_), Some(_)) => anyhow::bail!("two namespaces are named: leave one of them out"),
            (None, None) => anyhow::bail!(
                "which namespace? write NAMESPACE/{name}, or -n NAMESPACE {name}",
                name = self.name
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, namespace: Option<&str>) -> Named {
        Named {
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
        }
    }

    #[test]
    fn a_workload_is_named_in_one_word_or_with_its_namespace() {
        for named in [
            named("shop/web", None),
            named("web", Some("shop")),
            named("shop/web", Some("shop")),
        ] {
            assert_eq!(named.parts().expect("a name"), ("shop", "web"));
        }
        for named in [named("web", None), named("shop/web", Some("test"))] {
            assert!(named.parts().is_err());
        }
    }
}
