//! Plans and their rows.

use jiff::Timestamp;

use crate::domain::invitation::Counts;
use crate::domain::invitation::Invitation;
use crate::domain::invitation::PlannedInvitation;
use crate::domain::invitation::State;
use crate::domain::keys::AddressKey;
use crate::domain::plan::Held;
use crate::domain::plan::Plan;

use super::LedgerResult;

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
