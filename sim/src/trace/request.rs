//! Traces with one row a request: the project's own and those of a language model.

use std::str::FromStr;

use serde::Serialize;

use super::clock::Clock;
use super::factor::Factor;
use super::format::{Format, Header};
use super::names::Names;
use super::table::{Row, Table};
use super::{Arrival, TraceError, TraceNotes, TraceOptions};
use crate::decimal::NANO;
use crate::time::Nanos;

const RIGHT_SERVICE: &str = "write the seconds that one replica works on it, 0 or more";
const RIGHT_BYTES: &str = "write a whole number of bytes";
const RIGHT_TOKENS: &str = "write a whole number of tokens";

/// Service time of a request to a language model: `base + context * per_context_token + generated *
/// per_generated_token`.
///
/// Reading the prompt is one pass that handles its tokens side by side; each generated token is a pass of its own.
/// The defaults are the order of magnitude of a model of 70 billion parameters on one server of 8 data-centre GPUs
/// without batching: some 0.15 s until the first token of a prompt of a thousand tokens, then some 30 tokens a second.
/// They give the published conversation trace a mean of about 6.5 s. They are no measurement: give your own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LlmService {
    /// Time of a request without any token.
    #[serde(rename = "baseNs")]
    pub base: Nanos,
    /// Time for each token of the prompt.
    #[serde(rename = "contextTokenNs")]
    pub per_context_token: Nanos,
    /// Time for each token of the answer.
    #[serde(rename = "generatedTokenNs")]
    pub per_generated_token: Nanos,
}

impl Default for LlmService {
    fn default() -> Self {
        Self {
            base: Nanos::from_millis(50),
            per_context_token: Nanos(100_000),
            per_generated_token: Nanos::from_millis(30),
        }
    }
}

/// A text is no service time of a language model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not three spans of time: write base, context token and generated token, like 50ms,100us,30ms"
)]
pub struct ParseLlmServiceError(String);

impl FromStr for LlmService {
    type Err = ParseLlmServiceError;

    /// Reads `base,context,generated`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let spans: Result<Vec<Nanos>, _> = text.split(',').map(str::parse).collect();
        match spans.as_deref() {
            Ok(&[base, per_context_token, per_generated_token]) => Ok(Self {
                base,
                per_context_token,
                per_generated_token,
            }),
            _ => Err(ParseLlmServiceError(text.to_owned())),
        }
    }
}

/// Requests of a file, in order of time.
pub(super) trait RequestSource {
    /// The next request, an error after which there is none, or the end.
    fn next(&mut self) -> Option<Result<Arrival, TraceError>>;

    /// Names of the workloads seen so far, by number.
    fn workloads(&self) -> &[String];

    /// The line in which a workload appears first; `None` where the file does not name it.
    fn workload_line(&self, number: usize) -> Option<u64>;

    /// Names of the classes seen so far, by number.
    fn classes(&self) -> &[String];

    /// Adds what is known of the source to the notes.
    fn describe(&self, notes: &mut TraceNotes);
}

/// Reads requests in the order of the file.
pub(super) struct RequestRows {
    table: Table,
    clock: Clock,
    workloads: Names,
    classes: Names,
    time_scale: Factor,
    columns: Columns,
}

enum Columns {
    Requests {
        arrival: usize,
        service: usize,
        workload: Option<usize>,
        class: Option<usize>,
        bytes: Option<usize>,
    },
    Llm {
        timestamp: usize,
        context: usize,
        generated: usize,
        service: LlmService,
    },
}

impl RequestRows {
    pub(super) fn new(
        mut table: Table,
        header: &Header,
        options: &TraceOptions,
    ) -> Result<Self, TraceError> {
        if table.problems().any() {
            return Err(table.problems().take());
        }
        let columns = if header.format == Format::AzureLlm {
            Columns::Llm {
                timestamp: header.required("timestamp"),
                context: header.required("contexttokens"),
                generated: header.required("generatedtokens"),
                service: options.llm_service,
            }
        } else {
            Columns::Requests {
                arrival: header.required("arrival_s"),
                service: header.required("service_s"),
                workload: header.optional("workload"),
                class: header.optional("class"),
                bytes: header.optional("bytes"),
            }
        };
        let named = matches!(
            columns,
            Columns::Requests {
                workload: Some(_),
                ..
            }
        );
        Ok(Self {
            table,
            clock: Clock::new(),
            time_scale: options.time_scale,
            workloads: if named {
                Names::default()
            } else {
                Names::beginning_with(&options.workload)
            },
            classes: Names::beginning_with(""),
            columns,
        })
    }
}

