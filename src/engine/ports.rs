//! What the engine needs from the world. Adapters implement these; nothing else crosses the line.
//!
//! The ledger's ports speak in batches, so that one durable commit serves many messages and a second database could
//! serve them without a round trip a row. Every method that changes something is one transaction, committed and synced
//! when it returns, and writes its events (who, previous hash, hash) in that same transaction. Who it is, was given when
//! the ledger was opened; what time it is, is an argument.

use std::collections::BTreeMap;

use jiff::Timestamp;

mod audit;
mod changes;
mod contacts;
mod participations;
mod plans;
mod relay;
mod row_answers;
mod sending;
mod suppressions;

pub use audit::{Audit, AuditRow, Verification};
pub use changes::{AddressChange, Changes, ContactEdit, Link, LinkKind, Relinked, Traces, Union};
pub use contacts::{ContactChange, Contacts, ImportRecord};
pub use participations::Participations;
pub use plans::{PastInvitation, Plans};
pub use relay::{Lane, MessageWriter, Parcel, PortFuture, Relay, RelayTrouble};
pub use row_answers::{RowAnswers, SettledRow};
pub use sending::{ClaimFilter, Conclusion, Intent, IntentVerdict, Recovered, Sending, Settlement, Waiting};
pub use suppressions::Suppressions;

/// The one place that knows what time it is.
pub trait Clock: Send + Sync {
    /// Now, by the wall clock.
    fn now(&self) -> Timestamp;
}

/// The ledger failed. Whoever meets this while sending stops sending: an attempt that cannot be recorded must not be made.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It cannot be written or synced: disk full, I/O error, read-only, locked for too long.
    #[error("the ledger cannot be written: {0}")]
    Unwritable(String),
    /// It is there and not what it should be.
    #[error("the ledger is damaged: {0}")]
    Damaged(String),
    /// The caller asked for what the ledger does not allow (a cancelled campaign, an unknown plan …).
    #[error("{0}")]
    Refused(String),
}

/// What a ledger call gives.
pub type LedgerResult<T> = Result<T, LedgerError>;

/// Everything the engine asks of a ledger. One contract test (`tests/ledger_contract.rs`) runs against every
/// implementation.
pub trait Ledger: Store + Changes + Plans + Sending + Audit + Send {}
impl<T: Store + Changes + Plans + Sending + Audit + Send> Ledger for T {}

/// What import asks of a ledger.
pub trait Store: Contacts + Participations + Suppressions + Traces + RowAnswers {}
impl<T: Contacts + Participations + Suppressions + Traces + RowAnswers + ?Sized> Store for T {}

/// SHA-256 of files by path, as plans compare them.
pub type InputDigests = BTreeMap<String, String>;
