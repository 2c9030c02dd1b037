//! Opening the ledger's file, and its transactions.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::engine::ports::{LedgerError, LedgerResult};
use crate::system::private;

use super::events::Writer;
use super::open_rows::OpenRows;
use super::opt_out_log::OptOutLog;
use super::sql;
use super::witness::{Mark, Who, Witness};
use super::witnessed::refuse_mixture;

/// How long a writer waits for another process before it gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// SQLite need not lock its connection: the compiler sees to it that one thread at a time uses it.
pub(super) const OWN_THREAD: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX;

/// Pages of 4 kB after which the write-ahead log is folded into the database. Large, because imports touch random pages
/// of one index and each fold writes a page once however often it changed.
const CHECKPOINT_PAGES: i64 = 8000;

/// Migrations in order; the file's `user_version` says how many it has had.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_ledger.sql"),
    include_str!("migrations/0002_changes.sql"),
    include_str!("migrations/0003_readers.sql"),
    include_str!("migrations/0004_import_span.sql"),
    include_str!("migrations/0005_row_answers.sql"),
    include_str!("migrations/0006_zones.sql"),
    include_str!("migrations/0007_event_places.sql"),
    include_str!("migrations/0008_paces.sql"),
];

/// The ledger in one SQLite file. Every method of the ports is one transaction, synced when it returns.
pub struct SqliteLedger {
    pub(super) connection: Connection,
    pub(super) by: String,
    pub(super) log: OptOutLog,
    pub(super) rows: OpenRows,
    /// Marks the claims of this opened ledger, so that an intent for somebody else's claim is refused.
    pub(super) claimer: i64,
    pub(super) witness: Witness,
    /// Marks of the witness that are not in this ledger: it is not the one that was last written to.
    pub(super) strange: Vec<Mark>,
}

impl std::fmt::Debug for SqliteLedger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteLedger").finish_non_exhaustive()
    }
}

impl SqliteLedger {
    /// Opens the ledger at `path`, making file (0600), folder (0700) and tables where they are missing, and takes over
    /// from the opt-out log at `log` whatever it holds that the ledger does not. A ledger that the witness beside the log does
    /// not know sends nothing until a person has decided. `by` is who does it, as written on every event.
    ///
    /// # Errors
    /// [`LedgerError::Unwritable`] or [`LedgerError::Damaged`]; also where a newer Convoke made it.
    pub fn open(path: &Path, log: &Path, by: &str) -> LedgerResult<Self> {
        // Before the ledger: whatever is committed meanwhile makes the ledger go further than the marks.
        let witness = Witness::beside(log, path);
        let marks = witness.marks();
        refuse_mixture(path, witness.length_of_ledger(), &marks)?;
        make_private_file(path).map_err(|e| LedgerError::Unwritable(format!("{}: {e}", path.display())))?;
        let log = OptOutLog::open(log)?;
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OWN_THREAD).map_err(fault)?;
        let (by, rows, claimer) = (by.to_owned(), OpenRows::default(), random_claimer()?);
        let mut ledger = Self { connection, by, log, rows, claimer, witness, strange: Vec::new() };
        ledger.prepare()?;
        ledger.migrate()?;
        ledger.compare_with(&marks)?;
        ledger.take_over_from_log()?;
        Ok(ledger)
    }

    /// Opens an existing ledger for reading only; whatever would change it is [`LedgerError::Unwritable`].
    ///
    /// # Errors
    /// As [`SqliteLedger::open`].
    pub fn open_read_only(path: &Path, log: &Path) -> LedgerResult<Self> {
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OWN_THREAD).map_err(fault)?;
        let (witness, log) = (Witness::beside(log, path), OptOutLog::reading(log));
        let (by, rows) = (String::new(), OpenRows::default());
        let ledger = Self { connection, by, log, rows, claimer: 0, witness, strange: Vec::new() };
        ledger.connection.busy_timeout(PATIENCE).map_err(fault)?;
        ledger.version()?;
        Ok(ledger)
    }

    /// The names of every custom column that any contact has, also of a ledger opened for reading only that an earlier
    /// version left, or that a command began to make and was ended.
    ///
    /// # Errors
    /// As [`SqliteLedger::open`].
    pub fn custom_columns(&mut self) -> LedgerResult<BTreeSet<String>> {
        if self.version()? == 0 {
            return Ok(BTreeSet::new());
        }
        self.read(|connection| {
            connection
                .prepare_cached(sql!("custom_columns"))
                .and_then(|mut s| s.query_map([], |row| row.get(0))?.collect())
                .map_err(fault)
        })
    }

    /// Bounds the file's size, in pages of 4 kB, for this opened ledger: beyond it every write is
    /// [`LedgerError::Unwritable`], as on a full disk.
    ///
    /// # Errors
    /// Where SQLite refuses the setting.
    pub fn limit_pages(&mut self, pages: u32) -> LedgerResult<()> {
        self.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).map_err(fault)
    }

    fn prepare(&self) -> LedgerResult<()> {
        let connection = &self.connection;
        connection.busy_timeout(PATIENCE).map_err(fault)?;
        connection.set_prepared_statement_cache_capacity(128);
        // Without this, a library built with STAT4 compiles a statement anew for every value bound to it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(fault)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).map_err(fault)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(fault)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(fault)?;
        connection.pragma_update(None, "cache_size", -24_000).map_err(fault)?;
        connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(())).map_err(fault)
    }

    fn version(&self) -> LedgerResult<usize> {
        let version: i64 = self.connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fault)?;
        match usize::try_from(version) {
            Ok(version) if version <= MIGRATIONS.len() => Ok(version),
            _ => Err(LedgerError::Damaged(
                "it was written by a newer version of Convoke; use that version to open it".to_owned(),
            )),
        }
    }

    fn migrate(&mut self) -> LedgerResult<()> {
        if self.version()? == MIGRATIONS.len() {
            return Ok(());
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        // Asked again inside the transaction: another process may have been faster.
        let done: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fault)?;
        for (number, migration) in (1_i64..).zip(MIGRATIONS) {
            if number > done {
                transaction.execute_batch(migration).map_err(fault)?;
                transaction.pragma_update(None, "user_version", number).map_err(fault)?;
            }
        }
        transaction.commit().map_err(fault)
    }

    /// One transaction that writes: whatever `change` does is committed and synced when this returns `Ok`, and undone
    /// otherwise.
    pub(super) fn write<T>(
        &mut self,
        now: jiff::Timestamp,
        change: impl FnOnce(&mut Writer<'_>) -> LedgerResult<T>,
    ) -> LedgerResult<T> {
        self.write_as(Who::Others, now, change)
    }

    /// [`SqliteLedger::write`], with the witness told who did it. What a sender writes must be witnessed; whatever else is
    /// (an opt-out, a pause) must not fail for want of a witness.
    pub(super) fn write_as<T>(
        &mut self,
        who: Who,
        now: jiff::Timestamp,
        change: impl FnOnce(&mut Writer<'_>) -> LedgerResult<T>,
    ) -> LedgerResult<T> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        let mut writer = Writer::begin(transaction, &self.by, &mut self.log, &mut self.rows, self.claimer, now)?;
        let result = change(&mut writer)?;
        if let Some((seq, hash)) = writer.commit()?
            && self.strange.is_empty()
        {
            let noted = self.witness.note(who, seq, hash, now);
            if who == Who::Sender {
                noted?;
            }
        }
        Ok(result)
    }

    /// One transaction that reads: everything asked in it is of one moment.
    pub(super) fn read<T>(&mut self, ask: impl FnOnce(&Connection) -> LedgerResult<T>) -> LedgerResult<T> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Deferred).map_err(fault)?;
        ask(&transaction)
    }
}

