//! The files a campaign names, read without keeping anything.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::failure::Failure;
use crate::domain::campaign::ReferenceSpec;
use crate::domain::columns::{Columns, Field, Subject};
use crate::domain::problem::{Findings, Problem};
use crate::domain::segment::FIELDS;
use crate::domain::suggestion::did_you_mean;
use crate::domain::table::{Record, Row, Rows, TableError};
use crate::engine::ports::Contacts;
use crate::files::campaign_folder::{CampaignFolder, FILE_NAME, within};
use crate::files::survey::Survey;
use crate::files::table::Table;
use crate::files::targets::read_targets;
use crate::ledger::SqliteLedger;

/// Broken rows named one by one; of more only the number is told.
const ROWS_NAMED: usize = 20;

/// Reads every input of a campaign; gives the custom columns of its contact lists, for templates and conditions.
pub(super) fn check(folder: &CampaignFolder, findings: &mut Findings) -> BTreeSet<String> {
    let inputs = &folder.campaign.inputs;
    let mut columns = BTreeSet::new();
    let lists = [
        (&inputs.contacts, Subject::Contacts),
        (&inputs.participation, Subject::Participation),
        (&inputs.opt_outs, Subject::OptOuts),
    ];
    for (list, subject) in lists {
        for input in list {
            let path = folder.path_of(&input.file);
            let found = check_table(&path, &within(&folder.workspace, &path), subject, findings);
            if subject == Subject::Contacts {
                columns.extend(found);
            }
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
pub(super) fn columns_in_ledger(workspace: &Path, ledger: &Path) -> Result<BTreeSet<String>, Failure> {
    let mut columns = BTreeSet::new();
    if ledger.is_file() {
        let mut ledger = SqliteLedger::open_read_only(ledger, &workspace.join(".convoke/opt-outs.log"))?;
        ledger.each_contact(&mut |contact| columns.extend(contact.custom.into_keys()))?;
    }
    Ok(columns)
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
fn check_table(path: &Path, shown: &str, subject: Subject, findings: &mut Findings) -> BTreeSet<String> {
    let opened = Survey::of(path).and_then(|survey| Table::open(path, &survey));
    let mut table = match opened {
        Ok(table) => table,
        Err(error) => {
            findings.problems.push(unsound(shown, &error));
            return BTreeSet::new();
        }
    };
    let columns = match Columns::read(table.header(), subject, &[]) {
        Ok(columns) => columns,
        Err(error) => {
            let line = table.header().line;
            findings.problems.push(Problem::at(shown, line as usize, 0, "bad-header", error.to_string(), ""));
            return BTreeSet::new();
        }
    };
    for (header, field, other) in &columns.displaced {
        let message = format!("column `{header}` would be `{field}`, as `{other}` is already");
        let help = "it is kept as a custom column; rename one of them if it should not be";
        findings.warnings.push(Problem::at(shown, 1, 0, "displaced-column", message, help));
    }
    check_rows(&mut table, shown, findings);
    columns.fields.into_iter().filter_map(|f| if let Field::Custom(name) = f { Some(name) } else { None }).collect()
}

fn check_rows(table: &mut impl Rows, shown: &str, findings: &mut Findings) {
    let mut record = Record::default();
    let mut broken = 0;
    loop {
        match table.next_row(&mut record) {
            Ok(Row::Whole) => {}
            Ok(Row::Broken(why)) => {
                broken += 1;
                if broken <= ROWS_NAMED {
                    let line = record.line as usize;
                    findings.warnings.push(Problem::at(shown, line, 0, "refused-row", why, "this row is left out"));
                }
            }
            Ok(Row::End) => break,
            Err(error) => {
                findings.problems.push(unsound(shown, &error));
                break;
            }
        }
    }
    if broken > ROWS_NAMED {
        let message = format!("{} more rows are refused", broken - ROWS_NAMED);
        let help = "`convoke import … --dry-run --rejects FILE` lists them all";
        findings.warnings.push(Problem::in_file(shown, "refused-row", message, help));
    }
}

fn unsound(shown: &str, error: &TableError) -> Problem {
    match error {
        TableError::Unsound { line, what } => Problem::at(shown, *line as usize, 0, "bad-table", what, ""),
        other => Problem::in_file(shown, "bad-table", other.to_string(), ""),
    }
}
