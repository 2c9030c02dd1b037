//! Rows of a plan, as the ledger holds them.

use rusqlite::Row;

use crate::domain::chain::What;
use crate::domain::invitation::{Invitation, PlannedInvitation, State};
use crate::domain::keys::AddressKey;
use crate::engine::ports::LedgerResult;

use super::contacts::{from_json, read_address, word};
use super::events::{NewEvent, Writer, time};
use super::sql;
use super::sqlite::fault;

/// A moment no clock reaches: deferred rows with it wait for a person, not for time. 9999-01-01.
pub(super) const UNTIL_RESUMED: i64 = 253_370_764_800_000;

/// Whose a row is.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub invitation: i64,
    pub contact: i64,
    pub plan: i64,
}

impl Owner {
    /// Reads columns `invitation, contact, plan`.
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { invitation: row.get(0)?, contact: row.get(1)?, plan: row.get(2)? })
    }
}

/// Reads a row of the statements that show whole invitations.
pub(super) fn read_invitation(row: &Row<'_>) -> LedgerResult<Invitation> {
    let text = |column: usize| row.get::<_, String>(column).map_err(fault);
    let moment = |column: usize| row.get::<_, Option<i64>>(column).map_err(fault)?.map(time).transpose();
    let planned = PlannedInvitation {
        key: AddressKey(row.get(1).map_err(fault)?),
        contact_id: text(2)?,
        address: read_address(&text(3)?)?,
        name: text(4)?,
        segment: text(5)?,
        tier: text(6)?,
        region: text(7)?,
        stakeholder: text(8)?,
        language: text(9)?,
        fields: from_json(&text(10)?)?,
        digest: text(11)?,
        message_id_local: text(12)?,
        zone: row.get(21).map_err(fault)?,
    };
    Ok(Invitation {
        id: row.get(0).map_err(fault)?,
        planned,
        state: word(&text(13)?, State::from_word)?,
        attempts: row.get(14).map_err(fault)?,
        first_attempt_at: moment(15)?,
        last_attempt_at: moment(16)?,
        next_at: moment(17)?,
        date: moment(18)?,
        code: row.get(19).map_err(fault)?,
        reply: row.get::<_, Option<String>>(20).map_err(fault)?.unwrap_or_default(),
    })
}

/// Moves a row that is not under way to another state and says so in the chain.
pub(super) fn move_row(
    writer: &mut Writer<'_>,
    owner: &Owner,
    state: State,
    next_at: Option<i64>,
    what: What,
    why: &str,
) -> LedgerResult<()> {
    writer.execute(sql!("row_move"), rusqlite::params![owner.invitation, state.as_str(), writer.at(), next_at])?;
    row_event(
        writer,
        owner,
        what,
        &NewEvent { state: Some(state.as_str()), detail: Some(why), ..NewEvent::default() },
    )?;
    Ok(())
}

/// Appends an event about one row; plan, campaign and mailbox are filled in.
pub(super) fn row_event(writer: &mut Writer<'_>, owner: &Owner, what: What, event: &NewEvent<'_>) -> LedgerResult<i64> {
    let names = writer.plan_names(owner.plan)?;
    writer.event(
        what,
        &NewEvent {
            contact: Some(owner.contact),
            invitation: Some(owner.invitation),
            plan: Some(&names.0),
            campaign: Some(&names.1),
            ..*event
        },
    )
}
