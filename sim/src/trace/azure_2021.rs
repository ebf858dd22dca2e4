//! Invocations of Azure Functions in January 2021: `app,func,end_timestamp,duration`, in seconds.
//!
//! Source: `AzureFunctionsInvocationTraceForTwoWeeksJan2021` of Azure/AzurePublicDataset.

use super::clock::Clock;
use super::ended::{Ended, EndedRows};
use super::format::Header;
use super::names::Names;
use super::table::{Row, Table};
use super::{TraceError, TraceOptions};
use crate::time::Nanos;

/// Columns that can name the workload.
const LABELS: [&str; 2] = ["app", "func"];

pub(super) struct Invocations {
    clock: Clock,
    workload: Option<(usize, &'static str)>,
    end: usize,
    duration: usize,
}

impl Invocations {
    pub(super) fn new(
        table: &mut Table,
        header: &Header,
        options: &TraceOptions,
    ) -> Result<Self, TraceError> {
        let workload = match &options.workload_label {
            None => None,
            Some(label) => {
                let found = LABELS.into_iter().find(|known| *known == label);
                if found.is_none() {
                    let line = table.line();
                    let wrong = format!("the trace has no label `{label}`");
                    table.problems().add(
                        line,
                        None,
                        wrong,
                        "name app or func (--workload-label func)",
                    );
                }
                found.map(|label| (header.required(label), label))
            }
        };
        if table.problems().any() {
            return Err(table.problems().take());
        }
        Ok(Self {
            clock: Clock::new(),
            workload,
            end: header.required("end_timestamp"),
            duration: header.required("duration"),
        })
    }
}

impl EndedRows for Invocations {
    fn read(&mut self, row: &mut Row, workloads: &mut Names) -> Option<Ended> {
        let end_ns = self
            .clock
            .instant(row.field(self.end))
            .map_err(|fault| row.refuse("end_timestamp", fault.wrong, fault.right))
            .ok();
        let right = "write the seconds that it ran, 0 or more";
        let duration = row.nano(self.duration, "duration", right).map(Nanos);
        let workload = self.workload.map_or(Some(0), |(column, label)| {
            workloads.read(row, column, label)
        });
        Some(Ended {
            end_ns: end_ns?,
            duration: duration?,
            workload: workload?,
        })
    }

    fn time_name(&self) -> &'static str {
        "end_timestamp"
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }
}
