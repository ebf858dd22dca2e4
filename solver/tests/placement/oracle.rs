//! Small random instances against brute force: every integer placement is enumerated under the
//! aggregate rules as they are documented, and the levels are compared one by one.
//!
//! Requests divide a node, so that no floor cut binds; where the fit on nodes cut the aggregate
//! model, its levels are no longer those of the model and the instance is not counted.

use spillway_solver::decision::SolverMethod;

use crate::decided::Decided;
use crate::instances::{CORES, Instance, Job, instance, world};

const CLUSTER: [usize; 3] = [0, 1, 1];

/// All ways to place at most `desired` replicas in three groups.
fn ways(desired: u32) -> Vec<[u32; 3]> {
    let mut all = Vec::new();
    for a in 0..=desired {
        for b in 0..=desired - a {
            for c in 0..=desired - a - b {
                all.push([a, b, c]);
            }
        }
    }
    all
}

fn up(count: u32, percent: u32) -> u32 {
    (count * percent).div_ceil(100)
}

fn in_cluster(x: &[u32; 3], c: usize) -> u32 {
    (0..3).filter(|g| CLUSTER[*g] == c).map(|g| x[g]).sum()
}

/// Whether one workload may be placed like this, whatever the others do.
fn allowed(i: &Instance, job: &Job, x: &[u32; 3]) -> bool {
    let added = |g: usize| x[g].saturating_sub(job.runs[g]);
    let closed = (i.cordoned
        || job
            .bound
            .is_some_and(|(c, _, max)| c == 0 && max == Some(0)))
        && added(0) > 0;
    let forbidden = job
        .bound
        .is_some_and(|(c, _, max)| c == 1 && max == Some(0))
        && added(1) + added(2) > 0;
    // Home answers even without nodes; under maintenance it does not.
    let standing_by = i.standby && !i.active_active && !i.cordoned && added(1) + added(2) > 0;
    let too_many = job
        .bound
        .is_some_and(|(c, _, max)| max.is_some_and(|max| in_cluster(x, c) > max));
    let too_large = i.share < 100
        && (0..2)
            .any(|c| in_cluster(x, c) > up(job.desired, i.share).max(in_cluster(&job.runs, c)));
    let both_ways = (0..2).any(|c| {
        let groups = || (0..3).filter(|g| CLUSTER[*g] == c);
        let added: u32 = groups().map(added).sum();
        let kept: u32 = groups().map(|g| x[g].min(job.runs[g])).sum();
        let running: u32 = groups().map(|g| job.runs[g].min(job.desired)).sum();
        added > 0 && kept < running
    });
    !(closed || forbidden || standing_by || too_many || too_large || both_ways)
}

/// Mandatory replicas that one workload lacks.
fn floors(i: &Instance, job: &Job, x: &[u32; 3]) -> u32 {
    let total: u32 = x.iter().sum();
    let mut missing = job.min.min(job.desired).saturating_sub(total);
    if let Some((c, min, _)) = job.bound {
        missing += min.min(job.desired).saturating_sub(in_cluster(x, c));
    }
    let wanted = up(job.desired, i.survive);
    missing += (0..2)
        .map(|c| wanted.saturating_sub(total - in_cluster(x, c)))
        .max()
        .unwrap_or(0);
    if i.active_active {
        let eligible = |c: usize| {
            !job.bound
                .is_some_and(|(b, _, max)| b == c && max == Some(0))
        };
        let open: Vec<usize> = (0..2)
            .filter(|c| eligible(*c) && !(*c == 0 && i.cordoned))
            .collect();
        if open.len() <= job.desired as usize {
            missing += open
                .iter()
                .map(|c| 1_u32.saturating_sub(in_cluster(x, *c)))
                .sum::<u32>();
        }
    }
    missing
}

