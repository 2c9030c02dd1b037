//! The canonical forms "relaxed" of header and body (RFC 6376 §3.4.2 and §3.4.4): blanks that relays change do not count.

use ring::digest;

/// Appends a header field: the name in lower case, the value unfolded, every run of blanks one space, none around the
/// value, no line end.
pub fn header(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend(name.iter().map(u8::to_ascii_lowercase));
    out.push(b':');
    let start = out.len();
    let mut blank = false;
    for octet in value {
        match octet {
            b' ' | b'\t' => blank = true,
            b'\r' | b'\n' => {}
            octet => {
                if blank && out.len() > start {
                    out.push(b' ');
                }
                blank = false;
                out.push(*octet);
            }
        }
    }
}

/// SHA-256 of the body's canonical form.
pub fn body_hash(body: &[u8]) -> digest::Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    self::body(body, &mut |part| context.update(part));
    context.finish()
}

/// The body's canonical form, in parts: no blanks at the end of a line, every other run of blanks one space, no empty
/// lines at the end, and a line end after the last line, if there is any.
///
/// One pass, nothing copied: a stretch that stands in its canonical form already, which most bodies do from end to end, is
/// one part.
pub fn body(body: &[u8], take: &mut impl FnMut(&[u8])) {
    let mut stretch = 0..0;
    let (mut line_ends, mut blank, mut at) = (0, false, 0);
    while let Some(rest) = body.get(at..).filter(|rest| !rest.is_empty()) {
        match rest {
            [b' ' | b'\t', ..] => {
                blank = true;
                at += 1;
            }
            [b'\r', b'\n', ..] => {
                blank = false;
                line_ends += 1;
                at += 2;
            }
            [_, others @ ..] => {
                // What lies between the last word and this one is right as it stands if it is as long as it should be and
                // its blank is a space: what is left out or changed is blanks.
                let gap = body.get(stretch.end..at).unwrap_or_default();
                let is_canonical = gap.len() == 2 * line_ends + usize::from(blank) && (!blank || gap.ends_with(b" "));
                if !is_canonical {
                    take(body.get(stretch).unwrap_or_default());
                    (0..line_ends).for_each(|_| take(b"\r\n"));
                    take(if blank { b" " } else { b"" });
                    stretch = at..at;
                }
                at += 1 + others.iter().take_while(|octet| !matches!(octet, b' ' | b'\t' | b'\r')).count();
                stretch.end = at;
                (line_ends, blank) = (0, false);
            }
            [] => {}
        }
    }
    if stretch.end > 0 {
        take(body.get(stretch).unwrap_or_default());
        take(b"\r\n");
    }
}

/// Header fields and body of a message, without the empty line between them.
pub fn split(message: &[u8]) -> (&[u8], &[u8]) {
    if let Some(body) = message.strip_prefix(b"\r\n") {
        return (b"", body);
    }
    match message.windows(4).position(|four| four == b"\r\n\r\n") {
        Some(at) => (message.get(..at + 2).unwrap_or_default(), message.get(at + 4..).unwrap_or_default()),
        None => (message, b""),
    }
}

/// Names and values of header fields, from the top. A value has its folds, and no line end after it.
pub fn fields(mut header: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        if header.is_empty() {
            return None;
        }
        let field;
        (field, header) = header.split_at(end_of_field(header));
        let colon = field.iter().position(|octet| *octet == b':').unwrap_or(field.len());
        let value = field.get(colon + 1..).unwrap_or_default();
        Some((field.get(..colon).unwrap_or_default(), value.strip_suffix(b"\r\n").unwrap_or(value)))
    })
}

/// Where the next field begins: after a line end that no blank follows (RFC 5322 §2.2.3).
fn end_of_field(header: &[u8]) -> usize {
    let is_end = |two: &[u8]| two.first() == Some(&b'\n') && !matches!(two.last(), Some(b' ' | b'\t'));
    header.windows(2).position(is_end).map_or(header.len(), |at| at + 1)
}
