//! Questions an auditor asks.

use crate::domain::chain::Event;
use crate::domain::invitation::Invitation;
use crate::domain::keys::AddressKey;

use super::LedgerResult;

/// What `audit verify` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Entries read.
    pub events: u64,
    /// Hash of the last entry.
    pub head: String,
    /// The first entry that is altered, missing or out of order, and what is wrong with it.
    pub broken: Option<(i64, String)>,
    /// Plans whose counts recomputed from the attempts differ from their rows' states.
    pub miscounted: Vec<String>,
}

/// One row of `audit export`.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    /// Campaign.
    pub campaign: String,
    /// Plan.
    pub plan: String,
    /// The row.
    pub invitation: Invitation,
    /// `bounced`, `complained`, `opted_out`, or empty.
    pub feedback: String,
    /// Message-ID of its attempts; empty before the first.
    pub message_id: String,
}

/// Questions an auditor asks.
pub trait Audit {
    /// Everything that happened to one mailbox, in order.
    fn story(&mut self, key: AddressKey) -> LedgerResult<Vec<Event>>;
    /// Events of a campaign that concern no single contact: plans, pauses, and one for all rows settled at once.
    fn campaign_events(&mut self, campaign: &str) -> LedgerResult<Vec<Event>>;
    /// Shows every invitation of every plan once.
    fn each_audit_row(&mut self, visit: &mut dyn FnMut(AuditRow)) -> LedgerResult<()>;
    /// Checks the chain from its first entry, and the counts against the attempts.
    fn verify(&mut self) -> LedgerResult<Verification>;
}
