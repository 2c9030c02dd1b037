//! OpenDocument spreadsheets (OpenDocument 1.3 part 3, section 9): which tables there are, and the cells of one.
//!
//! Cells and rows that repeat are written once with a number: where they say nothing, however often, they cost nothing;
//! where they say something, the number is bounded.

use std::collections::HashSet;

use quick_xml::events::BytesStart;

use super::SheetName;
use super::number::plain;
use super::package::{BROKEN, Package, too_large};
use super::sheet::Sheet;
use super::xml::{Piece, attribute, name_of};
use crate::domain::table::TableError;
use crate::files::scan::LONGEST_CELL;

const MOST_SHEETS: usize = 1000;
const MOST_COLUMNS: usize = 16_384;
const MOST_ROWS: u64 = 1_048_576;
/// How often a row that says something may repeat.
const MOST_REPEATED: u64 = 1000;
/// Elements within a sheet whose text is no cell's.
const ASIDE: [&str; 5] = ["annotation", "shapes", "forms", "tracked-changes", "named-expressions"];

/// The tables of a spreadsheet.
///
/// # Errors
/// [`TableError`] where the file is damaged, too large, or protected by a password.
pub(super) fn sheets(package: &mut Package) -> Result<Vec<SheetName>, TableError> {
    refuse_protected(package)?;
    let mut all = Vec::new();
    let mut hidden = HashSet::new();
    let mut style = String::new();
    let mut xml = package.part("content.xml")?.ok_or(BROKEN)?;
    loop {
        match xml.next()? {
            Piece::Open(tag) => match name_of(&tag) {
                "style" => style = attribute(&tag, "name"),
                "table-properties" if attribute(&tag, "display") == "false" => {
                    hidden.insert(style.clone());
                }
                "table" => {
                    if all.len() >= MOST_SHEETS {
                        return Err(too_large());
                    }
                    let is_hidden = hidden.contains(&attribute(&tag, "style-name"));
                    all.push(SheetName { name: attribute(&tag, "name"), is_hidden });
                    drop(tag);
                    xml.skip()?;
                }
                _ => {}
            },
            Piece::End => return Ok(all),
            _ => {}
        }
    }
}

fn refuse_protected(package: &mut Package) -> Result<(), TableError> {
    const PROTECTED: TableError = TableError::Refused(
        "this spreadsheet is protected by a password; open it, take the password off (or save it as CSV), and import that",
    );
    let Some(mut xml) = package.part("META-INF/manifest.xml")? else { return Ok(()) };
    loop {
        match xml.next()? {
            Piece::Open(tag) if name_of(&tag) == "encryption-data" => return Err(PROTECTED),
            Piece::End => return Ok(()),
            _ => {}
        }
    }
}

/// Hands the cells of one table over, row by row.
///
/// # Errors
/// [`TableError`] where it is damaged or too large.
pub(super) fn read(package: &mut Package, index: usize, into: &mut Sheet) -> Result<(), TableError> {
    let mut xml = package.part("content.xml")?.ok_or(BROKEN)?;
    let mut table = 0;
    loop {
        match xml.next()? {
            Piece::Open(tag) if name_of(&tag) == "table" => {
                drop(tag);
                if table == index {
                    return read_table(&mut xml, into);
                }
                table += 1;
                xml.skip()?;
            }
            Piece::End => return Ok(()),
            _ => {}
        }
    }
}

/// Every table, its rows counted, in one pass: they all stand in one part, which may be large.
///
/// # Errors
/// As [`read`].
pub(super) fn count(package: &mut Package) -> Result<Vec<Sheet>, TableError> {
    let mut all = Vec::new();
    let mut xml = package.part("content.xml")?.ok_or(BROKEN)?;
    loop {
        match xml.next()? {
            Piece::Open(tag) if name_of(&tag) == "table" => {
                drop(tag);
                let mut sheet = Sheet::counted();
                read_table(&mut xml, &mut sheet)?;
                all.push(sheet);
            }
            Piece::End => return Ok(all),
            _ => {}
        }
    }
}

fn read_table(xml: &mut super::xml::Xml<'_>, into: &mut Sheet) -> Result<(), TableError> {
    let mut line = 1_u64;
    loop {
        match xml.next()? {
            Piece::Open(tag) => match name_of(&tag) {
                "table-row" => {
                    let times = repeated(&tag, "number-rows-repeated");
                    let hidden = match attribute(&tag, "visibility").as_str() {
                        "filter" => Some("by a filter"),
                        "collapse" => Some("by hand"),
                        _ => None,
                    };
                    drop(tag);
                    let cells = read_row(xml, line, into)?;
                    hand_over(&cells, line, times, hidden, into)?;
                    line = line.saturating_add(times);
                }
                name if ASIDE.contains(&name) => {
                    drop(tag);
                    xml.skip()?;
                }
                _ => {}
            },
            Piece::Close("table") => return Ok(()),
            Piece::End => return Err(BROKEN),
            _ => {}
        }
    }
}

/// A cell that says something, at its column.
struct Said {
    column: usize,
    times: usize,
    text: String,
}

fn hand_over(
    cells: &[Said],
    line: u64,
    times: u64,
    hidden: Option<&'static str>,
    into: &mut Sheet,
) -> Result<(), TableError> {
    if cells.is_empty() {
        return Ok(());
    }
    if times > MOST_REPEATED || line + times > MOST_ROWS {
        return Err(TableError::Unsound {
            line,
            what: format!("this row is said to repeat {times} times; delete the copies, or save the sheet as CSV"),
        });
    }
    for line in line..line + times {
        for cell in cells {
            for column in cell.column..cell.column + cell.times {
                into.take(line, column, &cell.text)?;
            }
        }
        if let Some(by) = hidden {
            into.are_hidden(line, 1, by);
        }
    }
    Ok(())
}

