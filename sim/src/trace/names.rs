//! Names in a trace (workloads, classes) and the small numbers that stand for them in a run.

use std::collections::HashMap;

use super::table::Row;

/// Different names that a column may have: beyond it the column is surely not one of names, and remembering them
/// would let memory grow with the file.
const MOST_NAMES: usize = 65_536;

/// What is right where there are too many.
pub(super) const RIGHT_NAMES: &str = "name kinds, not requests";

/// Names in the order of their first appearance.
#[derive(Default)]
pub(super) struct Names {
    list: Vec<String>,
    /// The line of each name's first appearance; `None` for one that the file does not write.
    lines: Vec<Option<u64>>,
    index: HashMap<String, u32>,
    /// Number of the name seen last, which the next row usually repeats.
    last: u32,
}

impl Names {
    /// A list that begins with `first` as number 0.
    pub(super) fn beginning_with(first: &str) -> Self {
        let mut names = Self::default();
        names.add(first, None);
        names
    }

    pub(super) fn list(&self) -> &[String] {
        &self.list
    }

    /// The line in which a name appears first.
    pub(super) fn line(&self, number: usize) -> Option<u64> {
        self.lines.get(number).copied().flatten()
    }

    /// Number of a name, which is added where it is new.
    fn add(&mut self, name: &str, line: Option<u64>) -> u32 {
        if let Some(number) = self.index.get(name) {
            return *number;
        }
        let number = u32::try_from(self.list.len()).expect("readers stop adding at MOST_NAMES");
        self.list.push(name.to_owned());
        self.lines.push(line);
        self.index.insert(name.to_owned(), number);
        number
    }

    /// Number of the name in a field; a problem and `None` where it cannot be a name.
    pub(super) fn read(&mut self, row: &mut Row, column: usize, title: &str) -> Option<u32> {
        let field = row.field(column);
        if self
            .list
            .get(self.last as usize)
            .is_some_and(|name| name.as_bytes() == field)
        {
            return Some(self.last);
        }
        let Ok(name) = std::str::from_utf8(field) else {
            row.refuse(
                title,
                format!("{} is not UTF-8", super::error::quoted(field)),
                "save the file as UTF-8",
            );
            return None;
        };
        self.find(name, row.line)
            .map_err(|wrong| row.refuse(title, wrong, RIGHT_NAMES))
            .ok()
    }

    /// Number of a name that stands in line `line`; what is wrong where there are too many.
    pub(super) fn find(&mut self, name: &str, line: u64) -> Result<u32, String> {
        if self.list.len() >= MOST_NAMES && !self.index.contains_key(name) {
            return Err(format!("there are more than {MOST_NAMES} different ones"));
        }
        self.last = self.add(name, Some(line));
        Ok(self.last)
    }
}
