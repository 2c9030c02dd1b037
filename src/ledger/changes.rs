//! Corrections by people: changed fields, changed addresses, two contacts that are one person.

use jiff::Timestamp;
use rusqlite::params;

use crate::domain::chain::What;
use crate::domain::contact::Contact;
use crate::domain::contact_field::{FieldChange, WHOLE_NAME};
use crate::domain::invitation::State;
use crate::domain::keys::AddressKey;
use crate::engine::ports::{AddressChange, Changes, ContactEdit, LedgerError, LedgerResult, LinkKind, Relinked, Union};

use super::contacts::{read_contact, store_contact};
use super::events::{NewEvent, Writer};
use super::invitations::{Owner, move_row};
use super::sqlite::SqliteLedger;
use super::{links, participations, sql, suppressions};

/// Why rows of a replaced mailbox are taken back, as their events say it.
pub(super) const REPLACED: &str = "the address was replaced";
/// Why a row is taken back whose person has the campaign's invitation at another mailbox.
pub(super) const TWIN: &str = "the same person has this invitation at another address";

impl Changes for SqliteLedger {
    fn change_contacts(&mut self, edits: &[ContactEdit], now: Timestamp) -> LedgerResult<Vec<Vec<FieldChange>>> {
        self.write(now, |writer| edits.iter().map(|edit| change(writer, edit)).collect())
    }

    fn move_contact(&mut self, change: &AddressChange, now: Timestamp) -> LedgerResult<Relinked> {
        self.write(now, |writer| move_contact(writer, change))
    }

    fn change_and_move(
        &mut self,
        edit: &ContactEdit,
        moved: &AddressChange,
        now: Timestamp,
    ) -> LedgerResult<(Vec<FieldChange>, Relinked)> {
        self.write(now, |writer| Ok((change(writer, edit)?, move_contact(writer, moved)?)))
    }

    fn unite_contacts(&mut self, union: &Union, now: Timestamp) -> LedgerResult<Relinked> {
        self.write(now, |writer| unite(writer, union))
    }
}

fn change(writer: &mut Writer<'_>, edit: &ContactEdit) -> LedgerResult<Vec<FieldChange>> {
    let (number, before) = stored(writer, edit.contact.key)?;
    let mut after = before.clone();
    for field in &edit.fields {
        after.take_field(field, &edit.contact);
    }
    let changes = before.differences(&after);
    if changes.is_empty() {
        return Ok(changes);
    }
    writer.execute(sql!("correction_drop"), params![number, WHOLE_NAME, after.full_name()])?;
    for change in &changes {
        writer.execute(sql!("correction_drop"), params![number, change.field, change.now])?;
        remember(writer, number, &change.field, &change.was)?;
    }
    if before.full_name() != after.full_name() {
        remember(writer, number, WHOLE_NAME, &before.full_name())?;
    }
    store_contact(writer, number, &after, None)?;
    tell_changes(writer, number, &changes, &edit.reason)?;
    Ok(changes)
}

fn move_contact(writer: &mut Writer<'_>, change: &AddressChange) -> LedgerResult<Relinked> {
    let (old, before) = stored(writer, change.from)?;
    let new = writer.contact(change.to)?;
    if new == old {
        return Err(LedgerError::Refused("the new address is the address it has".to_owned()));
    }
    if find(writer, change.to)?.is_some() {
        return Err(LedgerError::Refused("the new address belongs to another contact".to_owned()));
    }
    if links::current_of(writer, new)?.is_some_and(|current| current != old) {
        return Err(LedgerError::Refused("the new address is an earlier address of another contact".to_owned()));
    }
    let (was, now) = (before.address.to_string(), change.address.to_string());
    links::relink(writer, old, new, LinkKind::Moved, &was)?;
    writer.execute(sql!("contact_move"), params![old, new, now])?;
    writer.execute(sql!("corrections_drop"), [new])?;
    writer.execute(sql!("corrections_move"), [old, new])?;
    tell_move(writer, old, "address replaced", &format!("now {now}"), &change.reason)?;
    tell_move(writer, new, "address of a known contact", &format!("was {was}"), &change.reason)?;
    let contact = Contact { key: change.to, address: change.address.clone(), ..before };
    follow(writer, change.from, contact)
}

