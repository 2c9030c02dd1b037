//! What an import tells: counts, refused rows, and what a person should look at.

use super::unclear::Unclear;
use crate::domain::columns::Columns;

/// A row that was not imported.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Refusal {
    /// Physical line the row starts on.
    pub line: u64,
    /// Header of the column at fault; empty where it is the whole row.
    pub column: String,
    /// What stands there (its first characters).
    pub value: String,
    /// Why, without the value.
    pub reason: String,
}

/// Something about an imported row that a person should look at. The same shape as a refusal.
pub type Note = Refusal;

/// At most this much of a cell is repeated, in characters.
const LONGEST_VALUE: usize = 200;
/// Refusals kept for the report; every one of them is counted and goes to the file of refused rows.
const MOST_REFUSALS: usize = 100_000;
/// Notes kept for the report; every one of them is counted.
const MOST_NOTES: usize = 10_000;

impl Refusal {
    /// About one cell.
    pub fn new(line: u64, column: &str, value: &str, reason: impl Into<String>) -> Self {
        let value = value.chars().take(LONGEST_VALUE).collect();
        Self { line, column: column.to_owned(), value, reason: reason.into() }
    }

    /// About the whole row.
    pub fn of_row(line: u64, reason: String) -> Self {
        Self { line, column: String::new(), value: String::new(), reason }
    }
}

/// The outcome of an import; rows = accepted + merged + rejected + skipped.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Path as given.
    pub file: String,
    /// Non-empty records after the header.
    pub rows: u64,
    /// New mailboxes (or participations, registrations, opt-outs).
    pub accepted: u64,
    /// Rows about a mailbox already known, in the file or the ledger.
    pub merged: u64,
    /// Refused rows.
    pub rejected: u64,
    /// Withdrawn, rejected or pending participation.
    pub skipped: u64,
    /// Addresses this file suppressed that were not before.
    pub suppressed: u64,
    /// Rows whose contact has no basis for being written to, and would be left out of every plan.
    pub without_basis: u64,
    /// Columns that feed no field of ours and are kept as custom ones: the names conditions and templates know them by.
    pub custom_columns: Vec<String>,
    /// Number of notes.
    pub warnings: u64,
    /// Refused rows, in order.
    pub rejects: Vec<Refusal>,
    /// What a person should look at, in order.
    pub notes: Vec<Note>,
    /// Contacts written, a merged one each time.
    #[serde(skip)]
    pub(super) changes: u64,
    /// What is left to a person, for the review.
    #[serde(skip)]
    pub unclear: Unclear,
}

impl Report {
    pub(super) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            rows: 0,
            accepted: 0,
            merged: 0,
            rejected: 0,
            skipped: 0,
            suppressed: 0,
            without_basis: 0,
            custom_columns: Vec::new(),
            warnings: 0,
            rejects: Vec::new(),
            notes: Vec::new(),
            changes: 0,
            unclear: Unclear::default(),
        }
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.rejected += 1;
        if self.rejects.len() < MOST_REFUSALS {
            self.rejects.push(refusal);
        }
    }

    pub(super) fn note(&mut self, line: u64, column: &str, value: &str, reason: impl Into<String>) {
        self.warnings += 1;
        if self.notes.len() < MOST_NOTES {
            self.notes.push(Note::new(line, column, value, reason));
        }
    }

    /// Adds what the writing half counted and noted; notes stay in the order of lines.
    pub(super) fn add_written(&mut self, written: Report) {
        self.accepted += written.accepted;
        self.merged += written.merged;
        self.suppressed += written.suppressed;
        self.without_basis += written.without_basis;
        self.changes += written.changes;
        self.warnings += written.warnings;
        self.notes.extend(written.notes);
        self.notes.sort_by_key(|note| note.line);
        self.notes.truncate(MOST_NOTES);
    }

    pub(super) fn note_columns(&mut self, line: u64, columns: &Columns) {
        for (header, field, other) in &columns.displaced {
            let reason = format!("column `{other}` feeds {field} already; this one is kept as a custom column");
            self.note(line, header, "", reason);
        }
    }

    /// The file's own words in fewer: notes by reason, most frequent first, each with its first line.
    pub fn notes_by_reason(&self) -> Vec<(usize, &Note)> {
        let mut groups: Vec<(usize, &Note)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for note in &self.notes {
            let place = *places.entry((&note.column, kind_of(&note.reason))).or_insert_with(|| {
                groups.push((0, note));
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(place) {
                group.0 += 1;
            }
        }
        groups.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.line.cmp(&b.1.line)));
        groups
    }
}

/// A reason without the values it quotes: what notes are grouped by.
fn kind_of(reason: &str) -> String {
    reason.split('`').step_by(2).next().unwrap_or("").to_owned()
}
