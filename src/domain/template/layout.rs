//! The frame around every letter: an HTML file, a text file, and the words of both in every language.

use std::collections::BTreeMap;

use serde_json::Value;

use super::values::Labels;
use crate::domain::language::LanguageTag;
use crate::domain::problem::Problem;
use crate::domain::suggestion::did_you_mean;

/// A layout for one language.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// Its words are English because it has none in the language.
    pub is_borrowed: bool,
    pub html_path: String,
    pub html: String,
    pub text_path: String,
    pub text: String,
    pub strings_path: String,
    /// Sentences of the frame, themselves small templates, by name.
    pub strings: BTreeMap<String, String>,
    /// Words for where an address comes from, by source code; `other` for the rest.
    pub sources: BTreeMap<String, String>,
    /// Words for regions, stakeholder groups and tiers.
    pub labels: Labels,
}

/// Parts of a variant that a layout takes in.
pub(super) const PARTS: &[&str] = &["body", "subject", "preheader"];

/// Reads a layout for a language.
pub(super) fn read(files: &BTreeMap<String, String>, name: &str, language: &LanguageTag) -> Result<Layout, Problem> {
    let path = |extension: &str| format!("templates/layouts/{name}.{extension}");
    let file = |extension: &str| {
        files.get(&path(extension)).map(|f| f.replace("\r\n", "\n")).ok_or_else(|| {
            let known = files.keys().filter_map(|f| f.strip_prefix("templates/layouts/")?.split('.').next());
            let guess = did_you_mean(name, known.filter(|n| *n != name));
            let help = if guess.is_empty() {
                "a layout is three files: `.html`, `.txt` and `.toml` (its words in every language)".to_owned()
            } else {
                guess
            };
            Problem::in_file(
                path(extension),
                "no-layout",
                format!("the layout `{name}` has no file `{name}.{extension}`"),
                help,
            )
        })
    };
    let (html, text, words) = (file("html")?, file("txt")?, file("toml")?);
    let strings_path = path("toml");
    let table: toml::Table = toml::from_str(&words).map_err(|e| {
        let before = words.get(..e.span().map_or(0, |s| s.start)).unwrap_or("");
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let line = before.matches('\n').count() + 1;
        Problem::at(&strings_path, line, column, "bad-toml", e.message().to_owned(), "one `name = '…'` a line")
    })?;
    // A frame in English around a letter in another language is better than no letter; `check` names it.
    let english = LanguageTag::parse("en");
    let (words_language, ours) = [Some(language.clone()), Some(language.base()), english]
        .into_iter()
        .flatten()
        .find_map(|tag| {
            let (_, entry) = table.iter().find(|(key, _)| LanguageTag::parse(key).as_ref() == Some(&tag))?;
            Some((tag, entry.as_table()?))
        })
        .ok_or_else(|| {
            Problem::in_file(
                &strings_path,
                "no-layout-words",
                format!("the layout `{name}` has no words in `{language}`, and none in `en` to take instead"),
                format!("add a table `[{language}]` with what the other languages have"),
            )
        })?;
    let sources = ours.get("sources").map(texts).unwrap_or_default();
    if sources.get("other").is_none_or(|words| words.trim().is_empty()) {
        return Err(Problem::in_file(
            &strings_path,
            "no-source-words",
            format!("`[{words_language}.sources]` has no words for `other`"),
            "every letter says where the address comes from; give the words for sources without words of their own",
        ));
    }
    let mut labels = Labels::new();
    if let Some(fields) = ours.get("labels").and_then(|l| l.as_table()) {
        labels.extend(fields.iter().map(|(field, words)| (field.clone(), texts(words))));
    }
    Ok(Layout {
        is_borrowed: words_language.base() != language.base(),
        html_path: path("html"),
        html,
        text_path: path("txt"),
        text,
        strings_path,
        strings: texts(&toml::Value::Table(ours.clone())),
        sources,
        labels,
    })
}

fn texts(table: &toml::Value) -> BTreeMap<String, String> {
    let entries = table.as_table().into_iter().flatten();
    entries.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// Replaces every `{{> name}}` by what `part` gives for the name.
///
/// # Errors
/// The first name that `part` does not know, with the line and column of its tag.
pub(super) fn splice(
    text: &str,
    mut part: impl FnMut(&str) -> Option<String>,
) -> Result<String, (usize, usize, String)> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{>") {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let Some((name, after)) = tag.get(3..).and_then(|t| t.split_once("}}")) else { break };
        let name = name.trim();
        match part(name) {
            Some(words) => out.push_str(&words),
            None => {
                let before = text.get(..text.len() - tag.len()).unwrap_or("");
                let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
                return Err((before.matches('\n').count() + 1, column, name.to_owned()));
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// What the frame knows about sender and variant, as constants.
pub(super) fn constants(sender: &super::Sender, language: &LanguageTag) -> serde_json::Map<String, Value> {
    let table =
        |pairs: &[(&str, &str)]| Value::Object(pairs.iter().map(|(k, v)| ((*k).to_owned(), Value::from(*v))).collect());
    [
        ("sender".to_owned(), table(&[("name", &sender.name), ("postal_address", &sender.postal_address)])),
        ("variant".to_owned(), table(&[("language", language.as_str()), ("direction", language.direction().as_str())])),
    ]
    .into_iter()
    .collect()
}
