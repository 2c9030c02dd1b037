//! `[countries]` and `[words]`: what an officer decided about values, by hand or through a review workbook.

use crate::domain::decisions::{Asked, Decided, Decisions};
use crate::domain::suggestion::nearest_or_all;
use crate::files::toml_reader::{Entry, Section, conditions};

/// Tables under `[words]`.
const WORDS: [(&str, Asked); 5] = [
    ("stakeholder_group", Asked::StakeholderGroup),
    ("tier", Asked::Tier),
    ("language", Asked::Language),
    ("gender", Asked::Gender),
    ("date_order", Asked::DateOrder),
];

/// Reads both sections; what is wrong is complained about at its place.
pub(super) fn read(countries: Option<Section<'_>>, words: Option<Section<'_>>) -> Decisions {
    let mut decided: Vec<(Asked, String, Decided)> = Vec::new();
    if let Some(section) = countries {
        decided
            .extend(section.entries().iter().filter_map(|e| Some((Asked::Country, e.key().to_owned(), country(e)?))));
    }
    if let Some(section) = words {
        for (name, asked) in WORDS {
            for entry in section.section(name).iter().flat_map(Section::entries) {
                decided.extend(word(&entry, asked).map(|decided| (asked, entry.key().to_owned(), decided)));
            }
        }
        section.finish();
    }
    Decisions::new(decided.iter().map(|(asked, value, decided)| (*asked, value.as_str(), decided.clone())))
}

fn country(entry: &Entry<'_>) -> Option<Decided> {
    if entry.is_string() && entry.text() == Some("unknown") {
        return Some(Decided::Unknown);
    }
    conditions::read_country(entry).map(Decided::Country)
}

/// A word of a vocabulary, exactly as tables show it; only answers in a review workbook may be written in other ways.
fn word(entry: &Entry<'_>, asked: Asked) -> Option<Decided> {
    let text = entry.line()?;
    let decided = Decided::answer(asked, text).ok().filter(|decided| decided.as_str() == text);
    if decided.is_none() {
        let meant = Decided::answer(asked, text).ok().map(|decided| format!("did you mean `{}`?", decided.as_str()));
        let help = meant.unwrap_or_else(|| match asked {
            Asked::Language => "write a tag such as `fr`, `zh` or `pt-br` (BCP 47), or `unknown`".to_owned(),
            _ => nearest_or_all(text, asked.words()),
        });
        entry.complain("unknown-value", format!("`{}` is no {}: `{text}`", entry.path(), asked.spoken()), help);
    }
    decided
}
