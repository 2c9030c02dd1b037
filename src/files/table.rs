//! CSV of any common dialect and encoding, read row by row.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::decode::Text;
use super::in_use::unreadable;
use super::scan::{Scan, scan};
use super::sniff;
use super::survey::{Format, Survey};
use super::vcard::Cards;
use super::workbook::Workbook;
use crate::domain::columns::reads_like_header;
use crate::domain::table::{FileFinding, Record, Row, Rows, TableError};

/// Text looked at before the delimiter is chosen, in octets.
const SNIFFED: usize = 64 * 1024;
/// Rows with unpaired quotes after which a file is given up: each of them costs a search for the other quote.
const MOST_BROKEN: u32 = 1000;

/// A CSV file being read.
pub struct Table<R> {
    text: Text<R>,
    window: String,
    at: usize,
    line: u64,
    ended: bool,
    delimiter: u8,
    header: Record,
    findings: Vec<FileFinding>,
    broken: u32,
}

impl Table<File> {
    /// Opens the file that was surveyed.
    ///
    /// # Errors
    /// [`TableError`] where it cannot be read or has no header.
    pub fn open(path: &Path, survey: &Survey) -> Result<Self, TableError> {
        let file = File::open(path).map_err(|e| unreadable(&e))?;
        Self::new(file, survey.encoding)
    }
}

impl<R: Read> Table<R> {
    /// Reads up to the header.
    ///
    /// # Errors
    /// [`TableError`] where there is none.
    pub fn new(input: R, encoding: &'static encoding_rs::Encoding) -> Result<Self, TableError> {
        let mut table = Self {
            text: Text::new(input, encoding),
            window: String::new(),
            at: 0,
            line: 1,
            ended: false,
            delimiter: b',',
            header: Record::default(),
            findings: Vec::new(),
            broken: 0,
        };
        while table.window.len() < SNIFFED && table.fill()? {}
        table.choose_delimiter();
        table.read_header()?;
        Ok(table)
    }

    fn choose_delimiter(&mut self) {
        if let Some((delimiter, used)) = sniff::declared(&self.window) {
            self.delimiter = delimiter;
            self.at = used;
            self.line = 2;
        } else {
            self.delimiter = sniff::delimiter(&self.window, self.ended);
        }
    }

    fn read_header(&mut self) -> Result<(), TableError> {
        let mut record = Record::default();
        loop {
            match self.step(&mut record)? {
                Row::End => return Err(TableError::Empty),
                Row::Broken(reason) => {
                    return Err(TableError::Unsound {
                        line: record.line,
                        what: format!("in the header row, {reason}"),
                    });
                }
                Row::Whole if record.is_empty() => {}
                Row::Whole => break,
            }
        }
        if record.len() > 1 && record.cells().filter(|cell| !cell.trim().is_empty()).count() == 1 {
            self.look_below(&mut record);
        }
        self.header = Record::from_cells(record.line, record.cells().map(trim_header));
        Ok(())
    }

    /// A sheet saved as CSV may keep a title above its header: the header is then the first row below that reads like one.
    fn look_below(&mut self, record: &mut Record) {
        let (mut at, mut line) = (self.at, self.line);
        let mut above = vec![record.clone()];
        let mut below = Record::default();
        while above.len() <= MOST_ABOVE {
            let rest = self.window.get(at..).unwrap_or("");
            let Scan::Record { used, lines } = scan(rest, self.delimiter, self.ended, line, &mut below) else { return };
            at += used;
            line += lines;
            if used == 0 {
                return;
            }
            if below.len() > 1 && reads_like_header(below.cells()) {
                self.findings = above.iter().map(finding_above).collect();
                (self.at, self.line) = (at, line);
                *record = below;
                return;
            }
            if !below.is_empty() {
                above.push(below.clone());
            }
        }
    }

    /// Appends to the window, dropping what was read; false at the end of the file.
    fn fill(&mut self) -> Result<bool, TableError> {
        if self.ended {
            return Ok(false);
        }
        self.window.drain(..self.at);
        self.at = 0;
        let more = self.text.read_into(&mut self.window).map_err(|e| TableError::Unreadable(e.to_string()))?;
        self.ended = !more;
        Ok(more)
    }

    /// Reads whatever record stands next, of any number of cells.
    fn step(&mut self, into: &mut Record) -> Result<Row, TableError> {
        loop {
            let rest = self.window.get(self.at..).unwrap_or("");
            if rest.is_empty() {
                if self.fill()? {
                    continue;
                }
                return Ok(Row::End);
            }
            match scan(rest, self.delimiter, self.ended, self.line, into) {
                Scan::Record { used, lines } => {
                    self.at += used;
                    self.line += lines;
                    return Ok(Row::Whole);
                }
                Scan::NeedMore => {
                    self.fill()?;
                }
                Scan::Broken(reason) => return self.give_up_line(reason, into),
            }
        }
    }

