//! Writes `decisions.jsonl` while the run goes on; holds one snapshot and no more.

use std::io::{self, Write};

use spillway_solver::decision::Decision;
use spillway_solver::snapshot::Snapshot;

use super::digest::DigestOfLines;
use super::{Digest, End, FullTick, Line, QuietTick, edits};
use crate::{DecisionSink, DecisionsHeader};

/// A [`DecisionSink`] that writes lines. Give it a buffered writer and call [`DecisionsWriter::finish`].
#[derive(Debug)]
pub struct DecisionsWriter<W: Write> {
    out: W,
    /// The snapshot of the line before, for the edits of a quiet line.
    before: Option<Snapshot>,
    ticks: u64,
    digest: DigestOfLines,
}

impl<W: Write> DecisionsWriter<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self {
            out,
            before: None,
            ticks: 0,
            digest: DigestOfLines::new(),
        }
    }

    /// Writes the last line, flushes and gives the writer back.
    ///
    /// # Errors
    ///
    /// When the rest cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        let digest = self.digest.digest();
        let ticks = self.ticks;
        self.line(&Line::End(End { ticks, digest }))?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Hands on what is buffered, so that a reader finds all ticks so far.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        let text = serde_json::to_string(line)?;
        self.digest.add(&text);
        writeln!(self.out, "{text}")
    }
}

impl<W: Write> DecisionSink for DecisionsWriter<W> {
    fn begin(&mut self, header: &DecisionsHeader) -> io::Result<()> {
        self.line(&Line::Header(Box::new(header.clone())))
    }

    fn tick(&mut self, snapshot: &Snapshot, decision: &Decision) -> io::Result<()> {
        let line = match &mut self.before {
            Some(before) if decision.plan.steps.is_empty() => Line::Quiet(QuietTick {
                edits: edits::follow(before, snapshot),
                digest: Digest::of_decision(decision),
            }),
            before => {
                *before = Some(snapshot.clone());
                Line::Full(Box::new(FullTick {
                    snapshot: snapshot.clone(),
                    decision: decision.clone(),
                }))
            }
        };
        self.ticks += 1;
        self.line(&line)
    }
}
