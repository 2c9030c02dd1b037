//! Looks at contacts and mends them: lists, one person's record, corrections, unions, what a file no longer holds.

use std::collections::{HashMap, HashSet};

use crate::domain::contact::{Contact, Tier};
use crate::domain::geography::{Region, RegionalGroups};
use crate::domain::keys::AddressKey;
use crate::domain::segment::{Condition, Facts, SeenValues, TierRules, Where, WhereProblem, tier_of};
use crate::domain::suggestion::nearest_or_all;

use super::ports::{Ledger, LedgerError, LedgerResult};

pub mod field;
pub mod mend;
pub mod mirror;
pub mod show;

/// A contact of a list, with what the ledger adds to its own fields.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The contact.
    pub contact: &'a Contact,
    /// Tier, stated or by rule.
    pub tier: Tier,
    /// Regional group, by the settings.
    pub region: Region,
    /// Years attended, ascending.
    pub attended: &'a [i16],
}

/// What the settings say about people.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Tiers of those whom no column gives one.
    pub tiers: &'a TierRules,
    /// Regional groups of countries.
    pub groups: &'a RegionalGroups,
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Words of the conditions that are not known.
    #[error("the conditions have problems")]
    Conditions(Vec<WhereProblem>),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Shows every contact that meets the conditions, one at a time, in the order in which they were first stored; returns how
/// many there are. In memory are one contact, who attended, and (only where the conditions ask) who was invited.
///
/// # Errors
/// [`ListError::Conditions`] where a value is in no vocabulary, or no contact has the column or value: before anything is
/// shown.
pub fn list(
    ledger: &mut dyn Ledger,
    filter: &Where,
    rules: Rules<'_>,
    visit: &mut dyn FnMut(Listed<'_>),
) -> Result<u64, ListError> {
    let problems = check(ledger, filter)?;
    if !problems.is_empty() {
        return Err(ListError::Conditions(problems));
    }
    let past = Past::read(ledger, filter)?;
    let mut found = 0;
    ledger.each_contact(&mut |contact| {
        let attended = past.attended(contact.key);
        let region = contact.region(rules.groups);
        let tier = tier_of(&contact, region, attended, &past.meetings, rules.tiers);
        if filter.matches(&past.facts(&contact, tier, region)) {
            found += 1;
            visit(Listed { contact: &contact, tier, region, attended });
        }
    })?;
    Ok(found)
}

/// What can be said against the words of conditions, by the vocabularies, the campaigns and the contacts there are.
fn check(ledger: &mut dyn Ledger, filter: &Where) -> LedgerResult<Vec<WhereProblem>> {
    let mut problems = filter.check_words();
    for condition in filter.conditions() {
        if let Condition::InvitedIn { campaigns, .. } = condition {
            let known = ledger.campaigns()?;
            problems.extend(campaigns.iter().filter(|name| !known.contains(name)).map(|name| WhereProblem {
                field: "invited_in".to_owned(),
                value: name.clone(),
                message: format!("nobody was invited in a campaign `{name}`"),
                help: nearest_or_all(name, known.iter().map(String::as_str)),
            }));
        }
    }
    let mut seen = SeenValues::watching([filter]);
    if !seen.is_idle() {
        ledger.each_contact(&mut |contact| seen.look_at(&contact))?;
        problems.extend(seen.problems());
    }
    Ok(problems)
}

/// What the ledger knows of people beside their contacts.
struct Past {
    meetings: Vec<i16>,
    attendance: HashMap<AddressKey, Vec<i16>>,
    invited: HashMap<AddressKey, Vec<(String, String)>>,
    registered: HashSet<AddressKey>,
}

impl Past {
    /// Reads what the conditions ask for.
    fn read(ledger: &mut dyn Ledger, filter: &Where) -> LedgerResult<Self> {
        let conditions = filter.conditions();
        let mut past = Self {
            meetings: ledger.participation_years()?,
            attendance: ledger.attendance()?,
            invited: HashMap::new(),
            registered: HashSet::new(),
        };
        if conditions.iter().any(|c| matches!(c, Condition::InvitedIn { .. })) {
            for invitation in ledger.past_invitations()? {
                let known = past.invited.entry(invitation.key).or_default();
                known.push((invitation.campaign, invitation.state.to_string()));
            }
        }
        if conditions.iter().any(|c| matches!(c, Condition::Registered(_))) {
            past.registered = ledger.registered()?;
        }
        Ok(past)
    }

    fn attended(&self, key: AddressKey) -> &[i16] {
        self.attendance.get(&key).map_or(&[], Vec::as_slice)
    }

    fn facts<'a>(&'a self, contact: &'a Contact, tier: Tier, region: Region) -> Facts<'a> {
        Facts {
            contact,
            tier,
            region,
            attended: self.attended(contact.key),
            invited: self.invited.get(&contact.key).map_or(&[], Vec::as_slice),
            registered: self.registered.contains(&contact.key),
        }
    }
}
