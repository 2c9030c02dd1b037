//! The first sheet of an Excel workbook (XLSX), as text. A record's line is its row in the sheet.
//!
//! A workbook is a ZIP of XML: everything is bounded by what it inflates to, found out before any of it is parsed, and by
//! the cells kept. A sheet that names one far cell asks for no more memory than that cell.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use calamine::{DataRef, Reader, Xlsx};

use super::table::trim_header;
use crate::domain::table::{Record, Row, Rows, TableError};

/// What a workbook may inflate to, in octets.
const MOST_INFLATED: u64 = 512 << 20;
/// Files in a workbook; one with ten sheets has about thirty.
const MOST_FILES: usize = 10_000;
/// Columns of a header.
const WIDEST: usize = 1000;
/// Cells kept.
const MOST_CELLS: usize = 20_000_000;
/// Octets of text kept: one long text may stand in many cells.
const MOST_TEXT: usize = 512 << 20;
const NO_WORKBOOK: TableError = TableError::NotText("a ZIP file that is no Excel workbook");

/// A sheet that was read.
pub(super) struct Workbook {
    header: Record,
    rows: std::vec::IntoIter<(Record, Option<String>)>,
}

impl Workbook {
    /// Reads the first sheet.
    ///
    /// # Errors
    /// [`TableError`] where there is none, it has no header, or it is too large.
    pub(super) fn open(path: &Path) -> Result<Self, TableError> {
        let open = || File::open(path).map(BufReader::new).map_err(|e| TableError::Unreadable(e.to_string()));
        refuse_bomb(open()?, MOST_INFLATED)?;
        let mut book: Xlsx<_> =
            calamine::open_workbook_from_rs(open()?).map_err(|_: calamine::XlsxError| NO_WORKBOOK)?;
        let sheet = book.sheet_names().first().cloned().ok_or(TableError::Empty)?;
        let mut cells = book.worksheet_cells_reader(&sheet).map_err(|_| NO_WORKBOOK)?;
        let mut sheet = Sheet::default();
        loop {
            match cells.next_cell() {
                Ok(Some(cell)) => {
                    let (row, column) = cell.get_position();
                    sheet.take(u64::from(row) + 1, column as usize, &written(cell.get_value()))?;
                }
                Ok(None) => return sheet.conclude(),
                Err(_) => return Err(unsound(sheet.line, "the sheet cannot be read on; save it again, or as CSV")),
            }
        }
    }
}

impl Rows for Workbook {
    fn header(&self) -> &Record {
        &self.header
    }

    fn next_row(&mut self, into: &mut Record) -> Result<Row, TableError> {
        Ok(match self.rows.next() {
            None => Row::End,
            Some((record, broken)) => {
                *into = record;
                broken.map_or(Row::Whole, Row::Broken)
            }
        })
    }
}

/// The sheet while its cells come in, row by row.
#[derive(Default)]
struct Sheet {
    header: Option<Record>,
    rows: Vec<(Record, Option<String>)>,
    line: u64,
    /// Cells of the row so far, and how far right it reaches.
    row: Vec<String>,
    kept: usize,
    kept_text: usize,
    too_wide: Option<usize>,
}

