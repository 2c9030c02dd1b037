//! One sheet while its cells come in, row by row: what is kept is bounded by the cells that say something.

use std::collections::BTreeMap;

use super::package::too_large;
use crate::domain::columns::reads_like_header;
use crate::domain::table::{FileFinding, Record, SheetSight, TableError};
use crate::files::scan::{LONGEST_CELL, MOST_CELLS as WIDEST};
use crate::files::table::{MOST_ABOVE, above_the_header, trim_header};

/// Cells kept.
const MOST_CELLS: usize = 20_000_000;
/// Octets of text kept: one long text may stand in many cells.
const MOST_TEXT: usize = 512 << 20;
/// Findings of one kind after which no more cells are named.
const MOST_NAMED: u64 = 100;

/// Rows of a sheet, and what a person should know of it.
#[derive(Default)]
pub(super) struct Sheet {
    only_count: bool,
    header: Option<Record>,
    pub(super) rows: Vec<(Record, Option<String>)>,
    count: u64,
    line: u64,
    /// Cells of the row so far, and how far right it reaches.
    row: Vec<String>,
    too_wide: Option<usize>,
    too_long: bool,
    /// Rows that may turn out to stand above the header.
    above: Vec<(u64, Vec<String>)>,
    kept: usize,
    kept_text: usize,
    /// Line, column and words.
    findings: Vec<(u64, Option<usize>, String)>,
    /// First line and number, by what was hidden.
    hidden: BTreeMap<&'static str, (u64, u64)>,
    named: u64,
}

impl Sheet {
    /// A sheet whose rows are counted and not kept.
    pub(super) fn counted() -> Self {
        Self { only_count: true, ..Self::default() }
    }

