//! Reading the cells of one row into values, with notes about what had to be cleaned or left open.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Import;
use super::report::{Refusal, Report};
use super::settled::SettledRows;
use super::unclear::Collector;
use crate::domain::address::EmailAddress;
use crate::domain::cleaning::{LONGEST_TEXT, clean, without_guard};
use crate::domain::columns::{Columns, Field};
use crate::domain::contact::{Contact, Country, Gender, Stakeholder, Tier};
use crate::domain::date::{DateCell, read_date, read_date_in};
use crate::domain::decisions::{Asked, Decided, Decisions};
use crate::domain::geography::{Evidence, How, Region, Resolution, resolve};
use crate::domain::keys::Keyring;
use crate::domain::language::LanguageTag;
use crate::domain::not_given::{is_denied, is_no_name, is_not_given, leaves_gaps_as_na};
use crate::domain::suppression::{EVERYTHING, Reason, Suppression};
use crate::domain::table::Record;
use crate::domain::vocabulary::{fold_words, gender, stakeholder, tier, yes_or_no};

/// Unknown names remembered with their suggestion: the search for the nearest of 7,000 names is slow.
const MOST_UNKNOWN: usize = 10_000;

/// Turns cells into values.
pub(super) struct Reading<'a> {
    pub(super) columns: &'a Columns,
    pub(super) keyring: &'a Keyring,
    pub(super) options: &'a super::ImportOptions,
    decisions: &'a Decisions,
    now: Timestamp,
    places: HashMap<&'static str, usize>,
    unknown: HashMap<(String, String), Resolution>,
    /// Suppressions that wait to be written, whatever becomes of their rows.
    pub(super) suppressions: Vec<Suppression>,
    /// What is left to a person.
    pub(super) unclear: Collector<'a>,
    /// Rows somebody answered about.
    pub(super) settled: SettledRows,
}

/// What contacts and participations have in common.
pub(super) struct Place {
    pub(super) country: Country,
    pub(super) region: Option<Region>,
    pub(super) language: Option<LanguageTag>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(import: &Import<'a>, columns: &'a Columns, settled: SettledRows) -> Self {
        let known = columns.fields.iter().enumerate().filter_map(|(i, field)| match field {
            Field::Known(name) => Some((*name, i)),
            _ => None,
        });
        Self {
            columns,
            keyring: import.keyring,
            options: import.options,
            decisions: import.decisions,
            now: import.now,
            places: known.collect(),
            unknown: HashMap::new(),
            suppressions: Vec::new(),
            unclear: Collector::new(import.answers),
            settled,
        }
    }

    /// The cell that feeds a field; empty where none does.
    pub(super) fn cell<'r>(&self, record: &'r Record, field: &'static str) -> &'r str {
        self.places.get(field).map_or("", |i| without_guard(record.cell(*i)))
    }

    pub(super) fn note(&self, report: &mut Report, record: &Record, field: &'static str, reason: impl Into<String>) {
        report.note(record.line, self.columns.header_of(field), self.cell(record, field), reason);
    }

    /// The address of a row.
    pub(super) fn address(&self, record: &Record) -> Result<EmailAddress, Refusal> {
        let cell = self.cell(record, "email");
        EmailAddress::parse(cell)
            .map_err(|e| Refusal::new(record.line, self.columns.header_of("email"), cell, e.to_string()))
    }

    /// The text of a field, cleaned; empty where it only says that nothing was told.
    pub(super) fn text(&self, record: &Record, field: &'static str, report: &mut Report) -> Result<String, Refusal> {
        let Some(index) = self.places.get(field) else { return Ok(String::new()) };
        let text = self.text_at(record, *index, report)?;
        let is_gap = match field {
            "given_name" | "family_name" | "name" | "other_names" => is_no_name(&text),
            "basis" => is_not_given(&text) && !is_denied(&text),
            // Without a purpose, an address is good for every campaign: nobody is to get there by a word for a gap.
            "purpose" => false,
            _ => is_not_given(&text),
        };
        if !is_gap || text.is_empty() {
            return Ok(text);
        }
        self.note(report, record, field, "says only that nothing was told; taken as empty");
        Ok(String::new())
    }

