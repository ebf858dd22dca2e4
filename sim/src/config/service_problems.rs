//! What can be wrong with how a workload's requests are served.

use super::problems::Findings;
use super::{Assignment, EgressSource, Mode, Routing, World, WorldWorkload};
use crate::time::Nanos;

/// Most resolvers of a workload. A million: each takes 16 bytes, and more of them act as a million do.
const MOST_RESOLVERS: u32 = 1_000_000;

/// Most requests in the batches of a replica. A million: some 100 MB a replica, and no replica is known that takes more.
const MOST_AT_ONCE: u32 = 1_000_000;

/// What is wrong with the workloads of a world whatever its policy.
pub(super) fn alone(world: &World, findings: &mut Findings<'_>) {
    for (n, workload) in world.workloads.iter().enumerate() {
        let path = format!("workloads[{n}]");
        if workload.concurrency == 0 {
            findings.add(format!("{path}.concurrency"), "must be at least 1");
        }
        batch(workload, &path, findings);
        routing(workload, &path, findings);
        classes(workload, &path, findings);
        if world.mode == Mode::Rates {
            single_requests(workload, &path, findings);
        }
    }
}

/// What a fluid does not know.
fn single_requests(workload: &WorldWorkload, path: &str, findings: &mut Findings<'_>) {
    if workload.egress == EgressSource::Requests {
        findings.add(
            format!("{path}.egress"),
            "`requests` counts the bytes of each request, which `mode: rates` does not know; write replicas, or run \
             by requests",
        );
    }
    if workload.batch > 1 {
        findings.add(
            format!("{path}.batch"),
            "`mode: rates` serves no batches; write 1 and a higher concurrency, or run by requests",
        );
    }
    if workload.assignment != Assignment::FirstFree {
        findings.add(
            format!("{path}.assignment"),
            "`mode: rates` has one line for all replicas; write firstFree, or run by requests",
        );
    }
    if !workload.classes.is_empty() {
        findings.add(
            format!("{path}.classes"),
            "`mode: rates` knows no classes of requests; leave it out, or run by requests",
        );
    }
    if workload.routing != Routing::Shared {
        findings.add(
            format!("{path}.routing"),
            "`dns` sends each request where its client was told, and `mode: rates` has one line for all; write shared, \
             or run by requests",
        );
    }
}

fn batch(workload: &WorldWorkload, path: &str, findings: &mut Findings<'_>) {
    let path = format!("{path}.batch");
    if !(1..=MOST_AT_ONCE).contains(&workload.batch) {
        let message = format!("is {}: write 1 to {MOST_AT_ONCE}", workload.batch);
        findings.add(path, message);
    } else if workload.batch > 1 && workload.at_once() > MOST_AT_ONCE {
        let message = format!(
            "{} times concurrency {} is above {MOST_AT_ONCE}; lower one of them",
            workload.batch, workload.concurrency
        );
        findings.add(path, message);
    }
}

fn classes(workload: &WorldWorkload, path: &str, findings: &mut Findings<'_>) {
    for (n, class) in workload.classes.iter().enumerate() {
        let path = format!("{path}.classes[{n}]");
        if class.is_empty() {
            findings.add(
                path,
                "is empty; requests without a class come last, so leave it out",
            );
        } else if workload.classes[..n].contains(class) {
            findings.add(path, format!("`{class}` is there twice; write it once"));
        }
    }
}

fn routing(workload: &WorldWorkload, path: &str, findings: &mut Findings<'_>) {
    let Some(dns) = workload.routing.dns() else {
        return;
    };
    let path = format!("{path}.routing.dns");
    if dns.ttl.0 == Nanos::ZERO {
        findings.add(
            format!("{path}.ttl"),
            "must be above zero, like 60s; resolvers ask once in this time",
        );
    }
    if !(1..=MOST_RESOLVERS).contains(&dns.resolvers) {
        findings.add(
            format!("{path}.resolvers"),
            format!("is {}: write 1 to {MOST_RESOLVERS}", dns.resolvers),
        );
    }
    if dns.stale_percent > 100 {
        findings.add(
            format!("{path}.stalePercent"),
            format!("is {}: write 0 to 100", dns.stale_percent),
        );
    }
    match dns.stale_for {
        None if dns.stale_percent > 0 => findings.add(
            format!("{path}.staleFor"),
            "is missing: write how long those of stalePercent keep an answer, like 1h",
        ),
        Some(_) if dns.stale_percent == 0 => findings.add(
            format!("{path}.stalePercent"),
            "is 0, so staleFor has no effect; write a share, like 10, or leave staleFor out",
        ),
        Some(stale) if stale.0 <= dns.ttl.0 => findings.add(
            format!("{path}.staleFor"),
            format!("{} is not above ttl {}; make it longer", stale.0, dns.ttl.0),
        ),
        _ => {}
    }
}
