//! Which column of a file feeds which field.

use std::collections::HashSet;

mod aliases;
mod program;

use aliases::{ALIASES, OF_OPT_OUTS, OF_PARTICIPATION};
use program::Program;

use super::address::EmailAddress;
use super::suggestion::nearest;
use super::table::Record;
use super::vocabulary::fold_words;

/// What a column feeds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// A field Convoke knows, by its canonical name.
    Known(&'static str),
    /// A custom field, by the folded header.
    Custom(String),
    /// Nothing.
    Ignored,
}

/// What is imported; each kind knows some columns of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// People and how to reach them.
    Contacts,
    /// Who registered or attended.
    Participation,
    /// Who must not be written to.
    OptOuts,
}

/// A header that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// No column with an address.
    #[error("no column with e-mail addresses{hint}")]
    NoEmail {
        /// What to do.
        hint: String,
    },
    /// Two columns have the same header.
    #[error("columns {first} and {second} are both called `{header}`; rename one of them")]
    Twice {
        /// Header.
        header: String,
        /// Position from 1.
        first: usize,
        /// Position from 1.
        second: usize,
    },
    /// `--map` names a column that is not there.
    #[error("--map names a column `{column}` that the file does not have{hint}")]
    NoSuchColumn {
        /// As given.
        column: String,
        /// Nearest header.
        hint: String,
    },
    /// `--map` names a field that is not there.
    #[error("--map names a field `{field}` that does not exist{hint}")]
    NoSuchField {
        /// As given.
        field: String,
        /// Nearest field.
        hint: String,
    },
}

/// What a file of refused rows has before the original columns.
pub const OF_REFUSED_ROWS: [&str; 3] = ["line", "column", "reason"];

/// The columns of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// What each column feeds, in the file's order.
    pub fields: Vec<Field>,
    /// Headers as written, trimmed.
    pub headers: Vec<String>,
    /// Columns that would feed a field another column feeds already, and became custom: header, field, other header.
    pub displaced: Vec<(String, &'static str, String)>,
}

impl Columns {
    /// Decides by the header, and by `--map` first.
    ///
    /// # Errors
    /// [`ColumnError`].
    pub fn read(header: &Record, subject: Subject, maps: &[(String, String)]) -> Result<Self, ColumnError> {
        let columns = Self::understand(header, subject, maps)?;
        let has = |field| columns.fields.contains(&Field::Known(field));
        // Participation may come without addresses, as long as there is a name to tell people apart.
        let nameless = !has("name") && !has("family_name") && !has("given_name");
        if !has("email") && (subject != Subject::Participation || nameless) {
            return Err(ColumnError::NoEmail { hint: no_email_hint(&columns.headers) });
        }
        Ok(columns)
    }

