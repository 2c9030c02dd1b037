//! Rows of opt-out lists that others kept.

use std::collections::HashSet;

use super::reading::Reading;
use super::report::{Refusal, Report};
use super::{Import, Sink};
use crate::domain::keys::AddressKey;
use crate::domain::suppression::{EVERYTHING, Reason, Suppression};
use crate::domain::table::Record;
use crate::domain::vocabulary::{fold_words, reason};
use crate::engine::ports::{LedgerResult, Store};

/// Gathers suppressions. An import adds some and never removes one.
#[derive(Default)]
pub(super) struct OptOutRows {
    rows: Vec<Suppression>,
    seen_dry: HashSet<(AddressKey, String)>,
}

impl Sink for OptOutRows {
    fn take(&mut self, record: &Record, reading: &mut Reading<'_>, report: &mut Report) -> Result<(), Refusal> {
        let address = reading.address(record)?;
        // A reason nobody knows is still a no.
        let reason = reading.word(record, "reason", reason, report).unwrap_or(Reason::OptedOut);
        self.rows.push(Suppression {
            key: reading.keyring.address_key(&address.normalised()),
            address: address.to_string(),
            topic: topic(&reading.text(record, "topic", report)?),
            reason,
            note: String::new(),
            since: reading.moment(reading.cell(record, "since")),
            source: format!("import {}", reading.options.file),
        });
        Ok(())
    }

    fn waiting(&self) -> usize {
        self.rows.len()
    }

    fn flush(&mut self, store: &mut dyn Store, import: &Import<'_>, report: &mut Report) -> LedgerResult<()> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let new = if import.dry_run {
            let mut new = Vec::with_capacity(rows.len());
            for row in &rows {
                let stands = store.suppressions_of(row.key)?.iter().any(|s| s.topic == row.topic);
                new.push(self.seen_dry.insert((row.key, row.topic.clone())) && !stands);
            }
            new
        } else {
            store.suppress(&rows, import.now)?
        };
        let accepted = new.into_iter().filter(|new| *new).count() as u64;
        report.accepted += accepted;
        report.suppressed += accepted;
        report.merged += rows.len() as u64 - accepted;
        Ok(())
    }
}

/// A campaign topic, or everything where none is named.
fn topic(cell: &str) -> String {
    match fold_words(cell).as_str() {
        "" | "all" | "everything" | "any" | "every_topic" => EVERYTHING.to_owned(),
        _ => cell.to_owned(),
    }
}
