//! Claims: which rows a sender takes, gives back, or leaves behind when it dies.

use rusqlite::params;

use crate::domain::invitation::{Invitation, State};
use crate::engine::ports::{ClaimFilter, Conclusion, LedgerError, LedgerResult, Recovered};

use super::attempts::record_outcomes;
use super::events::Writer;
use super::invitations::read_invitation;
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
    if filter.behind.is_none() {
        choose(writer, sql!("claim_due"), params![number, writer.at()], n, filter, &mut chosen)?;
    }
    choose(writer, sql!("claim_planned"), params![number, filter.behind.unwrap_or(0)], n, filter, &mut chosen)?;
    chosen
        .into_iter()
        .map(|row: i64| {
            // Two statements: RETURNING would cost SQLite a temporary table each time.
            writer.execute(sql!("claim_row"), params![row, writer.claimer])?;
            writer
                .ask(sql!("invitation_by_number"), [row], |row| Ok(read_invitation(row)))?
                .ok_or_else(|| LedgerError::Damaged(format!("invitation {row} cannot be claimed")))?
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
        && let Some(row) = rows.next().map_err(fault)?
    {
        let domain = row.get_ref(1).and_then(|d| Ok(d.as_str()?)).map_err(fault)?;
        let segment = row.get_ref(2).and_then(|s| Ok(s.as_str()?)).map_err(fault)?;
        if filter.segment.is_none_or(|wanted| wanted == segment)
            && filter.not_domains.is_none_or(|left_out| !left_out.contains(domain))
        {
            chosen.push(row.get(0).map_err(fault)?);
        }
    }
    Ok(())
}

/// Gives claimed rows back. One that is no longer ours, or under way, is left alone.
pub(super) fn release(writer: &Writer<'_>, invitations: &[i64]) -> LedgerResult<()> {
    for invitation in invitations {
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
