//! Decides every recorded tick again and compares.

use std::io::BufRead;

use serde_json::Value;
use spillway_solver::decision::{Decision, Versions};
use spillway_solver::memory::Memory;
use spillway_solver::policy::Policy;
use spillway_solver::snapshot::Snapshot;
use spillway_solver::units::UnixMs;

use super::reader::Recorded;
use super::{DecisionsReader, Digest, ReadError, edits};

/// Mismatches after this many are counted and not described: one wrong tick often makes all later ones wrong.
const DESCRIBED: usize = 20;

/// Places named of one mismatch.
const PLACES: usize = 5;

/// Why nothing can be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Something was altered on which no decision depends.
    #[error(
        "line {line}: the lines before it are not those that the run wrote, for their digest differs; yet each of the {ticks} ticks is decided as recorded: the file was altered where no decision depends on it; make the run again"
    )]
    Altered {
        /// That of the end.
        line: u64,
        /// Ticks decided again.
        ticks: u64,
    },
    /// The decisions are a baseline's.
    #[error(
        "recorded by the baseline `{0}`: only decisions of `spillway` can be decided again by the decision core"
    )]
    Baseline(String),
    /// Another build made them.
    #[error(
        "recorded by {}, but this is {}: decisions of another version may rightly differ; replay with that version, or run the trace again",
        named(.recorded),
        named(.here)
    )]
    Versions {
        /// What computed the file.
        recorded: Box<Versions>,
        /// What would replay it.
        here: Box<Versions>,
    },
}

fn named(versions: &Versions) -> String {
    format!(
        "core {}, backend {}, tzdata {}",
        versions.core, versions.backend, versions.tzdata
    )
}

/// What a replay found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replayed {
    /// Ticks decided again.
    pub ticks: u64,
    /// Ticks whose decision differs.
    pub differing: u64,
    /// The first of those.
    pub mismatches: Vec<Mismatch>,
}

/// A tick whose decision differs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mismatch {
    /// Line of the file, counted from 1.
    pub line: u64,
    /// The tick's time.
    pub at_ms: UnixMs,
    /// Where they differ, with the recomputed value; or that the digests do.
    pub places: Vec<String>,
}

/// Decides every tick of `input` again with `decide` and compares the JSON byte for byte.
///
/// `here` are the versions of `decide`.
///
/// # Errors
///
/// When the file cannot be read to its end, is a baseline's, or was made by other versions.
pub fn replay<R: BufRead>(
    input: R,
    here: &Versions,
    decide: impl Fn(&Snapshot, &Policy, &Memory) -> Decision,
) -> Result<Replayed, ReplayError> {
    let ticks = DecisionsReader::new(input)?;
    let header = ticks.header().clone();
    if header.autoscaler != "spillway" {
        return Err(ReplayError::Baseline(header.autoscaler));
    }
    if header.versions != *here {
        return Err(ReplayError::Versions {
            recorded: Box::new(header.versions),
            here: Box::new(here.clone()),
        });
    }
    let mut memory = header.memory;
    let mut result = Replayed::default();
    for tick in ticks {
        let tick = match tick {
            // The ticks that differ say more than that something does.
            Err(ReadError::Altered { .. }) if result.differing > 0 => break,
            Err(ReadError::Altered { line }) => {
                let ticks = result.ticks;
                return Err(ReplayError::Altered { line, ticks });
            }
            tick => tick?,
        };
        let again = decide(&tick.snapshot, &header.policy, &memory);
        let places = differences(&tick.recorded, &again);
        result.ticks += 1;
        if !places.is_empty() {
            result.differing += 1;
            if result.mismatches.len() < DESCRIBED {
                result.mismatches.push(Mismatch {
                    line: tick.line,
                    at_ms: tick.snapshot.now_ms,
                    places,
                });
            }
        }
        // What was recorded goes on, so that one edited line is one mismatch where the file allows it.
        memory = match tick.recorded {
            Recorded::Full(decision) => decision.memory,
            Recorded::Digest(_) => again.memory,
        };
    }
    Ok(result)
}

/// Where two decisions differ, as JSON pointers with both values; a recorded digest has no places.
#[must_use]
pub fn differences(recorded: &Recorded, again: &Decision) -> Vec<String> {
    match recorded {
        Recorded::Full(decision) => edits::between(&json(decision), &json(again))
            .iter()
            .take(PLACES)
            .map(ToString::to_string)
            .collect(),
        Recorded::Digest(digest) => {
            let computed = Digest::of_decision(again);
            if computed == *digest {
                Vec::new()
            } else {
                vec![format!("digest {digest} recorded, {computed} recomputed")]
            }
        }
    }
}

fn json(decision: &Decision) -> Value {
    serde_json::to_value(decision).expect("a decision is strings, integers and lists of them")
}