impl Sheet {
    fn take(&mut self, line: u64, column: usize, text: &str) -> Result<(), TableError> {
        if line != self.line {
            self.end_row()?;
            self.line = line;
        }
        if text.trim().is_empty() {
            return Ok(());
        }
        let widest = self.header.as_ref().map_or(WIDEST, Record::len);
        if column >= widest {
            if self.header.is_none() {
                return Err(unsound(line, &format!("the header has more than {WIDEST} columns")));
            }
            self.too_wide = self.too_wide.max(Some(column + 1));
            return Ok(());
        }
        if self.row.len() <= column {
            self.row.resize(column + 1, String::new());
        }
        if let Some(cell) = self.row.get_mut(column) {
            text.clone_into(cell);
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), TableError> {
        let mut row = std::mem::take(&mut self.row);
        let too_wide = self.too_wide.take();
        if row.is_empty() && too_wide.is_none() {
            return Ok(());
        }
        let Some(header) = &self.header else {
            self.header = Some(Record::from_cells(self.line, row.iter().map(|cell| trim_header(cell))));
            return Ok(());
        };
        row.resize(header.len(), String::new());
        self.kept += row.len();
        self.kept_text += row.iter().map(String::len).sum::<usize>();
        if self.kept > MOST_CELLS || self.kept_text > MOST_TEXT {
            return Err(unsound(self.line, "the sheet has more cells than can be read; save it as CSV"));
        }
        let broken = too_wide.map(|cells| format!("the row has {cells} cells, the header {}", header.len()));
        self.rows.push((Record::from_cells(self.line, row.iter().map(String::as_str)), broken));
        Ok(())
    }

    fn conclude(mut self) -> Result<Workbook, TableError> {
        self.end_row()?;
        let header = self.header.ok_or(TableError::Empty)?;
        Ok(Workbook { header, rows: self.rows.into_iter() })
    }
}

fn unsound(line: u64, what: &str) -> TableError {
    TableError::Unsound { line: line.max(1), what: what.to_owned() }
}

/// A cell as its reader would write it in CSV: dates in ISO form, whole numbers without a point.
fn written(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
            }
        }
        DataRef::DateTime(length) => length.as_f64().to_string(),
        // `#N/A` and the like say nothing.
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// Inflates everything once, keeping nothing: what a ZIP says of its sizes is not to be trusted.
fn refuse_bomb(file: impl Read + io::Seek, most: u64) -> Result<(), TableError> {
    let mut archive = zip::ZipArchive::new(file).map_err(|_| NO_WORKBOOK)?;
    let too_large = || unsound(1, "the workbook is larger than can be read; save it as CSV");
    if archive.len() > MOST_FILES {
        return Err(too_large());
    }
    let mut left = most;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| NO_WORKBOOK)?;
        let inflated = io::copy(&mut entry.take(left + 1), &mut io::sink()).map_err(|_| NO_WORKBOOK)?;
        left = left.checked_sub(inflated).ok_or_else(too_large)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test that cannot go on must end

    use super::*;
    use proptest::prelude::*;
    use std::io::{Cursor, Write};

    /// A workbook as Excel would write it, around the XML of a sheet's rows.
    fn workbook(rows: &str) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        for (name, text) in [
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns='{package}'><Relationship Id='rId1' Type='{relations}/officeDocument' \
                     Target='xl/workbook.xml'/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns='{main}' xmlns:r='{relations}'><sheets>\
                     <sheet name='People' sheetId='1' r:id='rId1'/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns='{package}'><Relationship Id='rId1' Type='{relations}/worksheet' \
                     Target='worksheets/sheet1.xml'/></Relationships>"
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!("<worksheet xmlns='{main}'><sheetData>{rows}</sheetData></worksheet>"),
            ),
        ] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(text.replace('\'', "\"").as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn text(at: &str, text: &str) -> String {
        format!("<c r='{at}' t='inlineStr'><is><t>{text}</t></is></c>")
    }

    fn read(bytes: &[u8]) -> Result<Vec<String>, TableError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.xlsx");
        std::fs::write(&path, bytes).unwrap();
        let mut book = Workbook::open(&path)?;
        let mut said = vec![format!("{}:{}", book.header().line, book.header().cells().collect::<Vec<_>>().join("|"))];
        let mut record = Record::default();
        loop {
            match book.next_row(&mut record)? {
                Row::End => return Ok(said),
                Row::Whole => said.push(format!("{}:{}", record.line, record.cells().collect::<Vec<_>>().join("|"))),
                Row::Broken(reason) => said.push(format!("{}!{reason}", record.line)),
            }
        }
    }

    #[test]
    fn rows_keep_the_numbers_the_sheet_gives_them() {
        let rows = format!(
            "<row r='2'>{}{}{}</row><row r='3'>{}<c r='C3'><v>2027</v></c></row><row r='5'>{}</row><row r='6'>{}{}</row>",
            text("A2", " email "),
            text("B2", "Name"),
            text("C2", "year"),
            text("A3", "ada@example.org"),
            text("A5", "  "),
            text("B6", "Bob"),
            text("D6", "stray"),
        );
        let said = read(&workbook(&rows)).unwrap();
        assert_eq!(said, ["2:email|Name|year", "3:ada@example.org||2027", "6!the row has 4 cells, the header 3"]);
    }

    #[test]
    fn what_is_no_workbook_or_too_large_is_refused() {
        assert_eq!(read(&workbook("")).unwrap_err(), TableError::Empty);
        assert_eq!(read(b"PK\x03\x04 and nothing more").unwrap_err(), NO_WORKBOOK);
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("zeros", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&[0; 100_000]).unwrap();
        let zip = zip.finish().unwrap().into_inner();
        assert!(zip.len() < 2_000, "it is small until it is inflated");
        assert_eq!(read(&zip).unwrap_err(), NO_WORKBOOK);
        assert!(matches!(refuse_bomb(Cursor::new(&zip), 99_999), Err(TableError::Unsound { .. })));
        assert!(refuse_bomb(Cursor::new(&zip), 100_000).is_ok());
    }

    #[test]
    fn a_far_cell_costs_no_memory() {
        let rows =
            format!("<row r='1'>{}</row><row r='1048576'>{}</row>", text("A1", "email"), text("XFD1048576", "x"));
        assert_eq!(read(&workbook(&rows)).unwrap(), ["1:email", "1048576!the row has 16384 cells, the header 1"]);
    }

    proptest! {
        #[test]
        fn any_sheet_is_read_or_refused_without_panic(rows in "(<row r='[0-9]{1,3}'>|</row>|<c r='[A-Z]{1,4}[0-9]{0,8}'( t='(s|b|e|d|str|n)')?>|<v>[-0-9.e#a]{0,6}</v>|</c>|&[a-z]{1,3};|<is><t>a</t></is>){0,20}") {
            let _ = read(&workbook(&rows));
        }

        #[test]
        fn any_octets_are_read_or_refused_without_panic(octets in prop::collection::vec(any::<u8>(), 0..300), at in 0usize..800) {
            let mut book = workbook(&format!("<row r='1'>{}</row>", text("A1", "email")));
            for (i, octet) in octets.into_iter().enumerate().take(8) {
                let place = (at + i * 37) % book.len();
                book[place] = octet;
            }
            let _ = read(&book);
        }
    }
}
