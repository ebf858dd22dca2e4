//! The formats of traces: their columns, and which of them a header line is.

use std::fmt;

use serde::Serialize;

use super::error::{Problems, quoted};

/// Layout of a trace. Columns are found by name, in any order and case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `arrival_s,service_s[,workload][,class][,bytes]`: one row a request.
    Requests,
    /// `ts,count[,workload][,service_mean_s]`: one row a bin and workload.
    Rates,
    /// `TIMESTAMP,ContextTokens,GeneratedTokens`: one row a request to a language model, as Azure publishes them.
    AzureLlm,
    /// `timestamp,value`: one row a bin, as in `CloudWatch` exports and the Numenta benchmark.
    Series,
    /// `HashOwner,HashApp,HashFunction,Trigger,1..1440`: one row a function, one file a day.
    #[serde(rename = "azure-functions-2019")]
    AzureFunctions2019,
    /// `app,func,end_timestamp,duration`: one row an invocation, in the order of their ends.
    #[serde(rename = "azure-functions-2021")]
    AzureFunctions2021,
    /// The answer of Prometheus to a `query_range`: one JSON document.
    Prometheus,
    /// Text with a sample a line: `OpenMetrics`, or what `promtool tsdb dump` prints.
    OpenMetrics,
    /// `{"ts":..,"metric":..,"labels":{..},"value":..}`: one line a sample.
    Metrics,
    /// The Standard Workload Format 2.2: 18 columns, one row a job.
    Swf,
    /// Combined or common log of a web server, counted by the second.
    AccessLog,
    /// What k6 writes with `--out json`.
    K6,
}

/// Columns of a format in lower case: those that must be there, then those that may.
pub(super) struct Layout {
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
}

/// Formats that a header tells, in the order in which they are tried.
const WITH_HEADER: [Format; 5] = [
    Format::Requests,
    Format::Rates,
    Format::AzureLlm,
    Format::Series,
    Format::AzureFunctions2021,
];

impl Format {
    /// All formats.
    pub const ALL: [Self; 12] = [
        Self::Requests,
        Self::Rates,
        Self::AzureLlm,
        Self::Series,
        Self::AzureFunctions2019,
        Self::AzureFunctions2021,
        Self::Prometheus,
        Self::OpenMetrics,
        Self::Metrics,
        Self::Swf,
        Self::AccessLog,
        Self::K6,
    ];

    /// Columns that a header names; none for a format without such a header.
    pub(super) fn layout(self) -> Layout {
        let (required, optional): (&[_], &[_]) = match self {
            Self::Requests => (&["arrival_s", "service_s"], &["workload", "class", "bytes"]),
            Self::Rates => (&["ts", "count"], &["workload", "service_mean_s"]),
            Self::AzureLlm => (&["timestamp", "contexttokens", "generatedtokens"], &[]),
            // CloudWatch's own tables add the unit, which is Count for all that can be a load.
            Self::Series => (&["timestamp", "value"], &["unit"]),
            Self::AzureFunctions2021 => (&["app", "func", "end_timestamp", "duration"], &[]),
            _ => (&[], &[]),
        };
        Layout { required, optional }
    }

    /// How a file of the format usually begins, or what it is.
    pub(super) fn looks_like(self) -> &'static str {
        match self {
            Self::Requests => "arrival_s,service_s[,workload][,class][,bytes]",
            Self::Rates => "ts,workload,count[,service_mean_s]",
            Self::AzureLlm => "TIMESTAMP,ContextTokens,GeneratedTokens",
            Self::Series => "timestamp,value[,unit]",
            Self::AzureFunctions2019 => "HashOwner,HashApp,HashFunction,Trigger,1,2,...,1440",
            Self::AzureFunctions2021 => "app,func,end_timestamp,duration",
            Self::Prometheus => "a JSON answer to query_range",
            Self::OpenMetrics => "OpenMetrics text",
            Self::Metrics => "JSON lines of samples (ts, metric, labels, value)",
            Self::Swf => "SWF 2.2 with 18 columns",
            Self::AccessLog => "a combined access log",
            Self::K6 => "k6 --out json",
        }
    }

    /// The format of which most of the required columns are there; `None` where no column is known.
    fn best_guess(names: &[String]) -> Option<Self> {
        let share = |format: &Self| {
            let required = format.layout().required;
            let found = required
                .iter()
                .filter(|column| names.iter().any(|name| name == *column))
                .count();
            // Twelfths are whole numbers for two, three and four columns.
            found * 12 / required.len()
        };
        WITH_HEADER
            .into_iter()
            .rev()
            .max_by_key(share)
            .filter(|format| share(format) > 0)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requests => "requests",
            Self::Rates => "rates",
            Self::AzureLlm => "azure-llm",
            Self::Series => "series",
            Self::AzureFunctions2019 => "azure-functions-2019",
            Self::AzureFunctions2021 => "azure-functions-2021",
            Self::Prometheus => "prometheus",
            Self::OpenMetrics => "open-metrics",
            Self::Metrics => "metrics",
            Self::Swf => "swf",
            Self::AccessLog => "access-log",
            Self::K6 => "k6",
        })
    }
}

/// A text that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a trace format: write one of {names}", names = Format::ALL.map(|format| format.to_string()).join(", "))]
pub struct ParseFormatError(String);

impl std::str::FromStr for Format {
    type Err = ParseFormatError;

