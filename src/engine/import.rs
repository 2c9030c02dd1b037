//! Import: rows of a table become contacts, participations, registrations or opt-outs.
//!
//! A row that cannot be used is refused with its line and reason and stops nothing. What is refused, what was cleaned and
//! what a person should look at are told; nothing is guessed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use ring::digest::{Context, SHA256};

use crate::domain::columns::{ColumnError, Columns, Subject};
use crate::domain::contact::vocabulary;
use crate::domain::decisions::Decisions;
use crate::domain::keys::Keyring;
use crate::domain::table::{Rows, TableError};
use crate::engine::ports::{Contacts, ImportRecord, LedgerError, LedgerResult, Store};

mod answered;
pub mod answers;
mod contacts;
pub mod nowhere;
mod opt_outs;
mod participations;
mod pipeline;
mod reading;
pub mod report;
pub mod settled;
pub mod unclear;

use answers::Answers;
use contacts::{ContactRows, Past};
use opt_outs::OptOutRows;
use participations::ParticipationRows;
use pipeline::Source;
use report::{Refusal, Report};
use settled::SettledRows;

vocabulary! {
    /// What a file is imported as.
    ImportKind {
        /// People and how to reach them.
        Contacts = "contacts",
        /// Who took part in a meeting.
        Participation = "participation",
        /// Who registered for a coming meeting.
        Registrations = "registrations",
        /// Who must not be written to.
        OptOuts = "opt-outs",
    }
}

impl ImportKind {
    /// Which columns such a file may have.
    pub fn subject(self) -> Subject {
        match self {
            ImportKind::Contacts => Subject::Contacts,
            ImportKind::Participation | ImportKind::Registrations => Subject::Participation,
            ImportKind::OptOuts => Subject::OptOuts,
        }
    }
}

/// How a file is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// As what.
    pub kind: ImportKind,
    /// Its path as given, for the report and as the source of suppressions.
    pub file: String,
    /// Year of the meeting, for participation and registrations without a column that says it.
    pub year: Option<i16>,
    /// Source for contacts that have none.
    pub source: String,
    /// Basis for contacts that have none.
    pub basis: String,
    /// Purpose for contacts that have none.
    pub purpose: String,
    /// Name or number of the sheet, for workbooks.
    pub sheet: Option<String>,
    /// How the text is encoded, where a person said so.
    pub encoding: Option<String>,
    /// `--map`: columns and the fields they feed.
    pub maps: Vec<(String, String)>,
}

impl ImportOptions {
    /// Names this file read in this way, by the SHA-256 of its octets (hexadecimal) and everything that shapes the result.
    pub fn fingerprint(&self, content: &str, decisions: &Decisions) -> String {
        let mut context = Context::new(&SHA256);
        let year = self.year.map(|y| y.to_string()).unwrap_or_default();
        let decided = decisions.lines();
        let maps = self.maps.iter().flat_map(|(column, field)| [column.as_str(), field.as_str()]);
        let fixed = [content, self.kind.as_str(), &year, &self.source, &self.basis, &self.purpose];
        let sheet = self.sheet.iter().flat_map(|sheet| ["sheet", sheet.as_str()]);
        let encoding = self.encoding.iter().flat_map(|encoding| ["encoding", encoding.as_str()]);
        for part in fixed.into_iter().chain(sheet).chain(encoding).chain(maps).chain(decided.iter().map(String::as_str))
        {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        data_encoding::HEXLOWER.encode(context.finish().as_ref())
    }
}

/// A file that cannot be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Its header cannot be used.
    #[error(transparent)]
    Columns(#[from] ColumnError),
    /// A header and nothing below it.
    #[error("the file has a header and no rows")]
    NoRows,
    /// Participation without a year.
    #[error("no year: name the meeting's year, or give the file a `year` column")]
    NoYear,
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The file of refused rows cannot be written.
    #[error("the file of refused rows cannot be written: {0}")]
    Rejects(String),
}

/// Who is told about what while rows are read, on the thread that reads them.
pub trait Listener: Send {
    /// A row was refused: the row as read, and why.
    ///
    /// # Errors
    /// What went wrong with writing it down; ends the import.
    fn refused(&mut self, row: &[&str], refusal: &Refusal) -> Result<(), String>;
    /// The header is understood: its columns as written. Called once, before any row.
    ///
    /// # Errors
    /// What went wrong with writing it down; ends the import.
    fn header(&mut self, columns: &[&str]) -> Result<(), String>;
    /// So many rows are read by now.
    fn progress(&mut self, rows: u64);
}

/// One import.
pub struct Import<'a> {
    /// How to read.
    pub options: &'a ImportOptions,
    /// Its path within the workspace, else from the root: wherever it was typed, contacts came by this file.
    pub place: &'a str,
    /// `[countries]` and `[words]`.
    pub decisions: &'a Decisions,
    /// Keys of mailboxes.
    pub keyring: &'a Keyring,
    /// Now.
    pub now: Timestamp,
    /// Read and count, change nothing.
    pub dry_run: bool,
    /// [`ImportOptions::fingerprint`]. A file imported before under it writes no events for rows that change nothing.
    pub fingerprint: &'a str,
    /// Look at rows too for what a person should say, and heed these answers of an earlier review (there may be none).
    pub answers: Option<&'a Answers>,
}