fn unite(writer: &mut Writer<'_>, union: &Union) -> LedgerResult<Relinked> {
    let ((kept, keep), (gone, other)) = (stored(writer, union.keep)?, stored(writer, union.other)?);
    if kept == gone {
        return Err(LedgerError::Refused("both addresses belong to one contact already".to_owned()));
    }
    let united = keep.united_with(&other);
    // What a file still says of either must not undo this.
    for given in [&keep, &other] {
        for change in given.differences(&united) {
            remember(writer, kept, &change.field, &change.was)?;
        }
        if given.full_name() != united.full_name() {
            remember(writer, kept, WHOLE_NAME, &given.full_name())?;
        }
    }
    writer.execute(sql!("contact_drop"), [gone])?;
    links::relink(writer, gone, kept, LinkKind::Merged, &other.address.to_string())?;
    writer.execute(sql!("corrections_move"), [gone, kept])?;
    writer.execute(sql!("corrections_drop"), [gone])?;
    store_contact(writer, kept, &united, None)?;
    let (kept_address, gone_address) = (keep.address.to_string(), other.address.to_string());
    tell_move(writer, gone, "united with another contact", &format!("now {kept_address}"), &union.reason)?;
    tell_move(writer, kept, "united with another contact", &format!("also {gone_address}"), &union.reason)?;
    let changes = keep.differences(&united);
    if !changes.is_empty() {
        tell_changes(writer, kept, &changes, "")?;
    }
    follow(writer, union.other, united)
}

/// What follows where `contact` now stands for the mailbox `old`: its participations are the contact's, what the person said
/// at one mailbox holds for all, and what was not sent yet is taken back.
fn follow(writer: &mut Writer<'_>, old: AddressKey, contact: Contact) -> LedgerResult<Relinked> {
    participations::hand_over(writer, old, contact.key)?;
    let suppressed = suppressions::share(writer, contact.key)?;
    let mut taken_back = take_back(writer, sql!("unsent_of_mailbox"), old, REPLACED)?;
    taken_back += take_back(writer, sql!("unsent_with_twin"), contact.key, TWIN)?;
    Ok(Relinked { contact, taken_back, suppressed })
}

fn take_back(writer: &mut Writer<'_>, rows: &str, key: AddressKey, why: &str) -> LedgerResult<u64> {
    let rows = writer.ask_all(rows, [key.0], Owner::read)?;
    for owner in &rows {
        move_row(writer, owner, State::Cancelled, None, What::Cancelled, why)?;
    }
    Ok(rows.len() as u64)
}

/// The contact of a mailbox, with its number.
fn stored(writer: &Writer<'_>, key: AddressKey) -> LedgerResult<(i64, Contact)> {
    let contact = find(writer, key)?
        .ok_or_else(|| LedgerError::Refused("no contact is stored for this address (any more)".to_owned()))?;
    Ok((writer.contact(key)?, contact))
}

fn find(writer: &Writer<'_>, key: AddressKey) -> LedgerResult<Option<Contact>> {
    writer.ask(sql!("contact_by_key"), [key.0], |row| Ok(read_contact(row)))?.transpose()
}

/// Remembers a replaced value; that there was none needs no remembering, since an empty cell never erases.
fn remember(writer: &Writer<'_>, contact: i64, field: &str, replaced: &str) -> LedgerResult<()> {
    if !replaced.is_empty() {
        writer.execute(sql!("correction_add"), params![contact, field, replaced, writer.at()])?;
    }
    Ok(())
}

fn tell_changes(writer: &mut Writer<'_>, contact: i64, changes: &[FieldChange], reason: &str) -> LedgerResult<()> {
    let names: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
    let note: Vec<String> = changes.iter().map(ToString::to_string).chain(given(reason)).collect();
    writer.event(
        What::Changed,
        &NewEvent {
            contact: Some(contact),
            detail: Some(&names.join(", ")),
            note: Some(&note.join("; ")),
            ..NewEvent::default()
        },
    )?;
    Ok(())
}

fn tell_move(writer: &mut Writer<'_>, contact: i64, detail: &str, how: &str, reason: &str) -> LedgerResult<()> {
    let note: Vec<String> = std::iter::once(how.to_owned()).chain(given(reason)).collect();
    let event =
        NewEvent { contact: Some(contact), detail: Some(detail), note: Some(&note.join("; ")), ..NewEvent::default() };
    writer.event(What::Moved, &event)?;
    Ok(())
}

fn given(reason: &str) -> Option<String> {
    (!reason.is_empty()).then(|| format!("reason: {reason}"))
}
