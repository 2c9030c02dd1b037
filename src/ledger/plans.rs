//! Plans and their rows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::domain::chain::What;
use crate::domain::invitation::{Counts, Invitation, PlannedInvitation, State};
use crate::domain::keys::AddressKey;
use crate::domain::plan::{Held, HoldBack, Plan};
use crate::domain::suppression::Reason;
use crate::engine::ports::{LedgerError, LedgerResult, PastInvitation, Plans};

use super::contacts::{as_json, from_json, word};
use super::events::{NewEvent, Writer, time};
use super::invitations::{Owner, move_row, read_invitation};
use super::sqlite::{SqliteLedger, fault};
use super::{links, restored, sql};

impl Plans for SqliteLedger {
    fn store_plan(
        &mut self,
        plan: &Plan,
        rows: &[PlannedInvitation],
        held: &[Held],
        now: Timestamp,
    ) -> LedgerResult<()> {
        self.write(now, |writer| store_plan(writer, plan, rows, held))
    }

    fn latest_plan(&mut self, campaign: &str) -> LedgerResult<Option<Plan>> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("plan_latest"))
                .and_then(|mut s| s.query_row([campaign], |row| Ok(read_plan(row))).optional())
                .map_err(fault)?
                .transpose()
        })
    }

    fn plans(&mut self, campaign: &str) -> LedgerResult<Vec<Plan>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("plans_of_campaign")).map_err(fault)?;
            let rows = statement.query_map([campaign], |row| Ok(read_plan(row))).map_err(fault)?;
            rows.map(|plan| plan.map_err(fault)?).collect()
        })
    }

    fn campaigns(&mut self) -> LedgerResult<Vec<String>> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("campaigns"))
                .and_then(|mut s| s.query_map([], |row| row.get(0))?.collect())
                .map_err(fault)
        })
    }

    fn counts(&mut self, plan: &str) -> LedgerResult<Counts> {
        self.read(|connection| count(connection, plan_number(connection, plan)?))
    }

    fn has_intents(&mut self, plan: &str) -> LedgerResult<bool> {
        self.read(|connection| {
            let number = plan_number(connection, plan)?;
            connection
                .prepare_cached(sql!("plan_has_intents"))
                .and_then(|mut s| s.query_row([number], |row| row.get(0)))
                .map_err(fault)
        })
    }

    fn each_invitation(&mut self, plan: &str, visit: &mut dyn FnMut(Invitation)) -> LedgerResult<()> {
        self.read(|connection| {
            let number = plan_number(connection, plan)?;
            let mut statement = connection.prepare_cached(sql!("invitations_of_plan")).map_err(fault)?;
            let mut rows = statement.query([number]).map_err(fault)?;
            while let Some(row) = rows.next().map_err(fault)? {
                visit(read_invitation(row)?);
            }
            Ok(())
        })
    }

    fn held_back(&mut self, plan: &str) -> LedgerResult<Vec<Held>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("held_of_plan")).map_err(fault)?;
            let mut rows = statement.query([plan]).map_err(fault)?;
            let mut held = Vec::new();
            while let Some(row) = rows.next().map_err(fault)? {
                held.push(Held {
                    key: AddressKey(row.get(0).map_err(fault)?),
                    contact_id: row.get(1).map_err(fault)?,
                    reason: word(&row.get::<_, String>(2).map_err(fault)?, HoldBack::from_word)?,
                    column: row.get(3).map_err(fault)?,
                    value: row.get(4).map_err(fault)?,
                });
            }
            Ok(held)
        })
    }

    fn past_invitations(&mut self) -> LedgerResult<Vec<PastInvitation>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("past_invitations")).map_err(fault)?;
            let mut rows = statement.query([]).map_err(fault)?;
            let mut past = Vec::new();
            while let Some(row) = rows.next().map_err(fault)? {
                past.push(PastInvitation {
                    key: AddressKey(row.get(0).map_err(fault)?),
                    campaign: row.get(1).map_err(fault)?,
                    state: word(&row.get::<_, String>(2).map_err(fault)?, State::from_word)?,
                    last_attempt_at: row.get::<_, Option<i64>>(3).map_err(fault)?.map(time).transpose()?,
                    segment: row.get(4).map_err(fault)?,
                });
            }
            Ok(past)
        })
    }
}