    /// Gives up one physical line, so that a lone quote costs its own row and not the rest of the file.
    fn give_up_line(&mut self, reason: &str, into: &mut Record) -> Result<Row, TableError> {
        let line = self.line;
        self.broken += 1;
        if self.broken > MOST_BROKEN {
            let what = "more than 1000 rows have quotes that do not pair or are too long; is this CSV?".to_owned();
            return Err(TableError::Unsound { line, what });
        }
        into.restart(line);
        let mut start_is_kept = false;
        loop {
            let rest = self.window.get(self.at..).unwrap_or("");
            let end = rest.find(['\n', '\r']);
            if !start_is_kept {
                start_is_kept = true;
                into.push_str(&rest.chars().take(200).take_while(|c| !matches!(c, '\n' | '\r')).collect::<String>());
                into.end_cell();
            }
            if let Some(n) = end {
                let crlf = rest.get(n..).is_some_and(|r| r.starts_with("\r\n"));
                self.at += n + if crlf { 2 } else { 1 };
                self.line += 1;
                break;
            }
            self.at = self.window.len();
            if !self.fill()? {
                break;
            }
        }
        Ok(Row::Broken(reason.to_owned()))
    }
}

impl<R: Read + Send> Rows for Table<R> {
    fn header(&self) -> &Record {
        &self.header
    }

    fn findings(&self) -> &[FileFinding] {
        &self.findings
    }

    fn next_row(&mut self, into: &mut Record) -> Result<Row, TableError> {
        loop {
            let row = self.step(into)?;
            if row == Row::Whole {
                if into.is_empty() {
                    continue;
                }
                // Many programs end every row with a delimiter, or pad it to the widest of the sheet: nothing is lost.
                into.drop_blank_end(self.header.len());
                let (cells, expected) = (into.len(), self.header.len());
                if cells != expected {
                    return Ok(Row::Broken(format!("the row has {cells} cells, the header {expected}")));
                }
            }
            return Ok(row);
        }
    }
}

/// Rows that may stand above the header: a title, a date, a remark.
pub(super) const MOST_ABOVE: usize = 10;

/// What is said of such a row.
pub(super) fn above_the_header<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let text: String = cells.flat_map(str::chars).take(60).collect();
    format!("`{}` stands above the header and was not imported", text.trim())
}

fn finding_above(row: &Record) -> FileFinding {
    FileFinding { line: row.line, column: String::new(), reason: above_the_header(row.cells()) }
}

/// Opens the file that was surveyed, whichever kind of table it is; of a workbook the sheet of this name or number.
///
/// # Errors
/// [`TableError`] where it cannot be read, has no header, or no such sheet.
pub fn open(path: &Path, survey: &Survey, sheet: Option<&str>) -> Result<Box<dyn Rows>, TableError> {
    Ok(match (survey.format, sheet) {
        (Format::Workbook, sheet) => Box::new(Workbook::open(path, sheet)?),
        (_, Some(_)) => return Err(TableError::Refused("it is no workbook and has no sheets: leave the sheet out")),
        (Format::Cards, None) => Box::new(Cards::open(path, survey)?),
        (Format::Text, None) => Box::new(Table::open(path, survey)?),
    })
}