    /// As [`Columns::read`], of a file that need not say who is meant.
    ///
    /// # Errors
    /// [`ColumnError`], all but a missing address.
    pub fn understand(header: &Record, subject: Subject, maps: &[(String, String)]) -> Result<Self, ColumnError> {
        let headers: Vec<String> = header.cells().map(str::to_owned).collect();
        let folded: Vec<String> = headers.iter().map(|h| fold_words(h)).collect();
        let mut fields: Vec<Option<Field>> = vec![None; headers.len()];
        for (column, field) in maps {
            let index = folded
                .iter()
                .position(|f| *f == fold_words(column))
                .ok_or_else(|| ColumnError::NoSuchColumn { column: column.clone(), hint: hint(column, &headers) })?;
            if let Some(slot) = fields.get_mut(index) {
                *slot = Some(mapped(field, subject)?);
            }
        }
        let mut columns = Self { fields: Vec::new(), headers, displaced: Vec::new() };
        for slot in fields.iter_mut().take(columns.own_columns()) {
            *slot = Some(Field::Ignored);
        }
        let program = Program::of(folded.get(columns.own_columns()..).unwrap_or_default());
        // A form may ask the same twice, and Indico writes both under one title: the first feeds the field.
        if program != Some(Program::Indico) {
            columns.refuse_twins(&folded, &fields, subject)?;
        }
        // Canonical names before aliases: a file with `name` and `Full name` means the first.
        for by in [exactly, by_alias] {
            for (index, name) in folded.iter().enumerate() {
                let Some(field) = by(name, subject) else { continue };
                if program.is_some_and(|program| program.means_something_else(name)) {
                    continue;
                }
                let taken = fields.iter().position(|f| *f == Some(Field::Known(field)));
                match (taken, fields.get_mut(index)) {
                    (None, Some(slot @ None)) => *slot = Some(Field::Known(field)),
                    (Some(other), Some(None)) if other != index => {
                        let header = |i: usize| columns.headers.get(i).cloned().unwrap_or_default();
                        columns.displaced.push((header(index), field, header(other)));
                        if let Some(slot) = fields.get_mut(index) {
                            *slot = Some(Field::Custom(name.clone()));
                        }
                    }
                    _ => {}
                }
            }
        }
        // A column of the author's that is called like a field of ours is another column: exports hold both.
        let mut taken = ALIASES.iter().map(|(name, _)| (*name).to_owned()).collect();
        columns.fields = fields
            .into_iter()
            .zip(&folded)
            .enumerate()
            .map(|(i, (field, name))| match field.unwrap_or_else(|| Field::Custom(custom_name(name, i))) {
                Field::Custom(name) => Field::Custom(unlike_others(name, &mut taken)),
                known => known,
            })
            .collect();
        Ok(columns)
    }

    /// Whether what stands where the header should is an address: a bare list of addresses has none.
    pub fn is_bare_list(header: &Record) -> bool {
        header.len() == 1 && EmailAddress::parse(header.cell(0)).is_ok()
    }

    /// The one column of a bare list of addresses.
    pub fn of_bare_list() -> Self {
        Self { fields: vec![Field::Known("email")], headers: vec!["email".to_owned()], displaced: Vec::new() }
    }

    /// Two columns of one header that feeds a field: taking either would be a guess.
    fn refuse_twins(&self, folded: &[String], mapped: &[Option<Field>], subject: Subject) -> Result<(), ColumnError> {
        let own = self.own_columns();
        for (second, name) in folded.iter().enumerate().skip(own) {
            let known = exactly(name, subject).or_else(|| by_alias(name, subject)).is_some();
            let first = folded.iter().take(second).skip(own).position(|other| other == name).map(|i| i + own);
            if let (true, Some(first), Some(None)) = (known, first, mapped.get(second)) {
                let header = self.headers.get(second).cloned().unwrap_or_default();
                return Err(ColumnError::Twice { header, first: first + 1, second: second + 1 });
            }
        }
        Ok(())
    }

    /// How many columns at the start are ours and not the author's: a file of refused rows opens with `line`, `column`
    /// and `reason`, so that it can be mended and imported again.
    pub fn own_columns(&self) -> usize {
        let start: Vec<&str> = self.headers.iter().take(3).map(String::as_str).collect();
        if start == OF_REFUSED_ROWS { OF_REFUSED_ROWS.len() } else { 0 }
    }

    /// The column that feeds a field.
    pub fn of(&self, field: &'static str) -> Option<usize> {
        self.fields.iter().position(|f| *f == Field::Known(field))
    }

    /// Names of the columns that are kept as custom ones, in their order.
    pub fn custom(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().filter_map(|field| if let Field::Custom(name) = field { Some(name.as_str()) } else { None })
    }

    /// The header of the column that feeds a field, or the field's own name.
    pub fn header_of(&self, field: &'static str) -> &str {
        self.of(field).and_then(|i| self.headers.get(i)).map_or(field, String::as_str)
    }
}

