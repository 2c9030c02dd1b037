//! TOML as people write it: read with every value's place in the file, so that each complaint can name it.
//!
//! A [`Document`] gathers findings while its [`Section`]s and [`Entry`]s are asked for what they hold; nothing stops at
//! the first problem. Keys nobody asked for are reported by [`Section::finish`], with the nearest known one.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use crate::domain::problem::Problem;

pub mod conditions;
mod document;
mod entry;
#[cfg(test)]
mod tests;

pub use document::{Document, Mention, Section};
pub use entry::Entry;

/// Octets a file written by hand may have; far above any real one, so that a wrong file is refused quickly.
pub const SIZE_LIMIT: u64 = 1024 * 1024;

/// Reads a text file: UTF-8 (a byte order mark is dropped), at most `limit` octets. `shown` is the path in complaints.
///
/// # Errors
/// A [`Problem`] where it is missing, unreadable, too large or no UTF-8.
pub fn read_text(path: &Path, shown: &str, limit: u64) -> Result<String, Problem> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Problem::in_file(shown, "missing-file", "there is no such file", "create it, or correct the name")
        }
        _ => Problem::in_file(shown, "unreadable-file", format!("it cannot be read: {error}"), ""),
    };
    let mut octets = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut octets).map_err(unreadable)?;
    if octets.len() as u64 > limit {
        return Err(Problem::in_file(
            shown,
            "file-too-large",
            format!("it is larger than {limit} octets"),
            "is this the right file?",
        ));
    }
    let text = String::from_utf8(octets).map_err(|error| not_utf8(shown, &error))?;
    // A text over several lines says the same whatever the line ends: git changes them on its way to Windows.
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n"))
}

fn not_utf8(shown: &str, error: &std::string::FromUtf8Error) -> Problem {
    let sound = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
    let line = sound.iter().filter(|b| **b == b'\n').count() + 1;
    let last_line = sound.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    let column = String::from_utf8_lossy(last_line).chars().count() + 1;
    Problem::at(shown, line, column, "not-utf8", "this octet is not UTF-8", "save the file in the encoding UTF-8")
}

/// A length of time as people write it: a whole number and one of `s m h d y` (a year being 365 days).
pub fn parse_duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'y' => 365 * 86_400,
        _ => return None,
    };
    let number = text.strip_suffix(unit)?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(seconds).map(Duration::from_secs)
}
