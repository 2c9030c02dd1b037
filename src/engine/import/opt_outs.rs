//! Rows of opt-out lists that others kept.

use std::collections::HashSet;

use super::Import;
use super::pipeline::RowKind;
use super::reading::Reading;
use super::report::{Refusal, Report};
use crate::domain::keys::AddressKey;
use crate::domain::suppression::{EVERYTHING, Reason, Suppression};
use crate::domain::table::Record;
use crate::domain::vocabulary::{fold_words, reason};
use crate::engine::ports::{LedgerResult, Store};

/// Writes suppressions. An import adds some and never removes one.
#[derive(Default)]
pub(super) struct OptOutRows {
    seen_dry: HashSet<(AddressKey, String)>,
}

impl RowKind for OptOutRows {
    type Said = Suppression;

    fn read(record: &Record, reading: &mut Reading<'_>, report: &mut Report) -> Result<Option<Suppression>, Refusal> {
        let address = reading.address(record)?;
        // A reason nobody knows is still a no.
        let reason = reading.word(record, "reason", reason, report).unwrap_or(Reason::OptedOut);
        Ok(Some(Suppression {
            key: reading.keyring.address_key(&address.normalised()),
            address: address.to_string(),
            topic: topic(&reading.text(record, "topic", report)?),
            reason,
            note: String::new(),
            since: reading.moment(reading.cell(record, "since")),
            source: format!("import {}", reading.options.file),
        }))
    }

    fn write(
        &mut self,
        rows: Vec<Suppression>,
        store: &mut dyn Store,
        import: &Import<'_>,
        report: &mut Report,
    ) -> LedgerResult<()> {
        let new = if import.dry_run {
            let mut new = Vec::with_capacity(rows.len());
            for row in &rows {
                let stands = row.is_told_by(&store.suppressions_of(row.key)?);
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