    /// The text of a column, cleaned.
    pub(super) fn text_at(&self, record: &Record, index: usize, report: &mut Report) -> Result<String, Refusal> {
        let cell = record.cell(index);
        let (text, findings) = clean(cell);
        let header = || self.columns.headers.get(index).map_or("", String::as_str);
        for finding in findings {
            report.note(record.line, header(), cell, finding.as_str());
        }
        if text.chars().nth(LONGEST_TEXT).is_some() {
            return Err(Refusal::new(record.line, header(), &text, format!("longer than {LONGEST_TEXT} characters")));
        }
        Ok(text.into_owned())
    }

    /// A value of a closed vocabulary: empty and unknown words give the default, the latter with a note.
    pub(super) fn word<T>(
        &self,
        record: &Record,
        field: &'static str,
        read: fn(&str) -> Option<T>,
        report: &mut Report,
    ) -> Option<T> {
        let cell = self.cell(record, field);
        if cell.trim().is_empty() {
            return None;
        }
        let value = read(cell);
        if value.is_none() && !is_not_given(cell) {
            self.note(report, record, field, format!("no {} we know; left as unknown", spoken(field)));
        }
        value
    }

    /// A value of a vocabulary about whose words officers decide: a decision, else what everybody means, else it is left to a
    /// person.
    fn decided<T>(
        &mut self,
        record: &Record,
        (asked, field): (Asked, &'static str),
        read: fn(&str) -> Option<T>,
        typed: fn(&Decided) -> Option<T>,
        report: &mut Report,
    ) -> Option<T> {
        let cell = self.cell(record, field);
        if cell.trim().is_empty() {
            return None;
        }
        if let Some(decided) = self.decisions.of(asked, cell) {
            return typed(decided);
        }
        let value = read(cell);
        if value.is_none() {
            if let Some(decided) = self.unclear.answer_to(asked, cell) {
                return typed(decided);
            }
            if is_not_given(cell) {
                return None;
            }
            self.leave_open(asked, cell, record);
            self.note(report, record, field, format!("no {} we know; left as unknown", spoken(field)));
        }
        value
    }

    /// Leaves a value to a person, with what else its row says.
    fn leave_open(&mut self, asked: Asked, value: &str, record: &Record) {
        let domain = self.cell(record, "email").rsplit_once('@').map_or("", |(_, domain)| domain.trim());
        let witnesses = (domain, self.cell(record, "time_zone"), self.cell(record, "language"));
        self.unclear.value(asked, value, record.line, witnesses);
    }

    /// Country, regional group and language, which bear witness for each other.
    pub(super) fn place(&mut self, record: &Record, domain: &str, report: &mut Report) -> Place {
        let region = self.word(record, "region", Region::parse, report);
        let language = self.language(record, report);
        let (name, code) = (self.cell(record, "country"), self.cell(record, "country_code"));
        let remembered = self.unknown.get(&(name.to_owned(), code.to_owned())).filter(|_| !name.is_empty());
        let resolution = remembered.cloned().unwrap_or_else(|| {
            let evidence = Evidence {
                domain,
                time_zone: self.cell(record, "time_zone").trim(),
                language: language.as_ref(),
                region,
                leaves_gaps_as_na: leaves_gaps_as_na(
                    record.cells(),
                    ["country", "country_code"].map(|field| self.places.get(field).copied()),
                ),
            };
            resolve(&clean(name).0, &clean(code).0, &evidence, self.decisions.countries())
        });
        if matches!(resolution.country, Country::Unknown(_)) && self.unknown.len() < MOST_UNKNOWN {
            self.unknown.insert((name.to_owned(), code.to_owned()), resolution.clone());
        }
        let country = self.settle_country(record, resolution, report);
        Place { country, region, language }
    }

    /// The country of a row, by an answer where the cells leave it open.
    fn settle_country(&mut self, record: &Record, resolution: Resolution, report: &mut Report) -> Country {
        if let (How::Asked, Country::Ambiguous(text) | Country::Unknown(text)) = (resolution.how, &resolution.country) {
            match self.unclear.answer_to(Asked::Country, text) {
                Some(Decided::Country(code)) => return Country::Known(*code),
                Some(_) => return resolution.country,
                None => self.leave_open(Asked::Country, text, record),
            }
        }
        if let Some(note) = &resolution.note {
            let field = if self.cell(record, "country").trim().is_empty() { "country_code" } else { "country" };
            self.note(report, record, field, note.clone());
        }
        resolution.country
    }

    fn language(&mut self, record: &Record, report: &mut Report) -> Option<LanguageTag> {
        let typed = |decided: &Decided| match decided {
            Decided::Language(tag) => Some(tag.clone()),
            _ => None,
        };
        // `NA`, `NaN` and `nil` are gaps that look like tags of languages; Nauruan is written `na`.
        let read = |cell: &str| {
            let is_gap = is_not_given(cell) && !matches!(cell.trim(), "na" | "nan");
            if is_gap { None } else { LanguageTag::read(cell) }
        };
        self.decided(record, (Asked::Language, "language"), read, typed, report)
    }

    pub(super) fn stakeholder(&mut self, record: &Record, report: &mut Report) -> Stakeholder {
        let typed = |decided: &Decided| match decided {
            Decided::Stakeholder(group) => Some(*group),
            _ => None,
        };
        let field = (Asked::StakeholderGroup, "stakeholder_group");
        self.decided(record, field, stakeholder, typed, report).unwrap_or(Stakeholder::Unknown)
    }

    pub(super) fn gender(&mut self, record: &Record, report: &mut Report) -> Gender {
        let typed = |decided: &Decided| match decided {
            Decided::Gender(gender) => Some(*gender),
            _ => None,
        };
        self.decided(record, (Asked::Gender, "gender"), gender, typed, report).unwrap_or(Gender::Unknown)
    }

    pub(super) fn tier(&mut self, record: &Record, report: &mut Report) -> Option<Tier> {
        let typed = |decided: &Decided| match decided {
            Decided::Tier(tier) => Some(*tier),
            _ => None,
        };
        self.decided(record, (Asked::Tier, "tier"), tier, typed, report)
    }

    /// A date of a column, in the order somebody decided for it.
    pub(super) fn date(&mut self, record: &Record, field: &'static str, text: &str) -> DateCell {
        let header = self.columns.header_of(field);
        let decided = self.decisions.of(Asked::DateOrder, header);
        let decided = decided.or_else(|| self.unclear.answer_to(Asked::DateOrder, header));
        let order = decided.and_then(|decided| match decided {
            Decided::DateOrder(order) => Some(*order),
            _ => None,
        });
        let read = read_date_in(text, order);
        if decided.is_none() {
            match read {
                DateCell::Ambiguous => self.unclear.ambiguous_date(header, text.trim(), record.line),
                _ => self.unclear.date(header, text),
            }
        }
        read
    }

    /// Looks at who a row is about.
    pub(super) fn look_at_person(&mut self, record: &Record, contact: &Contact) {
        let columns = self.columns;
        let has_names = ["name", "given_name", "family_name"].iter().any(|field| self.places.contains_key(field));
        self.unclear.person(record.line, contact, |field| columns.header_of(field), has_names);
    }

    /// Notes an opt-out the row reports, before anything else of the row can fail.
    pub(super) fn heed_unsubscribed(&mut self, record: &Record, address: &EmailAddress, report: &mut Report) {
        let cell = self.cell(record, "unsubscribed").trim();
        let since = match yes_or_no(cell) {
            Some(false) => return,
            Some(true) => self.now,
            None if is_not_given(cell) && fold_words(cell) != "unknown" => return,
            None => match self.date(record, "unsubscribed", cell) {
                DateCell::Day(date) if read_date(cell) == DateCell::Ambiguous => {
                    start_of(date).filter(|t| *t <= self.now).unwrap_or(self.now)
                }
                DateCell::Day(_) => self.moment(cell),
                DateCell::Ambiguous => self.now,
                DateCell::Unreadable => {
                    self.note(report, record, "unsubscribed", "neither yes, no nor a date; taken as unsubscribed");
                    self.now
                }
            },
        };
        self.suppressions.push(Suppression {
            key: self.keyring.address_key(&address.normalised()),
            address: address.to_string(),
            topic: EVERYTHING.to_owned(),
            reason: Reason::OptedOut,
            note: String::new(),
            since,
            source: format!("import {}", self.options.file),
        });
    }

    /// The moment a cell with a date means: a whole timestamp, else the start of the day in UTC; now where it says
    /// neither, or lies in the future.
    pub(super) fn moment(&self, cell: &str) -> Timestamp {
        let exact = cell.trim().parse::<Timestamp>().ok();
        let day = || match read_date(cell) {
            DateCell::Day(date) => start_of(date),
            _ => None,
        };
        exact.or_else(day).filter(|t| *t <= self.now).unwrap_or(self.now)
    }
}

/// The start of a day in UTC.
fn start_of(date: jiff::civil::Date) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()
}

/// A field's name in a sentence.
fn spoken(field: &str) -> String {
    field.replace('_', " ")
}
