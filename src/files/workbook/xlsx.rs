//! Excel's workbooks (ECMA-376, SpreadsheetML): which sheets there are, and the cells of one.

use quick_xml::events::BytesStart;

use super::number::{Format, shown};
use super::package::{BROKEN, Package, too_large};
use super::sheet::Sheet;
use super::xml::{Piece, attribute, is_set, name_of};
use super::{SheetName, blank};
use crate::domain::table::TableError;
use crate::files::scan::LONGEST_CELL;

/// Sheets of a workbook.
const MOST_SHEETS: usize = 1000;
/// Columns and rows of a sheet.
const MOST_COLUMNS: usize = 16_384;
const MOST_ROWS: u64 = 1_048_576;
/// Formats of cells; Excel allows 65,490.
const MOST_FORMATS: usize = 100_000;
/// Octets of shared strings kept, with what it takes to know where each ends.
const MOST_STRINGS: usize = 256 << 20;
/// Merged ranges told of.
const MOST_MERGED: usize = 20;

/// A workbook's parts that its sheets share.
pub(super) struct Xlsx {
    pub(super) sheets: Vec<SheetName>,
    parts: Vec<String>,
    is_1904: bool,
    formats: Vec<Format>,
    strings: Strings,
}

/// Texts that cells name by their number.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Strings {
    /// What they take in memory.
    fn octets(&self) -> usize {
        self.text.len() + self.ends.len() * size_of::<usize>()
    }

    fn get(&self, index: usize) -> Option<&str> {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.ends.get(index).and_then(|end| self.text.get(start..*end))
    }
}

impl Xlsx {
    /// Reads everything but the sheets.
    ///
    /// # Errors
    /// [`TableError`] where the workbook is damaged or too large.
    pub(super) fn open(package: &mut Package) -> Result<Self, TableError> {
        let (home, workbook) = find_workbook(package)?;
        let relations = relations(package, &format!("{home}_rels/{workbook}.rels"), &home)?;
        let target = |id: &str| relations.iter().find(|r| r.id == id).map(|r| r.target.clone());
        let by_kind = |kind: &str| relations.iter().find(|r| r.kind == kind).map(|r| r.target.clone());
        let mut book = Self {
            sheets: Vec::new(),
            parts: Vec::new(),
            is_1904: false,
            formats: Vec::new(),
            strings: Strings::default(),
        };
        let mut xml = package.part(&format!("{home}{workbook}"))?.ok_or(BROKEN)?;
        loop {
            match xml.next()? {
                Piece::Open(tag) if name_of(&tag) == "workbookPr" => book.is_1904 = is_set(&tag, "date1904"),
                Piece::Open(tag) if name_of(&tag) == "sheet" => {
                    if book.sheets.len() >= MOST_SHEETS {
                        return Err(too_large());
                    }
                    let is_hidden = attribute(&tag, "state").to_ascii_lowercase().contains("hidden");
                    book.sheets.push(SheetName { name: attribute(&tag, "name"), is_hidden });
                    book.parts.push(target(&attribute(&tag, "id")).unwrap_or_default());
                }
                Piece::End => break,
                _ => {}
            }
        }
        drop(xml);
        let styles = by_kind("styles").unwrap_or_else(|| format!("{home}styles.xml"));
        book.formats = formats(package, &styles)?;
        let strings = by_kind("sharedStrings").unwrap_or_else(|| format!("{home}sharedStrings.xml"));
        book.strings = strings_of(package, &strings, MOST_STRINGS)?;
        Ok(book)
    }

