//! An invitation: one message to one contact, and the state it is in.

use jiff::Timestamp;

use super::address::EmailAddress;
use super::contact::vocabulary;
use super::keys::AddressKey;

vocabulary! {
    /// The states of an invitation.
    State {
        /// Waiting for its turn.
        Planned = "planned",
        /// Claimed by a sender.
        Sending = "sending",
        /// Put off until its next attempt.
        Deferred = "deferred",
        /// The server may or may not have it.
        InDoubt = "in_doubt",
        /// The next hop took responsibility.
        Accepted = "accepted",
        /// The server refused it for good.
        Rejected = "rejected",
        /// A suppression came between plan and intent.
        Suppressed = "suppressed",
        /// Deferred for too long.
        Expired = "expired",
        /// Taken back by a person or a later plan.
        Cancelled = "cancelled",
    }
}

/// One row of a plan: who gets exactly what.
#[derive(Clone, PartialEq)]
pub struct PlannedInvitation {
    /// Key of the mailbox: the recipient's identity within a campaign.
    pub key: AddressKey,
    /// Contact behind it.
    pub contact_id: String,
    /// Address.
    pub address: EmailAddress,
    /// Name for the To header and the audit; may be empty.
    pub name: String,
    /// Segment.
    pub segment: String,
    /// Tier.
    pub tier: String,
    /// Regional group.
    pub region: String,
    /// Stakeholder group.
    pub stakeholder: String,
    /// Variant used.
    pub language: String,
    /// The contact's fields as the template sees them, frozen.
    pub fields: serde_json::Map<String, serde_json::Value>,
    /// Keyed digest of the rendered message.
    pub digest: String,
    /// Left side of the Message-ID.
    pub message_id_local: String,
    /// By whose clock the schedule's hours are read: the name of a time zone, empty where only the organisation's is known.
    /// `None` where the plan was made without such hours.
    pub zone: Option<String>,
}

impl std::fmt::Debug for PlannedInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlannedInvitation").field("contact_id", &self.contact_id).finish_non_exhaustive()
    }
}

/// A row as the ledger holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Invitation {
    /// The ledger's id of the row.
    pub id: i64,
    /// What was planned.
    pub planned: PlannedInvitation,
    /// Where it stands.
    pub state: State,
    /// Attempts that counted so far.
    pub attempts: u32,
    /// When the first attempt began.
    pub first_attempt_at: Option<Timestamp>,
    /// When the last attempt began.
    pub last_attempt_at: Option<Timestamp>,
    /// When a deferred row is next due.
    pub next_at: Option<Timestamp>,
    /// The Date header fixed at the first intent.
    pub date: Option<Timestamp>,
    /// Code of the last deciding reply.
    pub code: Option<u16>,
    /// Text of the last deciding reply, or the detail of what happened.
    pub reply: String,
}

/// How many rows of a plan are in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Counts {
    /// All rows.
    pub planned: u64,
    /// See [`State::Accepted`].
    pub accepted: u64,
    /// See [`State::Rejected`].
    pub rejected: u64,
    /// See [`State::Deferred`].
    pub deferred: u64,
    /// See [`State::InDoubt`].
    pub in_doubt: u64,
    /// See [`State::Suppressed`].
    pub suppressed: u64,
    /// See [`State::Expired`].
    pub expired: u64,
    /// See [`State::Cancelled`].
    pub cancelled: u64,
    /// Planned or claimed.
    pub unsent: u64,
    /// Accepted, then reported as bounced.
    pub bounced: u64,
    /// Accepted, then complained about.
    pub complained: u64,
    /// Accepted, then opted out.
    pub opted_out: u64,
}

impl Counts {
    /// Rows that are not settled yet: somebody has to send again, or decide.
    pub fn open(&self) -> u64 {
        self.unsettled().all()
    }

    /// Those rows, by what they wait for.
    pub fn unsettled(&self) -> Unsettled {
        Unsettled { deferred: self.deferred, in_doubt: self.in_doubt, unsent: self.unsent }
    }
}

/// Rows that still wait: for their time, for a person, or for their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Unsettled {
    /// See [`State::Deferred`].
    pub deferred: u64,
    /// See [`State::InDoubt`].
    pub in_doubt: u64,
    /// Planned or claimed.
    pub unsent: u64,
}

impl Unsettled {
    /// How many there are.
    pub fn all(&self) -> u64 {
        self.deferred + self.in_doubt + self.unsent
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            deferred: self.deferred + other.deferred,
            in_doubt: self.in_doubt + other.in_doubt,
            unsent: self.unsent + other.unsent,
        }
    }
}
