//! Cells that only say that nothing was told: `-`, `N/A`, `not specified`, `-- Please select --`. Forms and exports fill gaps with them; they are
//! no country, no organisation, and above all no name that a letter could say.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::vocabulary::fold_words;

/// Words that say that nothing is known or told, in the form [`fold_words`] gives them.
#[rustfmt::skip] // one word a line would hide the table
pub(super) const WORDS: &[&str] = &[
    "unknown", "n_a", "na", "nan", "null", "nil", "none", "nothing", "not_applicable", "not_available", "not_specified",
    "unspecified", "not_stated", "not_given", "not_provided", "not_known", "not_indicated", "no_answer", "no_data",
    "no_information", "no_response", "tba", "tbc", "tbd", "to_be_confirmed", "prefer_not_to_say", "prefer_not_to_answer",
    "undisclosed", "not_disclosed", "other_unknown", "i_prefer_not_to_say", "rather_not_say", "select", "please_select", "select_one",
    "please_select_one", "select_an_option", "select_country", "select_a_country", "choose", "please_choose", "choose_one",
    "choose_an_option", "veuillez_choisir", "veuillez_selectionner", "selectionnez", "seleccione", "seleccionar",
    "selecione", "bitte_wahlen", "выберите", "请选择",
    "inconnu", "inconnue", "sans_objet", "non_applicable", "non_precise", "non_renseigne", "non_specifie", "neant", "aucun",
    "aucune", "desconocido", "desconocida", "no_aplica", "no_especificado", "no_indicado", "sin_especificar", "sin_datos",
    "ninguno", "ninguna", "desconhecido", "desconhecida", "nao_aplicavel", "nao_especificado", "nao_informado", "nenhum",
    "nenhuma", "unbekannt", "k_a", "keine_angabe", "keine_angaben", "nicht_angegeben", "keine", "неизвестно", "н_д",
    "нет_данных", "не_указано", "не_указан", "не_указана", "غير_معروف", "غير_محدد", "لا_يوجد", "غير_متوفر", "未知", "不详",
    "不詳", "暂无", "未填写", "不适用", "無", "无", "なし", "不明", "",
];

/// Words among them that people are called by, or that stand for initials.
const NAMES: &[&str] = &["na", "nan", "null", "nil", "n_a", "k_a", "н_д", "無", "无"];

/// Words among them that answer a question with no, rather than leave it.
const DENIALS: &[&str] = &[
    "unknown",
    "nil",
    "none",
    "nothing",
    "not_known",
    "neant",
    "aucun",
    "aucune",
    "ninguno",
    "ninguna",
    "nenhum",
    "nenhuma",
    "keine",
    "inconnu",
    "inconnue",
    "desconocido",
    "desconocida",
    "desconhecido",
    "desconhecida",
    "unbekannt",
    "неизвестно",
    "غير_معروف",
    "لا_يوجد",
    "未知",
    "無",
    "无",
    "なし",
    "不明",
];

/// Longest cell looked at, in octets; the longest word has fewer.
const LONGEST: usize = 60;

/// Whether a cell says nothing but that nothing was told. A blank cell does.
pub fn is_not_given(cell: &str) -> bool {
    cell.len() <= LONGEST && (is_mark(cell) || word(cell).is_some_and(|word| !word.is_empty()))
}

/// The same of a cell that should hold somebody's name. People are called Null and Na, and N. A. are initials; only what
/// machines write for a gap is none.
pub fn is_no_name(cell: &str) -> bool {
    if !is_not_given(cell) {
        return false;
    }
    let text = cell.trim();
    match word(text) {
        Some(word) if NAMES.contains(&word) => {
            text.contains(['/', '#']) || matches!(text, "n.a." | "n.a" | "NULL" | "null" | "NaN" | "nan")
        }
        _ => true,
    }
}

/// Whether a cell says that there is nothing, as an answer: `none`, `unknown`. Where a basis is asked for, that is no gap
/// that somebody else may fill.
pub fn is_denied(cell: &str) -> bool {
    cell.len() <= LONGEST && word(cell).is_some_and(|word| DENIALS.contains(&word))
}

/// Whether a row says `NA` for its country, and in another cell too: statistics programs write it wherever there is nothing,
/// and then it is no code of Namibia. `countries` are the places of the cells about the country.
pub fn leaves_gaps_as_na<'c>(cells: impl Iterator<Item = &'c str>, countries: [Option<usize>; 2]) -> bool {
    let (mut country, mut other) = (false, false);
    for (place, _) in cells.enumerate().filter(|(_, cell)| cell.trim() == "NA") {
        if countries.contains(&Some(place)) { country = true } else { other = true }
    }
    country && other
}

/// The word of the table that a cell is. No flag, tick or other symbol, though they have no letters either.
fn word(cell: &str) -> Option<&'static str> {
    // Every text of every row is looked up.
    static INDEX: LazyLock<HashSet<&'static str>> = LazyLock::new(|| WORDS.iter().copied().collect());
    INDEX.get(fold_words(cell).as_str()).copied()
}

/// Whether a cell holds punctuation only.
fn is_mark(cell: &str) -> bool {
    let is_one = |c: char| {
        c.is_whitespace()
            || c.is_ascii_punctuation()
            || matches!(c, '\u{2010}'..='\u{2015}' | '−' | '…' | '·' | '•' | '¿' | '？' | '－' | '／' | '。' | '＿')
    };
    cell.chars().all(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_words_for_nothing_are_told_from_values() {
        for cell in [
            "",
            " ",
            "-",
            "--",
            "—",
            "?",
            "???",
            ".",
            "n/a",
            "N/A",
            "n.a.",
            "#N/A",
            "None",
            "NULL",
            "(unknown)",
            "Не указано",
        ] {
            assert!(is_not_given(cell), "{cell}");
        }
        for cell in ["Kenya", "✓", "🇰🇪", "no", "0", "other", "N", "Nana", "any"] {
            assert!(!is_not_given(cell), "{cell}");
        }
    }

    #[test]
    fn nobody_loses_a_name_that_only_looks_like_a_gap() {
        for cell in ["-", "?", ".", "N/A", "n/a", "#N/A", "n.a.", "None", "unknown", "null", "NULL", "not provided"] {
            assert!(is_no_name(cell), "{cell}");
        }
        for cell in ["Null", "Na", "NA", "Nan", "Nil", "N. A.", "N.A.", "Noone", "K. A."] {
            assert!(!is_no_name(cell), "{cell}");
        }
    }

    #[test]
    fn a_denial_is_told_from_a_gap() {
        assert!(
            is_denied("none") && is_denied("Unknown") && !is_denied("N/A") && !is_denied("-") && !is_denied("consent")
        );
        assert!(DENIALS.iter().chain(NAMES).all(|word| WORDS.contains(word)));
    }
}
