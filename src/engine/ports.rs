//! What the engine needs from the world. Adapters implement these; nothing else crosses the line.
//!
//! The ledger's ports speak in batches, so that one durable commit serves many messages and a second database could
//! serve them without a round trip a row. Every method that changes something is one transaction, committed and synced
//! when it returns, and writes its events (who, previous hash, hash) in that same transaction. Who it is, was given when
//! the ledger was opened; what time it is, is an argument.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;

use crate::domain::chain::Event;
use crate::domain::contact::Contact;
use crate::domain::invitation::{Counts, Invitation, PlannedInvitation, State};
use crate::domain::keys::AddressKey;
use crate::domain::message::{Envelope, Letter, Stamp};
use crate::domain::outcome::{Delivery, Reply};
use crate::domain::participation::Participation;
use crate::domain::plan::{Held, Plan};
use crate::domain::suppression::Suppression;

/// The one place that knows what time it is.
pub trait Clock: Send + Sync {
    /// Now, by the wall clock.
    fn now(&self) -> Timestamp;
}

/// The ledger failed. Whoever meets this while sending stops sending: an attempt that cannot be recorded must not be made.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It cannot be written or synced: disk full, I/O error, read-only, locked for too long.
    #[error("the ledger cannot be written: {0}")]
    Unwritable(String),
    /// It is there and not what it should be.
    #[error("the ledger is damaged: {0}")]
    Damaged(String),
    /// The caller asked for what the ledger does not allow (a cancelled campaign, an unknown plan …).
    #[error("{0}")]
    Refused(String),
}

/// What a ledger call gives.
pub type LedgerResult<T> = Result<T, LedgerError>;

/// Everything the engine asks of a ledger. One contract test (`tests/ledger_contract.rs`) runs against every
/// implementation.
pub trait Ledger: Store + Plans + Sending + Audit + Send {}
impl<T: Store + Plans + Sending + Audit + Send> Ledger for T {}

/// What import asks of a ledger.
pub trait Store: Contacts + Participations + Suppressions {}
impl<T: Contacts + Participations + Suppressions + ?Sized> Store for T {}

/// One contact to be written, with how it came about.
#[derive(Debug, Clone)]
pub enum ContactChange {
    /// Not known before.
    New(Contact),
    /// Known; the contact as it is after merging. Written even where nothing differs, so that the story shows the row.
    Merged(Contact),
}

/// A file that was imported, by a fingerprint of its octets and of how it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRecord {
    /// SHA-256 over content, kind and options, as hexadecimal digits.
    pub fingerprint: String,
    /// Path as given.
    pub file: String,
    /// `contacts`, `participation`, `registrations` or `opt-outs`.
    pub kind: String,
    /// Rows read.
    pub rows: u64,
}

/// Contacts, and the files they came from.
pub trait Contacts {
    /// The contacts of these mailboxes, in the same order.
    fn contacts_by_key(&mut self, keys: &[AddressKey]) -> LedgerResult<Vec<Option<Contact>>>;
    /// Writes contacts; events `imported` and `merged` name the contact's source (file and line stay out of the chain).
    fn store_contacts(&mut self, changes: &[ContactChange], now: Timestamp) -> LedgerResult<()>;
    /// Shows every contact once, in the order in which they were first stored, holding one at a time.
    fn each_contact(&mut self, visit: &mut dyn FnMut(Contact)) -> LedgerResult<()>;
    /// The earlier import with this fingerprint, if any.
    fn import_record(&mut self, fingerprint: &str) -> LedgerResult<Option<ImportRecord>>;
    /// Remembers a finished import.
    fn store_import(&mut self, record: &ImportRecord, now: Timestamp) -> LedgerResult<()>;
}

