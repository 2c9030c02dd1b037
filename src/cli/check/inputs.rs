//! The files a campaign names, read without keeping anything.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::inputs::{inputs, inspect, options_of};
use crate::domain::campaign::ReferenceSpec;
use crate::domain::columns::{Columns, Field};
use crate::domain::decisions::Decisions;
use crate::domain::problem::{Findings, Problem};
use crate::domain::segment::FIELDS;
use crate::domain::suggestion::did_you_mean;
use crate::domain::table::TableError;
use crate::engine::import::report::Report;
use crate::engine::import::{ImportError, ImportKind, ImportOptions};
use crate::files::campaign_folder::{CampaignFolder, FILE_NAME, within};
use crate::files::survey::Survey;
use crate::files::table;
use crate::files::targets::read_targets;
use crate::ledger::SqliteLedger;

/// Broken rows named one by one; of more only the number is told.
const ROWS_NAMED: usize = 20;

/// Reads every input of a campaign; gives the custom columns of its contact lists, for templates and conditions.
pub(super) fn check(
    folder: &CampaignFolder,
    decisions: &Decisions,
    context: &Context,
    findings: &mut Findings,
) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    for (kind, input) in inputs(folder) {
        let path = folder.path_of(&input.file);
        let options = options_of(kind, input, within(&folder.workspace, &path));
        let found = check_table(&path, &options, decisions, context, findings);
        if kind == ImportKind::Contacts {
            columns.extend(found);
        }
    }
    for reference in folder.campaign.gaps.iter().flat_map(|gaps| &gaps.against) {
        if let ReferenceSpec::Targets(file) = reference {
            let path = folder.path_of(file);
            let shown = within(&folder.workspace, &path);
            if let Err(problems) = read_targets(&path, file, &shown) {
                findings.problems.extend(problems);
            }
        }
    }
    columns
}

/// Custom columns of the contacts imported earlier; none where there is no ledger yet.
pub(in crate::cli) fn columns_in_ledger(workspace: &Path, ledger: &Path) -> Result<BTreeSet<String>, Failure> {
    if !ledger.is_file() {
        return Ok(BTreeSet::new());
    }
    Ok(SqliteLedger::open_read_only(ledger, &workspace.join(".convoke/opt-outs.log"))?.custom_columns()?)
}

/// Complains about conditions on columns that no contact has.
pub(super) fn check_columns_named(folder: &CampaignFolder, columns: &BTreeSet<String>, findings: &mut Findings) {
    for mention in folder.columns_named.iter().filter(|mention| !columns.contains(&mention.name)) {
        let known = FIELDS.iter().copied().chain(columns.iter().map(String::as_str));
        findings.problems.push(Problem::at(
            within(&folder.workspace, &folder.folder.join(FILE_NAME)),
            mention.line,
            mention.column,
            "unknown-column",
            format!("no contact has a column `{}`", mention.name),
            did_you_mean(&mention.name, known),
        ));
    }
}

/// Reads a table to its end; gives the names of its custom columns.
fn check_table(
    path: &Path,
    options: &ImportOptions,
    decisions: &Decisions,
    context: &Context,
    findings: &mut Findings,
) -> BTreeSet<String> {
    let shown = options.file.as_str();
    match inspect(path, options, decisions, context) {
        Ok(report) => warn(&report, findings),
        Err(ImportError::NoRows) => {
            findings.warnings.push(Problem::in_file(shown, "no-rows", "there are no rows in it", ""));
        }
        Err(ImportError::Table(error)) => findings.problems.push(unsound(shown, &error)),
        Err(ImportError::Columns(error)) => {
            findings.problems.push(Problem::at(shown, 1, 0, "bad-header", error.to_string(), ""));
        }
        Err(error) => findings.problems.push(Problem::in_file(shown, "bad-input", error.to_string(), "")),
    }
    custom_columns(path, options)
}

/// Refused rows and odd cells, one by one up to a number.
fn warn(report: &Report, findings: &mut Findings) {
    let refused = report.rejects.iter().map(|r| ("refused-row", "this row is left out", r));
    let noted = report.notes.iter().map(|n| ("odd-cell", "", n));
    let all = refused.take(ROWS_NAMED).chain(noted.take(ROWS_NAMED));
    let mut named = 0;
    for (code, help, what) in all {
        let column = if what.column.is_empty() { String::new() } else { format!("column `{}`: ", what.column) };
        let message = format!("{column}{}", what.reason);
        findings.warnings.push(Problem::at(&report.file, what.line as usize, 0, code, message, help));
        named += 1;
    }
    let more = (report.rejected + report.warnings).saturating_sub(named);
    if more > 0 {
        let message = format!("{more} more rows are refused or have odd cells");
        let help = "`convoke import … --dry-run --rejects FILE` lists them all";
        findings.warnings.push(Problem::in_file(&report.file, "refused-row", message, help));
    }
}

/// The custom columns a table has; none where it cannot be read, which was complained about.
fn custom_columns(path: &Path, options: &ImportOptions) -> BTreeSet<String> {
    let survey = Survey::of(path).and_then(|survey| survey.read_as(options.encoding.as_deref()));
    let table = survey.and_then(|survey| table::open(path, &survey, options.sheet.as_deref())).ok();
    let columns = table.and_then(|table| Columns::read(table.header(), options.kind.subject(), &[]).ok());
    let fields = columns.into_iter().flat_map(|columns| columns.fields);
    fields.filter_map(|field| if let Field::Custom(name) = field { Some(name) } else { None }).collect()
}

fn unsound(shown: &str, error: &TableError) -> Problem {
    match error {
        TableError::Unsound { line, what } => Problem::at(shown, *line as usize, 0, "bad-table", what, ""),
        other => Problem::in_file(shown, "bad-table", other.to_string(), ""),
    }
}
