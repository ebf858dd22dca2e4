//! How far the times of a table of rates lie apart, against the width of its bins.
//!
//! A count is of its own bin: with a width that is not the counts' own the load would be another one.

use super::super::error::quoted;
use super::super::table::Row;
use crate::time::Nanos;

/// Who says how wide a bin is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ToldBy {
    /// The file, in a comment: its bins may all lie apart.
    File,
    /// The caller.
    Option,
    /// The distance of the first two times.
    FirstTimes,
}

/// The distances of a workload's times that were seen.
pub(super) struct Spacings {
    told_by: ToldBy,
    /// The least one, with the line of the later row.
    least: Option<(Nanos, u64)>,
    /// Those of the width of a bin, and those that are larger, with the last of them.
    even: u64,
    wider: u64,
    last_wider: Nanos,
}

impl Spacings {
    pub(super) fn new(told_by: ToldBy) -> Self {
        Self {
            told_by,
            least: None,
            even: 0,
            wider: 0,
            last_wider: Nanos::ZERO,
        }
    }

    /// Counts the distance of a row from the one before it; a problem and `None` where the bin before has not ended.
    pub(super) fn see(
        &mut self,
        spacing: Nanos,
        width: Option<Nanos>,
        row: &mut Row,
        (time, time_name): (&[u8], &str),
    ) -> Option<()> {
        if self.least.is_none_or(|(least, _)| spacing < least) {
            self.least = Some((spacing, row.line));
        }
        let Some(width) = width.filter(|_| spacing > Nanos::ZERO) else {
            let wrong = format!("{} is there twice", quoted(time));
            row.refuse(time_name, wrong, "keep one row for each time and workload");
            return None;
        };
        if spacing > width {
            self.wider += 1;
            self.last_wider = spacing;
        } else {
            self.even += 1;
        }
        if spacing >= width {
            return Some(());
        }
        let time = quoted(time);
        let wrong = format!("{time} is {spacing} after the row before, but a bin is {width} wide");
        match self.told_by {
            ToldBy::File => row.refuse(
                time_name,
                format!("{wrong} (# bin-width)"),
                "write the width of the bins into the comment, or leave it out",
            ),
            ToldBy::Option => row.refuse(
                time_name,
                format!("{wrong} (--bin-width)"),
                "leave --bin-width out: a count is of the time until the next row, and counts are not put together",
            ),
            ToldBy::FirstTimes => row.refuse(
                time_name,
                wrong,
                "space the rows evenly, or give the width (--bin-width 5m)",
            ),
        }
        None
    }

    /// What is wrong with a width that was given and is smaller than all distances, and the line of the least of them.
    pub(super) fn too_narrow(&self, width: Option<Nanos>) -> Option<(u64, String, &'static str)> {
        let width = width.filter(|_| self.told_by == ToldBy::Option);
        let (width, (least, line)) = width.zip(self.least)?;
        let wrong = format!(
            "times are {least} apart or more, but a bin is {width} wide (--bin-width), so that all between would be unknown"
        );
        let right = "leave --bin-width out: a count is of the time until the next row";
        (least > width).then_some((line, wrong, right))
    }

    /// A remark where the first two times have told a width that most times do not have.
    pub(super) fn remark(&self, width: Option<Nanos>) -> Option<String> {
        let width =
            width.filter(|_| self.told_by == ToldBy::FirstTimes && self.wider > self.even)?;
        Some(format!(
            "a bin is {width} wide, as the first two times tell, but most times are farther apart, like {}: if counts are \
of that time, leave out the rows before the first full one",
            self.last_wider
        ))
    }
}
