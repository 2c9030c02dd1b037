//! The nearest known word to a mistyped one.

/// The candidate most like `word`, if any is like enough to be worth suggesting.
///
/// Likeness is Jaro-Winkler over lower-cased words (Winkler 1990); below 0.8 a suggestion confuses more than it helps.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|c| (strsim::jaro_winkler(&word, &c.to_lowercase()), c))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}

/// `; did you mean `x`?`, or nothing.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map(|c| format!("did you mean `{c}`?")).unwrap_or_default()
}
