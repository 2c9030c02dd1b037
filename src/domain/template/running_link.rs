//! Whether a value in plain text stands inside a link. Readers' programs make links of plain text, so a value there is
//! written as it would be in HTML: percent-encoded, and unable to end the link or to change its other parts.

use super::escape::link_is_safe;

/// Follows a plain text and remembers the word that may be a link.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RunningLink {
    word: String,
    /// Whether the word began at `<`, as the links of a derived text part do.
    is_bracketed: bool,
}

impl RunningLink {
    /// Moves over text.
    pub fn pass(&mut self, text: &str) {
        for c in text.chars() {
            if ends_link(c) {
                self.word.clear();
                self.is_bracketed = c == '<';
            } else {
                self.word.push(c);
            }
        }
    }

    /// Moves over a value that is known only when a letter is written: between `<` and `>` it begins a link.
    pub fn pass_value(&mut self) {
        if self.is_bracketed && self.word.is_empty() {
            self.word.push_str("https://");
        }
    }

    /// Whether what comes next is a later part of a link.
    pub fn is_open(&self) -> bool {
        // `(https://…` is a link as well, and `see:https://…`.
        let starts =
            self.word.char_indices().filter(|(_, c)| c.eq_ignore_ascii_case(&'h') || c.eq_ignore_ascii_case(&'m'));
        starts.into_iter().any(|(at, _)| self.word.get(at..).is_some_and(link_is_safe))
    }
}

/// No link goes on behind a blank, a delimiter of RFC 3986 appendix C, or the punctuation of languages that write no
/// blanks behind a link.
fn ends_link(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"') || !c.is_ascii() && !c.is_alphanumeric()
}
