//! The ledger over SQLite: every fact about contacts, plans and messages, and the chain of events that records them.
//!
//! One file per noun; each SQL statement lies in `queries/` with its promise on top. [`SqliteLedger`] is the only thing
//! others see.

mod attempts;
mod audit;
mod changes;
mod claims;
mod contacts;
mod events;
mod halts;
mod invitations;
mod links;
pub mod open_rows;
mod opt_out_log;
mod paces;
mod participations;
mod plans;
mod restored;
mod row_answers;
mod sending;
mod sqlite;
mod suppressions;
mod verify;
mod witness;
mod witnessed;

pub use restored::{SinceCopy, Summary};
pub use sqlite::SqliteLedger;

/// A statement of `queries/`.
macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!("queries/", $name, ".sql"))
    };
}
use sql;
