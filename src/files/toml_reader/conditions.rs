//! `where = { … }`: conditions on contacts, as audiences and tier rules write them.

use super::{Entry, Section};
use crate::domain::contact::{Gender, Kind, Role, Stakeholder, Tier};
use crate::domain::geography::{CountryCode, Region, Table, suggest};
use crate::domain::invitation::State;
use crate::domain::language::LanguageTag;
use crate::domain::segment::{Attended, Condition, FIELDS, Where};
use crate::domain::suggestion::{did_you_mean, nearest_or_all};

/// Keys of `where` that ask for more than one field.
const QUESTIONS: &[&str] = &["attended", "invited_in", "outcome", "registered", "not"];

/// `not` inside `not`: enough for any wish, and a bound on recursion.
const NOT_DEPTH: usize = 8;

/// Years a meeting may be of; the first IGF was in 2006.
pub const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

/// Reads the conditions of a `where` table. A key that is no contact field names a custom column, which only the contacts
/// can confirm: it is remembered as a mention of the document. Values outside a vocabulary are complained about, naming the nearest.
pub fn read_where(section: &Section<'_>) -> Where {
    read_at_depth(section, 0)
}

fn read_at_depth(section: &Section<'_>, depth: usize) -> Where {
    let mut all = Vec::new();
    let mut campaigns = Vec::new();
    let mut outcomes = Vec::new();
    for entry in section.entries() {
        match entry.key() {
            "attended" => all.extend(read_attended(&entry).map(Condition::Attended)),
            "registered" => all.extend(entry.boolean().map(Condition::Registered)),
            "invited_in" => campaigns = texts(&entry),
            "outcome" => {
                if !section.has("invited_in") {
                    entry.complain_at_key(
                        "missing-key",
                        "`outcome` says nothing without `invited_in`",
                        "add `invited_in = \"campaign\"` beside it",
                    );
                }
                outcomes = outcome_words(&entry);
            }
            "not" if depth >= NOT_DEPTH => {
                entry.complain_at_key("too-deep", "`not` is nested too deeply", "say it with fewer of them");
            }
            "not" => {
                let inner = entry.section().map(|inner| read_at_depth(&inner, depth + 1)).unwrap_or_default();
                if inner.all.is_empty() {
                    entry.complain("empty-value", "`not` holds no condition", "write one, or remove `not`");
                }
                all.push(Condition::Not(inner));
            }
            _ => all.extend(read_field(&entry)),
        }
    }
    if section.has("invited_in") {
        all.push(Condition::InvitedIn { campaigns, outcomes });
    }
    Where { all }
}

fn read_field(entry: &Entry<'_>) -> Option<Condition> {
    let name = match entry.key() {
        // The column's name in files; the field's name everywhere else.
        "stakeholder_group" => "stakeholder",
        key => key,
    };
    if !is_column_name(name) {
        entry.complain_at_key(
            "unknown-key",
            format!("`{}` can be no column", entry.path()),
            "columns are written in lower case with `_`, as in `given_name`",
        );
        return None;
    }
    if !FIELDS.contains(&name) {
        entry.mention(name);
    }
    if entry.is_table() {
        entry.complain(
            "wrong-type",
            format!("`{}` must be a value or a list of values, not a table", entry.path()),
            did_you_mean(name, QUESTIONS.iter().copied()),
        );
        return None;
    }
    let values: Vec<String> = entry.items().iter().filter_map(|item| read_value(name, item)).collect();
    if entry.items().is_empty() {
        entry.complain("empty-value", format!("`{}` lists no value", entry.path()), "write one, or remove the key");
    }
    Some(Condition::Field { name: name.to_owned(), values })
}

fn is_column_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().count() <= 100
        && name.chars().all(|c| (c.is_alphanumeric() && !c.is_uppercase()) || c == '_')
}

