//! Which node a pod gets: kube-scheduler's resource scores.
//!
//! `NodeResourcesFit` (`LeastAllocated` by default, `MostAllocated` where configured) and
//! `NodeResourcesBalancedAllocation`, each with weight 1 over cpu and memory, and a random choice
//! among the best. Not here: image locality, default topology spread and affinity scores, the
//! sampling above 100 nodes, and preemption.

use rand::RngExt;
use rand_pcg::Pcg64;
use spillway_solver::policy::Scheduling;
use spillway_solver::resources::Resources;

/// The largest score of a plugin.
const MAX_SCORE: u64 = 100;

/// A node as the scheduler sees it.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// What pods may use.
    pub allocatable: &'a Resources,
    /// What pods on it request.
    pub used: &'a Resources,
}

/// Whether the pod's requests fit into what is free.
#[must_use]
pub fn fits(node: Candidate<'_>, pod: &Resources) -> bool {
    let free = |have: u64, used: u64, need: u64| need == 0 || have.saturating_sub(used) >= need;
    let (have, used) = (node.allocatable, node.used);
    free(have.cpu_milli.0, used.cpu_milli.0, pod.cpu_milli.0)
        && free(have.memory_bytes.0, used.memory_bytes.0, pod.memory_bytes.0)
        && free(have.pods.into(), used.pods.into(), pod.pods.into())
        && pod.extended.iter().all(|(name, need)| {
            let of = |all: &Resources| all.extended.get(name).copied().unwrap_or(0);
            free(of(have), of(used), *need)
        })
}

/// The node's score with the pod on it, 0 to 200; the highest wins.
#[must_use]
pub fn score(scheduling: Scheduling, node: Candidate<'_>, pod: &Resources) -> u64 {
    let cpu = (
        node.used.cpu_milli.0.saturating_add(pod.cpu_milli.0),
        node.allocatable.cpu_milli.0,
    );
    let memory = (
        node.used.memory_bytes.0.saturating_add(pod.memory_bytes.0),
        node.allocatable.memory_bytes.0,
    );
    let fit = match scheduling {
        Scheduling::LeastAllocated => mean(free_score(cpu), free_score(memory)),
        Scheduling::MostAllocated => mean(used_score(cpu), used_score(memory)),
    };
    fit + balanced(cpu, memory)
}

/// The index of the node that the pod is bound to; `None` when none takes it.
///
/// Ties are broken as kube-scheduler does: each further node with the best score replaces the
/// choice with probability 1/n.
pub fn choose<'a>(
    scheduling: Scheduling,
    nodes: impl Iterator<Item = (usize, Candidate<'a>)>,
    pod: &Resources,
    random: &mut Pcg64,
) -> Option<usize> {
    let mut best = None;
    let mut ties = 1;
    for (index, node) in nodes.filter(|(_, node)| fits(*node, pod)) {
        let score = score(scheduling, node, pod);
        match best {
            Some((highest, _)) if score < highest => {}
            Some((highest, _)) if score == highest => {
                ties += 1;
                if random.random_range(0..ties) == 0 {
                    best = Some((score, index));
                }
            }
            _ => {
                ties = 1;
                best = Some((score, index));
            }
        }
    }
    best.map(|(_, index)| index)
}

fn mean(a: u64, b: u64) -> u64 {
    u64::midpoint(a, b)
}

fn free_score((requested, capacity): (u64, u64)) -> u64 {
    percent(capacity.saturating_sub(requested), capacity)
}

fn used_score((requested, capacity): (u64, u64)) -> u64 {
    percent(requested.min(capacity), capacity)
}

fn percent(part: u64, whole: u64) -> u64 {
    let exact = (u128::from(part) * u128::from(MAX_SCORE)).checked_div(u128::from(whole));
    exact.map_or(0, |exact| u64::try_from(exact).unwrap_or(MAX_SCORE))
}

