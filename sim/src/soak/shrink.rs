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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Nanos;

    fn finding(rule: &str) -> Finding {
        Finding {
            rule: rule.to_owned(),
            at: Some(Nanos::from_secs(100)),
            message: String::new(),
        }
    }

    /// A case with two workloads at least, and a fault of the first workload.
    fn large() -> Case {
        let large = |case: &Case| {
            let mut faults = case.faults.iter();
            case.workloads.len() > 1
                && case.faults.len() > 4
                && faults.any(|fault| fault.about == ["soak/w1"])
        };
        let mut cases = (1..).map(Case::new);
        cases.find(large).expect("there are many")
    }

    #[test]
    fn what_fails_always_shrinks_to_nothing_but_the_ticks_up_to_its_finding() {
        let (case, _) = shrink(large(), finding("always"), |_| Some(finding("always")));
        assert!(case.workloads.is_empty() && case.clusters.is_empty() && case.faults.is_empty());
        assert!(
            case.horizon_s <= 100 + 2 * case.tick_s,
            "{}",
            case.horizon_s
        );
    }

    #[test]
    fn what_the_failure_needs_stays_and_what_speaks_of_the_rest_goes() {
        let needs = |case: &Case| {
            let mut faults = case.faults.iter();
            faults
                .any(|fault| fault.about == ["soak/w1"])
                .then(|| finding("first"))
        };
        let (case, _) = shrink(large(), finding("first"), needs);
        assert_eq!(case.faults.len(), 1);
        assert_eq!(case.workloads.len(), 1);
        assert_eq!(case.workloads[0].name, "soak/w1");
        assert!(case.clusters.is_empty());
    }

    #[test]
    fn a_case_that_fails_otherwise_is_not_the_same() {
        let all = large();
        let (case, found) = shrink(all.clone(), finding("first"), |_| Some(finding("other")));
        assert_eq!(case.documents(), all.documents());
        assert_eq!(found.rule, "first");
    }
}
