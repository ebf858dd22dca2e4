//! The rows of a day: four labels and 1,440 counts.

use super::super::TraceError;
use super::super::content::Named;
use super::super::error::{Problems, quoted};
use super::super::lines::{LONGEST_LINE_BYTES, Lines, Step};
use super::{LABELS, MINUTES};

const RIGHT_ROW: &str = "write HashOwner,HashApp,HashFunction,Trigger and 1440 counts";

/// A function's day.
pub(super) struct Row {
    pub(super) labels: [String; 4],
    pub(super) counts: Vec<u32>,
}

/// Reads the rows of one file.
pub(super) struct Rows {
    lines: Lines,
    problems: Problems,
    any: bool,
    ended: bool,
}

impl Rows {
    /// Opens a file and reads its header.
    pub(super) fn open(file: Named) -> Result<Self, TraceError> {
        let mut this = Self {
            lines: Lines::new(file.input),
            problems: Problems::new(&file.name),
            any: false,
            ended: false,
        };
        if !this.step()? {
            this.refuse("the trace is empty", "it needs a header and a row");
            return Err(this.problems.take());
        }
        let names: Vec<_> = this.lines.text().split(|byte| *byte == b',').collect();
        let minutes = (1..=MINUTES).map(|minute| minute.to_string());
        let expected = LABELS.map(str::to_owned).into_iter().chain(minutes);
        let same = names.len() == LABELS.len() + MINUTES
            && expected
                .zip(&names)
                .all(|(name, found)| found.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
        if !same {
            let wrong = format!(
                "{} with {} columns is not its header",
                quoted(this.lines.text()),
                names.len()
            );
            this.refuse(
                wrong,
                "write HashOwner,HashApp,HashFunction,Trigger,1,2,...,1440",
            );
            return Err(match this.lines.damage() {
                Some(source) => this.problems.unreadable(source, 0),
                None => this.problems.take(),
            });
        }
        Ok(this)
    }

    /// Problems of the file, to add one to.
    pub(super) fn problems(&mut self) -> &mut Problems {
        &mut self.problems
    }

    /// The next row with its line; all problems at the end of the file.
    pub(super) fn next(&mut self) -> Option<Result<(u64, Row), TraceError>> {
        while !self.ended {
            match self.step() {
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
                Ok(false) => break,
                Ok(true) => {}
            }
            self.any = true;
            let line = self.lines.number();
            if let Some(row) = parse(self.lines.text(), line, &mut self.problems) {
                return Some(Ok((line, row)));
            }
        }
        if !self.ended {
            self.ended = true;
            if !self.any {
                self.refuse("the trace has a header only", "add at least one row");
            }
            return self.problems.any().then(|| Err(self.problems.take()));
        }
        None
    }

    fn refuse(&mut self, wrong: impl Into<String>, right: &str) {
        let line = self.lines.number().max(1);
        self.problems.add(line, None, wrong, right);
    }

    /// Moves to the next line that is not blank; `false` at the end.
    fn step(&mut self) -> Result<bool, TraceError> {
        loop {
            match self.lines.step() {
                Ok(Step::Line) if self.lines.text().trim_ascii().is_empty() => {}
                Ok(Step::Line) => return Ok(true),
                Ok(Step::End) => return Ok(false),
                Ok(Step::TooLong) => {
                    let right = format!("a row has at most {LONGEST_LINE_BYTES} bytes");
                    self.problems
                        .add(self.lines.number(), None, "the line is too long", right);
                }
                Err(source) => {
                    return Err(self.problems.unreadable(source, self.lines.number()));
                }
            }
        }
    }
}

fn parse(text: &[u8], line: u64, problems: &mut Problems) -> Option<Row> {
    let mut fields = text.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let labels =
        [(); 4].map(|()| String::from_utf8_lossy(fields.next().unwrap_or_default()).into_owned());
    let mut counts = Vec::with_capacity(MINUTES);
    let mut sound = true;
    for (index, field) in fields.enumerate() {
        let count = std::str::from_utf8(field)
            .ok()
            .and_then(|text| text.parse().ok());
        if count.is_none() && index < MINUTES {
            let minute = (index + 1).to_string();
            let wrong = format!("{} is not a count", quoted(field));
            problems.add(
                line,
                Some(&minute),
                wrong,
                "write a whole number, 0 or more",
            );
            sound = false;
        }
        counts.push(count.unwrap_or_default());
    }
    if counts.len() != MINUTES {
        let wrong = format!("the row has {} counts", counts.len());
        problems.add(line, None, wrong, RIGHT_ROW);
        sound = false;
    }
    sound.then_some(Row { labels, counts })
}
