//! What a fluid was given to do and had to have done, from the two curves of its course.
//!
//! A fluid has no single requests that are late or not. What it had not done of what had arrived some time before is
//! overdue, and nobody may be asked to let less be overdue than the run did.

use super::Curves;

/// From what had arrived and what was done, in bins of this length. `objective` is a span in nanoseconds.
pub(super) fn curves(arrived: &[u128], done: &[u128], bin_ns: u64, objective: u64) -> Curves {
    let bins = usize::try_from(objective.div_ceil(bin_ns)).unwrap_or(usize::MAX);
    let last = |curve: &[u128]| curve.last().copied().unwrap_or(0);
    let served = last(done);
    let unserved = last(arrived).saturating_sub(served);
    let longest = longest(arrived, done, unserved);
    let in_time = due(arrived, bins, overdue(arrived, done, bins));
    let at_last = due(arrived, longest, unserved);
    let due = in_time.zip(at_last).map(|(a, b)| a.max(b)).collect();
    // A fluid whose service times change may be busy for longer than what has arrived takes.
    let arrived = arrived.iter().zip(done).map(|(a, b)| *a.max(b)).collect();
    Curves {
        arrived,
        due,
        served,
    }
}

/// The most that was ever overdue by so many bins.
fn overdue(arrived: &[u128], done: &[u128], bins: usize) -> u128 {
    let pairs = arrived.iter().zip(done.iter().skip(bins));
    pairs
        .map(|(arrived, done)| arrived.saturating_sub(*done))
        .max()
        .unwrap_or(0)
}

/// What is due where no more than `overdue` may be overdue by so many bins.
fn due(arrived: &[u128], bins: usize, overdue: u128) -> impl Iterator<Item = u128> {
    let before = std::iter::repeat_n(&0, bins.min(arrived.len()));
    let due = before.chain(arrived).take(arrived.len());
    due.map(move |arrived| arrived.saturating_sub(overdue))
}

/// The fewest bins by which no more was ever overdue than was never served.
fn longest(arrived: &[u128], done: &[u128], unserved: u128) -> usize {
    let (mut low, mut high) = (0, arrived.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if overdue(arrived, done, middle) <= unserved {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_run_did_is_what_is_allowed_and_as_much_may_be_overdue() {
        // Ten arrive at once and two a bin are done; after that, two come and are done.
        let arrived = [10, 10, 10, 10, 10, 12, 12];
        let done = [2, 4, 6, 8, 10, 11, 12];
        let curves = curves(&arrived, &done, 8, 9);
        assert_eq!(curves.arrived, arrived);
        assert_eq!(curves.served, 12);
        // The objective is two bins: then four are overdue. After four bins nothing is.
        assert_eq!(curves.due, [0, 0, 6, 6, 10, 10, 10]);
        assert!(curves.due.iter().zip(&done).all(|(due, done)| due <= done));
    }

    #[test]
    fn what_was_never_served_is_not_due() {
        let curves = curves(&[10, 10, 10], &[1, 2, 3], 1, 0);
        // At first nine are overdue; two bins later seven, which never were served.
        assert_eq!(curves.due, [1, 1, 3]);
        assert_eq!(curves.served, 3);
    }
}
