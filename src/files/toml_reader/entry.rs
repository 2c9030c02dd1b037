//! One value of a document, asked for as what it should be.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeValue};

use super::document::{Document, Section, shortened};
use super::parse_duration;
use crate::domain::suggestion::nearest_or_all;

/// What a variable may be.
const PLAIN: &str = "a string, a number, true or false, or a table or list of these";

/// A value with its key and its place. Every `…()` that reads gives nothing after having complained.
#[derive(Debug, Clone)]
pub struct Entry<'d> {
    document: &'d Document<'d>,
    path: String,
    key: &'d str,
    key_at: usize,
    at: usize,
    value: &'d DeValue<'d>,
}

impl<'d> Entry<'d> {
    pub(super) fn new(
        document: &'d Document<'d>,
        path: String,
        key: &'d str,
        key_at: usize,
        value: &'d Spanned<DeValue<'d>>,
    ) -> Self {
        Self { document, path, key, key_at, at: value.span().start, value: value.get_ref() }
    }

    /// The key alone.
    pub fn key(&self) -> &'d str {
        self.key
    }

    pub(super) fn key_at(&self) -> usize {
        self.key_at
    }

    /// The key with the tables around it, such as `relay.rate.per_second`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Complains about the value.
    pub fn complain(&self, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.document.complain(self.at, code, message, help);
    }

    /// Complains about the key.
    pub fn complain_at_key(&self, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.document.complain(self.key_at, code, message, help);
    }

    /// Remembers a name at this key, for [`Document::mentions`].
    pub fn mention(&self, name: &str) {
        self.document.mention(self.key_at, name);
    }

    /// Warns about the value.
    pub fn warn(&self, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.document.warn(self.at, code, message, help);
    }

    fn wrong_type<T>(&self, expected: &str) -> Option<T> {
        self.wrong_type_with_help(expected, "")
    }

    fn wrong_type_with_help<T>(&self, expected: &str, help: &str) -> Option<T> {
        let found = match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.complain("wrong-type", format!("`{}` must be {expected}, not {found}", self.path), help);
        None
    }

    fn out_of_range<T>(&self, expected: &str, found: impl Display) -> Option<T> {
        let found = shortened(&found.to_string());
        self.complain("out-of-range", format!("`{}` must be {expected}, not {found}", self.path), "");
        None
    }

    /// Whether the value is a string.
    pub fn is_string(&self) -> bool {
        matches!(self.value, DeValue::String(_))
    }

    /// Whether the value is a table.
    pub fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    /// A string of any length, line breaks allowed, other control characters not.
    pub fn text(&self) -> Option<&'d str> {
        let DeValue::String(text) = self.value else { return self.wrong_type("a string") };
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            self.complain("control-character", format!("`{}` holds a control character", self.path), "remove it");
            return None;
        }
        Some(text.as_ref())
    }

    /// A string that is not empty and stays on one line.
    pub fn line(&self) -> Option<&'d str> {
        let text = self.text()?;
        // U+0085, U+2028 and U+2029 break lines for some readers of headers too; bidi controls turn the text after them.
        let breaks_or_turns =
            |c| matches!(c, '\n' | '\t' | '\u{85}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if text.contains(breaks_or_turns) {
            let message = format!("`{}` must be one line, without invisible controls", self.path);
            self.complain("control-character", message, "type it again, on one line");
            return None;
        }
        if text.trim().is_empty() {
            self.complain("empty-value", format!("`{}` is empty", self.path), "write something, or remove the key");
            return None;
        }
        Some(text.trim())
    }

    /// One of some words, in any case of letters; gives its position among `words`.
    pub fn choice(&self, words: &[&str]) -> Option<usize> {
        let word = self.line()?;
        let found = words.iter().position(|w| w.to_lowercase() == word.to_lowercase());
        if found.is_none() {
            self.complain(
                "unknown-value",
                format!("`{}` cannot be `{}`", self.path, shortened(word)),
                nearest_or_all(word, words.iter().copied()),
            );
        }
        found
    }

    /// True or false.
    pub fn boolean(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(value) => Some(*value),
            _ => self.wrong_type("true or false"),
        }
    }

    /// A whole number within a range.
    pub fn integer<N>(&self, range: RangeInclusive<N>) -> Option<N>
    where
        N: TryFrom<i64> + PartialOrd + Display,
    {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let DeValue::Integer(written) = self.value else { return self.wrong_type(&expected) };
        match to_i64(written).and_then(|n| N::try_from(n).ok()).filter(|n| range.contains(n)) {
            Some(number) => Some(number),
            None => self.out_of_range(&expected, written),
        }
    }

    /// A finite number within a range, whole or not.
    pub fn number(&self, range: RangeInclusive<f64>) -> Option<f64> {
        let expected = format!("a number from {} to {}", range.start(), range.end());
        let number = match self.value {
            DeValue::Integer(written) => to_f64(written.as_str()),
            DeValue::Float(written) => to_f64(written.as_str()),
            _ => return self.wrong_type(&expected),
        };
        match number.filter(|n| n.is_finite() && range.contains(n)) {
            Some(number) => Some(number),
            None => self.out_of_range(&expected, written(self.value)),
        }
    }

    /// A length of time such as `30m`, within a range.
    pub fn duration(&self, range: RangeInclusive<Duration>) -> Option<Duration> {
        let expected = "a length of time such as \"30s\", \"30m\", \"3h\", \"2d\" or \"3y\"";
        let DeValue::String(text) = self.value else { return self.wrong_type(expected) };
        match parse_duration(text.trim()) {
            None => self.out_of_range(expected, format!("`{text}`")),
            Some(length) if !range.contains(&length) => {
                let (least, most) = (range.start().as_secs(), range.end().as_secs());
                let expected = match most {
                    u64::MAX => format!("at least {least} seconds"),
                    _ => format!("from {least} to {most} seconds"),
                };
                self.out_of_range(&expected, format!("`{text}`"))
            }
            Some(length) => Some(length),
        }
    }

    /// A moment: RFC 3339 with its offset, as a string or as a TOML date-time.
    pub fn moment(&self) -> Option<Timestamp> {
        let text = match self.value {
            DeValue::String(text) => text.trim().to_owned(),
            DeValue::Datetime(moment) => moment.to_string(),
            _ => return self.wrong_type("a moment such as 2027-03-01T08:00:00Z"),
        };
        match Timestamp::from_str(&text) {
            Ok(moment) => Some(moment),
            Err(_) => self.out_of_range("a moment with its offset, such as 2027-03-01T08:00:00Z", format!("`{text}`")),
        }
    }

    /// The table; its path is this key's.
    pub fn section(&self) -> Option<Section<'d>> {
        match self.value {
            DeValue::Table(table) => Some(Section::new(self.document, self.path.clone(), Some(self.at), table)),
            _ => self.wrong_type("a table"),
        }
    }

    /// The elements of a list; a single value counts as a list of one.
    pub fn items(&self) -> Vec<Entry<'d>> {
        match self.value {
            DeValue::Array(list) => list
                .iter()
                .map(|item| Entry::new(self.document, self.path.clone(), self.key, self.key_at, item))
                .collect(),
            _ => vec![self.clone()],
        }
    }

    /// The tables of an array of tables; complaints where it is none.
    pub fn sections(&self) -> Vec<Section<'d>> {
        match self.value {
            DeValue::Array(_) => self.items().iter().filter_map(Entry::section).collect(),
            DeValue::Table(_) => {
                self.complain_at_key(
                    "wrong-type",
                    format!("`{}` must be a list of tables", self.path),
                    format!("write `[[{}]]`, with two brackets", self.path),
                );
                Vec::new()
            }
            _ => self.wrong_type::<Vec<_>>("a list of tables").unwrap_or_default(),
        }
    }

    /// A string, number or boolean as text.
    pub fn scalar(&self) -> Option<String> {
        match self.value {
            DeValue::String(_) => self.line().map(str::to_owned),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => Some(written(self.value)),
            _ => self.wrong_type("a string, a number, or true or false"),
        }
    }

    /// The value as JSON: strings, finite numbers, booleans, and tables and lists of these.
    pub fn json(&self) -> Option<Value> {
        let number = |n: Option<Number>| match n {
            Some(n) => Some(Value::Number(n)),
            None => self.out_of_range("a number that fits 64 bits", written(self.value)),
        };
        match self.value {
            DeValue::String(_) => self.text().map(|text| Value::String(text.to_owned())),
            DeValue::Boolean(value) => Some(Value::Bool(*value)),
            DeValue::Integer(written) => number(to_i64(written).map(Number::from)),
            DeValue::Float(written) => number(to_f64(written.as_str()).and_then(Number::from_f64)),
            DeValue::Table(_) => {
                let entries = self.section()?.entries();
                let mut object = Map::new();
                for entry in entries {
                    if let Some(value) = entry.json() {
                        object.insert(entry.key().to_owned(), value);
                    }
                }
                Some(Value::Object(object))
            }
            DeValue::Array(_) => Some(Value::Array(self.items().iter().filter_map(Entry::json).collect())),
            DeValue::Datetime(_) => self.wrong_type_with_help(PLAIN, "a date in quotes is a string"),
        }
    }
}

fn to_i64(written: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(written.as_str(), written.radix()).ok()
}

fn to_f64(written: &str) -> Option<f64> {
    written.parse().ok()
}

/// A scalar as it stands in the file.
fn written(value: &DeValue<'_>) -> String {
    let float = |float: &DeFloat<'_>| float.as_str().to_owned();
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => to_i64(number).map_or_else(|| number.to_string(), |n| n.to_string()),
        DeValue::Float(number) => float(number),
        DeValue::Boolean(value) => value.to_string(),
        _ => String::new(),
    }
}
