//! `import --apply FILE`: the answers of a form, on their way into settings, ledger and plans.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::super::context::Context;
use super::super::failure::{Failure, exit};
use super::super::inputs::{Target, import_file};
use super::super::open;
use super::super::output::{counted, table};
use super::super::shell::{plain, shell_word};
use super::{Witness, again, masked, review, say_counts, show_refused};
use crate::domain::decisions::Decisions;
use crate::domain::review::{Line, Part, Slot};
use crate::engine::import::report::Report;
use crate::engine::ports::Ledger;
use crate::engine::review::form::settle_by_ledger;
use crate::engine::review::judge::{Judged, judge};
use crate::engine::review::mend::{correct, resolve_countries};
use crate::engine::review::origin::{Key, Origin};
use crate::files::{review_form, settings_edit};
use crate::settings::{FILE_NAME, Settings};

mod left_out;

/// Open things shown.
const SHOWN: usize = 10;

/// What came of a form.
struct Applied {
    report: Report,
    /// Decisions new in the settings.
    decided: usize,
    /// Contacts corrected by answers about rows.
    corrected: u64,
    /// Contacts of any file whose country a decision made clear.
    resolved: u64,
    /// Answers that cannot be used.
    faults: Vec<String>,
    /// Answers about rows that are no more what they were.
    stale: Vec<String>,
}

/// Runs the command; `said` are source, basis and purpose for rows that do not say, where they are given.
///
/// # Errors
/// Exit code 3 for a file that is no form, or whose own file is gone; decisions are kept even then.
pub(super) fn run(form: &Path, said: [&str; 3], context: &Context) -> Result<u8, Failure> {
    let shown = form.display().to_string();
    if !form.exists() {
        return Err(Failure::usage(format!("there is no file {shown}")));
    }
    let lines = review_form::read(form, &shown).map_err(|e| Failure::input(format!("{shown}: {e}")))?;
    // A plan that left nobody out is named by its form all the same.
    let of_a_plan = |line: &Line| line.part == Part::About && line.cell(Slot::Column).trim() == Key::Campaign.as_str();
    if lines.iter().any(|line| line.part == Part::LeftOut || of_a_plan(line)) {
        return left_out::apply(form, &lines, context);
    }
    let mut origin = Origin::read(&lines).map_err(|e| Failure::input(format!("{shown}: {e}")))?;
    // What is said now of rows that do not say it themselves, wins over what was said when the form was written.
    let options = &mut origin.options;
    for (kept, said) in [&mut options.source, &mut options.basis, &mut options.purpose].into_iter().zip(said) {
        if !said.is_empty() {
            said.clone_into(kept);
        }
    }
    let judged = judge(&lines);
    let decided = keep_decisions(&judged, context)?;
    let applied = import_again(&origin, judged, decided, &shown, context)?;
    let code = if applied.report.rejected == 0 && applied.faults.is_empty() { exit::DONE } else { exit::INPUT };
    if context.is_json() {
        context.output.json(&document(&applied)?)?;
    } else {
        tell(&applied, &origin, form, &lines, context)?;
    }
    Ok(code)
}

/// Writes decisions into `convoke.toml`, which must be sound; returns how many are new.
fn keep_decisions(judged: &Judged, context: &Context) -> Result<usize, Failure> {
    context.settings()?;
    let path = context.workspace()?.join(FILE_NAME);
    let decisions = judged.decisions.iter().map(|d| (d.asked, d.value.as_str(), d.decided.as_str()));
    let decided = settings_edit::decide(&path, decisions).map_err(Failure::failed)?;
    for decision in judged.decisions.iter().filter(|_| decided > 0 && !context.is_json()) {
        context.output.detail(plain(&decision.to_string()));
    }
    Ok(decided)
}

