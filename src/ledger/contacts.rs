//! Contacts, and the files they came from.

use jiff::Timestamp;
use rusqlite::types::FromSqlError;
use rusqlite::{OptionalExtension, Row, Statement, params};

use crate::domain::address::EmailAddress;
use crate::domain::chain::What;
use crate::domain::contact::{Contact, Country, Gender, Kind, Role, Stakeholder, Tier};
use crate::domain::geography::{CountryCode, Region};
use crate::domain::keys::AddressKey;
use crate::domain::language::LanguageTag;
use crate::engine::ports::{ContactChange, Contacts, ImportRecord, LedgerError, LedgerResult};

use super::events::{NewEvent, Writer};
use super::sqlite::{SECRET, SqliteLedger, fault, random};
use super::{links, sql};

impl Contacts for SqliteLedger {
    fn contacts_by_key(&mut self, keys: &[AddressKey]) -> LedgerResult<Vec<Option<Contact>>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("contact_by_key")).map_err(fault)?;
            keys.iter()
                .map(|key| {
                    statement.query_row([key.0], |row| Ok(read_contact(row))).optional().map_err(fault)?.transpose()
                })
                .collect()
        })
    }

    fn store_contacts(&mut self, changes: &[ContactChange], file: &str, now: Timestamp) -> LedgerResult<()> {
        self.write(now, |writer| {
            let file = links::source_file(writer, file)?;
            let numbers = numbers(writer, changes)?;
            let mut statement = writer.transaction.prepare_cached(sql!("contact_store")).map_err(fault)?;
            for (change, number) in changes.iter().zip(&numbers) {
                execute_for(&mut statement, *number, change.contact(), file)?;
            }
            drop(statement);
            writer.events(changes.iter().zip(numbers).map(|(change, number)| {
                let what = match change {
                    ContactChange::New(_) => What::Imported,
                    ContactChange::Merged(_) => What::Merged,
                };
                let detail = Some(change.contact().source.as_str());
                (what, NewEvent { contact: Some(number), detail, ..NewEvent::default() })
            }))
        })
    }

    fn each_contact(&mut self, visit: &mut dyn FnMut(Contact)) -> LedgerResult<()> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("contacts_all")).map_err(fault)?;
            let mut rows = statement.query([]).map_err(fault)?;
            while let Some(row) = rows.next().map_err(fault)? {
                visit(read_contact(row)?);
            }
            Ok(())
        })
    }

    fn import_record(&mut self, fingerprint: &str) -> LedgerResult<Option<ImportRecord>> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("import_by_fingerprint"))
                .and_then(|mut s| {
                    s.query_row([fingerprint], |row| {
                        Ok(ImportRecord {
                            fingerprint: row.get(0)?,
                            file: row.get(1)?,
                            kind: row.get(2)?,
                            rows: row.get(3)?,
                            after: row.get(4)?,
                            changes: row.get(5)?,
                            version: row.get(6)?,
                        })
                    })
                    .optional()
                })
                .map_err(fault)
        })
    }

    fn last_event(&mut self) -> LedgerResult<i64> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("chain_head"))
                .and_then(|mut s| s.query_row([], |row| row.get(0)).optional())
                .map(|seq| seq.unwrap_or(0))
                .map_err(fault)
        })
    }

    fn contact_changes_after(&mut self, event: i64) -> LedgerResult<u64> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("contact_changes_after"))
                .and_then(|mut s| s.query_row([event], |row| row.get(0)))
                .map_err(fault)
        })
    }

    fn store_import(&mut self, record: &ImportRecord, now: Timestamp) -> LedgerResult<()> {
        self.write(now, |writer| {
            let known = writer.ask(sql!("import_by_fingerprint"), [&record.fingerprint], |_| Ok(()))?.is_some();
            let ImportRecord { fingerprint, file, kind, rows, after, changes, version } = record;
            writer.execute(
                sql!("import_store"),
                params![fingerprint, file, kind, rows, now.as_millisecond(), after, changes, version],
            )?;
            if !known {
                let detail = format!("{kind} sha256:{fingerprint}");
                writer.event(What::FileImported, &NewEvent { detail: Some(&detail), ..NewEvent::default() })?;
            }
            Ok(())
        })
    }
}

