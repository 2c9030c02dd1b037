//! Attempts: the intent before a message leaves, the outcome after, and what follows for its row.

use jiff::Timestamp;
use rusqlite::params;

use crate::domain::chain::What;
use crate::domain::invitation::State;
use crate::domain::outcome::Reply;
use crate::engine::ports::{Conclusion, Intent, IntentVerdict, LedgerError, LedgerResult};

use super::events::{NewEvent, Writer};
use super::invitations::{Owner, UNTIL_RESUMED, move_row, row_event};
use super::open_rows::{Claimed, OpenAttempt};
use super::plans::plan_number;
use super::{changes, sql, suppressions};

/// Records one intent, or says why not.
pub(super) fn record_intent(writer: &mut Writer<'_>, intent: &Intent) -> LedgerResult<IntentVerdict> {
    let local = intent.stamp.message_id.split('@').next().unwrap_or_default();
    let date = intent.stamp.date.as_millisecond();
    let recorded = writer.execute(
        sql!("intent_record"),
        params![
            intent.invitation,
            writer.at(),
            intent.stamp.message_id,
            writer.next_seq(),
            writer.claimer,
            intent.digest,
            local,
            date
        ],
    )?;
    if recorded == 0 {
        return why_not(writer, intent);
    }
    let attempt = writer.transaction.last_insert_rowid();
    writer.execute(sql!("intent_on_row"), params![intent.invitation, attempt, writer.at(), date])?;
    let claimed = match writer.rows.claimed.get(&intent.invitation) {
        Some(claimed) => *claimed,
        None => writer
            .ask(sql!("row_contact"), [intent.invitation], |row| {
                Ok(Claimed { owner: Owner::read(row)?, campaign: row.get(3)? })
            })?
            .ok_or_else(|| LedgerError::Damaged("an intent without its row".to_owned()))?,
    };
    row_event(
        writer,
        &claimed.owner,
        What::Intent,
        &NewEvent {
            state: Some(State::Sending.as_str()),
            message_id: Some(&intent.stamp.message_id),
            detail: Some(&intent.digest),
            ..NewEvent::default()
        },
    )?;
    let message_id = intent.stamp.message_id.clone();
    writer.rows.attempts.insert(attempt, OpenAttempt { claimed, message_id });
    Ok(IntentVerdict::Recorded { attempt })
}

/// The row of an intent that was not recorded.
struct Refusal {
    owner: Owner,
    campaign: i64,
    is_ours: bool,
    is_under_way: bool,
    claimed_from: Option<String>,
    is_suppressed: bool,
    is_replaced: bool,
    has_twin: bool,
}

/// Why an intent was not recorded; the row gets the state that follows from it.
fn why_not(writer: &mut Writer<'_>, intent: &Intent) -> LedgerResult<IntentVerdict> {
    let refusal = writer.ask(sql!("intent_refused"), params![intent.invitation, writer.claimer], |row| {
        Ok(Refusal {
            owner: Owner { invitation: intent.invitation, contact: row.get(0)?, plan: row.get(1)? },
            campaign: row.get(2)?,
            is_ours: row.get::<_, Option<bool>>(3)?.unwrap_or(false),
            is_under_way: row.get(4)?,
            claimed_from: row.get(5)?,
            is_suppressed: row.get(6)?,
            is_replaced: row.get(7)?,
            has_twin: row.get(8)?,
        })
    })?;
    let Some(refusal) = refusal else {
        return Ok(IntentVerdict::Halted { reason: "a later plan replaced this one".to_owned() });
    };
    let halt = writer.halt(refusal.campaign)?;
    if !refusal.is_ours {
        let reason = halt.map_or_else(|| "a later plan took this invitation back".to_owned(), |(_, reason)| reason);
        return Ok(IntentVerdict::Halted { reason });
    }
    if refusal.is_under_way {
        return Err(LedgerError::Refused(format!("invitation {} is under way already", intent.invitation)));
    }
    if refusal.is_suppressed {
        move_row(writer, &refusal.owner, State::Suppressed, None, What::Suppressed, "")?;
        return Ok(IntentVerdict::Suppressed);
    }
    if refusal.is_replaced || refusal.has_twin {
        let why = if refusal.is_replaced { changes::REPLACED } else { changes::TWIN };
        move_row(writer, &refusal.owner, State::Cancelled, None, What::Cancelled, why)?;
        return Ok(IntentVerdict::Withdrawn);
    }
    match halt {
        Some((true, reason)) => {
            move_row(writer, &refusal.owner, State::Cancelled, None, What::Cancelled, &reason)?;
            Ok(IntentVerdict::Halted { reason })
        }
        Some((false, reason)) => {
            writer.execute(sql!("release_row"), params![intent.invitation, writer.claimer])?;
            Ok(IntentVerdict::Halted { reason })
        }
        None => Err(LedgerError::Refused(format!(
            "the message of invitation {} is not the planned one (digest, Message-ID or Date differ; it was claimed as {})",
            intent.invitation,
            refusal.claimed_from.as_deref().unwrap_or("nothing")
        ))),
    }
}

