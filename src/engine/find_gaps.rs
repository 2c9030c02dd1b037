//! Measures the gap table: participants against references, contacts beside them, one person in memory at a time.

use std::collections::{HashMap, HashSet};

use crate::domain::campaign::{Audience, Dimension, GapQuery, ReferenceSpec};
use crate::domain::cell::Cell;
use crate::domain::contact::Tier;
use crate::domain::gap::{Basis, GapTable, Tally, is_lapsed};
use crate::domain::geography::{Region, RegionalGroups};
use crate::domain::hold_back::ContactPolicy;
use crate::domain::keys::AddressKey;
use crate::domain::multiplier::{Reach, passes_on, role_of};
use crate::domain::participation::{Base, Participation};
use crate::domain::reference::{
    Margin, NotCovered, Part, Reference, Targets, country_margin, not_covered, participation_margin, share_out,
    target_margin,
};
use crate::domain::segment::{Facts, SeenValues, TierRules, WhereProblem, tier_of};
use crate::domain::suppression::EVERYTHING;
use crate::engine::ports::{Contacts, LedgerError, Participations, Suppressions};

/// What the analysis needs to know besides the ledger.
#[derive(Debug, Clone, Copy)]
pub struct GapInputs<'a> {
    /// What is asked.
    pub query: &'a GapQuery,
    /// The targets files that `query.against` names.
    pub targets: &'a [Targets],
    /// Tier rules of the settings.
    pub tiers: &'a TierRules,
    /// Decisions of the settings about regional groups.
    pub groups: &'a RegionalGroups,
    /// Topic and purpose of the campaign, which decide who may be written to; without a campaign only what holds for
    /// every topic counts.
    pub campaign: Option<(&'a str, &'a str)>,
    /// What the settings say about whom not to write to.
    pub policy: &'a ContactPolicy,
}

