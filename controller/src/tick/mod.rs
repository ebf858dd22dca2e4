//! One tick for the whole fleet, as a list of stages. Start reading here.

mod act;
mod conflict;
mod observe;
mod report;
mod seen;
mod victims;

use std::collections::BTreeMap;
use std::time::SystemTime;

use kube::Client;
use spillway_crds::api::HybridAutoscaler;
use spillway_crds::workload_id;
use spillway_solver::checker::{self, Violation};
use spillway_solver::decision::Decision;
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::UnixMs;
use tracing::{error, info, warn};

use crate::fleet::Fleet;
use crate::kinds::Kinds;
use crate::leases::Leases;
use crate::member::Member;
use crate::plans::Plans;
use crate::readings::Servers;
use crate::recorder::Recorder;
use crate::spend::{self, Ledger};
use crate::store::{Kept, Store, Tick};
use crate::watch::Deaf;

use act::Writer;
pub use act::{Done, Outcome};
use observe::{Asked, WroteAt, observe};
pub use report::Report;
pub use seen::Seen;

/// The controller between two ticks.
pub struct Controller {
    /// The cluster of our own kinds.
    pub home: Client,
    /// What people wrote.
    pub kinds: Kinds,
    /// What is measured.
    pub servers: Servers,
    /// Where replicas run.
    pub members: BTreeMap<String, Member>,
    /// What outlives us.
    pub store: Store,
    /// As it was last kept.
    pub kept: Kept,
    /// Plans that were in force.
    pub plans: Plans,
    /// Where we may write.
    pub leases: Leases,
    /// Where decisions are recorded.
    pub recorder: Option<Recorder>,
    /// What was reported before.
    pub report: Report,
    /// When we last wrote which target.
    pub wrote_at: WroteAt,
    /// Whether nothing is written to any target.
    pub observe_only: bool,
}

/// What a tick did, for its log line and its metrics.
#[derive(Debug, Default)]
pub struct Ticked {
    /// Steps and what became of them.
    pub done: Vec<Done>,
    /// Whether the fleet is frozen.
    pub frozen: bool,
}

