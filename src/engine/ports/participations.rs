//! Who took part, by year.

use std::collections::HashMap;
use std::collections::HashSet;

use jiff::Timestamp;

use crate::domain::keys::AddressKey;
use crate::domain::participation::Participation;

use super::LedgerResult;

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
    fn registered(&mut self) -> LedgerResult<HashSet<AddressKey>>;
}
