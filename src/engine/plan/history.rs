//! What the ledger knows about people when a plan is made, read once.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::PlanOrder;
use crate::domain::hold_back::Standing;
use crate::domain::invitation::State;
use crate::domain::keys::AddressKey;
use crate::domain::suppression::Suppression;
use crate::engine::ports::{Ledger, LedgerError};

/// Suppressions, attendance and past messages by mailbox.
pub(super) struct History {
    /// Years with any participation, ascending.
    pub meetings: Vec<i16>,
    suppressions: HashMap<AddressKey, Vec<Suppression>>,
    attendance: HashMap<AddressKey, Vec<i16>>,
    invited: HashMap<AddressKey, Vec<(String, String)>>,
    already: HashSet<AddressKey>,
    recent: HashMap<AddressKey, u32>,
    registered: HashSet<AddressKey>,
    /// People the campaign has reached, by segment.
    pub reached_by_segment: BTreeMap<String, usize>,
}

impl History {
    /// Reads it.
    ///
    /// # Errors
    /// The ledger's.
    pub fn read(ledger: &mut dyn Ledger, order: &PlanOrder<'_>) -> Result<Self, LedgerError> {
        let mut suppressions: HashMap<AddressKey, Vec<Suppression>> = HashMap::new();
        for suppression in ledger.suppressions()? {
            suppressions.entry(suppression.key).or_default().push(suppression);
        }
        let mut history = Self {
            meetings: ledger.participation_years()?,
            suppressions,
            attendance: ledger.attendance()?,
            invited: HashMap::new(),
            already: HashSet::new(),
            recent: HashMap::new(),
            registered: ledger.registered()?,
            reached_by_segment: BTreeMap::new(),
        };
        let gap_began = gap_begin(order.now, order.policy.gap_days);
        for past in ledger.past_invitations()? {
            let reached = matches!(past.state, State::Accepted | State::InDoubt);
            if reached && past.campaign == order.campaign.name {
                history.already.insert(past.key);
                *history.reached_by_segment.entry(past.segment).or_default() += 1;
            }
            if reached && past.last_attempt_at.is_some_and(|at| at > gap_began) {
                *history.recent.entry(past.key).or_default() += 1;
            }
            history.invited.entry(past.key).or_default().push((past.campaign, past.state.to_string()));
        }
        Ok(history)
    }

    pub fn attended(&self, key: AddressKey) -> &[i16] {
        self.attendance.get(&key).map_or(&[], Vec::as_slice)
    }

    pub fn invited(&self, key: AddressKey) -> &[(String, String)] {
        self.invited.get(&key).map_or(&[], Vec::as_slice)
    }

    pub fn is_registered(&self, key: AddressKey) -> bool {
        self.registered.contains(&key)
    }

    pub fn standing(&self, key: AddressKey) -> Standing<'_> {
        Standing {
            suppressions: self.suppressions.get(&key).map_or(&[], Vec::as_slice),
            already_invited: self.already.contains(&key),
            already_registered: self.is_registered(key),
            recent_messages: self.recent.get(&key).copied().unwrap_or(0),
        }
    }
}

fn gap_begin(now: Timestamp, days: u32) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN)
}