pub(super) fn trim_header(cell: &str) -> &str {
    cell.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::UTF_8;
    use proptest::prelude::*;

    /// Every row as `line:cell|cell`, a broken one as `line!reason`.
    fn rows(octets: &[u8]) -> Vec<String> {
        let mut table = match Table::new(octets, UTF_8) {
            Ok(table) => table,
            Err(e) => return vec![e.to_string()],
        };
        let mut record = Record::default();
        let mut out = Vec::new();
        loop {
            match table.next_row(&mut record) {
                Ok(Row::End) => return out,
                Ok(Row::Whole) => out.push(format!("{}:{}", record.line, record.cells().collect::<Vec<_>>().join("|"))),
                Ok(Row::Broken(reason)) => out.push(format!("{}!{reason}", record.line)),
                Err(e) => {
                    out.push(e.to_string());
                    return out;
                }
            }
        }
    }

    #[test]
    fn every_dialect_gives_the_same_cells() {
        for (text, line) in [
            ("email,name\na@x,Ada\n", 2),
            ("email;name\r\na@x;Ada\r\n", 2),
            ("email\tname\ra@x\tAda\r", 2),
            ("email|name\na@x|Ada", 2),
            ("sep=;\nemail;name\na@x;Ada\n", 3),
            ("\"sep=;\"\r\nemail;name\r\na@x;Ada\r\n", 3),
            ("SEP=\t\nemail\tname\na@x\tAda\n", 3),
            ("\u{feff}\n \u{a0}email\u{a0} ,\" name\"\n\n,\n\"a@x\",\"Ada\" \n", 5),
        ] {
            assert_eq!(rows(text.as_bytes()), [format!("{line}:a@x|Ada")], "{text:?}");
        }
    }

    #[test]
    fn lines_are_physical_and_breaks_inside_quotes_stay_inside() {
        let text = "email,note\na@x,\"two\r\nlines, \"\"quoted\"\"\"\nb@x,plain\n";
        assert_eq!(rows(text.as_bytes()), ["2:a@x|two\nlines, \"quoted\"", "4:b@x|plain"]);
        assert_eq!(rows(b"email,note\ra@x,\"1\r2\"\rb@x,3"), ["2:a@x|1\n2", "4:b@x|3"]);
    }

    #[test]
    fn a_bad_row_is_named_and_costs_only_itself() {
        let text = "email,note\na@x,5\" disk\nb@x,\"never closed\nc@x,fine\nd@x\ne@x,1,2\nf@x,\"a\"b\ng@x,fine\n";
        let said = rows(text.as_bytes());
        assert_eq!(said[0], "2:a@x|5\" disk");
        assert!(said[1].starts_with("3!") && said[1].contains("quote"), "{said:?}");
        assert_eq!(said[2], "4:c@x|fine");
        assert!(said[3].starts_with("5!the row has 1 cells, the header 2"));
        assert!(said[4].starts_with("6!the row has 3 cells, the header 2"));
        assert!(said[5].starts_with("7!text follows"));
        assert_eq!(said[6], "8:g@x|fine");
    }

    #[test]
    fn blank_cells_beyond_the_header_are_no_cells() {
        let said = rows(b"email,note\na@x,1,\nb@x,,,\" \"\nc@x,,,d\n,,,\ne@x,2");
        assert_eq!(said[..2], ["2:a@x|1", "3:b@x|"]);
        assert!(said[2].starts_with("4!the row has 4 cells, the header 2"));
        assert_eq!(said[3..], ["6:e@x|2"]);
    }

    #[test]
    fn giants_are_refused_in_bounded_memory() {
        let cell = format!("email,note\na@x,{}\nb@x,fine\n", "x".repeat(70_000));
        assert_eq!(rows(cell.as_bytes()), ["2!a cell is longer than 64 KiB", "3:b@x|fine"]);
        let endless = format!("email,note\na@x,{}", "x".repeat(9_000_000));
        assert_eq!(rows(endless.as_bytes()).len(), 1);
        let wide = format!("email,note\na@x{}\nb@x,fine\n", ",".repeat(1_000_000));
        assert_eq!(rows(wide.as_bytes()), ["2!more than 1000 cells", "3:b@x|fine"]);
        assert!(rows(",".repeat(1_000_000).as_bytes())[0].contains("header"));
        let quotes = format!("email,note\n{}", "a@x,\"b\n".repeat(5001));
        assert!(rows(quotes.as_bytes()).last().is_some_and(|last| last.contains("do not pair")));
    }

    #[test]
    fn a_title_above_the_header_is_no_header() {
        let octets = b"Participants 2025;;\n;;\nas of May;;\nE-mail;Pr\xc3\xa9nom;Nom\na@x;A;B\n";
        let mut table = Table::new(octets.as_slice(), UTF_8).unwrap();
        assert_eq!((table.header.line, table.header.cell(0)), (4, "E-mail"));
        assert_eq!(table.findings.iter().map(|f| f.line).collect::<Vec<_>>(), [1, 3]);
        let mut record = Record::default();
        assert_eq!((table.next_row(&mut record), record.line), (Ok(Row::Whole), 5));
        let table = Table::new(b"a,\nb,c\n".as_slice(), UTF_8).unwrap();
        assert_eq!((table.header.line, table.header.len()), (1, 2), "no row below reads like a header");
    }

    #[test]
    fn nothing_and_blank_files_are_called_empty() {
        assert!(rows(b"\n \n")[0].contains("empty"));
        assert!(rows(b"email,name\n").is_empty());
    }

    proptest! {
        #[test]
        fn any_octets_are_read_without_panic(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = rows(&octets);
        }

        #[test]
        fn what_a_csv_writer_wrote_reads_back(
            cells in proptest::collection::vec(("[a-z]{1,5}", "[\\PC\n\",;\t]{0,12}"), 1..20),
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["email", "note"]).unwrap();
            for (one, two) in &cells {
                writer.write_record([one, two]).unwrap();
            }
            let octets = writer.into_inner().unwrap();
            let mut table = Table::new(octets.as_slice(), UTF_8).unwrap();
            prop_assume!(table.delimiter == b',');
            let mut record = Record::default();
            for (one, two) in &cells {
                prop_assert_eq!(table.next_row(&mut record), Ok(Row::Whole));
                prop_assert_eq!(record.cell(0), one);
                prop_assert_eq!(record.cell(1), two);
            }
        }
    }
}