/// 100 less half the distance of the used fractions of cpu and memory, in percent, rounded down:
/// with two resources, the standard deviation that upstream subtracts.
fn balanced(cpu: (u64, u64), memory: (u64, u64)) -> u64 {
    let fraction = |(requested, capacity): (u64, u64)| {
        if capacity == 0 {
            return 1.0;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "upstream divides in float64, too"
        )]
        let fraction = requested as f64 / capacity as f64;
        fraction.min(1.0)
    };
    let deviation = (fraction(cpu) - fraction(memory)).abs() / 2.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 50 and 100, and upstream truncates"
    )]
    let score = ((1.0 - deviation) * 100.0) as u64;
    score
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use spillway_solver::units::{Bytes, MilliCpu};

    fn amount(cpu: u64, memory: u64, pods: u32) -> Resources {
        Resources {
            cpu_milli: MilliCpu(cpu),
            memory_bytes: Bytes(memory),
            pods,
            ..Resources::default()
        }
    }

    #[test]
    fn scores_are_those_of_kube_scheduler() {
        use Scheduling::{LeastAllocated, MostAllocated};
        let node = amount(4_000, 8_000, 10);
        let cases = [
            (
                "empty node, balanced pod",
                LeastAllocated,
                (0, 0),
                (1_000, 2_000),
                75 + 100,
            ),
            (
                "empty node, cpu-heavy pod",
                LeastAllocated,
                (0, 0),
                (2_000, 0),
                75 + 75,
            ),
            (
                "half full node",
                LeastAllocated,
                (2_000, 4_000),
                (1_000, 2_000),
                25 + 100,
            ),
            (
                "half full node",
                MostAllocated,
                (2_000, 4_000),
                (1_000, 2_000),
                75 + 100,
            ),
            (
                "overcommitted node",
                LeastAllocated,
                (4_000, 0),
                (1_000, 0),
                50 + 50,
            ),
            (
                "overcommitted node",
                MostAllocated,
                (4_000, 0),
                (1_000, 0),
                50 + 50,
            ),
        ];
        for (name, scheduling, used, pod, expected) in cases {
            let used = amount(used.0, used.1, 0);
            let candidate = Candidate {
                allocatable: &node,
                used: &used,
            };
            let found = score(scheduling, candidate, &amount(pod.0, pod.1, 1));
            assert_eq!(found, expected, "{name}, {scheduling:?}");
        }
    }

    #[test]
    fn a_node_without_capacity_has_a_score_and_takes_nothing() {
        let nothing = Resources::default();
        let node = Candidate {
            allocatable: &nothing,
            used: &nothing,
        };
        assert_eq!(
            score(Scheduling::LeastAllocated, node, &amount(1, 1, 1)),
            100
        );
        assert!(!fits(node, &amount(1, 1, 1)));
        assert!(
            fits(node, &nothing),
            "a pod that asks for nothing fits everywhere"
        );
    }

    #[test]
    fn the_default_spreads_and_most_allocated_packs() {
        let node = amount(4_000, 8_000, 10);
        let used = [
            amount(1_000, 2_000, 1),
            amount(0, 0, 0),
            amount(3_500, 7_000, 3),
        ];
        let pod = amount(1_000, 2_000, 1);
        let chosen = |scheduling| {
            let nodes = (0..).zip(&used).map(|(index, used)| {
                let allocatable = &node;
                (index, Candidate { allocatable, used })
            });
            choose(scheduling, nodes, &pod, &mut stream(1, "scheduler", "test"))
        };
        assert_eq!(chosen(Scheduling::LeastAllocated), Some(1), "the emptiest");
        assert_eq!(
            chosen(Scheduling::MostAllocated),
            Some(0),
            "the fullest that has room"
        );
    }

    #[test]
    fn equal_nodes_are_chosen_equally_often() {
        let (node, used, pod) = (amount(4_000, 8_000, 10), amount(0, 0, 0), amount(1, 1, 1));
        let mut random = stream(1, "scheduler", "test");
        let mut counts = [0_u32; 4];
        for _ in 0..4_000 {
            let nodes = (0..4).map(|index| {
                let (allocatable, used) = (&node, &used);
                (index, Candidate { allocatable, used })
            });
            let chosen = choose(Scheduling::LeastAllocated, nodes, &pod, &mut random);
            counts[chosen.expect("all have room")] += 1;
        }
        assert!(
            counts.iter().all(|count| count.abs_diff(1_000) < 120),
            "{counts:?}"
        );
    }
}
