//! The gap table as JSON lines, a JSON document or CSV.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use crate::domain::campaign::Dimension;
use crate::domain::cell::Cell;
use crate::domain::cleaning::neutralise;
use crate::domain::gap::{GapTable, Row};
use crate::domain::multiplier::Multipliers;

/// One object for each cell, by rank, then `{"summary": …}`: what `gaps --format json` prints, a line each.
pub fn json_objects(table: &GapTable) -> impl Iterator<Item = Json> + '_ {
    table
        .rows
        .iter()
        .map(|row| cell_object(table, row))
        .chain(std::iter::once_with(|| json!({"summary": summary(table)})))
}

/// Writes the table as one document `{"cells": […], "summary": {…}}`.
///
/// # Errors
/// Those of the file system; then the file is as it was before.
pub fn write_json(table: &GapTable, path: &Path) -> io::Result<()> {
    let cells: Vec<Json> = table.rows.iter().map(|row| cell_object(table, row)).collect();
    let mut text = serde_json::to_vec_pretty(&json!({"cells": cells, "summary": summary(table)}))?;
    text.push(b'\n');
    replace(path, &text)
}

/// Writes the table as CSV: a line for each cell. The reference, its year and what was counted stand on every line,
/// because lines get copied.
///
/// # Errors
/// Those of the file system; then the file is as it was before.
pub fn write_csv(table: &GapTable, path: &Path) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let parts = parts_of(table);
    writer.write_record(header(table, &parts))?;
    for row in &table.rows {
        writer.write_record(line(table, row, &parts))?;
    }
    replace(path, &writer.into_inner().map_err(|error| error.into_error())?)
}

fn pairs(dimensions: &[Dimension], cell: &Cell) -> Map<String, Json> {
    dimensions.iter().zip(&cell.0).map(|(d, v)| (d.as_str().to_owned(), Json::from(v.as_str()))).collect()
}

fn cell_object(table: &GapTable, row: &Row) -> Json {
    let split: Vec<Json> = row
        .split
        .iter()
        .map(|(part, count)| {
            let mut object = pairs(&table.split, part);
            object.insert("contacts".to_owned(), count.contacts.into());
            object.insert("mailable".to_owned(), count.mailable.into());
            Json::Object(object)
        })
        .collect();
    json!({
        "cell": pairs(&table.by, &row.cell),
        "id": row.id,
        "contacts": row.contacts,
        "mailable": row.mailable,
        "participants": row.participants,
        "share": row.share,
        "reference_share": row.reference_share,
        "ratio": row.ratio,
        "log2": row.log2,
        "interval": row.interval.map(|(low, high)| [low, high]),
        "bounds": row.bounds.map(|(low, high)| [low, high]),
        "per_million": row.per_million,
        "seats": row.seats,
        "needed": row.needed,
        "kind": row.kind.as_str(),
        "rank": row.rank,
        "multipliers": row.multipliers.count(),
        "multipliers_by_role": roles(&row.multipliers),
        "community": row.multipliers.community,
        "split": split,
    })
}

fn roles(multipliers: &Multipliers) -> Map<String, Json> {
    multipliers.by_role.iter().map(|(role, n)| (role.as_str().to_owned(), (*n).into())).collect()
}

fn summary(table: &GapTable) -> Json {
    let beside: Map<String, Json> = table.beside.iter().map(|(r, n)| (r.as_str().to_owned(), (*n).into())).collect();
    json!({
        "reference": table.reference.name,
        "reference_year": table.reference.year,
        "source": table.reference.source,
        "method": table.reference.method,
        "base": table.base.as_str(),
        "year": table.year,
        "N": table.participants,
        "dissimilarity": table.dissimilarity,
        "unknown": table.unknown,
        "beside": beside,
        "without_host": table.without_host.map(|code| code.to_string()),
        "gaps": table.gaps().count(),
        "digest": table.digest,
    })
}

/// Every part that contacts of any cell fall into, in order.
fn parts_of(table: &GapTable) -> Vec<Cell> {
    let mut parts: Vec<Cell> = table.rows.iter().flat_map(|r| r.split.iter().map(|(part, _)| part.clone())).collect();
    parts.sort();
    parts.dedup();
    parts
}

fn header(table: &GapTable, parts: &[Cell]) -> Vec<String> {
    let figures = [
        "id",
        "contacts",
        "mailable",
        "participants",
        "share",
        "reference_share",
        "ratio",
        "log2",
        "interval_low",
        "interval_high",
        "seats",
        "needed",
        "kind",
        "rank",
        "multipliers",
        "community",
    ];
    let context = ["reference", "reference_year", "method", "base", "year", "N"];
    let split = parts.iter().flat_map(|part| [format!("contacts: {part}"), format!("mailable: {part}")]);
    let by = table.by.iter().map(|d| d.as_str().to_owned());
    let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    by.chain(names(&figures)).chain(split).chain(names(&context)).collect()
}

fn line(table: &GapTable, row: &Row, parts: &[Cell]) -> Vec<String> {
    fn shown<T: ToString>(figure: Option<T>) -> String {
        figure.map(|f| f.to_string()).unwrap_or_default()
    }
    let mut cells: Vec<String> = row.cell.0.iter().map(|v| neutralise(v.as_str()).into_owned()).collect();
    cells.extend([row.id.clone(), row.contacts.to_string(), row.mailable.to_string(), row.participants.to_string()]);
    cells.extend([shown(row.share), shown(row.reference_share), shown(row.ratio), shown(row.log2)]);
    cells.extend([shown(row.interval.map(|i| i.0)), shown(row.interval.map(|i| i.1)), shown(row.seats)]);
    cells.extend([shown(row.needed), row.kind.to_string(), shown(row.rank)]);
    cells.extend([row.multipliers.count().to_string(), row.multipliers.community.to_string()]);
    for part in parts {
        let count = row.split.iter().find(|(p, _)| p == part).map(|(_, c)| *c).unwrap_or_default();
        cells.extend([count.contacts.to_string(), count.mailable.to_string()]);
    }
    let reference = &table.reference;
    cells.extend([neutralise(&reference.name), neutralise(&reference.year)].map(Cow::into_owned));
    cells.push(reference.method.clone());
    cells.extend([table.base.as_str().to_owned(), shown(table.year), table.participants.to_string()]);
    cells
}

/// Writes beside the file and renames, so that nobody ever reads half a table.
fn replace(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let beside = path.with_file_name(name);
    let written = fs::File::create(&beside).and_then(|mut file| file.write_all(octets).and_then(|()| file.sync_all()));
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })
}