/// Why a tick did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Idle {
    /// Our kinds are not known yet.
    #[error("the home cluster's {0} are not known: {1}")]
    Kinds(&'static str, Deaf),
    /// Another controller leads.
    #[error("another controller holds the Lease of the home cluster")]
    NotLeader,
    /// The memory could not be kept; to act without would forget what was promised.
    #[error("nothing is written, for the memory could not be kept: {0}")]
    Store(#[from] crate::store::StoreError),
    /// The checker found a decision that breaks a rule.
    #[error("nothing is written, for the decision breaks {} rules, the first: {}", .0.len(), .0[0])]
    Broken(Vec<Violation>),
}

impl Controller {
    /// One tick.
    ///
    /// # Errors
    ///
    /// Why nothing was decided or written; the last plan stays in force.
    pub async fn tick(&mut self) -> Result<Ticked, Idle> {
        // 1. What people wrote. I/O happens in the background.
        let clusters = self
            .kinds
            .clusters
            .last()
            .map_err(|why| Idle::Kinds("Clusters", why))?;
        let policies = self
            .kinds
            .policies
            .last()
            .map_err(|why| Idle::Kinds("BurstPolicies", why))?;
        let autoscalers = self
            .kinds
            .autoscalers
            .last()
            .map_err(|why| Idle::Kinds("HybridAutoscalers", why))?;
        let mut fleet = Fleet::of(&clusters, &policies, &autoscalers);
        self.kept.clusters.settle(&mut fleet);
        let freeze = self
            .kinds
            .frozen()
            .map_err(|why| Idle::Kinds("ConfigMaps named spillway-freeze", why))?;

        // 2. Whether we lead. I/O.
        self.leases.renew_home().await;
        if !self.leases.leads() {
            return Err(Idle::NotLeader);
        }

        // 3. What is seen. I/O.
        let now = now();
        let asked = Asked {
            home: &self.home,
            servers: &mut self.servers,
            clusters: &fleet.clusters,
            autoscalers: &fleet.autoscalers,
            wrote_at: &self.wrote_at,
            now,
            spend: self.kept.spent.as_ref().map(Ledger::spend),
        };
        let seen = observe(asked, &mut self.members).await;

        // 4. The snapshot and the policy. Pure.
        let runs = seen.runs(&fleet.clusters, &fleet.autoscalers);
        let accepted = fleet.accept(&runs);
        let policy = &accepted.policy;
        let snapshot = seen.snapshot(policy, &fleet.autoscalers);

        // 5. The decision, and its check. Pure, and off the threads that wait for answers.
        let decided = decide(snapshot, policy.clone(), self.kept.memory.clone()).await;
        if let Some(recorder) = &mut self.recorder
            && let Err(error) = recorder.record(
                &decided.snapshot,
                policy,
                &self.kept.memory,
                &decided.decision,
            )
        {
            error!(%error, "the decision is not recorded");
        }
        if !decided.broken.is_empty() {
            return Err(Idle::Broken(decided.broken));
        }

        // 6. What outlives us, before anything is promised to a cluster. I/O.
        let kept = self.keep(&decided, policy);
        let plans = self.plans(&decided, &fleet.autoscalers, freeze.is_some());
        let tick = Tick {
            snapshot: decided.snapshot,
            policy: accepted.policy.clone(),
            memory: self.kept.memory.clone(),
        };
        if !self.leases.home_is_silent()
            && let Err(error) = self.store.save(&kept, &tick, &plans).await
        {
            // It may have fallen silent since it was asked.
            self.leases.renew_home().await;
            if !self.leases.home_is_silent() {
                return Err(error.into());
            }
        }
        if self.leases.home_is_silent() {
            warn!("home is silent: the memory is kept in this process only");
        }
        self.kept = kept;
        self.plans = plans;
        let snapshot = tick.snapshot;
        self.was_seen(&snapshot);

        // 7. The plan. I/O.
        self.renew_leases().await;
        let frozen = freeze.is_some();
        let done = self.act(&decided.decision, &seen, &fleet, frozen).await;

        // 8. What people are told. I/O.
        let told = report::Told {
            fleet: &fleet,
            accepted: &accepted,
            seen: &seen,
            snapshot: &snapshot,
            decision: &decided.decision,
            done: &done,
            observe_only: self.observe_only,
            freeze: freeze.as_ref(),
        };
        if !self.leases.home_is_silent() {
            self.report.tell(&self.home, &told).await;
        }
        Ok(Ticked { done, frozen })
    }

    /// Clusters that fall silent are as they were last seen.
    fn was_seen(&mut self, snapshot: &Snapshot) {
        for state in &snapshot.clusters {
            if let Some(member) = self.members.get_mut(state.name.as_str()) {
                member.last = Some(state.clone());
            }
        }
    }

    async fn act(
        &mut self,
        decision: &Decision,
        seen: &Seen,
        fleet: &Fleet,
        frozen: bool,
    ) -> Vec<Done> {
        let named = fleet
            .autoscalers
            .iter()
            .map(|object| (workload_id(object), object.clone()));
        let writer = Writer {
            plan: &decision.plan,
            seen,
            members: &self.members,
            leases: &self.leases,
            autoscalers: &named.collect(),
            observe_only: self.observe_only,
            frozen,
        };
        let done = writer.act().await;
        for done in &done {
            log(done);
            if done.outcome == Outcome::Written {
                let place = (
                    done.step.workload.to_string(),
                    done.step.cluster.to_string(),
                );
                self.wrote_at.insert(place, now());
            }
        }
        done
    }

    /// Renews all Leases; more often than ticks come.
    pub async fn renew_leases(&mut self) {
        let links = self
            .members
            .iter()
            .filter_map(|(name, member)| Some((name.clone(), member.link()?.client.clone())));
        self.leases.renew(&links.collect()).await;
    }

    /// The plans to go back to, with this one, unless nothing of it is written.
    fn plans(&self, decided: &Decided, autoscalers: &[HybridAutoscaler], frozen: bool) -> Plans {
        if frozen || self.observe_only {
            return self.plans.clone();
        }
        let plan = &decided.decision.plan;
        self.plans.after(plan, &decided.snapshot, autoscalers)
    }

    /// What is kept of this tick.
    fn keep(&self, decided: &Decided, policy: &Policy) -> Kept {
        let now = decided.snapshot.now_ms;
        let mut spent = self.kept.spent.clone().unwrap_or_else(|| Ledger::new(now));
        spent.advance(now, spend::rate(&decided.snapshot, policy));
        Kept {
            memory: decided.decision.memory.clone(),
            spent: Some(spent),
            clusters: self.kept.clusters.clone(),
        }
    }
}

/// A decision with what it was made from and what is wrong with it.
struct Decided {
    snapshot: Snapshot,
    decision: Decision,
    broken: Vec<Violation>,
}

async fn decide(snapshot: Snapshot, policy: Policy, memory: Memory) -> Decided {
    let work = move || {
        let decision = spillway_solver::decide(&snapshot, &policy, &memory);
        let broken = checker::check(&snapshot, &policy, &memory, &decision);
        Decided {
            snapshot,
            decision,
            broken,
        }
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(decided) => decided,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn log(done: &Done) {
    let Done { step, outcome } = done;
    let (workload, cluster, from, to) = (
        step.workload.as_str(),
        step.cluster.as_str(),
        step.from,
        step.to,
    );
    match outcome {
        Outcome::Written => info!(workload, cluster, from, to, "scaled"),
        Outcome::Observed => info!(
            workload,
            cluster, from, to, "would scale; it is only observed"
        ),
        Outcome::Frozen => info!(
            workload,
            cluster, from, to, "would scale; the fleet is frozen"
        ),
        Outcome::Changed => info!(
            workload,
            cluster, from, to, "the target has changed meanwhile; it is looked at again"
        ),
        Outcome::HeldBack => info!(
            workload,
            cluster, from, to, "waits for replicas elsewhere that were not written"
        ),
        Outcome::Conflict(why) | Outcome::NotHeld(why) | Outcome::Failed(why) => {
            warn!(workload, cluster, from, to, why, "not scaled");
        }
    }
}

/// The wall clock.
fn now() -> UnixMs {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    UnixMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
