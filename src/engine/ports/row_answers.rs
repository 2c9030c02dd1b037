//! What import asks of the ledger: what people said about whole rows of lists.

use jiff::Timestamp;

use crate::domain::keys::{AddressKey, RowKey};

use super::LedgerResult;

/// A row, and the mailbox that somebody said it is about; none where it is to be left out.
pub type SettledRow = (RowKey, Option<AddressKey>);

/// Answers about whole rows. A row is known by a keyed digest only, and a mailbox by its key: nothing personal is kept.
pub trait RowAnswers {
    /// Every answer, one a row.
    fn row_answers(&mut self) -> LedgerResult<Vec<SettledRow>>;
    /// Remembers answers; a later one about a row takes the place of the earlier. They change no contact and are no events.
    fn remember_row_answers(&mut self, answers: &[SettledRow], now: Timestamp) -> LedgerResult<()>;
}
