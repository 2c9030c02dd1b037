//! A value that a person gives a field: read by the parsers that import reads cells with, but strictly. What import would
//! leave open with a note is an error here, since somebody is there to be asked.

use std::collections::BTreeSet;

use crate::domain::cleaning::{Finding, LONGEST_TEXT, clean};
use crate::domain::columns::{Subject, field_named, is_field};
use crate::domain::contact::{Contact, Country, Gender, Kind, Role, Stakeholder};
use crate::domain::contact_field::FIELDS;
use crate::domain::date::{DateCell, read_date};
use crate::domain::decisions::{Asked, Decided, Decisions};
use crate::domain::geography::{Evidence, Region, resolve};
use crate::domain::mailbox::MOST_NAMES;
use crate::domain::suggestion::{did_you_mean, nearest_or_all};
use crate::domain::vocabulary::{fold_words, kind, role};

/// What a person's word for a field stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The address: changing it is an address change.
    Address,
    /// A field of [`FIELDS`] or a custom column.
    Field(String),
}

/// Why a field cannot have a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field, as given.
    pub field: String,
    /// What is wrong, without the value where that is personal.
    pub message: String,
    /// What to do; may be empty.
    pub help: String,
}

impl std::fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: {}", self.field, self.message)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "; {}", self.help) }
    }
}

fn problem(field: &str, message: impl Into<String>, help: impl Into<String>) -> FieldProblem {
    FieldProblem { field: field.to_owned(), message: message.into(), help: help.into() }
}

/// The field a person names: by its canonical name or by any header import knows for it; a custom column by its name where
/// some contact has it (`columns`), or as `custom:NAME`.
///
/// # Errors
/// An unknown name, with the nearest known one; an opt-out, which is no field; a column called like a field.
pub fn target(name: &str, columns: &BTreeSet<String>) -> Result<Target, FieldProblem> {
    if let Some(custom) = name.strip_prefix("custom:").map(fold_words) {
        if custom.is_empty() {
            return Err(problem(name, "the column has no name", "write it as `custom:NAME=…`"));
        }
        // An export would hold two columns of this name, and import would refuse it.
        if is_field(&custom) {
            let help = format!("write `{custom}=…`, or choose another name");
            return Err(problem(name, "every contact has a field of this name", help));
        }
        return Ok(Target::Field(custom));
    }
    let folded = fold_words(name);
    if columns.contains(&folded) && !is_field(&folded) {
        return Ok(Target::Field(folded));
    }
    match field_named(&folded, Subject::Contacts) {
        Some("email") => Ok(Target::Address),
        Some("unsubscribed") => Err(problem(
            name,
            "an opt-out is no field of a contact, and cannot be lifted here",
            "`convoke opt-out add ADDRESS` records one",
        )),
        // Import reads names and codes of countries from columns of their own; here they are one field.
        Some("country_code") => Ok(Target::Field("country".to_owned())),
        Some(known) if FIELDS.contains(&known) => Ok(Target::Field(known.to_owned())),
        _ => {
            let known = FIELDS.iter().copied().chain(["email"]).chain(columns.iter().map(String::as_str));
            let help = match did_you_mean(&folded, known) {
                near if near.is_empty() => format!("for a new column of your own write `custom:{folded}=…`"),
                near => near,
            };
            Err(problem(name, "no contact has such a field", help))
        }
    }
}

