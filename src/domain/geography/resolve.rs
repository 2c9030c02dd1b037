//! From a cell to a country, asking instead of guessing.

use std::collections::BTreeMap;

use super::evidence::{Evidence, contradicting, supported};
use super::names::{CountryNames, fold_name};
use super::{CountryCode, Table};
use crate::domain::contact::Country;

/// `[countries]`: what an officer decided about names, by the folded name.
#[derive(Debug, Clone, Default)]
pub struct Decisions(BTreeMap<String, CountryCode>);

impl Decisions {
    /// From the names as written in the settings.
    pub fn new<'a>(decided: impl IntoIterator<Item = (&'a str, CountryCode)>) -> Self {
        Self(decided.into_iter().map(|(name, code)| (fold_name(name), code)).collect())
    }

    /// Every decision as `name=CODE`, in order: what a fingerprint of them is taken over.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(|(name, code)| format!("{name}={code}")).collect()
    }

    fn of(&self, cell: &str) -> Option<CountryCode> {
        if self.0.is_empty() { None } else { self.0.get(&fold_name(cell)).copied() }
    }
}

/// What the country cells of a row came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The country.
    pub country: Country,
    /// What a person should look at, if anything.
    pub note: Option<String>,
}

/// Names that people use for more than one country, with their meanings. Without further evidence nobody can tell.
#[rustfmt::skip] // one name a line would hide the table
const ASK: &[(&[&str], [&str; 2])] = &[
    (
        &["congo", "kongo", "конго", "الكونغو", "刚果", "コンゴ", "콩고", "il congo", "कांगो", "কঙ্গো", "کنگو"],
        ["CG", "CD"],
    ),
    (
        &["korea", "corea", "corée", "coree", "coreia", "корея", "كوريا", "朝鲜半岛", "kore", "कोरिया", "কোরিয়া", "کره"],
        ["KR", "KP"],
    ),
    (
        &[
            "virgin islands", "îles vierges", "iles vierges", "islas vírgenes", "islas virgenes", "ilhas virgens",
            "jungferninseln", "виргинские острова", "جزر العذراء", "维尔京群岛",
        ],
        ["VG", "VI"],
    ),
    (&["saint martin", "st. martin", "st martin", "saint-martin", "sint maarten / saint martin"], ["MF", "SX"]),
];

/// Resolves the cell of a country's name and the cell of its code (either may be empty).
///
/// A decision of the settings wins. Two cells that agree settle it; a code settles what the name leaves open; two that
/// contradict each other stay ambiguous.
pub fn resolve(name: &str, code: &str, evidence: &Evidence<'_>, decisions: &Decisions) -> Resolution {
    let (name, code) = (name.trim(), code.trim());
    match (name.is_empty(), code.is_empty()) {
        (true, true) => Resolution { country: Country::Missing, note: None },
        (false, true) => one_cell(name, evidence, decisions),
        (true, false) => one_cell(code, evidence, decisions),
        (false, false) => two_cells(name, code, evidence, decisions),
    }
}

fn one_cell(cell: &str, evidence: &Evidence<'_>, decisions: &Decisions) -> Resolution {
    match meaning(cell, decisions) {
        Meaning::Decided(code) => known(code),
        Meaning::One(code) => match contradicting(code, evidence) {
            None => known(code),
            Some(other) => ambiguous(
                cell,
                format!(
                    "`{cell}` is {}, but the rest of the row points to {}; decide it under [countries] or mend the row",
                    code.record().name,
                    other.record().name
                ),
            ),
        },
        Meaning::Several(codes) => match supported(&codes, evidence) {
            Some(code) => known(code),
            None => ambiguous(
                cell,
                format!("`{cell}` may be {}; decide it under [countries] or give the code", listed(&codes)),
            ),
        },
        Meaning::Nothing => unknown(cell),
    }
}

