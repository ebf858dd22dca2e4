//! Full hours, and what had been spent when they began.

use jiff::Timestamp;
use spillway_solver::units::MicroUsd;

use super::state::State;

impl State {
    /// Notes what was spent when the hour, and perhaps the day and the month, began.
    pub(super) fn begin_hour(&mut self) {
        let spent: MicroUsd = self.capped_money();
        let before = &mut self.ledger.spent_before;
        before.hour = spent;
        let now_ms = self.now.to_unix_ms(self.setup.start_ms);
        let Ok(now) = Timestamp::from_millisecond(now_ms) else {
            return;
        };
        let civil = now.to_zoned(jiff::tz::TimeZone::UTC);
        if civil.hour() == 0 {
            before.day = spent;
            if civil.day() == 1 {
                before.month = spent;
            }
        }
    }
}
