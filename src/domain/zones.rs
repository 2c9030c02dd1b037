//! In whose time a person lives: their own time zone, else their country's, else the organisation's; and never a guess
//! that is not told.

use std::fmt;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use super::contact::{Contact, vocabulary};
use super::geography::CountryCode;

/// For how long the clocks of a country's zones must agree to be taken for one.
const AGREEMENT: SignedDuration = SignedDuration::from_hours(24 * 400);

vocabulary! {
    /// What told in whose time a person lives.
    ZoneSource {
        /// Their `time_zone`.
        Own = "own",
        /// Their country, all of whose clocks show the same time.
        Country = "country",
        /// Nothing: the organisation's is taken.
        Organisation = "organisation",
    }
}

/// Time zones by their names in the IANA database, and our own.
#[derive(Clone)]
pub struct Zones {
    database: TimeZoneDatabase,
    ours: TimeZone,
}

impl Default for Zones {
    /// The compiled-in database, and UTC.
    fn default() -> Self {
        Self::new(TimeZoneDatabase::bundled(), TimeZone::UTC)
    }
}

impl fmt::Debug for Zones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zones").field("ours", &self.name_of_ours()).finish_non_exhaustive()
    }
}

impl Zones {
    /// * `database`: where names are looked up first; the compiled-in one is asked after it.
    /// * `ours`: the organisation's zone, or this computer's.
    pub fn new(database: TimeZoneDatabase, ours: TimeZone) -> Self {
        Self { database, ours }
    }

    /// The same names, with another zone of ours.
    pub fn with_ours(self, ours: TimeZone) -> Self {
        Self { ours, ..self }
    }

    /// The organisation's zone, or this computer's.
    pub fn ours(&self) -> &TimeZone {
        &self.ours
    }

    /// Its name, where it has one.
    pub fn name_of_ours(&self) -> Option<&str> {
        self.ours.iana_name()
    }

    /// The zone of this name.
    pub fn named(&self, name: &str) -> Option<TimeZone> {
        let name = name.trim();
        // jiff keeps this one for "unknown"; it is no place's.
        let asked = (!name.is_empty() && !name.eq_ignore_ascii_case("Etc/Unknown")).then_some(name)?;
        self.database.get(asked).or_else(|_| TimeZoneDatabase::bundled().get(asked)).ok()
    }

    /// The name of a contact's zone and what told it; no name where only ours is left.
    ///
    /// * `from`: the clocks of a country must agree from this moment on.
    pub fn of_contact(&self, contact: &Contact, from: Timestamp) -> (Option<String>, ZoneSource) {
        if let Some(zone) = self.named(&contact.time_zone) {
            let name = zone.iana_name().unwrap_or(contact.time_zone.trim());
            return (Some(name.to_owned()), ZoneSource::Own);
        }
        match contact.country.code().and_then(|code| self.of_country(code, from)) {
            Some(name) => (Some(name), ZoneSource::Country),
            None => (None, ZoneSource::Organisation),
        }
    }

    /// The zone of a country whose clocks all show the same time.
    fn of_country(&self, code: CountryCode, from: Timestamp) -> Option<String> {
        let names = &code.record().time_zones;
        let zones: Vec<TimeZone> = names.iter().map(|name| self.named(name)).collect::<Option<_>>()?;
        let (first, others) = zones.split_first()?;
        agree(first, others, from).then(|| names.first().cloned()).flatten()
    }
}

/// Whether clocks show the same time from a moment on, for as long as a campaign may last.
fn agree(first: &TimeZone, others: &[TimeZone], from: Timestamp) -> bool {
    let until = from.saturating_add(AGREEMENT).unwrap_or(Timestamp::MAX);
    let moved = |zone: &TimeZone| -> Vec<Timestamp> {
        zone.following(from).map(|moved| moved.timestamp()).take_while(|at| *at <= until).collect()
    };
    others.iter().all(|other| {
        let moments = std::iter::once(from).chain(moved(first)).chain(moved(other));
        moments.into_iter().all(|at| first.to_offset(at) == other.to_offset(at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::EmailAddress;
    use crate::domain::contact::Country;
    use crate::domain::keys::AddressKey;

    fn contact(time_zone: &str, country: &str) -> Contact {
        let address = EmailAddress::parse("ada@example.org").unwrap();
        let mut contact = Contact::bare("c1".to_owned(), AddressKey([7; 16]), address);
        contact.time_zone = time_zone.to_owned();
        contact.country = CountryCode::parse(country).map_or(Country::Missing, Country::Known);
        contact
    }

    fn of(time_zone: &str, country: &str) -> (Option<String>, ZoneSource) {
        Zones::default().of_contact(&contact(time_zone, country), "2026-11-28T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_persons_own_zone_comes_before_their_countrys() {
        assert_eq!(of("Asia/Tokyo", "KE"), (Some("Asia/Tokyo".to_owned()), ZoneSource::Own));
        assert_eq!(of(" asia/tokyo ", ""), (Some("Asia/Tokyo".to_owned()), ZoneSource::Own));
        assert_eq!(of("", "KE"), (Some("Africa/Nairobi".to_owned()), ZoneSource::Country));
    }

    #[test]
    fn what_is_no_zone_is_as_good_as_nothing() {
        for word in ["Eastern", "GMT+25", "Mars/Olympus", "../etc/passwd", "Etc/Unknown", "\0"] {
            assert_eq!(of(word, "KE").1, ZoneSource::Country, "{word}");
            assert_eq!(of(word, ""), (None, ZoneSource::Organisation), "{word}");
        }
    }

    #[test]
    fn a_country_with_several_clocks_is_no_answer() {
        for country in ["US", "RU", "BR", "AU", "PT", "ES", "CD", "KI", "MX", "CL"] {
            assert_eq!(of("", country), (None, ZoneSource::Organisation), "{country}");
        }
    }

    #[test]
    fn a_country_whose_zones_all_show_the_same_time_has_one() {
        for country in ["DE", "AR", "MY", "VN", "UZ", "CY"] {
            assert_eq!(of("", country).1, ZoneSource::Country, "{country}");
        }
    }
}
