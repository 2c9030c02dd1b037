//! Content transfer encodings (RFC 2045) and encoded words (RFC 2047).

use data_encoding::BASE64;

/// A body in the encoding that suits it, with that encoding's name. Lines end in CRLF, the last one too, and none is
/// longer than 78 octets.
pub(super) fn body(text: &str) -> (&'static str, String) {
    let simple = text.is_ascii()
        && text
            .lines()
            .all(|l| l.len() <= 76 && !l.ends_with([' ', '\t']) && !l.starts_with("From ") && !l.contains('\r'))
        && !text.bytes().any(|b| b == 0);
    if simple {
        return ("7bit", with_crlf(text));
    }
    let foreign = text.bytes().filter(|b| !b.is_ascii() || *b == b'=').count();
    // Quoted-printable adds two octets for each of these, base64 a third of everything.
    if foreign * 6 > text.len() { ("base64", base64(text)) } else { ("quoted-printable", quoted_printable(text)) }
}

fn with_crlf(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 256);
    for line in text.lines() {
        out.push_str(line);
        out.push_str("\r\n");
    }
    out
}

fn base64(text: &str) -> String {
    let encoded = BASE64.encode(with_crlf(text).as_bytes());
    let mut out = String::with_capacity(encoded.len() + encoded.len() / 38 + 2);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(76));
        out.push_str(line);
        out.push_str("\r\n");
        rest = after;
    }
    out
}

fn quoted_printable(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for line in text.lines() {
        let mut column = 0;
        let last = line.len().saturating_sub(1);
        for (i, byte) in line.bytes().enumerate() {
            // Relays strip blanks at the end of a line, and old ones escape `From ` at its beginning.
            let literal = (byte.is_ascii_graphic() && byte != b'=' || byte == b' ' || byte == b'\t')
                && !(i == last && (byte == b' ' || byte == b'\t'))
                && !(i == 0 && line.starts_with("From "));
            let width = if literal { 1 } else { 3 };
            if column + width > 75 {
                out.push_str("=\r\n");
                column = 0;
            }
            if literal {
                out.push(char::from(byte));
            } else {
                out.push('=');
                out.push(char::from(DIGITS[usize::from(byte >> 4)]));
                out.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
            column += width;
        }
        out.push_str("\r\n");
    }
    out
}

/// Writes text as encoded words of at most 75 characters, no line longer than `limit`, no character cut in two.
/// `column` is where the header's line stands.
pub(super) fn words(text: &str, mut column: usize, limit: usize, out: &mut String) {
    const AROUND: usize = "=?utf-8?B??=".len();
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
        out.push_str(&format!("=?utf-8?B?{}?=", BASE64.encode(now.as_bytes())));
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

    #[test]
    fn each_body_takes_the_encoding_that_suits_it() {
        assert_eq!(body("Dear colleague,\n").0, "7bit");
        assert_eq!(body("Madame, vous êtes cordialement invitée à participer au Forum.\n").0, "quoted-printable");
        assert_eq!(body("诚邀您参加互联网治理论坛。\n").0, "base64");
        assert_eq!(quoted_printable("From a \nb=\u{e9}"), "=46rom a=20\r\nb=3D=C3=A9\r\n");
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_nothing_but_ascii_leaves(text in "(?s).{0,400}") {
            let (name, encoded) = body(&text);
            prop_assert!(encoded.is_ascii());
            prop_assert!(encoded.is_empty() || encoded.ends_with("\r\n"));
            prop_assert!(encoded.split("\r\n").all(|l| l.len() <= 76), "{name}");
            prop_assert!(!encoded.replace("\r\n", "").contains(['\r', '\n']));
        }

        #[test]
        fn encoded_words_are_short_and_say_the_same(text in "\\PC{1,300}", column in 4usize..40) {
            let mut out = String::new();
            words(&text, column, 76, &mut out);
            let mut decoded = Vec::new();
            for (i, word) in out.split_whitespace().enumerate() {
                prop_assert!(word.len() <= 75 && (i > 0 || out.starts_with('\r') || word.len() + column <= 76));
                let inner = word.strip_prefix("=?utf-8?B?").and_then(|w| w.strip_suffix("?=")).unwrap();
                let bytes = BASE64.decode(inner.as_bytes()).unwrap();
                prop_assert!(std::str::from_utf8(&bytes).is_ok(), "a character was cut");
                decoded.extend(bytes);
            }
            prop_assert_eq!(String::from_utf8(decoded).unwrap(), text);
        }
    }
}
