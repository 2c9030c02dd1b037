//! Expressions put aside: `{{…}}` must pass through Markdown, HTML and style tools as one untouched word.

/// What a tag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    /// Writes something.
    Value,
    /// Opens, divides or closes a block; or a comment: writes nothing itself.
    Block,
}

/// A text whose tags are replaced by words of letters and digits, and the tags.
pub(super) struct Shielded {
    pub text: String,
    tags: Vec<(TagKind, String)>,
    prefix: String,
}

/// One piece of a text with tags.
pub(super) enum Piece<'a> {
    Text(&'a str),
    Tag(TagKind, &'a str),
}

impl Piece<'_> {
    /// Length in octets.
    pub fn len(&self) -> usize {
        match self {
            Piece::Text(text) | Piece::Tag(_, text) => text.len(),
        }
    }
}

/// Cuts a text at its tags. A tag without an end runs to the end of the text (the parser has complained by then).
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let (before, tag) = rest.split_at(start);
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        let (tag, after) = tag.split_at(end_of_tag(tag));
        let inside = tag.trim_start_matches('{').trim_start_matches('~').trim_start();
        let block = inside.starts_with(['#', '/', '!', '^'])
            || inside.strip_prefix("else").is_some_and(|r| r.starts_with([' ', '}', '~', '\n', '\t']));
        pieces.push(Piece::Tag(if block { TagKind::Block } else { TagKind::Value }, tag));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Length of the tag at the beginning of `text`: up to its closing braces, those inside quotes not counted.
fn end_of_tag(text: &str) -> usize {
    if text.starts_with("{{!--") {
        return text.find("--}}").map_or(text.len(), |at| at + 4);
    }
    let close = if text.starts_with("{{{") { "}}}" } else { "}}" };
    let comment = text.starts_with("{{!");
    let mut quote = None;
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if !comment => quote = Some(c),
            (None, '}') if text.get(i..).is_some_and(|r| r.starts_with(close)) => return i + close.len(),
            _ => {}
        }
    }
    text.len()
}

impl Shielded {
    /// Puts the tags of a text aside; `wrap` says how the stand-in of each is written.
    pub fn new(text: &str, wrap: impl Fn(TagKind, &str, &str) -> String) -> Self {
        let mut prefix = "qtagq".to_owned();
        while text.contains(&prefix) {
            prefix.push('q');
        }
        let mut shielded = Self { text: String::with_capacity(text.len()), tags: Vec::new(), prefix };
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => shielded.text.push_str(text),
                Piece::Tag(kind, tag) => {
                    let word = shielded.word(shielded.tags.len());
                    let wrapped = wrap(kind, &word, &shielded.text);
                    shielded.text.push_str(&wrapped);
                    shielded.tags.push((kind, tag.to_owned()));
                }
            }
        }
        shielded
    }

    fn word(&self, i: usize) -> String {
        format!("{}{i}z", self.prefix)
    }

    /// Puts the tags back, also those that travelled as HTML comments.
    pub fn restore(&self, text: &str) -> String {
        let text = text.replace(&format!("<!--{}", self.prefix), &self.prefix);
        let mut out = String::with_capacity(text.len() * 2);
        let mut rest = text.as_str();
        while let Some(at) = rest.find(&self.prefix) {
            let (before, found) = rest.split_at(at);
            out.push_str(before);
            let digits = found.get(self.prefix.len()..).unwrap_or("");
            let number: String = digits.chars().take_while(char::is_ascii_digit).collect();
            let end = self.prefix.len() + number.len() + 1;
            match number.parse::<usize>().ok().and_then(|i| self.tags.get(i)) {
                Some((_, tag)) => out.push_str(tag),
                None => out.push_str(found.get(..end).unwrap_or("")),
            }
            rest = found.get(end..).unwrap_or("");
            rest = rest.strip_prefix("-->").unwrap_or(rest);
        }
        out.push_str(rest);
        out
    }

    /// Whether a text consists of block tags' words only.
    pub fn is_only_blocks(&self, text: &str) -> bool {
        let mut some = false;
        let alone = text.split_whitespace().all(|word| {
            some = true;
            word.strip_prefix(&self.prefix)
                .and_then(|w| w.strip_suffix('z'))
                .and_then(|n| n.parse::<usize>().ok())
                .and_then(|i| self.tags.get(i))
                .is_some_and(|(kind, _)| *kind == TagKind::Block)
        });
        some && alone
    }
}
