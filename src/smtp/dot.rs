//! Content as it goes over the wire: checked, dot-stuffed (RFC 5321 §4.5.2), in pieces.

use memchr::{memchr, memchr2_iter, memmem};

/// Why content must not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadContent {
    /// A server might take a bare CR or LF for the end of a line, and with it a dot of ours for the end of the message.
    #[error("the message holds a CR or LF that is no line end")]
    BareLineEnd,
    /// The last line has no end.
    #[error("the message does not end with a line end")]
    NoLineEnd,
    /// The session did not announce them.
    #[error("the message holds octets above 127")]
    EightBit,
    /// No server takes it.
    #[error("the message holds a NUL")]
    Nul,
}

/// Checks that only CRLF ends lines and that the octets are what the session announces (RFC 5321 §2.3.8, §4.1.1.4).
///
/// * `eight_bit`: octets above 127 were announced.
///
/// # Errors
/// [`BadContent`]: such a message must not leave.
pub fn check(octets: &[u8], eight_bit: bool) -> Result<(), BadContent> {
    if !eight_bit && !octets.is_ascii() {
        return Err(BadContent::EightBit);
    }
    if memchr(0, octets).is_some() {
        return Err(BadContent::Nul);
    }
    let mut ends = memchr2_iter(b'\r', b'\n', octets);
    while let Some(at) = ends.next() {
        if octets.get(at..at + 2) != Some(b"\r\n") {
            // A CR at the very end is the half of a line end.
            return Err(if at + 1 == octets.len() && octets.get(at) == Some(&b'\r') {
                BadContent::NoLineEnd
            } else {
                BadContent::BareLineEnd
            });
        }
        ends.next();
    }
    if octets.ends_with(b"\r\n") { Ok(()) } else { Err(BadContent::NoLineEnd) }
}

/// Doubles the dot at the head of each line, across the edges of the pieces it is given.
#[derive(Debug)]
pub struct DotStuffer {
    at_line_start: bool,
}

impl Default for DotStuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl DotStuffer {
    /// At the beginning of a message.
    pub fn new() -> Self {
        Self { at_line_start: true }
    }

    /// Appends one piece, stuffed, to `out`.
    pub fn stuff(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let Some(last) = piece.last() else { return };
        if self.at_line_start && piece.first() == Some(&b'.') {
            out.push(b'.');
        }
        self.at_line_start = *last == b'\n';
        let mut from = 0;
        for line_end in memmem::find_iter(piece, b"\n.") {
            out.extend_from_slice(piece.get(from..=line_end).unwrap_or_default());
            out.push(b'.');
            from = line_end + 1;
        }
        out.extend_from_slice(piece.get(from..).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a server undoes: the content of the lines before the lone dot.
    fn unstuff(wire: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        for line in wire.split_inclusive(|&octet| octet == b'\n') {
            assert_ne!(line, b".\r\n", "the message ends early");
            content.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        }
        content
    }

    proptest! {
        #[test]
        fn whatever_the_pieces_the_server_reads_what_we_meant(
            lines in prop::collection::vec("[.a]{0,5}", 1..20), cut in 1usize..7,
        ) {
            let content: Vec<u8> = lines.iter().flat_map(|line| format!("{line}\r\n").into_bytes()).collect();
            let (mut stuffer, mut wire) = (DotStuffer::new(), Vec::new());
            for piece in content.chunks(cut) {
                stuffer.stuff(piece, &mut wire);
            }
            prop_assert_eq!(unstuff(&wire), content);
        }
    }

    #[test]
    fn only_whole_line_ends_leave() {
        for (octets, verdict) in [
            (&b"a\r\n"[..], Ok(())),
            (b"a\r\n\r\n.\r\n", Ok(())),
            (b"a\n.\r\n", Err(BadContent::BareLineEnd)),
            (b"\na\r\n", Err(BadContent::BareLineEnd)),
            (b"a\r.\r\n", Err(BadContent::BareLineEnd)),
            (b"a\r\r\n", Err(BadContent::BareLineEnd)),
            (b"a", Err(BadContent::NoLineEnd)),
            (b"", Err(BadContent::NoLineEnd)),
            (b"a\r", Err(BadContent::NoLineEnd)),
            (b"a\0\r\n", Err(BadContent::Nul)),
            (b"\xc3\xa9\r\n", Err(BadContent::EightBit)),
        ] {
            assert_eq!(check(octets, false), verdict, "{octets:?}");
        }
        assert_eq!(check(b"\xc3\xa9\r\n", true), Ok(()));
    }
}
