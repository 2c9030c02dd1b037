//! Which names a template may use, and what they stand for.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::domain::language::LanguageTag;
use crate::domain::suggestion::did_you_mean;

/// The contact fields every template may name, whatever columns a list has.
pub const CONTACT_FIELDS: &[&str] = &[
    "title",
    "given_name",
    "family_name",
    "name",
    "gender",
    "organisation",
    "position",
    "country",
    "region",
    "stakeholder",
    "tier",
    "language",
    "kind",
    "shared",
];

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    /// A field of the contact.
    Field(String),
    /// The same for everybody.
    Constant(Value),
}

/// Everything that can be named in one file of one variant.
pub(super) struct Names<'a> {
    /// Custom columns of the contact lists.
    pub columns: &'a BTreeSet<String>,
    /// Campaign variables.
    pub variables: &'a Map<String, Value>,
    /// What the frame knows: `sender`, `strings`, …; a name here wins over a variable.
    pub frame: &'a Map<String, Value>,
    /// Values per message that only the layout sees, by their whole path.
    pub of_message: &'a [&'static str],
    /// The variant's language.
    pub language: &'a LanguageTag,
    /// The campaign's default language.
    pub default_language: &'a LanguageTag,
}

impl Names<'_> {
    /// What a path such as `event.name` stands for.
    ///
    /// Contact fields come first, then what the frame knows, then campaign variables, then custom columns: a column that a
    /// list happens to have can never replace a variable.
    ///
    /// # Errors
    /// Message and help of a problem.
    pub fn meaning(&self, path: &[String]) -> Result<Meaning, (String, String)> {
        let whole = path.join(".");
        let Some(first) = path.first() else {
            return Err(("`this` stands for nothing here".to_owned(), "name a field or a variable".to_owned()));
        };
        if self.of_message.contains(&whole.as_str()) {
            return Ok(Meaning::Field(whole));
        }
        if path.len() == 1 && CONTACT_FIELDS.contains(&first.as_str()) {
            return Ok(Meaning::Field(whole));
        }
        for constants in [self.frame, self.variables] {
            if let Some(value) = constants.get(first) {
                return match self.descend(value, path.get(1..).unwrap_or_default()) {
                    Some(value) => Ok(Meaning::Constant(value)),
                    None => Err(self.unknown(&whole)),
                };
            }
        }
        if path.len() == 1 && self.columns.contains(first) {
            return Ok(Meaning::Field(whole));
        }
        Err(self.unknown(&whole))
    }

    /// Follows a path into a value. A table keyed by language tags alone stands for its entry in the variant's language,
    /// else in that language's base, else in the campaign's default language.
    pub fn descend(&self, value: &Value, path: &[String]) -> Option<Value> {
        let value = match (value, path.first()) {
            (Value::Object(table), Some(name)) if table.contains_key(name) => value,
            (Value::Object(table), _) if is_by_language(table) => self.in_our_language(table)?,
            _ => value,
        };
        match path.split_first() {
            None => Some(value.clone()),
            Some((name, rest)) => self.descend(value.as_object()?.get(name)?, rest),
        }
    }

    fn in_our_language<'v>(&self, table: &'v Map<String, Value>) -> Option<&'v Value> {
        let of = |tag: &LanguageTag| {
            table.iter().find(|(key, _)| LanguageTag::parse(key).as_ref() == Some(tag)).map(|(_, value)| value)
        };
        of(self.language)
            .or_else(|| of(&self.language.base()))
            .or_else(|| of(self.default_language))
            .or_else(|| of(&self.default_language.base()))
    }

    fn unknown(&self, whole: &str) -> (String, String) {
        let mut known: Vec<String> = CONTACT_FIELDS.iter().map(|f| (*f).to_owned()).collect();
        known.extend(self.columns.iter().cloned());
        known.extend(self.of_message.iter().map(|f| (*f).to_owned()));
        for constants in [self.variables, self.frame] {
            paths_of(constants, "", &mut known);
        }
        let guess = did_you_mean(whole, known.iter().map(String::as_str));
        let help = if guess.is_empty() {
            "use a contact field, a custom column, or a variable of the campaign's [variables]".to_owned()
        } else {
            guess
        };
        (format!("no contact field or campaign variable `{whole}`"), help)
    }
}

/// Whether a table holds one value per language. Two-letter tags only (with subtags): `url` is a name, not Urhobo.
fn is_by_language(table: &Map<String, Value>) -> bool {
    !table.is_empty() && table.keys().all(|k| LanguageTag::parse(k).is_some_and(|tag| tag.base().as_str().len() == 2))
}

fn paths_of(table: &Map<String, Value>, prefix: &str, out: &mut Vec<String>) {
    for (name, value) in table {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Object(inner) if !is_by_language(inner) => paths_of(inner, &path, out),
            _ => out.push(path),
        }
    }
}
