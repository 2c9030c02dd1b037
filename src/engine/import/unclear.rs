//! What an import leaves to a person: distinct values nobody could read, and rows that look wrong.
//!
//! Everything here is bounded: what goes beyond is counted as left out. Answers given to an earlier review are heeded on the
//! way, so that what is left is what is still open.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::answers::{Answers, Mend, Mending, RowAnswer};
use crate::domain::address::fold_case;
use crate::domain::contact::{Contact, Country, Kind};
use crate::domain::date::DateOrder;
use crate::domain::decisions::{Asked, Decided, fold_value};
use crate::domain::geography::CountryCode;
use crate::domain::keys::{AddressKey, RowKey};
use crate::domain::language::LanguageTag;
use crate::domain::mailbox::{Why, proposed_kind};
use crate::domain::person_name::is_somebody_else;
use crate::engine::letter::title_contradicts_gender;
use crate::engine::ports::SettledRow;

use super::report::Refusal;

/// Distinct values kept; real files have some hundreds.
const MOST_VALUES: usize = 10_000;
/// Rows kept for a person.
const MOST_ROWS: usize = 50_000;
/// Different witnesses of one sort that are counted for a value.
const MOST_WITNESSES: usize = 50;
/// Dates told of a column.
const EXAMPLES_TOLD: usize = 3;
/// First lines told of a value.
const LINES_TOLD: usize = 5;
/// Mailboxes whose names are remembered, to notice two people on one.
const MOST_MAILBOXES: usize = 1_000_000;
/// Contacts whose language would be mended by one answer.
const MOST_OF_DEFAULT: usize = 500_000;

/// What the rows with a value say besides, with the number of rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Country-code top-level domains, without the dot.
    pub domains: BTreeMap<String, u64>,
    /// Time zones.
    pub zones: BTreeMap<String, u64>,
    /// Languages.
    pub languages: BTreeMap<String, u64>,
    /// Dates of the column that show an order by themselves.
    pub orders: BTreeMap<&'static str, u64>,
    /// Dates of the column that do not.
    pub examples: Vec<String>,
}

/// One distinct value that nobody could read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnclearValue {
    /// What it is about.
    pub asked: Asked,
    /// As first written.
    pub value: String,
    /// Cells that say so.
    pub count: u64,
    /// The first lines.
    pub lines: Vec<u64>,
    /// What their rows say besides.
    pub evidence: Evidence,
}

/// Why a row needs a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// It was refused.
    Refused,
    /// Nobody's name.
    NoName,
    /// The title says another gender than the gender column.
    TitleAgainstGender,
    /// The address looks like an office's or a list's, and nobody said so.
    Office,
    /// Another row has another name at the same address.
    TwoPeople,
    /// A language that so many contacts of one country say that it looks like a default.
    DefaultLanguage,
}

/// One row that needs a person.
#[derive(Clone, PartialEq, Eq)]
pub struct UnclearRow {
    /// Why.
    pub ask: Ask,
    /// Line, column and value, and the reason in words.
    pub what: Refusal,
    /// Address as written; empty where it is the value.
    pub email: String,
    /// The contacts it is about, where there are any.
    pub keys: Vec<AddressKey>,
    /// A likely answer; may be empty.
    pub suggestion: String,
}

impl std::fmt::Debug for UnclearRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnclearRow").field("ask", &self.ask).field("line", &self.what.line).finish_non_exhaustive()
    }
}

/// Everything an import leaves to a person, and what came of earlier answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unclear {
    /// Distinct values, in the order in which they came.
    pub values: Vec<UnclearValue>,
    /// Rows, in the order of lines.
    pub rows: Vec<UnclearRow>,
    /// Values and rows beyond what is kept.
    pub left_out: u64,
    /// Rows about mailboxes beyond those that are remembered: two people on one of them go unnoticed.
    pub unwatched: u64,
    /// Corrections that the answers ask for, to be made once the rows are in.
    pub mendings: Vec<Mending>,
    /// Answers that cannot be used: place and complaint.
    pub faults: Vec<(String, String)>,
    /// Places of answers that were heeded.
    pub heeded: HashSet<String>,
    /// Answers about whole rows, to be remembered.
    pub settled: Vec<SettledRow>,
}

/// Gathers what is unclear, while rows are read.
pub(super) struct Collector<'a> {
    /// Answers of an earlier review; where there are none, rows are not looked at and only values are gathered.
    answers: Option<&'a Answers>,
    found: Unclear,
    places: HashMap<(Asked, String), usize>,
    orders: HashMap<String, BTreeMap<&'static str, u64>>,
    mailboxes: HashMap<AddressKey, FirstRow>,
    /// Mailboxes that are remembered at most.
    most_mailboxes: usize,
    languages: HashMap<(CountryCode, LanguageTag), Speakers>,
    by_country: HashMap<CountryCode, u64>,
}

