//! Random faults, of every kind that the world knows.

use std::fmt::Write as _;

use super::case::{Part, Thing};
use super::clusters::Group;
use super::dice::{Dice, thousandths};
use crate::config::FaultKind;

/// A few faults for a run of so many minutes. A kind that finds no target is left out.
pub(super) fn faults(seed: u64, minutes: u64, groups: &[Group], workloads: &[Thing]) -> Vec<Part> {
    let mut dice = Dice::new(seed, "faults");
    let mut faults = Vec::new();
    for _ in 0..dice.between(0, 12) {
        let kind = *dice.pick(&FaultKind::ALL);
        faults.extend(fault(kind, minutes, groups, workloads, &mut dice));
    }
    faults
}

fn fault(
    kind: FaultKind,
    minutes: u64,
    groups: &[Group],
    workloads: &[Thing],
    dice: &mut Dice,
) -> Option<Part> {
    let candidates: Vec<&Group> = groups
        .iter()
        .filter(|group| match kind {
            FaultKind::SpotInterruption => group.spot,
            FaultKind::InsufficientCapacity | FaultKind::PriceStep => group.public,
            _ => true,
        })
        .collect();
    if candidates.is_empty() {
        return None;
    }
    let group = *dice.pick(&candidates);
    let workload = &dice.pick(workloads).name;
    let fields = kind.fields();
    let mut text = format!("{{kind: {}", kind.name());
    let mut about = Vec::new();
    for field in fields.needs {
        let value = match *field {
            "cluster" => {
                about.push(group.cluster.as_str());
                group.cluster.clone()
            }
            "group" => group.name.clone(),
            "workload" => {
                about.push(workload);
                workload.clone()
            }
            "factor" => thousandths(dice.between(300, 6_000)),
            "probability" => thousandths(dice.between(50, 1_000)),
            "lag" => format!("{}s", dice.between(5, 400)),
            "by" => {
                let sign = dice.pick(&["", "-"]);
                format!("{sign}{}s", dice.between(1, 2_000))
            }
            field => unreachable!("a fault needs {field}, and nothing draws it"),
        };
        let _ = write!(text, ", {field}: {value}");
    }
    if kind == FaultKind::QuotaCut {
        let limit = dice.pick(&["instances", "cores"]);
        let _ = write!(text, ", {limit}: {}", dice.between(0, 12));
    }
    if kind == FaultKind::SpotInterruption && dice.chance(50) {
        let rate = thousandths(dice.between(50, 1_500));
        let _ = write!(text, ", perNodeHour: {rate}}}");
        return Some(Part::new(text, &about));
    }
    if dice.chance(50) {
        let _ = write!(text, ", at: {}m", dice.between(0, minutes));
    } else {
        let rate = thousandths(dice.between(50, 1_500));
        let _ = write!(text, ", perHour: {rate}");
    }
    if fields.lasts {
        let _ = write!(text, ", for: {}s", dice.between(10, 3_600));
    }
    text.push('}');
    Some(Part::new(text, &about))
}
