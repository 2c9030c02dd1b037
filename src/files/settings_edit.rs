//! Decisions written into `convoke.toml`, with its comments, order and rights kept. The file is replaced whole or not at
//! all: a crash leaves the old one.

use std::fs;
use std::io;
use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, TableLike, value};

use crate::domain::decisions::{Asked, fold_value};
use crate::system::rights;

/// Why the settings were not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It cannot be read or written.
    #[error("convoke.toml cannot be changed: {0}")]
    File(#[from] io::Error),
    /// It is no TOML, or a decision has no place in it.
    #[error("convoke.toml cannot be changed: {0}\n  help: `convoke check` names its errors")]
    Toml(String),
}

/// Writes decisions (what about, the value as written, the word) into the settings at a path; returns how many are new or
/// say something else than before. Where nothing is new the file is not touched.
///
/// # Errors
/// [`EditError`]; the file is as it was then.
pub fn decide<'a>(
    path: &Path,
    decisions: impl IntoIterator<Item = (Asked, &'a str, &'a str)>,
) -> Result<usize, EditError> {
    let text = fs::read_to_string(path)?;
    let (mark, body) = text.strip_prefix('\u{feff}').map_or(("", text.as_str()), |body| ("\u{feff}", body));
    let mut document: DocumentMut = body.parse().map_err(|e: toml_edit::TomlError| EditError::Toml(e.to_string()))?;
    let mut changed = 0;
    for (asked, written, word) in decisions {
        changed += usize::from(set(table_of(&mut document, asked)?, asked, written, word));
    }
    if changed > 0 {
        rights::replace(path, &format!("{mark}{document}"))?;
    }
    Ok(changed)
}

/// The table with decisions of one sort; made at the end of the file where there is none.
fn table_of(document: &mut DocumentMut, asked: Asked) -> Result<&mut dyn TableLike, EditError> {
    let no_table = |name: &str| EditError::Toml(format!("`{name}` is no table"));
    let table = || Item::Table(Table::new());
    if asked == Asked::Country {
        let item = document.entry("countries").or_insert_with(table);
        return item.as_table_like_mut().ok_or_else(|| no_table("countries"));
    }
    let words = document.entry("words").or_insert_with(|| {
        let mut words = Table::new();
        words.set_implicit(true);
        Item::Table(words)
    });
    let words = words.as_table_like_mut().ok_or_else(|| no_table("words"))?;
    let item = words.entry(asked.as_str()).or_insert_with(table);
    item.as_table_like_mut().ok_or_else(|| no_table(asked.as_str()))
}

/// Sets a value; one that is there in another spelling keeps it. Says whether anything changed.
fn set(table: &mut dyn TableLike, asked: Asked, written: &str, word: &str) -> bool {
    let is_same = |key: &str| match asked {
        Asked::Country => key.to_lowercase() == written.to_lowercase(),
        _ => fold_value(key) == fold_value(written),
    };
    let key =
        table.iter().map(|(key, _)| key.to_owned()).find(|key| is_same(key)).unwrap_or_else(|| written.to_owned());
    match table.get_mut(&key) {
        Some(item) if item.as_str() == Some(word) => false,
        Some(Item::Value(known)) => {
            let decor = known.decor().clone();
            *known = word.into();
            *known.decor_mut() = decor;
            true
        }
        _ => {
            table.insert(&key, value(word));
            true
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test that cannot go on must end

    use super::*;

    fn edited(before: &str, decisions: &[(Asked, &str, &str)]) -> (usize, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("convoke.toml");
        fs::write(&path, before).unwrap();
        let changed = decide(&path, decisions.iter().copied()).unwrap();
        (changed, fs::read_to_string(&path).unwrap())
    }

    #[test]
    fn comments_and_order_stay_and_new_decisions_come_behind() {
        let before = "# ours\n[tiers]\ncommunity_if_attended_last = 3 # meetings\n\n[countries] # decided by the board\n\
                      \"Korea\" = \"KP\" # was wrong\n\n[policy]\nmin_cell = 12\n";
        let decisions = [
            (Asked::Country, "korea", "KR"),
            (Asked::Country, "Atlantis \"the\" lost", "unknown"),
            (Asked::Tier, "Inner circle", "community"),
            (Asked::DateOrder, "Consent date", "day-first"),
        ];
        let (changed, after) = edited(before, &decisions);
        assert_eq!(changed, 4);
        assert_eq!(
            after,
            "# ours\n[tiers]\ncommunity_if_attended_last = 3 # meetings\n\n[countries] # decided by the board\n\
             \"Korea\" = \"KR\" # was wrong\n'Atlantis \"the\" lost' = \"unknown\"\n\n[policy]\nmin_cell = 12\n\n\
             [words.tier]\n\"Inner circle\" = \"community\"\n\n[words.date_order]\n\"Consent date\" = \"day-first\"\n"
        );
        assert_eq!(edited(&after, &decisions), (0, after.clone()));
    }

    #[test]
    fn an_inline_table_takes_decisions_and_broken_settings_stay_as_they_are() {
        let (_, after) = edited("countries = { Korea = \"KR\" }\n", &[(Asked::Country, "Congo", "CD")]);
        assert_eq!(after, "countries = { Korea = \"KR\" , Congo = \"CD\" }\n");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("convoke.toml");
        for broken in ["[countries\n", "countries = 3\n", "words = []\n"] {
            fs::write(&path, broken).unwrap();
            let decisions = [(Asked::Country, "Congo", "CD"), (Asked::Tier, "x", "field")];
            assert!(decide(&path, decisions).is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), broken);
        }
    }

    #[test]
    fn settings_nobody_may_write_to_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("convoke.toml");
        fs::write(&path, "# ours\n").unwrap();
        let mut rights = fs::metadata(&path).unwrap().permissions();
        rights.set_readonly(true);
        fs::set_permissions(&path, rights).unwrap();
        let told = decide(&path, [(Asked::Country, "Korea", "KR")]).unwrap_err().to_string();
        assert!(told.starts_with("convoke.toml cannot be changed: "), "{told}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "# ours\n");
    }
}
