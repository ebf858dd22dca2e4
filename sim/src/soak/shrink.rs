//! A failing case made smaller while it fails the same way.

use super::case::Case;
use super::trial::Finding;

/// Most runs of one shrinking: some seconds for a usual case.
const MOST_TRIES: usize = 400;

/// The smallest case that was found to break the same rule, and what it finds; `fails` runs a case.
pub fn shrink(
    case: Case,
    finding: Finding,
    fails: impl Fn(&Case) -> Option<Finding>,
) -> (Case, Finding) {
    let mut smallest = (case, finding);
    let mut tries = 0;
    loop {
        let before = tries;
        let mut changed = false;
        while let Some(case) = shorter(&smallest)
            && keep(&mut smallest, case, &fails, &mut tries)
        {
            changed = true;
        }
        let mut n = 0;
        while let Some(case) = smallest.0.without(n) {
            if keep(&mut smallest, case, &fails, &mut tries) {
                changed = true;
            } else {
                n += 1;
            }
        }
        if !changed || tries >= MOST_TRIES || tries == before {
            return smallest;
        }
    }
}

/// Keeps a smaller case if it breaks the same rule.
fn keep(
    smallest: &mut (Case, Finding),
    case: Case,
    fails: impl Fn(&Case) -> Option<Finding>,
    tries: &mut usize,
) -> bool {
    if *tries >= MOST_TRIES {
        return false;
    }
    *tries += 1;
    match fails(&case) {
        Some(finding) if finding.rule == smallest.1.rule => {
            *smallest = (case, finding);
            true
        }
        _ => false,
    }
}

/// The case up to the tick after its finding; half as long where that is its end or not known.
fn shorter((case, finding): &(Case, Finding)) -> Option<Case> {
    let tick = case.tick_s;
    let until = finding.at.map_or(case.horizon_s, |at| {
        (at.as_millis() / 1_000 / tick + 2) * tick
    });
    let horizon_s = if until < case.horizon_s {
        until
    } else {
        case.horizon_s / 2 / tick * tick
    };
    (horizon_s >= tick).then(|| Case {
        horizon_s,
        ..case.clone()
    })
}