/// Who took part, by year.
pub trait Participations {
    /// Adds participations; returns for each whether its (year, person) was new. A known one keeps the stronger base and
    /// gains what it did not know.
    fn store_participations(&mut self, batch: &[Participation], now: Timestamp) -> LedgerResult<Vec<bool>>;
    /// Years with any participation, ascending.
    fn participation_years(&mut self) -> LedgerResult<Vec<i16>>;
    /// Shows every participation of a year once.
    fn each_participation(&mut self, year: i16, visit: &mut dyn FnMut(Participation)) -> LedgerResult<()>;
    /// Years attended, ascending, of every mailbox with any.
    fn attendance(&mut self) -> LedgerResult<HashMap<AddressKey, Vec<i16>>>;
    /// Adds registrations for a coming meeting (kept apart from participation); returns for each whether it was new.
    fn store_registrations(&mut self, batch: &[Participation], now: Timestamp) -> LedgerResult<Vec<bool>>;
    /// Mailboxes registered for the coming meeting: the latest with registrations, if no later one has participants.
    fn registered(&mut self) -> LedgerResult<std::collections::HashSet<AddressKey>>;
}

/// Addresses that must not be written to.
pub trait Suppressions {
    /// Adds suppressions, to the synced opt-out log first and then to the ledger. One that stands already is left as it
    /// is. Returns for each whether it was new.
    fn suppress(&mut self, batch: &[Suppression], now: Timestamp) -> LedgerResult<Vec<bool>>;
    /// Every suppression.
    fn suppressions(&mut self) -> LedgerResult<Vec<Suppression>>;
    /// Those of one mailbox.
    fn suppressions_of(&mut self, key: AddressKey) -> LedgerResult<Vec<Suppression>>;
}

/// A message to one person that counts as contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastInvitation {
    /// Recipient.
    pub key: AddressKey,
    /// Campaign.
    pub campaign: String,
    /// State of the row: accepted, in doubt, or any other.
    pub state: State,
    /// When its last attempt began, if any.
    pub last_attempt_at: Option<Timestamp>,
    /// Segment it was planned for.
    pub segment: String,
}

/// Plans and their rows.
pub trait Plans {
    /// Stores a plan with its rows and hold-backs. Rows of the campaign's earlier plan that are planned, claimed without
    /// an intent, or deferred become cancelled; a plan without any intent is replaced altogether; the latest plan again
    /// changes nothing. Refused for a cancelled campaign, while a message of it may be on its way (call `recover` first),
    /// and for people whose row of this campaign is accepted or in doubt.
    fn store_plan(
        &mut self,
        plan: &Plan,
        rows: &[PlannedInvitation],
        held: &[Held],
        now: Timestamp,
    ) -> LedgerResult<()>;
    /// The campaign's latest plan.
    fn latest_plan(&mut self, campaign: &str) -> LedgerResult<Option<Plan>>;
    /// All plans of a campaign, oldest first.
    fn plans(&mut self, campaign: &str) -> LedgerResult<Vec<Plan>>;
    /// Campaigns with a plan, by name.
    fn campaigns(&mut self) -> LedgerResult<Vec<String>>;
    /// Counts of a plan's rows by state.
    fn counts(&mut self, plan: &str) -> LedgerResult<Counts>;
    /// Whether any intent was recorded for a plan.
    fn has_intents(&mut self, plan: &str) -> LedgerResult<bool>;
    /// Shows every row of a plan once, in planned order.
    fn each_invitation(&mut self, plan: &str, visit: &mut dyn FnMut(Invitation)) -> LedgerResult<()>;
    /// Everybody a plan leaves out, in planned order.
    fn held_back(&mut self, plan: &str) -> LedgerResult<Vec<Held>>;
    /// Every invitation of every campaign that was attempted, or stopped by a suppression, for contact gaps and follow-ups.
    /// One in doubt that a person gave up may have arrived: it stays in doubt here.
    fn past_invitations(&mut self) -> LedgerResult<Vec<PastInvitation>>;
}

/// What may be claimed.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClaimFilter<'a> {
    /// Only this segment.
    pub segment: Option<&'a str>,
    /// Not these recipient domains (at a cap, or with enough rows claimed already).
    pub not_domains: &'a [String],
}

