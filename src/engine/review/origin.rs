//! Where a form came from: enough to import the file again in just the same way.

use crate::domain::contact::vocabulary;
use crate::domain::review::{Line, Part, Slot};
use crate::engine::import::{ImportKind, ImportOptions};

vocabulary! {
    /// What a form says of its origin.
    Key {
        /// Path of the imported file, as given.
        File = "file",
        /// The same from the root of the file system.
        Path = "path",
        /// What its rows are.
        As = "as",
        /// `--year`
        Year = "year",
        /// `--source`
        Source = "source",
        /// `--basis`
        Basis = "basis",
        /// `--purpose`
        Purpose = "purpose",
        /// `--sheet`
        Sheet = "sheet",
        /// `--encoding`
        Encoding = "encoding",
        /// One `--map`
        Map = "map",
        /// SHA-256 of the file's octets.
        Sha256 = "sha256",
        /// The campaign whose plan left people out.
        Campaign = "campaign",
    }
}

/// The origin of a form of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// How the file was read; its `file` is the path as given.
    pub options: ImportOptions,
    /// The path from the root.
    pub path: String,
    /// SHA-256 of its octets then, as hexadecimal digits.
    pub sha256: String,
}

/// A line that says something of the origin.
pub fn about(key: Key, value: &str) -> Line {
    Line::new(Part::About).with(Slot::Column, key.as_str()).with(Slot::Value, value)
}

impl Origin {
    /// The lines a form tells it by.
    pub fn lines(&self) -> Vec<Line> {
        let options = &self.options;
        let year = options.year.map(|year| year.to_string()).unwrap_or_default();
        let fixed = [
            (Key::File, options.file.as_str()),
            (Key::Path, &self.path),
            (Key::As, options.kind.as_str()),
            (Key::Year, &year),
            (Key::Source, &options.source),
            (Key::Basis, &options.basis),
            (Key::Purpose, &options.purpose),
            (Key::Sheet, options.sheet.as_deref().unwrap_or_default()),
            (Key::Encoding, options.encoding.as_deref().unwrap_or_default()),
            (Key::Sha256, &self.sha256),
        ];
        let maps = options.maps.iter().map(|(column, field)| about(Key::Map, &format!("{column}={field}")));
        fixed.iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| about(*key, value)).chain(maps).collect()
    }

    /// Reads it back.
    ///
    /// # Errors
    /// What is missing or was changed.
    pub fn read(lines: &[Line]) -> Result<Self, String> {
        let of = |key: Key| {
            let mut found =
                lines.iter().filter(|l| l.part == Part::About && l.cell(Slot::Column).trim() == key.as_str());
            found.next().map(|line| line.cell(Slot::Value).trim()).unwrap_or_default()
        };
        let needed = |key: Key| match of(key) {
            "" => {
                Err(format!("the form does not say any more from which file it came: `{key}` is missing among `about`"))
            }
            value => Ok(value.to_owned()),
        };
        let word = needed(Key::As)?;
        let kind = ImportKind::from_word(&word).ok_or_else(|| format!("`as` among `about` cannot be `{word}`"))?;
        let year = match of(Key::Year) {
            "" => None,
            year => Some(year.parse().map_err(|_| format!("`year` among `about` cannot be `{year}`"))?),
        };
        let maps = lines.iter().filter(|l| l.part == Part::About && l.cell(Slot::Column).trim() == Key::Map.as_str());
        let maps = maps.filter_map(|line| {
            let (column, field) = line.cell(Slot::Value).rsplit_once('=')?;
            Some((column.to_owned(), field.to_owned()))
        });
        let options = ImportOptions {
            kind,
            file: needed(Key::File)?,
            year,
            source: of(Key::Source).to_owned(),
            basis: of(Key::Basis).to_owned(),
            purpose: of(Key::Purpose).to_owned(),
            sheet: Some(of(Key::Sheet).to_owned()).filter(|sheet| !sheet.is_empty()),
            encoding: Some(of(Key::Encoding).to_owned()).filter(|encoding| !encoding.is_empty()),
            maps: maps.collect(),
        };
        Ok(Self { options, path: of(Key::Path).to_owned(), sha256: needed(Key::Sha256)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_reads_back_and_says_what_is_missing() {
        let origin = Origin {
            options: ImportOptions {
                kind: ImportKind::Participation,
                file: "lists/2025.csv".to_owned(),
                year: Some(2025),
                source: "igf-registration".to_owned(),
                basis: String::new(),
                purpose: "any".to_owned(),
                sheet: Some("People".to_owned()),
                encoding: Some("gbk".to_owned()),
                maps: vec![("a=b".to_owned(), "email".to_owned())],
            },
            path: "/shared/lists/2025.csv".to_owned(),
            sha256: "ab".repeat(32),
        };
        let mut lines = origin.lines();
        assert_eq!(Origin::read(&lines), Ok(origin));
        lines.retain(|line| line.cell(Slot::Column) != "sha256");
        assert!(Origin::read(&lines).unwrap_err().contains("`sha256` is missing"));
    }
}
