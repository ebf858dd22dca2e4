//! Which Prometheus a metric is asked of.

use spillway_crds::api::{Metric, PrometheusServer};

/// A Prometheus, as far as objects name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Server {
    /// The controller's own.
    Own,
    /// One that a metric names.
    Named {
        /// Where its Secrets are; empty where it needs none, for then objects of all namespaces ask the same.
        namespace: String,
        /// As it is named.
        server: Box<PrometheusServer>,
    },
}

impl Server {
    /// The server of a metric in a namespace.
    #[must_use]
    pub fn of(metric: &Metric, namespace: &str) -> Self {
        let Some(server) = &metric.server else {
            return Self::Own;
        };
        let needs_secrets = server.keys().next().is_some();
        Self::Named {
            namespace: if needs_secrets {
                namespace.to_owned()
            } else {
                String::new()
            },
            server: Box::new(server.clone()),
        }
    }
}