    /// Hands the cells of one sheet over, row by row.
    ///
    /// # Errors
    /// [`TableError`] where the sheet is damaged or too large.
    pub(super) fn read(&self, package: &mut Package, index: usize, into: &mut Sheet) -> Result<(), TableError> {
        let part = self.parts.get(index).map(String::as_str).unwrap_or_default();
        let Some(mut xml) = package.part(part)? else { return Ok(()) };
        let (mut row, mut column, mut merged) = (0, 0, 0);
        let mut cell: Option<Cell> = None;
        let mut text = String::new();
        let mut is_filtered = false;
        // Whether text counts: within a value, and not within what says how to pronounce it.
        let (mut in_value, mut in_phonetic) = (false, 0_u32);
        // The first, and how many.
        let mut hidden_rows: Option<(u64, u64)> = None;
        loop {
            match xml.next()? {
                Piece::Open(tag) => match name_of(&tag) {
                    "row" => {
                        row = read_row(&tag, row + 1)?;
                        column = 0;
                        if is_set(&tag, "hidden") {
                            hidden_rows.get_or_insert((row, 0)).1 += 1;
                        }
                    }
                    "c" => {
                        let at = attribute(&tag, "r");
                        if !at.is_empty() {
                            (row, column) = place(&at, row.max(1))?;
                        }
                        cell = Some(Cell::of(&tag));
                        text.clear();
                    }
                    "f" => cell.iter_mut().for_each(|cell| cell.is_formula = true),
                    "v" | "t" if cell.is_some() => in_value = true,
                    "rPh" => in_phonetic += 1,
                    "col" if is_set(&tag, "hidden") => {
                        let first = attribute(&tag, "min").parse::<usize>().unwrap_or(1).saturating_sub(1);
                        into.find(1, Some(first), "the column is hidden and read like every other");
                    }
                    "autoFilter" => is_filtered = true,
                    "mergeCell" => {
                        merged += 1;
                        if merged <= MOST_MERGED {
                            tell_merged(&attribute(&tag, "ref"), into);
                        }
                    }
                    _ => {}
                },
                // What is longer is refused as it is.
                Piece::Text(piece) if in_value && in_phonetic == 0 && text.len() <= LONGEST_CELL => {
                    text.push_str(&piece);
                }
                Piece::Text(_) => {}
                Piece::Close("v" | "t") => in_value = false,
                Piece::Close("rPh") => in_phonetic = in_phonetic.saturating_sub(1),
                Piece::Close("c") => {
                    if let Some(cell) = cell.take() {
                        let line = row.max(1);
                        self.hand_over(&cell, &text, line, column, into)?;
                    }
                    column += 1;
                }
                Piece::Close(_) => {}
                Piece::End => break,
            }
        }
        let by = if is_filtered { "by a filter or by hand" } else { "by hand" };
        if let Some((line, rows)) = hidden_rows {
            into.are_hidden(line, rows, by);
        }
        Ok(())
    }

    fn hand_over(&self, cell: &Cell, text: &str, line: u64, column: usize, into: &mut Sheet) -> Result<(), TableError> {
        if column >= MOST_COLUMNS {
            return Err(BROKEN);
        }
        let format = self.formats.get(cell.style).copied().unwrap_or_default();
        let value = match cell.kind.as_str() {
            "s" if text.trim().is_empty() => "",
            "s" => text.trim().parse().ok().and_then(|index| self.strings.get(index)).ok_or(BROKEN)?,
            "b" => return into.take(line, column, if text.trim() == "1" || text == "true" { "true" } else { "false" }),
            "e" => {
                into.find(line, Some(column), format!("`{}`, an error of the sheet; taken as empty", text.trim()));
                ""
            }
            "str" | "inlineStr" | "d" => text,
            _ => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => {
                    return into.take(line, column, &shown(number, format, self.is_1904));
                }
                _ => text,
            },
        };
        if cell.is_formula && text.is_empty() {
            into.find(line, Some(column), "a formula without a stored value; open the file and save it again");
        }
        // `_x000D_` stands for a carriage return, and so on (ECMA-376 part 1, 22.4.2.4).
        if value.contains("_x") { into.take(line, column, &unescaped(value)) } else { into.take(line, column, value) }
    }
}

/// One cell's attributes.
struct Cell {
    kind: String,
    style: usize,
    is_formula: bool,
}

impl Cell {
    fn of(tag: &BytesStart<'_>) -> Self {
        let style = attribute(tag, "s").parse().unwrap_or(0);
        Self { kind: attribute(tag, "t"), style, is_formula: false }
    }
}

fn read_row(tag: &BytesStart<'_>, next: u64) -> Result<u64, TableError> {
    let given = attribute(tag, "r");
    let row = if given.is_empty() { next } else { given.parse().map_err(|_| BROKEN)? };
    if (1..=MOST_ROWS).contains(&row) { Ok(row) } else { Err(BROKEN) }
}

/// `C12`: row 12, column 2.
fn place(at: &str, row: u64) -> Result<(u64, usize), TableError> {
    let split = at.bytes().position(|b| !b.is_ascii_alphabetic()).unwrap_or(at.len());
    let (letters, digits) = at.split_at(split);
    if letters.is_empty() || letters.len() > 3 {
        return Err(BROKEN);
    }
    let value = |b: u8| usize::from(b.to_ascii_uppercase() - b'A') + 1;
    let column = letters.bytes().fold(0, |sum, letter| sum * 26 + value(letter)) - 1;
    let row = if digits.is_empty() { row } else { digits.parse().map_err(|_| BROKEN)? };
    if column < MOST_COLUMNS && (1..=MOST_ROWS).contains(&row) { Ok((row, column)) } else { Err(BROKEN) }
}

