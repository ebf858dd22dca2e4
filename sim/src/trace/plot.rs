//! The rate of a trace over time as columns of characters.

use serde::Serialize;

use crate::time::Nanos;

/// Columns at most, so that a plot fits a terminal of 80 characters with its scale.
const MOST_COLUMNS: usize = 64;

/// Lines of a plot.
const LINES: u32 = 8;

/// Eighths of a character, from the bottom.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The mean rate in one span of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// Start of the span.
    #[serde(rename = "fromNs")]
    pub from: Nanos,
    /// Its length.
    #[serde(rename = "widthNs")]
    pub width: Nanos,
    /// Requests a second; `None` where nothing is known of the span.
    #[serde(rename = "ratePerSecond")]
    pub rate: Option<f64>,
}

/// Columns of a trace whose length is not known yet: their width doubles when they become too many.
#[derive(Debug, Default)]
pub(super) struct Columns {
    width: Nanos,
    /// Requests and the time of which they are known.
    sums: Vec<(f64, f64)>,
}

impl Columns {
    /// Adds the requests of a bin, to the column in which it begins.
    pub(super) fn add(&mut self, start: Nanos, width: Nanos, requests: u64) {
        if self.width == Nanos::ZERO {
            self.width = width.max(Nanos(1));
        }
        while start.0 / self.width.0 >= MOST_COLUMNS as u64 {
            self.width = Nanos(self.width.0.saturating_mul(2));
            self.sums = self
                .sums
                .chunks(2)
                .map(|pair| pair.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1)))
                .collect();
        }
        let index = usize::try_from(start.0 / self.width.0).unwrap_or(MOST_COLUMNS - 1);
        if self.sums.len() <= index {
            self.sums.resize(index + 1, (0.0, 0.0));
        }
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let requests = requests as f64;
        self.sums[index].0 += requests;
        self.sums[index].1 += width.as_secs_f64();
    }

    pub(super) fn finish(self) -> Vec<Column> {
        let width = self.width;
        let from = (0_u64..).map(|index| Nanos(index.saturating_mul(width.0)));
        let columns = self.sums.into_iter().zip(from);
        columns
            .map(|((requests, seconds), from)| Column {
                from,
                width,
                rate: (seconds > 0.0).then_some(requests / seconds),
            })
            .collect()
    }
}

/// Draws columns, with the largest rate at the top left; a gap is a dot on the ground.
#[must_use]
pub fn draw(columns: &[Column]) -> String {
    let top = columns.iter().filter_map(|c| c.rate).fold(0.0, f64::max);
    let mut plot = String::new();
    for line in (0..LINES).rev() {
        let scale = match line {
            _ if line + 1 == LINES => format!("{:>11} ┤", short(top)),
            0 => format!("{:>11} ┤", 0),
            _ => format!("{:>11} │", ""),
        };
        plot.push_str(&scale);
        let row: String = columns.iter().map(|c| cell(c.rate, top, line)).collect();
        plot.push_str(row.trim_end());
        plot.push('\n');
    }
    plot
}

/// The character of a column in a line, counted from the ground.
fn cell(rate: Option<f64>, top: f64, line: u32) -> char {
    let Some(rate) = rate else {
        return if line == 0 { '·' } else { ' ' };
    };
    let share = if top > 0.0 { rate / top } else { 0.0 };
    let eighths = (share * f64::from(LINES) - f64::from(line)) * 8.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 8"
    )]
    let eighths = eighths.ceil().clamp(0.0, 8.0) as usize;
    BLOCKS[eighths]
}

/// A rate with three digits that matter.
#[must_use]
pub fn short(rate: f64) -> String {
    let digits = match rate {
        _ if rate >= 100.0 || rate == 0.0 => 0,
        _ if rate >= 10.0 => 1,
        _ if rate >= 1.0 => 2,
        _ => 3,
    };
    format!("{rate:.digits$}/s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_double_in_width_and_lose_no_request() {
        let mut columns = Columns::default();
        for second in 0..1_000 {
            columns.add(Nanos::from_secs(second), Nanos::from_secs(1), 3);
        }
        let columns = columns.finish();
        assert!(columns.len() <= MOST_COLUMNS && columns.len() > MOST_COLUMNS / 4);
        assert!(columns.iter().all(|column| column.rate == Some(3.0)));
    }

    #[test]
    fn a_gap_is_a_dot_and_a_quiet_time_is_empty() {
        let column = |rate| Column {
            from: Nanos::ZERO,
            width: Nanos::from_secs(1),
            rate,
        };
        let plot = draw(&[
            column(Some(16.0)),
            column(None),
            column(Some(0.0)),
            column(Some(1.0)),
        ]);
        let lines: Vec<_> = plot.lines().collect();
        assert_eq!(lines.len(), 8);
        assert_eq!(lines[0], "     16.0/s ┤█");
        assert_eq!(lines[7], "          0 ┤█· ▄");
    }
}
