//! What a run is given.

use std::time::Duration;

use spillway_testbed::Profile;

/// The queue, the sizes and the times of a run.
#[derive(Debug, Clone)]
pub struct Setup {
    /// When jobs come; each takes a pod a second.
    pub profile: Profile,
    /// From asking for a public node to its being there.
    pub node_boot: Duration,
    /// How long a pod takes that is deleted.
    pub drain: Duration,
    /// How far the rates in the queries look back.
    pub rate_window: Duration,
    /// How often Prometheus scrapes.
    pub scrape_every: Duration,
    /// The queue's objective.
    pub drain_within: Duration,
    /// What the autoscaler's `spec.behavior` is; empty for none.
    pub behavior: String,
    /// What the policy's `spec` is.
    pub policy: String,
}

impl Setup {
    /// When the rate begins to fall in [`Self::short`].
    pub const FALLS: Duration = Duration::from_mins(3);

    /// The queue that KEDA, HPA and Karpenter were measured on, in so many minutes instead of 22; nodes and pods boot as
    /// fast as ever. Nothing is tuned.
    #[must_use]
    pub fn day(minutes: f64) -> Self {
        let at = |minute: f64| Duration::from_secs_f64(minute * 60.0 * minutes / 22.0);
        Self {
            profile: Profile::new(&[
                (at(0.0), 8.0),
                (at(2.0), 8.0),
                (at(5.0), 48.0),
                (at(10.0), 48.0),
                (at(12.0), 20.0),
                (at(18.0), 6.0),
                (at(22.0), 6.0),
            ]),
            node_boot: Duration::from_secs(45),
            drain: Duration::from_secs(2),
            rate_window: Duration::from_mins(1),
            scrape_every: Duration::from_secs(5),
            drain_within: Duration::from_secs(30),
            behavior: String::new(),
            policy: "{}".to_owned(),
        }
    }

    /// From 8 jobs a second to `jobs`, which stay; else as [`Self::short`].
    #[must_use]
    pub fn steady(jobs: f64) -> Self {
        let at = Duration::from_secs;
        Self {
            profile: Profile::new(&[(at(0), 8.0), (at(5), 8.0), (at(15), jobs)]),
            ..Self::short()
        }
    }

    /// A rise to 48 jobs a second, of which home does 32, and a fall after three minutes: nodes boot in ten seconds, and the
    /// count follows down without HPA's five minutes of patience.
    #[must_use]
    pub fn short() -> Self {
        let at = Duration::from_secs;
        Self {
            profile: Profile::new(&[
                (at(0), 8.0),
                (at(10), 8.0),
                (at(30), 48.0),
                (Self::FALLS, 48.0),
                (at(210), 6.0),
            ]),
            node_boot: Duration::from_secs(10),
            drain: Duration::from_secs(2),
            rate_window: Duration::from_secs(10),
            scrape_every: Duration::from_secs(1),
            drain_within: Duration::from_secs(30),
            behavior: "{scaleUp: {policies: [{type: Pods, value: 100, periodSeconds: 1}]}, \
                 scaleDown: {stabilizationWindowSeconds: 10}}"
                .to_owned(),
            policy: "{}".to_owned(),
        }
    }
}
