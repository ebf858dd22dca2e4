//! A short stand-in for a decision that wrote nothing.

use std::fmt;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use spillway_solver::decision::Decision;

/// FNV-1a, 128 bits, written as 32 hexadecimal digits.
///
/// It tells two decisions apart when one was computed by other code or edited by mistake. It is no signature: whoever
/// wants to forge a file can.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

/// Offset basis and prime of the 128-bit variant (Fowler, Noll, Vo; RFC 9923). Other values make every
/// recorded digest a mismatch.
const OFFSET_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Hash(extended(OFFSET_BASIS, bytes)).digest()
    }

    /// The digest of all that can be read.
    ///
    /// # Errors
    ///
    /// When reading fails.
    pub fn of_reader(mut reader: impl Read) -> io::Result<Self> {
        let mut hash = Hash(OFFSET_BASIS);
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
        let mut hash = Hash(OFFSET_BASIS);
        serde_json::to_writer(&mut hash, decision)
            .expect("a decision is strings, integers and lists of them");
        hash.digest()
    }
}

/// The digest of lines, one after the other. Blanks around a line and a byte-order mark, which editors add, do not count.
#[derive(Debug)]
pub(super) struct DigestOfLines(Hash);

impl DigestOfLines {
    pub(super) const fn new() -> Self {
        Self(Hash(OFFSET_BASIS))
    }

    pub(super) fn add(&mut self, line: &str) {
        let line = line.trim_start_matches('\u{feff}').trim();
        self.0 = Hash(extended(extended(self.0.0, line.as_bytes()), b"\n"));
    }

    pub(super) fn digest(&self) -> Digest {
        self.0.digest()
    }
}

/// The hash of what was written so far.
#[derive(Debug)]
struct Hash(u128);

impl Hash {
    fn digest(&self) -> Digest {
        Digest(format!("{:032x}", self.0))
    }
}

impl io::Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = extended(self.0, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn extended(hash: u128, bytes: &[u8]) -> u128 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(PRIME)
    })
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
            ("", "6c62272e07bb014262b821756295c58d"),
            ("a", "d228cb696f1a8caf78912b704e4a8964"),
        ] {
            assert_eq!(Digest::of(text.as_bytes()).to_string(), digest, "{text:?}");
            let read = Digest::of_reader(text.as_bytes()).expect("bytes in memory");
            assert_eq!(read.to_string(), digest, "{text:?}");
        }
    }
}
