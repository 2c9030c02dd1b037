//! Columns of text that fit the width of a terminal.

use unicode_width::UnicodeWidthStr;

/// Between two columns.
const GAP: usize = 2;

/// On which side a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Figures.
    Right,
}

/// One column: a header and a cell for each row, without colour.
#[derive(Debug, Clone)]
pub struct Column {
    /// What stands on top.
    pub header: String,
    /// Where the text stands.
    pub side: Side,
    /// A cell for each row.
    pub cells: Vec<String>,
    /// Which columns to leave out first where the terminal is narrow; 0 stays.
    pub leave_out: u8,
}

impl Column {
    /// A column.
    pub fn new(header: impl Into<String>, side: Side, leave_out: u8, cells: Vec<String>) -> Self {
        Self { header: header.into(), side, cells, leave_out }
    }

    /// Columns of the terminal it takes.
    pub fn width(&self) -> usize {
        self.cells.iter().chain([&self.header]).map(|text| text.width()).max().unwrap_or(0)
    }

    /// The header or a cell, padded to the column's width.
    pub fn padded(&self, text: &str) -> String {
        let space = " ".repeat(self.width().saturating_sub(text.width()));
        match self.side {
            Side::Left => format!("{text}{space}"),
            Side::Right => format!("{space}{text}"),
        }
    }
}

/// Width of all columns together.
pub fn total(columns: &[Column]) -> usize {
    columns.iter().map(|c| c.width() + GAP).sum::<usize>().saturating_sub(GAP)
}

/// Leaves out columns until the rest fits `width` or nothing more can be left out.
pub fn fit(columns: &mut Vec<Column>, width: usize) {
    while total(columns) > width {
        let Some(next) = columns.iter().map(|c| c.leave_out).filter(|order| *order > 0).min() else { return };
        columns.retain(|c| c.leave_out != next);
    }
}

/// A text of at most `width` columns; what is cut off shows as `…`.
pub fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        if short.width() + unicode_width::UnicodeWidthChar::width(letter).unwrap_or(0) + 1 > width {
            break;
        }
        short.push(letter);
    }
    short + "…"
}

/// A text broken into lines of at most `width` columns, at blanks.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_left_out_in_their_order_until_the_rest_fits() {
        let column = |header: &str, order| Column::new(header, Side::Left, order, vec!["x".repeat(8)]);
        let mut columns = vec![column("a", 0), column("b", 2), column("c", 1)];
        fit(&mut columns, 20);
        assert_eq!(columns.iter().map(|c| c.header.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        fit(&mut columns, 3);
        assert_eq!(columns.len(), 1, "the first stays");
    }

    #[test]
    fn width_is_counted_as_the_terminal_does() {
        let column = Column::new("x", Side::Right, 0, vec!["日本".to_owned()]);
        assert_eq!(column.width(), 4);
        assert_eq!(column.padded("é"), "   é");
        assert_eq!(shortened("日本語", 5), "日本…");
        assert_eq!(shortened("abc", 3), "abc");
    }

    #[test]
    fn long_lines_are_broken_at_blanks() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("immeasurable", 3), ["immeasurable"]);
    }
}
