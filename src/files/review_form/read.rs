//! Reading a form back, whatever a spreadsheet program made of it. Bounded: a form is read into memory.

use std::path::Path;

use super::super::survey::{Format, Survey};
use super::super::table;
use super::{NOTE, PART, sheet_name};
use crate::domain::cleaning::without_guard;
use crate::domain::review::{Line, Part, Slot};
use crate::domain::suggestion::{did_you_mean, nearest};
use crate::domain::table::{Record, Row, Rows, TableError};
use crate::domain::vocabulary::fold_words;

/// Lines of a form.
const MOST_LINES: usize = 200_000;

/// A file that is no form, or no longer one.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// It cannot be read as a table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Another table.
    #[error(
        "this is no review form: {0}\n  help: `convoke import FILE --as contacts --review fix.xlsx` and `convoke plan \
         CAMPAIGN --held-back left-out.xlsx` write them"
    )]
    NoForm(String),
    /// Too much of it.
    #[error("the form has more than {MOST_LINES} lines; apply it in parts")]
    TooLong,
}

/// Reads every line of a form, each with its place, `shown` being the path in places.
///
/// # Errors
/// [`FormError`].
pub fn read(path: &Path, shown: &str) -> Result<Vec<Line>, FormError> {
    let survey = Survey::of(path)?;
    let lines = match survey.format {
        Format::Workbook => read_workbook(path, &survey, shown)?,
        _ => read_csv(path, &survey, shown)?,
    };
    if lines.len() > MOST_LINES { Err(FormError::TooLong) } else { Ok(lines) }
}

fn read_workbook(path: &Path, survey: &Survey, shown: &str) -> Result<Vec<Line>, FormError> {
    let mut lines = Vec::new();
    let mut parts = 0;
    for part in Part::ALL {
        let sheet = sheet_name(*part);
        match table::open(path, survey, Some(sheet)) {
            Ok(rows) => lines.extend(lines_of(*part, sheet, rows, shown)?),
            Err(TableError::NoSuchSheet { .. }) => continue,
            Err(error) => return Err(error.into()),
        }
        parts += 1;
    }
    if parts == 0 {
        return Err(FormError::NoForm("it has none of the sheets `Values`, `Rows` and `Left out`".to_owned()));
    }
    Ok(lines)
}

/// The lines of a sheet.
fn lines_of(part: Part, sheet: &str, mut rows: Box<dyn Rows>, shown: &str) -> Result<Vec<Line>, FormError> {
    let header: Vec<String> = rows.header().cells().map(str::to_owned).collect();
    let slots: Vec<Option<Slot>> = header.iter().map(|cell| slot_of(cell)).collect();
    let answer = (part != Part::About).then_some(&Slot::Answer);
    for slot in part.slots().iter().filter(|slot| is_needed(part, **slot)).chain(answer) {
        if !slots.contains(&Some(*slot)) {
            let near = nearest(slot.as_str(), header.iter().map(String::as_str));
            let hint = near.map(|near| format!(" (is it `{near}`?)")).unwrap_or_default();
            return Err(FormError::NoForm(format!("sheet `{sheet}` has no column `{slot}` any more{hint}")));
        }
    }
    let mut lines = Vec::new();
    let mut record = Record::default();
    // What somebody noted to the right of the form makes a row too wide, and is none of its cells.
    while rows.next_row(&mut record)? != Row::End {
        let line = line_of(part, &slots, &record, format!("{shown}:{sheet}:{}", record.line));
        let is_instruction = record.cell(0).trim() == part.instruction();
        if !line.is_blank() && !is_instruction {
            lines.push(line);
        }
        if lines.len() > MOST_LINES {
            return Err(FormError::TooLong);
        }
    }
    Ok(lines)
}

fn line_of(part: Part, slots: &[Option<Slot>], record: &Record, place: String) -> Line {
    let mut line = Line::new(part);
    line.place = place;
    for (slot, cell) in slots.iter().zip(record.cells()) {
        if let Some(slot) = slot {
            line = line.with(*slot, without_guard(cell));
        }
    }
    line
}

/// Columns without which nobody knows what an answer answers.
fn is_needed(part: Part, slot: Slot) -> bool {
    match part {
        Part::Values | Part::About => matches!(slot, Slot::Column | Slot::Value),
        Part::Rows => matches!(slot, Slot::Line | Slot::Column | Slot::Value),
        Part::LeftOut => matches!(slot, Slot::ContactId | Slot::Reason | Slot::Column),
    }
}

fn slot_of(header: &str) -> Option<Slot> {
    let folded = fold_words(header);
    Slot::ALL.iter().copied().find(|slot| slot.as_str() == folded)
}

fn read_csv(path: &Path, survey: &Survey, shown: &str) -> Result<Vec<Line>, FormError> {
    let mut rows = table::open(path, survey, None)?;
    let header: Vec<String> = rows.header().cells().map(fold_words).collect();
    let slots: Vec<Option<Slot>> = header.iter().map(|cell| slot_of(cell)).collect();
    let part_at = header.iter().position(|cell| cell == PART);
    let only = match part_at {
        None if slots.contains(&Some(Slot::ContactId)) && slots.contains(&Some(Slot::Reason)) => Some(Part::LeftOut),
        None => return Err(FormError::NoForm(format!("it has no column `{PART}`"))),
        Some(_) => None,
    };
    let needed = only.map_or_else(|| vec![Slot::Line, Slot::Column, Slot::Value], |part| part.slots().to_vec());
    for slot in needed.iter().chain([&Slot::Answer]) {
        if !slots.contains(&Some(*slot)) {
            return Err(FormError::NoForm(format!("it has no column `{slot}` any more")));
        }
    }
    let mut lines = Vec::new();
    let mut record = Record::default();
    loop {
        match rows.next_row(&mut record)? {
            Row::End => return Ok(lines),
            Row::Broken(reason) => {
                return Err(TableError::Unsound { line: record.line, what: reason }.into());
            }
            Row::Whole => {}
        }
        let word = part_at.map(|at| record.cell(at).trim()).unwrap_or_default();
        if word == NOTE || only.is_none() && word.is_empty() {
            continue;
        }
        let part =
            only.or_else(|| Part::ALL.iter().copied().find(|part| part.as_str() == fold_words(word).replace('_', " ")));
        let Some(part) = part else {
            let what =
                format!("`{word}` is no part of a form; {}", did_you_mean(word, Part::ALL.iter().map(|p| p.as_str())));
            return Err(TableError::Unsound { line: record.line, what }.into());
        };
        let line = line_of(part, &slots, &record, format!("{shown}:{}", record.line));
        if !line.is_blank() {
            lines.push(line);
        }
        if lines.len() > MOST_LINES {
            return Err(FormError::TooLong);
        }
    }
}
