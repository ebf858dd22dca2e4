//! What if: a recorded moment goes on once as it is and once with something changed.
//!
//! Both worlds begin as the snapshot says, under the same random numbers, and differ in nothing but the changes. What
//! a snapshot does not say comes from a world file, a trace or the question; whatever is assumed besides is said
//! ([`Prepared::assumed`]). `docs/what-if.md` has what is taken over and what begins anew.

mod answer;
mod assumed;
mod change;
mod continued;
mod known;
mod sentence;
mod watch;

use spillway_crds::Problem;
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::UnixMs;

pub use answer::{Answer, Money, Replicas, Seconds, Side, Spell, WorkloadSeconds};
pub use change::{Change, FaultLine, LoseCluster, PriceChange, TrafficChange};
pub use continued::{Continued, Growth, Waiting};
pub use known::GivenLoad;
pub use watch::Watch;

use crate::config::{
    ConfigError, Load, LoadPattern, PointProcessName, RunConfig, ServiceShape, Span, World,
};
use crate::record::InputName;
use crate::report::units;
use crate::time::Nanos;
use crate::warnings::Warning;
use change::Effect;
use known::Known;

/// How the run without changes is called.
pub const UNCHANGED: &str = "as it is";

/// How the run with the changes is called.
pub const CHANGED: &str = "what if";

/// A moment and what is asked about it.
#[derive(Clone, Debug)]
pub struct Question {
    /// What was observed.
    pub snapshot: Snapshot,
    /// What was wanted.
    pub policy: Policy,
    /// What was remembered before the tick.
    pub memory: Memory,
    /// What is known of the world besides; [`World::of`] the policy where that is nothing.
    pub world: World,
    /// Whether the world's `start` is when its load begins; without it a load begins at the snapshot.
    pub dated: bool,
    /// Whether a trace says what arrives.
    pub traced: bool,
    /// What arrives from now on, where no trace and no world says it.
    pub given: Vec<GivenLoad>,
    /// What is changed.
    pub changes: Vec<Change>,
    /// How long to look ahead.
    pub horizon: Nanos,
    /// What the policy's objects say that is rarely meant.
    pub doubts: Vec<Warning>,
    /// Where all this comes from.
    pub inputs: Vec<InputName>,
}

/// A question as runs.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The world as it is.
    pub without: RunConfig,
    /// The world with the changes; `None` where nothing is changed.
    pub with: Option<RunConfig>,
    /// The world that says what arrives: its load is that of `offset` later.
    pub load: World,
    /// How far the load is at the snapshot.
    pub offset: Nanos,
    /// How traffic changes.
    pub growth: Vec<Growth>,
    /// Requests that are there at the snapshot.
    pub waiting: Vec<Waiting>,
    /// What nobody said, each as a sentence.
    pub assumed: Vec<String>,
}

impl Question {
    /// The two worlds of the question.
    ///
    /// # Errors
    ///
    /// With all that is wrong, each as a sentence.
    pub fn prepare(self) -> Result<Prepared, Vec<String>> {
        let mut problems = Vec::new();
        let seen = self.as_seen()?;
        let mut without = seen.clone();
        let known = Known::of(&self, &seen);
        let mut assumed = assumed::of(&self.snapshot, &seen, &self.world);
        let constant = !self.traced && (seen.world.load.is_none() || !self.given.is_empty());
        let (load, offset) = if constant {
            let (patterns, said) = known.patterns(&mut problems);
            assumed.extend(said);
            // Where a pattern lacks, that is said already.
            without.world.load = problems.is_empty().then(|| self.constant(patterns));
            (without.world.clone(), Nanos::ZERO)
        } else {
            (self.world.clone(), self.offset(&mut problems))
        };
        let (waiting, said) = known.waiting();
        assumed.extend(said);
        let (with, growth) = self.changed(&without, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Prepared {
            with: (!self.changes.is_empty()).then_some(with),
            without,
            load,
            offset,
            growth,
            waiting,
            assumed,
        })
    }

