//! Content transfer encodings (RFC 2045) and encoded words (RFC 2047).

use data_encoding::{BASE64, BASE64_MIME};

/// The encodings we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TransferEncoding {
    SevenBit,
    QuotedPrintable,
    Base64,
}

impl TransferEncoding {
    /// The one that suits a body.
    pub fn suiting(text: &str) -> Self {
        let simple = text.is_ascii()
            && !text.as_bytes().contains(&0)
            && text
                .lines()
                .all(|l| l.len() <= LINE && !l.ends_with([' ', '\t']) && !l.starts_with("From ") && !l.contains('\r'));
        if simple {
            return Self::SevenBit;
        }
        let foreign = text.bytes().filter(|b| !b.is_ascii() || *b == b'=').count();
        // Quoted-printable adds two octets for each of these, base64 a third of everything.
        if foreign * 6 > text.len() { Self::Base64 } else { Self::QuotedPrintable }
    }

    /// Its name in a header.
    pub fn name(self) -> &'static str {
        match self {
            Self::SevenBit => "7bit",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
        }
    }

    /// Writes a body. Its lines end in CRLF, the last one too, and none is longer than 76 octets; in base64 those ends are
    /// encoded, and the encoded lines have CRLF between them only.
    pub fn write(self, text: &str, out: &mut Vec<u8>) {
        match self {
            Self::SevenBit => with_crlf(text, out),
            Self::QuotedPrintable => quoted_printable(text, out),
            Self::Base64 => base64(text, out),
        }
    }
}

/// The longest line of an encoded body (RFC 2045 §6.7 and §6.8), its line end not counted.
const LINE: usize = 76;

fn with_crlf(text: &str, out: &mut Vec<u8>) {
    for line in text.lines() {
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

fn base64(text: &str, out: &mut Vec<u8>) {
    let mut octets = Vec::with_capacity(text.len() + 256);
    with_crlf(text, &mut octets);
    let encoded = BASE64_MIME.encode(&octets);
    out.extend_from_slice(encoded.trim_end().as_bytes());
}

fn quoted_printable(text: &str, out: &mut Vec<u8>) {
    let mut writer = QuotedPrintable { column: 0, out };
    for line in text.lines() {
        // Relays strip blanks at the end of a line, and old ones escape `From ` at its beginning.
        let (mut rest, blank) = match line.as_bytes().split_last() {
            Some((last @ (b' ' | b'\t'), rest)) => (rest, Some(*last)),
            _ => (line.as_bytes(), None),
        };
        if line.starts_with("From ") {
            writer.escape(b'F', false);
            rest = rest.strip_prefix(b"F").unwrap_or(rest);
        }
        while let Some((first, others)) = rest.split_first() {
            let run = rest.iter().take_while(|b| stands_for_itself(**b)).count();
            let (literals, later) = rest.split_at(run);
            rest = if run == 0 { others } else { later };
            let last = rest.is_empty() && blank.is_none();
            if run == 0 {
                writer.escape(*first, last);
            } else {
                writer.literals(literals, last);
            }
        }
        if let Some(blank) = blank {
            writer.escape(blank, true);
        }
        writer.end_line();
    }
}

/// Lines of quoted-printable. What is `last` before a line end of the text may stand in the last column too, which
/// otherwise is left to the `=` of a soft break.
struct QuotedPrintable<'a> {
    column: usize,
    out: &'a mut Vec<u8>,
}

impl QuotedPrintable<'_> {
    fn literals(&mut self, mut rest: &[u8], last: bool) {
        let width = if last { LINE } else { LINE - 1 };
        while self.column + rest.len() > width {
            let (now, later) = rest.split_at((LINE - 1).saturating_sub(self.column).min(rest.len()));
            self.out.extend_from_slice(now);
            self.soft_break();
            rest = later;
        }
        self.out.extend_from_slice(rest);
        self.column += rest.len();
    }

    fn escape(&mut self, octet: u8, last: bool) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let width = if last { LINE } else { LINE - 1 };
        if self.column + 3 > width {
            self.soft_break();
        }
        self.out.extend_from_slice(&[b'=', DIGITS[usize::from(octet >> 4)], DIGITS[usize::from(octet & 15)]]);
        self.column += 3;
    }

    fn soft_break(&mut self) {
        self.out.push(b'=');
        self.end_line();
    }

    fn end_line(&mut self) {
        self.out.extend_from_slice(b"\r\n");
        self.column = 0;
    }
}

fn stands_for_itself(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~') && byte != b'='
}
/// Writes text as encoded words of at most 75 characters, no line longer than `limit`, no character cut in two.
/// `column` is where the header's line stands.
pub(super) fn words(text: &str, mut column: usize, limit: usize, out: &mut String) {
    const AROUND: usize = "=?utf-8?b??=".len();
    let mut rest = text;
    while !rest.is_empty() {
        let space = limit.saturating_sub(column + AROUND) / 4 * 3;
        if space < 12 {
            out.push_str("\r\n ");
            column = 1;
            continue;
        }
        let mut end = rest.len().min(space).min(45);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (now, later) = rest.split_at(end);
        out.push_str("=?utf-8?b?");
        BASE64.encode_append(now.as_bytes(), out);
        out.push_str("?=");
        rest = later;
        if !rest.is_empty() {
            out.push_str("\r\n ");
            column = 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn body(text: &str) -> (&'static str, String) {
        let (encoding, mut out) = (TransferEncoding::suiting(text), Vec::new());
        encoding.write(text, &mut out);
        (encoding.name(), String::from_utf8(out).unwrap())
    }

    #[test]
    fn each_body_takes_the_encoding_that_suits_it() {
        assert_eq!(body("Dear colleague,\n").0, "7bit");
        assert_eq!(body("Madame, vous êtes cordialement invitée à participer au Forum.\n").0, "quoted-printable");
        assert_eq!(body("诚邀您参加互联网治理论坛。\n").0, "base64");
        assert_eq!(body("From a \nb=a").1, "=46rom a=20\r\nb=3Da\r\n");
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_nothing_but_ascii_leaves(text in "(?s).{0,400}") {
            let (name, encoded) = body(&text);
            prop_assert!(encoded.is_ascii());
            prop_assert!(encoded.is_empty() || encoded.ends_with("\r\n") == (name != "base64"));
            prop_assert!(encoded.split("\r\n").all(|l| l.len() <= LINE), "{name}");
            prop_assert!(!encoded.replace("\r\n", "").contains(['\r', '\n']));
        }

        #[test]
        fn encoded_words_are_short_and_say_the_same(text in "\\PC{1,300}", column in 4usize..40) {
            let mut out = String::new();
            words(&text, column, 76, &mut out);
            let mut decoded = Vec::new();
            for (i, word) in out.split_whitespace().enumerate() {
                prop_assert!(word.len() <= 75 && (i > 0 || out.starts_with('\r') || word.len() + column <= 76));
                let inner = word.strip_prefix("=?utf-8?b?").and_then(|w| w.strip_suffix("?=")).unwrap();
                let bytes = BASE64.decode(inner.as_bytes()).unwrap();
                prop_assert!(std::str::from_utf8(&bytes).is_ok(), "a character was cut");
                decoded.extend(bytes);
            }
            prop_assert_eq!(String::from_utf8(decoded).unwrap(), text);
        }
    }
}