fn import_again(
    origin: &Origin,
    judged: Judged,
    decided: usize,
    form: &str,
    context: &Context,
) -> Result<Applied, Failure> {
    let settings = Settings::load(context.workspace()?).into_result().map_err(Failure::bad_settings)?;
    let decisions: &Decisions = &settings.decisions;
    let file = file_of(origin).ok_or_else(|| {
        let kept = if decided > 0 { format!("; {} kept in {FILE_NAME}", counted(decided, "decision")) } else { String::new() };
        Failure::input(format!(
            "{}: the file this form came from is not there any more{kept}\n  help: put it back, and apply the form again",
            origin.options.file
        ))
    })?;
    let (keyring, mut ledger) = open::workspace(context)?;
    let mut listener = Witness::new(None, &file, context)?;
    let mut target =
        Target { store: &mut ledger, keyring: &keyring, decisions, dry_run: false, answers: Some(&judged.answers) };
    let imported = import_file(&file, &origin.options, &mut target, context, &mut listener)?;
    listener.finish()?;
    let mut report = imported.report;
    let (now, reason) = (context.clock().now(), format!("answered in {form}"));
    let ledger: &mut dyn Ledger = &mut ledger;
    let corrected = correct(&report.unclear.mendings, &reason, ledger, now)?;
    let resolved = resolve_countries(decisions, &format!("decided in {FILE_NAME}"), ledger, now)?;
    settle_by_ledger(&mut report.unclear, ledger)?;
    let found = report.unclear.faults.iter().map(|(place, why)| format!("{place}:answer: {why}"));
    let faults = judged.faults.into_iter().chain(found).collect();
    let heeded = &report.unclear.heeded;
    let changed = imported.sha256 != origin.sha256;
    let all = judged.answers.rows.iter().flat_map(|(line, answers)| answers.iter().map(move |answer| (line, answer)));
    let mut stale: Vec<(u64, String)> = all
        .filter(|(_, answer)| changed && !heeded.contains(&answer.place))
        .map(|(line, answer)| {
            (*line, format!("{}: line {line} of the file is not what it was when this was asked", answer.place))
        })
        .collect();
    stale.sort();
    let stale = stale.into_iter().map(|(_, told)| told).collect();
    Ok(Applied { report, decided, corrected, resolved, faults, stale })
}

/// Where the form's file is: where it was, or under the path as given from here.
fn file_of(origin: &Origin) -> Option<PathBuf> {
    let paths = [PathBuf::from(&origin.path), PathBuf::from(&origin.options.file)];
    paths.into_iter().find(|path| path.is_file())
}

fn document(applied: &Applied) -> Result<serde_json::Value, Failure> {
    let mut document = serde_json::to_value(&applied.report).map_err(Failure::failed)?;
    let unclear = &applied.report.unclear;
    if let Some(keys) = document.as_object_mut() {
        keys.insert("decided".to_owned(), applied.decided.into());
        keys.insert("corrected".to_owned(), (applied.corrected + applied.resolved).into());
        keys.insert("unclear".to_owned(), unclear.values.len().into());
        keys.insert("open".to_owned(), (unclear.values.len() + unclear.rows.len()).into());
        keys.insert("unusable".to_owned(), json!(applied.faults));
        keys.insert("stale".to_owned(), json!(applied.stale));
    }
    Ok(document)
}

fn tell(applied: &Applied, origin: &Origin, form: &Path, lines: &[Line], context: &Context) -> Result<(), Failure> {
    let report = &applied.report;
    let mut counts = table(&["count", "what became of the answers"]);
    for (count, words) in [
        (applied.decided as u64, "decisions new in convoke.toml"),
        (report.accepted, "new contacts or records"),
        (applied.corrected, "contacts corrected"),
        (applied.resolved, "contacts of other files whose country is clear now"),
        (applied.faults.len() as u64, "answers that cannot be used"),
        (applied.stale.len() as u64, "answers about rows that changed since"),
    ] {
        if count > 0 {
            counts.add_row([count.to_string(), words.to_owned()]);
        }
    }
    let open = report.unclear.values.len() + report.unclear.rows.len();
    counts.add_row([open.to_string(), "values and rows still open".to_owned()]);
    context.output.print(&counts.to_string())?;
    for told in applied.faults.iter().chain(&applied.stale) {
        context.output.print(&masked(told, context))?;
    }
    show_refused(report, false, context)?;
    show_open(report, context)?;
    say_counts(report, false, context);
    let name = shell_word(form);
    context.output.next(if !review::covers(lines, &report.unclear) {
        format!("{} --review {}", again(&origin.options), review::free_name())
    } else if open > 0 || !applied.faults.is_empty() {
        format!("answer the rest in {name}, then convoke import --apply {name}")
    } else if report.without_basis > 0 {
        // By the form, which knows how its file is read.
        format!("convoke import --apply {name} --basis BASIS")
    } else {
        "convoke gaps".to_owned()
    });
    Ok(())
}

fn show_open(report: &Report, context: &Context) -> Result<(), Failure> {
    let unclear = &report.unclear;
    if unclear.values.is_empty() && unclear.rows.is_empty() {
        return Ok(());
    }
    let mut open = table(&["line", "column", "still open"]);
    let values = unclear.values.iter().map(|value| {
        let first = value.lines.first().copied().unwrap_or(0);
        (first, value.asked.as_str().to_owned(), format!("`{}` ({})", value.value, value.count))
    });
    let rows = unclear.rows.iter().map(|row| (row.what.line, row.what.column.clone(), row.what.reason.clone()));
    for (line, column, what) in values.chain(rows).take(SHOWN) {
        open.add_row([line.to_string(), plain(&column), masked(&what, context)]);
    }
    context.output.print(&format!("\n{open}"))?;
    let more = (unclear.values.len() + unclear.rows.len()).saturating_sub(SHOWN);
    if more > 0 { context.output.print(&format!("and {more} more")) } else { Ok(()) }
}
