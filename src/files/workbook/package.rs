//! The ZIP file around a workbook: its parts, read within a budget of inflated octets.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::xml::Xml;
use crate::domain::table::TableError;
use crate::files::in_use::unreadable;

/// What the parts that are read may inflate to together, in octets. What a ZIP says of its sizes is not trusted: the
/// budget is charged for what comes out.
pub(super) const MOST_INFLATED: u64 = 1 << 30;
/// Files in a workbook; one with ten sheets has about thirty.
const MOST_FILES: usize = 10_000;
/// One tag, or one text between two tags, in octets: it is held in memory as a whole. Excel's longest cell, 32,767
/// characters all written as references, has a tenth of it.
const LONGEST_PIECE: u64 = 4 << 20;
/// Octets of the part that says what kind of file it is.
const LONGEST_TYPE: u64 = 200;

/// What a ZIP file turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Excel's.
    Xlsx,
    /// OpenDocument's, of LibreOffice and others.
    Ods,
}

/// An opened workbook file.
pub(super) struct Package {
    archive: ZipArchive<BufReader<File>>,
    left: u64,
}

impl Package {
    /// Opens the file; `most` is what it may inflate to.
    ///
    /// # Errors
    /// [`TableError`] where it is no ZIP file, or one of too many files.
    pub(super) fn open(path: &Path, most: u64) -> Result<Self, TableError> {
        let file = File::open(path).map_err(|e| unreadable(&e))?;
        let archive = ZipArchive::new(BufReader::new(file)).map_err(|_| BROKEN)?;
        if archive.len() > MOST_FILES {
            return Err(too_large());
        }
        Ok(Self { archive, left: most })
    }

    /// What is in it.
    ///
    /// # Errors
    /// [`TableError`] naming the format, where it is none we read.
    pub(super) fn kind(&mut self) -> Result<Kind, TableError> {
        const OTHERS: &[(&str, &str)] = &[
            ("xl/workbook.bin", "a binary Excel workbook (.xlsb)"),
            ("word/document.xml", "a Word document"),
            ("ppt/presentation.xml", "a PowerPoint presentation"),
            ("Index/Document.iwa", "an Apple Numbers or Pages document"),
        ];
        let has = |archive: &ZipArchive<_>, name: &str| archive.index_for_name(name).is_some();
        if has(&self.archive, "xl/workbook.xml") || has(&self.archive, "_rels/.rels") && self.has_workbook_elsewhere() {
            return Ok(Kind::Xlsx);
        }
        if let Some((_, what)) = OTHERS.iter().find(|(name, _)| has(&self.archive, name)) {
            return Err(TableError::NotText(what));
        }
        if self.archive.index_for_name("content.xml").is_none() {
            return Err(if has(&self.archive, "[Content_Types].xml") { BROKEN } else { NO_WORKBOOK });
        }
        match self.media_type().as_str() {
            "" => Ok(Kind::Ods),
            spreadsheet if spreadsheet.starts_with("application/vnd.oasis.opendocument.spreadsheet") => Ok(Kind::Ods),
            text if text.starts_with("application/vnd.oasis.opendocument.text") => {
                Err(TableError::NotText("an OpenDocument text document"))
            }
            _ => Err(NO_WORKBOOK),
        }
    }

    fn has_workbook_elsewhere(&self) -> bool {
        self.archive.file_names().flatten().any(|name| name.ends_with("/workbook.xml") || name == "workbook.xml")
    }

    /// The media type an OpenDocument file opens with; empty where it has none.
    fn media_type(&mut self) -> String {
        let mut text = String::new();
        if let Ok(part) = self.archive.by_name("mimetype") {
            // A broken one says as little as none.
            let _ = part.take(LONGEST_TYPE).read_to_string(&mut text);
        }
        text.trim().to_owned()
    }

    /// A part of XML; nothing where there is none of that name, in whatever capital letters.
    ///
    /// # Errors
    /// [`TableError`] where it cannot be read.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<Xml<'_>>, TableError> {
        let exact = self.archive.index_for_name(name);
        let index = exact.or_else(|| {
            let names: Vec<String> = self.archive.file_names().map(|n| n.unwrap_or_default().into_owned()).collect();
            let found = names.iter().find(|n| n.eq_ignore_ascii_case(name) || n.replace('\\', "/") == name)?;
            self.archive.index_for_name(found)
        });
        let Some(index) = index else { return Ok(None) };
        match self.archive.by_index(index) {
            Ok(part) => Ok(Some(Xml::new(Metered { part, left: &mut self.left, piece: LONGEST_PIECE }))),
            Err(ZipError::UnsupportedArchive(_) | ZipError::InvalidPassword) => Err(LOCKED),
            Err(_) => Err(BROKEN),
        }
    }
}

/// A ZIP file that holds no workbook.
const NO_WORKBOOK: TableError =
    TableError::Refused("this is a ZIP archive and no workbook; unpack it and import the file in it");
/// A workbook that cannot be read on.
pub(super) const BROKEN: TableError = TableError::Refused(
    "this workbook is damaged or incomplete; open it in the program that wrote it and save it again, or save it \
     as CSV (UTF-8) and import that",
);
const LOCKED: TableError = TableError::Refused(
    "this workbook is protected by a password; open it, take the password off (or save it as CSV), and import that",
);

/// More than is read.
pub(super) fn too_large() -> TableError {
    TableError::Unsound { line: 1, what: "the workbook is larger than can be read; save it as CSV".to_owned() }
}

/// A part being inflated, charged to the budget.
pub(super) struct Metered<'a> {
    part: zip::read::ZipFile<'a, BufReader<File>>,
    left: &'a mut u64,
    /// What is left of the octets that the piece being read may take.
    piece: u64,
}

impl Metered<'_> {
    /// Whether the budget is used up.
    pub(super) fn is_spent(&self) -> bool {
        *self.left == 0
    }

    /// Whether the piece being read is longer than any that a spreadsheet program writes.
    pub(super) fn is_overlong(&self) -> bool {
        self.piece == 0
    }

    /// Another piece begins.
    pub(super) fn begin_piece(&mut self) {
        self.piece = LONGEST_PIECE;
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_spent() || self.is_overlong() {
            return Err(io::Error::other("too large"));
        }
        let room = usize::try_from(self.piece.min(*self.left)).unwrap_or(usize::MAX).min(buffer.len());
        let n = self.part.read(buffer.get_mut(..room).unwrap_or_default())?;
        *self.left -= n as u64;
        self.piece -= n as u64;
        Ok(n)
    }
}
