//! Who can pass an invitation on where contacts are too few, and whom to look for where nobody can.

use serde_json::{Map, Value as Json, json};

use super::table::{digits, name};
use crate::cli::output::counted;
use crate::domain::campaign::{Dimension, GapKind};
use crate::domain::cell::{Cell, Value};
use crate::domain::contact::Role;
use crate::domain::gap::{GapTable, Row};
use crate::domain::multiplier::Multipliers;

/// Lines shown at most.
const SHOWN: usize = 10;

/// A line for each place with uncontacted cells, largest gaps first.
pub fn by_place(table: &GapTable) -> Vec<String> {
    let mut places: Vec<(Cell, &Multipliers)> = Vec::new();
    for row in uncontacted(table) {
        let place = place_of(table, &row.cell);
        if !places.iter().any(|(known, _)| *known == place) {
            places.push((place, &row.multipliers));
        }
    }
    let line = |(place, multipliers): &(Cell, &Multipliers)| format!("{}: {}", name(place), known(place, multipliers));
    let mut lines: Vec<String> = places.iter().take(SHOWN).map(line).collect();
    if places.len() > SHOWN {
        lines.push(format!("… {} more places; --format json tells of every cell", places.len() - SHOWN));
    }
    if !lines.is_empty() {
        lines.insert(0, "who can pass an invitation on where contacts are too few:".to_owned());
    }
    lines
}

/// Whom to find for which cell: the uncontacted cells where no multiplier may be written to.
pub fn wanted(table: &GapTable) -> Vec<String> {
    let rows: Vec<&Row> = uncontacted(table).filter(|row| row.multipliers.count() == 0).collect();
    let line = |row: &&Row| {
        let needed = row.needed.map_or("∞".to_owned(), digits);
        format!("{} ({needed} needed): {}", name(&row.cell), look_for(&row.cell, &row.multipliers))
    };
    let mut lines: Vec<String> = rows.iter().take(SHOWN).map(line).collect();
    if rows.len() > SHOWN {
        lines.push(format!("… {} more cells; --format json lists them", rows.len() - SHOWN));
    }
    lines
}

/// The same for programs.
pub fn wanted_json(table: &GapTable) -> Json {
    let rows = uncontacted(table).filter(|row| row.multipliers.count() == 0);
    let object = |row: &Row| {
        let cell: Map<String, Json> =
            table.by.iter().zip(&row.cell.0).map(|(d, v)| (d.as_str().to_owned(), v.as_str().into())).collect();
        let look_for: Vec<&str> = row.multipliers.wanted().into_iter().map(Role::as_str).collect();
        json!({"cell": cell, "id": row.id, "needed": row.needed, "look_for": look_for})
    };
    rows.map(object).collect()
}

fn uncontacted(table: &GapTable) -> impl Iterator<Item = &Row> {
    table.rows.iter().filter(|row| row.kind == GapKind::Uncontacted)
}

/// The values that are places; all of them where none is.
fn place_of(table: &GapTable, cell: &Cell) -> Cell {
    let is_place = |d: &Dimension| matches!(d, Dimension::Region | Dimension::Country);
    let any = table.by.iter().any(is_place);
    let values = table.by.iter().zip(&cell.0).filter(|(d, _)| !any || is_place(d));
    Cell(values.map(|(_, value)| value.clone()).collect())
}

/// `2 multipliers known (1 NRI, 1 ccTLD registry) and 14 contacts of the community`
fn known(place: &Cell, multipliers: &Multipliers) -> String {
    let of_role = |(role, n): (&Role, &u64)| format!("{} {}", digits(*n), words(*role, *n != 1));
    let roles: Vec<String> = multipliers.by_role.iter().map(of_role).collect();
    let count = |n: u64, noun| counted(usize::try_from(n).unwrap_or(usize::MAX), noun);
    let mut text = match multipliers.count() {
        0 => "none known".to_owned(),
        n => format!("{} known ({})", count(n, "multiplier"), roles.join(", ")),
    };
    if multipliers.out_of_reach > 0 {
        text.push_str(&format!(", {} more who may not be written to", digits(multipliers.out_of_reach)));
    }
    if multipliers.community > 0 {
        text.push_str(&format!(", and {} of the community", count(multipliers.community, "contact")));
    }
    if multipliers.count() == 0 {
        text.push_str(&format!(": {}", look_for(place, multipliers)));
    }
    text
}

fn look_for(cell: &Cell, multipliers: &Multipliers) -> String {
    let of_country = cell.0.iter().find_map(|value| match value {
        Value::Country(code) => Some(code.as_str().to_ascii_lowercase()),
        _ => None,
    });
    let words: Vec<String> = multipliers
        .wanted()
        .into_iter()
        .map(|role| match (role, of_country.as_deref()) {
            // The United Kingdom is GB in ISO 3166 and .uk in the root zone.
            (Role::CctldRegistry, Some("gb")) => "the registry of .uk".to_owned(),
            (Role::CctldRegistry, Some(code)) => format!("the registry of .{code}"),
            (role, Some(_)) => format!("the {}", words(role, false)),
            (role, None) => words(role, true).to_owned(),
        })
        .collect();
    format!("look for {}", words.join(", "))
}

fn words(role: Role, several: bool) -> &'static str {
    match (role, several) {
        (Role::Nri, false) => "NRI",
        (Role::Nri, true) => "NRIs",
        (Role::CctldRegistry, false) => "ccTLD registry",
        (Role::CctldRegistry, true) => "ccTLD registries",
        (Role::Mission, false) => "mission to the UN",
        (Role::Mission, true) => "missions to the UN",
        (Role::MailingList, false) => "mailing list",
        (Role::MailingList, true) => "mailing lists",
        (Role::Association, false) => "association",
        (Role::Association, true) => "associations",
        (Role::Other, false) => "other organisation",
        (Role::Other, true) => "other organisations",
    }
}
