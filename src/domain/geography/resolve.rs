//! From a cell to a country, asking instead of guessing.

use std::collections::BTreeMap;

use super::CountryCode;
use super::codes::{code_of, shortened_number};
use super::evidence::{Evidence, contradicting, contradicting_code, may_be_a_gap, supported};
use super::folding::fold_name;
use super::names::CountryNames;
use super::parts::{self, Parts};
use super::questions::{Kind, question};
use super::suggest::near;
use crate::domain::contact::Country;
use crate::domain::not_given::is_not_given;

/// `[countries]`: what an officer decided about names, by the folded name. A name without a country was looked at, means
/// none, and is not asked about again.
#[derive(Debug, Clone, Default)]
pub struct Decisions(BTreeMap<String, Option<CountryCode>>);

impl Decisions {
    /// From the names as written in the settings.
    pub fn new<'a>(decided: impl IntoIterator<Item = (&'a str, Option<CountryCode>)>) -> Self {
        Self(decided.into_iter().map(|(name, code)| (fold_name(name), code)).collect())
    }

    /// Every decision as `name=CODE` (`name=unknown`), in order: what a fingerprint of them is taken over.
    pub fn lines(&self) -> Vec<String> {
        let word = |code: &Option<CountryCode>| code.map_or_else(|| "unknown".to_owned(), |code| code.to_string());
        self.0.iter().map(|(name, code)| format!("{name}={}", word(code))).collect()
    }

    fn of(&self, cell: &str) -> Option<Option<CountryCode>> {
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
    /// How it was found out.
    pub how: How,
}

/// How a cell came to its country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// There was nothing to read.
    Empty,
    /// `[countries]` says so.
    Decision,
    /// By its code (ISO 3166, M49, a flag).
    Code,
    /// By its name in some language.
    Name,
    /// By a part of the cell; the rest names a place within the country.
    Part,
    /// The rest of the row chose among several.
    Evidence,
    /// It needs a person.
    Asked,
}

impl How {
    /// A word for tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            How::Empty => "empty",
            How::Decision => "decision",
            How::Code => "code",
            How::Name => "name",
            How::Part => "part of the cell",
            How::Evidence => "rest of the row",
            How::Asked => "asked",
        }
    }
}

/// Resolves the cell of a country's name and the cell of its code (either may be empty).
///
/// A decision of the settings wins. Two cells that agree settle it; a code settles what the name leaves open; two that
/// contradict each other stay ambiguous.
pub fn resolve(name: &str, code: &str, evidence: &Evidence<'_>, decisions: &Decisions) -> Resolution {
    let [mut name, mut code] = [name, code].map(|cell| told(cell.trim(), decisions));
    if evidence.leaves_gaps_as_na && !name.is_empty() && code == "NA" {
        code = "";
    } else if evidence.leaves_gaps_as_na && name == "NA" && !code.is_empty() {
        name = "";
    }
    match (name.is_empty(), code.is_empty()) {
        (true, true) => Resolution { country: Country::Missing, note: None, how: How::Empty },
        (false, true) => one_cell(name, evidence, decisions),
        (true, false) => one_cell(code, evidence, decisions),
        (false, false) => two_cells(name, code, evidence, decisions),
    }
}

/// What a cell says; nothing where it only says that nothing was told. `NA` alone is Namibia's code.
fn told<'c>(cell: &'c str, decisions: &Decisions) -> &'c str {
    let is_gap = is_not_given(cell) && !cell.eq_ignore_ascii_case("na") && decisions.of(cell).is_none();
    if is_gap { "" } else { cell }
}

