//! Numbers as people see them in a sheet: dates in ISO form, whole numbers without a point or an exponent.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};

/// How a cell shows its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Format {
    /// As a number.
    #[default]
    Plain,
    /// As a day, perhaps with a time.
    Day,
    /// As a time of day.
    Time,
    /// As a whole number of at least so many digits.
    Padded(usize),
}

impl Format {
    /// The format behind one of the numbers that Excel gives meaning to (ECMA-376 part 1, 18.8.30).
    pub(super) fn built_in(id: u32) -> Self {
        match id {
            14..=17 | 22 | 27..=31 | 34..=36 | 50..=54 | 57..=58 => Format::Day,
            18..=21 | 32..=33 | 45..=47 | 55..=56 => Format::Time,
            _ => Format::Plain,
        }
    }

    /// The format a code stands for: `yyyy-mm-dd`, `[h]:mm`, `00000`.
    pub(super) fn from_code(code: &str) -> Self {
        let positive = letters(code.split(';').next().unwrap_or_default());
        if positive.len() > 1 && positive.bytes().all(|b| b == b'0') {
            return Format::Padded(positive.len());
        }
        if positive.contains("general") {
            return Format::Plain;
        }
        let has = |letters: &[char]| positive.contains(letters);
        match (has(&['y', 'd']), has(&['h', 's']), has(&['m'])) {
            (true, _, _) | (false, false, true) => Format::Day,
            (false, true, _) => Format::Time,
            (false, false, false) => Format::Plain,
        }
    }
}

/// A format code without what it quotes, escapes or says in brackets, in small letters.
fn letters(code: &str) -> String {
    let mut out = String::new();
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => while chars.next().is_some_and(|c| c != '"') {},
            '\\' | '_' | '*' => drop(chars.next()),
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                // `[h]` counts hours; `[Red]`, `[$-409]` and `[>1]` show nothing.
                if inside.chars().all(|c| matches!(c, 'h' | 'm' | 's' | 'H' | 'M' | 'S')) {
                    out.push_str(&inside.to_ascii_lowercase());
                }
            }
            _ => out.extend(c.to_lowercase()),
        }
    }
    out.replace("am/pm", "").replace("a/p", "")
}

/// A number as its cell shows it, in the system of dates that begins in 1900 or in 1904.
pub(super) fn shown(number: f64, format: Format, is_1904: bool) -> String {
    match format {
        Format::Day if number >= 1.0 || is_1904 => moment(number, is_1904).unwrap_or_else(|| plain(number)),
        Format::Day | Format::Time if (0.0..1.0).contains(&number) => time_of(number),
        Format::Time if number >= 1.0 => moment(number, is_1904).unwrap_or_else(|| plain(number)),
        Format::Padded(digits) if number >= 0.0 && number.fract() == 0.0 && digits < 100 => {
            format!("{number:0>digits$}")
        }
        _ => plain(number),
    }
}

/// In the fifteen digits that spreadsheet programs show, never with an exponent.
pub(super) fn plain(number: f64) -> String {
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    // What follows the fifteenth digit of a long whole number is a zero, as it is on the screen.
    if rounded == 0.0 { "0".to_owned() } else { rounded.to_string() }
}

fn time_of(part: f64) -> String {
    let seconds = (part * 86_400.0).round() as u32 % 86_400;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Day 60 of the first system is 29 February 1900, which never was; Excel has it because Lotus 1-2-3 had.
fn moment(number: f64, is_1904: bool) -> Option<String> {
    if !(0.0..3_000_000.0).contains(&number) {
        return None;
    }
    let seconds = (number * 86_400.0).round() as i64;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let day: Date = match (is_1904, days) {
        (true, _) => date(1904, 1, 1).checked_add(days.days()),
        (false, ..60) => date(1899, 12, 31).checked_add(days.days()),
        (false, 60) => return Some("1900-02-29".to_owned()),
        (false, _) => date(1899, 12, 30).checked_add(days.days()),
    }
    .ok()?;
    if second == 0 {
        return Some(day.to_string());
    }
    let moment: DateTime = day.at(0, 0, 0, 0).checked_add(second.seconds()).ok()?;
    Some(moment.strftime("%Y-%m-%dT%H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_they_stand_on_the_screen() {
        for (number, format, text) in [
            (41_791_234_567.0, Format::Plain, "41791234567"),
            (4.1e20, Format::Plain, "410000000000000000000"),
            (0.1 + 0.2, Format::Plain, "0.3"),
            (-0.0, Format::Plain, "0"),
            (12.0, Format::Plain, "12"),
            (1234.0, Format::Padded(5), "01234"),
            (45_659.0, Format::Day, "2025-01-02"),
            (45_659.5, Format::Day, "2025-01-02T12:00:00"),
            (0.75, Format::Time, "18:00:00"),
            (1.0, Format::Day, "1900-01-01"),
            (59.0, Format::Day, "1900-02-28"),
            (60.0, Format::Day, "1900-02-29"),
            (61.0, Format::Day, "1900-03-01"),
            (1e300, Format::Day, &plain(1e300)),
        ] {
            assert_eq!(shown(number, format, false), text, "{number} {format:?}");
        }
        assert_eq!(shown(44_197.0, Format::Day, true), "2025-01-02");
        assert_eq!(shown(0.0, Format::Day, true), "1904-01-01");
    }

    #[test]
    fn formats_are_told_by_their_codes() {
        for (code, format) in [
            ("General", Format::Plain),
            ("0.00", Format::Plain),
            ("#,##0", Format::Plain),
            ("0", Format::Plain),
            ("00000", Format::Padded(5)),
            ("yyyy\\-mm\\-dd", Format::Day),
            ("[$-409]d/m/yyyy h:mm AM/PM;@", Format::Day),
            ("mmm", Format::Day),
            ("[h]:mm:ss", Format::Time),
            ("h:mm AM/PM", Format::Time),
            ("[Red]0.0\" days\"", Format::Plain),
            ("0.0_d", Format::Plain),
        ] {
            assert_eq!(Format::from_code(code), format, "{code}");
        }
        assert_eq!((Format::built_in(14), Format::built_in(2)), (Format::Day, Format::Plain));
    }
}
