//! What has become of the jobs of a queue.

use std::collections::BTreeMap;
use std::time::Duration;

/// What has become of all jobs that came so far, and how long they waited until a pod began with them.
#[derive(Debug, Clone)]
pub struct Figures {
    /// How many came.
    pub arrived: u64,
    /// How many are done, by cluster.
    pub finished: BTreeMap<String, u64>,
    /// How many wait.
    pub waiting: usize,
    /// How many a pod is at.
    pub being_done: usize,
    /// How often a pod went before its job was done, and the job waited again.
    pub returned: u64,
    /// How many waited longer than was asked for.
    pub late: usize,
    /// Half waited no longer than this.
    pub median: Duration,
    /// 95 % waited no longer than this.
    pub p95: Duration,
    /// The longest wait.
    pub longest: Duration,
}

impl Figures {
    /// Which part of all jobs was late; zero of none.
    #[must_use]
    pub fn late_share(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a test has no 2^52 jobs")]
        let (late, all) = (self.late as f64, self.arrived.max(1) as f64);
        late / all
    }
}
