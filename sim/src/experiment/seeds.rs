//! The seeds of an experiment.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// Seeds in the order in which they were written, each once.
///
/// Written as one number, as a range with both its ends (`1..10`), or as a list of those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(Vec<u64>);

/// Most seeds of one experiment. Intervals of more seeds are narrower than anything else that is uncertain, and a
/// mistyped range shall not run for a year.
const MOST: u64 = 10_000;

impl Seeds {
    /// The seeds.
    #[must_use]
    pub fn as_slice(&self) -> &[u64] {
        &self.0
    }

    /// One seed.
    #[must_use]
    pub fn one(seed: u64) -> Self {
        Self(vec![seed])
    }

    fn of(parts: impl Iterator<Item = Result<(u64, u64), String>>) -> Result<Self, String> {
        let mut seeds = Vec::new();
        for part in parts {
            let (first, last) = part?;
            if first > last {
                return Err(format!("{first}..{last} is empty: write {last}..{first}"));
            }
            if last - first >= MOST {
                return Err(format!(
                    "{first}..{last} has too many seeds: write at most {MOST}"
                ));
            }
            for seed in first..=last {
                if seeds.contains(&seed) {
                    return Err(format!("seed {seed} is there twice: write it once"));
                }
                seeds.push(seed);
            }
        }
        if seeds.is_empty() {
            return Err("there is no seed: write at least one, like 1".to_owned());
        }
        Ok(Self(seeds))
    }
}

fn part(text: &str) -> Result<(u64, u64), String> {
    let refuse =
        || format!("`{text}` is no seed: write a whole number like 1, or a range like 1..10");
    let seed = |text: &str| text.trim().parse().map_err(|_| refuse());
    match text.split_once("..") {
        Some((first, last)) => Ok((seed(first)?, seed(last)?)),
        None => seed(text).map(|seed| (seed, seed)),
    }
}

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::of(text.split(',').map(part))
    }
}

impl<'de> Deserialize<'de> for Seeds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SeedsVisitor)
    }
}

struct SeedsVisitor;

impl<'de> Visitor<'de> for SeedsVisitor {
    type Value = Seeds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a seed like 1, a range like 1..10, or a list of those")
    }

    fn visit_u64<E: Error>(self, seed: u64) -> Result<Seeds, E> {
        Ok(Seeds::one(seed))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Seeds, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Seeds, A::Error> {
        let mut parts = Vec::new();
        while let Some(item) = list.next_element::<serde_json::Value>()? {
            let text = item
                .as_str()
                .map_or_else(|| item.to_string(), str::to_owned);
            parts.push(part(&text));
        }
        Seeds::of(parts.into_iter()).map_err(A::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_both_its_ends_and_each_seed_is_there_once() {
        for (text, seeds) in [
            ("7", Ok(vec![7])),
            ("1..3", Ok(vec![1, 2, 3])),
            ("5, 1..2", Ok(vec![5, 1, 2])),
            ("3..1", Err("write 1..3")),
            ("1..3,2", Err("twice")),
            ("1..99999999", Err("at most 10000")),
            ("0..18446744073709551615", Err("at most 10000")),
            ("one", Err("`one` is no seed")),
            ("", Err("is no seed")),
        ] {
            match (text.parse::<Seeds>(), seeds) {
                (Ok(found), Ok(seeds)) => assert_eq!(found.as_slice(), seeds, "{text}"),
                (Err(message), Err(says)) => assert!(message.contains(says), "{message}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn files_hold_a_number_a_text_or_a_list() {
        for (json, seeds) in [
            ("4", vec![4]),
            ("\"1..2\"", vec![1, 2]),
            ("[9, \"1..2\"]", vec![9, 1, 2]),
        ] {
            let found: Seeds = serde_json::from_str(json).expect("seeds");
            assert_eq!(found.as_slice(), seeds, "{json}");
        }
        for bad in ["[]", "-1", "1.5", "[1, -2]"] {
            assert!(serde_json::from_str::<Seeds>(bad).is_err(), "{bad}");
        }
    }
}
