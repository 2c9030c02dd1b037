//! A store that knows nothing and keeps nothing: for reading a file before there is a ledger.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::domain::contact::Contact;
use crate::domain::correction::Correction;
use crate::domain::keys::AddressKey;
use crate::domain::participation::Participation;
use crate::domain::suppression::Suppression;
use crate::engine::ports::{
    ContactChange, Contacts, ImportRecord, LedgerResult, Link, Participations, RowAnswers, SettledRow, Suppressions,
    Traces,
};

/// Nothing is known, nothing is kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nowhere;

impl Contacts for Nowhere {
    fn contacts_by_key(&mut self, keys: &[AddressKey]) -> LedgerResult<Vec<Option<Contact>>> {
        Ok(keys.iter().map(|_| None).collect())
    }
    fn store_contacts(&mut self, _: &[ContactChange], _: &str, _: Timestamp) -> LedgerResult<()> {
        Ok(())
    }
    fn each_contact(&mut self, _: &mut dyn FnMut(Contact)) -> LedgerResult<()> {
        Ok(())
    }
    fn import_record(&mut self, _: &str) -> LedgerResult<Option<ImportRecord>> {
        Ok(None)
    }
    fn last_event(&mut self) -> LedgerResult<i64> {
        Ok(0)
    }
    fn contact_changes_after(&mut self, _: i64) -> LedgerResult<u64> {
        Ok(0)
    }
    fn store_import(&mut self, _: &ImportRecord, _: Timestamp) -> LedgerResult<()> {
        Ok(())
    }
}

impl RowAnswers for Nowhere {
    fn row_answers(&mut self) -> LedgerResult<Vec<SettledRow>> {
        Ok(Vec::new())
    }
    fn remember_row_answers(&mut self, _: &[SettledRow], _: Timestamp) -> LedgerResult<()> {
        Ok(())
    }
}

impl Participations for Nowhere {
    fn store_participations(&mut self, batch: &[Participation], _: Timestamp) -> LedgerResult<Vec<bool>> {
        Ok(vec![true; batch.len()])
    }
    fn participation_years(&mut self) -> LedgerResult<Vec<i16>> {
        Ok(Vec::new())
    }
    fn each_participation(&mut self, _: i16, _: &mut dyn FnMut(Participation)) -> LedgerResult<()> {
        Ok(())
    }
    fn attendance(&mut self) -> LedgerResult<HashMap<AddressKey, Vec<i16>>> {
        Ok(HashMap::new())
    }
    fn store_registrations(&mut self, batch: &[Participation], _: Timestamp) -> LedgerResult<Vec<bool>> {
        Ok(vec![true; batch.len()])
    }
    fn registered(&mut self) -> LedgerResult<HashSet<AddressKey>> {
        Ok(HashSet::new())
    }
}

impl Suppressions for Nowhere {
    fn suppress(&mut self, batch: &[Suppression], _: Timestamp) -> LedgerResult<Vec<bool>> {
        Ok(vec![true; batch.len()])
    }
    fn suppressions(&mut self) -> LedgerResult<Vec<Suppression>> {
        Ok(Vec::new())
    }
    fn suppressions_of(&mut self, _: AddressKey) -> LedgerResult<Vec<Suppression>> {
        Ok(Vec::new())
    }
}

impl Traces for Nowhere {
    fn links(&mut self) -> LedgerResult<HashMap<AddressKey, AddressKey>> {
        Ok(HashMap::new())
    }
    fn current_key(&mut self, key: AddressKey) -> LedgerResult<AddressKey> {
        Ok(key)
    }
    fn key_of_id(&mut self, _: &str) -> LedgerResult<Option<AddressKey>> {
        Ok(None)
    }
    fn links_to(&mut self, _: AddressKey) -> LedgerResult<Vec<Link>> {
        Ok(Vec::new())
    }
    fn corrections(&mut self) -> LedgerResult<Vec<Correction>> {
        Ok(Vec::new())
    }
    fn came_by(&mut self, _: AddressKey) -> LedgerResult<Option<String>> {
        Ok(None)
    }
    fn each_contact_from(&mut self, _: &str, _: &mut dyn FnMut(Contact)) -> LedgerResult<()> {
        Ok(())
    }
}
