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
    #[error("this is {0}, neither CSV nor XLSX; save it as CSV (UTF-8) and import that")]
    NotText(&'static str),
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

/// A table read row by row, in bounded memory. It is read on a thread beside the one that writes to the ledger.
pub trait Rows: Send {
    /// The header: cells trimmed of blanks.
    fn header(&self) -> &Record;
    /// Reads the next non-empty record into `into`.
    ///
    /// # Errors
    /// [`TableError`] where reading cannot go on.
    fn next_row(&mut self, into: &mut Record) -> Result<Row, TableError>;
}
