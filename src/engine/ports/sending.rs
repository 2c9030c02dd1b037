//! Claims, intents, outcomes.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::domain::invitation::Invitation;
use crate::domain::invitation::State;
use crate::domain::keys::AddressKey;
use crate::domain::message::Stamp;
use crate::domain::outcome::Reply;
use crate::domain::suppression::Suppression;

use super::LedgerResult;

/// What may be claimed.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClaimFilter<'a> {
    /// Only this segment.
    pub segment: Option<&'a str>,
    /// Not these recipient domains (resting, at a cap, or with enough rows claimed already).
    pub not_domains: Option<&'a HashSet<String>>,
    /// Only rows of these time zones, an empty name standing for rows without one; `None` for rows of any.
    pub zones: Option<&'a [String]>,
    /// Only planned rows behind this one, and none that were put off: goes on where a claim before ended, and so passes the
    /// rows of left-out domains once and not each time.
    pub behind: Option<i64>,
}

/// Rows of a plan that wait, in one time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Name of the zone; empty for rows without one.
    pub zone: String,
    /// When the first of them is due, for deferred rows; `None` for planned ones, which wait for their turn alone.
    pub due: Option<Timestamp>,
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
    /// The address was replaced, or the same person had the campaign's invitation at another: the row is now cancelled.
    Withdrawn,
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
    /// Records how attempts ended.
    fn record_outcomes(&mut self, batch: &[Conclusion], now: Timestamp) -> LedgerResult<()>;
    /// Records how attempts ended, as [`Sending::record_outcomes`] does, then intents: each only where no suppression stands, the
    /// mailbox is the person's current one, and the campaign is neither paused nor cancelled (one statement). All or nothing;
    /// answers in the order of the intents.
    fn record(
        &mut self,
        outcomes: &[Conclusion],
        intents: &[Intent],
        now: Timestamp,
    ) -> LedgerResult<Vec<IntentVerdict>>;
    /// Puts rejected rows of the campaign's latest plan back to deferred (no due time: until a person resumes), when a run
    /// of equal refusals turned out to be about us. `next_at` of such rows is far in the future until `resume`.
    fn reopen_rejected(&mut self, invitations: &[i64], why: &str, now: Timestamp) -> LedgerResult<()>;
    /// Expires deferred rows of a plan whose first attempt began before this moment. Returns how many.
    fn expire(&mut self, plan: &str, first_attempt_before: Timestamp, now: Timestamp) -> LedgerResult<u64>;
    /// When the next deferred row of a plan is due.
    fn next_due(&mut self, plan: &str) -> LedgerResult<Option<Timestamp>>;
    /// What waits in a plan, by time zone and apart for planned and deferred rows; of one segment, where one is named.
    fn waiting(&mut self, plan: &str, segment: Option<&str>) -> LedgerResult<Vec<Waiting>>;
    /// Visits the attempts that began since a moment, ascending: when, and the recipient's domain. What sliding caps are
    /// counted over; visited, because there may be a million.
    fn attempts_since(&mut self, since: Timestamp, each: &mut dyn FnMut(Timestamp, &str)) -> LedgerResult<()>;
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
