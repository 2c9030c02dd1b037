//! What the names of a template stand for in one message.

use std::collections::BTreeMap;

/// The contact's fields as the template sees them, frozen with the plan: text by name.
pub type Fields = serde_json::Map<String, serde_json::Value>;

/// Translations of vocabulary words, by field and word.
pub(super) type Labels = BTreeMap<String, BTreeMap<String, String>>;

/// Everything one message is made from.
pub(super) struct Values<'a> {
    pub fields: &'a Fields,
    pub opt_out_url: &'a str,
    pub source_label: &'a str,
    pub labels: &'a Labels,
}

/// Values that belong to the message, not to the contact.
pub(super) const OF_MESSAGE: &[&str] = &["opt_out.url", "source.label"];

impl<'a> Values<'a> {
    /// A value as stored, trimmed; empty where there is none.
    pub fn raw(&self, name: &str) -> &'a str {
        match name {
            "opt_out.url" => self.opt_out_url,
            "source.label" => self.source_label,
            _ => self.fields.get(name).and_then(|v| v.as_str()).map_or("", str::trim),
        }
    }

    /// A value as its reader sees it.
    pub fn shown(&self, name: &str) -> &'a str {
        let raw = self.raw(name);
        self.labels.get(name).and_then(|words| words.get(raw)).map_or(raw, String::as_str)
    }
}
