//! The files of a report directory, other than the HTML page and the decisions.
//!
//! ```text
//! DIR/summary.json               every run: what was run, totals, totals by workload
//! DIR/report.html                the same for people, with plots and the reasons (crate::report)
//! DIR/RUN/timeseries.csv         each interval of a run
//! DIR/RUN/decisions.jsonl        each tick of a run (crate::decisions)
//! ```
//!
//! Nothing is computed here beyond a change of unit.

mod abandoned;
mod figures;
mod staging;
mod summary;
mod timeseries;

pub use figures::decimal;
pub use staging::{OutputError, Staging, keep_input};
pub use summary::{FORMAT, write_summary, write_summary_over_seeds};
pub use timeseries::write_timeseries;

/// A name that every file system takes, for the run's folder: other characters than letters, digits, `-`, `_` and `.`
/// become `-`, and it neither is empty nor begins with a dot.
#[must_use]
pub fn folder_name(run: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = run.chars().map(safe).take(100).collect();
    if name.is_empty() || name.starts_with('.') {
        format!("run{name}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_run_name_leads_out_of_the_report_directory() {
        for (run, folder) in [
            ("spillway", "spillway"),
            ("../../etc", "run..-..-etc"),
            ("spot 50 %", "spot-50--"),
            ("", "run"),
            ("..", "run.."),
        ] {
            assert_eq!(folder_name(run), folder, "{run:?}");
        }
    }
}
