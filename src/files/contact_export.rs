//! Contacts as a file that import takes back without a change: CSV or XLSX. It holds personal data, so it is readable by
//! its owner only; cells a spreadsheet would run as formulas are guarded, and import takes the guard off again.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rust_xlsxwriter::{Workbook, XlsxError};

use crate::domain::cleaning::neutralise;
use crate::domain::contact::Contact;
use crate::domain::contact_field::FIELDS;
use crate::domain::keys::AddressKey;
use crate::system::private;

/// Rows an XLSX sheet can have below its header.
const MOST_ROWS: u32 = 1_048_575;

/// A file of contacts being written; it takes its name when it is whole.
pub struct ContactExport {
    form: Form,
    beside: PathBuf,
    path: PathBuf,
    columns: Vec<String>,
    said_no: HashMap<AddressKey, Timestamp>,
    rows: u32,
    is_whole: bool,
}

enum Form {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Xlsx(Box<Workbook>),
}

impl std::fmt::Debug for ContactExport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContactExport").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl ContactExport {
    /// Begins a file whose name ends in `.csv` or `.xlsx`, with these custom columns. `said_no` is since when whoever opted
    /// out of everything did so.
    ///
    /// # Errors
    /// Another ending, or a file that cannot be made.
    pub fn create(path: &Path, columns: Vec<String>, said_no: HashMap<AddressKey, Timestamp>) -> io::Result<Self> {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
        let mut name = path.file_name().ok_or_else(|| io::Error::other("a file is needed"))?.to_owned();
        name.push(".part");
        let beside = path.with_file_name(name);
        let form = match ending.as_str() {
            "csv" => {
                let file = BufWriter::new(private::create(&beside)?);
                Form::Csv(Box::new(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(file)))
            }
            "xlsx" => {
                // Made now, so that a folder that takes no file is found out before the work.
                private::create(&beside)?;
                let mut book = Workbook::new();
                book.add_worksheet_with_constant_memory()
                    .and_then(|sheet| sheet.set_name("contacts").map(|_| ()))
                    .map_err(spoken)?;
                Form::Xlsx(Box::new(book))
            }
            _ => {
                let say = "name the file .csv or .xlsx, so that it is clear which it is";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, say));
            }
        };
        let path = path.to_owned();
        let mut export = Self { form, beside, path, columns, said_no, rows: 0, is_whole: false };
        let header = ["email"].into_iter().chain(FIELDS.iter().copied()).chain(["unsubscribed"]).map(str::to_owned);
        let header: Vec<String> = header.chain(export.columns.iter().cloned()).collect();
        export.write(0, &header)?;
        Ok(export)
    }

    /// Writes one contact.
    ///
    /// # Errors
    /// Where the file cannot be written, or a sheet is full.
    pub fn contact(&mut self, contact: &Contact) -> io::Result<()> {
        if matches!(self.form, Form::Xlsx(_)) && self.rows == MOST_ROWS {
            return Err(io::Error::other(format!(
                "a sheet holds {MOST_ROWS} contacts at most: write a .csv, or some of them"
            )));
        }
        let said_no = self.said_no.get(&contact.key).map(ToString::to_string).unwrap_or_default();
        let mut cells = vec![contact.address.to_string()];
        cells.extend(FIELDS.iter().map(|field| contact.text_of(field)));
        cells.push(said_no);
        cells.extend(self.columns.iter().map(|column| contact.text_of(column)));
        self.rows += 1;
        self.write(self.rows, &cells)
    }

    fn write(&mut self, row: u32, cells: &[String]) -> io::Result<()> {
        match &mut self.form {
            Form::Csv(csv) => {
                for cell in cells {
                    csv.write_field(neutralise(cell).as_ref())?;
                }
                csv.write_record(None::<&[u8]>)?;
            }
            Form::Xlsx(book) => {
                let sheet = book.worksheet_from_index(0).map_err(spoken)?;
                for (column, cell) in (0_u16..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
                    sheet.write_string(row, column, neutralise(cell)).map_err(spoken)?;
                }
            }
        }
        Ok(())
    }

    /// Completes the file; returns how many contacts it holds.
    ///
    /// # Errors
    /// Where the file cannot be written, synced or named.
    pub fn finish(mut self) -> io::Result<u64> {
        match &mut self.form {
            Form::Csv(csv) => csv.flush()?,
            Form::Xlsx(book) => {
                let mut file = BufWriter::new(private::create(&self.beside)?);
                book.save_to_writer(&mut file).map_err(spoken)?;
                file.flush()?;
            }
        }
        private::sync_file(&self.beside)?;
        fs::rename(&self.beside, &self.path)?;
        self.is_whole = true;
        Ok(u64::from(self.rows))
    }
}

impl Drop for ContactExport {
    fn drop(&mut self) {
        // Given up half-way: the half that was written is nobody's.
        if !self.is_whole {
            let _ = fs::remove_file(&self.beside);
        }
    }
}

fn spoken(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other),
    }
}
