//! Languages: a small, checked part of BCP 47.

use std::fmt;

mod names;

/// A language tag such as `fr`, `zh` or `pt-br`: lower case, language first. Ordered and compared as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct LanguageTag(String);

/// Which way a script runs, as the `dir` attribute of HTML names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `ltr`.
    LeftToRight,
    /// `rtl`.
    RightToLeft,
}

impl LanguageTag {
    /// Reads a tag: two or three letters, then optional subtags (RFC 5646 §2.1), `_` taken for `-`.
    pub fn parse(text: &str) -> Option<Self> {
        let tag = text.trim().to_ascii_lowercase().replace('_', "-");
        let mut parts = tag.split('-');
        let language = parts.next()?;
        let sound = (2..=3).contains(&language.len())
            && language.bytes().all(|b| b.is_ascii_lowercase())
            && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
        sound.then_some(Self(tag))
    }

    /// Reads a language as people write it in a cell: a tag, a three-letter code, or a name (`Français`, `Russian`, `中文`).
    /// Where several stand in the cell, the first counts.
    pub fn read(cell: &str) -> Option<Self> {
        let first = cell.split([',', ';', '/', '|', '(', '（']).next().unwrap_or("").trim();
        names::tag_of(first).map(|tag| Self(tag.to_owned())).or_else(|| Self::parse(first))
    }

    /// The whole tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language alone: `pt` of `pt-br`.
    pub fn base(&self) -> LanguageTag {
        Self(self.0.split('-').next().unwrap_or("").to_owned())
    }

    /// Which way it is written.
    pub fn direction(&self) -> Direction {
        match self.0.split('-').next().unwrap_or("") {
            "ar" | "arc" | "ckb" | "dv" | "fa" | "he" | "ks" | "ps" | "sd" | "ug" | "ur" | "yi" => {
                Direction::RightToLeft
            }
            _ => Direction::LeftToRight,
        }
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Direction {
    /// `ltr` or `rtl`.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::LeftToRight => "ltr",
            Direction::RightToLeft => "rtl",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_language_is_read_as_tag_code_or_name() {
        for (cell, tag) in [
            ("fr", "fr"),
            ("EN_us", "en-us"),
            ("zh-Hans", "zh-hans"),
            ("FRA", "fr"),
            ("ger", "de"),
            ("Français", "fr"),
            ("francais", "fr"),
            ("Russian", "ru"),
            ("русский", "ru"),
            ("العربية", "ar"),
            ("中文", "zh"),
            ("Chinese (simplified)", "zh"),
            ("English / French", "en"),
            ("Lao", "lo"),
        ] {
            assert_eq!(LanguageTag::read(cell).map(|t| t.0).as_deref(), Some(tag), "{cell}");
        }
        assert_eq!(LanguageTag::read("Klingonese"), None);
        assert_eq!(LanguageTag::read(""), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(cell in any::<String>()) {
            if let Some(tag) = LanguageTag::read(&cell) {
                prop_assert_eq!(LanguageTag::parse(tag.as_str()), Some(tag.clone()));
            }
        }
    }
}
