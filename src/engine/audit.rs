//! Answers an auditor's questions about one contact and about one campaign.

use crate::domain::chain::Event;
use crate::domain::contact::Contact;
use crate::domain::invitation::Counts;
use crate::domain::keys::AddressKey;
use crate::domain::plan::Plan;
use crate::domain::suppression::Suppression;

use super::ports::{Ledger, LedgerResult};

/// Everything the ledger holds that concerns one mailbox.
#[derive(Debug)]
pub struct ContactStory {
    /// The contact as stored now, by its current mailbox; `None` where only an opt-out or nothing is known.
    pub contact: Option<Contact>,
    /// What stands against writing to it.
    pub suppressions: Vec<Suppression>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// The story of one person, by a mailbox they have or had.
///
/// # Errors
/// The ledger's.
pub fn contact(ledger: &mut dyn Ledger, key: AddressKey) -> LedgerResult<ContactStory> {
    let key = ledger.current_key(key)?;
    Ok(ContactStory {
        contact: ledger.contacts_by_key(&[key])?.into_iter().next().flatten(),
        suppressions: ledger.suppressions_of(key)?,
        events: ledger.story(key)?,
    })
}

/// What happened to one campaign.
#[derive(Debug)]
pub struct CampaignStory {
    /// Its plans, oldest first, and how their rows stand.
    pub plans: Vec<(Plan, Counts)>,
    /// Why it is paused, if it is.
    pub paused: Option<String>,
    /// Whether it was cancelled for good.
    pub is_cancelled: bool,
    /// What happened to it as a whole, in order.
    pub events: Vec<Event>,
}

/// The story of one campaign; `None` where the ledger never heard of it.
///
/// # Errors
/// The ledger's.
pub fn campaign(ledger: &mut dyn Ledger, name: &str) -> LedgerResult<Option<CampaignStory>> {
    let events = ledger.campaign_events(name)?;
    if events.is_empty() {
        return Ok(None);
    }
    let mut plans = Vec::new();
    for plan in ledger.plans(name)? {
        let counts = ledger.counts(&plan.id)?;
        plans.push((plan, counts));
    }
    Ok(Some(CampaignStory { plans, paused: ledger.paused(name)?, is_cancelled: ledger.cancelled(name)?, events }))
}
