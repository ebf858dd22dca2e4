//! A hash that is the same in every release of the language and on every machine: what an answer
//! was computed from is remembered by it.

/// FNV-1a, 64 bits, over integers.
pub(crate) struct Fnv(u64);

impl Fnv {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn number(&mut self, x: i64) {
        for byte in x.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// Flags, sixty-three to a number.
    pub(crate) fn flags(&mut self, flags: &[bool]) {
        for some in flags.chunks(63) {
            self.number(
                some.iter()
                    .fold(1, |bits, flag| bits << 1 | i64::from(*flag)),
            );
        }
    }

    /// As it is remembered.
    pub(crate) fn text(&self) -> String {
        format!("{:016x}", self.0)
    }
}