    fn from_str(text: &str) -> Result<Self, ParseFormatError> {
        let found = Self::ALL
            .into_iter()
            .find(|format| format.to_string() == text);
        found.ok_or_else(|| ParseFormatError(text.to_owned()))
    }
}

/// Fields of a sample of a metric, which is no row of a table.
const METRIC: [&str; 3] = ["ts", "metric", "value"];

const RIGHT_METRIC: &str = r#"write a line like {"ts":0,"metric":"http_requests_total","labels":{"service":"web"},"value":3} for each sample"#;

/// Statistics of `CloudWatch` that count requests in a period, in lower case.
const STATISTICS: [&str; 2] = ["sum", "samplecount"];

/// A header that was understood: the format and where its columns are.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) format: Format,
    names: Vec<String>,
}

impl Header {
    /// Columns of a row.
    pub(super) fn width(&self) -> usize {
        self.names.len()
    }

    /// Place of a column that the layout requires (so that a missing one was refused with the header).
    pub(super) fn required(&self, name: &str) -> usize {
        self.optional(name)
            .expect("a header without a required column is refused when it is read")
    }

    /// Place of a column that may be missing.
    pub(super) fn optional(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|column| column == name)
    }

    /// Reads the header; `None` where problems were added.
    pub(super) fn read(
        fields: &[&[u8]],
        line: u64,
        wanted: Option<Format>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let mut names: Vec<_> = fields
            .iter()
            .map(|field| String::from_utf8_lossy(field).to_lowercase())
            .collect();
        rename_statistic(&mut names);
        if wanted.is_none() && METRIC.iter().all(|name| names.iter().any(|n| n == name)) {
            let wrong = "samples of metrics are read as JSON lines only, with the name of the metric as a text";
            problems.add(line, None, wrong, RIGHT_METRIC);
            return None;
        }
        let Some(format) = wanted.or_else(|| Format::best_guess(&names)) else {
            let usual: Vec<_> = Format::ALL
                .iter()
                .map(|format| format.looks_like())
                .collect();
            let wrong = format!(
                "{} is not the header of a known trace",
                quoted(&fields.join(&b','))
            );
            problems.add(
                line,
                None,
                wrong,
                format!("it must be one of: {}", usual.join(" | ")),
            );
            return None;
        };
        let layout = format.layout();
        let right = format!(
            "a trace of format {format} begins with {}",
            format.looks_like()
        );
        let mut sound = true;
        let mut refuse = |name: &str, wrong: &str| {
            problems.add(line, Some(name), wrong, right.as_str());
            sound = false;
        };
        for column in layout
            .required
            .iter()
            .filter(|column| !names.iter().any(|name| name == *column))
        {
            refuse(column, "the column is missing");
        }
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                refuse(&quoted(name.as_bytes()), "the column is there twice");
            } else if !layout.required.contains(&name.as_str())
                && !layout.optional.contains(&name.as_str())
            {
                refuse(&quoted(name.as_bytes()), "the column is not known");
            }
        }
        sound.then_some(Self { format, names })
    }
}

/// Calls the column of a `CloudWatch` statistic `value`, where it is what makes the table a series.
fn rename_statistic(names: &mut [String]) {
    let has = |column: &str| names.iter().any(|name| name == column);
    if !has("timestamp") || has("value") {
        return;
    }
    let statistic = |name: &&mut String| STATISTICS.contains(&name.as_str());
    if let Some(name) = names.iter_mut().find(statistic) {
        "value".clone_into(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str, wanted: Option<Format>) -> Result<Header, Vec<String>> {
        let fields: Vec<_> = header.split(',').map(str::as_bytes).collect();
        let mut problems = Problems::new("t");
        Header::read(&fields, 1, wanted, &mut problems).ok_or_else(|| {
            problems
                .listed
                .into_iter()
                .map(|p| format!("{:?} {}", p.field, p.wrong))
                .collect()
        })
    }

    #[test]
    fn the_header_decides_on_the_format() {
        for (header, format) in [
            ("arrival_s,service_s", Format::Requests),
            ("bytes,class,workload,service_s,arrival_s", Format::Requests),
            ("ts,workload,count", Format::Rates),
            ("ts,count", Format::Rates),
            ("TIMESTAMP,ContextTokens,GeneratedTokens", Format::AzureLlm),
            ("timestamp,value", Format::Series),
            ("Timestamp,Value", Format::Series),
            ("Timestamp,Sum,Unit", Format::Series),
            ("Timestamp,SampleCount", Format::Series),
            (
                "app,func,end_timestamp,duration",
                Format::AzureFunctions2021,
            ),
        ] {
            assert_eq!(read(header, None).map(|h| h.format), Ok(format), "{header}");
        }
    }

    #[test]
    fn a_header_that_is_nearly_right_is_refused_with_each_difference() {
        for (header, differences) in [
            ("arrival_s,service", 2),
            ("timestamp,requests", 2),
            ("timestamp,value,value", 1),
            ("ts,count,workload,service_mean_s,extra", 1),
            ("0.5,0.2", 1),
            ("", 1),
        ] {
            assert_eq!(
                read(header, None).map_err(|p| p.len()),
                Err(differences),
                "{header}"
            );
        }
    }

    #[test]
    fn a_format_that_the_caller_names_is_not_guessed() {
        let problems = read("timestamp,value", Some(Format::Requests));
        assert_eq!(problems.map_err(|p| p.len()), Err(4));
    }
}
