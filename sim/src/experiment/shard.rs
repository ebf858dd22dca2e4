//! A part of a sweep's list.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Every `of`th run, beginning with the `index`th. Counted from 0, as the indexes of a Kubernetes Job are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shard {
    index: usize,
    of: usize,
}

impl Shard {
    /// Whether a run of the list belongs to it. Neighbours go to different shards: they take about as long.
    #[must_use]
    pub const fn has(self, run: usize) -> bool {
        run % self.of == self.index
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, of)| {
            let (index, of) = (index.parse().ok()?, of.parse().ok()?);
            (index < of).then_some(Self { index, of })
        });
        parts.ok_or_else(|| {
            format!("`{text}` is no shard: write K/N with K from 0 to N-1, like 0/4 for the first of four")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shards_of_a_list_have_each_run_once() {
        let shards: Vec<Shard> = (0..4)
            .map(|k| format!("{k}/4").parse().expect("a shard"))
            .collect();
        for run in 0..23 {
            assert_eq!(
                shards.iter().filter(|shard| shard.has(run)).count(),
                1,
                "{run}"
            );
        }
        for bad in ["4/4", "1", "a/b", "-1/3", "0/0"] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }
}
