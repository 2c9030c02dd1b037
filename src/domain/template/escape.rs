//! What happens to a value on its way into a message, by the place it stands in.

use std::borrow::Cow;

/// The place of a value, decided once when the template is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// A header, such as the subject.
    Header,
    /// The plain text part.
    Text,
    /// Between HTML tags.
    Html,
    /// Inside a quoted HTML attribute, or where markup would not be read (`<title>`).
    Attribute,
    /// The beginning of a link: decides where it leads.
    Link,
    /// Later in a link: a path or query part.
    LinkPart,
}

/// A value that may not begin a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsafeLink;

/// Writes a value into its place.
///
/// # Errors
/// [`UnsafeLink`] where the value would begin a link that is neither `http:`, `https:` nor `mailto:`.
pub fn write(value: &str, slot: Slot, out: &mut String) -> Result<(), UnsafeLink> {
    let value = clean(value);
    match slot {
        Slot::Header | Slot::Text => out.push_str(&value),
        Slot::Html | Slot::Attribute => html(&value, out),
        Slot::Link if link_is_safe(&value) => html(value.trim(), out),
        Slot::Link => return Err(UnsafeLink),
        Slot::LinkPart => percent(&value, out),
    }
    Ok(())
}

/// The value on one line, without characters that change how what follows is read: line ends and other controls become
/// blanks, bidirectional controls (Unicode TR 9) and byte order marks vanish. Joiners stay, Persian and Hindi need them.
pub fn clean(value: &str) -> Cow<'_, str> {
    if !value.chars().any(|c| breaks_lines(c) || steers(c)) {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    for c in value.chars().filter(|c| !steers(*c)) {
        if !breaks_lines(c) {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    Cow::Owned(out.trim().to_owned())
}

fn breaks_lines(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn steers(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Escapes what HTML reads as markup, in text and in quoted attributes alike.
pub fn html(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// Whether a link's scheme is one a letter may carry. Browsers skip blanks and controls in front of and inside a scheme
/// (WHATWG URL §4.4), so they do not count here either.
pub fn link_is_safe(link: &str) -> bool {
    let mut scheme = link.chars().filter(|c| !c.is_whitespace() && !c.is_control());
    let scheme: String = scheme.by_ref().take(8).collect::<String>().to_ascii_lowercase();
    ["https://", "http://", "mailto:"].iter().any(|known| scheme.starts_with(known))
}

/// Percent-encodes everything but the unreserved characters (RFC 3986 §2.3).
fn percent(value: &str, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &str, slot: Slot) -> Result<String, UnsafeLink> {
        let mut out = String::new();
        write(value, slot, &mut out).map(|()| out)
    }

    #[test]
    fn a_value_cannot_leave_the_place_it_stands_in() {
        let hostile = "Ada\r\nBcc: eve@example.org\u{2028}\u{202e}<b a=\"x\">'&";
        assert_eq!(
            written(hostile, Slot::Header).unwrap(),
            "Ada Bcc: eve@example.org <b a=\"x\">'&",
            "a header stays one line"
        );
        assert_eq!(
            written(hostile, Slot::Html).unwrap(),
            "Ada Bcc: eve@example.org &lt;b a=&quot;x&quot;&gt;&#39;&amp;"
        );
        assert_eq!(written("a b&c=é/", Slot::LinkPart).unwrap(), "a%20b%26c%3D%C3%A9%2F");
    }

    #[test]
    fn only_links_a_letter_may_carry_are_written() {
        for link in ["javascript:alert(1)", "java\nscript:x", " data:text/html,x", "//example.org", "x", "", "HTTPS:x"]
        {
            assert_eq!(written(link, Slot::Link), Err(UnsafeLink), "{link:?}");
        }
        for link in ["https://igf.example/?a=1", "HTTP://igf.example", "mailto:a@igf.example"] {
            assert!(written(link, Slot::Link).is_ok(), "{link:?}");
        }
    }
}
