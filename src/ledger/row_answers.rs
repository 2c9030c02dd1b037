//! What people said about whole rows of lists.

use jiff::Timestamp;
use rusqlite::params;

use crate::domain::keys::{AddressKey, RowKey};
use crate::engine::ports::{LedgerResult, RowAnswers, SettledRow};

use super::sql;
use super::sqlite::{SqliteLedger, fault};

impl RowAnswers for SqliteLedger {
    fn row_answers(&mut self) -> LedgerResult<Vec<SettledRow>> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("row_answers_all"))
                .and_then(|mut s| {
                    let read = |row: &rusqlite::Row<'_>| {
                        Ok((RowKey(row.get(0)?), row.get::<_, Option<[u8; 16]>>(1)?.map(AddressKey)))
                    };
                    s.query_map([], read)?.collect()
                })
                .map_err(fault)
        })
    }

    fn remember_row_answers(&mut self, answers: &[SettledRow], now: Timestamp) -> LedgerResult<()> {
        self.write(now, |writer| {
            for (row, mailbox) in answers {
                writer.execute(sql!("row_answer_store"), params![row.0, mailbox.map(|key| key.0), writer.at()])?;
            }
            Ok(())
        })
    }
}