impl RequestSource for RequestRows {
    fn next(&mut self) -> Option<Result<Arrival, TraceError>> {
        let Self {
            table,
            clock,
            workloads,
            classes,
            time_scale,
            columns,
        } = self;
        match *columns {
            Columns::Requests {
                arrival,
                service,
                workload,
                class,
                bytes,
            } => table.next(|row| {
                // Each field is read before the first failure counts, so that a row tells all its problems.
                let at = read_time(clock, row, arrival, "arrival_s");
                let service = row.nano(service, "service_s", RIGHT_SERVICE).map(Nanos);
                let workload =
                    workload.map_or(Some(0), |column| read_workload(workloads, row, column));
                let class = class.map_or(Some(0), |column| classes.read(row, column, "class"));
                let bytes =
                    bytes.map_or(Some(0), |column| whole(row, column, "bytes", RIGHT_BYTES));
                Some(Arrival {
                    at: time_scale.apply(at?),
                    service: service?,
                    workload: workload?,
                    class: class?,
                    bytes: bytes?,
                })
            }),
            Columns::Llm {
                timestamp,
                context,
                generated,
                service,
            } => table.next(|row| {
                let at = read_time(clock, row, timestamp, "TIMESTAMP");
                let context = whole(row, context, "ContextTokens", RIGHT_TOKENS);
                let generated = whole(row, generated, "GeneratedTokens", RIGHT_TOKENS);
                let tokens = |count: u64, each: Nanos| Nanos(count.saturating_mul(each.0));
                let service = service.base
                    + tokens(context?, service.per_context_token)
                    + tokens(generated?, service.per_generated_token);
                Some(Arrival {
                    at: time_scale.apply(at?),
                    service,
                    workload: 0,
                    class: 0,
                    bytes: 0,
                })
            }),
        }
    }

    fn workloads(&self) -> &[String] {
        self.workloads.list()
    }

    fn workload_line(&self, number: usize) -> Option<u64> {
        self.workloads.line(number)
    }

    fn classes(&self) -> &[String] {
        self.classes.list()
    }

    fn describe(&self, notes: &mut TraceNotes) {
        notes.rows = self.table.rows();
        notes.origin_unix_ms = self.clock.origin_unix_ms();
        notes.end = self.time_scale.apply(self.clock.reached());
        notes.remarks.extend(self.clock.remark());
        notes.llm_service = match self.columns {
            Columns::Requests { .. } => None,
            Columns::Llm { service, .. } => Some(service),
        };
    }
}

/// The time of a row; a problem and `None` where it is none or goes backwards.
pub(super) fn read_time(
    clock: &mut Clock,
    row: &mut Row,
    column: usize,
    name: &str,
) -> Option<Nanos> {
    clock
        .read(row.field(column))
        .map_err(|fault| row.refuse(name, fault.wrong, fault.right))
        .ok()
}

/// The workload of a row; a problem and `None` where it is empty.
pub(super) fn read_workload(workloads: &mut Names, row: &mut Row, column: usize) -> Option<u32> {
    if row.field(column).is_empty() {
        row.refuse(
            "workload",
            "the name is empty",
            "name the workload, or leave the column out",
        );
        return None;
    }
    workloads.read(row, column, "workload")
}

fn whole(row: &mut Row, column: usize, name: &str, right: &str) -> Option<u64> {
    let nano = row.nano(column, name, right)?;
    if !nano.is_multiple_of(NANO) {
        let wrong = format!("{} is not whole", super::error::quoted(row.field(column)));
        row.refuse(name, wrong, right);
        return None;
    }
    Some(nano / NANO)
}
