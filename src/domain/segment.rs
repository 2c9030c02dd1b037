//! Segments: the conditions of an audience, and whether a contact meets them.

use super::contact::{Contact, Role, Tier};
use super::geography::{CountryCode, Region};
use super::language::LanguageTag;

mod words;

pub use words::{SeenValues, WhereProblem};

/// Conditions that must all hold. Empty means everybody.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Where {
    /// The conditions.
    pub all: Vec<Condition>,
}

/// One key of `where`.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// A contact field or custom column has one of these values (compared case folded).
    Field {
        /// Canonical field or custom column.
        name: String,
        /// Values, any of which will do.
        values: Vec<String>,
    },
    /// Meetings attended.
    Attended(Attended),
    /// Invited in one of these campaigns, with one of the outcomes if any are named.
    InvitedIn {
        /// Campaign names.
        campaigns: Vec<String>,
        /// States such as `accepted`; empty means any.
        outcomes: Vec<String>,
    },
    /// Registered (or not) for the coming meeting.
    Registered(bool),
    /// The conditions inside do not all hold.
    Not(Where),
}

/// `attended = …`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attended {
    /// At least one of these years.
    pub any_of: Vec<i16>,
    /// Every one of these years.
    pub all_of: Vec<i16>,
    /// None of these years.
    pub none_of: Vec<i16>,
}

/// Tier rules of the settings, for contacts without a stated tier.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TierRules {
    /// Took part in any of the last n meetings → community.
    pub community_if_attended_last: u32,
    /// Meets these conditions → field.
    pub field_if: Where,
}

/// What is known of a person beyond the contact's own fields.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The contact.
    pub contact: &'a Contact,
    /// Tier, stated or by rule.
    pub tier: Tier,
    /// Regional group ([`Contact::region`]).
    pub region: Region,
    /// Years attended, ascending.
    pub attended: &'a [i16],
    /// Campaigns in which the person was invited, with the invitation's state.
    pub invited: &'a [(String, String)],
    /// Registered for the coming meeting.
    pub registered: bool,
}

/// The tier of a contact: the one a column stated; else community, if it took part in any of the last n `meetings`
/// (years, ascending); else field, if the rule of the settings says so; else public.
pub fn tier_of(contact: &Contact, region: Region, attended: &[i16], meetings: &[i16], rules: &TierRules) -> Tier {
    tier_and_reason(contact, region, attended, meetings, rules).0
}

/// Why a contact is of a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierReason {
    /// A column, or a person, said so.
    Stated,
    /// It took part in one of the last meetings: the latest of them.
    Attended(i16),
    /// The rule `field_if` of the settings.
    FieldRule,
    /// Nothing else applies.
    Otherwise,
}

/// [`tier_of`], with the reason.
pub fn tier_and_reason(
    contact: &Contact,
    region: Region,
    attended: &[i16],
    meetings: &[i16],
    rules: &TierRules,
) -> (Tier, TierReason) {
    if let Some(tier) = contact.stated_tier {
        return (tier, TierReason::Stated);
    }
    let last = rules.community_if_attended_last as usize;
    if let Some(year) = meetings.iter().rev().take(last).find(|year| attended.contains(year)) {
        return (Tier::Community, TierReason::Attended(*year));
    }
    let facts = Facts { contact, tier: Tier::Public, region, attended, invited: &[], registered: false };
    // An empty rule means that nobody is of the field by rule, not everybody.
    match !rules.field_if.all.is_empty() && rules.field_if.matches(&facts) {
        true => (Tier::Field, TierReason::FieldRule),
        false => (Tier::Public, TierReason::Otherwise),
    }
}

impl Where {
    /// Whether all conditions hold.
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        self.all.iter().all(|condition| condition.holds(facts))
    }

    /// Every condition, those inside `not` included.
    pub fn conditions(&self) -> Vec<&Condition> {
        let mut all = Vec::new();
        for condition in &self.all {
            match condition {
                Condition::Not(inner) => all.extend(inner.conditions()),
                _ => all.push(condition),
            }
        }
        all
    }
}

impl Condition {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Condition::Field { name, values } => values.iter().any(|value| field_is(name, value, facts)),
            Condition::Attended(attended) => attended.holds(facts.attended),
            Condition::InvitedIn { campaigns, outcomes } => facts.invited.iter().any(|(campaign, state)| {
                campaigns.contains(campaign) && (outcomes.is_empty() || outcomes.contains(state))
            }),
            Condition::Registered(yes) => facts.registered == *yes,
            Condition::Not(inner) => !inner.matches(facts),
        }
    }
}

impl Attended {
    /// Whether the years attended meet all three lists; an empty list asks for nothing.
    pub fn holds(&self, years: &[i16]) -> bool {
        (self.any_of.is_empty() || self.any_of.iter().any(|y| years.contains(y)))
            && self.all_of.iter().all(|y| years.contains(y))
            && !self.none_of.iter().any(|y| years.contains(y))
    }
}

/// Fields of a contact that `where` knows, besides custom columns.
pub const FIELDS: &[&str] = &[
    "email",
    "kind",
    "role",
    "title",
    "given_name",
    "family_name",
    "name",
    "gender",
    "organisation",
    "position",
    "stakeholder",
    "stakeholder_group",
    "country",
    "region",
    "language",
    "tier",
    "time_zone",
    "tags",
    "source",
    "basis",
    "purpose",
    "obtained_on",
];

/// Equal after trimming and case folding.
fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

/// Whether a field has a value; `language = "pt"` holds for `pt-br` too.
fn field_is(name: &str, value: &str, facts: &Facts<'_>) -> bool {
    let contact = facts.contact;
    if name == "language" && contact.language.as_ref().is_some_and(|l| same(l.base().as_str(), value)) {
        return true;
    }
    let mut found = false;
    each_value(name, contact, Some(facts), &mut |actual| found = found || same(actual, value));
    found
}

/// Shows the values a contact has under a name: one, several for `tags`, none for a column it lacks.
/// Tier and region are not the contact's own: without `facts` they are empty.
fn each_value(name: &str, contact: &Contact, facts: Option<&Facts<'_>>, show: &mut dyn FnMut(&str)) {
    match name {
        "email" => show(&contact.address.to_string()),
        "kind" => show(contact.kind().as_str()),
        "role" => show(contact.role.map_or("", Role::as_str)),
        "title" => show(&contact.title),
        "given_name" => show(&contact.given_name),
        "family_name" => show(&contact.family_name),
        "name" => show(&contact.full_name()),
        "gender" => show(contact.gender.as_str()),
        "organisation" => show(&contact.organisation),
        "position" => show(&contact.position),
        "stakeholder" | "stakeholder_group" => show(contact.stakeholder.as_str()),
        "country" => show(contact.country.code().as_ref().map_or("unknown", CountryCode::as_str)),
        "region" => show(facts.map_or("", |f| f.region.as_str())),
        "language" => show(contact.language.as_ref().map_or("unknown", LanguageTag::as_str)),
        "tier" => show(facts.map_or("", |f| f.tier.as_str())),
        "time_zone" => show(&contact.time_zone),
        "tags" => contact.tags.iter().for_each(|tag| show(tag)),
        "source" => show(&contact.source),
        "basis" => show(&contact.basis),
        "purpose" => show(&contact.purpose),
        "obtained_on" => show(&contact.obtained_on),
        custom => {
            if let Some(value) = contact.custom.get(custom) {
                show(value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