#[cfg(test)]
pub(crate) mod tests {
    use spillway_solver::decision::{Plan, Step, StepKind};

    use super::*;
    use crate::DecisionsWriter;
    use crate::{DecisionSink as _, DecisionsHeader, DecisionsVersion};

    /// Counts ticks in the memory's epoch and writes a target at every fifth.
    fn every_fifth(snapshot: &Snapshot, _policy: &Policy, memory: &Memory) -> Decision {
        let mut memory = memory.clone();
        memory.now_ms = Some(snapshot.now_ms);
        memory.epoch += 1;
        let step = Step {
            workload: "shop/web".into(),
            cluster: "dc".into(),
            kind: StepKind::Add,
            from: 1,
            to: 2,
            reason: None,
        };
        Decision {
            versions: versions("1"),
            plan: Plan {
                steps: vec![step; usize::from(memory.epoch.is_multiple_of(5))],
                ..Plan::default()
            },
            memory,
            ..Decision::default()
        }
    }

    fn versions(core: &str) -> Versions {
        Versions {
            core: core.into(),
            ..Versions::default()
        }
    }

    pub(crate) fn recorded(autoscaler: &str) -> String {
        let header = DecisionsHeader {
            schema_version: DecisionsVersion::default(),
            name: "run".into(),
            autoscaler: autoscaler.into(),
            versions: versions("1"),
            policy: Policy::default(),
            memory: Memory::default(),
        };
        let mut writer = DecisionsWriter::new(Vec::new());
        writer.begin(&header).expect("memory takes it");
        let mut memory = header.memory;
        for tick in 0..12 {
            let snapshot = Snapshot {
                now_ms: UnixMs(tick * 15_000),
                ..Snapshot::default()
            };
            let decision = every_fifth(&snapshot, &header.policy, &memory);
            writer.tick(&snapshot, &decision).expect("memory takes it");
            memory = decision.memory;
        }
        String::from_utf8(writer.finish().expect("memory takes it")).expect("JSON is UTF-8")
    }

    fn first_lines(file: &str, count: usize) -> String {
        file.split_inclusive('\n').take(count).collect()
    }

    pub(crate) fn replayed(file: &str) -> Result<Replayed, ReplayError> {
        replay(file.as_bytes(), &versions("1"), every_fifth)
    }

    #[test]
    fn what_was_recorded_is_decided_again_without_a_difference() {
        let file = recorded("spillway");
        let result = replayed(&file).expect("the file is whole");
        assert_eq!((result.ticks, result.differing), (12, 0));
        assert_eq!(
            file.lines()
                .filter(|line| line.contains("\"full\""))
                .count(),
            3,
            "the first tick and the two that wrote something"
        );
    }

    #[test]
    fn a_tampered_line_is_named_with_the_place() {
        for (from, to, line, place) in [
            ("\"to\":2", "\"to\":3", 6, "/plan/steps/0/to: 2"),
            ("[\"/nowMs\",15000]", "[\"/nowMs\",15001]", 3, "digest"),
        ] {
            let file = recorded("spillway").replacen(from, to, 1);
            let result = replayed(&file).expect("the file is still JSON");
            let first = result.mismatches.first().expect("the edit is found");
            assert_eq!(first.line, line);
            assert!(first.places[0].starts_with(place), "{:?}", first.places);
        }
    }

    #[test]
    fn a_file_that_cannot_be_replayed_says_why() {
        let whole = recorded("spillway");
        let cut = &whole[..whole.len() - 5];
        let end = format!("{}\n", whole.lines().last().expect("the end"));
        let other = whole.replacen("\"core\":\"1\"", "\"core\":\"0\"", 1);
        for (file, says) in [
            (cut.to_owned(), "line 14, column"),
            (
                first_lines(&whole, 9),
                "line 10: no line `{\"end\": ...}` after 8 ticks",
            ),
            (
                first_lines(&whole, 9) + &end,
                "line 10, column 0: 8 ticks before it, and it counts 12",
            ),
            (
                format!("{whole}{end}"),
                "line 15, column 0: a line after the end",
            ),
            (
                whole.replacen("\"schemaVersion\":\"v1alpha2\",", "", 1),
                "header.schemaVersion is missing",
            ),
            (
                whole.replacen("\"name\":\"run\"", "\"name\":\"ran\"", 1),
                "yet each of the 12 ticks is decided as recorded: the file was altered where no decision depends on it; make the run again",
            ),
            (
                other,
                "recorded by core 0, backend , tzdata , but this is core 1",
            ),
            (recorded("hpa-ca"), "baseline `hpa-ca`"),
            (String::new(), "no header"),
            ("{\"full\":1}".to_owned(), "line 1, column"),
            (
                whole.replacen("/nowMs", "/then", 1),
                "line 3, column 0: nothing stands at `/then`",
            ),
        ] {
            let error = replayed(&file).expect_err(says).to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
