//! `audit verify`: the chain from its first entry, and the counts against what the chain says happened.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension, Row};

use crate::domain::chain::{BEGINNING, Entry, What, note_digest};
use crate::domain::invitation::State;
use crate::engine::ports::{LedgerResult, Verification};

use super::contacts::word;
use super::sql;
use super::sqlite::fault;

/// State by invitation, by plan, as the events tell it.
type States = HashMap<String, HashMap<i64, State>>;

pub(super) fn verify(connection: &Connection) -> LedgerResult<Verification> {
    let mut told = States::new();
    let mut found = Verification {
        events: 0,
        head: data_encoding::HEXLOWER.encode(&BEGINNING),
        broken: None,
        miscounted: Vec::new(),
    };
    walk(connection, &mut told, &mut found)?;
    if found.broken.is_none() {
        found.broken = connection
            .prepare_cached(sql!("first_false_attempt"))
            .and_then(|mut s| s.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional())
            .map_err(fault)?;
    }
    found.miscounted = miscounted(connection, told)?;
    Ok(found)
}

/// Walks the chain; stops naming what is broken at the first entry that is, but reads on for the counts.
fn walk(connection: &Connection, told: &mut States, found: &mut Verification) -> LedgerResult<()> {
    let mut statement = connection.prepare_cached(sql!("events_all")).map_err(fault)?;
    let mut rows = statement.query([]).map_err(fault)?;
    let (mut expected, mut head) = (1, BEGINNING.to_vec());
    while let Some(row) = rows.next().map_err(fault)? {
        let seq: i64 = row.get(0).map_err(fault)?;
        let hash: Vec<u8> = row.get(15).map_err(fault)?;
        if found.broken.is_none() {
            found.broken = complaint(row, seq, expected, &head, &hash).map_err(fault)?;
        }
        tell(row, told).map_err(fault)?;
        (expected, head) = (seq + 1, hash);
        found.events += 1;
    }
    found.head = data_encoding::HEXLOWER.encode(&head);
    Ok(())
}

/// What is wrong with one entry.
fn complaint(
    row: &Row<'_>,
    seq: i64,
    expected: i64,
    head: &[u8],
    hash: &[u8],
) -> rusqlite::Result<Option<(i64, String)>> {
    if seq != expected {
        let last = seq - 1;
        let missing = if last > expected { format!("entries {expected} to {last} are") } else { "the entry is".into() };
        return Ok(Some((expected, format!("{missing} missing"))));
    }
    let entry = Entry {
        seq,
        at: row.get(1)?,
        by: row.get_ref(2)?.as_str()?,
        what: row.get_ref(3)?.as_str()?,
        contact: row.get(4)?,
        invitation: row.get(5)?,
        campaign: row.get_ref(6)?.as_str_or_null()?,
        plan: row.get_ref(7)?.as_str_or_null()?,
        state: row.get_ref(8)?.as_str_or_null()?,
        code: row.get(9)?,
        message_id: row.get_ref(10)?.as_str_or_null()?,
        detail: row.get_ref(11)?.as_str_or_null()?,
        note: row.get_ref(13)?.as_blob_or_null()?,
    };
    let previous = row.get_ref(14)?.as_blob()?;
    if entry.hash(previous) != hash {
        return Ok(Some((seq, "the entry was altered or is out of order".into())));
    }
    if previous != head {
        return Ok(Some((seq, "the entry does not follow the one before it".into())));
    }
    let note = row.get_ref(12)?.as_str_or_null()?;
    let secret = row.get_ref(16)?.as_blob_or_null()?;
    Ok(match (note, entry.note, secret) {
        (Some(note), Some(digest), Some(secret)) if note_digest(secret, note) == *digest => None,
        // Forgotten: text and secret are gone together.
        (None, Some(_), None) | (None, None, _) => None,
        (None, Some(_), Some(_)) => Some((seq, "the entry's text was removed".into())),
        _ => Some((seq, "the entry's text was altered".into())),
    })
}

/// Notes the state an event gave an invitation.
fn tell(row: &Row<'_>, told: &mut States) -> rusqlite::Result<()> {
    let Some(plan) = row.get_ref(7)?.as_str_or_null()? else { return Ok(()) };
    if row.get_ref(3)?.as_str()? == What::PlanReplaced.as_str() {
        told.remove(plan);
        return Ok(());
    }
    let state = row.get_ref(8)?.as_str_or_null()?.and_then(State::from_word);
    if let (Some(invitation), Some(state)) = (row.get::<_, Option<i64>>(5)?, state) {
        if let Some(states) = told.get_mut(plan) {
            states.insert(invitation, state);
        } else {
            told.insert(plan.to_owned(), HashMap::from([(invitation, state)]));
        }
    }
    Ok(())
}

/// Plans where a row is not in the state the events gave it.
fn miscounted(connection: &Connection, mut told: States) -> LedgerResult<Vec<String>> {
    let mut wrong = BTreeMap::new();
    let mut statement = connection.prepare_cached(sql!("rows_for_verify")).map_err(fault)?;
    let mut rows = statement.query([]).map_err(fault)?;
    while let Some(row) = rows.next().map_err(fault)? {
        let invitation: i64 = row.get(0).map_err(fault)?;
        let plan = row.get_ref(1).and_then(|p| Ok(p.as_str()?)).map_err(fault)?;
        let state = word(&row.get::<_, String>(2).map_err(fault)?, State::from_word)?;
        if told.get_mut(plan).and_then(|states| states.remove(&invitation)) != Some(state) {
            wrong.insert(plan.to_owned(), ());
        }
    }
    // Whatever is left was told of and has no row.
    wrong.extend(told.into_iter().filter(|(_, states)| !states.is_empty()).map(|(plan, _)| (plan, ())));
    Ok(wrong.into_keys().collect())
}