    /// Takes the next cell, lines from 1 and columns from 0. Cells come row by row.
    ///
    /// # Errors
    /// [`TableError`] where the sheet is larger than can be kept.
    pub(super) fn take(&mut self, line: u64, column: usize, text: &str) -> Result<(), TableError> {
        if line != self.line {
            self.end_row()?;
            self.line = line;
        }
        if text.trim().is_empty() {
            return Ok(());
        }
        let widest = self.header.as_ref().map_or(WIDEST, Record::len);
        if column >= widest {
            self.too_wide = self.too_wide.max(Some(column + 1));
            return Ok(());
        }
        if text.len() > LONGEST_CELL {
            self.too_long = true;
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

    /// Something about one cell, or a row.
    pub(super) fn find(&mut self, line: u64, column: Option<usize>, what: impl Into<String>) {
        self.named += 1;
        if self.named <= MOST_NAMED {
            self.findings.push((line, column, what.into()));
        }
    }

    /// A row that the program does not show.
    pub(super) fn are_hidden(&mut self, line: u64, rows: u64, by: &'static str) {
        self.hidden.entry(by).or_insert((line, 0)).1 += rows;
    }

    fn end_row(&mut self) -> Result<(), TableError> {
        let row = std::mem::take(&mut self.row);
        let too_wide = self.too_wide.take();
        let too_long = std::mem::take(&mut self.too_long);
        if row.is_empty() && too_wide.is_none() && !too_long {
            return Ok(());
        }
        if self.header.is_some() {
            return self.keep(self.line, row, too_wide, too_long);
        }
        if (too_wide.is_some() || too_long) && !self.above.is_empty() {
            self.settle()?;
            return self.keep(self.line, row, too_wide, too_long);
        }
        if too_wide.is_some() || too_long {
            let what =
                if too_long { "a header longer than 64 KiB".to_owned() } else { format!("more than {WIDEST} columns") };
            return Err(TableError::Unsound { line: self.line, what: format!("the header row has {what}") });
        }
        let filled = row.iter().filter(|cell| !cell.is_empty()).count();
        if reads_like_header(row.iter().map(String::as_str)) {
            for (line, above) in std::mem::take(&mut self.above) {
                self.find(line, None, above_the_header(above.iter().map(String::as_str)));
            }
            self.begin(self.line, &row);
            return Ok(());
        }
        self.above.push((self.line, row));
        // Only a lone cell can be a title; a row of several cells is the header, in words of its author's own.
        if filled > 1 && self.above.len() == 1 || self.above.len() > MOST_ABOVE { self.settle() } else { Ok(()) }
    }

    /// The first row is the header after all.
    fn settle(&mut self) -> Result<(), TableError> {
        let mut above = std::mem::take(&mut self.above).into_iter();
        let Some((line, header)) = above.next() else { return Ok(()) };
        self.begin(line, &header);
        for (line, mut row) in above {
            let too_wide = (row.len() > header.len()).then_some(row.len());
            row.truncate(header.len());
            self.keep(line, row, too_wide, false)?;
        }
        Ok(())
    }

    fn begin(&mut self, line: u64, row: &[String]) {
        self.header = Some(Record::from_cells(line, row.iter().map(|cell| trim_header(cell))));
    }

    fn keep(
        &mut self,
        line: u64,
        mut row: Vec<String>,
        too_wide: Option<usize>,
        too_long: bool,
    ) -> Result<(), TableError> {
        self.count += 1;
        if self.only_count {
            return Ok(());
        }
        let width = self.header.as_ref().map_or(0, Record::len);
        row.resize(width, String::new());
        self.kept += row.len();
        self.kept_text += row.iter().map(String::len).sum::<usize>();
        if self.kept > MOST_CELLS || self.kept_text > MOST_TEXT {
            return Err(too_large());
        }
        let broken = match too_wide {
            Some(cells) => Some(format!("the row has {cells} cells, the header {width}")),
            None => too_long.then(|| "a cell is longer than 64 KiB".to_owned()),
        };
        self.rows.push((Record::from_cells(line, row.iter().map(String::as_str)), broken));
        Ok(())
    }

    /// The end of the sheet: its header, where it has one.
    ///
    /// # Errors
    /// As [`Sheet::take`].
    pub(super) fn conclude(&mut self) -> Result<Option<Record>, TableError> {
        self.end_row()?;
        if self.header.is_none() {
            self.settle()?;
        }
        Ok(self.header.clone())
    }

    /// The sheet as it is listed; nothing where it is empty.
    pub(super) fn sight(&self, number: usize, name: &str, is_hidden: bool) -> Option<SheetSight> {
        let header = self.header.as_ref()?.cells().filter(|cell| !cell.is_empty()).map(str::to_owned).collect();
        Some(SheetSight { number, name: name.to_owned(), is_hidden, rows: self.count, header })
    }

    /// What a person should know, in the order of lines.
    pub(super) fn findings(&mut self) -> Vec<FileFinding> {
        let hidden = std::mem::take(&mut self.hidden);
        for (by, (line, count)) in hidden {
            let rows = if count == 1 { "this row is".to_owned() } else { format!("{count} rows from here on are") };
            self.findings.push((line, None, format!("{rows} hidden {by} and read like every other")));
        }
        if self.named > MOST_NAMED {
            let more = self.named - MOST_NAMED;
            self.findings.push((self.line, None, format!("{more} more cells have no value of their own")));
        }
        self.findings.sort();
        let header = self.header.take().unwrap_or_default();
        let place = |(line, column, reason): (u64, Option<usize>, String)| {
            let named = column.map(|column| (letters(column), header.cell(column).to_owned()));
            let (cell, column) = named.map_or((String::new(), String::new()), |(letters, header)| {
                (format!("{letters}{line}: "), if header.is_empty() { letters } else { header })
            });
            FileFinding { line, column, reason: format!("{cell}{reason}") }
        };
        std::mem::take(&mut self.findings).into_iter().map(place).collect()
    }
}

/// A column as sheets name it, counted from 0: A, B, … Z, AA.
fn letters(column: usize) -> String {
    let mut out = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        out.insert(0, b'A' + ((left - 1) % 26) as u8);
        left = (left - 1) / 26;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_named_as_sheets_name_them() {
        assert_eq!([0, 25, 26, 701, 702, 16_383].map(super::letters), ["A", "Z", "AA", "ZZ", "AAA", "XFD"]);
    }
}
