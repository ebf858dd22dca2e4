//! The fleet at a glance, for people.

use spillway_crds::text::Usd;
use spillway_solver::decision::Notice;
use spillway_solver::policy::Tier;

use super::super::print::{Paint, table};
use super::super::words::{self, UNKNOWN};
use super::view::{Capacity, Cluster, Status, Workload};

/// A tick that is older is doubtful: four of the controller's by default.
const OLD_MS: u64 = 60_000;

pub(super) fn page(status: &Status, paint: Paint) -> String {
    let mut lines = vec![format!(
        "Decided {} ago, at {}.",
        words::span(status.age_ms),
        status.decided_at
    )];
    if status.live && status.age_ms > OLD_MS {
        lines.push(paint.alarm("That is long ago: does the controller run?"));
    }
    lines.extend(status.notes.iter().cloned());
    for table in [clusters(status), workloads(status)] {
        lines.push(String::new());
        lines.extend(table.lines().map(str::to_owned));
    }
    lines.push(String::new());
    for refused in &status.refused {
        lines.push(paint.alarm(&format!("{} is not acted on:", refused.id)));
        lines.extend(
            refused
                .problems
                .iter()
                .map(|problem| format!("  {problem}")),
        );
    }
    lines.extend(money(status, paint));
    for Notice {
        reason,
        subject,
        detail,
    } in &status.notices
    {
        lines.push(paint.alarm(&format!("Notice: {subject}: {detail} [{reason}]")));
    }
    lines.join("\n") + "\n"
}

fn clusters(status: &Status) -> String {
    if status.clusters.is_empty() {
        return "No cluster is accepted: there is nowhere to run.\n".to_owned();
    }
    let rows = status.clusters.iter().map(|cluster| {
        let seen = cluster.seen.as_ref();
        let known = |text: fn(&Capacity) -> String| seen.map_or_else(|| UNKNOWN.to_owned(), text);
        [
            cluster.name.clone(),
            tier(cluster.tier).to_owned(),
            state(cluster),
            known(|seen| match seen.ordered {
                0 => seen.nodes.to_string(),
                ordered => format!("{} (+{ordered} ordered)", seen.nodes),
            }),
            known(|seen| words::cores(seen.used_cpu_milli)),
            known(|seen| words::cores(seen.free_cpu_milli)),
        ]
    });
    let header = ["CLUSTER", "TIER", "STATE", "NODES", "CORES USED", "FREE"];
    let fill = status.private_fill_percent.map_or_else(
        || "How full private is, is not known: no node of it was seen.\n".to_owned(),
        |percent| format!("Private is {percent} % full, by requested cpu.\n"),
    );
    table(header, rows, &[3, 4, 5]) + &fill
}

fn state(cluster: &Cluster) -> String {
    let Some(seen) = &cluster.seen else {
        return "never seen".to_owned();
    };
    let state = match seen.silent_ms {
        Some(silent) if seen.lost => format!("lost, silent for {}", words::span(silent)),
        Some(silent) => format!("silent for {}", words::span(silent)),
        None => "reachable".to_owned(),
    };
    if cluster.cordoned {
        format!("cordoned, {state}")
    } else {
        state
    }
}

fn workloads(status: &Status) -> String {
    if status.workloads.is_empty() {
        return "No workload is acted on.\n".to_owned();
    }
    let rows = status.workloads.iter().map(|workload| {
        [
            workload.id.clone(),
            workload.desired.to_string(),
            workload.ready.to_string(),
            places(workload),
            workload.unplaced.to_string(),
            money_of(workload.usd_per_hour.as_ref()),
            why(workload),
        ]
    });
    let header = [
        "WORKLOAD", "DESIRED", "READY", "WHERE", "UNPLACED", "USD/H", "WHY",
    ];
    table(header, rows, &[1, 2, 4, 5])
}

/// Where: what is Ready of what shall be there.
fn places(workload: &Workload) -> String {
    let places = workload
        .places
        .iter()
        .map(|place| format!("{} {}/{}", place.cluster, place.ready, place.replicas));
    places.collect::<Vec<_>>().join(", ")
}

fn why(workload: &Workload) -> String {
    let reason = workload.hindrance.as_ref().or(workload.reason.as_ref());
    let reason = reason.cloned().unwrap_or_default();
    if workload.paused.is_empty() {
        reason
    } else {
        format!("{} paused; {reason}", workload.paused.join(" and "))
    }
}

fn money_of(usd: Option<&Usd>) -> String {
    let micro = usd.and_then(|usd| usd.micro().ok());
    micro.map_or_else(|| UNKNOWN.to_owned(), words::usd)
}

fn money(status: &Status, paint: Paint) -> Vec<String> {
    let money = &status.money;
    let of = |usd: &Usd| money_of(Some(usd));
    let planned = format!(
        "Money: {} USD/h (on demand {}, spot {}, private cores {}, egress {}).",
        of(&money.usd_per_hour),
        of(&money.on_demand),
        of(&money.spot),
        of(&money.private_cores),
        of(&money.egress)
    );
    let spent = money.spent.as_ref().map_or_else(
        || "What was spent is not known.".to_owned(),
        |spent| {
            format!(
                "Spent in public: {} USD this hour, {} today, {} this month (UTC).",
                of(&spent.hour),
                of(&spent.day),
                of(&spent.month)
            )
        },
    );
    let caps = status.caps.iter().map(|cap| {
        let line = format!(
            "Cap of policy {}: {} USD/h planned, {} allowed [{}]",
            cap.policy,
            of(&cap.planned),
            of(&cap.allowed),
            cap.rung
        );
        if cap.rung == "Free" {
            line
        } else {
            paint.alarm(&line)
        }
    });
    [planned, spent].into_iter().chain(caps).collect()
}

fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Private => "private",
        Tier::Public => "public",
    }
}
