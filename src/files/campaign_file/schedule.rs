//! `[schedule]`: when messages may leave.

use crate::domain::campaign::Schedule;
use crate::domain::schedule::{Days, Hours, WallClock, Window};
use crate::domain::zones::Zones;
use crate::files::toml_reader::{Entry, Section};

/// The word for each recipient's own clock.
const RECIPIENT: &str = "recipient";

/// Reads the section.
pub(super) fn read_schedule(section: Section<'_>) -> Schedule {
    let not_before = section.entry("not_before").and_then(|e| e.moment());
    let not_after = section.entry("not_after").and_then(|e| e.moment());
    if let (Some(first), Some(last)) = (not_before, not_after)
        && first >= last
    {
        section.complain("contradiction", "`not_after` is not later than `not_before`", "no moment lies between them");
    }
    let window = read_window(&section);
    section.finish();
    Schedule { not_before, not_after, window }
}

/// Hours of the week, where days or hours are named.
fn read_window(section: &Section<'_>) -> Option<Window> {
    let days = section.entry("days").map(|e| read_days(&e));
    let hours = section.entry("hours").map(|e| read_hours(&e));
    let zone = section.entry("zone");
    if days.is_none() && hours.is_none() {
        if let Some(zone) = zone {
            zone.complain_at_key(
                "contradiction",
                "`schedule.zone` says by whose clock, and neither `days` nor `hours` is there",
                "add `hours = \"09:00-17:00\"` or `days`, or remove `zone`",
            );
        }
        return None;
    }
    if zone.is_none() {
        section.warn(
            "no-zone",
            "without `schedule.zone` the hours are the organisation's (`organisation.time_zone`), else this computer's",
            "write `zone = \"recipient\"` for each recipient's own clock, or a name such as \"Europe/Zurich\"",
        );
    }
    Some(Window {
        days: days.unwrap_or(Days::ALL),
        hours: hours.flatten().unwrap_or(Hours::ALL),
        clock: zone.and_then(|e| read_clock(&e)).unwrap_or(WallClock::Ours),
    })
}

fn read_days(entry: &Entry<'_>) -> Days {
    let items = entry.items();
    if items.is_empty() {
        entry.complain(
            "empty-value",
            "`schedule.days` names no day",
            "name days, such as [\"mon\", \"tue\"], or remove it",
        );
    }
    Days::at(items.iter().filter_map(|day| day.choice(&Days::WORDS)))
}

fn read_hours(entry: &Entry<'_>) -> Option<Hours> {
    let written = entry.line()?;
    let hours = Hours::read(written);
    if hours.is_none() {
        entry.complain(
            "bad-hours",
            format!("`{}` is no span of hours: `{written}`", entry.path()),
            "write a beginning and an end, such as \"09:00-17:00\"; an end before the beginning is the next day's",
        );
    }
    hours
}

fn read_clock(entry: &Entry<'_>) -> Option<WallClock> {
    let written = entry.line()?;
    if written.eq_ignore_ascii_case(RECIPIENT) {
        return Some(WallClock::Recipient);
    }
    if Zones::default().named(written).is_none() {
        entry.complain(
            "unknown-zone",
            format!("`{}` is no time zone: `{written}`", entry.path()),
            "write `recipient`, or a name of the IANA database such as \"Africa/Nairobi\"",
        );
        return None;
    }
    Some(WallClock::Named(written.to_owned()))
}