fn tell_merged(range: &str, into: &mut Sheet) {
    let Some((first, _)) = range.split_once(':') else { return };
    if let Ok((line, column)) = place(first, 1) {
        let short: String = range.chars().take(20).collect();
        into.find(line, Some(column), format!("the cells {short} are merged; only the first of them has the value"));
    }
}

/// Something the workbook refers to.
struct Relation {
    id: String,
    kind: String,
    target: String,
}

/// The folder and the file name of the workbook's own part.
fn find_workbook(package: &mut Package) -> Result<(String, String), TableError> {
    let relations = relations(package, "_rels/.rels", "")?;
    let target = relations.into_iter().find(|r| r.kind == "officeDocument").map(|r| r.target);
    let path = target.unwrap_or_else(|| "xl/workbook.xml".to_owned());
    Ok(match path.rsplit_once('/') {
        Some((folder, name)) => (format!("{folder}/"), name.to_owned()),
        None => (String::new(), path),
    })
}

fn relations(package: &mut Package, part: &str, home: &str) -> Result<Vec<Relation>, TableError> {
    let mut all = Vec::new();
    let Some(mut xml) = package.part(part)? else { return Ok(all) };
    loop {
        match xml.next()? {
            Piece::Open(tag) if name_of(&tag) == "Relationship" && all.len() < 10 * MOST_SHEETS => {
                let kind = attribute(&tag, "Type");
                let target = attribute(&tag, "Target");
                let target = match target.strip_prefix('/') {
                    Some(absolute) => absolute.to_owned(),
                    None => format!("{home}{}", target.strip_prefix("./").unwrap_or(&target)),
                };
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                all.push(Relation { id: attribute(&tag, "Id"), kind, target });
            }
            Piece::End => return Ok(all),
            _ => {}
        }
    }
}

/// The number formats of the cells' styles.
fn formats(package: &mut Package, part: &str) -> Result<Vec<Format>, TableError> {
    let (mut own, mut all) = (Vec::new(), Vec::new());
    let Some(mut xml) = package.part(part)? else { return Ok(Vec::new()) };
    let mut in_cells = false;
    loop {
        match xml.next()? {
            Piece::Open(tag) => match name_of(&tag) {
                "numFmt" if own.len() < MOST_FORMATS => {
                    own.push((attribute(&tag, "numFmtId"), Format::from_code(&attribute(&tag, "formatCode"))));
                }
                "cellXfs" => in_cells = true,
                "xf" if in_cells && all.len() < MOST_FORMATS => all.push(attribute(&tag, "numFmtId")),
                _ => {}
            },
            Piece::Close("cellXfs") => in_cells = false,
            Piece::End => break,
            _ => {}
        }
    }
    let own: std::collections::HashMap<String, Format> = own.into_iter().collect();
    let format = |id: String| own.get(&id).copied().unwrap_or_else(|| Format::built_in(id.parse().unwrap_or(0)));
    Ok(all.into_iter().map(format).collect())
}

/// The shared strings, within so many octets.
pub(super) fn strings_of(package: &mut Package, part: &str, most: usize) -> Result<Strings, TableError> {
    let mut strings = Strings::default();
    let Some(mut xml) = package.part(part)? else { return Ok(strings) };
    let (mut in_text, mut in_phonetic) = (false, 0_u32);
    loop {
        match xml.next()? {
            Piece::Open(tag) => match name_of(&tag) {
                "t" => in_text = true,
                "rPh" => in_phonetic += 1,
                _ => {}
            },
            Piece::Text(piece) if in_text && in_phonetic == 0 => {
                strings.text.push_str(&piece);
            }
            Piece::Text(_) => {}
            Piece::Close("t") => in_text = false,
            Piece::Close("rPh") => in_phonetic = in_phonetic.saturating_sub(1),
            Piece::Close("si") => strings.ends.push(strings.text.len()),
            Piece::Close(_) => {}
            Piece::End => return Ok(strings),
        }
        if strings.octets() > most {
            return Err(too_large());
        }
    }
}

/// Text with `_xHHHH_` resolved.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let code = from.get(2..6).filter(|_| from.as_bytes().get(6) == Some(&b'_'));
        match code.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                rest = from.get(7..).unwrap_or_default();
            }
            None => {
                out.push_str("_x");
                rest = from.get(2..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    if blank(&out) { String::new() } else { out }
}
