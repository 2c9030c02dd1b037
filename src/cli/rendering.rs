//! Choosing planned rows to look at, and turning them into the messages they stand for: what `preview` and `test` share.

use std::collections::HashMap;

use jiff::Timestamp;

use super::context::Context;
use super::failure::Failure;
use super::{inputs, plan};
use crate::domain::invitation::{PlannedInvitation, State};
use crate::domain::keys::{AddressKey, Keyring};
use crate::domain::message::{Letter, Stamp};
use crate::domain::plan::{Held, Plan};
use crate::engine::letter::Composer;
use crate::engine::ports::{Ledger, MessageWriter};
use crate::files::campaign_folder::CampaignFolder;

/// A plan with its rows: the one that stands, or, where that is none or the campaign changed before its first message,
/// the one that `convoke plan` would make now.
pub struct Shown {
    /// The plan.
    pub plan: Plan,
    /// Its rows, in the order they are sent.
    pub rows: Vec<PlannedInvitation>,
    /// Whom it leaves out.
    pub held: Vec<Held>,
    /// Whose rows were taken back since it was stored, because another mailbox took the place of theirs.
    pub taken_back: Vec<AddressKey>,
    /// Whether it stands in the ledger.
    pub is_stored: bool,
}

/// The plan to look at.
///
/// # Errors
/// As `convoke plan`.
pub fn shown_plan(
    context: &Context,
    folder: &CampaignFolder,
    keys: &Keyring,
    ledger: &mut dyn Ledger,
) -> Result<Shown, Failure> {
    if let Some(plan) = ledger.latest_plan(&folder.campaign.name)?
        && (plan.inputs == folder.digests || ledger.has_intents(&plan.id)?)
    {
        let (replaced, mut rows, mut taken_back) = (ledger.links()?, Vec::new(), Vec::new());
        ledger.each_invitation(&plan.id, &mut |row| match row.state == State::Cancelled
            && replaced.contains_key(&row.planned.key)
        {
            true => taken_back.push(row.planned.key),
            false => rows.push(row.planned),
        })?;
        let held = ledger.held_back(&plan.id)?;
        return Ok(Shown { plan, rows, held, taken_back, is_stored: true });
    }
    inputs::bring_in(context, folder, keys, ledger)?;
    let draft = plan::work_out(context, folder, keys, ledger)?;
    Ok(Shown { plan: draft.plan, rows: draft.rows, held: draft.held, taken_back: Vec::new(), is_stored: false })
}

/// At most `n` rows that show as much as possible: every language and segment in turn, in the plan's order.
pub fn sample(rows: &[PlannedInvitation], n: usize) -> Vec<&PlannedInvitation> {
    let mut rounds: HashMap<(&str, &str), usize> = HashMap::new();
    let mut ordered: Vec<(usize, usize)> = rows
        .iter()
        .enumerate()
        .map(|(position, row)| {
            let round = rounds.entry((&row.language, &row.segment)).or_default();
            *round += 1;
            (*round, position)
        })
        .collect();
    ordered.sort_unstable();
    ordered.truncate(n);
    ordered.into_iter().map(|(_, position)| &rows[position]).collect()
}

/// The message of a row, with its Message-ID and a Date of now, as `writer` writes it.
///
/// # Errors
/// Exit code 1 where it no longer renders.
pub fn message_of(
    row: &PlannedInvitation,
    composer: &Composer,
    writer: &dyn MessageWriter,
    from_domain: &str,
    now: Timestamp,
) -> Result<(Letter, Vec<u8>), Failure> {
    let (letter, _) =
        composer.compose_planned(row).map_err(|error| Failure::failed(format!("{}: {error}", row.contact_id)))?;
    let stamp = Stamp { message_id: format!("{}@{from_domain}", row.message_id_local), date: now };
    let octets = writer.write(&letter, &stamp).map_err(Failure::failed)?;
    Ok((letter, octets))
}
