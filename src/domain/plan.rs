//! A plan: a campaign frozen, who gets exactly what, and who is left out and why.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::contact::vocabulary;
use super::keys::AddressKey;

vocabulary! {
    /// Why a contact of the audience gets nothing; the first that fits in this order.
    HoldBack {
        /// Forgotten at their wish.
        Erased = "erased",
        /// Opted out.
        OptedOut = "opted_out",
        /// Complained.
        Complained = "complained",
        /// The mailbox does not exist.
        HardBounce = "hard_bounce",
        /// A stored address that today's policy refuses.
        InvalidAddress = "invalid_address",
        /// The relay cannot carry the address (non-ASCII local part without `smtputf8`).
        UnsupportedAddress = "unsupported_address",
        /// No legal basis, or a purpose that does not cover the campaign's.
        NoBasis = "no_basis",
        /// Accepted or in doubt in an earlier plan of this campaign.
        AlreadyInvited = "already_invited",
        /// Registered for the meeting already.
        AlreadyRegistered = "already_registered",
        /// Written to within `contact_gap_days`.
        ContactedRecently = "contacted_recently",
        /// Same folded name and organisation as another contact of this plan, at another address.
        DuplicateAddress = "duplicate_address",
        /// Drawn into the comparison group.
        HoldOut = "hold_out",
        /// No variant in a language of theirs.
        NoVariant = "no_variant",
        /// The template needs a value that is empty.
        MissingValue = "missing_value",
        /// Beyond the audience's limit.
        OverLimit = "over_limit",
    }
}

/// One contact left out.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// Key of the mailbox.
    pub key: AddressKey,
    /// Contact.
    pub contact_id: String,
    /// Why.
    pub reason: HoldBack,
    /// Column the reason speaks of; may be empty.
    pub column: String,
    /// Its value, or what it collides with; may be empty.
    pub value: String,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held")
            .field("contact_id", &self.contact_id)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// What shapes the messages of a plan besides the rows: enough to render every one of them again, byte for byte.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Snapshot {
    /// Template and layout files by their path, as read.
    pub templates: BTreeMap<String, String>,
    /// Name of the template: its folder under `templates/`.
    #[serde(default)]
    pub template: String,
    /// The campaign's default language, in which variables without a value of their own language are given.
    #[serde(default)]
    pub default_language: String,
    /// Custom columns that templates may name.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Campaign variables.
    pub variables: serde_json::Map<String, serde_json::Value>,
    /// The organisation's settings as they shape messages.
    pub organisation: serde_json::Value,
    /// Topic of the opt-out.
    pub topic: String,
}

/// A plan as the ledger holds it, without its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Id, derived from campaign, content and the plans before it.
    pub id: String,
    /// Campaign.
    pub campaign: String,
    /// `sha256:` and the digest over the sorted lines `key digest`.
    pub digest: String,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it.
    pub by: String,
    /// SHA-256 of every input file by its path (campaign.toml, templates, layouts, inputs).
    pub inputs: BTreeMap<String, String>,
    /// What shapes the messages.
    pub snapshot: Snapshot,
    /// Digest of the gap analysis it rests on; empty where there is none.
    pub analysis: String,
    /// Left out, by reason.
    pub held_back: BTreeMap<String, u64>,
    /// Planned, by segment.
    pub by_segment: BTreeMap<String, u64>,
    /// Planned, by variant.
    pub by_language: BTreeMap<String, u64>,
}
