//! A table of text as a file holds it: a header, then records with the line each starts on.

/// One record: its cells as text, and where it stands.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Physical line on which the record starts, counted from 1 with the header and a `sep=` line included.
    pub line: u64,
    text: String,
    ends: Vec<usize>,
}

impl Record {
    /// A record from whole cells.
    pub fn from_cells<'a>(line: u64, cells: impl IntoIterator<Item = &'a str>) -> Self {
        let mut record = Self { line, ..Self::default() };
        for cell in cells {
            record.push_str(cell);
            record.end_cell();
        }
        record
    }

    /// Adds to the cell being read.
    pub fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Closes the cell being read.
    pub fn end_cell(&mut self) {
        self.ends.push(self.text.len());
    }

    /// Empties the record, for another at this line.
    pub fn restart(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.ends.clear();
    }

    /// Takes blank cells off the end while there are more than so many.
    pub fn drop_blank_end(&mut self, wanted: usize) {
        while self.len() > wanted && self.cell(self.len() - 1).trim().is_empty() {
            self.ends.pop();
            self.text.truncate(self.ends.last().copied().unwrap_or(0));
        }
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no cells, or only blank ones.
    pub fn is_empty(&self) -> bool {
        self.text.chars().all(char::is_whitespace)
    }

    /// A cell, empty where there is none.
    pub fn cell(&self, index: usize) -> &str {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(index).and_then(|end| self.text.get(start..*end)).unwrap_or("")
    }

    /// Every cell in order.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|i| self.cell(i))
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("line", &self.line).field("cells", &self.len()).finish_non_exhaustive()
    }
}

/// What came next in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A record with as many cells as the header; in the buffer the caller gave.
    Whole,
    /// Something that is no such record: the line it starts on is in the buffer, with what could be read of it.
    Broken(String),
    /// Nothing more.
    End,
}

/// A table that cannot be read on, or at all. The message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The file cannot be opened or read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// A format that is neither text nor a workbook we read.
    #[error("this is {0}, which cannot be read here; save it as XLSX or CSV (UTF-8) and import that")]
    NotText(&'static str),
    /// A file that is not to be used as it is; the whole sentence.
    #[error("{0}")]
    Refused(&'static str),
    /// Somebody has it open.
    #[error("{0}")]
    InUse(String),
    /// A workbook with rows on several sheets, and none was chosen.
    #[error("the workbook has rows on {} sheets; say which one is meant{}", .0.len(), listed(.0))]
    SeveralSheets(Vec<SheetSight>),
    /// No sheet of this name or number.
    #[error("there is no sheet `{wanted}`{hint}")]
    NoSuchSheet {
        /// As given.
        wanted: String,
        /// Which there are.
        hint: String,
    },
    /// Nothing in it.
    #[error("the file is empty; it needs a header row and one row per record")]
    Empty,
    /// Too much of something, or quotes that never pair.
    #[error("line {line}: {what}")]
    Unsound {
        /// Physical line.
        line: u64,
        /// What is wrong and what to do.
        what: String,
    },
}

/// A sheet of a workbook, seen and not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetSight {
    /// Its place among the sheets, counted from 1.
    pub number: usize,
    /// Name on its tab.
    pub name: String,
    /// Whether the tab is hidden.
    pub is_hidden: bool,
    /// Rows below the header.
    pub rows: u64,
    /// The header.
    pub header: Vec<String>,
}

/// Headers named of one sheet.
const HEADERS_NAMED: usize = 4;

fn listed(sheets: &[SheetSight]) -> String {
    let line = |sheet: &SheetSight| {
        let hidden = if sheet.is_hidden { ", hidden" } else { "" };
        let rows = if sheet.rows == 1 { "row" } else { "rows" };
        let short = |header: &String| header.chars().take(30).collect::<String>();
        let mut headers: Vec<String> = sheet.header.iter().take(HEADERS_NAMED).map(short).collect();
        if sheet.header.len() > HEADERS_NAMED {
            headers.push("…".to_owned());
        }
        format!("\n  {}: `{}`{hidden}, {} {rows} under {}", sheet.number, sheet.name, sheet.rows, headers.join(", "))
    };
    sheets.iter().map(line).collect()
}

/// Something about a file that a person should know, found while it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFinding {
    /// Line, or row of the sheet.
    pub line: u64,
    /// Header of the column; empty where it is the row or the whole file.
    pub column: String,
    /// What was found, and what was done.
    pub reason: String,
}

/// A table read row by row, in bounded memory. It is read on a thread beside the one that writes to the ledger.
pub trait Rows: Send {
    /// The header: cells trimmed of blanks.
    fn header(&self) -> &Record;
    /// What a person should know of the file, in the order of lines; known before the first row is read.
    fn findings(&self) -> &[FileFinding] {
        &[]
    }
    /// Reads the next non-empty record into `into`.
    ///
    /// # Errors
    /// [`TableError`] where reading cannot go on.
    fn next_row(&mut self, into: &mut Record) -> Result<Row, TableError>;
}
