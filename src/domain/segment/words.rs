//! The words of `where` compared with the vocabularies, and with what the contacts have.

use std::collections::BTreeSet;

use super::super::contact::{Contact, Gender, Kind, Role, Stakeholder, Tier};
use super::super::geography::{CountryCode, Region};
use super::super::invitation::State;
use super::super::language::LanguageTag;
use super::super::suggestion::did_you_mean;
use super::{Condition, FIELDS, Where, each_value, same};

/// What is wrong with a `where`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhereProblem {
    /// The key.
    pub field: String,
    /// The value; empty where the key itself is wrong.
    pub value: String,
    /// What is wrong, without a final full stop.
    pub message: String,
    /// What to do about it; may be empty.
    pub help: String,
}

impl WhereProblem {
    fn value(field: &str, value: &str, words: &[&str]) -> Self {
        let help = match did_you_mean(value, words.iter().copied()) {
            help if help.is_empty() => format!("known are {}", words.join(", ")),
            help => help,
        };
        let message = format!("`{value}` is no value of `{field}`");
        Self { field: field.to_owned(), value: value.to_owned(), message, help }
    }
}

impl std::fmt::Display for WhereProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "; {}", self.help) }
    }
}

impl Where {
    /// What can be said against the words without looking at any contact: values outside a closed vocabulary.
    pub fn check_words(&self) -> Vec<WhereProblem> {
        let mut problems = Vec::new();
        for condition in self.conditions() {
            match condition {
                Condition::Field { name, values } => {
                    problems.extend(values.iter().filter_map(|value| misspelt(name, value)));
                }
                Condition::InvitedIn { outcomes, .. } => {
                    let states: Vec<&str> = State::ALL.iter().map(|s| s.as_str()).collect();
                    problems.extend(
                        outcomes
                            .iter()
                            .filter(|word| State::from_word(word).is_none())
                            .map(|word| WhereProblem::value("outcome", word, &states)),
                    );
                }
                _ => {}
            }
        }
        problems
    }
}

/// The complaint about a value outside a closed vocabulary.
fn misspelt(field: &str, value: &str) -> Option<WhereProblem> {
    fn check<'a>(field: &str, value: &str, words: impl Iterator<Item = &'a str>) -> Option<WhereProblem> {
        let words: Vec<&str> = words.collect();
        (!words.iter().any(|word| same(word, value))).then(|| WhereProblem::value(field, value, &words))
    }
    match field {
        "kind" => check(field, value, Kind::ALL.iter().map(|v| v.as_str())),
        "role" => check(field, value, Role::ALL.iter().map(|v| v.as_str())),
        "gender" => check(field, value, Gender::ALL.iter().map(|v| v.as_str())),
        "stakeholder" | "stakeholder_group" => check(field, value, Stakeholder::ALL.iter().map(|v| v.as_str())),
        "region" => check(field, value, Region::ALL.iter().map(|v| v.as_str())),
        "tier" => check(field, value, Tier::ALL.iter().map(|v| v.as_str())),
        "country" if !same(value, "unknown") && CountryCode::parse(value).is_none() => {
            let mut problem = WhereProblem::value(field, value, &[]);
            problem.help = "write the ISO 3166 code of two letters, such as `KE`, or `unknown`".to_owned();
            Some(problem)
        }
        "language" if !same(value, "unknown") && LanguageTag::parse(value).is_none() => {
            let mut problem = WhereProblem::value(field, value, &[]);
            problem.help = "write a language tag such as `fr`, or `unknown`".to_owned();
            Some(problem)
        }
        _ => None,
    }
}

/// Whether the contacts have the columns and values that conditions name, where no closed vocabulary decides: custom
/// columns, tags, organisations … Shown every contact once, it holds no more than the conditions themselves.
#[derive(Debug, Clone, Default)]
pub struct SeenValues {
    contacts: u64,
    columns: BTreeSet<String>,
    watched: Vec<Watched>,
}

#[derive(Debug, Clone)]
struct Watched {
    field: String,
    value: String,
    seen: bool,
    nearest: Option<(f64, String)>,
}

/// Fields with a closed vocabulary: a known value that nobody has is simply empty.
const CLOSED: &[&str] =
    &["kind", "role", "gender", "stakeholder", "stakeholder_group", "region", "tier", "country", "language"];

impl SeenValues {
    /// Watches for what these conditions name.
    pub fn watching<'a>(filters: impl IntoIterator<Item = &'a Where>) -> Self {
        let mut watched = Vec::new();
        for condition in filters.into_iter().flat_map(Where::conditions) {
            let Condition::Field { name, values } = condition else { continue };
            if !CLOSED.contains(&name.as_str()) {
                watched.extend(values.iter().map(|value| Watched {
                    field: name.clone(),
                    value: value.clone(),
                    seen: false,
                    nearest: None,
                }));
            }
        }
        Self { contacts: 0, columns: BTreeSet::new(), watched }
    }

    /// Whether there is anything to watch for.
    pub fn is_idle(&self) -> bool {
        self.watched.is_empty()
    }

    /// Looks at one contact.
    pub fn look_at(&mut self, contact: &Contact) {
        self.contacts += 1;
        for column in contact.custom.keys() {
            if !self.columns.contains(column) {
                self.columns.insert(column.clone());
            }
        }
        for watched in self.watched.iter_mut().filter(|w| !w.seen) {
            let Watched { field, value, seen, nearest } = watched;
            each_value(field, contact, None, &mut |actual| {
                if same(actual, value) {
                    *seen = true;
                } else if !PERSONAL.contains(&field.as_str()) {
                    keep_nearer(value, actual, nearest);
                }
            });
        }
    }

    /// Columns that no contact has and values that nobody has, each with the nearest that somebody has. Says nothing where
    /// there are no contacts at all.
    pub fn problems(&self) -> Vec<WhereProblem> {
        if self.contacts == 0 {
            return Vec::new();
        }
        self.watched.iter().filter(|w| !w.seen).map(|w| self.complaint(w)).collect()
    }

    fn complaint(&self, watched: &Watched) -> WhereProblem {
        let Watched { field, value, nearest, .. } = watched;
        let known = FIELDS.contains(&field.as_str()) || self.columns.contains(field);
        if !known {
            let names = FIELDS.iter().copied().chain(self.columns.iter().map(String::as_str));
            let message = format!("no contact has a column `{field}`");
            return WhereProblem {
                field: field.clone(),
                value: String::new(),
                message,
                help: did_you_mean(field, names),
            };
        }
        let help = nearest.as_ref().map(|(_, word)| format!("did you mean `{word}`?")).unwrap_or_default();
        let message = format!("no contact has the value `{value}` in `{field}`");
        WhereProblem { field: field.clone(), value: value.clone(), message, help }
    }
}

/// Below this likeness a suggestion confuses more than it helps ([`super::suggestion::nearest`]).
const LIKE_ENOUGH: f64 = 0.8;

/// Fields whose values are shown to nobody, not even as a suggestion.
const PERSONAL: &[&str] = &["email", "given_name", "family_name", "name"];

fn keep_nearer(wanted: &str, actual: &str, best: &mut Option<(f64, String)>) {
    let likeness = strsim::jaro_winkler(&wanted.to_lowercase(), &actual.to_lowercase());
    if likeness >= LIKE_ENOUGH && best.as_ref().is_none_or(|(before, _)| likeness > *before) {
        *best = Some((likeness, actual.to_owned()));
    }
}
