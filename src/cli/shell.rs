//! Words of a command line that a person can copy from the screen.

use std::path::Path;

/// A path as a shell takes it.
pub fn shell_word(path: &Path) -> String {
    quoted_word(&path.to_string_lossy())
}

/// A word as a shell takes it.
pub fn quoted_word(text: &str) -> String {
    let text = plain(text);
    let sound = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "/._-+@%,:=".contains(c));
    if sound { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Without control and bidi characters.
pub fn plain(text: &str) -> String {
    let turns = |c: char| c.is_control() || matches!(u32::from(c), 0x200e..=0x200f | 0x2028..=0x202e | 0x2066..=0x2069);
    text.chars().map(|c| if turns(c) { '·' } else { c }).collect()
}
