//! One sheet of a workbook (XLSX, ODS) as text. A record's line is its row in the sheet.
//!
//! A workbook is a ZIP of XML. Everything is bounded by what is inflated and by the cells kept, and no size that the file
//! claims is believed: a sheet that names one far cell asks for no more memory than that cell.

mod number;
mod ods;
mod package;
mod sheet;
mod xlsx;
mod xml;

use std::path::Path;

use package::{Kind, MOST_INFLATED, Package};
use sheet::Sheet;
use xlsx::Xlsx;

use crate::domain::suggestion::nearest;
use crate::domain::table::{FileFinding, Record, Row, Rows, TableError};

/// A sheet that was read.
pub(super) struct Workbook {
    header: Record,
    rows: std::vec::IntoIter<(Record, Option<String>)>,
    findings: Vec<FileFinding>,
}

/// A sheet as the workbook lists it.
struct SheetName {
    name: String,
    is_hidden: bool,
}

/// An opened workbook of either kind.
enum Book {
    Xlsx(Box<Xlsx>),
    Ods(Vec<SheetName>),
}

impl Book {
    fn sheets(&self) -> &[SheetName] {
        match self {
            Book::Xlsx(book) => &book.sheets,
            Book::Ods(sheets) => sheets,
        }
    }

    fn read(&self, package: &mut Package, index: usize, into: &mut Sheet) -> Result<(), TableError> {
        match self {
            Book::Xlsx(book) => book.read(package, index, into),
            Book::Ods(_) => ods::read(package, index, into),
        }
    }

    /// Every sheet, its rows counted and not kept.
    fn count(&self, package: &mut Package) -> Result<Vec<Sheet>, TableError> {
        let Book::Xlsx(book) = self else { return ods::count(package) };
        let counted = (0..book.sheets.len()).map(|index| {
            let mut sheet = Sheet::counted();
            book.read(package, index, &mut sheet)?;
            Ok(sheet)
        });
        counted.collect()
    }
}

impl Workbook {
    /// Reads the sheet of a name or number, or the only one that has rows.
    ///
    /// # Errors
    /// [`TableError`] where there is none, several have rows and none was chosen, or it is damaged or too large.
    pub(super) fn open(path: &Path, sheet: Option<&str>) -> Result<Self, TableError> {
        Self::open_within(path, sheet, MOST_INFLATED)
    }

    fn open_within(path: &Path, sheet: Option<&str>, most: u64) -> Result<Self, TableError> {
        let mut package = Package::open(path, most)?;
        let book = match package.kind()? {
            Kind::Xlsx => Book::Xlsx(Box::new(Xlsx::open(&mut package)?)),
            Kind::Ods => Book::Ods(ods::sheets(&mut package)?),
        };
        let index = match sheet {
            Some(wanted) => chosen(book.sheets(), wanted)?,
            None if book.sheets().len() == 1 => 0,
            None => only_one(&mut package, &book)?,
        };
        let mut sheet = Sheet::default();
        book.read(&mut package, index, &mut sheet)?;
        let header = sheet.conclude()?.ok_or(TableError::Empty)?;
        let findings = sheet.findings();
        Ok(Self { header, rows: std::mem::take(&mut sheet.rows).into_iter(), findings })
    }
}

/// The sheet of this name, in whatever capital letters, or number.
fn chosen(sheets: &[SheetName], wanted: &str) -> Result<usize, TableError> {
    let folded = |name: &str| name.trim().to_lowercase();
    let by = |test: &dyn Fn(&str) -> bool| sheets.iter().position(|sheet| test(&sheet.name));
    let number = || wanted.trim().parse::<usize>().ok().and_then(|n| n.checked_sub(1)).filter(|n| *n < sheets.len());
    let found = by(&|name| name == wanted).or_else(|| by(&|name| folded(name) == folded(wanted))).or_else(number);
    found.ok_or_else(|| {
        let names = || sheets.iter().map(|sheet| sheet.name.as_str());
        let hint = nearest(wanted, names()).map(|name| format!("; did you mean `{name}`?"));
        let all = || format!("; there are {}", names().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "));
        TableError::NoSuchSheet { wanted: wanted.to_owned(), hint: hint.unwrap_or_else(all) }
    })
}

/// The one sheet that is not empty.
fn only_one(package: &mut Package, book: &Book) -> Result<usize, TableError> {
    let mut seen = Vec::new();
    for (mut sheet, (number, name)) in book.count(package)?.into_iter().zip((1..).zip(book.sheets())) {
        sheet.conclude()?;
        seen.extend(sheet.sight(number, &name.name, name.is_hidden));
    }
    match seen.as_slice() {
        [] => Err(TableError::Empty),
        [one] => Ok(one.number - 1),
        _ => Err(TableError::SeveralSheets(seen)),
    }
}

fn blank(text: &str) -> bool {
    text.trim().is_empty()
}

impl Rows for Workbook {
    fn header(&self) -> &Record {
        &self.header
    }

    fn findings(&self) -> &[FileFinding] {
        &self.findings
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

#[cfg(test)]
mod tests;
