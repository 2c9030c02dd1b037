//! The text of a new `convoke.toml`: every key, with its default and a comment.

/// The settings as they are laid down where nobody says who sends.
const TEXT: &str = include_str!("convoke.toml");

/// Who sends, as far as it was said.
#[derive(Debug, Clone, Default)]
pub struct SenderDetails {
    /// `organisation.name`
    pub name: Option<String>,
    /// The address messages come from, alone or as `Name <address>`.
    pub from: Option<String>,
    /// `organisation.postal_address`
    pub postal_address: Option<String>,
}

/// The text with these details; what was not said stays an example.
pub fn settings_text(sender: &SenderDetails) -> String {
    let mut text = TEXT.to_owned();
    if let Some(name) = &sender.name {
        text = with_value(&text, "name", name);
    }
    if let Some(address) = &sender.postal_address {
        text = with_value(&text, "postal_address", address);
    }
    if let Some(from) = &sender.from {
        let mailbox = match &sender.name {
            Some(name) if !from.contains('<') => format!("{name} <{from}>"),
            _ => from.clone(),
        };
        text = with_value(&text, "from", &mailbox);
        let domain = from.rsplit('@').next().unwrap_or_default().trim().trim_end_matches('>');
        text = with_value(&text, "list_id", &format!("invitations.{domain}"));
        text = with_value(&text, "bounce_domain", &format!("bounces.{domain}"));
    }
    text
}

/// Replaces the value of the first line that sets a key; its comment stays.
fn with_value(text: &str, key: &str, value: &str) -> String {
    let beginning = format!("{key} = ");
    let mut is_done = false;
    let lines = text.lines().map(|line| match line.strip_prefix(&beginning) {
        Some(rest) if !is_done => {
            is_done = true;
            let comment = rest.split_once("\" ").map_or("", |(_, comment)| comment.trim_start());
            format!("{:<63}{comment}", format!("{beginning}{} ", quoted(value))).trim_end().to_owned()
        }
        _ => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

/// A string on one line as TOML reads it: the escapes of JSON are among its own (TOML 1.0.0, String).
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
