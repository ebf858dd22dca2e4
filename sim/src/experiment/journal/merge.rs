//! The shards of a sweep as one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Header, JournalError, Line, described};

/// Puts the shards of a sweep together: each run once, in the order of the list.
///
/// # Errors
///
/// Where shards are of different sweeps, disagree about a run, or runs are missing.
pub fn merge(
    shards: Vec<(PathBuf, Header, Vec<Line>)>,
) -> Result<(Header, Vec<Line>), JournalError> {
    let mut whole: Option<Header> = None;
    let mut lines: BTreeMap<usize, Line> = BTreeMap::new();
    for (path, header, part) in shards {
        let header = header.of_shard(None);
        if whole.get_or_insert_with(|| header.clone()) != &header {
            let found = described(&header);
            return Err(JournalError::Other { path, found });
        }
        for line in part {
            let index = line.done.index;
            if lines.get(&index).is_some_and(|other| *other != line) {
                return Err(JournalError::Incomplete(format!(
                    "{}: run {index} differs from that of another directory: the two were made by different inputs",
                    path.display()
                )));
            }
            lines.insert(index, line);
        }
    }
    let header = whole.ok_or_else(|| JournalError::Incomplete("there is no shard".to_owned()))?;
    let missing: Vec<usize> = (0..header.runs)
        .filter(|index| !lines.contains_key(index))
        .collect();
    if !missing.is_empty() {
        let shown: Vec<String> = missing.iter().take(10).map(ToString::to_string).collect();
        let more = if missing.len() > 10 { ", ..." } else { "" };
        return Err(JournalError::Incomplete(format!(
            "{} of {} runs are missing ({}{more}): repeat `spillway-sim sweep --shard K/N` of those shards, which goes on where they stopped, and name all of their directories",
            missing.len(),
            header.runs,
            shown.join(", ")
        )));
    }
    Ok((header, lines.into_values().collect()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{done, header};
    use super::*;

    fn part(name: &str, indexes: &[usize]) -> (PathBuf, Header, Vec<Line>) {
        let lines = indexes.iter().map(|index| Line::from(done(*index)));
        (PathBuf::from(name), header("a"), lines.collect())
    }

    #[test]
    fn shards_make_a_whole_or_say_what_is_missing() {
        let (_, lines) = merge(vec![part("x", &[2, 0]), part("y", &[1, 0])]).expect("whole");
        assert_eq!(lines.len(), 3);
        let missing = merge(vec![part("x", &[0, 2])]).expect_err("1 is missing");
        assert!(
            missing.to_string().contains("1 of 3 runs are missing (1)"),
            "{missing}"
        );
        let mut other = part("y", &[1]);
        other.1.name = "b".into();
        let other = merge(vec![part("x", &[0, 2]), other]).expect_err("two sweeps");
        assert!(matches!(other, JournalError::Other { .. }), "{other}");
        let mut differs = part("y", &[1, 0]);
        differs.2[1].text = "{}".into();
        let differs = merge(vec![part("x", &[0, 2]), differs]).expect_err("two answers");
        assert!(differs.to_string().contains("run 0 differs"), "{differs}");
    }
}