/// The numbers of the mailboxes of these contacts, in their order; a new mailbox gets one, and a secret.
///
/// The index of keys is in no order of a file. It is gone through from its beginning to its end: each of its pages is then
/// read and changed once for all these contacts and not once for each, however few of them fit into memory.
fn numbers(writer: &Writer<'_>, changes: &[ContactChange]) -> LedgerResult<Vec<i64>> {
    let mut by_key: Vec<(AddressKey, usize)> =
        changes.iter().enumerate().map(|(place, change)| (change.contact().key, place)).collect();
    by_key.sort_unstable();
    let last: i64 = writer.ask(sql!("contact_number_last"), [], |row| row.get(0))?.unwrap_or(0);
    let mut secrets = vec![0; changes.len() * SECRET];
    random(&mut secrets)?;
    let statement = |sql| writer.transaction.prepare_cached(sql).map_err(fault);
    let (mut add, mut find) = (statement(sql!("contact_number_new"))?, statement(sql!("contact_number"))?);
    let mut find = |key: AddressKey| find.query_row([key.0], |row| row.get(0)).optional().map_err(fault);
    let mut numbers = vec![0; changes.len()];
    let mut earlier: Option<(AddressKey, i64)> = None;
    for ((key, place), secret) in by_key.into_iter().zip(secrets.chunks_exact(SECRET)) {
        let known = match (earlier, changes.get(place)) {
            (Some((same, number)), _) if same == key => Some(number),
            (_, Some(ContactChange::Merged(_))) => find(key)?,
            _ => None,
        };
        let number = match known {
            Some(number) => number,
            None => {
                // Numbers grow in the order of the contacts, which is the order in which they are shown.
                let number = last + 1 + i64::try_from(place).unwrap_or(0);
                let added = add.execute(params![number, key.0, secret]).map_err(fault)?;
                // A mailbox may have been spoken of before it is a contact: it opted out, or it was one and is forgotten.
                let number = if added == 0 { find(key)? } else { Some(number) };
                number.ok_or_else(|| LedgerError::Damaged("a mailbox has no number".to_owned()))?
            }
        };
        earlier = Some((key, number));
        if let Some(slot) = numbers.get_mut(place) {
            *slot = number;
        }
    }
    Ok(numbers)
}

/// Writes a contact; `file` is the number of the file a new one came by.
pub(super) fn store_contact(
    writer: &Writer<'_>,
    number: i64,
    contact: &Contact,
    file: Option<i64>,
) -> LedgerResult<()> {
    let mut statement = writer.transaction.prepare_cached(sql!("contact_store")).map_err(fault)?;
    execute_for(&mut statement, number, contact, file)
}

/// Executes `contact_store`.
fn execute_for(statement: &mut Statement<'_>, number: i64, contact: &Contact, file: Option<i64>) -> LedgerResult<()> {
    let (country_kind, country) = country_columns(&contact.country);
    statement
        .execute(params![
            number,
            contact.id,
            contact.address.to_string(),
            contact.stated_kind.map_or("", Kind::as_str),
            contact.title,
            contact.given_name,
            contact.family_name,
            contact.name,
            contact.gender.as_str(),
            contact.organisation,
            contact.position,
            contact.stakeholder.as_str(),
            country_kind,
            country,
            contact.stated_region.map(Region::as_str),
            contact.language.as_ref().map(LanguageTag::as_str),
            contact.stated_tier.map(Tier::as_str),
            contact.time_zone,
            as_json(&contact.tags)?,
            contact.source,
            contact.basis,
            contact.purpose,
            contact.obtained_on,
            as_json(&contact.custom)?,
            file,
            contact.role.map_or("", Role::as_str),
            as_json(&contact.other_names)?,
        ])
        .map(|_| ())
        .map_err(fault)
}

