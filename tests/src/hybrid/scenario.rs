//! What scenarios have in common: one bed at a time, a peak to begin with, and words for what was never so.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use spillway_testbed::Error;

use super::{Controller, History, Hybrid, Moment, PRIVATE_SLOTS};

/// What two watches tell may be so far out of order, and so may the writes of one tick.
pub const SKEW: Duration = Duration::from_secs(1);

/// Pods that fit at home.
pub const SLOTS: u64 = PRIVATE_SLOTS as u64;

/// A place for a pair of clusters, until it is dropped.
#[derive(Debug)]
pub struct Place;

static FREE: Mutex<usize> = Mutex::new(2);
static FREED: Condvar = Condvar::new();

/// A pair of clusters takes a gigabyte and half of two cores: two at a time. Waits for its turn.
#[must_use]
pub fn place() -> Place {
    let free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    let free = FREED.wait_while(free, |free| *free == 0);
    *free.unwrap_or_else(PoisonError::into_inner) -= 1;
    Place
}

impl Drop for Place {
    fn drop(&mut self) {
        *FREE.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        FREED.notify_one();
    }
}

/// What went well.
///
/// # Panics
///
/// With the words of whatever did not.
pub fn sound<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// So many seconds.
#[must_use]
pub const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The autoscaler as its API server has it.
///
/// # Panics
///
/// Where it cannot be read.
#[must_use]
pub fn autoscaler(hybrid: &Hybrid) -> Value {
    let autoscaler = ["get", "-n=work", "hybridautoscaler/jobs", "-o=json"];
    let autoscaler = sound(hybrid.private.kubectl(&autoscaler));
    serde_json::from_str(&autoscaler).expect("kubectl writes JSON")
}

/// The total that the controller says it wants.
#[must_use]
pub fn desired(hybrid: &Hybrid) -> Option<u64> {
    autoscaler(hybrid)["status"]["desiredReplicas"].as_u64()
}

/// A condition of the autoscaler: status, reason and message.
#[must_use]
pub fn condition(hybrid: &Hybrid, kind: &str) -> Option<[String; 3]> {
    let autoscaler = autoscaler(hybrid);
    let mut all = autoscaler["status"]["conditions"].as_array()?.iter();
    let one = all.find(|condition| condition["type"] == kind)?;
    let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
    Some([text("status"), text("reason"), text("message")])
}

/// Fails where something that must not be was so for longer than watches are out of step.
///
/// # Panics
///
/// With the moment from which it was so.
pub fn never(history: &History, what: &str, is: impl Fn(&Moment) -> bool) {
    let (span, from) = history.longest(is);
    let span = span.as_millis();
    assert!(
        span < SKEW.as_millis(),
        "{what} for {span} ms from {from:#?} on"
    );
}

/// Replicas that are asked for in both clusters.
#[must_use]
pub fn asked(now: &Moment) -> u64 {
    now.private.asked + now.public.asked
}

/// Pods that work in both clusters.
#[must_use]
pub fn ready(now: &Moment) -> usize {
    now.private.ready + now.public.ready
}

/// The counts that HPA's tolerance allows for `jobs` a second: it leaves a tenth more, and no fewer.
#[must_use]
pub fn enough_for(jobs: u64, now: &Moment) -> bool {
    (jobs..=jobs + jobs / 10).contains(&asked(now)) && ready(now) as u64 >= jobs
}

/// Lets jobs come and waits until so many a second, of which home cannot do all, are done without a backlog.
///
/// # Panics
///
/// Where that is not so in time.
pub fn peak(hybrid: &Hybrid, jobs: u64) {
    hybrid.queue.begin();
    hybrid.wait_until("a full home", seconds(120), |now| {
        now.private.asked == SLOTS
    });
    hybrid.wait_until("rented pods", seconds(150), |now| now.public.ready > 0);
    settled(hybrid, jobs);
}

/// Waits until home is full, public has the overflow, and nothing has changed for ten seconds.
///
/// # Panics
///
/// Where that is not so in time.
pub fn settled(hybrid: &Hybrid, jobs: u64) {
    let what = format!("a full home and the overflow of {jobs} jobs a second in public");
    hybrid.wait_until(&what, seconds(180), |now| {
        let is_settled = |now: &Moment| now.private.asked == SLOTS && enough_for(jobs, now);
        let lately = hybrid
            .history()
            .since(hybrid.now().saturating_sub(seconds(10)));
        is_settled(now)
            && lately.moments.iter().all(is_settled)
            && lately
                .moments
                .windows(2)
                .all(|two| asked(&two[0]) == asked(&two[1]))
            && hybrid.queue.depth() < usize::try_from(jobs).unwrap_or(usize::MAX)
    });
}

/// Gives the autoscaler another query: a field of its `queue`.
///
/// # Panics
///
/// Where home refuses it.
pub fn query(hybrid: &Hybrid, of: &str, query: &str) {
    let field = format!("/spec/metrics/0/queue/{of}");
    let patch = serde_json::json!([{"op": "replace", "path": field, "value": query}]);
    let patch = format!("--patch={patch}");
    let arguments = [
        "patch",
        "-n=work",
        "hybridautoscaler/jobs",
        "--type=json",
        &patch,
    ];
    sound(hybrid.private.kubectl(&arguments));
}

/// Lets the autoscaler believe that so many times as many jobs come.
///
/// # Panics
///
/// As [`query`].
pub fn as_if_came(hybrid: &Hybrid, times: f64) {
    let arrivals = "sum(rate(queue_arrivals_total{queue=\"jobs\"}[10s]))";
    query(hybrid, "arrivalsQuery", &format!("{times} * {arrivals}"));
}

/// Ends the controller; all that it decided is decided again.
///
/// # Panics
///
/// Where a decision is another one then.
pub fn end_and_replay(controller: Controller) {
    let replayed = controller.end_and_replay();
    for said in replayed.unwrap_or_else(|error| panic!("{error}")) {
        assert!(said.contains("each byte for byte as recorded"), "{said}");
    }
}
