//! Review forms as files: a workbook with a sheet for each part, or one CSV whose first column names the part.

use std::io;
use std::path::Path;

use crate::domain::cleaning::neutralise;
use crate::domain::review::{Line, Part, Slot};
use crate::system::private;

mod read;
mod sheets;

pub use read::{FormError, read};

/// Header of the first column of a CSV form.
const PART: &str = "part";
/// What stands there in a line that only tells how to answer.
const NOTE: &str = "note";
/// Columns of a CSV form after the first: those of every part.
const CSV_SLOTS: [Slot; 9] = [
    Slot::Line,
    Slot::Email,
    Slot::Column,
    Slot::Value,
    Slot::Count,
    Slot::Evidence,
    Slot::Problem,
    Slot::Suggestions,
    Slot::Answer,
];

/// Whether a path names a workbook by its ending.
pub fn is_workbook(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xlsx"))
}

/// Whether forms can be written to such a file, by its ending.
pub fn is_form_name(path: &Path) -> bool {
    is_workbook(path) || path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"))
}

/// Writes a form, readable by its owner only, as its name says: `.xlsx`, otherwise CSV. `parts` are there even where they
/// have no line.
///
/// # Errors
/// Where it cannot be written.
pub fn write(path: &Path, parts: &[Part], lines: &[Line]) -> io::Result<()> {
    if is_workbook(path) {
        return sheets::write(path, parts, lines);
    }
    let mut file = csv::Writer::from_writer(private::create(path)?);
    if parts.contains(&Part::LeftOut) {
        // The list of people left out has had its columns before there were answers; it names its part by them.
        file.write_record(Part::LeftOut.slots().iter().map(|slot| slot.as_str()))?;
        for line in lines.iter().filter(|line| line.part == Part::LeftOut) {
            file.write_record(Part::LeftOut.slots().iter().map(|slot| neutralise(line.cell(*slot)).into_owned()))?;
        }
        return file.flush();
    }
    file.write_record([PART].into_iter().chain(CSV_SLOTS.iter().map(|slot| slot.as_str())))?;
    for part in parts {
        let told = CSV_SLOTS.iter().map(|slot| if *slot == Slot::Problem { part.instruction() } else { "" });
        file.write_record([NOTE].into_iter().chain(told))?;
        for line in lines.iter().filter(|line| line.part == *part) {
            let cells = CSV_SLOTS.iter().map(|slot| neutralise(line.cell(*slot)).into_owned());
            file.write_record([part.as_str().to_owned()].into_iter().chain(cells))?;
        }
    }
    file.flush()
}

fn sheet_name(part: Part) -> &'static str {
    match part {
        Part::Values => "Values",
        Part::Rows => "Rows",
        Part::LeftOut => "Left out",
        Part::About => "About",
    }
}

/// Width of a column in characters.
fn width(part: Part, slot: Slot) -> u16 {
    match (part, slot) {
        (Part::About, Slot::Value) => 80,
        (Part::Values, Slot::Line) => 16,
        (_, Slot::Line | Slot::Count) => 8,
        (_, Slot::ContactId | Slot::Column | Slot::Reason) => 18,
        (_, Slot::Email | Slot::Name | Slot::Value | Slot::Answer) => 28,
        (_, Slot::Evidence | Slot::Problem | Slot::Suggestions) => 44,
    }
}