/// Reads a row of the statements that show whole contacts.
pub(super) fn read_contact(row: &Row<'_>) -> LedgerResult<Contact> {
    // Borrowed from the row: only what the contact keeps is copied.
    let borrowed = |column: usize| row.get_ref(column).map_err(fault)?.as_str().map_err(unfit);
    let optional = |column: usize| row.get_ref(column).map_err(fault)?.as_str_or_null().map_err(unfit);
    let text = |column: usize| borrowed(column).map(str::to_owned);
    Ok(Contact {
        key: AddressKey(row.get(0).map_err(fault)?),
        id: text(1)?,
        address: read_address(borrowed(2)?)?,
        stated_kind: said(borrowed(3)?, Kind::from_word)?,
        title: text(4)?,
        given_name: text(5)?,
        family_name: text(6)?,
        name: text(7)?,
        gender: word(borrowed(8)?, Gender::from_word)?,
        organisation: text(9)?,
        position: text(10)?,
        stakeholder: word(borrowed(11)?, Stakeholder::from_word)?,
        country: read_country(borrowed(12)?, text(13)?)?,
        stated_region: optional(14)?.map(|w| word(w, Region::from_word)).transpose()?,
        language: optional(15)?.map(|w| word(w, LanguageTag::parse)).transpose()?,
        stated_tier: optional(16)?.map(|w| word(w, Tier::from_word)).transpose()?,
        time_zone: text(17)?,
        tags: from_json(borrowed(18)?)?,
        source: text(19)?,
        basis: text(20)?,
        purpose: text(21)?,
        obtained_on: text(22)?,
        custom: from_json(borrowed(23)?)?,
        role: said(borrowed(24)?, Role::from_word)?,
        other_names: from_json(borrowed(25)?)?,
    })
}

fn unfit(error: FromSqlError) -> LedgerError {
    LedgerError::Damaged(error.to_string())
}

/// An address the ledger holds.
pub(super) fn read_address(text: &str) -> LedgerResult<EmailAddress> {
    EmailAddress::stored(text).ok_or_else(|| LedgerError::Damaged("a stored address cannot be read".to_owned()))
}

/// A country as two columns.
pub(super) fn country_columns(country: &Country) -> (&'static str, &str) {
    match country {
        Country::Missing => ("missing", ""),
        Country::Known(code) => ("known", code.as_str()),
        Country::Ambiguous(text) => ("ambiguous", text),
        Country::Unknown(text) => ("unknown", text),
    }
}

/// The way back.
pub(super) fn read_country(kind: &str, text: String) -> LedgerResult<Country> {
    Ok(match kind {
        "missing" => Country::Missing,
        "known" => Country::Known(word(&text, CountryCode::parse)?),
        "ambiguous" => Country::Ambiguous(text),
        _ => Country::Unknown(text),
    })
}

/// A word of a vocabulary.
pub(super) fn word<T>(word: &str, read: impl FnOnce(&str) -> Option<T>) -> LedgerResult<T> {
    read(word).ok_or_else(|| LedgerError::Damaged(format!("`{word}` is no word of this version")))
}

/// A word of a vocabulary, or nothing.
fn said<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> LedgerResult<Option<T>> {
    if text.is_empty() { Ok(None) } else { word(text, read).map(Some) }
}

pub(super) fn as_json(value: &impl serde::Serialize) -> LedgerResult<String> {
    serde_json::to_string(value).map_err(|e| LedgerError::Damaged(e.to_string()))
}

pub(super) fn from_json<T: serde::de::DeserializeOwned + Default>(text: &str) -> LedgerResult<T> {
    // What most contacts have in most of these columns.
    if matches!(text, "[]" | "{}") {
        return Ok(T::default());
    }
    serde_json::from_str(text).map_err(|e| LedgerError::Damaged(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_that_changes_a_contact_is_counted_and_no_other() {
        let statement = sql!("contact_changes_after");
        for what in What::ALL {
            let counted = statement.contains(&format!("what = '{what}'"));
            assert_eq!(counted, what.changes_contact(), "{what}");
        }
    }
}
