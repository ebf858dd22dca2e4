//! What is changed in a tick. Bad names are refused with those that there are, all of them at once.

use std::fmt;

use spillway_solver::policy::OnUnreachable;
use spillway_solver::units::{Millis, UnixMs};

use super::price::PriceChange;
use super::reading::MetricChange;
use crate::store::Tick;

/// A change of the tick.
#[derive(Clone, Debug)]
pub(in crate::plugin) enum Change {
    /// A cluster is lost.
    LoseCluster(String),
    /// A price is another.
    Price(PriceChange),
    /// A reading is another.
    Metric(MetricChange),
}

/// Changes that cannot be made, and why.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub(in crate::plugin) struct ChangeError(pub Vec<String>);

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoseCluster(name) => write!(f, "--lose-cluster {name}"),
            Self::Price(change) => write!(f, "--price {change}"),
            Self::Metric(change) => write!(f, "--metric {change}"),
        }
    }
}

impl Change {
    /// Changes a tick.
    fn apply(&self, tick: &mut Tick) -> Result<(), String> {
        match self {
            Self::LoseCluster(name) => lose(tick, name),
            Self::Price(change) => change.apply(tick),
            Self::Metric(change) => change.apply(tick),
        }
        .map_err(|why| format!("{self}: {why}"))
    }
}

/// The tick with all changes, one after the other.
pub(in crate::plugin) fn apply(tick: &Tick, changes: &[Change]) -> Result<Tick, ChangeError> {
    let mut then = tick.clone();
    let refused: Vec<String> = changes
        .iter()
        .filter_map(|change| change.apply(&mut then).err())
        .collect();
    if refused.is_empty() {
        Ok(then)
    } else {
        Err(ChangeError(refused))
    }
}

/// It has been silent for longer than any policy waits before it replaces what ran there.
fn lose(tick: &mut Tick, name: &str) -> Result<(), String> {
    let specs = &tick.policy.clusters;
    let Some(spec) = specs.iter().find(|spec| spec.name == name) else {
        let known = specs.iter().map(|spec| spec.name.as_str());
        return Err(unknown("cluster", name, known));
    };
    let waits = tick
        .policy
        .burst_policies
        .iter()
        .map(|policy| match policy.on_unreachable {
            OnUnreachable::Hold => Millis(0),
            OnUnreachable::Replace { after_ms }
            | OnUnreachable::ReplaceIfTrafficLost { after_ms } => after_ms,
        });
    let silent = spec
        .lost_after_ms
        .saturating_add(waits.max().unwrap_or_default())
        .saturating_add(Millis(1));
    let now = tick.snapshot.now_ms;
    let since = UnixMs(now.0 - i64::try_from(silent.0).unwrap_or(i64::MAX));
    let mut states = tick.snapshot.clusters.iter_mut();
    let Some(state) = states.find(|state| state.name == name) else {
        return Err("it was never seen, so there is nothing to lose".to_owned());
    };
    state.observed_at_ms = state.observed_at_ms.min(since);
    state.unreachable_since_ms = Some(state.unreachable_since_ms.map_or(since, |at| at.min(since)));
    state.serves_traffic = Some(false);
    Ok(())
}

/// That there is no such name, and which there are.
pub(in crate::plugin) fn unknown<'n>(
    what: &str,
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    if known.is_empty() {
        format!("there is no {what} at all")
    } else {
        format!(
            "there is no {what} `{name}`; there are {}",
            known.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use spillway_solver::decision::NoticeReason;

    use super::super::super::moment::{Moment, burst};
    use super::*;

    #[test]
    fn all_changes_that_cannot_be_made_are_named_with_what_there_is() {
        let changes = [
            Change::LoseCluster("homee".to_owned()),
            Change::Price("c7g.large=+5%".parse().expect("a change")),
            Change::Metric("shop/web/load=1".parse().expect("a change")),
        ];
        let refused = apply(&burst().tick, &changes).expect_err("no such names");
        assert_eq!(
            refused.0,
            [
                "--lose-cluster homee: there is no cluster `homee`; there are home, eks",
                "--price c7g.large=+5%: there is no node group or instance type `c7g.large`; there are home/rack, \
                 eks/m6i-xlarge",
                "--metric shop/web/load=1: there is no metric of shop/web `load`; there are requests",
            ]
        );
    }

    #[test]
    fn no_change_is_the_decision_that_was_made() {
        let before = burst();
        let tick = apply(&before.tick, &[]).expect("nothing is refused");
        assert_eq!(Moment::of(tick).decision, before.decision);
    }

    #[test]
    fn a_lost_cluster_counts_as_lost_for_the_core_and_its_replicas_are_replaced() {
        let before = burst();
        let change = [Change::LoseCluster("home".to_owned())];
        let after = Moment::of(apply(&before.tick, &change).expect("it is there"));
        let mut notices = after.decision.rationale.notices.iter();
        assert!(
            notices.any(|notice| notice.reason == NoticeReason::Lost && notice.subject == "home")
        );
        let public = |moment: &Moment| -> u32 {
            let plans = moment.decision.plan.workloads.iter();
            let web = plans
                .filter(|plan| plan.id == "shop/web")
                .flat_map(|plan| &plan.clusters);
            web.filter(|placed| placed.cluster == "eks")
                .map(|placed| placed.replicas)
                .sum()
        };
        assert_eq!(public(&before), 0);
        assert!(public(&after) > 0, "{:?}", after.decision.plan);
    }
}
