//! By whose clock each recipient's hours are read, and what told it.

use std::collections::{BTreeMap, HashMap};

use super::PlanOrder;
use crate::domain::contact::Contact;
use crate::domain::geography::CountryCode;
use crate::domain::schedule::WallClock;
use crate::domain::zones::ZoneSource;

/// In whose time the recipients of a plan live.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clocks {
    /// How many, by what told it.
    pub by_source: BTreeMap<ZoneSource, u64>,
    /// What stands in `time_zone` and is no zone, with how many recipients have it.
    pub unreadable: BTreeMap<String, u64>,
    /// What was found out already: contacts with the same words have the same zone.
    known: HashMap<(String, Option<CountryCode>), (Option<String>, ZoneSource)>,
}

impl Clocks {
    /// None where the campaign's schedule does not ask.
    pub(super) fn wanted(order: &PlanOrder<'_>) -> Option<Self> {
        let window = order.campaign.schedule.window.as_ref()?;
        (window.clock == WallClock::Recipient).then(Self::default)
    }

    /// The zone of a recipient for their row: empty where only the organisation's is known.
    pub(super) fn zone_of(&mut self, contact: &Contact, order: &PlanOrder<'_>) -> String {
        let words = (contact.time_zone.clone(), contact.country.code());
        let (zone, source) =
            self.known.entry(words).or_insert_with(|| order.zones.of_contact(contact, order.now)).clone();
        *self.by_source.entry(source).or_default() += 1;
        if source != ZoneSource::Own && !contact.time_zone.trim().is_empty() {
            *self.unreadable.entry(contact.time_zone.trim().to_owned()).or_default() += 1;
        }
        zone.unwrap_or_default()
    }
}