fn one_cell(cell: &str, evidence: &Evidence<'_>, decisions: &Decisions) -> Resolution {
    match meaning(cell, decisions) {
        Meaning::Decided(decided) => by_decision(cell, decided),
        Meaning::One(code, How::Code) if may_be_a_gap(cell, code, evidence) => ambiguous(
            cell,
            format!(
                "`{cell}` is {}, but the row says `{cell}` elsewhere too, as where nothing is known; mend the row, or answer about it in a form of `import --review`",
                code.record().name
            ),
        ),
        Meaning::One(code, how) => {
            let against = if how == How::Code { contradicting_code(code, evidence) } else { None };
            match against.or_else(|| contradicting(code, evidence)) {
                None => known(code, how),
                Some(other) => ambiguous(
                    cell,
                    format!(
                        "`{cell}` is {}, but the rest of the row points to {}; mend the row, or answer about it in a form of `import --review`",
                        code.record().name,
                        other.record().name
                    ),
                ),
            }
        }
        Meaning::Several(codes) => match supported(&codes, evidence) {
            Some(code) => known(code, How::Evidence),
            None => ambiguous(
                cell,
                format!("`{cell}` may be {}; decide it under [countries] or give the code", listed(&codes)),
            ),
        },
        Meaning::Ask(codes, why) => asked(cell, &codes, why),
        Meaning::Nothing => unknown(cell),
    }
}

fn two_cells(name: &str, code: &str, evidence: &Evidence<'_>, decisions: &Decisions) -> Resolution {
    let both = format!("{name} / {code}");
    if let Some(decided) = decisions.of(&both) {
        return by_decision(&both, decided);
    }
    // A decision is about what the officer saw: the name. It wins over the code beside it.
    let by_name = meaning(name, decisions);
    let by_code = code_of(code).map_or_else(|| meaning(code, decisions), |code| Meaning::One(code, How::Code));
    let code_means = match by_code {
        Meaning::Decided(Some(code)) | Meaning::One(code, _) => code,
        Meaning::Decided(None) => return one_cell(name, evidence, decisions),
        Meaning::Several(_) | Meaning::Ask(..) | Meaning::Nothing => {
            let mut resolution = one_cell(name, evidence, decisions);
            resolution.note.get_or_insert_with(|| format!("`{code}` is no country code; the name decided"));
            return resolution;
        }
    };
    match by_name {
        Meaning::Decided(Some(decided)) => known(decided, How::Decision),
        Meaning::Decided(None) => known(code_means, How::Code),
        Meaning::One(named, how) if named == code_means => known(named, how),
        Meaning::Several(codes) | Meaning::Ask(codes, _) if codes.contains(&code_means) => known(code_means, How::Code),
        Meaning::Nothing => Resolution {
            country: Country::Known(code_means),
            note: Some(format!("`{name}` is no known country; the code `{code}` decided")),
            how: How::Code,
        },
        Meaning::One(..) | Meaning::Several(_) | Meaning::Ask(..) => {
            ambiguous(&both, format!("the name `{name}` and the code `{code}` contradict each other"))
        }
    }
}

/// Why a person has to say what a cell means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// A state that is no more.
    Former,
    /// States differ about the place, or it is no country of the table.
    Contested,
    /// Letters of another list than ISO's.
    OtherCode,
    /// The cell says more than one thing.
    Parts,
    /// The end of an M49 number.
    Number,
}

impl Why {
    /// Why a country is suggested.
    pub(super) fn as_reason(self) -> &'static str {
        match self {
            Why::Former => "it stands where that state stood",
            Why::Contested => "",
            Why::OtherCode => "other lists than ISO 3166 write it so",
            Why::Parts => "the cell names it",
            Why::Number => "its M49 number ends so",
        }
    }

    fn as_note(self, cell: &str, codes: &[CountryCode]) -> String {
        let meant = listed(codes);
        match self {
            Why::Former => {
                format!("`{cell}` is a country no more; where it stood: {meant}; decide it under [countries]")
            }
            Why::Contested => format!(
                "`{cell}` is no entry of the table, which takes no side; decide it under [countries], as a country or as \"unknown\""
            ),
            Why::OtherCode => {
                format!("`{cell}` is no ISO 3166 code; did you mean {meant}? decide it under [countries]")
            }
            Why::Parts => {
                format!("`{cell}` says more than a country; did you mean {meant}? decide it under [countries]")
            }
            Why::Number => format!("`{cell}` is no M49 number of three digits; did you mean {meant}?"),
        }
    }
}

