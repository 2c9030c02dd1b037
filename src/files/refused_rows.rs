//! The file of refused rows: where and why, then the row as it was, so that it can be mended and imported again.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use crate::domain::cleaning::neutralise;
use crate::domain::columns::OF_REFUSED_ROWS;
use crate::system::private;

/// A CSV being written.
pub struct RefusedRows {
    writer: csv::Writer<BufWriter<File>>,
}

impl RefusedRows {
    /// Makes the file, readable by its owner only; one that is there already is replaced.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = private::create(path)?;
        // Rows of a wrong length are written as they came.
        let writer = csv::WriterBuilder::new().flexible(true).from_writer(BufWriter::new(file));
        Ok(Self { writer })
    }

    /// Writes the header.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn header(&mut self, columns: &[&str]) -> io::Result<()> {
        let cells = OF_REFUSED_ROWS.iter().chain(columns).map(|cell| neutralise(cell));
        self.record(cells)
    }

    /// Writes one row. Cells a spreadsheet would run as formulas are neutralised.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn row(&mut self, line: u64, column: &str, reason: &str, cells: &[&str]) -> io::Result<()> {
        let line = line.to_string();
        let ours = [line.as_str(), column, reason];
        self.record(ours.iter().chain(cells).map(|cell| neutralise(cell)))
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }

    fn record<'a>(&mut self, cells: impl Iterator<Item = std::borrow::Cow<'a, str>>) -> io::Result<()> {
        for cell in cells {
            self.writer.write_field(cell.as_bytes()).map_err(io::Error::other)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io::Error::other)
    }
}
