//! Work for all cores, handed out in order.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// As many threads as the machine runs at once.
#[must_use]
pub fn cores() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Does `work` for each job on up to `threads` threads, and calls `done` on this thread with the job's place in the
/// list and its result, as the results come.
///
/// After a failure no further job begins, those that have begun are waited for.
///
/// # Errors
///
/// The failure of the first job of the list that failed. Jobs begin in the order of the list, so that is the same
/// failure with any number of threads; only a failure of `done` may come before it.
pub fn each<T: Sync, R: Send, E: Send>(
    jobs: &[T],
    threads: NonZeroUsize,
    work: impl Fn(&T) -> Result<R, E> + Sync,
    mut done: impl FnMut(usize, R) -> Result<(), E>,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads.get().min(jobs.len()) {
            let sender = sender.clone();
            let (next, stop, work) = (&next, &stop, &work);
            scope.spawn(move || {
                while !stop.load(Ordering::Acquire) {
                    let index = next.fetch_add(1, Ordering::AcqRel);
                    let Some(job) = jobs.get(index) else { return };
                    let result = work(job);
                    if result.is_err() {
                        stop.store(true, Ordering::Release);
                    }
                    // Where nobody listens any more, another failure has been told already.
                    if sender.send((index, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut first: Option<(usize, E)> = None;
        for (index, result) in results {
            let failed = match result {
                Ok(result) if first.is_none() => done(index, result).err(),
                Ok(_) => None,
                Err(error) => Some(error),
            };
            if let Some(error) = failed {
                stop.store(true, Ordering::Release);
                if first.as_ref().is_none_or(|(other, _)| index < *other) {
                    first = Some((index, error));
                }
            }
        }
        first.map_or(Ok(()), |(_, error)| Err(error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(n: usize) -> NonZeroUsize {
        NonZeroUsize::new(n).expect("above zero")
    }

    #[test]
    fn each_job_is_done_once_with_any_number_of_threads() {
        let jobs: Vec<u64> = (0..200).collect();
        for n in [1, 2, 7, 500] {
            let mut results = vec![None; jobs.len()];
            let done = each(
                &jobs,
                threads(n),
                |job| Ok::<_, ()>(job * job),
                |index, result| {
                    assert_eq!(results[index].replace(result), None, "twice");
                    Ok(())
                },
            );
            assert_eq!(done, Ok(()));
            let expected: Vec<_> = jobs.iter().map(|job| Some(job * job)).collect();
            assert_eq!(results, expected, "{n} threads");
        }
    }

    #[test]
    fn the_first_failure_of_the_list_is_told_with_any_number_of_threads() {
        let jobs: Vec<u64> = (0..100).collect();
        for n in [1, 2, 8] {
            let failed = each(
                &jobs,
                threads(n),
                |job| match job {
                    // The later one fails sooner.
                    20 => {
                        thread::sleep(std::time::Duration::from_millis(30));
                        Err(*job)
                    }
                    21 => Err(*job),
                    job => Ok(*job),
                },
                |_, _| Ok(()),
            );
            assert_eq!(failed, Err(20), "{n} threads");
        }
    }

    #[test]
    fn no_job_begins_after_a_result_could_not_be_kept() {
        let jobs = [(); 1_000];
        let begun = AtomicUsize::new(0);
        let failed = each(
            &jobs,
            threads(2),
            |()| {
                begun.fetch_add(1, Ordering::AcqRel);
                thread::sleep(std::time::Duration::from_micros(100));
                Ok(())
            },
            |_, ()| Err("full"),
        );
        assert_eq!(failed, Err("full"));
        assert!(begun.into_inner() < 1_000);
    }
}
