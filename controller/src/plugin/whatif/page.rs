//! The difference of two decisions, for people.

use spillway_crds::text::Usd;

use super::super::print::{Paint, table};
use super::super::words::{self, UNKNOWN};
use super::view::{Both, WhatIf, Workload};

pub(super) fn page(view: &WhatIf, paint: Paint) -> String {
    let mut page = format!("The tick of {}, decided again", view.decided_at);
    page += &if view.changes.is_empty() {
        " without a change.\n".to_owned()
    } else {
        format!(" with {}.\n", view.changes.join(" "))
    };
    for note in &view.notes {
        page += note;
        page.push('\n');
    }
    page.push('\n');
    let (differ, same): (Vec<_>, Vec<_>) = view.workloads.iter().partition(|w| w.differs());
    if differ.is_empty() {
        page += "No workload runs elsewhere, or in another number, or at another cost.\n";
    } else {
        let header = ["WORKLOAD", "WHERE", "NOW", "THEN", "DIFFERENCE", "THEN WHY"];
        page += &table(header, differ.iter().copied().flat_map(rows), &[2, 3, 4]);
        if !same.is_empty() {
            let names: Vec<&str> = same.iter().map(|workload| workload.id.as_str()).collect();
            page += &format!("As now: {}.\n", names.join(", "));
        }
    }
    let Both { now, then } = &view.usd_per_hour;
    page += &format!(
        "The fleet costs {} USD/h now, and {} then ({}).\n",
        money(Some(now)),
        money(Some(then)),
        money_difference(Some(now), Some(then))
    );
    for notice in &view.notices {
        let text = format!(
            "Then: {}: {} [{}]",
            notice.subject, notice.detail, notice.reason
        );
        page += &paint.alarm(&text);
        page.push('\n');
    }
    page
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
