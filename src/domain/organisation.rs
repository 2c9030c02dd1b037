//! Who sends: `[organisation]` of `convoke.toml`.

use super::address::EmailAddress;

/// A display name with its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Display name; may be empty.
    pub name: String,
    /// Address.
    pub address: EmailAddress,
}

/// The sending organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Name shown in messages.
    pub name: String,
    /// Postal address shown in every message.
    pub postal_address: String,
    /// From; its domain is the right side of our Message-IDs.
    pub from: Mailbox,
    /// Reply-To, where set.
    pub reply_to: Option<Mailbox>,
    /// List-Id, without angle brackets.
    pub list_id: String,
    /// Domain of `b+<token>@` return paths and `u+<token>@` mailto opt-outs.
    pub bounce_domain: String,
    /// Origin of the opt-out pages, without a final slash; without it only the mailto opt-out stands.
    pub public_url: Option<String>,
}