/// Records how attempts ended, and the suppressions that follow.
pub(super) fn record_outcomes(writer: &mut Writer<'_>, batch: &[Conclusion]) -> LedgerResult<()> {
    for conclusion in batch {
        record_outcome(writer, conclusion)?;
    }
    let suppress: Vec<_> = batch.iter().filter_map(|c| c.suppress.clone()).collect();
    if !suppress.is_empty() {
        suppressions::add(writer, &suppress)?;
    }
    Ok(())
}

fn record_outcome(writer: &mut Writer<'_>, conclusion: &Conclusion) -> LedgerResult<()> {
    let not_under_way = || LedgerError::Refused(format!("attempt {} is not under way", conclusion.attempt));
    let known = writer.rows.attempts.remove(&conclusion.attempt);
    let OpenAttempt { claimed: Claimed { owner, campaign }, message_id } = match known {
        Some(attempt) => attempt,
        None => writer
            .ask(sql!("attempt_open"), [conclusion.attempt], |row| {
                let claimed = Claimed { owner: Owner::read(row)?, campaign: row.get(3)? };
                Ok(OpenAttempt { claimed, message_id: row.get(4)? })
            })?
            .ok_or_else(not_under_way)?,
    };
    writer.rows.claimed.remove(&owner.invitation);
    let what = what_of(conclusion.state)?;
    let code = conclusion.reply.as_ref().map(|reply| reply.code);
    let enhanced = conclusion.reply.as_ref().and_then(enhanced);
    let note = note(conclusion, enhanced.as_deref());
    let event = row_event(
        writer,
        &owner,
        what,
        &NewEvent {
            state: Some(conclusion.state.as_str()),
            code,
            message_id: Some(&message_id),
            note: Some(&note),
            ..NewEvent::default()
        },
    )?;
    let state = conclusion.state.as_str();
    let next_at = (conclusion.state == State::Deferred)
        .then(|| conclusion.next_at.map_or(UNTIL_RESUMED, Timestamp::as_millisecond));
    let values = params![owner.invitation, state, writer.at(), next_at, code, event, conclusion.attempt];
    if writer.execute(sql!("outcome_on_row"), values)? == 0 {
        return Err(not_under_way());
    }
    writer.execute(sql!("outcome_record"), params![conclusion.attempt, writer.at(), state, code, enhanced, event])?;
    if conclusion.state == State::Planned {
        writer.execute(sql!("attempt_uncount"), [owner.invitation])?;
    }
    if matches!(conclusion.state, State::Planned | State::Deferred)
        && let Some((true, reason)) = writer.halt(campaign)?
    {
        move_row(writer, &owner, State::Cancelled, None, What::Cancelled, &reason)?;
    }
    Ok(())
}

/// The event of an outcome.
fn what_of(state: State) -> LedgerResult<What> {
    Ok(match state {
        State::Accepted => What::Accepted,
        State::Deferred => What::Deferred,
        State::Rejected => What::Rejected,
        State::InDoubt => What::InDoubt,
        State::Planned => What::Returned,
        State::Cancelled => What::Cancelled,
        State::Expired => What::Expired,
        State::Sending | State::Suppressed => {
            return Err(LedgerError::Refused(format!("no attempt ends as `{state}`")));
        }
    })
}

fn enhanced(reply: &Reply) -> Option<String> {
    reply.enhanced.map(|(class, subject, detail)| format!("{class}.{subject}.{detail}"))
}

/// What is kept of a conclusion in words: the reply as it came, else what happened.
fn note(conclusion: &Conclusion, enhanced: Option<&str>) -> String {
    match (&conclusion.reply, enhanced) {
        (Some(reply), Some(enhanced)) => format!("{enhanced} {}", reply.text),
        (Some(reply), None) => reply.text.clone(),
        (None, _) => conclusion.detail.clone(),
    }
}

/// Puts rejected rows back to deferred until a person resumes. Rows in another state are left alone.
pub(super) fn reopen_rejected(writer: &mut Writer<'_>, invitations: &[i64], why: &str) -> LedgerResult<()> {
    for invitation in invitations {
        let row: Option<(i64, i64, String)> =
            writer.ask(sql!("row_owner"), [invitation], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        if let Some((contact, plan, state)) = row
            && state == State::Rejected.as_str()
        {
            let owner = Owner { invitation: *invitation, contact, plan };
            move_row(writer, &owner, State::Deferred, Some(UNTIL_RESUMED), What::Deferred, why)?;
        }
    }
    Ok(())
}

/// Expires deferred rows whose first attempt began too long ago.
pub(super) fn expire(writer: &mut Writer<'_>, plan: &str, before: Timestamp) -> LedgerResult<u64> {
    let number = plan_number(&writer.transaction, plan)?;
    let rows =
        writer.ask_all(sql!("expire_rows"), params![number, before.as_millisecond(), UNTIL_RESUMED], Owner::read)?;
    for owner in &rows {
        move_row(writer, owner, State::Expired, None, What::Expired, "")?;
    }
    Ok(rows.len() as u64)
}
