//! A form as a workbook: a sheet for each part, the header frozen with a line below it that tells how to answer, the answer
//! cells highlighted.

use std::io;
use std::path::Path;

use rust_xlsxwriter::{Color, DataValidation, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::{sheet_name, width};
use crate::domain::cleaning::neutralise;
use crate::domain::review::{Line, Part, Slot};
use crate::system::private;

/// Longest text of a cell, in characters (Excel's limit is 32,767 UTF-16 units).
const LONGEST_CELL: usize = 16_000;
/// Longest list of choices, in characters (Excel's limit is 255).
const LONGEST_CHOICES: usize = 250;
/// The row of the header.
const HEADER: u32 = 0;
/// The row that tells how to answer.
const INSTRUCTION: u32 = 1;
/// The first row of lines.
const LINES: u32 = 2;

/// How cells look.
struct Looks {
    instruction: Format,
    header: Format,
    plain: Format,
    answer: Format,
}

/// Writes a workbook, readable by its owner only; one that is there already is replaced.
pub(super) fn write(path: &Path, parts: &[Part], lines: &[Line]) -> io::Result<()> {
    let mut book = Workbook::new();
    let wrapped = || Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let looks = Looks {
        instruction: wrapped().set_italic(),
        header: Format::new().set_bold().set_background_color(Color::RGB(0x00DD_EBF7)),
        plain: wrapped(),
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
    sheet.set_row_height(INSTRUCTION, 48)?;
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
        sheet.write_string_with_format(HEADER, column, slot.as_str(), &looks.header)?;
    }
    sheet.set_freeze_panes(LINES, 0)?;
    for (row, line) in (LINES..).zip(lines) {
        for (column, slot) in columns() {
            let format = if *slot == Slot::Answer { &looks.answer } else { &looks.plain };
            write_cell(sheet, (row, column), line.cell(*slot), *slot, format)?;
        }
    }
    let answers = columns().find(|(_, slot)| **slot == Slot::Answer);
    if let Some((column, _)) = answers {
        offer(sheet, column, lines)?;
    }
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