/// The first row about a mailbox.
struct FirstRow {
    line: u64,
    name: String,
    /// The contact as that row has it, where an answer may ask for it.
    contact: Option<Box<Contact>>,
}

/// Contacts of a country that say the same language, which is none of its own.
struct Speakers {
    line: u64,
    keys: Vec<AddressKey>,
    count: u64,
}

impl<'a> Collector<'a> {
    pub(super) fn new(answers: Option<&'a Answers>) -> Self {
        Self {
            answers,
            found: Unclear::default(),
            places: HashMap::new(),
            orders: HashMap::new(),
            mailboxes: HashMap::new(),
            most_mailboxes: MOST_MAILBOXES,
            languages: HashMap::new(),
            by_country: HashMap::new(),
        }
    }

    /// An answer to a value that the settings leave unclear.
    pub(super) fn answer_to(&self, asked: Asked, value: &str) -> Option<&'a Decided> {
        self.answers?.values.get(&(asked, group_of(asked, value)))
    }

    /// Notes a value nobody could read; `domain`, `zone` and `language` are what else its row says.
    pub(super) fn value(&mut self, asked: Asked, value: &str, line: u64, (domain, zone, language): (&str, &str, &str)) {
        let key = (asked, group_of(asked, value));
        if self.answers.is_some_and(|answers| answers.skipped.contains(&key)) {
            return;
        }
        let index = match self.places.get(&key) {
            Some(index) => *index,
            None if self.found.values.len() >= MOST_VALUES => {
                self.found.left_out += 1;
                return;
            }
            None => {
                let value = value.trim().to_owned();
                let evidence = Evidence::default();
                self.found.values.push(UnclearValue { asked, value, count: 0, lines: Vec::new(), evidence });
                self.places.insert(key, self.found.values.len() - 1);
                self.found.values.len() - 1
            }
        };
        let Some(known) = self.found.values.get_mut(index) else { return };
        known.count += 1;
        if known.lines.len() < LINES_TOLD {
            known.lines.push(line);
        }
        let top = domain.rsplit('.').next().filter(|top| top.len() == 2).unwrap_or("");
        witness(&mut known.evidence.domains, &top.to_ascii_lowercase());
        witness(&mut known.evidence.zones, zone.trim());
        witness(&mut known.evidence.languages, language.trim());
    }

    /// Notes a date of a column whose order is open.
    pub(super) fn ambiguous_date(&mut self, header: &str, cell: &str, line: u64) {
        self.value(Asked::DateOrder, header, line, ("", "", ""));
        let index = self.places.get(&(Asked::DateOrder, group_of(Asked::DateOrder, header)));
        if let Some(known) = index.and_then(|index| self.found.values.get_mut(*index)) {
            let examples = &mut known.evidence.examples;
            if examples.len() < EXAMPLES_TOLD && !examples.iter().any(|known| known == cell) {
                examples.push(cell.chars().take(30).collect());
            }
        }
    }

    /// Notes the order a date of a column shows by itself.
    pub(super) fn date(&mut self, header: &str, cell: &str) {
        if !self.looks_at_rows() {
            return;
        }
        if let Some(order) = DateOrder::shown_by(cell) {
            let orders = self.orders.entry(fold_value(header)).or_default();
            *orders.entry(order.as_str()).or_default() += 1;
        }
    }

    /// Whether rows are looked at too.
    pub(super) fn looks_at_rows(&self) -> bool {
        self.answers.is_some()
    }

    /// Answers to cells of a line that are to be read instead of what stands there; `skip` leaves the whole row out.
    pub(super) fn answers_at(&self, line: u64) -> &'a [RowAnswer] {
        self.answers.and_then(|answers| answers.rows.get(&line)).map_or(&[], Vec::as_slice)
    }

    /// Remembers that an answer was heeded.
    pub(super) fn heeded(&mut self, answer: &RowAnswer) {
        self.found.heeded.insert(answer.place.clone());
    }

    /// Remembers that an answer cannot be used.
    pub(super) fn fault(&mut self, answer: &RowAnswer, why: impl Into<String>) {
        self.found.faults.push((answer.place.clone(), why.into()));
    }

    /// Remembers what somebody said about a whole row.
    pub(super) fn settled(&mut self, row: RowKey, mailbox: Option<AddressKey>) {
        self.found.settled.push((row, mailbox));
    }

    /// Notes a refused row.
    pub(super) fn refused(&mut self, refusal: &Refusal, email: &str) {
        if self.looks_at_rows() {
            let email = if email == refusal.value { "" } else { email };
            self.keep(Ask::Refused, refusal.clone(), email, Vec::new(), String::new());
        }
    }

    fn keep(&mut self, ask: Ask, what: Refusal, email: &str, keys: Vec<AddressKey>, suggestion: String) {
        if self.found.rows.len() < MOST_ROWS {
            self.found.rows.push(UnclearRow { ask, what, email: email.to_owned(), keys, suggestion });
        } else {
            self.found.left_out += 1;
        }
    }

    /// The answer to a row's column, where its old value still stands there.
    fn answer_about(&mut self, what: &Refusal) -> Option<&'a RowAnswer> {
        let answer = self.answers_at(what.line).iter().find(|a| a.column == what.column)?;
        if !answer.is_about(&what.value) {
            return None;
        }
        self.heeded(answer);
        Some(answer)
    }

    /// Looks at who a row is about. `header` gives the header of the column that feeds a field.
    pub(super) fn person<'h>(
        &mut self,
        line: u64,
        contact: &Contact,
        header: impl Fn(&'static str) -> &'h str,
        has_names: bool,
    ) {
        if !self.looks_at_rows() {
            return;
        }
        self.language_of(line, contact);
        if contact.stated_kind.is_some_and(|kind| kind != Kind::Person) {
            return;
        }
        let email = contact.address.to_string();
        if let Some((kind, why @ (Why::RoleName | Why::ListServer))) = proposed_kind(contact) {
            let what = Refusal::new(line, header("kind"), "", format!("{why}: who reads it?"));
            let suggestion = if kind == Kind::List { "`list`, or `person`" } else { "`shared`, or `person`" };
            self.ask(Ask::Office, what, &email, contact, suggestion, Mend::reading_it);
            return;
        }
        let name = contact.full_name();
        if name.is_empty() && has_names {
            let what = Refusal::new(line, header("name"), "", "nobody's name: a letter could only say `colleague`");
            self.ask(Ask::NoName, what, &email, contact, "the name, or `shared`", Mend::naming);
        }
        if title_contradicts_gender(contact) {
            let value = format!("{} / {}", contact.title, contact.gender);
            let reason = "the title says another gender than the gender column; the title is left out of letters";
            let what = Refusal::new(line, header("gender"), &value, reason);
            self.ask(
                Ask::TitleAgainstGender,
                what,
                &email,
                contact,
                "the right gender, or the right title",
                Mend::addressing,
            );
        }
        if !name.is_empty() {
            self.mailbox(line, contact, name, header("email"));
        }
    }

    fn ask(
        &mut self,
        ask: Ask,
        what: Refusal,
        email: &str,
        contact: &Contact,
        suggestion: &str,
        read: fn(&str) -> Result<Option<Mend>, String>,
    ) {
        if let Some(answer) = self.answer_about(&what) {
            match read(&answer.text) {
                Ok(Some(mend)) => self.found.mendings.push(Mending { keys: vec![contact.key], mend }),
                Ok(None) => {}
                Err(why) => self.fault(answer, why),
            }
            return;
        }
        self.keep(ask, what, email, vec![contact.key], suggestion.to_owned());
    }

    fn mailbox(&mut self, line: u64, contact: &Contact, name: String, header: &str) {
        let first = match self.mailboxes.get(&contact.key) {
            Some(first) => first,
            None => {
                if self.mailboxes.len() >= self.most_mailboxes {
                    self.found.unwatched += 1;
                } else {
                    let wanted =
                        self.answers.is_some_and(|a| a.mailboxes.contains(&fold_case(&contact.address.to_string())));
                    let contact_kept = wanted.then(|| Box::new(contact.clone()));
                    self.mailboxes.insert(contact.key, FirstRow { line, name, contact: contact_kept });
                }
                return;
            }
        };
        if !is_somebody_else(&first.name, &name) {
            return;
        }
        let email = contact.address.to_string();
        let value = format!("{} / {name}", first.name);
        let reason = format!("line {} has the same address and another name", first.line);
        let whole = first.contact.clone();
        let what = Refusal::new(line, header, &value, reason);
        let Some(answer) = self.answer_about(&what) else {
            let suggestion = "`shared`, `skip` (keep the first name), `keep` (this one), or this person's own address";
            self.keep(Ask::TwoPeople, what, &email, vec![contact.key], suggestion.to_owned());
            return;
        };
        let key = contact.key;
        match Mend::sharing(&answer.text, whole) {
            Ok(Some(mend)) => self.found.mendings.push(Mending { keys: vec![key], mend }),
            Ok(None) => {}
            Err(why) => self.fault(answer, why),
        }
    }

    /// A row left a mailbox for one of its own: the first row's names hold for the old one.
    pub(super) fn moved_away(&mut self, from: AddressKey) {
        if let Some(first) = self.mailboxes.get(&from).and_then(|first| first.contact.clone()) {
            self.found.mendings.push(Mending { keys: vec![from], mend: Mend::NamesOf(first) });
        }
    }

    fn language_of(&mut self, line: u64, contact: &Contact) {
        let (Country::Known(code), Some(language)) = (&contact.country, &contact.language) else { return };
        *self.by_country.entry(*code).or_default() += 1;
        let official = &code.record().official_languages;
        if official.is_empty() || official.iter().any(|own| own.split('-').next() == Some(language.base().as_str())) {
            return;
        }
        let speakers = self.languages.entry((*code, language.clone())).or_insert_with(|| Speakers {
            line,
            keys: Vec::new(),
            count: 0,
        });
        speakers.count += 1;
        if speakers.keys.len() < MOST_OF_DEFAULT {
            speakers.keys.push(contact.key);
        }
    }

    /// Everything found, once the file is read. `language` is the header of the column with languages.
    pub(super) fn conclude(mut self, language: &str) -> Unclear {
        let mut languages: Vec<_> = std::mem::take(&mut self.languages).into_iter().collect();
        languages.sort_by_key(|(_, speakers)| speakers.line);
        for ((country, tag), speakers) in languages {
            self.default_language(country, &tag, speakers, language);
        }
        for value in self.found.values.iter_mut().filter(|value| value.asked == Asked::DateOrder) {
            value.evidence.orders = self.orders.get(&fold_value(&value.value)).cloned().unwrap_or_default();
        }
        self.found.rows.sort_by_key(|row| row.what.line);
        self.found
    }

    /// Five contacts, and half of all in that country: fewer may be people who chose so.
    fn default_language(&mut self, country: CountryCode, tag: &LanguageTag, speakers: Speakers, header: &str) {
        let all = self.by_country.get(&country).copied().unwrap_or(0);
        if speakers.count < 5 || speakers.count * 2 < all {
            return;
        }
        let record = country.record();
        let reason = format!(
            "{} of {all} contacts in {} say `{tag}`, which is no official language there: perhaps a form's default; the answer \
             is for all of them",
            speakers.count, record.name
        );
        let what = Refusal::new(speakers.line, header, tag.as_str(), reason);
        let suggestion = record.official_languages.iter().map(String::as_str).chain(["`keep`"]).collect::<Vec<_>>();
        let Some(answer) = self.answer_about(&what) else {
            self.keep(Ask::DefaultLanguage, what, "", speakers.keys, suggestion.join(", "));
            return;
        };
        match Mend::speaking(&answer.text) {
            Ok(Some(mend)) => self.found.mendings.push(Mending { keys: speakers.keys, mend }),
            Ok(None) => {}
            Err(why) => self.fault(answer, why),
        }
    }
}