/// An attempt about to be made.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Row of the ledger.
    pub invitation: i64,
    /// Message-ID and Date; the first intent fixes the Date, later ones must repeat it.
    pub stamp: Stamp,
    /// Keyed digest of the rendered message.
    pub digest: String,
}

/// Whether an attempt may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntentVerdict {
    /// Recorded and synced: go.
    Recorded {
        /// Names the attempt when its outcome is recorded.
        attempt: i64,
    },
    /// A suppression stands: the row is now suppressed.
    Suppressed,
    /// The campaign is paused or cancelled, or a later plan took the row: it is planned, deferred or cancelled again.
    Halted {
        /// Why, as given to `pause` or `cancel`, or which plan took it.
        reason: String,
    },
}

/// How an attempt ended, and what becomes of its row.
#[derive(Debug, Clone)]
pub struct Conclusion {
    /// The attempt.
    pub attempt: i64,
    /// The row's new state. `Planned` means the attempt came back undecided and does not count.
    pub state: State,
    /// The whole final reply, where there was one.
    pub reply: Option<Reply>,
    /// What happened, where no reply says it.
    pub detail: String,
    /// When a deferred row is next due.
    pub next_at: Option<Timestamp>,
    /// A suppression that follows from the reply.
    pub suppress: Option<Suppression>,
}

/// What `recover` found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Intents without an outcome, now in doubt.
    pub in_doubt: u64,
    /// Claims without an intent, now planned again.
    pub planned: u64,
}

/// How a person settles rows in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// It arrived: accepted, with an empty reply.
    Sent,
    /// Send again, with the same Message-ID and bytes: planned.
    Again,
    /// Leave it: cancelled.
    GiveUp,
}

/// Claims, intents, outcomes.
pub trait Sending {
    /// Puts right what a dead sender left: call it once, holding the send lock.
    fn recover(&mut self, now: Timestamp) -> LedgerResult<Recovered>;
    /// Claims up to `n` rows of a plan: deferred ones that are due, then planned ones in planned order; they are now
    /// `sending`.
    fn claim(&mut self, plan: &str, n: usize, filter: ClaimFilter<'_>, now: Timestamp)
    -> LedgerResult<Vec<Invitation>>;
    /// Gives claimed rows without an intent back: a planned row to planned, a deferred one to deferred.
    fn release(&mut self, invitations: &[i64], now: Timestamp) -> LedgerResult<()>;
    /// Records intents, each only where no suppression stands and the campaign is neither paused nor cancelled (one
    /// statement). In the same order.
    fn record_intents(&mut self, batch: &[Intent], now: Timestamp) -> LedgerResult<Vec<IntentVerdict>>;
    /// Records how attempts ended.
    fn record_outcomes(&mut self, batch: &[Conclusion], now: Timestamp) -> LedgerResult<()>;
    /// Puts rejected rows of the campaign's latest plan back to deferred (no due time: until a person resumes), when a run
    /// of equal refusals turned out to be about us. `next_at` of such rows is far in the future until `resume`.
    fn reopen_rejected(&mut self, invitations: &[i64], why: &str, now: Timestamp) -> LedgerResult<()>;
    /// Expires deferred rows of a plan whose first attempt began before this moment. Returns how many.
    fn expire(&mut self, plan: &str, first_attempt_before: Timestamp, now: Timestamp) -> LedgerResult<u64>;
    /// When the next deferred row of a plan is due.
    fn next_due(&mut self, plan: &str) -> LedgerResult<Option<Timestamp>>;
    /// When attempts began since a moment, ascending, with the recipient's domain: what sliding caps are counted over.
    fn attempts_since(&mut self, since: Timestamp) -> LedgerResult<Vec<(Timestamp, String)>>;
    /// Pauses a campaign; binds before the next intent, from any process.
    fn pause(&mut self, campaign: &str, reason: &str, now: Timestamp) -> LedgerResult<()>;
    /// Lifts a pause.
    fn resume(&mut self, campaign: &str, now: Timestamp) -> LedgerResult<()>;
    /// Why a campaign is paused, if it is.
    fn paused(&mut self, campaign: &str) -> LedgerResult<Option<String>>;
    /// Cancels a campaign for good: planned, claimed-without-intent and deferred rows become cancelled. Returns how many.
    fn cancel(&mut self, campaign: &str, reason: &str, now: Timestamp) -> LedgerResult<u64>;
    /// Whether a campaign was cancelled.
    fn cancelled(&mut self, campaign: &str) -> LedgerResult<bool>;
    /// Settles rows in doubt of a campaign, all or one person's. Returns how many.
    fn settle(
        &mut self,
        campaign: &str,
        who: Option<AddressKey>,
        how: Settlement,
        reason: &str,
        now: Timestamp,
    ) -> LedgerResult<u64>;
}

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

/// One message on its way to the relay.
#[derive(Clone)]
pub struct Parcel {
    /// Envelope.
    pub envelope: Envelope,
    /// The exact octets: CRLF line ends, not dot-stuffed, ending in CRLF.
    pub octets: Vec<u8>,
    /// Campaign, for relays that file by it.
    pub campaign: String,
    /// Left side of the Message-ID, for relays that file by it.
    pub message_id_local: String,
}

impl std::fmt::Debug for Parcel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parcel").field("octets", &self.octets.len()).finish_non_exhaustive()
    }
}

