//! A constant number of replicas, found by looking at the whole trace beforehand.
//!
//! What a capacity planner would have bought: the peak costs most and is late least, the 95th
//! percentile is the usual compromise. They bracket every autoscaler's cost. No source: the
//! definition is the name. The percentile is by nearest rank over the intervals of the trace.

use spillway_solver::policy::{Policy, WorkloadSpec};

use super::counted::{CountRule, Seen};
use super::load::whole;
use super::{Counted, Foresight};

/// As many as the most loaded interval takes.
pub(super) fn static_peak(policy: &Policy, foresight: &Foresight) -> Counted {
    Counted::new("static-peak", policy, |spec| {
        Static::new(spec, foresight, 100)
    })
}

/// As many as 95 % of the intervals take.
pub(super) fn static_p95(policy: &Policy, foresight: &Foresight) -> Counted {
    Counted::new("static-p95", policy, |spec| {
        Static::new(spec, foresight, 95)
    })
}

#[derive(Debug)]
struct Static(u32);

impl Static {
    fn new(spec: &WorkloadSpec, foresight: &Foresight, percent: usize) -> Self {
        Self(whole(percentile(foresight.needs(spec).to_vec(), percent)))
    }
}

impl CountRule for Static {
    fn count(&mut self, _: &Seen) -> Option<u32> {
        Some(self.0)
    }
}

/// By nearest rank; nothing of nothing.
fn percentile(mut needs: Vec<f64>, percent: usize) -> f64 {
    needs.sort_unstable_by(f64::total_cmp);
    let rank = (needs.len() * percent).div_ceil(100);
    let value = rank.checked_sub(1).and_then(|index| needs.get(index));
    value.copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_the_largest_and_the_95th_percentile_leaves_one_of_twenty_above_it() {
        let mut needs: Vec<f64> = (1..=20).map(f64::from).collect();
        needs.reverse();
        assert_eq!(whole(percentile(needs.clone(), 100)), 20);
        assert_eq!(whole(percentile(needs, 95)), 19);
        assert_eq!(whole(percentile(vec![2.1], 95)), 3);
        assert_eq!(whole(percentile(Vec::new(), 95)), 0);
    }
}
