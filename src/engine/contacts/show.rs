//! Everything that is held about one person, and how it came about.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::chain::Event;
use crate::domain::contact::{Contact, Country, Stakeholder, Tier};
use crate::domain::geography::Region;
use crate::domain::language::LanguageTag;
use crate::domain::segment::{TierReason, tier_and_reason};
use crate::domain::suppression::Suppression;
use crate::engine::ports::{Ledger, LedgerResult, Link};

use super::Rules;

/// One person's record.
#[derive(Debug)]
pub struct Record {
    /// The contact.
    pub contact: Contact,
    /// Tier as computed, and why.
    pub tier: (Tier, TierReason),
    /// Regional group as computed, and why.
    pub region: (Region, RegionReason),
    /// Languages a letter would be written in, the first a template has: their own, its base, those of the country.
    pub languages: Vec<LanguageTag>,
    /// Years attended, ascending.
    pub attended: Vec<i16>,
    /// Registered for the coming meeting.
    pub registered: bool,
    /// What stands against writing to them.
    pub suppressions: Vec<Suppression>,
    /// Mailboxes they had before.
    pub links: Vec<Link>,
    /// The file by which they first came, where that is known.
    pub came_by: Option<String>,
    /// Values that people replaced: field and replaced text.
    pub corrections: Vec<(String, String)>,
    /// How invitations stand, by campaign and plan, latest last.
    pub invitations: Vec<Invited>,
}

/// Why a contact belongs to a regional group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionReason {
    /// It is of an intergovernmental organisation, which stand apart.
    Intergovernmental,
    /// By its country.
    Country,
    /// A column stated it, and no country decides.
    Stated,
    /// Neither country nor column.
    Nothing,
}

/// How one invitation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// Campaign.
    pub campaign: String,
    /// Plan.
    pub plan: String,
    /// The latest state.
    pub state: String,
    /// Since when.
    pub at: Timestamp,
}

/// Gathers the record of a contact.
///
/// # Errors
/// The ledger's.
pub fn record(ledger: &mut dyn Ledger, contact: Contact, rules: Rules<'_>) -> LedgerResult<Record> {
    let key = contact.key;
    let region = contact.region(rules.groups);
    let meetings = ledger.participation_years()?;
    let attended = ledger.attendance()?.remove(&key).unwrap_or_default();
    let corrections = ledger.corrections()?.into_iter().filter(|c| c.key == key);
    Ok(Record {
        tier: tier_and_reason(&contact, region, &attended, &meetings, rules.tiers),
        region: (region, region_reason(&contact)),
        languages: languages(&contact),
        registered: ledger.registered()?.contains(&key),
        suppressions: ledger.suppressions_of(key)?,
        links: ledger.links_to(key)?,
        came_by: ledger.came_by(key)?,
        corrections: corrections.map(|c| (c.field, c.replaced)).collect(),
        invitations: invitations(ledger.story(key)?),
        attended,
        contact,
    })
}

fn region_reason(contact: &Contact) -> RegionReason {
    match (&contact.country, contact.stated_region) {
        _ if contact.stakeholder == Stakeholder::IntergovernmentalOrganization => RegionReason::Intergovernmental,
        (Country::Known(_), _) => RegionReason::Country,
        (_, Some(_)) => RegionReason::Stated,
        (_, None) => RegionReason::Nothing,
    }
}

/// The order in which [`crate::domain::template::choice::choose`] looks for a variant.
fn languages(contact: &Contact) -> Vec<LanguageTag> {
    let own = contact.language.iter().flat_map(|own| [own.clone(), own.base()]);
    let country = contact.country.code().map(|code| code.record().official_languages.iter());
    let official = country.into_iter().flatten().filter_map(|tag| LanguageTag::parse(tag));
    let mut languages: Vec<LanguageTag> = Vec::new();
    for tag in own.chain(official) {
        if !languages.contains(&tag) {
            languages.push(tag);
        }
    }
    languages
}

/// The latest state of each plan's invitation, from what happened.
fn invitations(story: Vec<Event>) -> Vec<Invited> {
    let mut latest: BTreeMap<(String, String), Invited> = BTreeMap::new();
    for event in story {
        if let (Some(campaign), Some(plan), Some(state)) = (event.campaign, event.plan, event.state) {
            let invited = Invited { campaign: campaign.clone(), plan: plan.clone(), state, at: event.at };
            latest.insert((campaign, plan), invited);
        }
    }
    let mut invitations: Vec<Invited> = latest.into_values().collect();
    invitations.sort_by_key(|invited| invited.at);
    invitations
}
