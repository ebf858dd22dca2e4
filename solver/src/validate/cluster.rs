//! A cluster and its node groups.

use super::findings::Findings;
use crate::policy::{ClusterSpec, GroupSpec};
use crate::snapshot::BootTime;

/// Most of a node that may be kept free, percent: beyond it nothing would ever fit.
const MOST_HEADROOM_PERCENT: u8 = 90;

pub(super) fn check(cluster: &ClusterSpec, path: &str, findings: &mut Findings) {
    let field = |name: &str| format!("{path}.{name}");
    findings.negative(|| field("marginalPerCore"), cluster.marginal_per_core.0);
    findings.negative(|| field("egressPerGib"), cluster.egress_per_gib.0);
    findings.percent(
        || field("headroom.percent"),
        cluster.headroom.percent,
        0,
        MOST_HEADROOM_PERCENT,
    );
    findings.zero(|| field("lostAfterMs"), cluster.lost_after_ms.0);
    findings.zero(|| field("capacityMaxAgeMs"), cluster.capacity_max_age_ms.0);
    findings.add_if(
        cluster.groups.is_empty(),
        || field("groups"),
        || "is empty: a cluster needs at least one node group".to_owned(),
    );
    let groups = cluster.groups.iter();
    findings.unique(&field("groups"), ".name", groups.map(|group| &group.name));
    for (index, spec) in cluster.groups.iter().enumerate() {
        group(spec, &format!("{path}.groups[{index}]"), findings);
    }
}

fn group(group: &GroupSpec, path: &str, findings: &mut Findings) {
    let field = |name: &str| format!("{path}.{name}");
    let allocatable = &group.allocatable;
    findings.zero(|| field("allocatable.cpuMilli"), allocatable.cpu_milli.0);
    findings.zero(
        || field("allocatable.memoryBytes"),
        allocatable.memory_bytes.0,
    );
    findings.zero(|| field("allocatable.pods"), allocatable.pods.into());
    findings.negative(|| field("price"), group.price.0);
    boot(group.boot, &field("boot"), findings);
}

/// Quantiles that are not in their order.
pub(super) fn boot(boot: BootTime, path: &str, findings: &mut Findings) {
    let (p50, p95) = (boot.p50_ms.0, boot.p95_ms.0);
    findings.add_if(
        p50 > p95,
        || format!("{path}.p50Ms"),
        || format!("{p50} is above p95Ms {p95}: lower the one or raise the other"),
    );
}
