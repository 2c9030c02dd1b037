//! What an auditor asks of the ledger.

use rusqlite::Row;

use crate::domain::chain::{Event, What};
use crate::domain::keys::AddressKey;
use crate::engine::ports::{Audit, AuditRow, LedgerResult, Verification};

use super::contacts::word;
use super::events::time;
use super::invitations::read_invitation;
use super::sqlite::{SqliteLedger, fault};
use super::{sql, verify};

impl Audit for SqliteLedger {
    fn story(&mut self, key: AddressKey) -> LedgerResult<Vec<Event>> {
        self.events(sql!("events_of_contact"), [key.0])
    }

    fn campaign_events(&mut self, campaign: &str) -> LedgerResult<Vec<Event>> {
        self.events(sql!("events_of_campaign"), [campaign])
    }

    fn each_audit_row(&mut self, visit: &mut dyn FnMut(AuditRow)) -> LedgerResult<()> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("audit_rows")).map_err(fault)?;
            let mut rows = statement.query([]).map_err(fault)?;
            while let Some(row) = rows.next().map_err(fault)? {
                visit(AuditRow {
                    invitation: read_invitation(row)?,
                    campaign: row.get(21).map_err(fault)?,
                    plan: row.get(22).map_err(fault)?,
                    feedback: row.get::<_, Option<String>>(23).map_err(fault)?.unwrap_or_default(),
                    message_id: row.get::<_, Option<String>>(24).map_err(fault)?.unwrap_or_default(),
                });
            }
            Ok(())
        })
    }

    fn verify(&mut self) -> LedgerResult<Verification> {
        self.read(verify::verify)
    }
}

impl SqliteLedger {
    fn events(&mut self, statement: &str, values: impl rusqlite::Params) -> LedgerResult<Vec<Event>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(statement).map_err(fault)?;
            let mut rows = statement.query(values).map_err(fault)?;
            let mut events = Vec::new();
            while let Some(row) = rows.next().map_err(fault)? {
                events.push(read_event(row)?);
            }
            Ok(events)
        })
    }
}

fn read_event(row: &Row<'_>) -> LedgerResult<Event> {
    let what = row.get::<_, String>(3).map_err(fault)?;
    Ok(Event {
        seq: row.get(0).map_err(fault)?,
        at: time(row.get(1).map_err(fault)?)?,
        by: row.get(2).map_err(fault)?,
        what: word(&what, What::from_word)?,
        contact_id: row.get(4).map_err(fault)?,
        campaign: row.get(5).map_err(fault)?,
        plan: row.get(6).map_err(fault)?,
        state: row.get(7).map_err(fault)?,
        code: row.get(8).map_err(fault)?,
        message_id: row.get(9).map_err(fault)?,
        detail: row.get(10).map_err(fault)?,
        reply: row.get(11).map_err(fault)?,
    })
}
