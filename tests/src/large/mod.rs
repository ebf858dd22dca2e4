//! A fleet as large as the controller is made for: many autoscalers over two clusters of many nodes, to measure what a
//! tick costs.

mod objects;
mod used;

use std::time::Duration;

use spillway_testbed::{ControlPlane, Error, Prometheus, PrometheusConfig, TestFolder};
pub use used::Used;

use crate::hybrid::audit::requests;
use crate::hybrid::{Controller, Launch, USER, install};

/// How large.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Autoscalers, each with a Deployment in both clusters.
    pub autoscalers: usize,
    /// Nodes, half of them in each cluster.
    pub nodes: usize,
    /// Pods when all are there; four in five fit at home.
    pub pods: usize,
}

/// The clusters and what is in them.
#[derive(Debug)]
pub struct Large {
    size: Size,
    _prometheus: Prometheus,
    private: ControlPlane,
    public: ControlPlane,
    launch: Launch,
}

impl Large {
    /// Starts everything but the controller; no pod is there yet.
    ///
    /// # Errors
    ///
    /// Where a server cannot be started, or refuses an object.
    pub fn start(test: &TestFolder, size: Size, tick: Duration) -> Result<Self, Error> {
        let private = ControlPlane::start(test, "private", &[objects::nodes(&size, "rack")])?;
        let public = ControlPlane::start(test, "eks", &[objects::nodes(&size, "rented")])?;
        for plane in [&private, &public] {
            plane.kubectl(&["create", "namespace", objects::NAMESPACE])?;
            plane.apply("targets", &objects::targets(&size))?;
        }
        let kubeconfig = install(&private, &public)?;
        private.apply("ours", &objects::ours(&size))?;
        let prometheus = Prometheus::start(test, "prometheus", &PrometheusConfig::default())?;
        Ok(Self {
            size,
            launch: Launch::of(&kubeconfig, prometheus.url(), tick),
            _prometheus: prometheus,
            private,
            public,
        })
    }

    /// Starts the controller, which begins to scale.
    ///
    /// # Errors
    ///
    /// Where it cannot be built or started.
    pub fn controller(&self, test: &TestFolder) -> Result<Controller, Error> {
        Controller::launch(test, &self.launch)
    }

    /// Pods at home and in public.
    ///
    /// # Errors
    ///
    /// Where an API server does not answer.
    pub fn pods(&self) -> Result<[usize; 2], Error> {
        Ok([objects::pods(&self.private)?, objects::pods(&self.public)?])
    }

    /// Whether all pods are there.
    ///
    /// # Errors
    ///
    /// Where an API server does not answer.
    pub fn is_complete(&self) -> Result<bool, Error> {
        let wanted = self.size.autoscalers * objects::pods_of_each(&self.size);
        Ok(self.pods()?.iter().sum::<usize>() == wanted)
    }

    /// Requests of the controller to both API servers so far.
    ///
    /// # Errors
    ///
    /// Where an audit log cannot be read.
    pub fn requests(&self) -> Result<usize, Error> {
        let of = |plane| requests(plane, USER).map(|requests| requests.len());
        Ok(of(&self.private)? + of(&self.public)?)
    }
}
