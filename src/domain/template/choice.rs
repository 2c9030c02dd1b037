//! Which variant a contact gets.

use crate::domain::contact::vocabulary;
use crate::domain::geography::CountryCode;
use crate::domain::language::LanguageTag;

vocabulary! {
    /// What decided the language of a message.
    LanguageStep {
        /// The contact's own language.
        Own = "own",
        /// The base of the contact's language: `pt` for `pt-br`.
        Base = "base",
        /// An official language of the contact's country.
        Country = "country",
        /// The campaign's default language.
        Default = "default",
    }
}

/// The variant for a contact, and what decided it: its language, that language's base, the official languages of its
/// country in the table's order, then the campaign's default unless people without a variant of theirs are held back.
///
/// `variants` are the languages the template has. `None` means: no variant (`no_variant`).
pub fn choose(
    variants: &[LanguageTag],
    own: Option<&LanguageTag>,
    country: Option<CountryCode>,
    default: Option<&LanguageTag>,
) -> Option<(LanguageTag, LanguageStep)> {
    let has = |tag: &LanguageTag| variants.contains(tag).then(|| tag.clone());
    if let Some(own) = own {
        if let Some(found) = has(own) {
            return Some((found, LanguageStep::Own));
        }
        if let Some(found) = has(&own.base()) {
            return Some((found, LanguageStep::Base));
        }
    }
    if let Some(country) = country {
        let official = country.record().official_languages.iter().filter_map(|l| LanguageTag::parse(l));
        for tag in official {
            if let Some(found) = has(&tag).or_else(|| has(&tag.base())) {
                return Some((found, LanguageStep::Country));
            }
        }
    }
    let default = default?;
    has(default).or_else(|| has(&default.base())).map(|found| (found, LanguageStep::Default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_falls_back_step_by_step() {
        let tag = |t: &str| LanguageTag::parse(t).unwrap();
        let variants: Vec<_> = ["ar", "en", "es", "fr"].map(tag).to_vec();
        let (en, senegal) = (tag("en"), CountryCode::parse("SN"));
        for (own, country, default, expected) in [
            (Some("ar"), senegal, Some(&en), Some(("ar", LanguageStep::Own))),
            (Some("es-mx"), senegal, Some(&en), Some(("es", LanguageStep::Base))),
            (Some("wo"), senegal, Some(&en), Some(("fr", LanguageStep::Country))),
            (None, senegal, Some(&en), Some(("fr", LanguageStep::Country))),
            (Some("ja"), CountryCode::parse("JP"), Some(&en), Some(("en", LanguageStep::Default))),
            (Some("ja"), CountryCode::parse("JP"), None, None),
        ] {
            let own = own.map(tag);
            let chosen = choose(&variants, own.as_ref(), country, default);
            let chosen = chosen.as_ref().map(|(l, step)| (l.as_str(), *step));
            assert_eq!(chosen, expected, "{own:?}");
        }
    }
}
