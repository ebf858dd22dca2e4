//! Integer units. Everything the core adds up or compares is an integer, so that a decision
//! is the same on every machine; floats live only inside the LP and in HPA's own arithmetic.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident($int:ty)) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
            Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(pub $int);

        impl $name {
            /// The sum, held at the type's bounds instead of wrapping.
            #[must_use]
            pub const fn saturating_add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }

            /// The difference, held at the type's bounds instead of wrapping.
            #[must_use]
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }
    };
}

unit!(
    /// Milliseconds since the Unix epoch.
    UnixMs(i64)
);
unit!(
    /// A span in milliseconds; never negative.
    Millis(u64)
);
unit!(
    /// Thousandths of a CPU core.
    MilliCpu(u64)
);
unit!(
    /// Bytes.
    Bytes(u64)
);
unit!(
    /// Millionths of a US dollar.
    MicroUsd(i64)
);
unit!(
    /// Millionths of a US dollar per hour.
    MicroUsdPerHour(i64)
);

impl UnixMs {
    /// Time passed from `earlier` to `self`; zero when the clock went backwards.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        Millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The instant `span` later.
    #[must_use]
    pub fn plus(self, span: Millis) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(span.0).unwrap_or(i64::MAX)),
        )
    }
}

impl MicroUsdPerHour {
    /// What running at this rate for `span` costs, rounded toward zero; exact in 128 bits.
    #[must_use]
    pub fn over(self, span: Millis) -> MicroUsd {
        let exact = i128::from(self.0) * i128::from(span.0) / i128::from(HOUR_MS);
        MicroUsd(i64::try_from(exact).unwrap_or(if exact < 0 { i64::MIN } else { i64::MAX }))
    }

    /// This rate `count` times.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self(self.0.saturating_mul(i64::from(count)))
    }
}

/// Milliseconds in an hour.
pub const HOUR_MS: u64 = 3_600_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_went_backwards_gives_a_zero_span() {
        assert_eq!(UnixMs(5).since(UnixMs(9)), Millis(0));
        assert_eq!(
            UnixMs(i64::MAX).since(UnixMs(i64::MIN)),
            Millis(i64::MAX as u64)
        );
    }

    #[test]
    fn a_rate_over_half_an_hour_is_half_the_rate() {
        assert_eq!(
            MicroUsdPerHour(192_000).over(Millis(HOUR_MS / 2)),
            MicroUsd(96_000)
        );
        assert_eq!(
            MicroUsdPerHour(i64::MAX).over(Millis(u64::MAX)),
            MicroUsd(i64::MAX)
        );
    }
}
