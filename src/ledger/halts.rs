//! What people decide about a campaign: pause, resume, cancel, settle.

use rusqlite::params;

use crate::domain::chain::What;
use crate::domain::invitation::State;
use crate::domain::keys::AddressKey;
use crate::engine::ports::{LedgerError, LedgerResult, Settlement};

use super::events::{NewEvent, Writer};
use super::invitations::{Owner, UNTIL_RESUMED, move_row, row_event};
use super::sql;

/// Halts a campaign until it is resumed.
pub(super) fn pause(writer: &mut Writer<'_>, campaign: &str, reason: &str) -> LedgerResult<()> {
    let number = alive(writer, campaign)?;
    writer.execute(sql!("halt_set"), params![number, "paused", reason, writer.at()])?;
    campaign_event(writer, What::Paused, campaign, reason)
}

/// Lifts a pause; what waited for this becomes due. Nothing happens where none stands.
pub(super) fn resume(writer: &mut Writer<'_>, campaign: &str) -> LedgerResult<()> {
    let number = alive(writer, campaign)?;
    if writer.execute(sql!("halt_lift"), [number])? == 0 {
        return Ok(());
    }
    writer.execute(sql!("resume_rows"), params![number, writer.at(), UNTIL_RESUMED])?;
    campaign_event(writer, What::Resumed, campaign, "")
}

/// Cancels a campaign for good. Rows under way get their outcome first.
pub(super) fn cancel(writer: &mut Writer<'_>, campaign: &str, reason: &str) -> LedgerResult<u64> {
    let number = writer.campaign(campaign)?;
    if !matches!(writer.halt(number)?, Some((true, _))) {
        writer.execute(sql!("halt_set"), params![number, "cancelled", reason, writer.at()])?;
        campaign_event(writer, What::Cancelled, campaign, reason)?;
    }
    let rows = writer.ask_all(sql!("campaign_unsent"), [number], Owner::read)?;
    for owner in &rows {
        move_row(writer, owner, State::Cancelled, None, What::Cancelled, reason)?;
    }
    Ok(rows.len() as u64)
}

/// Settles rows in doubt, all or one mailbox's.
pub(super) fn settle(
    writer: &mut Writer<'_>,
    campaign: &str,
    who: Option<AddressKey>,
    how: Settlement,
    reason: &str,
) -> LedgerResult<u64> {
    let Some(number) = writer.known_campaign(campaign)? else { return Ok(0) };
    let (state, word) = match how {
        Settlement::Sent => (State::Accepted, "sent"),
        Settlement::Again => (State::Planned, "again"),
        Settlement::GiveUp => (State::Cancelled, "give-up"),
    };
    if how == Settlement::Again {
        alive(writer, campaign)?;
    }
    let rows = writer.ask_all(sql!("settle_rows"), params![number, who.map(|key| key.0)], Owner::read)?;
    for owner in &rows {
        writer.execute(sql!("settle_row"), params![owner.invitation, state.as_str(), writer.at()])?;
        row_event(
            writer,
            owner,
            What::Settled,
            &NewEvent { state: Some(state.as_str()), detail: Some(word), note: Some(reason), ..NewEvent::default() },
        )?;
    }
    if !rows.is_empty() {
        campaign_event(writer, What::Settled, campaign, &format!("{word}: {}", rows.len()))?;
    }
    Ok(rows.len() as u64)
}

/// The number of a campaign that was not cancelled.
fn alive(writer: &Writer<'_>, campaign: &str) -> LedgerResult<i64> {
    let number = writer.campaign(campaign)?;
    match writer.halt(number)? {
        Some((true, reason)) => {
            Err(LedgerError::Refused(format!("campaign `{campaign}` was cancelled for good: {reason}")))
        }
        _ => Ok(number),
    }
}

fn campaign_event(writer: &mut Writer<'_>, what: What, campaign: &str, detail: &str) -> LedgerResult<()> {
    let event = NewEvent { campaign: Some(campaign), detail: Some(detail), ..NewEvent::default() };
    writer.event(what, &event)?;
    Ok(())
}
