//! A parsed file, its tables, and the findings about them.

use std::cell::RefCell;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::entry::Entry;
use crate::domain::problem::{Findings, Problem};
use crate::domain::suggestion::nearest_or_all;

/// Syntax errors shown of one file: one mistake tends to cause many.
const SYNTAX_ERRORS_SHOWN: usize = 5;

/// A TOML text with the place of every value, and what was found wrong with it so far.
#[derive(Debug)]
pub struct Document<'t> {
    file: String,
    text: &'t str,
    line_starts: Vec<usize>,
    first_line: usize,
    root: Spanned<DeTable<'t>>,
    findings: RefCell<Findings>,
    mentions: RefCell<Vec<Mention>>,
}

/// A name in a file that only something else can confirm, such as a column of a contact list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The name.
    pub name: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

impl<'t> Document<'t> {
    /// Parses a text that is a whole file; `file` is its path in complaints.
    ///
    /// # Errors
    /// The syntax errors, with their places.
    pub fn parse(file: &str, text: &'t str) -> Result<Self, Vec<Problem>> {
        Self::parse_part(file, text, 1)
    }

    /// Parses a text that begins on line `first_line` (counted from 1) of a file, such as front matter.
    ///
    /// # Errors
    /// The syntax errors, with their places.
    pub fn parse_part(file: &str, text: &'t str, first_line: usize) -> Result<Self, Vec<Problem>> {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let (root, errors) = DeTable::parse_recoverable(text);
        let document = Self {
            file: file.to_owned(),
            text,
            line_starts,
            first_line,
            root,
            findings: RefCell::default(),
            mentions: RefCell::default(),
        };
        if errors.is_empty() {
            return Ok(document);
        }
        for error in errors.iter().take(SYNTAX_ERRORS_SHOWN) {
            let at = error.span().map_or(0, |span| span.start);
            document.complain(at, "syntax", error.message().trim(), "see https://toml.io for how TOML is written");
        }
        Err(document.findings.into_inner().problems)
    }

    /// The table of the whole file.
    pub fn root(&self) -> Section<'_> {
        Section::new(self, String::new(), None, self.root.get_ref())
    }

    /// Path in complaints.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The names that were asked to be remembered.
    pub fn mentions(&self) -> Vec<Mention> {
        self.mentions.borrow().clone()
    }

    /// What was found wrong, once everything was asked.
    pub fn into_findings(self) -> Findings {
        self.findings.into_inner()
    }

    /// Line and column (in characters) of an octet of the text, both counted from 1.
    fn place(&self, at: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= at).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..at).map_or(0, |before| before.chars().count()) + 1;
        (line + self.first_line - 1, column)
    }

    pub(super) fn complain(&self, at: usize, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        let (line, column) = self.place(at);
        self.findings.borrow_mut().problems.push(Problem::at(&self.file, line, column, code, message, help));
    }

    pub(super) fn warn(&self, at: usize, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        let (line, column) = self.place(at);
        self.findings.borrow_mut().warnings.push(Problem::at(&self.file, line, column, code, message, help));
    }

    pub(super) fn mention(&self, at: usize, name: &str) {
        let (line, column) = self.place(at);
        self.mentions.borrow_mut().push(Mention { name: name.to_owned(), line, column });
    }

    pub(super) fn complain_in_file(&self, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.findings.borrow_mut().problems.push(Problem::in_file(&self.file, code, message, help));
    }

    fn warn_in_file(&self, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.findings.borrow_mut().warnings.push(Problem::in_file(&self.file, code, message, help));
    }
}

/// One table of a document. Remembers which keys it was asked for.
#[derive(Debug)]
pub struct Section<'d> {
    document: &'d Document<'d>,
    path: String,
    at: Option<usize>,
    table: &'d DeTable<'d>,
    asked: RefCell<Vec<&'static str>>,
    refused: RefCell<Vec<&'static str>>,
}

impl<'d> Section<'d> {
    pub(super) fn new(document: &'d Document<'d>, path: String, at: Option<usize>, table: &'d DeTable<'d>) -> Self {
        Self { document, path, at, table, asked: RefCell::default(), refused: RefCell::default() }
    }

    /// Whether the key is there; counts as asking for it.
    pub fn has(&self, key: &'static str) -> bool {
        self.entry(key).is_some()
    }

    /// The value of a key, if the key is there.
    pub fn entry(&self, key: &'static str) -> Option<Entry<'d>> {
        self.asked.borrow_mut().push(key);
        let (name, value) = self.table.get_key_value(key)?;
        Some(self.make_entry(name, value))
    }

    /// The value of a key that must not be there: the caller complains about it, and it is never suggested.
    pub fn unwanted(&self, key: &'static str) -> Option<Entry<'d>> {
        let (name, value) = self.table.get_key_value(key)?;
        self.refused.borrow_mut().push(key);
        Some(self.make_entry(name, value))
    }

    /// The value of a key; a complaint with `help` where the key is missing.
    pub fn required(&self, key: &'static str, help: &str) -> Option<Entry<'d>> {
        let entry = self.entry(key);
        if entry.is_none() {
            self.complain("missing-key", format!("`{}` is missing", self.path_of(key)), help);
        }
        entry
    }

    /// Every key with its value, in the order of the file; none of them is reported as unknown afterwards.
    pub fn entries(&self) -> Vec<Entry<'d>> {
        let mut all: Vec<Entry<'d>> = self.table.iter().map(|(name, value)| self.make_entry(name, value)).collect();
        all.sort_by_key(Entry::key_at);
        all
    }

    /// The table under a key, or nothing where the key is missing; a complaint where it is no table.
    pub fn section(&self, key: &'static str) -> Option<Section<'d>> {
        self.entry(key)?.section()
    }

    /// Complains about the table as a whole, at its header.
    pub fn complain(&self, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        match self.at {
            Some(at) => self.document.complain(at, code, message, help),
            None => self.document.complain_in_file(code, message, help),
        }
    }

    /// Warns about the table as a whole, at its header.
    pub fn warn(&self, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        match self.at {
            Some(at) => self.document.warn(at, code, message, help),
            None => self.document.warn_in_file(code, message, help),
        }
    }

    /// Reports every key nobody asked for, with the nearest known one.
    pub fn finish(self) {
        let asked = self.asked.borrow();
        for entry in self.entries() {
            if !asked.contains(&entry.key()) && !self.refused.borrow().contains(&entry.key()) {
                let place = if self.path.is_empty() { String::new() } else { format!(" in `{}`", self.path) };
                entry.complain_at_key(
                    "unknown-key",
                    format!("unknown key `{}`{place}", shortened(entry.key())),
                    nearest_or_all(entry.key(), asked.iter().copied()),
                );
            }
        }
    }

    fn make_entry(&self, name: &'d Spanned<std::borrow::Cow<'d, str>>, value: &'d Spanned<DeValue<'d>>) -> Entry<'d> {
        Entry::new(self.document, self.path_of(name.get_ref()), name.get_ref(), name.span().start, value)
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// A word from outside, short enough for a message and without control characters.
pub(super) fn shortened(word: &str) -> String {
    let mut shown: String = word.chars().filter(|c| !c.is_control()).take(60).collect();
    if word.chars().count() > 60 {
        shown.push('…');
    }
    shown
}
