//! The one place that asks what time it is, and where.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::domain::zones::Zones;
use crate::engine::ports::Clock;

/// The computer's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The time zones of the computer's own database, which is renewed more often than this program; where it has none, the
/// compiled-in ones. Ours is the computer's.
pub fn zones() -> Zones {
    Zones::new(TimeZoneDatabase::from_env(), TimeZone::try_system().unwrap_or(TimeZone::UTC))
}