/// The relay would not serve us: about us, not about any recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelayTrouble {
    /// Worth another try after a while: connection refused or lost, 4yz to banner, EHLO, STARTTLS or AUTH.
    #[error("{detail}")]
    Passing {
        /// What happened, and the step.
        detail: String,
        /// The reply, where there was one.
        reply: Option<Reply>,
    },
    /// A person must act: 5yz to banner, EHLO or AUTH, certificate, STARTTLS missing, wrong settings.
    #[error("{detail}")]
    Lasting {
        /// What happened, and what to do about it.
        detail: String,
        /// The reply, where there was one.
        reply: Option<Reply>,
    },
}

/// A future a port gives.
pub type PortFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where messages leave through.
pub trait Relay: Send + Sync {
    /// Opens a lane: one connection that is greeted, encrypted and authenticated where the settings ask for it, before
    /// any intent is recorded.
    fn open(&self) -> PortFuture<'_, Result<Box<dyn Lane>, RelayTrouble>>;
    /// What the closing line says: `nothing left this computer: the relay is an outbox folder`.
    fn closing_line(&self) -> String;
    /// Whether anything leaves this computer (then a live send asks for confirmation).
    fn leaves_this_computer(&self) -> bool;
}

/// One connection to the next hop. Used by one task; dropped and reopened after [`Lane::is_usable`] says no.
pub trait Lane: Send {
    /// Delivers parcels in order and says for each what happened. Every parcel's intent is recorded already.
    fn deliver<'a>(&'a mut self, parcels: &'a [Parcel]) -> PortFuture<'a, Vec<Delivery>>;
    /// Whether another batch may go through (cap per connection, 421, lost connection).
    fn is_usable(&self) -> bool;
    /// QUIT, and wait for the reply briefly.
    fn close(self: Box<Self>) -> PortFuture<'static, ()>;
}

/// Turns letters into octets.
pub trait MessageWriter: Send + Sync {
    /// The message without Date and Message-ID: what the digest is taken over.
    ///
    /// # Errors
    /// What a header cannot carry.
    fn canonical(&self, letter: &Letter) -> Result<Vec<u8>, String>;
    /// The message as it leaves: the canonical one with Date and Message-ID.
    ///
    /// # Errors
    /// What a header cannot carry.
    fn stamped(&self, canonical: &[u8], stamp: &Stamp) -> Result<Vec<u8>, String>;
    /// Both steps at once.
    ///
    /// # Errors
    /// What a header cannot carry.
    fn write(&self, letter: &Letter, stamp: &Stamp) -> Result<Vec<u8>, String> {
        self.stamped(&self.canonical(letter)?, stamp)
    }
}

/// SHA-256 of files by path, as plans compare them.
pub type InputDigests = BTreeMap<String, String>;