/// Values that are asked about as one: those that one decision will cover.
pub fn group_of(asked: Asked, value: &str) -> String {
    match asked {
        Asked::Country => fold_case(&value.split_whitespace().collect::<Vec<_>>().join(" ")),
        _ => fold_value(value),
    }
}

fn witness(counts: &mut BTreeMap<String, u64>, what: &str) {
    if what.is_empty() {
        return;
    }
    if let Some(count) = counts.get_mut(what) {
        *count += 1;
    } else if counts.len() < MOST_WITNESSES {
        counts.insert(what.chars().take(60).collect(), 1);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test that cannot go on must end

    use super::*;
    use crate::domain::address::EmailAddress;

    #[test]
    fn rows_about_mailboxes_beyond_those_remembered_are_counted() {
        let answers = Answers::default();
        let mut collector = Collector { most_mailboxes: 2, ..Collector::new(Some(&answers)) };
        for (line, number, name) in [
            (2, 1, "Ada Example"),
            (3, 2, "Ben Sample"),
            (4, 3, "Chen Example"),
            (5, 1, "Dia Other"),
            (6, 3, "Eli Else"),
        ] {
            let address = EmailAddress::parse(&format!("p{number}@example.org")).unwrap();
            let bare = Contact::bare(format!("c{number}"), AddressKey([number; 16]), address);
            collector.person(line, &Contact { name: name.to_owned(), ..bare }, |field| field, true);
        }
        let unclear = collector.conclude("language");
        let lines: Vec<u64> = unclear.rows.iter().map(|row| row.what.line).collect();
        assert_eq!((lines, unclear.unwatched), (vec![5], 2));
    }
}