fn read_row(xml: &mut super::xml::Xml<'_>, line: u64, into: &mut Sheet) -> Result<Vec<Said>, TableError> {
    let (mut cells, mut column) = (Vec::new(), 0_usize);
    loop {
        match xml.next()? {
            Piece::Open(tag) => match name_of(&tag) {
                "table-cell" | "covered-table-cell" => {
                    let times = usize::try_from(repeated(&tag, "number-columns-repeated")).unwrap_or(usize::MAX);
                    let cell = Cell::of(&tag);
                    drop(tag);
                    let text = read_text(xml)?;
                    if column < MOST_COLUMNS {
                        let text = cell.shown(text, line, column, into);
                        if !text.trim().is_empty() {
                            cells.push(Said { column, times: times.min(MOST_COLUMNS - column), text });
                        }
                    }
                    column = column.saturating_add(times);
                }
                _ => {
                    drop(tag);
                    xml.skip()?;
                }
            },
            Piece::Close("table-row") => return Ok(cells),
            Piece::End => return Err(BROKEN),
            _ => {}
        }
    }
}

/// The paragraphs of a cell, up to its end, without remarks and drawings. Text beyond the longest cell is dropped, save
/// for one octet that shows it.
fn read_text(xml: &mut super::xml::Xml<'_>) -> Result<String, TableError> {
    let mut text = String::new();
    let (mut depth, mut paragraphs) = (0_u32, 0_u32);
    loop {
        match xml.next()? {
            Piece::Open(tag) => match name_of(&tag) {
                "annotation" | "frame" | "custom-shape" | "table" => {
                    drop(tag);
                    xml.skip()?;
                }
                "p" | "h" => {
                    depth += 1;
                    paragraphs += 1;
                    if paragraphs > 1 {
                        push(&mut text, "\n");
                    }
                }
                "s" => {
                    depth += 1;
                    push(&mut text, &" ".repeat(attribute(&tag, "c").parse::<usize>().unwrap_or(1).min(100)));
                }
                "tab" | "line-break" => {
                    depth += 1;
                    push(&mut text, if name_of(&tag) == "tab" { "\t" } else { "\n" });
                }
                _ => depth += 1,
            },
            Piece::Text(piece) if depth > 0 => push(&mut text, &piece),
            Piece::Text(_) => {}
            Piece::Close("table-cell" | "covered-table-cell") => return Ok(text),
            Piece::Close(_) => depth = depth.saturating_sub(1),
            Piece::End => return Err(BROKEN),
        }
    }
}

fn push(text: &mut String, piece: &str) {
    if text.len() <= LONGEST_CELL {
        text.push_str(piece);
    }
}

/// One cell's attributes.
struct Cell {
    kind: String,
    value: String,
    is_formula: bool,
    is_error: bool,
    is_merged: bool,
}

impl Cell {
    fn of(tag: &BytesStart<'_>) -> Self {
        let mut cell =
            Self { kind: String::new(), value: String::new(), is_formula: false, is_error: false, is_merged: false };
        let mut attributes = tag.attributes();
        for attribute in attributes.with_checks(false).flatten() {
            let value = quick_xml::escape::unescape(&attribute.value).unwrap_or_default();
            match attribute.key.into_inner() {
                "office:value-type" => cell.kind = value.into_owned(),
                "office:value"
                | "office:date-value"
                | "office:time-value"
                | "office:boolean-value"
                | "office:string-value" => cell.value = value.into_owned(),
                "table:formula" => cell.is_formula = true,
                "calcext:value-type" => cell.is_error = value == "error",
                "table:number-columns-spanned" | "table:number-rows-spanned" => cell.is_merged |= value != "1",
                _ => {}
            }
        }
        cell
    }

    /// The text of the cell: dates and numbers by their values, everything else as it is displayed.
    fn shown(self, text: String, line: u64, column: usize, into: &mut Sheet) -> String {
        if self.is_error || self.is_formula && text.starts_with('#') && self.kind != "string" {
            into.find(line, Some(column), format!("`{}`, an error of the sheet; taken as empty", text.trim()));
            return String::new();
        }
        if self.is_formula && self.kind.is_empty() && text.is_empty() {
            into.find(line, Some(column), "a formula without a stored value; open the file and save it again");
        }
        if self.is_merged && !text.trim().is_empty() {
            into.find(line, Some(column), "merged with the cells beside it; only the first of them has the value");
        }
        match self.kind.as_str() {
            "float" | "percentage" | "currency" => match self.value.parse::<f64>() {
                // Zeros in front of a number are part of what it says.
                Ok(number) if is_padded(&text) && text.parse() == Ok(number) => text,
                Ok(number) if number.is_finite() => plain(number),
                _ => text,
            },
            "date" => self.value.strip_suffix("T00:00:00").unwrap_or(&self.value).to_owned(),
            "time" => clock(&self.value).unwrap_or(text),
            "boolean" => self.value,
            _ if text.is_empty() => self.value,
            _ => text,
        }
    }
}

fn is_padded(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
}

/// `PT10H30M00S` as a time of day.
fn clock(value: &str) -> Option<String> {
    let (hours, rest) = value.strip_prefix("PT")?.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?.split(['.', ',']).next()?;
    let (hours, minutes, seconds): (u32, u32, u32) =
        (hours.parse().ok()?, minutes.parse().ok()?, seconds.parse().ok()?);
    (hours < 24 && minutes < 60 && seconds < 60).then(|| format!("{hours:02}:{minutes:02}:{seconds:02}"))
}

/// How often; once where nothing is said, or nothing that is a number.
fn repeated(tag: &BytesStart<'_>, name: &str) -> u64 {
    attribute(tag, name).parse().unwrap_or(1).max(1)
}
