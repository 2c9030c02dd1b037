//! Which character parts the cells.

use super::scan::{Scan, scan};
use crate::domain::table::Record;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Records looked at.
const RECORDS: usize = 50;

/// What a `sep=` line at the start says, and the octets it takes. Excel writes and reads such lines.
pub(super) fn declared(window: &str) -> Option<(u8, usize)> {
    let line = window.split(['\n', '\r']).next()?;
    let bare = line.trim_matches('"');
    let is_sep = bare.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sep="));
    let delimiter = match bare.get(4..)? {
        // `sep=` and a tab is often trimmed to nothing.
        "" | "\\t" => b'\t',
        one => *one.as_bytes().first().filter(|b| one.len() == 1 && DELIMITERS.contains(b))?,
    };
    let after = window.get(line.len()..).unwrap_or("");
    let ending = if after.starts_with("\r\n") { 2 } else { usize::from(!after.is_empty()) };
    is_sep.then_some((delimiter, line.len() + ending))
}

/// The delimiter under which most records have as many cells as the header, and the header most cells.
pub(super) fn delimiter(window: &str, at_end: bool) -> u8 {
    let mut best = (0.0, b',');
    for candidate in DELIMITERS {
        let score = score(window, candidate, at_end);
        if score > best.0 {
            best = (score, candidate);
        }
    }
    best.1
}

fn score(window: &str, delimiter: u8, at_end: bool) -> f64 {
    let mut record = Record::default();
    let (mut at, mut header, mut same, mut all) = (0, 0, 0, 0);
    while all < RECORDS {
        let rest = window.get(at..).unwrap_or("");
        if rest.is_empty() {
            break;
        }
        let Scan::Record { used, .. } = scan(rest, delimiter, at_end, 0, &mut record) else { break };
        at += used;
        if record.is_empty() {
            continue;
        }
        if all == 0 {
            header = record.len();
        }
        all += 1;
        same += usize::from(record.len() == header);
    }
    if header < 2 { 0.0 } else { (header - 1) as f64 * same as f64 / all as f64 }
}