/// Gives a field of [`FIELDS`] or a custom column the value that a text means; an empty text erases.
///
/// # Errors
/// A value outside a vocabulary, with the nearest word; a country, language or date that cannot be read; a text that is too
/// long or holds nothing that could stand in a letter.
pub fn assign(contact: &mut Contact, field: &str, text: &str, decisions: &Decisions) -> Result<(), FieldProblem> {
    let text = cleaned(field, text)?;
    match field {
        "kind" => {
            let read = |text: &str| kind(text).map(Some);
            contact.stated_kind = or_word(field, &text, read, None, words(Kind::ALL, Kind::as_str))?;
        }
        "role" => {
            let read = |text: &str| role(text).map(Some);
            contact.role = or_word(field, &text, read, None, words(Role::ALL, Role::as_str))?;
        }
        "other_names" => contact.other_names = several_names(&text),
        "gender" => {
            let meant = answer(Asked::Gender, field, &text, decisions)?;
            contact.gender = if let Some(Decided::Gender(gender)) = meant { gender } else { Gender::Unknown };
        }
        "stakeholder_group" => {
            let meant = answer(Asked::StakeholderGroup, field, &text, decisions)?;
            contact.stakeholder =
                if let Some(Decided::Stakeholder(group)) = meant { group } else { Stakeholder::Unknown };
        }
        "tier" => {
            let meant = answer(Asked::Tier, field, &text, decisions)?;
            contact.stated_tier = if let Some(Decided::Tier(tier)) = meant { Some(tier) } else { None };
        }
        "language" => {
            let meant = answer(Asked::Language, field, &text, decisions)?;
            contact.language = if let Some(Decided::Language(tag)) = meant { Some(tag) } else { None };
        }
        "country" => contact.country = country(field, &text, decisions)?,
        "region" => {
            let read = |text: &str| Region::parse(text).map(Some);
            contact.stated_region = or_word(field, &text, read, None, words(Region::ALL, Region::as_str))?;
        }
        "tags" => contact.tags = tags(&text),
        "obtained_on" => contact.obtained_on = date(field, &text)?,
        "title" => contact.title = text,
        "given_name" => contact.given_name = text,
        "family_name" => contact.family_name = text,
        "name" => contact.name = text,
        "organisation" => contact.organisation = text,
        "position" => contact.position = text,
        "time_zone" => contact.time_zone = text,
        "source" => contact.source = text,
        "basis" => contact.basis = text,
        "purpose" => contact.purpose = text,
        custom if text.is_empty() => {
            contact.custom.remove(custom);
        }
        custom => {
            contact.custom.insert(custom.to_owned(), text);
        }
    }
    Ok(())
}

/// Tags of a cell, each once.
pub fn tags(cell: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for part in cell.split([';', ',', '|']).flat_map(|part| part.split(" ::: ")) {
        // Mailchimp quotes each of its tags; Google parts labels by `:::` and puts a star before its own.
        let part = part.trim();
        let tag = part.strip_prefix("* ").unwrap_or(part).trim_matches('"').trim();
        if tag.is_empty() {
            continue;
        }
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

/// Names of a cell, each once.
pub fn several_names(cell: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in cell.split(';').map(str::trim).filter(|n| !n.is_empty()).take(MOST_NAMES) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn cleaned(field: &str, text: &str) -> Result<String, FieldProblem> {
    let (clean, findings) = clean(text);
    if findings.contains(&Finding::FunctionCall) {
        return Err(problem(field, Finding::FunctionCall.as_str(), "write the value itself"));
    }
    if clean.chars().nth(LONGEST_TEXT).is_some() {
        return Err(problem(field, format!("longer than {LONGEST_TEXT} characters"), ""));
    }
    Ok(clean.into_owned())
}

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|value| word(*value)).collect()
}

/// A word of a vocabulary, as import knows it; nothing for an empty text.
fn or_word<T>(
    field: &str,
    text: &str,
    read: impl FnOnce(&str) -> Option<T>,
    nothing: T,
    known: Vec<&'static str>,
) -> Result<T, FieldProblem> {
    if text.is_empty() {
        return Ok(nothing);
    }
    let help = || nearest_or_all(text, known.iter().copied());
    read(text).ok_or_else(|| problem(field, format!("no such value: `{text}`"), help()))
}

/// What a text means: as the settings decided, else as an answer to the question.
fn answer(asked: Asked, field: &str, text: &str, decisions: &Decisions) -> Result<Option<Decided>, FieldProblem> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(decided) = decisions.of(asked, text) {
        return Ok(Some(decided.clone()));
    }
    Decided::answer(asked, text).map(Some).map_err(|message| problem(field, message, ""))
}

/// A person was asked: what the rest of the row says is no evidence against the answer.
fn country(field: &str, text: &str, decisions: &Decisions) -> Result<Country, FieldProblem> {
    if text.is_empty() {
        return Ok(Country::Missing);
    }
    if let Country::Known(code) = resolve(text, "", &Evidence::default(), decisions.countries()).country {
        return Ok(Country::Known(code));
    }
    match answer(Asked::Country, field, text, decisions)? {
        Some(Decided::Country(code)) => Ok(Country::Known(code)),
        _ => Ok(Country::Missing),
    }
}