/// The levels of a joint placement; `None` when it breaks a rule.
fn levels(i: &Instance, xs: &[[u32; 3]]) -> Option<Vec<i64>> {
    let load = |g: usize| -> u32 { i.jobs.iter().zip(xs).map(|(j, x)| j.cores * x[g]).sum() };
    if load(0) > i.home_nodes * CORES - i.foreign {
        return None;
    }
    let nodes = [0, load(1).div_ceil(CORES), load(2).div_ceil(CORES)];
    if nodes[1] > i.most_nodes[1] || nodes[2] > i.most_nodes[2] {
        return None;
    }
    let public: u32 = xs.iter().map(|x| x[1] + x[2]).sum();
    let ran: u32 = i.jobs.iter().map(|j| j.runs[1] + j.runs[2]).sum();
    if i.most_public.is_some_and(|most| public > most.max(ran)) {
        return None;
    }
    let home: u32 = xs.iter().map(|x| x[0]).sum();
    let home_ran: u32 = i.jobs.iter().map(|j| j.runs[0]).sum();
    if i.quota.is_some_and(|more| home > home_ran + more) {
        return None;
    }
    let rate = |nodes: [u32; 3], public: u32| {
        let paid = i64::from(nodes[1]) * i.price[1] + i64::from(nodes[2]) * i.price[2];
        paid + i64::from(public) * i.sends
    };
    let overrun = i.cap.map_or(0, |(cap, shed)| {
        let running = rate(i.existing_nodes, ran);
        (rate(nodes, public) - if shed { cap } else { cap.max(running) }).max(0)
    });
    let mut all = vec![
        i.jobs
            .iter()
            .zip(xs)
            .map(|(j, x)| i64::from(floors(i, j, x)))
            .sum(),
        overrun,
    ];
    let mut priorities: Vec<i32> = i.jobs.iter().map(|j| j.priority).collect();
    priorities.sort_unstable_by(|a, b| b.cmp(a));
    priorities.dedup();
    let lowest = priorities.last().copied();
    let (mut cordoned, mut moves, mut spilled) = (0, 0, 0);
    for p in priorities {
        let of_priority = || i.jobs.iter().zip(xs).filter(|(j, _)| j.priority == p);
        all.push(
            of_priority()
                .map(|(j, x)| i64::from(j.desired - x.iter().sum::<u32>()))
                .sum(),
        );
        let stay_at_home = of_priority().map(|(j, x)| i64::from(x[0].min(j.runs[0])));
        let stay: i64 = stay_at_home.filter(|_| i.cordoned).sum();
        let leave: i64 = of_priority()
            .flat_map(|(j, x)| (0..3).map(move |g| (g, j.runs[g].saturating_sub(x[g]))))
            .filter(|(g, _)| !(i.cordoned && *g == 0))
            .map(|(_, left)| i64::from(left))
            .sum();
        if lowest != Some(p) {
            all.push(stay + leave);
        }
        cordoned += stay;
        moves += leave;
    }
    for (j, x) in i.jobs.iter().zip(xs) {
        spilled += if j.cheapest {
            0
        } else {
            i64::from(x[1] + x[2])
        };
    }
    let marginal: i64 = i
        .jobs
        .iter()
        .zip(xs)
        .map(|(j, x)| i64::from(j.cores * x[0]) * i.marginal)
        .sum();
    all.extend([cordoned, moves, rate(nodes, public) + marginal, spilled]);
    Some(all)
}

fn best(i: &Instance) -> Vec<i64> {
    let choices: Vec<Vec<[u32; 3]>> = i
        .jobs
        .iter()
        .map(|job| {
            let mut all = ways(job.desired);
            all.retain(|x| allowed(i, job, x));
            all
        })
        .collect();
    let mut best: Option<Vec<i64>> = None;
    let mut at = vec![0; choices.len()];
    loop {
        let xs: Vec<[u32; 3]> = at.iter().zip(&choices).map(|(a, c)| c[*a]).collect();
        if let Some(found) = levels(i, &xs)
            && best.as_ref().is_none_or(|b| found < *b)
        {
            best = Some(found);
        }
        let Some(next) = at.iter().zip(&choices).position(|(a, c)| a + 1 < c.len()) else {
            return best.expect("placing nothing breaks no rule");
        };
        at[..next].fill(0);
        at[next] += 1;
    }
}

fn reported(plan: &Decided) -> Vec<i64> {
    let levels = &plan.0.rationale.solver.levels;
    levels.iter().map(|l| l.value).collect()
}

#[test]
fn a_thousand_small_instances_equal_brute_force_level_by_level() {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for seed in 0..1_300 {
        let i = instance(seed);
        let (plan, found) = world(&i).judged();
        if !found.is_empty() {
            wrong.push(format!("seed {seed}: {found}\n{i:?}"));
        }
        let solver = &plan.0.rationale.solver;
        if solver.cuts > 0 {
            continue;
        }
        let exact = matches!(solver.method, SolverMethod::Exact | SolverMethod::Nothing);
        assert!(exact, "seed {seed}: {}", solver.method);
        compared += 1;
        let expected = best(&i);
        if reported(&plan) != expected {
            wrong.push(format!(
                "seed {seed}: {:?}, best {expected:?}\n{i:?}",
                solver.levels
            ));
        }
    }
    assert!(compared >= 1_000, "only {compared} were compared");
    assert!(
        wrong.is_empty(),
        "{} wrong of {compared}:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(6)].join("\n")
    );
}
