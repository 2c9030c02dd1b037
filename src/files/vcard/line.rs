//! The lines of a file of cards, unfolded.

use std::io::Read;

use crate::domain::table::TableError;
use crate::files::decode::Text;
use crate::files::in_use::unreadable;

/// Longest line that is kept, in octets, folds undone: a picture is longer, and not read.
const LONGEST_LINE: usize = 64 * 1024;

/// Reads lines and undoes folds: of RFC 6350 (section 3.2), a line that begins with a blank goes on with the one before;
/// of quoted-printable (2.1), a line that ends in `=` goes on with the next.
pub(super) struct Lines<R> {
    text: Text<R>,
    window: String,
    at: usize,
    ended: bool,
    number: u64,
    line: String,
    first: u64,
    is_long: bool,
    again: bool,
}

/// One whole line.
pub(super) struct Line<'a> {
    /// Where it begins.
    pub(super) number: u64,
    pub(super) text: &'a str,
    /// Why it cannot be used.
    pub(super) broken: Option<&'static str>,
}

impl Line<'_> {
    /// Whether the line is this property with this value.
    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        let parts = self.text.trim().split_once(':');
        parts.is_some_and(|(n, v)| n.trim().eq_ignore_ascii_case(name) && v.trim().eq_ignore_ascii_case(value))
    }
}

impl<R: Read> Lines<R> {
    pub(super) fn new(text: Text<R>) -> Self {
        Self {
            text,
            window: String::new(),
            at: 0,
            ended: false,
            number: 0,
            line: String::new(),
            first: 0,
            is_long: false,
            again: false,
        }
    }

    /// Gives the last line once more.
    pub(super) fn push_back(&mut self) {
        self.again = true;
    }

    /// The next line; nothing at the end.
    ///
    /// # Errors
    /// [`TableError`] where the file cannot be read.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, TableError> {
        if !std::mem::take(&mut self.again) {
            self.line.clear();
            self.is_long = false;
            if !self.append()? {
                return Ok(None);
            }
            self.first = self.number;
            while self.goes_on()? {
                if !self.append()? {
                    break;
                }
            }
        }
        let broken = self.is_long.then_some("a line longer than 64 KiB");
        // What is too long is a picture, a sound or a key, and none of those is read.
        let broken = broken.filter(|_| !is_medium(&self.line));
        Ok(Some(Line { number: self.first, text: &self.line, broken }))
    }

    /// Whether the line read so far goes on with the next.
    fn goes_on(&mut self) -> Result<bool, TableError> {
        let name = self.line.split(':').next().unwrap_or_default();
        if self.line.ends_with('=') && name.to_ascii_uppercase().contains("QUOTED-PRINTABLE") {
            self.line.pop();
            return Ok(true);
        }
        self.fill_to(1)?;
        let rest = self.window.get(self.at..).unwrap_or_default();
        let folded = rest.starts_with([' ', '\t']) && !rest.trim_start_matches([' ', '\t']).starts_with(['\r', '\n']);
        if folded {
            self.at += 1;
        }
        Ok(folded)
    }

    /// Appends the next physical line; false at the end of the file.
    fn append(&mut self) -> Result<bool, TableError> {
        let mut any = false;
        loop {
            self.fill_to(2)?;
            let rest = self.window.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                self.number += u64::from(any);
                return Ok(any);
            }
            any = true;
            let end = rest.find(['\r', '\n']);
            let piece = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if self.line.len() + piece.len() <= LONGEST_LINE {
                self.line.push_str(piece);
            } else {
                self.is_long = true;
            }
            let Some(end) = end else {
                self.at = self.window.len();
                continue;
            };
            self.at += end;
            self.fill_to(2)?;
            let rest = self.window.get(self.at..).unwrap_or_default();
            self.at += if rest.starts_with("\r\n") { 2 } else { 1 };
            self.number += 1;
            return Ok(true);
        }
    }

    /// Reads on until so many octets wait, or the file ends.
    fn fill_to(&mut self, octets: usize) -> Result<(), TableError> {
        while !self.ended && self.window.len() - self.at < octets {
            self.window.drain(..self.at);
            self.at = 0;
            self.ended = !self.text.read_into(&mut self.window).map_err(|e| unreadable(&e))?;
        }
        Ok(())
    }
}

fn is_medium(line: &str) -> bool {
    let name = line.split([':', ';']).next().unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or_default().to_ascii_uppercase();
    matches!(name.as_str(), "PHOTO" | "LOGO" | "SOUND" | "KEY" | "NOTE") || name.starts_with("X-")
}