fn date(field: &str, text: &str) -> Result<String, FieldProblem> {
    if text.is_empty() {
        return Ok(String::new());
    }
    match read_date(text) {
        DateCell::Day(date) => Ok(date.to_string()),
        DateCell::Ambiguous => Err(problem(field, "day and month may be either way round", "write it as 2026-03-31")),
        DateCell::Unreadable => Err(problem(field, "this is no date", "write it as 2026-03-31")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::EmailAddress;
    use crate::domain::keys::AddressKey;

    fn ada() -> Contact {
        Contact::bare("c1".to_owned(), AddressKey([1; 16]), EmailAddress::parse("ada@example.org").unwrap())
    }

    #[test]
    fn values_are_read_as_import_reads_them() {
        let decisions = Decisions::default();
        for (field, text, stored) in [
            ("kind", "Shared", "shared"),
            ("gender", "femme", "female"),
            ("stakeholder_group", "ONG", "Civil Society"),
            ("tier", "field", "field"),
            ("region", "grulac", "GRULAC"),
            ("language", "Français", "fr"),
            ("country", "Kenya", "KE"),
            ("country", "ke", "KE"),
            ("tags", "a, b;a", "a; b"),
            ("obtained_on", "31.3.2026", "2026-03-31"),
            ("organisation", "  Ministry\r\nof  Posts ", "Ministry of Posts"),
            ("dietary", "vegan", "vegan"),
            ("kind", "", ""),
            ("role", "NRI", "nri"),
            ("other_names", "Ada Sample; Grace Example;", "Ada Sample; Grace Example"),
            ("gender", "", "unknown"),
            ("country", "", ""),
            ("dietary", "", ""),
        ] {
            let mut contact = ada();
            assign(&mut contact, field, text, &decisions).unwrap();
            assert_eq!(contact.text_of(field), stored, "{field}={text}");
        }
    }

    #[test]
    fn what_import_would_leave_open_is_asked_back() {
        for (field, text, message) in [
            ("stakeholder_group", "Civl Society", "did you mean `Civil Society`?"),
            ("tier", "feild", "did you mean `field`?"),
            ("gender", "xx", "it is one of `female`, `male`, `other`, `unknown`"),
            ("country", "Congo", "did you mean CG (Congo) or CD (DR Congo)?"),
            ("country", "Atlantis", "no country"),
            ("language", "zzzzzzzzzz", "is no language"),
            ("obtained_on", "03/04/2026", "either way round"),
            ("name", "=HYPERLINK(\"http://example.org\")", "formula"),
        ] {
            let problem = assign(&mut ada(), field, text, &Decisions::default()).unwrap_err();
            assert!(problem.to_string().contains(message), "{problem}");
        }
    }

    #[test]
    fn fields_are_known_by_the_headers_import_knows() {
        let columns = BTreeSet::from(["dietary".to_owned()]);
        let field = |name: &str| Ok(Target::Field(name.to_owned()));
        assert_eq!(target("Prénom", &columns), field("given_name"));
        assert_eq!(target("stakeholder_group", &columns), field("stakeholder_group"));
        assert_eq!(target("iso3", &columns), field("country"));
        assert_eq!(target("Dietary", &columns), field("dietary"));
        assert_eq!(target("custom:Shoe size", &columns), field("shoe_size"));
        assert_eq!(target("E-Mail", &columns), Ok(Target::Address));
        for (name, words) in [
            ("organistion", "did you mean `organisation`?"),
            ("dietry", "did you mean `dietary`?"),
            ("shoe size", "custom:shoe_size="),
            ("custom:", "write it as `custom:NAME=…`"),
            ("custom:Email", "every contact has a field"),
            ("custom:organisation", "write `organisation=…`"),
            ("unsubscribed", "opt-out add"),
        ] {
            assert!(target(name, &columns).unwrap_err().to_string().contains(words), "{name}");
        }
    }
}
