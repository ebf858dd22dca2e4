//! The independent checker: verifies every constraint of a decision against the snapshot, and
//! recomputes what it costs.
//!
//! It shares no code with the planner: it imports the types of the seam, their units and their
//! amounts, and nothing that decides. One file holds one family of rules. It judges a plan, it
//! does not improve one, and it does not repeat the arithmetic of scaling or of traffic.
//!
//! A checker that accuses a correct plan is worse than none. Where a rule can be read in two
//! ways the wider reading holds, and the rule's file says so. Rules about increases compare
//! with the replicas that exist already (bound or Ready on nodes that stay, pending, asked),
//! because what runs may violate a bound that was tightened since.

mod accounting;
mod amounts;
mod bounds;
mod capacity;
mod closed;
mod eligibility;
mod facts;
#[cfg(test)]
mod fixture;
mod held_back;
mod kept_out;
mod layout;
mod money;
mod money_cap;
mod moves;
mod prediction;
mod private_first;
mod quota;
mod remembered;
mod rule;
mod spill_reason;
mod spot;
mod steps;
#[cfg(test)]
mod tests;
mod together;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use rule::Rule;

use crate::decision::Decision;
use crate::memory::Memory;
use crate::policy::Policy;
use crate::snapshot::Snapshot;

use facts::Facts;
use prediction::Prediction;

/// A rule that a decision breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// By what: a workload, a cluster, `workload in cluster`, `cluster/group` or a policy.
    pub subject: String,
    /// The numbers, in words.
    pub detail: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.rule, self.subject, self.detail)
    }
}

/// All rules that `decision` breaks as an answer to `snapshot`, `policy` and `memory`; sorted,
/// without repetition, and empty for a correct decision.
///
/// Total: any input is answered, including one that no planner would write.
#[must_use]
pub fn check(
    snapshot: &Snapshot,
    policy: &Policy,
    memory: &Memory,
    decision: &Decision,
) -> Vec<Violation> {
    let facts = Facts::new(snapshot, policy, memory, decision);
    let mut found = Findings::default();
    accounting::check(&facts, &mut found);
    eligibility::check(&facts, &mut found);
    closed::check(&facts, &mut found);
    capacity::check(&facts, &mut found);
    let prediction = Prediction::new(&facts);
    private_first::check(&facts, &prediction, &mut found);
    spill_reason::check(&facts, &prediction, &mut found);
    bounds::check(&facts, &mut found);
    layout::check(&facts, &mut found);
    spot::check(&facts, &mut found);
    quota::check(&facts, &mut found);
    money::check(&facts, &mut found);
    money_cap::check(&facts, &mut found);
    steps::check(&facts, &mut found);
    moves::check(&facts, &mut found);
    remembered::check(&facts, &mut found);
    found.sorted()
}

/// What the rules have found so far.
#[derive(Default)]
struct Findings(Vec<Violation>);

impl Findings {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "names are passed by reference, composed subjects by value"
    )]
    fn add(&mut self, rule: Rule, subject: impl ToString, detail: impl Into<String>) {
        self.0.push(Violation {
            rule,
            subject: subject.to_string(),
            detail: detail.into(),
        });
    }

    fn sorted(mut self) -> Vec<Violation> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}
