//! Whose hours it is: which time zones a run may send to at the moment, and when that changes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::invitation::Invitation;
use crate::domain::timetable::Timetable;
use crate::engine::ports::Waiting;

/// The zones of a run's rows, as they were when the clock was last looked at.
pub(super) struct Hours {
    timetable: Timetable,
    zones: BTreeMap<String, Zone>,
    looked_at: Timestamp,
    /// When one of them opens or closes next.
    changes_at: Option<Timestamp>,
}

struct Zone {
    zone: TimeZone,
    is_open: bool,
}

/// What the schedule keeps back.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// When a deferred row is due that may go then.
    pub due: Option<Timestamp>,
    /// When a planned row may go whose hours have not come, and by whose clock.
    pub opening: Option<(Timestamp, TimeZone)>,
    /// Rows whose hours do not come any more before the schedule is over.
    pub never: bool,
    /// There are rows of zones that nobody knew of.
    pub is_news: bool,
}

impl Hours {
    /// Nothing is known of any zone yet.
    pub fn new(timetable: Timetable, now: Timestamp) -> Self {
        Self { timetable, zones: BTreeMap::new(), looked_at: now, changes_at: None }
    }

    /// Whether there are any hours.
    pub fn are_set(&self) -> bool {
        self.timetable.window().is_some()
    }

    /// Looks at the clock; whether a zone may have opened or closed since it was last looked at.
    pub fn look(&mut self, now: Timestamp) -> bool {
        let as_before = now >= self.looked_at && self.changes_at.is_none_or(|at| now < at);
        if !self.are_set() || as_before {
            return false;
        }
        for zone in self.zones.values_mut() {
            zone.is_open = self.timetable.lets_go(&zone.zone, now);
        }
        self.note_next_change(now);
        true
    }

    /// When a zone opens or closes next.
    pub fn change_at(&self) -> Option<Timestamp> {
        self.changes_at
    }

    /// The next look at the clock is a new one, whatever it shows.
    pub fn doubt(&mut self) {
        self.looked_at = Timestamp::MAX;
    }

    fn note_next_change(&mut self, now: Timestamp) {
        self.looked_at = now;
        self.changes_at = self.zones.values().filter_map(|zone| self.timetable.next_change(&zone.zone, now)).min();
    }

    /// Whether a row may go.
    pub fn let_go(&mut self, row: &Invitation, now: Timestamp) -> bool {
        !self.are_set() || self.is_open(row.planned.zone.as_deref().unwrap_or_default(), now)
    }

    fn is_open(&mut self, name: &str, now: Timestamp) -> bool {
        self.learn(name, now);
        self.zones.get(name).is_some_and(|zone| zone.is_open)
    }

    /// Gets to know a zone; whether it was new.
    fn learn(&mut self, name: &str, now: Timestamp) -> bool {
        if self.zones.contains_key(name) {
            return false;
        }
        let zone = self.timetable.zone_of(name);
        let is_open = self.timetable.lets_go(&zone, now);
        let change = self.timetable.next_change(&zone, now);
        self.changes_at = [self.changes_at, change].into_iter().flatten().min();
        self.zones.insert(name.to_owned(), Zone { zone, is_open });
        true
    }

    /// The zones whose rows may go; `None` where that is all that are known of.
    pub fn open_zones(&self) -> Option<Vec<String>> {
        let is_closed = self.zones.values().any(|zone| !zone.is_open);
        is_closed.then(|| self.zones.iter().filter(|(_, zone)| zone.is_open).map(|(name, _)| name.clone()).collect())
    }

    /// What of the rows that wait the schedule keeps back, and until when.
    pub fn weigh(&mut self, waiting: &[Waiting], now: Timestamp) -> Waits {
        let mut waits = Waits::default();
        for rows in waiting {
            waits.is_news |= self.learn(&rows.zone, now);
            let Some(zone) = self.zones.get(&rows.zone) else { continue };
            // What may go now waits for something else: a cap, a limit of this run.
            let from = rows.due.unwrap_or(now).max(now);
            let Some(opening) = self.timetable.opening(&zone.zone, from) else {
                waits.never = true;
                continue;
            };
            match rows.due {
                Some(due) if due > now && opening == due => {
                    waits.due = Some(waits.due.map_or(opening, |at| at.min(opening)));
                }
                _ if opening > now && waits.opening.as_ref().is_none_or(|(at, _)| opening < *at) => {
                    waits.opening = Some((opening, zone.zone.clone()));
                }
                _ => {}
            }
        }
        waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::campaign::Schedule;
    use crate::domain::schedule;
    use crate::domain::zones::Zones;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn office() -> Hours {
        let window = schedule::Window {
            days: schedule::Days::at(0..5),
            hours: schedule::Hours::read("09:00-17:00").unwrap(),
            clock: schedule::WallClock::Recipient,
        };
        let schedule = Schedule { window: Some(window), ..Schedule::default() };
        Hours::new(Timetable::new(schedule, Zones::default()), at("2026-11-27T12:00:00Z"))
    }

    fn rows(zone: &str, due: Option<&str>) -> Waiting {
        Waiting { zone: zone.to_owned(), due: due.map(at) }
    }

    #[test]
    fn only_zones_at_work_are_open_and_the_clock_moves_them() {
        let (mut hours, noon) = (office(), at("2026-11-27T12:00:00Z"));
        assert!(hours.is_open("Africa/Nairobi", noon));
        assert_eq!(hours.open_zones(), None, "all that are known of");
        assert!(!hours.is_open("Asia/Tokyo", noon));
        assert_eq!(hours.open_zones(), Some(vec!["Africa/Nairobi".to_owned()]));
        assert!(!hours.look(at("2026-11-27T13:59:59Z")), "nothing has changed");
        assert!(hours.look(at("2026-11-27T14:00:00Z")), "five in Nairobi");
        assert_eq!(hours.open_zones(), Some(Vec::new()));
        assert!(hours.look(at("2026-11-30T00:00:00Z")), "Monday, nine in Tokyo");
        assert_eq!(hours.open_zones(), Some(vec!["Asia/Tokyo".to_owned()]));
        assert!(hours.look(at("2026-11-27T12:30:00Z")), "a clock set back is looked at anew");
        assert_eq!(hours.open_zones(), Some(vec!["Africa/Nairobi".to_owned()]));
    }

    #[test]
    fn what_waits_is_told_by_the_first_clock_that_lets_it_go() {
        let (mut hours, evening) = (office(), at("2026-11-27T18:00:00Z"));
        let waits = hours.weigh(&[rows("Africa/Nairobi", None), rows("Asia/Tokyo", None)], evening);
        let (opening, zone) = waits.opening.unwrap();
        assert_eq!((opening, zone.iana_name()), (at("2026-11-30T00:00:00Z"), Some("Asia/Tokyo")));
        assert!(waits.is_news && !waits.never);
        let waits = hours.weigh(&[rows("Africa/Nairobi", Some("2026-11-30T07:00:00Z"))], evening);
        assert_eq!((waits.due, waits.opening), (Some(at("2026-11-30T07:00:00Z")), None), "due within the hours");
        let waits = hours.weigh(&[rows("Africa/Nairobi", Some("2026-11-29T07:00:00Z"))], evening);
        assert_eq!(waits.opening.unwrap().0, at("2026-11-30T06:00:00Z"), "due on a Sunday");
    }
}
