//! A problem with what people wrote, with the place and the way out.

use thiserror::Error;

/// One problem: where, what is wrong, what would be right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("{}", self.text())]
pub struct Problem {
    /// The file or stream; absent for objects of an API server.
    pub source_name: Option<String>,
    /// Line in the source, counted from 1.
    pub line: Option<u32>,
    /// Column in the line, counted from 1; only where lines are long, as in JSON.
    pub column: Option<u32>,
    /// `Kind/name` or `Kind/namespace/name`; empty where it is not known yet.
    pub object: String,
    /// Path of the field, such as `spec.metrics[1].target.averageValue`; empty for the whole.
    pub path: String,
    /// What is wrong and what would be right; reads on after the path.
    pub message: String,
}

impl Problem {
    fn text(&self) -> String {
        let place = match (&self.source_name, self.line) {
            (Some(source), Some(line)) => {
                let column = self.column.map(|column| format!(":{column}"));
                format!("{source}:{line}{}: ", column.unwrap_or_default())
            }
            (Some(source), None) => format!("{source}: "),
            (None, Some(line)) => format!("line {line}: "),
            (None, None) => String::new(),
        };
        let subject = [self.object.as_str(), self.path.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        if subject.is_empty() {
            format!("{place}{}", self.message)
        } else {
            format!("{place}{subject}: {}", self.message)
        }
    }
}
