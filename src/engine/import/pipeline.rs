//! The two halves of an import, beside each other: one thread reads and judges rows, the calling one writes them.
//!
//! The ledger stays on the thread that brought it. Batches go over in the order of the file, and few wait, so that memory
//! stays bounded however large the file is.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::answered;
use super::reading::Reading;
use super::report::{Refusal, Report};
use super::settled::SettledRows;
use super::{Import, ImportError, ImportKind, Listener};
use crate::domain::columns::Columns;
use crate::domain::keys::AddressKey;
use crate::domain::suppression::Suppression;
use crate::domain::table::{Record, Row, Rows};
use crate::engine::ports::{LedgerResult, Store};

/// Rows written to the ledger at once. Many, because each batch rewrites the pages of one index that is in no order of
/// the file; few enough that whoever else writes to the ledger waits well under a second.
const BATCH: usize = 16_000;

/// Batches read and not yet taken by the writing half.
const WAITING: usize = 1;

/// Rows of one kind: what one of them says, and how many of them are written.
pub(super) trait RowKind {
    /// What a row says.
    type Said: Send;
    /// Reads one row; nothing where it counts for nothing after all.
    fn read(record: &Record, reading: &mut Reading<'_>, report: &mut Report) -> Result<Option<Self::Said>, Refusal>;
    /// Writes what rows said, in their order.
    fn write(
        &mut self,
        rows: Vec<Self::Said>,
        store: &mut dyn Store,
        import: &Import<'_>,
        report: &mut Report,
    ) -> LedgerResult<()>;
}

/// What some rows said, in their order.
struct Batch<S> {
    suppressions: Vec<Suppression>,
    rows: Vec<S>,
}

/// A table whose header is understood.
pub(super) struct Source<'a> {
    pub(super) rows: &'a mut dyn Rows,
    pub(super) columns: &'a Columns,
    /// The header of a file without one: it is a row.
    pub(super) first: Option<Record>,
    /// Rows somebody answered about.
    pub(super) settled: SettledRows,
}

/// Reads the table to its end and writes what it says.
///
/// # Errors
/// [`ImportError`]; whole batches before it are written.
pub(super) fn run<K: RowKind>(
    import: &Import<'_>,
    source: Source<'_>,
    kind: K,
    store: &mut dyn Store,
    listener: &mut dyn Listener,
) -> Result<Report, ImportError> {
    let (sender, receiver) = sync_channel(WAITING);
    let (read, written) = thread::scope(|scope| {
        let reading = scope.spawn(move || read_all::<K>(import, source, listener, &sender));
        let written = write_all(import, kind, receiver, store);
        (reading.join(), written)
    });
    let written = written?;
    let mut report = read.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    report.add_written(written);
    Ok(report)
}

/// The reading half. It ends early, and without an error of its own, where nobody takes its batches any more.
fn read_all<K: RowKind>(
    import: &Import<'_>,
    source: Source<'_>,
    listener: &mut dyn Listener,
    sender: &SyncSender<Batch<K::Said>>,
) -> Result<Report, ImportError> {
    let Source { rows: table, columns, mut first, settled } = source;
    let own = columns.own_columns();
    let mut report = Report::new(&import.options.file);
    for finding in table.findings() {
        report.note(finding.line, &finding.column, "", finding.reason.as_str());
    }
    report.note_columns(table.header().line, columns);
    if import.options.kind == ImportKind::Contacts {
        report.custom_columns = columns.custom().map(str::to_owned).collect();
    }
    let mut reading = Reading::new(import, columns, settled);
    let mut record = Record::default();
    let mut rows = Vec::new();
    loop {
        let next = match first.take() {
            Some(row) => {
                record = row;
                Row::Whole
            }
            None => table.next_row(&mut record)?,
        };
        let read = match next {
            Row::End => break,
            Row::Broken(reason) => answered::broken(&record, reason, &mut reading, &mut report),
            Row::Whole => answered::read::<K>(&mut record, &mut reading, &mut report),
        };
        report.rows += 1;
        match read {
            Ok(said) => rows.extend(said),
            Err(refusal) => {
                let cells: Vec<&str> = record.cells().skip(own).collect();
                listener.refused(&cells, &refusal).map_err(ImportError::Rejects)?;
                reading.unclear.refused(&refusal, reading.cell(&record, "email"));
                report.refuse(refusal);
            }
        }
        if rows.len() + reading.suppressions.len() >= BATCH {
            let batch = Batch {
                suppressions: std::mem::take(&mut reading.suppressions),
                rows: std::mem::replace(&mut rows, Vec::with_capacity(BATCH)),
            };
            if sender.send(batch).is_err() {
                return Ok(report);
            }
            listener.progress(report.rows);
        }
    }
    let language = columns.header_of("language");
    report.unclear = reading.unclear.conclude(language);
    if sender.send(Batch { suppressions: reading.suppressions, rows }).is_ok() {
        listener.progress(report.rows);
    }
    Ok(report)
}

/// The writing half.
fn write_all<K: RowKind>(
    import: &Import<'_>,
    mut kind: K,
    batches: Receiver<Batch<K::Said>>,
    store: &mut dyn Store,
) -> LedgerResult<Report> {
    let mut report = Report::new(&import.options.file);
    let mut suppressed = Suppressed::default();
    for batch in batches {
        // Opt-outs first: whatever happens next, nobody who said no is a contact without it.
        report.suppressed += suppressed.write(&batch.suppressions, store, import)?;
        if !batch.rows.is_empty() {
            kind.write(batch.rows, store, import, &mut report)?;
        }
    }
    Ok(report)
}

/// Opt-outs that rows of any kind report beside what else they say.
#[derive(Default)]
struct Suppressed {
    /// Mailboxes of this file so far, where nothing is written that would tell.
    seen_dry: HashSet<AddressKey>,
}

impl Suppressed {
    /// Writes suppressions; returns how many addresses are suppressed anew.
    fn write(&mut self, batch: &[Suppression], store: &mut dyn Store, import: &Import<'_>) -> LedgerResult<u64> {
        if batch.is_empty() {
            return Ok(0);
        }
        if !import.dry_run {
            return Ok(store.suppress(batch, import.now)?.into_iter().filter(|new| *new).count() as u64);
        }
        let mut new = 0;
        for suppression in batch {
            let stands = suppression.is_told_by(&store.suppressions_of(suppression.key)?);
            new += u64::from(!stands && self.seen_dry.insert(suppression.key));
        }
        Ok(new)
    }
}
