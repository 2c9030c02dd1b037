//! The audit's chain: events, each bound to the one before by its hash.
//!
//! # What is hashed
//!
//! `hash = SHA-256(previous || entry)`, where `previous` is the 32 octets of the entry before (zeros before the first) and
//! `entry` is the label `convoke event 1` followed by the fields of [`Entry`] in the order in which they are declared.
//! Each field is its length in octets as eight octets, most significant first, then the octets themselves: text as UTF-8,
//! numbers as eight octets in two's complement, most significant first. An absent field is the length `2^64 - 1` and
//! nothing after it. Two different entries therefore never give the same octets.
//!
//! A note (a server's reply, a person's reason) is personal. It enters only as HMAC-SHA-256 under a secret of that contact,
//! so that destroying note and secret erases it while the chain still verifies.

use jiff::Timestamp;
use ring::{digest, hmac};

use super::contact::vocabulary;

vocabulary! {
    /// What happened, as `audit contact` names it.
    What {
        /// A contact was stored.
        Imported = "imported",
        /// A contact was merged with a later row.
        Merged = "merged",
        /// A person corrected a contact; the detail names the fields.
        Changed = "changed",
        /// A mailbox was replaced by another: an address change, or two contacts that were one person.
        Moved = "moved",
        /// An invitation was planned.
        Planned = "planned",
        /// A contact was left out of a plan.
        HeldBack = "held_back",
        /// An attempt is about to be made.
        Intent = "intent",
        /// The next hop took responsibility.
        Accepted = "accepted",
        /// Put off.
        Deferred = "deferred",
        /// Refused.
        Rejected = "rejected",
        /// Unknown to us.
        InDoubt = "in_doubt",
        /// A person decided an in-doubt row.
        Settled = "settled",
        /// A suppression stopped an invitation.
        Suppressed = "suppressed",
        /// Given up.
        Expired = "expired",
        /// Taken back.
        Cancelled = "cancelled",
        /// An attempt came back undecided.
        Returned = "returned",
        /// The person said no.
        OptedOut = "opted_out",
        /// The person said yes again.
        OptedIn = "opted_in",
        /// A bounce was read.
        Bounced = "bounced",
        /// A complaint was read.
        Complained = "complained",
        /// A reply was read.
        Replied = "replied",
        /// Erased at the person's wish.
        Forgotten = "forgotten",
        /// A campaign was paused.
        Paused = "paused",
        /// A campaign was resumed.
        Resumed = "resumed",
        /// A plan was made.
        PlanMade = "plan_made",
        /// A plan was replaced before its first intent.
        PlanReplaced = "plan_replaced",
        /// The ledger was restored from a backup.
        Restored = "restored",
        /// A person said what happened after that backup.
        RestoreDecided = "restore_decided",
        /// A file was imported.
        FileImported = "file_imported",
    }
}

impl What {
    /// Whether it tells of a contact that is not any more what it was.
    pub fn changes_contact(self) -> bool {
        match self {
            What::Imported | What::Merged | What::Changed | What::Moved | What::Forgotten => true,
            What::Planned
            | What::HeldBack
            | What::Intent
            | What::Accepted
            | What::Deferred
            | What::Rejected
            | What::InDoubt
            | What::Settled
            | What::Suppressed
            | What::Expired
            | What::Cancelled
            | What::Returned
            | What::OptedOut
            | What::OptedIn
            | What::Bounced
            | What::Complained
            | What::Replied
            | What::Paused
            | What::Resumed
            | What::PlanMade
            | What::PlanReplaced
            | What::Restored
            | What::RestoreDecided
            | What::FileImported => false,
        }
    }
}

/// One entry of the chain, as `audit contact` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Position in the chain, from 1.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who did it (`--as`).
    pub by: String,
    /// What.
    pub what: What,
    /// Contact, where it concerns one.
    pub contact_id: Option<String>,
    /// Campaign, where it concerns one.
    pub campaign: Option<String>,
    /// Plan, where it concerns one.
    pub plan: Option<String>,
    /// State the invitation took.
    pub state: Option<String>,
    /// Reply code.
    pub code: Option<u16>,
    /// Reply text or reason: personal; enters the chain only as a digest. `None` where there was none, or it was erased.
    pub reply: Option<String>,
    /// What the event speaks of, where that names nobody: a reason for leaving somebody out, a topic, a digest.
    pub detail: Option<String>,
    /// Message-ID.
    pub message_id: Option<String>,
}

/// A hash of the chain.
pub type Hash = [u8; 32];

/// What stands before the first entry.
pub const BEGINNING: Hash = [0; 32];

/// One entry as the chain covers it. Field order is hash order: see the module.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Position, from 1.
    pub seq: i64,
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
    /// Who did it.
    pub by: &'a str,
    /// What, by its canonical word.
    pub what: &'a str,
    /// The ledger's number of the mailbox: it names nobody once the mailbox is forgotten.
    pub contact: Option<i64>,
    /// The ledger's number of the invitation.
    pub invitation: Option<i64>,
    /// Campaign.
    pub campaign: Option<&'a str>,
    /// Plan.
    pub plan: Option<&'a str>,
    /// State the invitation took.
    pub state: Option<&'a str>,
    /// Reply code.
    pub code: Option<i64>,
    /// Message-ID.
    pub message_id: Option<&'a str>,
    /// See [`Event::detail`].
    pub detail: Option<&'a str>,
    /// [`note_digest`] of the note.
    pub note: Option<&'a [u8]>,
}

impl Entry<'_> {
    /// The hash of this entry behind `previous`.
    pub fn hash(&self, previous: &[u8]) -> Hash {
        let mut octets = Vec::with_capacity(320);
        octets.extend_from_slice(previous);
        octets.extend_from_slice(b"convoke event 1");
        let number = |value: i64| value.to_be_bytes();
        put(&mut octets, Some(&number(self.seq)));
        put(&mut octets, Some(&number(self.at)));
        put(&mut octets, Some(self.by.as_bytes()));
        put(&mut octets, Some(self.what.as_bytes()));
        put(&mut octets, self.contact.map(number).as_ref().map(|n| &n[..]));
        put(&mut octets, self.invitation.map(number).as_ref().map(|n| &n[..]));
        put(&mut octets, self.campaign.map(str::as_bytes));
        put(&mut octets, self.plan.map(str::as_bytes));
        put(&mut octets, self.state.map(str::as_bytes));
        put(&mut octets, self.code.map(number).as_ref().map(|n| &n[..]));
        put(&mut octets, self.message_id.map(str::as_bytes));
        put(&mut octets, self.detail.map(str::as_bytes));
        put(&mut octets, self.note);
        sha256(&octets)
    }
}

/// HMAC-SHA-256 of a note under its contact's secret.
pub fn note_digest(secret: &[u8], note: &str) -> Hash {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let mut out = BEGINNING;
    out.copy_from_slice(hmac::sign(&key, note.as_bytes()).as_ref());
    out
}

fn put(octets: &mut Vec<u8>, field: Option<&[u8]>) {
    match field {
        Some(field) => {
            octets.extend_from_slice(&(field.len() as u64).to_be_bytes());
            octets.extend_from_slice(field);
        }
        None => octets.extend_from_slice(&u64::MAX.to_be_bytes()),
    }
}

fn sha256(octets: &[u8]) -> Hash {
    let mut out = BEGINNING;
    out.copy_from_slice(digest::digest(&digest::SHA256, octets).as_ref());
    out
}
