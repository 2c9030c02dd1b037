//! Mailboxes that stand for others, and the files contacts came by.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use crate::domain::contact::Contact;
use crate::domain::correction::Correction;
use crate::domain::keys::AddressKey;
use crate::engine::ports::{LedgerResult, Link, LinkKind, Traces};

use super::contacts::read_contact;
use super::events::{Writer, time};
use super::sql;
use super::sqlite::{SqliteLedger, fault};

impl Traces for SqliteLedger {
    fn links(&mut self) -> LedgerResult<HashMap<AddressKey, AddressKey>> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("links_all"))
                .and_then(|mut s| {
                    s.query_map([], |row| Ok((AddressKey(row.get(0)?), AddressKey(row.get(1)?))))?.collect()
                })
                .map_err(fault)
        })
    }

    fn current_key(&mut self, key: AddressKey) -> LedgerResult<AddressKey> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("link_current_key"))
                .and_then(|mut s| s.query_row([key.0], |row| row.get(0).map(AddressKey)).optional())
                .map(|current| current.unwrap_or(key))
                .map_err(fault)
        })
    }

    fn key_of_id(&mut self, id: &str) -> LedgerResult<Option<AddressKey>> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("contact_by_id"))
                .and_then(|mut s| s.query_row([id], |row| row.get(0).map(AddressKey)).optional())
                .map_err(fault)
        })
    }

    fn links_to(&mut self, key: AddressKey) -> LedgerResult<Vec<Link>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("links_to")).map_err(fault)?;
            let mut rows = statement.query([key.0]).map_err(fault)?;
            let mut links = Vec::new();
            while let Some(row) = rows.next().map_err(fault)? {
                let kind: String = row.get(2).map_err(fault)?;
                links.push(Link {
                    key: AddressKey(row.get(0).map_err(fault)?),
                    address: row.get(1).map_err(fault)?,
                    kind: if kind == as_word(LinkKind::Merged) { LinkKind::Merged } else { LinkKind::Moved },
                    at: time(row.get(3).map_err(fault)?)?,
                });
            }
            Ok(links)
        })
    }

    fn corrections(&mut self) -> LedgerResult<Vec<Correction>> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("corrections_all"))
                .and_then(|mut s| {
                    let read = |row: &rusqlite::Row<'_>| {
                        Ok(Correction { key: AddressKey(row.get(0)?), field: row.get(1)?, replaced: row.get(2)? })
                    };
                    s.query_map([], read)?.collect()
                })
                .map_err(fault)
        })
    }

    fn came_by(&mut self, key: AddressKey) -> LedgerResult<Option<String>> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("came_by"))
                .and_then(|mut s| s.query_row([key.0], |row| row.get(0)).optional())
                .map_err(fault)
        })
    }

    fn each_contact_from(&mut self, path: &str, visit: &mut dyn FnMut(Contact)) -> LedgerResult<()> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("contacts_from_file")).map_err(fault)?;
            let mut rows = statement.query([path]).map_err(fault)?;
            while let Some(row) = rows.next().map_err(fault)? {
                visit(read_contact(row)?);
            }
            Ok(())
        })
    }
}

pub(super) fn as_word(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Moved => "moved",
        LinkKind::Merged => "merged",
    }
}

/// The mailbox that stands for a replaced one, by number, if any does.
pub(super) fn current_of(writer: &Writer<'_>, contact: i64) -> LedgerResult<Option<i64>> {
    writer.ask(sql!("link_current"), [contact], |row| row.get(0))
}

/// The key that facts about a mailbox are filed under: that of the mailbox that stands for it.
pub(super) fn current_key(writer: &Writer<'_>, key: AddressKey) -> LedgerResult<AddressKey> {
    let current = writer.ask(sql!("link_current_key"), [key.0], |row| row.get(0).map(AddressKey))?;
    Ok(current.unwrap_or(key))
}

/// The other mailboxes of the person who has this one, with their addresses where they are known.
pub(super) fn others_of(writer: &Writer<'_>, key: AddressKey) -> LedgerResult<Vec<(AddressKey, String)>> {
    writer.ask_all(sql!("link_group"), [key.0], |row| Ok((AddressKey(row.get(0)?), row.get(1)?)))
}

/// Whether any mailbox was ever replaced.
pub(super) fn exist(writer: &Writer<'_>) -> LedgerResult<bool> {
    Ok(writer.ask(sql!("link_any"), [], |_| Ok(()))?.is_some())
}

/// Lets `current` stand for `old`, and for all that `old` stood for.
pub(super) fn relink(
    writer: &Writer<'_>,
    old: i64,
    current: i64,
    kind: LinkKind,
    old_address: &str,
) -> LedgerResult<()> {
    // Going back to an earlier address: it stands for itself again.
    writer.execute(sql!("link_drop"), [current])?;
    writer.execute(sql!("links_repoint"), [old, current])?;
    writer.execute(sql!("link_add"), params![old, current, as_word(kind), old_address, writer.at()])?;
    Ok(())
}

/// The number of a file that contacts come by; a new one gets one. None for no file.
pub(super) fn source_file(writer: &Writer<'_>, path: &str) -> LedgerResult<Option<i64>> {
    if path.is_empty() {
        return Ok(None);
    }
    if let Some(number) = writer.ask(sql!("source_file"), [path], |row| row.get(0))? {
        return Ok(Some(number));
    }
    writer.execute(sql!("source_file_new"), [path])?;
    Ok(Some(writer.transaction.last_insert_rowid()))
}
