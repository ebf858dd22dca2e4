//! A short stand-in for a decision that wrote nothing.

use std::fmt;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use spillway_solver::decision::Decision;
use twox_hash::xxhash3_128::Hasher;

/// XXH3, 128 bits, written as 32 hexadecimal digits.
///
/// It tells two decisions apart when one was computed by other code or edited by mistake. It is no signature: whoever
/// wants to forge a file can.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::from(Hasher::oneshot(bytes))
    }

    /// The digest of all that can be read.
    ///
    /// # Errors
    ///
    /// When reading fails.
    pub fn of_reader(mut reader: impl Read) -> io::Result<Self> {
        let mut hash = Hash(Hasher::new());
        io::copy(&mut reader, &mut hash)?;
        Ok(hash.digest())
    }

    /// The digest of the decision's JSON.
    ///
    /// # Panics
    ///
    /// Never: a decision is strings, integers and lists of them.
    #[must_use]
    pub fn of_decision(decision: &Decision) -> Self {
        let json = serde_json::to_vec(decision)
            .expect("a decision is strings, integers and lists of them");
        Self::of(&json)
    }
}

/// The digest of lines, one after the other. Blanks around a line and a byte-order mark, which editors add, do not count.
#[derive(Debug)]
pub(super) struct DigestOfLines(Hash);

impl DigestOfLines {
    pub(super) fn new() -> Self {
        Self(Hash(Hasher::new()))
    }

    pub(super) fn add(&mut self, line: &str) {
        let line = line.trim_start_matches('\u{feff}').trim();
        self.0.0.write(line.as_bytes());
        self.0.0.write(b"\n");
    }

    pub(super) fn digest(&self) -> Digest {
        self.0.digest()
    }
}

/// The hash of what was written so far.
struct Hash(Hasher);

impl Hash {
    fn digest(&self) -> Digest {
        Digest::from(self.0.finish_128())
    }
}

impl io::Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.digest(), f)
    }
}

impl From<u128> for Digest {
    fn from(hash: u128) -> Self {
        Self(format!("{hash:032x}"))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors_hold() {
        for (text, digest) in [
            ("", "99aa06d3014798d86001c324468d497f"),
            ("a", "a96faf705af16834e6c632b61e964e1f"),
        ] {
            assert_eq!(Digest::of(text.as_bytes()).to_string(), digest, "{text:?}");
            let read = Digest::of_reader(text.as_bytes()).expect("bytes in memory");
            assert_eq!(read.to_string(), digest, "{text:?}");
        }
    }
}