/// What a failure of SQLite means to the engine, and what to do about it.
pub(super) fn fault(error: rusqlite::Error) -> LedgerError {
    let unwritable = |advice: &str| LedgerError::Unwritable(format!("{error}; {advice}"));
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => unwritable("make room on its disk"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => unwritable(
            "another program has kept it locked for too long: end that program (a database browser, a copying tool), or wait \
             until it is done",
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            unwritable("it and its folder must be there, yours, and not write-protected")
        }
        Some(ErrorCode::SystemIoFailure) => unwritable(
            "the disk is full or failing: make room, and if it was not full, copy the whole workspace to another disk first",
        ),
        Some(ErrorCode::OutOfMemory | ErrorCode::NoLargeFileSupport | ErrorCode::FileLockingProtocolFailed) => {
            unwritable("this computer has too little memory, or its file system is no place for a ledger")
        }
        // A trigger of the schema says what is not allowed, and what to do.
        _ if error.sqlite_extended_error_code() == Some(rusqlite::ffi::SQLITE_CONSTRAINT_TRIGGER) => {
            LedgerError::Refused(error.to_string())
        }
        _ => LedgerError::Damaged(error.to_string()),
    }
}

/// Makes the file 0600 in a folder 0700 before SQLite sees it; its companions (-wal, -shm) inherit the mode.
fn make_private_file(path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty() && !f.exists()) {
        private::make_folder(folder)?;
    }
    private::options().write(true).create(true).truncate(false).open(path)?.sync_all()
}

/// A number no other opened ledger has, but for one chance in 2^63.
fn random_claimer() -> LedgerResult<i64> {
    let mut octets = [0; 8];
    random(&mut octets)?;
    Ok(i64::from_be_bytes(octets) & i64::MAX)
}

/// Octets of the secret of a mailbox.
pub(super) const SECRET: usize = 32;

/// Fills with the system's randomness.
pub(super) fn random(octets: &mut [u8]) -> LedgerResult<()> {
    use ring::rand::SecureRandom;
    ring::rand::SystemRandom::new()
        .fill(octets)
        .map_err(|_| LedgerError::Unwritable("the system gives no random numbers".to_owned()))
}
