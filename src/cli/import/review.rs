//! `import --review FILE`: what needs a person, as a form.

use std::path::{Path, PathBuf};

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::inputs::Imported;
use crate::domain::review::Part;
use crate::engine::import::ImportOptions;
use crate::engine::import::unclear::Unclear;
use crate::engine::review::form::{self, PARTS};
use crate::engine::review::origin::Origin;
use crate::files::review_form::{self, is_form_name};

/// What was written, and what it asks.
#[derive(Debug)]
pub(super) struct Review {
    /// The form.
    pub(super) path: PathBuf,
    /// Distinct values.
    pub(super) values: usize,
    /// Rows.
    pub(super) rows: usize,
    /// Values and rows beyond what a form holds.
    pub(super) left_out: u64,
    /// Rows not looked at for two people on one address.
    unwatched: u64,
}

impl Review {
    /// Lines to be answered.
    pub(super) fn open(&self) -> usize {
        self.values + self.rows
    }
}

/// Refuses a name that no form has, and a form with answers in it: they would be lost.
pub(super) fn refuse_bad_name(path: &Path, file: &Path) -> Result<(), Failure> {
    if !is_form_name(path) {
        return Err(Failure::usage(format!("--review {}: name the form .xlsx or .csv", path.display())));
    }
    if super::same_file(path, file) {
        return Err(Failure::usage("--review names the file that is imported; give the form a name of its own"));
    }
    if !path.exists() {
        return Ok(());
    }
    let shown = path.display();
    match review_form::read(path, &shown.to_string()) {
        Ok(lines) if lines.iter().all(|line| line.answer().is_none()) => Ok(()),
        Ok(_) => Err(Failure::usage(format!(
            "{shown} holds answers; apply them (convoke import --apply {shown}) or give the new form another name"
        ))),
        Err(_) => Err(Failure::usage(format!("{shown} is there already and is no form; give the form another name"))),
    }
}

/// Writes the form.
pub(super) fn write(path: &Path, imported: &Imported, options: &ImportOptions, file: &Path) -> Result<Review, Failure> {
    let unclear: &Unclear = &imported.report.unclear;
    let whole = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let origin = Origin {
        options: options.clone(),
        path: whole.to_string_lossy().into_owned(),
        sha256: imported.sha256.clone(),
    };
    review_form::write(path, &PARTS, &form::lines(unclear, &origin))
        .map_err(|e| Failure::failed(format!("{}: {e}", path.display())))?;
    let (values, rows) = (unclear.values.len(), unclear.rows.len());
    Ok(Review { path: path.to_owned(), values, rows, left_out: unclear.left_out, unwatched: unclear.unwatched })
}

/// Says what the form asks.
pub(super) fn say(review: &Review, context: &Context) {
    let asked = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    context.output.say(format!(
        "{}: {} and {} to answer",
        review.path.display(),
        asked(review.values, "distinct value", "distinct values"),
        asked(review.rows, "row", "rows")
    ));
    if review.left_out > 0 {
        context.output.warn(format!(
            "{} more are not in the form, which holds so many; answer these first, apply them, and review again",
            review.left_out
        ));
    }
    if review.unwatched > 0 {
        context.output.warn(format!(
            "{} rows were not looked at for two people on one address, since a million addresses are remembered; review the rest in a file of its own",
            review.unwatched
        ));
    }
}

/// A name for a form that no file has yet.
pub(in crate::cli) fn free_name() -> String {
    let names = std::iter::once("fix.xlsx".to_owned()).chain((2..1000).map(|n| format!("fix-{n}.xlsx")));
    names.into_iter().find(|name| !Path::new(name).exists()).unwrap_or_else(|| "fix.xlsx".to_owned())
}

/// Whether lines of a form stand for everything that is open.
pub(super) fn covers(lines: &[crate::domain::review::Line], unclear: &Unclear) -> bool {
    use crate::domain::review::Slot;
    use crate::engine::import::unclear::group_of;
    let value = |open: &crate::engine::import::unclear::UnclearValue| {
        lines
            .iter()
            .filter(|l| l.part == Part::Values && l.cell(Slot::Column).trim() == open.asked.as_str())
            .any(|l| group_of(open.asked, l.cell(Slot::Value)) == group_of(open.asked, &open.value))
    };
    let row = |open: &crate::engine::import::unclear::UnclearRow| {
        lines.iter().filter(|l| l.part == Part::Rows).any(|l| {
            l.cell(Slot::Line).trim() == open.what.line.to_string() && l.cell(Slot::Column).trim() == open.what.column
        })
    };
    unclear.values.iter().all(value) && unclear.rows.iter().all(row)
}
