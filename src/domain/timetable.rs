//! A campaign's schedule with the time zones it is read in: whether a message to somebody may leave at a moment.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::campaign::Schedule;
use super::schedule::{WallClock, Window};
use super::zones::Zones;

/// When messages may leave, recipient by recipient.
#[derive(Debug, Clone, Default)]
pub struct Timetable {
    schedule: Schedule,
    zones: Zones,
}

impl Timetable {
    /// * `zones`: where names of zones are looked up, and ours.
    pub fn new(schedule: Schedule, zones: Zones) -> Self {
        Self { schedule, zones }
    }

    /// The hours of the week, if any.
    pub fn window(&self) -> Option<&Window> {
        self.schedule.window.as_ref()
    }

    /// Whether each recipient's own clock counts.
    pub fn is_by_recipient(&self) -> bool {
        self.window().is_some_and(|window| window.clock == WallClock::Recipient)
    }

    /// The zone whose clock counts for a row.
    ///
    /// * `name`: the row's own; empty where it has none.
    pub fn zone_of(&self, name: &str) -> TimeZone {
        let name = match self.window().map(|window| &window.clock) {
            Some(WallClock::Recipient) => name,
            Some(WallClock::Named(name)) => name,
            Some(WallClock::Ours) | None => "",
        };
        // A name that an older machine does not know is read as if it were missing.
        self.zones.named(name).unwrap_or_else(|| self.zones.ours().clone())
    }

    /// Whether a message may leave.
    ///
    /// * `zone`: [`Timetable::zone_of`] its row.
    pub fn lets_go(&self, zone: &TimeZone, at: Timestamp) -> bool {
        self.schedule.not_before.is_none_or(|first| at >= first)
            && self.schedule.not_after.is_none_or(|last| at <= last)
            && self.window().is_none_or(|window| window.is_open(zone, at))
    }

    /// The first moment, from this one on, at which a message may leave; `None` where none comes.
    pub fn opening(&self, zone: &TimeZone, from: Timestamp) -> Option<Timestamp> {
        let from = self.schedule.not_before.map_or(from, |first| from.max(first));
        let opening = match self.window() {
            Some(window) => window.opening(zone, from)?,
            None => from,
        };
        self.schedule.not_after.is_none_or(|last| opening <= last).then_some(opening)
    }

    /// Whether `not_after` is still to come.
    pub fn goes_on(&self, at: Timestamp) -> bool {
        self.schedule.not_after.is_none_or(|last| at <= last)
    }

    /// When the hours next open or close.
    pub fn next_change(&self, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
        self.window()?.next_change(zone, after)
    }
}
