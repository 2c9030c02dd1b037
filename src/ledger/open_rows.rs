//! What this opened ledger knows of the rows it claimed: whose they are never changes, so intents and outcomes need not ask.
//! Whether they may be written is asked of the database each time.

use std::collections::HashMap;

use super::invitations::Owner;

/// A row's owner and campaign.
#[derive(Clone, Copy)]
pub(super) struct Claimed {
    pub owner: Owner,
    pub campaign: i64,
}

/// An attempt whose outcome is not recorded.
pub(super) struct OpenAttempt {
    pub claimed: Claimed,
    pub message_id: String,
}

/// Claimed rows by number, and attempts by theirs. A row that is not here is looked up.
#[derive(Default)]
pub(super) struct OpenRows {
    pub claimed: HashMap<i64, Claimed>,
    pub attempts: HashMap<i64, OpenAttempt>,
}
