//! SMTP replies (RFC 5321 §4.2), read from whatever octets a server sends.
//!
//! A server is outside: it may send any octets, split anywhere, for ever. So a reply is decided on its code, its text is
//! kept as far as it is text, and everything has a bound. A bare LF ends a line too; nothing else is forgiven, because a
//! reply that is guessed at could turn a refusal into an acceptance.

use crate::domain::outcome::Reply;

/// Octets in a line, its end included. RFC 5321 §4.5.3.1.5 asks for 512; servers exceed it.
pub const MAX_LINE: usize = 4 * 1024;
/// Octets in a whole reply.
pub const MAX_REPLY: usize = 64 * 1024;
/// Lines in a reply.
pub const MAX_LINES: usize = 512;

/// Why octets are no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReply {
    /// A line without an end.
    #[error("a line of its reply is longer than {MAX_LINE} octets")]
    LineTooLong,
    /// A reply without an end.
    #[error("its reply is longer than {MAX_REPLY} octets or {MAX_LINES} lines")]
    TooLong,
    /// Not `ddd`, `ddd text` or `ddd-text` with a code from 200 to 599.
    #[error("its reply does not begin with a reply code")]
    NoCode,
    /// Lines of one reply with different codes (RFC 5321 §4.2.1 forbids it).
    #[error("the lines of its reply carry different codes")]
    MixedCodes,
}

/// Puts a reply together from octets as they arrive.
#[derive(Default)]
pub struct ReplyReader {
    line: Vec<u8>,
    octets: usize,
    lines: usize,
    code: Option<u16>,
    enhanced: Option<(u16, u16, u16)>,
    text: String,
}

impl ReplyReader {
    /// Takes octets up to the end of the reply. Gives how many were taken, and the reply once it is whole; the reader
    /// is then ready for the next one.
    ///
    /// # Errors
    /// [`BadReply`]: the connection cannot be trusted any more.
    pub fn feed(&mut self, octets: &[u8]) -> Result<(usize, Option<Reply>), BadReply> {
        let mut taken = 0;
        for &octet in octets {
            taken += 1;
            self.octets += 1;
            self.line.push(octet);
            // Counted octet by octet, so that the answer does not depend on how the octets arrive.
            if self.octets > MAX_REPLY {
                return Err(BadReply::TooLong);
            }
            if self.line.len() > MAX_LINE {
                return Err(BadReply::LineTooLong);
            }
            if octet == b'\n'
                && let Some(reply) = self.end_line()?
            {
                return Ok((taken, Some(reply)));
            }
        }
        Ok((taken, None))
    }

    /// Whether part of a reply has arrived.
    pub fn is_midway(&self) -> bool {
        self.octets > 0
    }

    fn end_line(&mut self) -> Result<Option<Reply>, BadReply> {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (code, is_last, text) = split_line(line).ok_or(BadReply::NoCode)?;
        if self.code.is_some_and(|first| first != code) {
            return Err(BadReply::MixedCodes);
        }
        self.lines += 1;
        if self.lines > MAX_LINES {
            return Err(BadReply::TooLong);
        }
        if self.code.replace(code).is_some() {
            self.text.push('\n');
        }
        let text = printable(text);
        let (enhanced, rest) = split_enhanced(code, &text);
        self.enhanced = self.enhanced.or(enhanced);
        self.text.push_str(rest);
        if !is_last {
            return Ok(None);
        }
        let whole = std::mem::take(self);
        Ok(Some(Reply { code, enhanced: whole.enhanced, text: whole.text }))
    }
}

/// Code, whether the line is the last, text.
fn split_line(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code = digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
    if !(200..600).contains(&code) {
        return None;
    }
    match rest.split_first() {
        None => Some((code, true, rest)),
        Some((b' ', text)) => Some((code, true, text)),
        Some((b'-', text)) => Some((code, false, text)),
        Some(_) => None,
    }
}

/// Octets as text for people: what is no UTF-8 and what steers a terminal becomes U+FFFD.
fn printable(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    text.chars().map(|c| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The enhanced status code at the head of a line (RFC 2034 §4), and what follows it. Its class must be the first digit
/// of the reply code; anything else is text.
fn split_enhanced(code: u16, text: &str) -> (Option<(u16, u16, u16)>, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut numbers = word.split('.').map(|part| {
        let sound = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        sound.then(|| part.parse::<u16>().ok()).flatten()
    });
    match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
        (Some(Some(class)), Some(Some(subject)), Some(Some(detail)), None) if class == code / 100 => {
            (Some((class, subject, detail)), rest)
        }
        _ => (None, text),
    }
}
