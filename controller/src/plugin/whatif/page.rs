//! The difference of two decisions, for people.

use spillway_crds::text::Usd;
use spillway_solver::decision::Notice;

use super::super::print::{Paint, table};
use super::super::words::{self, UNKNOWN};
use super::view::{Both, WhatIf, Workload};

pub(super) fn page(view: &WhatIf, paint: Paint) -> String {
    let changes = match view.changes.as_slice() {
        [] => "without a change".to_owned(),
        changes => format!("with {}", changes.join(" ")),
    };
    let mut lines = vec![format!(
        "The tick of {}, decided again {changes}.",
        view.decided_at
    )];
    lines.extend(view.notes.iter().cloned());
    lines.push(String::new());
    let (differ, same): (Vec<_>, Vec<_>) = view
        .workloads
        .iter()
        .partition(|workload| workload.differs());
    if differ.is_empty() {
        lines.push(
            "No workload runs elsewhere, or in another number, or at another cost.".to_owned(),
        );
    } else {
        let header = ["WORKLOAD", "WHERE", "NOW", "THEN", "DIFFERENCE", "THEN WHY"];
        let table = table(header, differ.iter().copied().flat_map(rows), &[2, 3, 4]);
        lines.extend(table.lines().map(str::to_owned));
        if !same.is_empty() {
            let names: Vec<&str> = same.iter().map(|workload| workload.id.as_str()).collect();
            lines.push(format!("As now: {}.", names.join(", ")));
        }
    }
    let workloads = view.workloads.iter();
    let counted = workloads.filter(|workload| workload.scaling.differ());
    lines.extend(counted.map(counting));
    let Both { now, then } = &view.usd_per_hour;
    lines.push(format!(
        "The fleet costs {} USD/h now, and {} then ({}).",
        money(Some(now)),
        money(Some(then)),
        money_difference(Some(now), Some(then))
    ));
    for Notice {
        reason,
        subject,
        detail,
    } in &view.notices
    {
        lines.push(paint.alarm(&format!("Then: {subject}: {detail} [{reason}]")));
    }
    lines.join("\n") + "\n"
}

/// How the count is found then, also where it stays: a window may hold it back for now.
fn counting(workload: &Workload) -> String {
    let steps = workload.scaling.then.iter();
    let steps = steps.map(|step| format!("{} to {} [{}]", step.from, step.to, step.reason));
    let steps: Vec<String> = steps.collect();
    format!("How {} counts then: {}.", workload.id, steps.join(", "))
}

fn rows(workload: &Workload) -> Vec<[String; 6]> {
    let numbers = |place: &str, both: &Both<u32>| {
        let difference = i64::from(both.then) - i64::from(both.now);
        [
            String::new(),
            place.to_owned(),
            both.now.to_string(),
            both.then.to_string(),
            words::signed(difference, &difference.to_string()),
            String::new(),
        ]
    };
    let mut first = numbers("desired", &workload.desired);
    first[0].clone_from(&workload.id);
    first[5] = workload.reason.then.clone().unwrap_or_default();
    let mut rows = vec![first];
    for place in &workload.clusters {
        rows.push(numbers(&place.cluster, &place.replicas));
    }
    if workload.unplaced.now + workload.unplaced.then > 0 {
        rows.push(numbers("without a place", &workload.unplaced));
    }
    let Both { now, then } = &workload.usd_per_hour;
    rows.push([
        String::new(),
        "USD/h".to_owned(),
        money(now.as_ref()),
        money(then.as_ref()),
        money_difference(now.as_ref(), then.as_ref()),
        String::new(),
    ]);
    rows
}

fn micro(usd: Option<&Usd>) -> Option<i64> {
    usd.and_then(|usd| usd.micro().ok())
}

fn money(usd: Option<&Usd>) -> String {
    micro(usd).map_or_else(|| UNKNOWN.to_owned(), words::usd)
}

fn money_difference(now: Option<&Usd>, then: Option<&Usd>) -> String {
    micro(now).zip(micro(then)).map_or_else(
        || UNKNOWN.to_owned(),
        |(now, then)| words::signed(then - now, &words::usd(then - now)),
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::moment::{Moment, burst};
    use super::super::change::{Change, apply};
    use super::*;

    fn asked(metric: &str) -> String {
        let changes = [Change::Metric(metric.parse().expect("a change"))];
        let now = burst();
        let then = Moment::of(apply(&now.tick, &changes).expect("it can be made"));
        page(&WhatIf::between(&now, &then, &changes), Paint(false))
    }

    #[test]
    fn replicas_and_money_stand_beside_each_other_with_their_difference() {
        let page = asked("shop/web/requests=42.766");
        assert!(
            page.contains(" shop/web     desired              8     14          +6"),
            "{page}"
        );
        assert!(page.contains("The fleet costs 1.08 USD/h now"), "{page}");
    }

    #[test]
    fn a_count_that_a_window_holds_back_says_so() {
        let page = asked("shop/orders/queue=0");
        let held =
            "How shop/orders counts then: 40 to 27 [QueueDrain], 27 to 40 [ScaleDownStabilized].";
        assert!(page.contains(held), "{page}");
    }
}
