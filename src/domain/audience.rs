//! Who belongs to which audience of a campaign. Places where there are fewer than people are given out afterwards
//! ([`super::place::give_out`]), because a limit counts only people who would really be written to.

use super::campaign::{Audience, GapKind};
use super::cell::Cell;
use super::gap::{GapTable, Row};
use super::multiplier::{Reach, passes_on};
use super::segment::{Facts, WhereProblem};

/// One audience a person belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidacy {
    /// Position of the audience in the campaign.
    pub audience: usize,
    /// How many people the person's gap still needs ([`Row::needed`]); 0 outside a gap.
    pub needed: u64,
}

/// The audiences a person belongs to, in the campaign's order. Without a gap table nobody belongs to an audience that
/// speaks of gaps or cells.
pub fn candidacies(audiences: &[Audience], facts: &Facts<'_>, table: Option<&GapTable>) -> Vec<Candidacy> {
    let cell = table.map(|t| Cell::of_contact(&t.by, facts));
    let row = table.zip(cell.as_ref()).and_then(|(t, cell)| t.row_of(cell));
    let is_open = |a: &Audience| (a.tiers.is_empty() || a.tiers.contains(&facts.tier)) && a.filter.matches(facts);
    let enter = |(position, audience): (usize, &Audience)| {
        let needed = needed_through(audience, facts, table, row)?;
        Some(Candidacy { audience: position, needed })
    };
    audiences.iter().enumerate().filter(|(_, a)| is_open(a)).filter_map(enter).collect()
}

/// The size of the gap through which an audience reaches a person; `None` where it does not.
fn needed_through(audience: &Audience, facts: &Facts<'_>, table: Option<&GapTable>, row: Option<&Row>) -> Option<u64> {
    let size = |row: &Row| row.needed.unwrap_or(u64::MAX);
    if !audience.cells.is_empty() && !row.is_some_and(|r| audience.cells.contains(&r.id)) {
        return None;
    }
    let gap = row.filter(|r| r.kind != GapKind::None);
    // An organisation as a whole, or a list, is nobody who stays silent.
    let is_reader = !facts.contact.is_multiplier();
    match audience.gap {
        None | Some(GapKind::None) => Some(gap.map_or(0, size)),
        Some(GapKind::Silent) => gap.filter(|_| is_reader && facts.attended.is_empty()).map(size),
        Some(GapKind::Lapsed) => {
            gap.filter(|_| is_reader && table.is_some_and(|t| t.is_lapsed(facts.attended))).map(size)
        }
        Some(GapKind::Uncontacted) if !passes_on(facts) => None,
        Some(GapKind::Uncontacted) => {
            let table = table?;
            let reach = Reach::of(&table.by, facts);
            let theirs = |r: &&Row| r.kind == GapKind::Uncontacted && reach.covers(&table.by, &r.cell);
            table.rows.iter().filter(theirs).map(size).max()
        }
    }
}

/// Complaints about cell ids that the table does not have: nobody can be joined to them.
pub fn check_cells(audiences: &[Audience], table: Option<&GapTable>) -> Vec<WhereProblem> {
    let is_known = |id: &str| table.is_some_and(|t| t.row_by_id(id).is_some());
    let help = match table {
        Some(_) => "`convoke gaps CAMPAIGN --format json` shows the ids; they change with `by`",
        None => "add `[gaps]` to the campaign: its `by` says what a cell is",
    };
    let ids = audiences.iter().flat_map(|a| &a.cells).filter(|id| !is_known(id));
    let complain = |id: &String| WhereProblem {
        field: "cells".to_owned(),
        value: id.clone(),
        message: format!("the gap table has no cell `{id}`"),
        help: help.to_owned(),
    };
    ids.map(complain).collect()
}

#[cfg(test)]
mod tests;
