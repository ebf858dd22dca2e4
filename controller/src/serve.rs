//! What the controller says of itself over HTTP: `/metrics`, `/healthz`, `/readyz`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use tokio::net::TcpListener;

use crate::tick::{Idle, Outcome, Ticked};

/// A socket that listens.
pub struct Serve {
    listener: TcpListener,
}

impl Serve {
    /// Takes the address.
    ///
    /// # Errors
    ///
    /// When it is taken.
    pub async fn bind(address: SocketAddr) -> std::io::Result<Self> {
        Ok(Self {
            listener: TcpListener::bind(address).await?,
        })
    }

    /// Serves in the background.
    pub fn begin(self, telemetry: Arc<Telemetry>) {
        let router = Router::new()
            .route("/metrics", get(metrics))
            .route("/healthz", get(|| async { "ok" }))
            .route("/readyz", get(ready))
            .with_state(telemetry);
        tokio::spawn(async move {
            if let Err(error) = axum::serve(self.listener, router).await {
                tracing::error!(%error, "nothing is served any more");
            }
        });
    }
}

async fn metrics(State(telemetry): State<Arc<Telemetry>>) -> impl IntoResponse {
    let mut text = String::new();
    // Only memory can run out.
    let _ = prometheus_client::encoding::text::encode(&mut text, &telemetry.registry);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text)
}

/// Ready is who has ticked, or stands by for the leader.
async fn ready(State(telemetry): State<Arc<Telemetry>>) -> (StatusCode, &'static str) {
    if telemetry.ready.load(Ordering::Relaxed) {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "no tick was complete yet")
    }
}

/// What is counted.
pub struct Telemetry {
    registry: Registry,
    ready: AtomicBool,
    leads: Gauge<i64, AtomicI64>,
    frozen: Gauge<i64, AtomicI64>,
    ticks: Family<TickLabels, Counter>,
    seconds: Histogram,
    steps: Family<StepLabels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TickLabels {
    result: TickResult,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum TickResult {
    Done,
    Kinds,
    NotLeader,
    Store,
    Broken,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StepLabels {
    cluster: String,
    outcome: &'static str,
}

impl Default for Telemetry {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("spillway");
        let leads = Gauge::<i64, AtomicI64>::default();
        registry.register("leader", "1 while this process decides", leads.clone());
        let frozen = Gauge::<i64, AtomicI64>::default();
        let help = "1 while a person has stopped all writes";
        registry.register("frozen", help, frozen.clone());
        let ticks = Family::<TickLabels, Counter<u64, AtomicU64>>::default();
        registry.register("ticks", "Ticks by what became of them", ticks.clone());
        let seconds = Histogram::new(exponential_buckets(0.01, 2.0, 12));
        registry.register_with_unit("tick", "Duration of a tick", Unit::Seconds, seconds.clone());
        let steps = Family::<StepLabels, Counter>::default();
        registry.register(
            "steps",
            "Planned writes of spec.replicas by what became of them",
            steps.clone(),
        );
        Self {
            registry,
            ready: AtomicBool::new(false),
            leads,
            frozen,
            ticks,
            seconds,
            steps,
        }
    }
}

impl Telemetry {
    /// Whether this process decides.
    pub fn leads(&self, leads: bool) {
        self.leads.set(i64::from(leads));
        if !leads {
            self.ready.store(true, Ordering::Relaxed);
        }
    }

    /// A tick was complete.
    pub fn ticked(&self, took: Duration, ticked: &Ticked) {
        self.ready.store(true, Ordering::Relaxed);
        self.count(TickResult::Done);
        self.seconds.observe(took.as_secs_f64());
        self.frozen.set(i64::from(ticked.frozen));
        for done in &ticked.done {
            let outcome = match done.outcome {
                Outcome::Written => "written",
                Outcome::Observed => "observed",
                Outcome::Frozen => "frozen",
                Outcome::Conflict(_) => "conflict",
                Outcome::Changed => "changed",
                Outcome::Failed(_) => "failed",
                Outcome::NotHeld(_) => "not_held",
                Outcome::HeldBack => "held_back",
            };
            let labels = StepLabels {
                cluster: done.step.cluster.to_string(),
                outcome,
            };
            self.steps.get_or_create(&labels).inc();
        }
    }

    /// A tick did nothing.
    pub fn idle(&self, why: &Idle) {
        self.count(match why {
            Idle::Kinds(..) => TickResult::Kinds,
            Idle::NotLeader => TickResult::NotLeader,
            Idle::Store(_) => TickResult::Store,
            Idle::Broken(_) => TickResult::Broken,
        });
    }

    fn count(&self, result: TickResult) {
        self.ticks.get_or_create(&TickLabels { result }).inc();
    }
}
