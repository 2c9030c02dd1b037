//! The list of everybody a plan leaves out, as CSV, readable by its owner only.

use std::io;
use std::path::Path;

use crate::domain::cleaning::neutralise;
use crate::domain::plan::Held;
use crate::engine::ports::{Contacts, LedgerError};
use crate::system::private;

/// Why the list was not written.
#[derive(Debug, thiserror::Error)]
pub enum HeldBackError {
    /// The file.
    #[error("{path} cannot be written: {error}\n  help: name a file in a folder that exists and is yours")]
    File {
        /// Its path.
        path: String,
        /// What the system said.
        error: io::Error,
    },
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Contacts looked up at once.
const BATCH: usize = 500;

/// Writes one line per contact left out: `contact_id,email,name,reason,column,value`. Returns how many.
///
/// # Errors
/// The file cannot be written, or the ledger not read.
pub fn write_csv<L: Contacts + ?Sized>(path: &Path, held: &[Held], ledger: &mut L) -> Result<usize, HeldBackError> {
    let fault = |error: io::Error| HeldBackError::File { path: path.display().to_string(), error };
    let mut file = csv::Writer::from_writer(private::create(path).map_err(fault)?);
    file.write_record(["contact_id", "email", "name", "reason", "column", "value"]).map_err(|e| fault(e.into()))?;
    for batch in held.chunks(BATCH) {
        let keys: Vec<_> = batch.iter().map(|h| h.key).collect();
        for (held, contact) in batch.iter().zip(ledger.contacts_by_key(&keys)?) {
            let (address, name) = contact.map(|c| (c.address.to_string(), c.full_name())).unwrap_or_default();
            let cells =
                [held.contact_id.as_str(), &address, &name, held.reason.as_str(), held.column.as_str(), &held.value];
            file.write_record(cells.map(|cell| neutralise(cell).into_owned())).map_err(|e| fault(e.into()))?;
        }
    }
    file.flush().map_err(fault)?;
    Ok(held.len())
}
