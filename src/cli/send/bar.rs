//! The bar of a send on a terminal: how many, how fast, how long still; what became of them, and the largest domains.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

use super::picture::{Picture, locked};
use crate::engine::ports::Clock;

/// Domains a bar has room for, and how long a name may be there.
const DOMAINS_ON_A_BAR: usize = 3;
const LONGEST_NAME: usize = 24;

/// A bar that draws itself from the picture; its position is set by whoever holds it.
pub fn bar(picture: &Arc<Mutex<Picture>>, clock: &'static dyn Clock) -> Option<ProgressBar> {
    let total = locked(picture).total;
    let style = ProgressStyle::with_template("{bar:20} {pos}/{len}  {pace}\n{counts}\n{domains}").ok()?;
    let line = |write: fn(&mut Picture, Timestamp) -> String| {
        let picture = Arc::clone(picture);
        move |_: &ProgressState, line: &mut dyn std::fmt::Write| {
            let now = clock.now();
            let mut picture = locked(&picture);
            picture.look(now);
            // A line that cannot be written is not drawn; the next one may be.
            let _ = line.write_str(&write(&mut picture, now));
        }
    };
    let style = style.with_key("pace", line(pace_line)).with_key("counts", line(counts_line));
    let style = style.with_key("domains", line(domains_line));
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(8)).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(250));
    Some(bar)
}

/// `9.6 a second, 2 min left`
fn pace_line(picture: &mut Picture, now: Timestamp) -> String {
    let left =
        picture.seconds_left(now).map_or_else(|| "no telling how long".to_owned(), |s| format!("{} left", rough(s)));
    format!("{:.1} a second, {left}", picture.per_second(now))
}

/// `117 accepted, 2 refused`
fn counts_line(picture: &mut Picture, _now: Timestamp) -> String {
    let tally = &picture.tally;
    let others = [
        (tally.rejected, "refused"),
        (tally.deferred, "put off"),
        (tally.in_doubt, "in doubt"),
        (tally.suppressed, "opted out meanwhile"),
        (tally.cancelled, "cancelled"),
    ];
    let mut line = format!("{} accepted", tally.accepted);
    for (count, word) in others.iter().filter(|(count, _)| *count > 0) {
        line += &format!(", {count} {word}");
    }
    line
}

/// `example.org 8.6/s, forum.example 1.0/s`, as many as the terminal has room for.
fn domains_line(picture: &mut Picture, now: Timestamp) -> String {
    let width = terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
    let domains = picture.largest_domains(DOMAINS_ON_A_BAR, now);
    joined(domains.iter().map(|(domain, _, pace)| format!("{} {pace:.1}/s", shortened(domain))), width)
}

fn joined(words: impl Iterator<Item = String>, width: usize) -> String {
    let mut line = String::new();
    for word in words {
        let separator = if line.is_empty() { "" } else { ", " };
        if line.width() + separator.len() + word.width() >= width {
            break;
        }
        line += separator;
        line += &word;
    }
    line
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    name.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
}

/// `40 s`, `12 min`, `3 h 20 min`: no more exact than anybody knows.
fn rough(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    let minutes = seconds.div_ceil(60);
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5400 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_is_told_no_more_exactly_than_it_is_known() {
        let said: Vec<String> = [0.0, 0.2, 89.5, 91.0, 5400.0, 5401.0, 86_400.0].map(rough).to_vec();
        assert_eq!(said, ["0 s", "1 s", "90 s", "2 min", "90 min", "1 h 31 min", "24 h 0 min"]);
    }

    #[test]
    fn a_narrow_terminal_gets_fewer_domains() {
        let words =
            || ["example.org 8.6/s", "forum.example 1.0/s", "例え.example 0.1/s"].map(str::to_owned).into_iter();
        assert_eq!(joined(words(), 80), "example.org 8.6/s, forum.example 1.0/s, 例え.example 0.1/s");
        assert_eq!(joined(words(), 58), "example.org 8.6/s, forum.example 1.0/s");
        assert_eq!(joined(words(), 10), "");
    }

    #[test]
    fn a_long_name_does_not_break_the_line() {
        assert_eq!(shortened("example.org"), "example.org");
        let short = shortened("a-very-long-name-of-a-department.example.org");
        assert_eq!((short.chars().count(), short.ends_with('…')), (24, true));
    }
}
