//! Reading a row with the answers somebody gave about it.

use super::answers::{RowAnswer, Word};
use super::pipeline::RowKind;
use super::reading::Reading;
use super::report::{Refusal, Report};
use super::settled::{Settled, key_of};
use crate::domain::address::EmailAddress;
use crate::domain::keys::{AddressKey, RowKey};
use crate::domain::table::Record;

/// Reads a row. Where it is refused for a cell that was answered, the answer is read in the cell's place; a row that is to
/// be left out counts as skipped.
pub(super) fn read<K: RowKind>(
    record: &mut Record,
    reading: &mut Reading<'_>,
    report: &mut Report,
) -> Result<Option<K::Said>, Refusal> {
    let answers = reading.unclear.answers_at(record.line);
    let address = reading.columns.header_of("email");
    if !answers.iter().any(|a| a.column == address || a.column.is_empty()) && is_left_out(record, reading) {
        report.skipped += 1;
        return Ok(None);
    }
    if answers.is_empty() {
        return K::read(record, reading, report);
    }
    let row = key_of(record, reading.options.kind, reading.keyring);
    let moved_from = own_address(record, answers, reading);
    let mut read = K::read(record, reading, report);
    if let (Some(key), Ok(_)) = (moved_from, &read) {
        reading.unclear.moved_away(key);
        remember(row, record, reading);
    }
    for _ in answers {
        let Err(refusal) = &read else { return read };
        let Some(answer) = answers.iter().find(|a| a.column == refusal.column && a.is_about(&refusal.value)) else {
            return read;
        };
        reading.unclear.heeded(answer);
        if Word::read(&answer.text) == Some(Word::Skip) {
            reading.unclear.settled(row, None);
            report.skipped += 1;
            return Ok(None);
        }
        let Some(mended) = with_cell(record, &answer.column, &answer.text, reading) else { return read };
        match K::read(&mended, reading, report) {
            Err(next) if next.column == refusal.column => {
                reading.unclear.fault(answer, next.reason);
                return read;
            }
            next => {
                *record = mended;
                read = next;
                if read.is_ok() && answer.column == address {
                    remember(row, record, reading);
                }
            }
        }
    }
    read
}

/// Whether somebody said that a row is to be left out. Where they said whose it is, their address stands in it from now on.
fn is_left_out(record: &mut Record, reading: &Reading<'_>) -> bool {
    match reading.settled.of(record, reading.options.kind, reading.keyring) {
        Some(Settled::LeftOut) => true,
        Some(Settled::Mailbox(address)) => {
            let header = reading.columns.header_of("email");
            if let Some(mended) = with_cell(record, header, &address.to_string(), reading) {
                *record = mended;
            }
            false
        }
        None => false,
    }
}

/// Remembers whose a row is, now that its address is sound.
fn remember(row: RowKey, record: &Record, reading: &mut Reading<'_>) {
    if let Ok(address) = EmailAddress::parse(reading.cell(record, "email")) {
        let mailbox = reading.keyring.address_key(&address.normalised());
        reading.unclear.settled(row, Some(mailbox));
    }
}

/// A row of a wrong length can only be left out.
pub(super) fn broken<S>(
    record: &Record,
    reason: String,
    reading: &mut Reading<'_>,
    report: &mut Report,
) -> Result<Option<S>, Refusal> {
    let refusal = Refusal::of_row(record.line, reason);
    let answers = reading.unclear.answers_at(record.line);
    let Some(answer) = answers.iter().find(|a| a.column.is_empty()) else {
        if reading.settled.of(record, reading.options.kind, reading.keyring) != Some(&Settled::LeftOut) {
            return Err(refusal);
        }
        report.skipped += 1;
        return Ok(None);
    };
    reading.unclear.heeded(answer);
    if Word::read(&answer.text) == Some(Word::Skip) {
        reading.unclear.settled(key_of(record, reading.options.kind, reading.keyring), None);
        report.skipped += 1;
        return Ok(None);
    }
    reading.unclear.fault(answer, "this row can only be left out (`skip`), or mended in the file itself");
    Err(refusal)
}

/// Of two people on one address, the one whose row this is may have been given an address of their own: it is read in the
/// place of the other. Returns the mailbox the row left.
fn own_address(record: &mut Record, answers: &[RowAnswer], reading: &mut Reading<'_>) -> Option<AddressKey> {
    let header = reading.columns.header_of("email");
    let written = reading.cell(record, "email");
    let before = EmailAddress::parse(written).ok()?;
    let answer = answers.iter().find(|a| a.column == header && EmailAddress::parse(&a.text).is_ok())?;
    // The question named both people; the row must still be about the second.
    let (_, second) = answer.value.rsplit_once(" / ")?;
    let row = record.cells().collect::<Vec<_>>().join(" ");
    if !second.split_whitespace().all(|word| row.contains(word)) {
        return None;
    }
    let mended = with_cell(record, header, &answer.text, reading)?;
    reading.unclear.heeded(answer);
    *record = mended;
    Some(reading.keyring.address_key(&before.normalised()))
}

fn with_cell(record: &Record, header: &str, text: &str, reading: &Reading<'_>) -> Option<Record> {
    let index = reading.columns.headers.iter().position(|h| h == header)?;
    let cells = record.cells().enumerate().map(|(i, cell)| if i == index { text } else { cell });
    Some(Record::from_cells(record.line, cells))
}
