//! A memory against itself. What it says of workloads and clusters that the policy no longer has
//! is no problem: policies change, and then it is of no use.

use super::findings::{Findings, Problem};
use crate::memory::{LastPlacement, Memory, PlacedCount, WorkloadMemory};

/// All that is wrong with a memory.
#[must_use]
pub fn memory(memory: &Memory) -> Vec<Problem> {
    let mut findings = Findings::default();
    let Some(now) = memory.now_ms else {
        let empty = Memory {
            schema_version: memory.schema_version,
            ..Memory::default()
        };
        findings.add_if(
            *memory != empty,
            || "nowMs".to_owned(),
            || "is missing, and something is remembered: write the last tick's time".to_owned(),
        );
        return findings.0;
    };
    let mut stamps = Vec::new();
    for (id, workload) in &memory.workloads {
        let path = format!("workloads.{id}");
        stamps.extend(stamps_of(workload, &path));
        for (name, metric) in &workload.metrics {
            for (cluster, rate) in &metric.service_rate_milli {
                findings.add_if(
                    rate.fewest > rate.most,
                    || format!("{path}.metrics.{name}.serviceRateMilli.{cluster}.fewest"),
                    || format!("is {}, more than most, which is {}", rate.fewest, rate.most),
                );
            }
        }
    }
    for (index, reservation) in memory.reservations.iter().enumerate() {
        let path = format!("reservations[{index}].askedAtMs");
        stamps.push((path, reservation.asked_at_ms.0));
    }
    for (index, correction) in memory.corrections.iter().enumerate() {
        stamps.push((format!("corrections[{index}].atMs"), correction.at_ms.0));
    }
    for (index, refused) in memory.refused.iter().enumerate() {
        stamps.push((format!("refused[{index}].atMs"), refused.at_ms.0));
    }
    for (path, at) in stamps {
        let now = now.0;
        findings.add_if(
            at > now,
            || path,
            || format!("{at} is later than nowMs {now}: nothing is remembered of the future"),
        );
    }
    let reserved = memory.reservations.iter();
    let reserved = reserved.map(|r| format!("{} in {}, epoch {}", r.workload, r.cluster, r.epoch));
    findings.unique("reservations", "", reserved);
    let corrected = memory.corrections.iter();
    let corrected = corrected.map(|c| format!("{} in {}", c.workload, c.cluster));
    findings.unique("corrections", "", corrected);
    if let Some(last) = &memory.placement {
        placement(last, &mut findings);
    }
    findings.0
}

fn stamps_of(workload: &WorkloadMemory, path: &str) -> Vec<(String, i64)> {
    let list = |name: &str, stamps: Vec<i64>| -> Vec<(String, i64)> {
        let at = |(index, at)| (format!("{path}.{name}[{index}].atMs"), at);
        stamps.into_iter().enumerate().map(at).collect()
    };
    let recommended = workload.recommendations.iter().map(|entry| entry.at_ms);
    let ups = workload.scale_ups.iter().map(|event| event.at_ms);
    let downs = workload.scale_downs.iter().map(|event| event.at_ms);
    let moves = workload.moves.iter().map(|record| record.at_ms.0);
    let mut stamps = list("recommendations", recommended.collect());
    stamps.extend(list("scaleUps", ups.collect()));
    stamps.extend(list("scaleDowns", downs.collect()));
    stamps.extend(list("moves", moves.collect()));
    let single = [
        ("activeAtMs", workload.active_at_ms),
        ("roomSinceMs", workload.room_since_ms),
    ];
    stamps.extend(
        single
            .into_iter()
            .filter_map(|(name, at)| Some((format!("{path}.{name}"), at?.0))),
    );
    stamps
}

fn placement(last: &LastPlacement, findings: &mut Findings) {
    let placed = |counts: &[PlacedCount]| -> Vec<String> {
        let name = |c: &PlacedCount| format!("{} in {}/{}", c.workload, c.cluster, c.group);
        counts.iter().map(name).collect()
    };
    findings.unique("placement.counts", "", placed(&last.counts));
    findings.unique("placement.solved", "", placed(&last.solved));
    let nodes = last.solved_nodes.iter();
    let nodes = nodes.map(|nodes| format!("{}/{}", nodes.cluster, nodes.group));
    findings.unique("placement.solvedNodes", "", nodes);
}
