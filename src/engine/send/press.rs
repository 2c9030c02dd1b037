//! From a row of the plan to the octets that leave: rendered again from the frozen words, and never anything else.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::invitation::{Invitation, PlannedInvitation};
use crate::domain::keys::Keyring;
use crate::domain::message::{Envelope, Letter, Stamp};
use crate::engine::ports::{MessageWriter, Parcel};

/// Writes the letter of a row, and its envelope, from the plan's snapshot; the error says why it cannot.
pub type Compose = Arc<dyn Fn(&PlannedInvitation) -> Result<(Letter, Envelope), String> + Send + Sync>;

/// The message that a row gives today is not the message that was planned, so nothing may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differs {
    /// Whose message.
    pub contact_id: String,
    /// In which way.
    pub why: String,
}

/// Renders the messages of one plan.
#[derive(Clone)]
pub struct Press {
    /// Campaign.
    pub campaign: String,
    /// Writes letters and envelopes from the snapshot.
    pub compose: Compose,
    /// Writes octets.
    pub writer: Arc<dyn MessageWriter>,
    /// For digests.
    pub keys: Keyring,
}

impl Press {
    /// Renders a row and compares it with the plan's digest.
    ///
    /// # Errors
    /// [`Differs`]: the plan promised something else.
    pub fn check(&self, row: &PlannedInvitation) -> Result<(), Differs> {
        self.checked(row).map(|_| ())
    }

    /// What [`Press::check`] found right: the letter, its envelope, and its canonical octets.
    fn checked(&self, row: &PlannedInvitation) -> Result<(Letter, Envelope, Vec<u8>), Differs> {
        let (letter, envelope) = (self.compose)(row).map_err(|why| differs(row, why))?;
        let canonical = self.writer.canonical(&letter).map_err(|why| differs(row, why))?;
        if self.keys.message_digest(&canonical) != row.digest {
            return Err(differs(row, "it no longer renders to the message that was planned".to_owned()));
        }
        Ok((letter, envelope, canonical))
    }

    /// The parcel of a row with what its intent must say.
    ///
    /// * `now`: the Date of a first attempt; a later attempt keeps the first one's.
    ///
    /// # Errors
    /// [`Differs`]: the plan promised something else.
    pub fn parcel(&self, row: &Invitation, now: Timestamp) -> Result<(Stamp, Parcel), Differs> {
        let (letter, envelope, canonical) = self.checked(&row.planned)?;
        let stamp = Stamp {
            message_id: format!("{}@{}", row.planned.message_id_local, letter.from.address.domain()),
            // Whole seconds: the Date header (RFC 5322 §3.3) knows no smaller ones.
            date: row.date.unwrap_or_else(|| Timestamp::from_second(now.as_second()).unwrap_or(now)),
        };
        // What leaves is what was compared: nothing is written a second time.
        let octets = self.writer.stamped(&canonical, &stamp).map_err(|why| differs(&row.planned, why))?;
        let parcel = Parcel {
            envelope,
            octets,
            campaign: self.campaign.clone(),
            message_id_local: row.planned.message_id_local.clone(),
        };
        Ok((stamp, parcel))
    }
}

fn differs(row: &PlannedInvitation, why: String) -> Differs {
    Differs { contact_id: row.contact_id.clone(), why }
}
