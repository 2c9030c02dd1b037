//! The text of a new template: a short letter in each language, with a word on what can be written there.

use crate::domain::language::LanguageTag;

/// A letter to begin with, by language.
const LETTERS: &[(&str, &str)] = &[
    ("ar", include_str!("letters/ar.md")),
    ("en", include_str!("letters/en.md")),
    ("es", include_str!("letters/es.md")),
    ("fr", include_str!("letters/fr.md")),
    ("ru", include_str!("letters/ru.md")),
    ("zh", include_str!("letters/zh.md")),
];

/// Stands on top of the front matter, where a comment is no part of the letter.
const REMARKS: &str = "\
# Below the second `+++` stands the letter, in Markdown. What stands in double braces is filled in for each reader:
#   a contact field: title, given_name, family_name, name, organisation, position, country, region, stakeholder, language,
#     or a column of your list by its name. A reader for whom it is empty is left out, unless you write
#     fallback given_name \"colleague\", or put it between #if given_name and /if
#   a variable of the campaign, such as event.name: the table [variables] of campaign.toml
# The subject is what people see first; the preheader follows it in many mailboxes.
";

/// The letter in a language, and whether its words are in that language: where no letter to begin with is known, it is the
/// English one, to be translated.
pub fn letter_text(language: &LanguageTag) -> (String, bool) {
    let of = |tag: &str| LETTERS.iter().find(|(known, _)| *known == tag).map(|(_, text)| *text);
    let own = of(language.as_str()).or_else(|| of(language.base().as_str()));
    let text = own.or_else(|| of("en")).unwrap_or_default();
    let translate = match own {
        Some(_) => String::new(),
        None => format!("# Still in English: write subject, preheader and letter in `{language}`.\n"),
    };
    let text = text.strip_prefix("+++\n").unwrap_or(text);
    (format!("+++\n{translate}{REMARKS}{text}"), own.is_some())
}
