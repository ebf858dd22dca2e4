//! The tick's time: never before the time that memory knows.
//!
//! Windows, rate policies, cooldowns and dwell are measured on [`Clock::now`]. Ages of what the
//! host observed are measured on the host's own clock ([`Clock::age_of`]), because both ends of
//! such a span were read there: a host whose clock was set back still sees a fresh sample as
//! fresh.

use crate::decision::{Notice, NoticeReason};
use crate::units::{Millis, UnixMs};

/// The time of one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The tick's time: the later one of the host's clock and memory's.
    pub now: UnixMs,
    /// The host's clock.
    pub host: UnixMs,
    /// How far the host's clock may lie beside another one and still be taken for skew.
    pub max_skew: Millis,
    /// Whether the host's clock lies further than that behind memory's. Then time stands still
    /// on memory's clock and nothing scales down.
    pub skewed: bool,
}

/// An instant that lies further in the future than skew explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InTheFuture;

impl Clock {
    /// The clock of a tick that the host takes at `host`, after a tick at `memory` (absent for
    /// the first one).
    #[must_use]
    pub fn new(host: UnixMs, memory: Option<UnixMs>, max_skew: Millis) -> Self {
        let remembered = memory.unwrap_or(host);
        Self {
            now: host.max(remembered),
            host,
            max_skew,
            skewed: remembered.since(host) > max_skew,
        }
    }

    /// How old something is that was observed at `at`. A negative age within the skew is zero.
    ///
    /// # Errors
    /// [`InTheFuture`] if it lies beyond the skew: its source's clock is off.
    pub fn age_of(&self, at: UnixMs) -> Result<Millis, InTheFuture> {
        if at.since(self.host) > self.max_skew {
            Err(InTheFuture)
        } else {
            Ok(self.host.since(at))
        }
    }

    /// The instant on [`Clock::now`] that lies `age` back.
    #[must_use]
    pub fn back(&self, age: Millis) -> UnixMs {
        UnixMs(
            self.now
                .0
                .saturating_sub(i64::try_from(age.0).unwrap_or(i64::MAX)),
        )
    }

    /// What a person should know of the clock, if anything.
    #[must_use]
    pub fn notice(&self) -> Option<Notice> {
        self.skewed.then(|| Notice {
            reason: NoticeReason::ClockSkew,
            subject: "snapshot".into(),
            detail: format!(
                "the host's clock lies {} ms behind memory's, more than the {} ms of skew: \
                 time stands still and nothing scales down until it catches up",
                self.now.since(self.host).0,
                self.max_skew.0
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKEW: Millis = Millis(60_000);

    fn clock(host: i64, memory: Option<i64>) -> Clock {
        Clock::new(UnixMs(host), memory.map(UnixMs), SKEW)
    }

    #[test]
    fn time_never_runs_backwards() {
        for (sentence, host, memory, now, skewed) in [
            (
                "the first tick takes the host's clock",
                100,
                None,
                100,
                false,
            ),
            ("a later clock is taken", 100_000, Some(1), 100_000, false),
            (
                "a clock a little behind is lifted to memory's",
                40_000,
                Some(100_000),
                100_000,
                false,
            ),
            (
                "further behind than the skew, it is off",
                39_999,
                Some(100_000),
                100_000,
                true,
            ),
            (
                "the ends of time do not overflow",
                i64::MIN,
                Some(i64::MAX),
                i64::MAX,
                true,
            ),
        ] {
            let clock = clock(host, memory);
            assert_eq!(
                (clock.now, clock.skewed),
                (UnixMs(now), skewed),
                "{sentence}"
            );
            assert_eq!(clock.notice().is_some(), skewed, "{sentence}");
        }
    }

    #[test]
    fn an_age_is_measured_on_the_hosts_clock_and_never_negative() {
        let late = clock(1_000_000, Some(9_000_000));
        assert_eq!(late.age_of(UnixMs(990_000)), Ok(Millis(10_000)));
        assert_eq!(
            late.age_of(UnixMs(1_060_000)),
            Ok(Millis(0)),
            "within the skew"
        );
        assert_eq!(late.age_of(UnixMs(1_060_001)), Err(InTheFuture));
        assert_eq!(
            late.age_of(UnixMs(i64::MIN)),
            Ok(Millis(i64::MAX.unsigned_abs()))
        );
    }

    #[test]
    fn an_instant_remembered_by_its_age_lies_on_memorys_clock() {
        let late = clock(1_000_000, Some(9_000_000));
        assert_eq!(late.back(Millis(10_000)), UnixMs(8_990_000));
        assert_eq!(
            clock(i64::MIN, None).back(Millis(u64::MAX)),
            UnixMs(i64::MIN)
        );
    }
}