/// A value in its canonical form.
fn read_value(field: &str, item: &Entry<'_>) -> Option<String> {
    let words: Vec<&str> = match field {
        "kind" => Kind::ALL.iter().map(|v| v.as_str()).collect(),
        "role" => Role::ALL.iter().map(|v| v.as_str()).collect(),
        "gender" => Gender::ALL.iter().map(|v| v.as_str()).collect(),
        "stakeholder" => Stakeholder::ALL.iter().map(|v| v.as_str()).collect(),
        "region" => Region::ALL.iter().map(|v| v.as_str()).collect(),
        "tier" => Tier::ALL.iter().map(|v| v.as_str()).collect(),
        "country" => return read_country_or_unknown(item),
        "language" => return read_language(item).map(|tag| tag.as_str().to_owned()),
        _ => return item.scalar(),
    };
    item.choice(&words).and_then(|i| words.get(i)).map(|word| (*word).to_owned())
}

fn read_country_or_unknown(item: &Entry<'_>) -> Option<String> {
    if item.is_string() && item.line()? == "unknown" {
        return Some("unknown".to_owned());
    }
    read_country(item).map(|code| code.as_str().to_owned())
}

/// A country as ISO 3166-1 alpha-2; a name or an alpha-3 code is complained about, naming the code.
pub fn read_country(item: &Entry<'_>) -> Option<CountryCode> {
    let word = item.line()?;
    country_code(word, item)
}

/// The country that a key names by its code; anything else is complained about in the same words.
pub fn country_of_key(item: &Entry<'_>) -> Option<CountryCode> {
    country_code(item.key(), item)
}

fn country_code(word: &str, item: &Entry<'_>) -> Option<CountryCode> {
    let code = CountryCode::parse(word);
    if code.is_none() {
        let records = &Table::get().records;
        let same = |a: &str| a.to_lowercase() == word.to_lowercase();
        let meant = records.iter().find(|r| same(&r.iso3) || same(&r.name));
        let meant = meant.or_else(|| suggest(word).first().map(|suggestion| suggestion.country.record()));
        let help = match meant {
            Some(record) => format!("did you mean `{}` ({})?", record.code, record.name),
            None => "write the two letters of ISO 3166-1, such as `KE`".to_owned(),
        };
        item.complain("unknown-country", format!("`{}` is no country code: `{word}`", item.path()), help);
    }
    code
}

/// A language tag.
pub fn read_language(item: &Entry<'_>) -> Option<LanguageTag> {
    let word = item.line()?;
    let tag = LanguageTag::parse(word);
    if tag.is_none() {
        item.complain(
            "unknown-language",
            format!("`{}` is no language tag: `{word}`", item.path()),
            "write a tag such as `fr`, `zh` or `pt-br` (BCP 47)",
        );
    }
    tag
}

/// Tiers, as a word or a list of words.
pub fn read_tiers(entry: &Entry<'_>) -> Vec<Tier> {
    let words: Vec<&str> = Tier::ALL.iter().map(|t| t.as_str()).collect();
    entry.items().iter().filter_map(|item| item.choice(&words)).filter_map(|i| Tier::ALL.get(i).copied()).collect()
}

fn read_attended(entry: &Entry<'_>) -> Option<Attended> {
    let years = |entry: &Entry<'_>| entry.items().iter().filter_map(|y| y.integer(YEARS)).collect::<Vec<i16>>();
    if !entry.is_table() {
        return Some(Attended { any_of: years(entry), ..Attended::default() });
    }
    let section = entry.section()?;
    let list = |key| section.entry(key).map(|e| years(&e)).unwrap_or_default();
    let attended = Attended { any_of: list("any_of"), all_of: list("all_of"), none_of: list("none_of") };
    section.finish();
    if attended == Attended::default() {
        entry.complain("empty-value", "`attended` names no year", "write `any_of`, `all_of` or `none_of` with years");
    }
    Some(attended)
}

fn outcome_words(entry: &Entry<'_>) -> Vec<String> {
    let words: Vec<&str> = State::ALL.iter().map(|s| s.as_str()).filter(|s| *s != "sending").collect();
    let found: Vec<String> = texts(entry);
    for word in &found {
        if !words.contains(&word.as_str()) {
            let help = nearest_or_all(word, words.iter().copied());
            entry.complain("unknown-value", format!("`outcome` cannot be `{word}`"), help);
        }
    }
    found
}

fn texts(entry: &Entry<'_>) -> Vec<String> {
    let found: Vec<String> = entry.items().iter().filter_map(Entry::line).map(str::to_owned).collect();
    if entry.items().is_empty() {
        entry.complain("empty-value", format!("`{}` is empty", entry.path()), "write a value, or remove the key");
    }
    found
}
