//! What an unclear value probably means, by how it is written and by what its rows say besides.

use crate::domain::contact::Stakeholder;
use crate::domain::decisions::{Asked, named};
use crate::domain::geography::{CountryCode, Table, suggest};
use crate::domain::language::LanguageTag;
use crate::domain::suggestion::nearest;
use crate::domain::vocabulary::{fold_words, stakeholder};
use crate::engine::import::unclear::{Evidence, UnclearValue};

/// Suggestions told of a value.
const MOST: usize = 4;
/// Longest run of words looked up in the vocabulary of stakeholder groups.
const LONGEST_RUN: usize = 4;

/// Likely answers, the most probable first, as a person may write them.
pub fn answers(value: &UnclearValue) -> Vec<String> {
    let words = value.asked.words();
    match value.asked {
        Asked::Country => countries(value).into_iter().map(named).collect(),
        Asked::StakeholderGroup => first(stakeholder_within(&value.value), &value.value, words),
        Asked::Tier | Asked::Gender => first(None, &value.value, words),
        Asked::Language => languages(value),
        Asked::DateOrder => {
            let mut orders = vec!["day-first", "month-first"];
            orders.sort_by_key(|order| std::cmp::Reverse(value.evidence.orders.get(order).copied().unwrap_or(0)));
            orders.into_iter().map(str::to_owned).collect()
        }
    }
}

/// The countries a value may mean, those for which the most rows speak first.
fn countries(value: &UnclearValue) -> Vec<CountryCode> {
    // `Niger / NG`: either cell may be the right one.
    let parts = std::iter::once(value.value.as_str()).chain(value.value.split(" / "));
    let mut found: Vec<CountryCode> = Vec::new();
    for suggestion in parts.flat_map(suggest) {
        if !found.contains(&suggestion.country) {
            found.push(suggestion.country);
        }
    }
    for record in &Table::get().records {
        if !found.contains(&record.code) && by_domain(&value.evidence, record.code) * 2 > value.count {
            found.push(record.code);
        }
    }
    found.sort_by_key(|code| std::cmp::Reverse(witnesses(&value.evidence, *code)));
    found.truncate(MOST);
    found
}

fn by_domain(evidence: &Evidence, code: CountryCode) -> u64 {
    evidence.domains.get(code.record().tld.trim_start_matches('.')).copied().unwrap_or(0)
}

/// Rows that speak for a country. English speaks for none: too many lists say `en` of everybody.
fn witnesses(evidence: &Evidence, code: CountryCode) -> u64 {
    let record = code.record();
    let zones = record.time_zones.iter().filter_map(|zone| evidence.zones.get(zone)).sum::<u64>();
    let languages = evidence.languages.iter().filter(|(cell, _)| {
        let tag = LanguageTag::read(cell).map(|tag| tag.base());
        tag.is_some_and(|tag| tag.as_str() != "en" && record.official_languages.iter().any(|own| own == tag.as_str()))
    });
    (by_domain(evidence, code) + zones) * 2 + languages.map(|(_, count)| count).sum::<u64>()
}

/// The group that a part of a longer cell names: `Civil Society Organisation (NGO)`.
fn stakeholder_within(cell: &str) -> Option<&'static str> {
    let folded = fold_words(cell);
    let words: Vec<&str> = folded.split('_').take(20).collect();
    let runs = (1..=LONGEST_RUN.min(words.len())).rev().flat_map(|length| words.windows(length));
    let mut groups = runs.filter_map(|run| stakeholder(&run.join(" "))).filter(|group| *group != Stakeholder::Unknown);
    groups.next().map(Stakeholder::as_str)
}

/// The words of a vocabulary, the likeliest in front.
fn first(likely: Option<&'static str>, cell: &str, words: Vec<&'static str>) -> Vec<String> {
    let likely = likely.or_else(|| nearest(cell, words.iter().copied()));
    let rest = words.into_iter().filter(|word| Some(*word) != likely);
    likely.into_iter().chain(rest).map(str::to_owned).collect()
}

/// The official languages of the countries that most of the rows come from.
fn languages(value: &UnclearValue) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut domains: Vec<_> = value.evidence.domains.iter().collect();
    domains.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (domain, _) in domains {
        let records = Table::get().records.iter().filter(|r| r.tld.trim_start_matches('.') == domain.as_str());
        for tag in records.flat_map(|record| &record.official_languages) {
            if !found.contains(tag) {
                found.push(tag.clone());
            }
        }
    }
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(asked: Asked, text: &str, domains: &[(&str, u64)]) -> UnclearValue {
        let domains = domains.iter().map(|(domain, count)| ((*domain).to_owned(), *count)).collect();
        let evidence = Evidence { domains, ..Evidence::default() };
        UnclearValue { asked, value: text.to_owned(), count: 10, lines: vec![2], evidence }
    }

    #[test]
    fn what_most_rows_speak_for_comes_first() {
        let south = answers(&value(Asked::Country, "Korea", &[("kr", 7), ("kp", 1)]));
        assert!(south.first().is_some_and(|first| first.starts_with("KR (")), "{south:?}");
        let north = answers(&value(Asked::Country, "Korea", &[("kp", 7), ("kr", 1)]));
        assert!(north.first().is_some_and(|first| first.starts_with("KP (")), "{north:?}");
        let nowhere = answers(&value(Asked::Country, "The Capital", &[("ke", 9)]));
        assert_eq!(nowhere, ["KE (Kenya)"]);
    }

    #[test]
    fn a_group_named_within_a_cell_comes_first() {
        for (cell, group) in [
            ("Civil Society Organisation (local)", "Civil Society"),
            ("Think tank / academia", "Technical Community"),
            ("Goverment", "Government"),
        ] {
            assert_eq!(answers(&value(Asked::StakeholderGroup, cell, &[]))[0], group, "{cell}");
        }
    }
}