/// What one cell may mean by itself.
pub(super) enum Meaning {
    /// Decided in the settings: a country, or that it is none.
    Decided(Option<CountryCode>),
    /// This country.
    One(CountryCode, How),
    /// One of these; the rest of the row may say which.
    Several(Vec<CountryCode>),
    /// A person has to say whether it is one of these (maybe none are suggested), for this reason.
    Ask(Vec<CountryCode>, Why),
    /// Nothing the table knows.
    Nothing,
}

pub(super) fn meaning(cell: &str, decisions: &Decisions) -> Meaning {
    if let Some(decided) = decisions.of(cell) {
        return Meaning::Decided(decided);
    }
    if let Some(question) = question(&fold_name(cell)) {
        return match question.kind {
            Kind::Shared => Meaning::Several(question.codes),
            Kind::Former => Meaning::Ask(question.codes, Why::Former),
            Kind::Contested => Meaning::Ask(Vec::new(), Why::Contested),
            Kind::OtherCode => Meaning::Ask(question.codes, Why::OtherCode),
        };
    }
    let mut codes = CountryNames::get().find(cell).to_vec();
    if let Some(code) = code_of(cell) {
        // `NGA` is Nigeria, `Nga` may be Russia in Vietnamese.
        let one_case = !cell.chars().any(char::is_lowercase) || !cell.chars().any(char::is_uppercase);
        if one_case {
            return Meaning::One(code, How::Code);
        }
        if !codes.contains(&code) {
            codes.insert(0, code);
        }
    }
    match codes.as_slice() {
        [] => by_parts(cell),
        [code] => Meaning::One(*code, How::Name),
        _ => Meaning::Several(codes),
    }
}

fn by_parts(cell: &str) -> Meaning {
    if cell.len() > LONGEST_KEPT {
        return Meaning::Nothing;
    }
    match (parts::read(cell), shortened_number(cell)) {
        (Parts::One(code), _) => Meaning::One(code, How::Part),
        (Parts::Ask(codes), _) => Meaning::Ask(codes, Why::Parts),
        (Parts::Nothing, Some(code)) => Meaning::Ask(vec![code], Why::Number),
        (Parts::Nothing, None) => Meaning::Nothing,
    }
}

fn known(code: CountryCode, how: How) -> Resolution {
    Resolution { country: Country::Known(code), note: None, how }
}

fn by_decision(cell: &str, decided: Option<CountryCode>) -> Resolution {
    let country = decided.map_or_else(|| Country::Unknown(kept(cell)), Country::Known);
    Resolution { country, note: None, how: How::Decision }
}

fn ambiguous(cell: &str, note: String) -> Resolution {
    Resolution { country: Country::Ambiguous(kept(cell)), note: Some(note), how: How::Asked }
}

fn asked(cell: &str, codes: &[CountryCode], why: Why) -> Resolution {
    let cell = kept(cell);
    let note = Some(why.as_note(&cell, codes));
    let country = if codes.is_empty() { Country::Unknown(cell) } else { Country::Ambiguous(cell) };
    Resolution { country, note, how: How::Asked }
}

fn unknown(cell: &str) -> Resolution {
    let near: Vec<CountryCode> = near(cell).iter().map(|s| s.country).collect();
    let hint = if near.is_empty() { String::new() } else { format!("; did you mean {}?", listed(&near)) };
    Resolution {
        country: Country::Unknown(kept(cell)),
        note: Some(format!("no country is called `{}`{hint}", kept(cell))),
        how: How::Asked,
    }
}

/// At most this much of an unresolved cell is kept, in characters.
const LONGEST_KEPT: usize = 200;

fn kept(cell: &str) -> String {
    cell.chars().take(LONGEST_KEPT).collect()
}

/// As many countries as a sentence holds.
const MOST_LISTED: usize = 4;

fn listed(codes: &[CountryCode]) -> String {
    let mut names: Vec<String> = codes.iter().take(MOST_LISTED).map(|c| format!("{} ({c})", c.record().name)).collect();
    if codes.len() > MOST_LISTED {
        names.push(format!("one of {} more", codes.len() - MOST_LISTED));
    }
    names.join(" or ")
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod table_tests;