/// Why there is no gap table.
#[derive(Debug, thiserror::Error)]
pub enum GapError {
    /// A dimension has no reference.
    #[error(transparent)]
    NotCovered(#[from] NotCovered),
    /// The reference meeting has no participants in the ledger.
    #[error("`participation:{year}` is no reference: the ledger has no participants of {year} who count; {known}")]
    EmptyReference {
        /// The year.
        year: i16,
        /// Which years there are.
        known: String,
    },
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Measures the gap table of the latest meeting.
///
/// # Errors
/// A dimension without a reference, a reference meeting nobody attended, or the ledger's own trouble.
pub fn find_gaps<L>(ledger: &mut L, inputs: &GapInputs<'_>) -> Result<GapTable, GapError>
where
    L: Contacts + Participations + Suppressions + ?Sized,
{
    let query = inputs.query;
    let parts = share_out(&query.by, &query.against, inputs.targets)?;
    let meetings = ledger.participation_years()?;
    let mut margins: Vec<Margin> = Vec::new();
    for part in &parts {
        margins.push(margin(ledger, part, inputs, &meetings)?);
    }
    let year = meetings.last().copied();
    let base = match year {
        Some(year) => base_of(ledger, year)?,
        None => Base::Registered,
    };
    let recent = meetings.iter().rev().take(2).copied().collect();
    let basis = Basis { reference: Reference::join(&query.by, &margins, inputs.groups), base, year, recent };
    let mut tally = Tally::new(inputs.groups);
    let tiers = count_contacts(ledger, inputs, &meetings, &basis.recent, &mut tally)?;
    if let Some(year) = year {
        let host = query.without_host;
        ledger.each_participation(year, &mut |who| {
            if who.base >= base && (host.is_none() || who.country.code() != host) {
                let group = who.region(inputs.groups);
                let cell = Cell::of_participation(&query.by, &who, group, tiers.get(&who.key).copied());
                tally.add_participant(cell, group);
            }
        })?;
    }
    Ok(GapTable::measure(query, basis, tally))
}

/// Checked in where the meeting's data says so of anybody, else registered.
fn base_of<L: Participations + ?Sized>(ledger: &mut L, year: i16) -> Result<Base, LedgerError> {
    let mut base = Base::Registered;
    ledger.each_participation(year, &mut |who| base = base.max(who.base))?;
    Ok(base)
}

fn margin<L: Participations + ?Sized>(
    ledger: &mut L,
    part: &Part,
    inputs: &GapInputs<'_>,
    meetings: &[i16],
) -> Result<Margin, GapError> {
    let host = inputs.query.without_host;
    let found = match part.spec {
        ReferenceSpec::Participation(year) => {
            let counts = count_meeting(ledger, part, year, inputs)?;
            let margin = participation_margin(part, &counts, inputs.groups);
            if margin.shares.is_empty() {
                return Err(GapError::EmptyReference { year, known: known_years(meetings) });
            }
            Some(margin)
        }
        ReferenceSpec::Targets(_) => target_margin(part, inputs.targets, host, inputs.groups),
        _ => country_margin(part, host, inputs.groups),
    };
    Ok(found.ok_or_else(|| not_covered(part.dimensions.first()))?)
}

fn count_meeting<L: Participations + ?Sized>(
    ledger: &mut L,
    part: &Part,
    year: i16,
    inputs: &GapInputs<'_>,
) -> Result<HashMap<Cell, u64>, LedgerError> {
    let base = base_of(ledger, year)?;
    let host = inputs.query.without_host;
    let belongs = |who: &Participation, group: Region| {
        who.base >= base && group.is_group_of_states() && (host.is_none() || who.country.code() != host)
    };
    let mut counts: HashMap<Cell, u64> = HashMap::new();
    ledger.each_participation(year, &mut |who| {
        let group = who.region(inputs.groups);
        if belongs(&who, group) {
            *counts.entry(Cell::of_participation(&part.dimensions, &who, group, None)).or_default() += 1;
        }
    })?;
    Ok(counts)
}

fn known_years(meetings: &[i16]) -> String {
    if meetings.is_empty() {
        return "import participation first".to_owned();
    }
    format!("there are those of {}", meetings.iter().map(i16::to_string).collect::<Vec<_>>().join(", "))
}

/// Counts every contact, and gives the tiers of those who ever took part where the table asks for tiers.
fn count_contacts<L>(
    ledger: &mut L,
    inputs: &GapInputs<'_>,
    meetings: &[i16],
    recent: &[i16],
    tally: &mut Tally,
) -> Result<HashMap<AddressKey, Tier>, LedgerError>
where
    L: Contacts + Participations + Suppressions + ?Sized,
{
    let query = inputs.query;
    let attendance = ledger.attendance()?;
    let suppressed: HashSet<AddressKey> = ledger
        .suppressions()?
        .into_iter()
        .filter(|s| inputs.campaign.map_or(s.topic == EVERYTHING, |(topic, _)| s.covers(topic)))
        .map(|s| s.key)
        .collect();
    let purpose = inputs.campaign.map(|(_, purpose)| purpose);
    let mut tiers = HashMap::new();
    ledger.each_contact(&mut |contact| {
        let attended = attendance.get(&contact.key).map_or(&[][..], Vec::as_slice);
        let region = contact.region(inputs.groups);
        let tier = tier_of(&contact, region, attended, meetings, inputs.tiers);
        let facts = Facts { contact: &contact, tier, region, attended, invited: &[], registered: false };
        let mailable =
            !suppressed.contains(&contact.key) && inputs.policy.reason_not_to_write(&contact, purpose).is_none();
        let (cell, part) = (Cell::of_contact(&query.by, &facts), Cell::of_contact(&query.split, &facts));
        // An organisation as a whole, or a list, is nobody who could come.
        if !contact.is_multiplier() {
            tally.add_contact(cell, part, mailable, is_lapsed(attended, recent));
        }
        if passes_on(&facts) {
            tally.add_multiplier(Reach::of(&query.by, &facts), role_of(&contact), mailable);
        }
        if query.by.contains(&Dimension::Tier) && !attended.is_empty() {
            tiers.insert(contact.key, tier);
        }
    })?;
    Ok(tiers)
}

/// Compares the words of every audience with the vocabularies and with what the contacts have: misspelt values, columns
/// and values nobody has.
///
/// # Errors
/// The ledger's.
pub fn check_audiences<L>(ledger: &mut L, audiences: &[Audience]) -> Result<Vec<WhereProblem>, LedgerError>
where
    L: Contacts + ?Sized,
{
    let mut problems: Vec<WhereProblem> = audiences.iter().flat_map(|a| a.filter.check_words()).collect();
    let mut seen = SeenValues::watching(audiences.iter().map(|a| &a.filter));
    if !seen.is_idle() {
        ledger.each_contact(&mut |contact| seen.look_at(&contact))?;
        problems.extend(seen.problems());
    }
    Ok(problems)
}
