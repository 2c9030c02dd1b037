//! The nearest known word to a mistyped one.

/// The candidate most like `word`, if any is like enough to be worth suggesting.
///
/// Likeness is Jaro-Winkler over lower-cased words (Winkler 1990); below 0.8 a suggestion confuses more than it helps.
/// A part of a candidate between underscores counts a little less than the whole, so that `langauge` finds
/// `default_language`. Of equally like candidates the first wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|c| (likeness(&word, &c.to_lowercase()), c))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, c)| c)
}

fn likeness(word: &str, candidate: &str) -> f64 {
    let parts = candidate.split('_').map(|part| 0.95 * strsim::jaro_winkler(word, part));
    parts.fold(strsim::jaro_winkler(word, candidate), f64::max)
}

/// ``did you mean `x`?``, or nothing.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map(|c| format!("did you mean `{c}`?")).unwrap_or_default()
}

/// ``did you mean `x`?`` where a candidate is near, else the candidates themselves while they are few enough to read.
pub fn nearest_or_all<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(word, candidates.clone()) {
        return format!("did you mean `{near}`?");
    }
    let all: Vec<String> = candidates.into_iter().map(|c| format!("`{c}`")).collect();
    match all.len() {
        0 => String::new(),
        1..=14 => format!("it is one of {}", all.join(", ")),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_is_not() {
        let words = ["language", "name", "organisation"];
        assert_eq!(nearest("langauge", words), Some("language"));
        assert_eq!(nearest("xyzzy", words), None);
        assert_eq!(did_you_mean("organization", words), "did you mean `organisation`?");
    }

    #[test]
    fn a_part_between_underscores_is_enough() {
        assert_eq!(nearest("langauge", ["title", "default_language"]), Some("default_language"));
    }

    #[test]
    fn without_a_near_word_the_few_possible_ones_are_named() {
        assert_eq!(nearest_or_all("xyzzy", ["before", "during"]), "it is one of `before`, `during`");
    }
}
