//! Leftovers: what an author meant to fill in and forgot. They refuse a plan, because a thousand people would read them.

/// Something left over, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// As written.
    pub what: String,
    /// Line from 1.
    pub line: usize,
    /// Column in characters from 1.
    pub column: usize,
}

/// Words that only stand for others, each with whether its case counts (`todo` is a word in Spanish).
const WORDS: &[(&str, bool)] = &[("TODO", true), ("FIXME", true), ("TBD", true), ("lorem", false)];

/// Every leftover in a text as its reader would see it: `{{`, `}}`, `[Name]`, `XXX`, `TODO`, `lorem`.
pub fn leftovers(text: &str) -> Vec<Leftover> {
    let mut found = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let mut at = |what: &str, start: usize| {
            let column = line.get(..start).unwrap_or("").chars().count() + 1;
            found.push(Leftover { what: what.to_owned(), line: i + 1, column });
        };
        for brace in ["{{", "}}"] {
            line.match_indices(brace).for_each(|(start, what)| at(what, start));
        }
        brackets(line, &mut at);
        words(line, &mut at);
    }
    found
}

/// The leftovers that cannot be anything else even inside markup, where brackets may be a style's.
pub(super) fn leftovers_in_markup(text: &str) -> Vec<Leftover> {
    leftovers(text).into_iter().filter(|l| !l.what.starts_with('[')).collect()
}

/// `[Name]`, `[your organisation]`, `[姓名]`: letters and blanks in brackets that are no link.
fn brackets(line: &str, at: &mut dyn FnMut(&str, usize)) {
    for (start, _) in line.match_indices('[') {
        let Some(inside) = line.get(start + 1..).and_then(|rest| rest.split_once(']')) else { continue };
        let (inside, after) = inside;
        let wordy = inside.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '_' | '-' | '\'' | '’' | '/'));
        let short = inside.chars().count() <= 40 && inside.chars().any(char::is_alphabetic);
        if wordy && short && !after.starts_with(['(', '[', ':']) {
            at(&format!("[{inside}]"), start);
        }
    }
}

fn words(line: &str, at: &mut dyn FnMut(&str, usize)) {
    let mut start = None;
    for (i, c) in line.char_indices().chain(std::iter::once((line.len(), ' '))) {
        if c.is_alphanumeric() {
            start.get_or_insert(i);
            continue;
        }
        let Some(from) = start.take() else { continue };
        let word = line.get(from..i).unwrap_or("");
        let filler = word.len() >= 3 && word.bytes().all(|b| b == b'X');
        let known = WORDS.iter().any(|(w, case)| if *case { word == *w } else { word.eq_ignore_ascii_case(w) });
        if filler || known {
            at(word, from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_to_be_filled_in_is_found_with_its_place() {
        for (text, what, line, column) in [
            ("Dear [Name],", "[Name]", 1, 6),
            ("您好 [姓名]：", "[姓名]", 1, 4),
            ("\nWrite to XXX.", "XXX", 2, 10),
            ("TODO: the date", "TODO", 1, 1),
            ("Lorem ipsum", "Lorem", 1, 1),
            ("Dear {{name}}", "{{", 1, 6),
        ] {
            let found = leftovers(text);
            assert_eq!(found.first(), Some(&Leftover { what: what.into(), line, column }), "{text}");
        }
    }

    #[test]
    fn ordinary_words_and_links_are_no_leftovers() {
        for text in
            ["[Register](https://igf.example)", "Método para todo el mundo", "XX. Jahrhundert", "a[1] = {x}", "Maxxx"]
        {
            assert_eq!(leftovers(text), [], "{text}");
        }
    }
}
