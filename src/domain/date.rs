//! Dates as people write them in cells.

use jiff::civil::Date;

use super::contact::vocabulary;
use super::vocabulary::fold_words;

vocabulary! {
    /// Which of two numbers up to twelve is the day.
    DateOrder {
        /// `03/04/2025` is the third of April.
        DayFirst = "day-first",
        /// `03/04/2025` is the fourth of March.
        MonthFirst = "month-first",
    }
}

impl DateOrder {
    /// Reads an order as people write it: `day first`, `DMY`, `dd/mm/yyyy`, `month-first`.
    pub fn read(text: &str) -> Option<Self> {
        let letters: String = fold_words(text).chars().filter(|c| *c != '_').collect();
        match letters.as_str() {
            "dayfirst" | "day" | "daymonth" | "daymonthyear" | "dmy" | "ddmmyyyy" | "ddmmyy" => Some(Self::DayFirst),
            "monthfirst" | "month" | "monthday" | "monthdayyear" | "mdy" | "mmddyyyy" | "mmddyy" => {
                Some(Self::MonthFirst)
            }
            _ => None,
        }
    }

    /// The order that a date shows by itself: one of its numbers is above twelve, written with slashes or hyphens.
    pub fn shown_by(cell: &str) -> Option<Self> {
        let day = cell.trim().split([' ', 'T']).next().unwrap_or("");
        let mut parts = day.split(['/', '-']);
        let (first, second) = (number(parts.next()?)?, number(parts.next()?)?);
        match (first, second) {
            (13..=31, 1..=12) => Some(Self::DayFirst),
            (1..=12, 13..=31) => Some(Self::MonthFirst),
            _ => None,
        }
    }
}

/// What a cell with a date says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateCell {
    /// One day.
    Day(Date),
    /// `03/04/2025`: the third of April or the fourth of March.
    Ambiguous,
    /// No date.
    Unreadable,
}

/// Reads a date: ISO 8601 (a time of day after it is left aside), year first with other separators, day first with dots,
/// and day and month in either order where one of them is above 12.
pub fn read_date(cell: &str) -> DateCell {
    read_date_in(cell, None)
}

/// As [`read_date`]; what has two meanings is read in the order somebody decided for its column.
pub fn read_date_in(cell: &str, order: Option<DateOrder>) -> DateCell {
    let day = cell.trim().split([' ', 'T']).next().unwrap_or("");
    let separator = day.chars().find(|c| !c.is_ascii_digit());
    let parts: Vec<&str> = match separator {
        Some(c @ ('-' | '/' | '.')) => day.split(c).collect(),
        _ => return DateCell::Unreadable,
    };
    let numbers: Option<Vec<i16>> = parts.iter().map(|p| number(p)).collect();
    let (Some(numbers), [first, .., last]) = (numbers, parts.as_slice()) else { return DateCell::Unreadable };
    let [a, b, c] = numbers.as_slice() else { return DateCell::Unreadable };
    if first.len() == 4 {
        return date(*a, *b, *c);
    }
    if last.len() != 4 {
        return DateCell::Unreadable;
    }
    match (*a, *b) {
        (d, m) if separator == Some('.') || d > 12 || d == m => date(*c, m, d),
        (m, d) if d > 12 => date(*c, m, d),
        (x, y) if (1..=12).contains(&x) && (1..=12).contains(&y) => match order {
            Some(DateOrder::DayFirst) => date(*c, y, x),
            Some(DateOrder::MonthFirst) => date(*c, x, y),
            None => DateCell::Ambiguous,
        },
        _ => DateCell::Unreadable,
    }
}

fn number(part: &str) -> Option<i16> {
    let sound = (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    sound.then(|| part.parse().ok()).flatten()
}

fn date(year: i16, month: i16, day: i16) -> DateCell {
    let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else { return DateCell::Unreadable };
    match Date::new(year, month, day) {
        Ok(date) if year >= 1900 => DateCell::Day(date),
        _ => DateCell::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_are_read_where_they_have_one_meaning() {
        for (cell, day) in [
            ("2022-11-01", "2022-11-01"),
            ("2022-10-14 09:00:00+00:00", "2022-10-14"),
            ("2022-10-14T09:00:00Z", "2022-10-14"),
            ("2022/3/4", "2022-03-04"),
            ("31/12/2022", "2022-12-31"),
            ("12/31/2022", "2022-12-31"),
            ("05/05/2022", "2022-05-05"),
            ("3.4.2022", "2022-04-03"),
        ] {
            assert_eq!(read_date(cell), DateCell::Day(day.parse().unwrap()), "{cell}");
        }
        assert_eq!(read_date("01/11/2022"), DateCell::Ambiguous);
        for cell in ["", "soon", "2022", "32/13/2022", "2022-02-30", "1/2/22", "2022-1-1-1", "44866"] {
            assert_eq!(read_date(cell), DateCell::Unreadable, "{cell}");
        }
    }

    #[test]
    fn a_decided_order_settles_what_has_two_meanings() {
        let day = |text: &str| DateCell::Day(text.parse().unwrap());
        assert_eq!(read_date_in("01/11/2022", Some(DateOrder::DayFirst)), day("2022-11-01"));
        assert_eq!(read_date_in("01/11/2022", Some(DateOrder::MonthFirst)), day("2022-01-11"));
        assert_eq!(read_date_in("31/12/2022", Some(DateOrder::MonthFirst)), day("2022-12-31"), "it speaks for itself");
        assert_eq!(DateOrder::shown_by("31/12/2022"), Some(DateOrder::DayFirst));
        assert_eq!(DateOrder::shown_by("01/12/2022"), None);
        assert_eq!(DateOrder::shown_by("2022-12-31"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(cell in "[0-9/.\\-T ]{0,12}|\\PC{0,8}") {
            let _ = read_date(&cell);
        }
    }
}