    /// The world as it is.
    fn as_seen(&self) -> Result<RunConfig, Vec<String>> {
        let Some(mut world) = self.world.as_seen(&self.snapshot, &self.policy) else {
            let now = self.snapshot.now_ms.0;
            return Err(vec![format!(
                "the snapshot's nowMs {now} is no time of a calendar; write milliseconds since 1970"
            )]);
        };
        let (horizon, tick) = (self.horizon, world.tick.0);
        if horizon <= tick {
            return Err(vec![format!(
                "--for {horizon} ends before the second decision, a tick of {tick} after the first; write more, like 1h"
            )]);
        }
        world.horizon = Some(Span(horizon));
        // As fine as decisions are made, for the answer is in seconds.
        world.interval = Span(world.interval.0.min(world.tick.0));
        Ok(RunConfig {
            name: UNCHANGED.to_owned(),
            inputs: self.inputs.clone(),
            world,
            policy: self.policy.clone(),
            doubts: self.doubts.clone(),
        })
    }

    fn constant(&self, patterns: Vec<LoadPattern>) -> Load {
        Load {
            duration: Span(self.horizon),
            bin_width: Span(Nanos::from_secs(10)),
            point_process: PointProcessName::default(),
            service: ServiceShape::default(),
            patterns,
        }
    }

    /// How far the world's load, or a trace, is at the snapshot.
    fn offset(&self, problems: &mut Vec<String>) -> Nanos {
        let (now, start) = (self.snapshot.now_ms, self.world.start);
        let start_ms = UnixMs(start.as_millisecond());
        if self.dated && now < start_ms {
            problems.push(format!(
                "the snapshot is of {}, and the load begins at the world's `start`, {start}: set `start` to when the \
                 trace or `load` begins",
                units::time(now, "%FT%TZ"),
            ));
        }
        if self.dated {
            self.world.passed(&self.snapshot)
        } else {
            Nanos::ZERO
        }
    }

    /// A world with the changes.
    fn changed(&self, without: &RunConfig, problems: &mut Vec<String>) -> (RunConfig, Vec<Growth>) {
        let mut with = without.clone();
        CHANGED.clone_into(&mut with.name);
        let (mut growth, mut options) = (Vec::new(), Vec::new());
        for change in &self.changes {
            match change.on(&self.policy) {
                Ok(Effect::Faults(faults)) => {
                    let late = faults.iter().filter_map(|fault| fault.at);
                    if let Some(at) = late.map(|at| at.0).find(|at| *at >= self.horizon) {
                        problems.push(format!(
                            "{change}: begins {} after the snapshot, and --for {} is over by then, so it would change nothing; write an earlier time, or a longer --for",
                            units::span(at.0 / 1_000),
                            units::span(self.horizon.0 / 1_000)
                        ));
                    }
                    options.extend(faults.iter().map(|_| change.to_string()));
                    with.world.faults.extend(faults);
                }
                Ok(Effect::Growth(more)) => growth.push(more),
                Err(problem) => problems.push(problem),
            }
        }
        // The faults of the file have other numbers here, so the file is asked for what is wrong with them.
        let file = self.world.check(std::slice::from_ref(&self.policy));
        let of_faults = |problem: &Problem| problem.path.starts_with("faults[");
        let file = file.err().into_iter().flat_map(|ConfigError(found)| found);
        problems.extend(file.filter(of_faults).map(|problem| problem.to_string()));
        let own = without.world.faults.len();
        let found = with.check().err().into_iter();
        for problem in found.flat_map(|ConfigError(found)| found) {
            if of_faults(&problem) {
                problems.extend(told_by(&problem, own, &options));
            } else {
                problems.push(problem.to_string());
            }
        }
        (with, growth)
    }
}

/// A problem of a fault with the option that it comes from; `None` where it comes from none.
fn told_by(problem: &Problem, own: usize, options: &[String]) -> Option<String> {
    let (number, field) = problem.path.strip_prefix("faults[")?.split_once(']')?;
    let option = options.get(number.parse::<usize>().ok()?.checked_sub(own)?)?;
    let field = field.trim_start_matches('.');
    Some(format!("{option}: {field}: {}", problem.message))
}
