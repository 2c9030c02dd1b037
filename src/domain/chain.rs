//! The audit's chain: events, each bound to the one before by its hash.

use jiff::Timestamp;

use super::contact::vocabulary;

vocabulary! {
    /// What happened, as `audit contact` names it.
    What {
        /// A contact was stored.
        Imported = "imported",
        /// A contact was merged with a later row.
        Merged = "merged",
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
        /// A file was imported.
        FileImported = "file_imported",
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
    /// Reply text or reason: personal; enters the chain only as a digest.
    pub reply: Option<String>,
    /// Message-ID.
    pub message_id: Option<String>,
}