/// Whether a row reads like the header of a list of people: two of its cells name fields we know, or its only cell names
/// the address.
pub fn reads_like_header<'a>(cells: impl Iterator<Item = &'a str>) -> bool {
    let named = |cell: &str| {
        let folded = fold_words(cell);
        let is_field = |subject| exactly(&folded, subject).or_else(|| by_alias(&folded, subject)).is_some();
        cell.len() <= LONGEST_HEADER && (is_field(Subject::Participation) || is_field(Subject::OptOuts))
    };
    let mut filled = cells.filter(|cell| !cell.trim().is_empty()).peekable();
    let first = filled.next().unwrap_or_default();
    match filled.peek() {
        None => {
            exactly(&fold_words(first), Subject::Contacts) == Some("email")
                || by_alias(&fold_words(first), Subject::Contacts) == Some("email")
        }
        Some(_) => std::iter::once(first).chain(filled).filter(|cell| named(cell)).nth(1).is_some(),
    }
}

/// A longer cell is no header we know, in octets.
const LONGEST_HEADER: usize = 100;

fn tables(subject: Subject) -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    let own: &[_] = match subject {
        Subject::Contacts => &[],
        Subject::Participation => OF_PARTICIPATION,
        Subject::OptOuts => OF_OPT_OUTS,
    };
    own.iter().chain(ALIASES)
}

fn exactly(folded: &str, subject: Subject) -> Option<&'static str> {
    tables(subject).find(|(name, _)| *name == folded).map(|(name, _)| *name)
}

fn by_alias(folded: &str, subject: Subject) -> Option<&'static str> {
    tables(subject).find(|(_, aliases)| aliases.iter().any(|a| fold_words(a) == folded)).map(|(name, _)| *name)
}

/// Whether this is the canonical name of a field, so that no column of the author's can have it.
pub fn is_field(folded: &str) -> bool {
    exactly(folded, Subject::Contacts).is_some()
}

/// The field Convoke knows under a folded name or header ([`fold_words`]), by its canonical name.
pub fn field_named(folded: &str, subject: Subject) -> Option<&'static str> {
    exactly(folded, subject).or_else(|| by_alias(folded, subject))
}

fn mapped(field: &str, subject: Subject) -> Result<Field, ColumnError> {
    let folded = fold_words(field);
    if matches!(field, "-" | "ignore") {
        return Ok(Field::Ignored);
    }
    if let Some(custom) = field.strip_prefix("custom:").map(fold_words).filter(|custom| !custom.is_empty()) {
        return Ok(Field::Custom(custom));
    }
    field_named(&folded, subject).map(Field::Known).ok_or_else(|| {
        let names = tables(subject).map(|(name, _)| *name);
        let hint = nearest(&folded, names).map(|n| format!("; did you mean `{n}`?"));
        let hint = hint
            .unwrap_or_else(|| "; for a field of your own write custom:NAME, to leave a column out write -".to_owned());
        ColumnError::NoSuchField { field: field.to_owned(), hint }
    })
}

fn custom_name(folded: &str, index: usize) -> String {
    if folded.is_empty() { format!("column_{}", index + 1) } else { folded.to_owned() }
}

/// Two columns of one title are two columns: the second is called `title_2`.
fn unlike_others(name: String, taken: &mut HashSet<String>) -> String {
    let mut own = name.clone();
    let mut number = 2;
    while !taken.insert(own.clone()) {
        own = format!("{name}_{number}");
        number += 1;
    }
    own
}

fn hint(column: &str, headers: &[String]) -> String {
    nearest(column, headers.iter().map(String::as_str)).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default()
}

fn no_email_hint(headers: &[String]) -> String {
    if headers.iter().any(|h| h.contains('@')) {
        return "; the first row looks like data: add a header row".to_owned();
    }
    let names: Vec<&str> = ALIASES
        .iter()
        .take(1)
        .flat_map(|(name, aliases)| std::iter::once(*name).chain(aliases.iter().copied()))
        .collect();
    let near = headers.iter().find(|h| nearest(&fold_words(h), names.iter().copied()).is_some());
    match near {
        Some(header) => format!("; did you mean `{header}`? Then say --map \"{header}=email\""),
        None => {
            let shown: Vec<String> =
                headers.iter().take(12).map(|h| format!("`{}`", h.chars().take(40).collect::<String>())).collect();
            format!("; the columns are {}; name the right one with --map COLUMN=email", shown.join(", "))
        }
    }
}

#[cfg(test)]
mod tests;
