//! A form as a workbook: a sheet for each part, the header frozen with a line below it that tells how to answer, the answer
//! cells highlighted. Printed, it is as wide as a page, and every page has the header.

use std::io;
use std::path::Path;

use rust_xlsxwriter::{Color, DataValidation, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr;

use super::{sheet_name, width};
use crate::domain::cleaning::neutralise;
use crate::domain::review::{Line, Part, Slot};
use crate::system::private;

/// Longest text of a cell, in characters (Excel's limit is 32,767 UTF-16 units).
const LONGEST_CELL: usize = 16_000;
/// Longest list of choices, in characters (Excel's limit is 255).
const LONGEST_CHOICES: usize = 250;
/// Lines of wrapped text that a row shows at most; the rest is in the cell.
const MOST_LINES_SHOWN: usize = 12;
/// The row of the header.
const HEADER: u32 = 0;
/// The row that tells how to answer.
const INSTRUCTION: u32 = 1;
/// The first row of lines.
const LINES: u32 = 2;
/// Paper by Excel's number: A4.
const A4: u8 = 9;
/// Margins of a printed page in inches; its footer stands in the lower one.
const MARGIN: f64 = 0.4;

/// How cells look.
struct Looks {
    instruction: Format,
    header: Format,
    answer_header: Format,
    plain: Format,
    number: Format,
    answer: Format,
}

/// Writes a workbook, readable by its owner only; one that is there already is replaced.
pub(super) fn write(path: &Path, parts: &[Part], lines: &[Line]) -> io::Result<()> {
    let mut book = Workbook::new();
    let wrapped = || Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let header = || {
        let edge = Format::new().set_bold().set_align(FormatAlign::Left);
        edge.set_border_bottom(FormatBorder::Thin).set_background_color(Color::RGB(0x00DD_EBF7))
    };
    // A hair line leads the eye from a value to its answer.
    let plain = || wrapped().set_border_bottom(FormatBorder::Hair).set_border_bottom_color(Color::RGB(0x00A6_A6A6));
    let looks = Looks {
        instruction: wrapped().set_italic(),
        header: header(),
        answer_header: header().set_background_color(Color::RGB(0x00FF_D966)),
        plain: plain(),
        // Away from a value that is written from right to left and ends beside it.
        number: plain().set_align(FormatAlign::Left).set_indent(1),
        answer: wrapped()
            .set_background_color(Color::RGB(0x00FF_F2CC))
            .set_border(FormatBorder::Thin)
            .set_num_format("@"),
    };
    for part in parts {
        let rows: Vec<&Line> = lines.iter().filter(|line| line.part == *part).collect();
        write_part(book.add_worksheet(), *part, &rows, &looks).map_err(io::Error::other)?;
    }
    let octets = book.save_to_buffer().map_err(io::Error::other)?;
    private::write(path, octets)
}

fn write_part(sheet: &mut Worksheet, part: Part, lines: &[&Line], looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_name(sheet_name(part))?;
    let slots = part.slots();
    let columns = || (0_u16..).zip(slots);
    let whole = slots.iter().map(|slot| usize::from(width(part, *slot))).sum();
    sheet.set_row_height(INSTRUCTION, height(lines_in(part.instruction(), whole)))?;
    sheet.merge_range(
        INSTRUCTION,
        0,
        INSTRUCTION,
        columns().last().map_or(1, |(last, _)| last),
        part.instruction(),
        &looks.instruction,
    )?;
    for (column, slot) in columns() {
        sheet.set_column_width(column, width(part, *slot))?;
        let format = if *slot == Slot::Answer { &looks.answer_header } else { &looks.header };
        sheet.write_string_with_format(HEADER, column, slot.as_str(), format)?;
    }
    sheet.set_freeze_panes(LINES, 0)?;
    lay_out(sheet)?;
    for (row, line) in (LINES..).zip(lines) {
        let tallest = slots.iter().map(|slot| lines_in(line.cell(*slot), usize::from(width(part, *slot)))).max();
        sheet.set_row_height(row, height(tallest.unwrap_or(1)))?;
        for (column, slot) in columns() {
            let format = match slot {
                Slot::Answer => &looks.answer,
                Slot::Line | Slot::Count => &looks.number,
                _ => &looks.plain,
            };
            write_cell(sheet, (row, column), line.cell(*slot), *slot, format)?;
        }
    }
    let answers = columns().find(|(_, slot)| **slot == Slot::Answer);
    if let Some((column, _)) = answers {
        offer(sheet, column, lines)?;
    }
    Ok(())
}

/// Height of a row in points. Told, since not every program that shows a workbook works out what wrapped text needs.
fn height(lines: usize) -> f64 {
    15.0 * f64::from(u8::try_from(lines.clamp(1, MOST_LINES_SHOWN)).unwrap_or(1))
}

/// Lines that a text takes in a cell so many characters wide, about: words are not broken, and East Asian letters take two
/// places.
fn lines_in(text: &str, width: usize) -> usize {
    let mut lines = 0;
    for paragraph in text.split('\n') {
        let mut filled = 0;
        lines += 1;
        for word in paragraph.split(' ').map(UnicodeWidthStr::width) {
            let needed = if filled == 0 { word } else { filled + 1 + word };
            filled = needed;
            if needed > width {
                lines += word.div_ceil(width).saturating_sub(usize::from(needed == word));
                filled = word % width;
            }
        }
    }
    lines
}

/// How it is printed.
fn lay_out(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
    sheet.set_margins(MARGIN, MARGIN, MARGIN, MARGIN * 2.0, MARGIN, MARGIN);
    sheet.set_footer("&L&F, &A&R&P / &N");
    sheet.set_repeat_rows(HEADER, INSTRUCTION)?;
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    text: &str,
    slot: Slot,
    format: &Format,
) -> Result<(), XlsxError> {
    if text.is_empty() {
        sheet.write_blank(row, column, format)?;
    } else if let (Slot::Line | Slot::Count, Ok(number)) = (slot, text.parse::<u32>()) {
        sheet.write_number_with_format(row, column, number, format)?;
    } else {
        // Guarded although it is text: somebody may save the sheet as CSV.
        let text: String = neutralise(text).chars().take(LONGEST_CELL).map(held_by_xml).collect();
        sheet.write_string_with_format(row, column, text, format)?;
    }
    Ok(())
}

/// What XML 1.0 cannot hold (§2.2) becomes a blank.
fn held_by_xml(c: char) -> char {
    if c.is_control() && c != '\n' || matches!(c, '\u{fffe}' | '\u{ffff}') { ' ' } else { c }
}

/// Offers words for answers, by a list for each run of rows that offer the same. Something else may be written too.
fn offer(sheet: &mut Worksheet, column: u16, lines: &[&Line]) -> Result<(), XlsxError> {
    let mut first = 0;
    while let Some(line) = lines.get(first) {
        let same = lines.iter().skip(first).take_while(|other| other.choices == line.choices).count().max(1);
        let letters: usize = line.choices.iter().map(|choice| choice.chars().count() + 1).sum();
        let is_sound = !line.choices.iter().any(|choice| choice.contains([',', '"']));
        if !line.choices.is_empty() && letters <= LONGEST_CHOICES && is_sound {
            let list = DataValidation::new().allow_list_strings(&line.choices)?.show_error_message(false);
            let row = |index: usize| u32::try_from(index).map_or(u32::MAX, |index| index.saturating_add(LINES));
            sheet.add_data_validation(row(first), column, row(first + same - 1), column, &list)?;
        }
        first += same;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_as_tall_as_its_words_need() {
        for (text, width, lines) in [
            ("", 8, 1),
            ("one line", 8, 1),
            ("two lines", 8, 2),
            ("a word breaks incomprehensibly", 10, 4),
            ("first\n\nthird", 10, 3),
            ("学术界学术界", 6, 2),
        ] {
            assert_eq!(lines_in(text, width), lines, "{text}");
        }
        assert_eq!((height(0), height(2), height(16_000)), (15.0, 30.0, 180.0));
    }
}