fn two_cells(name: &str, code: &str, evidence: &Evidence<'_>, decisions: &Decisions) -> Resolution {
    // A decision is about what the officer saw: the name. It wins over the code beside it.
    let by_name = meaning(name, decisions);
    let by_code = code_of(code).map_or_else(|| meaning(code, decisions), Meaning::One);
    let code_means = match by_code {
        Meaning::Decided(code) | Meaning::One(code) => code,
        Meaning::Several(_) | Meaning::Nothing => {
            let mut resolution = one_cell(name, evidence, decisions);
            resolution.note.get_or_insert_with(|| format!("`{code}` is no country code; the name decided"));
            return resolution;
        }
    };
    match by_name {
        Meaning::Decided(decided) => known(decided),
        Meaning::One(named) if named == code_means => known(named),
        Meaning::Several(codes) if codes.contains(&code_means) => known(code_means),
        Meaning::Nothing => Resolution {
            country: Country::Known(code_means),
            note: Some(format!("`{name}` is no known country; the code `{code}` decided")),
        },
        Meaning::One(_) | Meaning::Several(_) => ambiguous(
            &format!("{name} / {code}"),
            format!("the name `{name}` and the code `{code}` contradict each other"),
        ),
    }
}

/// What one cell may mean by itself.
enum Meaning {
    Decided(CountryCode),
    One(CountryCode),
    Several(Vec<CountryCode>),
    Nothing,
}

fn meaning(cell: &str, decisions: &Decisions) -> Meaning {
    if let Some(code) = decisions.of(cell) {
        return Meaning::Decided(code);
    }
    let folded = fold_name(cell);
    if let Some((_, codes)) = ASK.iter().find(|(names, _)| names.contains(&bare(&folded))) {
        return Meaning::Several(codes.iter().filter_map(|c| CountryCode::parse(c)).collect());
    }
    let mut codes = CountryNames::get().find(cell).to_vec();
    if let Some(code) = code_of(cell) {
        // `NGA` is Nigeria, `Nga` may be Russia in Vietnamese.
        let one_case = !cell.chars().any(char::is_lowercase) || !cell.chars().any(char::is_uppercase);
        if one_case {
            return Meaning::One(code);
        }
        if !codes.contains(&code) {
            codes.insert(0, code);
        }
    }
    match codes.as_slice() {
        [] => Meaning::Nothing,
        [code] => Meaning::One(*code),
        _ => Meaning::Several(codes),
    }
}

/// Without the article the UN's list puts behind a name: `congo (the)`.
fn bare(folded: &str) -> &str {
    let name = folded.split(" (").next().unwrap_or(folded);
    let article = folded.get(name.len()..).unwrap_or("");
    let name =
        if matches!(article, "" | " (the)" | " (le)" | " (el)" | " (la)" | " (les)" | " (l')") { name } else { folded };
    name.strip_prefix("the ").unwrap_or(name)
}

/// The country of an ISO alpha-2, alpha-3 or M49 code.
fn code_of(cell: &str) -> Option<CountryCode> {
    match cell.len() {
        2 => CountryCode::parse(cell),
        3 => {
            let table = Table::get();
            let by_letters = table.records.iter().find(|r| r.iso3.eq_ignore_ascii_case(cell));
            let by_number = || {
                let number = cell.parse::<u16>().ok().filter(|n| *n > 0)?;
                table.records.iter().find(|r| r.m49 == number)
            };
            by_letters.or_else(by_number).map(|r| r.code)
        }
        _ => None,
    }
}

fn known(code: CountryCode) -> Resolution {
    Resolution { country: Country::Known(code), note: None }
}

fn ambiguous(cell: &str, note: String) -> Resolution {
    Resolution { country: Country::Ambiguous(kept(cell)), note: Some(note) }
}

fn unknown(cell: &str) -> Resolution {
    let hint = match CountryNames::get().nearest(cell) {
        Some((name, code)) => format!("; did you mean `{name}` ({code})?"),
        None => String::new(),
    };
    Resolution {
        country: Country::Unknown(kept(cell)),
        note: Some(format!("no country is called `{}`{hint}", kept(cell))),
    }
}

/// At most this much of an unresolved cell is kept, in characters.
const LONGEST_KEPT: usize = 200;

fn kept(cell: &str) -> String {
    cell.chars().take(LONGEST_KEPT).collect()
}

fn listed(codes: &[CountryCode]) -> String {
    let names: Vec<String> = codes.iter().map(|c| format!("{} ({c})", c.record().name)).collect();
    names.join(" or ")
}

#[cfg(test)]
mod tests;