fn store_plan(writer: &mut Writer<'_>, plan: &Plan, rows: &[PlannedInvitation], held: &[Held]) -> LedgerResult<()> {
    restored::refuse_undecided(writer)?;
    let campaign = writer.campaign(&plan.campaign)?;
    if let Some((true, reason)) = writer.halt(campaign)? {
        return Err(LedgerError::Refused(format!("campaign `{}` was cancelled: {reason}", plan.campaign)));
    }
    let last: Option<(i64, String, bool)> =
        writer.ask(sql!("plan_last"), [campaign], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if last.as_ref().is_some_and(|(_, id, _)| *id == plan.id) {
        return Ok(());
    }
    let under_way: i64 = writer.ask(sql!("campaign_under_way"), [campaign], |row| row.get(0))?.unwrap_or(0);
    if under_way > 0 {
        return Err(LedgerError::Refused(format!(
            "{under_way} messages of campaign `{}` are on their way, or their sender died; let `convoke send` finish them, \
             then plan again",
            plan.campaign
        )));
    }
    if let Some((number, id, false)) = last {
        replace(writer, number, &id, &plan.campaign)?;
    }
    // Of a plan before the replaced one, too: a message in doubt there may have been settled as `again` since.
    for owner in writer.ask_all(sql!("campaign_unsent"), [campaign], Owner::read)? {
        move_row(writer, &owner, State::Cancelled, None, What::Cancelled, "a later plan")?;
    }
    let number = store_head(writer, campaign, plan)?;
    for row in rows {
        store_row(writer, campaign, number, plan, row)?;
    }
    for (position, held) in (0_i64..).zip(held) {
        store_held(writer, number, plan, position, held)?;
    }
    Ok(())
}

/// Takes away a plan nobody was ever sent anything from.
fn replace(writer: &mut Writer<'_>, number: i64, id: &str, campaign: &str) -> LedgerResult<()> {
    writer.execute(sql!("plan_forget_rows"), [number])?;
    writer.execute(sql!("plan_forget_held"), [number])?;
    writer.execute(sql!("plan_forget"), [number])?;
    let event = NewEvent { campaign: Some(campaign), plan: Some(id), ..NewEvent::default() };
    writer.event(What::PlanReplaced, &event)?;
    Ok(())
}

fn store_head(writer: &mut Writer<'_>, campaign: i64, plan: &Plan) -> LedgerResult<i64> {
    writer.execute(
        sql!("plan_store"),
        params![
            plan.id,
            campaign,
            plan.digest,
            plan.at.as_millisecond(),
            plan.by,
            plan.snapshot.topic,
            as_json(&plan.inputs)?,
            as_json(&plan.snapshot)?,
            plan.analysis,
            as_json(&plan.held_back)?,
            as_json(&plan.by_segment)?,
            as_json(&plan.by_language)?,
        ],
    )?;
    let number = writer.transaction.last_insert_rowid();
    let event = NewEvent {
        campaign: Some(&plan.campaign),
        plan: Some(&plan.id),
        detail: Some(&plan.digest),
        ..NewEvent::default()
    };
    writer.event(What::PlanMade, &event)?;
    Ok(number)
}

fn store_row(
    writer: &mut Writer<'_>,
    campaign: i64,
    number: i64,
    plan: &Plan,
    row: &PlannedInvitation,
) -> LedgerResult<()> {
    let contact = writer.contact(row.key)?;
    if links::current_of(writer, contact)?.is_some() {
        return Err(LedgerError::Refused(format!(
            "the address of contact {} was replaced while the plan was made: plan again",
            row.contact_id
        )));
    }
    let added = writer.execute(
        sql!("invitation_add"),
        params![
            number,
            campaign,
            contact,
            row.key.0,
            row.contact_id,
            row.address.to_string(),
            row.address.domain(),
            row.name,
            row.segment,
            row.tier,
            row.region,
            row.stakeholder,
            row.language,
            as_json(&row.fields)?,
            row.digest,
            row.message_id_local,
            writer.next_seq(),
            writer.at(),
            row.zone
        ],
    )?;
    if added == 0 {
        return Err(LedgerError::Refused(format!(
            "contact {} has an invitation to campaign `{}` already",
            row.contact_id, plan.campaign
        )));
    }
    let event = NewEvent {
        contact: Some(contact),
        invitation: Some(writer.transaction.last_insert_rowid()),
        campaign: Some(&plan.campaign),
        plan: Some(&plan.id),
        state: Some(State::Planned.as_str()),
        detail: Some(&row.digest),
        ..NewEvent::default()
    };
    writer.event(What::Planned, &event)?;
    Ok(())
}

fn store_held(writer: &mut Writer<'_>, number: i64, plan: &Plan, position: i64, held: &Held) -> LedgerResult<()> {
    let contact = writer.contact(held.key)?;
    writer.execute(
        sql!("held_add"),
        params![number, position, contact, held.key.0, held.contact_id, held.reason.as_str(), held.column, held.value],
    )?;
    let event = NewEvent {
        contact: Some(contact),
        campaign: Some(&plan.campaign),
        plan: Some(&plan.id),
        detail: Some(held.reason.as_str()),
        ..NewEvent::default()
    };
    writer.event(What::HeldBack, &event)?;
    Ok(())
}

/// The number of a plan; an unknown one is refused.
pub(super) fn plan_number(connection: &Connection, plan: &str) -> LedgerResult<i64> {
    connection
        .prepare_cached(sql!("plan_by_id"))
        .and_then(|mut s| s.query_row([plan], |row| row.get(0)).optional())
        .map_err(fault)?
        .ok_or_else(|| LedgerError::Refused(format!("there is no plan `{plan}`; a later one may have replaced it")))
}

/// Counts the rows of a plan by state.
fn count(connection: &Connection, number: i64) -> LedgerResult<Counts> {
    let pairs = |statement: &str| -> LedgerResult<BTreeMap<String, u64>> {
        connection
            .prepare_cached(statement)
            .and_then(|mut s| s.query_map([number], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
            .map_err(fault)
    };
    let (states, since) = (pairs(sql!("counts_by_state"))?, pairs(sql!("counts_since_accepted"))?);
    let of = |state: State| states.get(state.as_str()).copied().unwrap_or(0);
    let after = |reason: Reason| since.get(reason.as_str()).copied().unwrap_or(0);
    Ok(Counts {
        planned: states.values().sum(),
        accepted: of(State::Accepted),
        rejected: of(State::Rejected),
        deferred: of(State::Deferred),
        in_doubt: of(State::InDoubt),
        suppressed: of(State::Suppressed),
        expired: of(State::Expired),
        cancelled: of(State::Cancelled),
        unsent: of(State::Planned) + of(State::Sending),
        bounced: after(Reason::HardBounce),
        complained: after(Reason::Complained),
        opted_out: after(Reason::OptedOut),
    })
}

fn read_plan(row: &Row<'_>) -> LedgerResult<Plan> {
    let text = |column: usize| row.get::<_, String>(column).map_err(fault);
    Ok(Plan {
        id: text(0)?,
        campaign: text(1)?,
        digest: text(2)?,
        at: time(row.get(3).map_err(fault)?)?,
        by: text(4)?,
        inputs: from_json(&text(5)?)?,
        snapshot: from_json(&text(6)?)?,
        analysis: text(7)?,
        held_back: from_json(&text(8)?)?,
        by_segment: from_json(&text(9)?)?,
        by_language: from_json(&text(10)?)?,
    })
}
