//! Segments: the conditions of an audience, and whether a contact meets them.

use super::contact::{Contact, Tier};

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
    /// Years attended, ascending.
    pub attended: &'a [i16],
    /// Campaigns in which the person was invited, with the invitation's state.
    pub invited: &'a [(String, String)],
    /// Registered for the coming meeting.
    pub registered: bool,
}