/// What reads the rows.
const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Import<'_> {
    /// Reads the table to its end. Whether it was imported before does not matter to what is known afterwards: known rows
    /// merge.
    ///
    /// Of a file that was imported before in just this way, no contact is written where the chain shows that nothing but
    /// that import changed one since it began: all its rows together would leave what is there, even where two of them
    /// speak of one mailbox and differ. The rows are still read, judged and counted, and their opt-outs heeded. After a
    /// correction, an address change or another file in between, rows that change something are merged again.
    ///
    /// # Errors
    /// [`ImportError`]; rows before it may be imported, by whole batches, and importing again merges them.
    pub fn run(
        &self,
        rows: &mut dyn Rows,
        store: &mut dyn Store,
        listener: &mut dyn Listener,
    ) -> Result<Report, ImportError> {
        // People keep opt-outs as a bare list of addresses; losing its first would write to somebody who said no.
        let is_bare = self.options.kind == ImportKind::OptOuts && Columns::is_bare_list(rows.header());
        let columns = if is_bare {
            Columns::of_bare_list()
        } else {
            Columns::read(rows.header(), self.options.kind.subject(), &self.options.maps)?
        };
        if self.options.kind.subject() == Subject::Participation
            && self.options.year.is_none()
            && columns.of("year").is_none()
        {
            return Err(ImportError::NoYear);
        }
        let header: Vec<&str> = columns.headers.iter().skip(columns.own_columns()).map(String::as_str).collect();
        listener.header(&header).map_err(ImportError::Rejects)?;
        let (past, is_reply) = (self.past(store)?, self.answers.is_some_and(|answers| answers.are_applied));
        // Answers change how rows are read: those that bring something new are written, whatever was imported before.
        let known = if is_reply { Past::Imported } else { past };
        let after = store.last_event()?;
        let first = is_bare.then(|| rows.header().clone());
        let settled = SettledRows::load(store)?;
        let source = Source { rows, columns: &columns, first, settled };
        let report = match self.options.kind {
            ImportKind::Contacts => {
                let kind = ContactRows::new(known, store, self.decisions)?;
                pipeline::run(self, source, kind, store, listener)
            }
            ImportKind::Participation | ImportKind::Registrations => {
                pipeline::run(self, source, ParticipationRows::default(), store, listener)
            }
            ImportKind::OptOuts => pipeline::run(self, source, OptOutRows::default(), store, listener),
        }?;
        if report.rows == 0 {
            return Err(ImportError::NoRows);
        }
        if is_reply && !self.dry_run && !report.unclear.settled.is_empty() {
            store.remember_row_answers(&report.unclear.settled, self.now)?;
        }
        let is_told = match past {
            Past::None => false,
            _ if is_reply => report.changes == 0,
            // From here on, this import is the one that nothing may have followed.
            Past::Imported => self.options.kind != ImportKind::Contacts,
            Past::Unchanged => true,
        };
        if !self.dry_run && !is_told {
            store.store_import(&self.record(&report, after), self.now)?;
        }
        Ok(report)
    }

    /// What is known of an earlier import of this file. Another version of Convoke may read a cell otherwise; whatever
    /// else changes how rows are read, changes the fingerprint.
    fn past(&self, store: &mut dyn Store) -> LedgerResult<Past> {
        let Some(record) = store.import_record(self.fingerprint)? else { return Ok(Past::None) };
        let unchanged = record.version == VERSION && store.contact_changes_after(record.after)? == record.changes;
        Ok(if unchanged { Past::Unchanged } else { Past::Imported })
    }

    fn record(&self, report: &Report, after: i64) -> ImportRecord {
        ImportRecord {
            fingerprint: self.fingerprint.to_owned(),
            file: self.options.file.clone(),
            kind: self.options.kind.as_str().to_owned(),
            rows: report.rows,
            after,
            changes: report.changes,
            version: VERSION.to_owned(),
        }
    }
}

/// The names of every custom column that any contact has.
///
/// # Errors
/// Where the ledger cannot be read.
pub fn custom_columns(contacts: &mut (impl Contacts + ?Sized)) -> LedgerResult<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    contacts.each_contact(&mut |contact| {
        for name in contact.custom.into_keys() {
            names.insert(name);
        }
    })?;
    Ok(names)
}
