//! Claims: which rows a sender takes, gives back, or leaves behind when it dies.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::{Rows, Statement, params};

use crate::domain::invitation::{Invitation, State};
use crate::engine::ports::{ClaimFilter, Conclusion, LedgerError, LedgerResult, Recovered};

use super::attempts::record_outcomes;
use super::events::Writer;
use super::invitations::{Owner, read_invitation};
use super::open_rows::Claimed;
use super::plans::plan_number;
use super::restored::refuse_undecided;
use super::sql;
use super::sqlite::fault;

/// Claims up to `n` rows: deferred ones that are due first, then planned ones, each in their order.
pub(super) fn claim(
    writer: &mut Writer<'_>,
    plan: &str,
    n: usize,
    filter: ClaimFilter<'_>,
) -> LedgerResult<Vec<Invitation>> {
    refuse_undecided(writer)?;
    let number = plan_number(&writer.transaction, plan)?;
    let mut chosen = Vec::with_capacity(n);
    choose(writer, sql!("claim_due"), params![number, writer.at()], n, filter, &mut chosen)?;
    match filter.zones {
        None => choose(writer, sql!("claim_planned"), params![number], n, filter, &mut chosen)?,
        Some(zones) => choose_in_zones(writer, number, zones, n, filter, &mut chosen)?,
    }
    chosen
        .into_iter()
        .map(|row: i64| {
            // Two statements: RETURNING would cost SQLite a temporary table each time.
            writer.execute(sql!("claim_row"), params![row, writer.claimer])?;
            let (claimed, invitation) = writer
                .ask(sql!("invitation_by_number"), [row], |row| {
                    let owner = Owner { invitation: row.get(0)?, contact: row.get(22)?, plan: row.get(23)? };
                    Ok((Claimed { owner, campaign: row.get(24)? }, read_invitation(row)))
                })?
                .ok_or_else(|| LedgerError::Damaged(format!("invitation {row} cannot be claimed")))?;
            writer.rows.claimed.insert(row, claimed);
            invitation
        })
        .collect()
}

/// Adds rows that pass the filter until there are `n`.
fn choose(
    writer: &Writer<'_>,
    statement: &str,
    values: impl rusqlite::Params,
    n: usize,
    filter: ClaimFilter<'_>,
    chosen: &mut Vec<i64>,
) -> LedgerResult<()> {
    let mut statement = writer.transaction.prepare_cached(statement).map_err(fault)?;
    let mut rows = statement.query(values).map_err(fault)?;
    while chosen.len() < n
        && let Some(row) = next_that_passes(&mut rows, filter)?
    {
        chosen.push(row);
    }
    Ok(())
}

/// The next row that passes the filter.
fn next_that_passes(rows: &mut Rows<'_>, filter: ClaimFilter<'_>) -> LedgerResult<Option<i64>> {
    while let Some(row) = rows.next().map_err(fault)? {
        let domain = row.get_ref(1).and_then(|d| Ok(d.as_str()?)).map_err(fault)?;
        let segment = row.get_ref(2).and_then(|s| Ok(s.as_str()?)).map_err(fault)?;
        let zone = row.get_ref(3).and_then(|z| Ok(z.as_str_or_null()?)).map_err(fault)?.unwrap_or_default();
        if filter.segment.is_none_or(|wanted| wanted == segment)
            && !filter.not_domains.iter().any(|d| d == domain)
            && filter.zones.is_none_or(|zones| zones.iter().any(|z| z == zone))
        {
            return row.get(0).map(Some).map_err(fault);
        }
    }
    Ok(None)
}

/// Adds planned rows of these zones, in planned order over all of them. Rows of other zones are not even looked at: there may
/// be a million of them.
fn choose_in_zones(
    writer: &Writer<'_>,
    number: i64,
    zones: &[String],
    n: usize,
    filter: ClaimFilter<'_>,
    chosen: &mut Vec<i64>,
) -> LedgerResult<()> {
    if !writer.ask(sql!("plan_has_zones"), [number], |row| row.get::<_, bool>(0))?.unwrap_or(false) {
        let is_open = zones.iter().any(String::is_empty);
        return if is_open {
            choose(writer, sql!("claim_planned"), params![number], n, filter, chosen)
        } else {
            Ok(())
        };
    }
    let prepare = |_| writer.transaction.prepare(sql!("claim_planned_in_zone"));
    let mut statements: Vec<Statement<'_>> = zones.iter().map(prepare).collect::<Result<_, _>>().map_err(fault)?;
    let mut streams = Vec::with_capacity(zones.len());
    for (statement, zone) in statements.iter_mut().zip(zones) {
        streams.push(statement.query(params![number, zone]).map_err(fault)?);
    }
    let mut heads = BinaryHeap::new();
    for (place, rows) in streams.iter_mut().enumerate() {
        heads.extend(next_that_passes(rows, filter)?.map(|row| Reverse((row, place))));
    }
    while chosen.len() < n
        && let Some(Reverse((row, place))) = heads.pop()
    {
        chosen.push(row);
        if let Some(rows) = streams.get_mut(place) {
            heads.extend(next_that_passes(rows, filter)?.map(|row| Reverse((row, place))));
        }
    }
    Ok(())
}

/// Gives claimed rows back. One that is no longer ours, or under way, is left alone.
pub(super) fn release(writer: &mut Writer<'_>, invitations: &[i64]) -> LedgerResult<()> {
    for invitation in invitations {
        writer.rows.claimed.remove(invitation);
        writer.execute(sql!("release_row"), params![invitation, writer.claimer])?;
    }
    Ok(())
}

/// What a dead sender left: intents without an outcome are in doubt, claims without an intent are given back.
pub(super) fn recover(writer: &mut Writer<'_>) -> LedgerResult<Recovered> {
    let mut found = Recovered::default();
    for plan in writer.ask_all(sql!("plan_numbers"), [], |row| row.get::<_, i64>(0))? {
        let attempts: Vec<i64> = writer.ask_all(sql!("recover_attempts"), [plan], |row| row.get(0))?;
        let doubtful: Vec<Conclusion> = attempts
            .into_iter()
            .map(|attempt| Conclusion {
                attempt,
                state: State::InDoubt,
                reply: None,
                detail: "the sender stopped before it knew".to_owned(),
                next_at: None,
                suppress: None,
            })
            .collect();
        record_outcomes(writer, &doubtful)?;
        found.in_doubt += doubtful.len() as u64;
        found.planned += writer.execute(sql!("recover_claims"), [plan])? as u64;
    }
    Ok(found)
}
