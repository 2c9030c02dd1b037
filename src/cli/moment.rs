//! Moments as people say them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::context::Context;
use super::failure::Failure;
use crate::clock;
use crate::domain::zones::Zones;

/// Within this time a day's name alone is clear.
const A_WEEK: SignedDuration = SignedDuration::from_hours(6 * 24);

/// `Thursday 14:00 (Europe/Zurich)`; what is further away has its date.
pub fn in_words(at: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let local = zone.to_datetime(at);
    let name = zone.iana_name().unwrap_or("this computer's time");
    let is_near = at >= now && at.duration_since(now) < A_WEEK;
    let form = if is_near { "%A %H:%M" } else { "%A %-d %B %Y, %H:%M" };
    format!("{} ({name})", local.strftime(form))
}

/// The time zones this computer knows, and the organisation's own, else this computer's.
///
/// # Errors
/// The settings'.
pub fn zones(context: &Context) -> Result<Zones, Failure> {
    let zones = clock::zones();
    let ours = context.settings()?.time_zone.as_deref().and_then(|name| zones.named(name));
    Ok(match ours {
        Some(ours) => zones.with_ours(ours),
        None => zones,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_moment_is_a_day_and_an_hour_and_a_far_one_has_its_date() {
        let zone = Zones::default().named("Europe/Zurich").unwrap();
        let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        let said = |at: &str| in_words(at.parse().unwrap(), &zone, now);
        assert_eq!(said("2026-12-03T11:59:00Z"), "Thursday 12:59 (Europe/Zurich)");
        assert_eq!(said("2026-12-03T13:00:00Z"), "Thursday 3 December 2026, 14:00 (Europe/Zurich)");
        assert_eq!(in_words(now, &TimeZone::UTC, now), "Friday 12:00 (UTC)");
    }
}
