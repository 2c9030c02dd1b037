//! Finding the end of one record in a window of text (RFC 4180, and what programs write instead).

use crate::domain::table::Record;

/// Longest cell, in octets of UTF-8.
pub(super) const LONGEST_CELL: usize = 64 * 1024;
/// Longest record, in octets of UTF-8.
pub(super) const LONGEST_RECORD: usize = 1024 * 1024;
/// Most cells of a record.
pub(super) const MOST_CELLS: usize = 1000;

/// What stands at the start of the window.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// A record, now in the buffer.
    Record {
        /// Octets to go on after.
        used: usize,
        /// Physical lines in them.
        lines: u64,
    },
    /// The window ends before the record does.
    NeedMore,
    /// No record: only its first physical line can be given up.
    Broken(&'static str),
}

/// Reads one record from the start of `window`. Line ends are LF, CRLF or a bare CR.
///
/// A quote opens a quoted cell only at the start of the cell; elsewhere it stands for itself.
pub(super) fn scan(window: &str, delimiter: u8, at_end: bool, line: u64, into: &mut Record) -> Scan {
    into.restart(line);
    let octets = window.as_bytes();
    let (mut at, mut lines) = (0, 0);
    loop {
        let cell_start = at;
        if octets.get(at) == Some(&b'"') {
            match quoted(window, at + 1, at_end, into) {
                Quoted::Closed { next, breaks } => {
                    at = next;
                    lines += breaks;
                }
                Quoted::NeedMore => return need_more(octets.len()),
                Quoted::Broken(reason) => return Scan::Broken(reason),
            }
        } else {
            let rest = octets.get(at..).unwrap_or(&[]);
            let plain = rest.iter().position(|b| *b == delimiter || *b == b'\n' || *b == b'\r').unwrap_or(rest.len());
            into.push_str(window.get(at..at + plain).unwrap_or(""));
            at += plain;
        }
        if at - cell_start > LONGEST_CELL {
            return Scan::Broken("a cell is longer than 64 KiB");
        }
        into.end_cell();
        if into.len() > MOST_CELLS {
            return Scan::Broken("more than 1000 cells");
        }
        match octets.get(at) {
            Some(b'\n') => return Scan::Record { used: at + 1, lines: lines + 1 },
            Some(b'\r') => match octets.get(at + 1) {
                Some(b'\n') => return Scan::Record { used: at + 2, lines: lines + 1 },
                None if !at_end => return need_more(octets.len()),
                _ => return Scan::Record { used: at + 1, lines: lines + 1 },
            },
            Some(_) => at += 1,
            None if at_end => return Scan::Record { used: at, lines: lines + 1 },
            None => return need_more(octets.len()),
        }
    }
}

/// A window that holds the longest record allowed and not its end will never hold one.
fn need_more(window: usize) -> Scan {
    if window > LONGEST_RECORD { Scan::Broken("the row is longer than 1 MiB") } else { Scan::NeedMore }
}

enum Quoted {
    Closed { next: usize, breaks: u64 },
    NeedMore,
    Broken(&'static str),
}

/// Reads the inside of a quoted cell from `start`, doubled quotes resolved; `next` is behind its closing quote.
fn quoted(window: &str, start: usize, at_end: bool, into: &mut Record) -> Quoted {
    const UNCLOSED: &str = "a quote opens a cell here and is never closed; double it (\"\") or remove it";
    let octets = window.as_bytes();
    let (mut at, mut breaks) = (start, 0);
    loop {
        if at - start > LONGEST_CELL {
            return Quoted::Broken("a quoted cell is longer than 64 KiB; is its closing quote missing?");
        }
        let rest = octets.get(at..).unwrap_or(&[]);
        let Some(n) = rest.iter().position(|b| matches!(b, b'"' | b'\n' | b'\r')) else {
            return if at_end {
                Quoted::Broken(UNCLOSED)
            } else if rest.len() > LONGEST_CELL {
                Quoted::Broken("a quoted cell is longer than 64 KiB; is its closing quote missing?")
            } else {
                Quoted::NeedMore
            };
        };
        into.push_str(window.get(at..at + n).unwrap_or(""));
        at += n;
        match (octets.get(at), octets.get(at + 1)) {
            (Some(b'"'), Some(b'"')) => {
                into.push_str("\"");
                at += 2;
            }
            (Some(b'"'), None) if !at_end => return Quoted::NeedMore,
            (Some(b'"'), _) => return closed(octets, at + 1, at_end, breaks),
            (Some(b'\r'), Some(b'\n')) => {
                into.push_str("\n");
                breaks += 1;
                at += 2;
            }
            (Some(b'\r'), None) if !at_end => return Quoted::NeedMore,
            _ => {
                into.push_str("\n");
                breaks += 1;
                at += 1;
            }
        }
    }
}

/// Behind a closing quote only blanks may stand before the next cell or line; whichever delimiter it is, it is not a
/// letter, so that text glued to the quote shows.
fn closed(octets: &[u8], after: usize, at_end: bool, breaks: u64) -> Quoted {
    let mut next = after;
    while octets.get(next) == Some(&b' ') {
        next += 1;
    }
    match octets.get(next) {
        None if !at_end => Quoted::NeedMore,
        None | Some(b'\n' | b'\r' | b',' | b';' | b'\t' | b'|') => Quoted::Closed { next, breaks },
        Some(_) => Quoted::Broken("text follows a closing quote; double the quotes inside a quoted cell (\"\")"),
    }
}
