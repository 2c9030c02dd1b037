//! Answers to an earlier review, and what they ask for.

use std::collections::{HashMap, HashSet};

use crate::domain::cleaning::{LONGEST_TEXT, clean};
use crate::domain::contact::{Contact, Gender, Kind};
use crate::domain::decisions::{Asked, Decided};
use crate::domain::keys::AddressKey;
use crate::domain::language::LanguageTag;
use crate::domain::vocabulary::{fold_words, gender, kind};

/// Answers of a review that belong to one file.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// What values mean in this file where the settings leave them unclear, by [`super::unclear::group_of`].
    pub values: HashMap<(Asked, String), Decided>,
    /// Values to be left as they are.
    pub skipped: HashSet<(Asked, String)>,
    /// Answers by line.
    pub rows: HashMap<u64, Vec<RowAnswer>>,
    /// Folded addresses that answers name: of these the first row is kept whole.
    pub mailboxes: HashSet<String>,
    /// They are applied to a file that was imported before: rows that change nothing write nothing.
    pub are_applied: bool,
}

/// An answer about one cell of a row.
#[derive(Clone, PartialEq, Eq)]
pub struct RowAnswer {
    /// Header of the column.
    pub column: String,
    /// What stood there when it was asked.
    pub value: String,
    /// The answer.
    pub text: String,
    /// Where it stands: `fix.xlsx:Rows:4`.
    pub place: String,
}

impl std::fmt::Debug for RowAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowAnswer").field("place", &self.place).finish_non_exhaustive()
    }
}

/// What an answer says about a whole row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Leave it out.
    Skip,
    /// It is right as it is.
    Keep,
    /// It cannot be known.
    Unknown,
}

impl Word {
    /// The word an answer is, if it is one.
    pub fn read(text: &str) -> Option<Self> {
        match fold_words(text).as_str() {
            "skip" | "ignore" | "skip_row" | "skip_this_row" | "leave_out" | "delete" => Some(Word::Skip),
            "keep" | "ok" | "same" | "same_person" | "right" | "correct" => Some(Word::Keep),
            "unknown" => Some(Word::Unknown),
            _ => None,
        }
    }
}

impl RowAnswer {
    /// Whether the row still says what it said. Blanks do not count, nor what no workbook can hold.
    pub fn is_about(&self, value: &str) -> bool {
        let words = |text: &str| {
            let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        words(&self.value) == words(value)
    }
}

/// A correction that an answer asks for.
#[derive(Clone, PartialEq, Eq)]
pub struct Mending {
    /// The mailboxes of the contacts.
    pub keys: Vec<AddressKey>,
    /// What changes.
    pub mend: Mend,
}

impl std::fmt::Debug for Mending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mending").field("contacts", &self.keys.len()).finish_non_exhaustive()
    }
}

/// What a correction changes.
#[derive(Clone, PartialEq, Eq)]
pub enum Mend {
    /// The name.
    Name(String),
    /// Who reads the mailbox.
    Kind(Kind),
    /// The gender.
    Gender(Gender),
    /// The title.
    Title(String),
    /// The language; `None` where it is not known.
    Language(Option<LanguageTag>),
    /// Title, names and gender of the first row about the mailbox.
    NamesOf(Box<Contact>),
}

type Reading = Result<Option<Mend>, String>;

impl Mend {
    /// An answer to a row without a name.
    pub(super) fn naming(text: &str) -> Reading {
        if let Some(kind) = kind(text).filter(|kind| *kind != Kind::Person) {
            return Ok(Some(Mend::Kind(kind)));
        }
        match Word::read(text) {
            Some(_) => Ok(None),
            None if text.contains('@') => Err(format!("`{text}` is an address, and a name is asked for")),
            None => Ok(Some(Mend::Name(sound_text(text)?))),
        }
    }

    /// An answer to a title that contradicts the gender: the right one of either.
    pub(super) fn addressing(text: &str) -> Reading {
        match (Word::read(text), gender(text)) {
            (Some(Word::Keep | Word::Skip), _) => Ok(None),
            (_, Some(gender)) => Ok(Some(Mend::Gender(gender))),
            _ if text.chars().count() > 40 => Err("this is neither a gender nor a title".to_owned()),
            _ => Ok(Some(Mend::Title(sound_text(text)?))),
        }
    }

    /// An answer to an address that looks like an office's or a list's.
    pub(super) fn reading_it(text: &str) -> Reading {
        match (kind(text), Word::read(text)) {
            (Some(kind), _) => Ok(Some(Mend::Kind(kind))),
            (_, Some(Word::Keep)) => Ok(Some(Mend::Kind(Kind::Person))),
            (_, Some(_)) => Ok(None),
            _ => Err(format!("`{text}` is none of `shared`, `person`, `organisation`, `list`")),
        }
    }

    /// An answer to two people on one address; `first` is the first of them.
    pub(super) fn sharing(text: &str, first: Option<Box<Contact>>) -> Reading {
        if let Some(kind) = kind(text) {
            return Ok(Some(Mend::Kind(kind)));
        }
        match Word::read(text) {
            Some(Word::Skip) => Ok(first.map(Mend::NamesOf)),
            // Two names of one person.
            Some(Word::Keep) => Ok(Some(Mend::Kind(Kind::Person))),
            _ => Err(format!("`{text}` is none of `shared`, `skip`, `keep`, nor an address of this person's own")),
        }
    }

    /// An answer to a suspicious language.
    pub(super) fn speaking(text: &str) -> Reading {
        match Word::read(text) {
            Some(Word::Keep | Word::Skip) => Ok(None),
            Some(Word::Unknown) => Ok(Some(Mend::Language(None))),
            None => match LanguageTag::read(text) {
                Some(tag) => Ok(Some(Mend::Language(Some(tag)))),
                None => Err(format!("`{text}` is no language; write a tag such as `fr`, its name, or `keep`")),
            },
        }
    }

    /// Makes the change; gives the names of the fields it decides.
    pub fn apply(&self, contact: &mut Contact) -> &'static [&'static str] {
        match self {
            Mend::Name(name) => {
                contact.name.clone_from(name);
                &["name"]
            }
            Mend::Kind(kind) => {
                contact.stated_kind = Some(*kind);
                &["kind"]
            }
            Mend::Gender(gender) => {
                contact.gender = *gender;
                &["gender"]
            }
            Mend::Title(title) => {
                contact.title.clone_from(title);
                &["title"]
            }
            Mend::Language(tag) => {
                contact.language.clone_from(tag);
                &["language"]
            }
            Mend::NamesOf(first) => {
                contact.title.clone_from(&first.title);
                contact.given_name.clone_from(&first.given_name);
                contact.family_name.clone_from(&first.family_name);
                contact.name.clone_from(&first.name);
                contact.gender = first.gender;
                contact.other_names.clear();
                &["title", "given_name", "family_name", "name", "gender", "other_names"]
            }
        }
    }
}

fn sound_text(text: &str) -> Result<String, String> {
    let (text, _) = clean(text);
    if text.is_empty() {
        return Err("nothing that could stand in a letter".to_owned());
    }
    if text.chars().nth(LONGEST_TEXT).is_some() {
        return Err(format!("longer than {LONGEST_TEXT} characters"));
    }
    Ok(text.into_owned())
}
