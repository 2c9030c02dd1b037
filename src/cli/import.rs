//! `convoke import`

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};

use crate::domain::address::mask_cell;
use crate::domain::keys::Keyring;
use crate::domain::suggestion::did_you_mean;
use crate::engine::import::answers::Answers;
use crate::engine::import::nowhere::Nowhere;
use crate::engine::import::report::{Refusal, Report};
use crate::engine::import::{ImportKind, ImportOptions, Listener};
use crate::engine::review::form::settle_by_ledger;
use crate::files::encoding::named;
use crate::files::refused_rows::RefusedRows;

use super::context::Context;
use super::failure::{Failure, exit};
use super::inputs::{Imported, Target, again, doubt, import_file};
use super::open;
use super::output::{counted, table};
use super::shell::{plain, shell_word};
use crate::engine::contacts::mirror::Mirror;

mod mirror;

mod apply;
pub(super) mod review;

/// Imports contacts, participation, registrations or opt-outs
///
/// Reads CSV of any common dialect and encoding, workbooks (XLSX, ODS), visiting cards (vCard) and registration exports
/// of Indico. A row that cannot be used is refused with its line and reason; the rest is imported. Importing a file again changes nothing but what is new in it.
///
/// What is not clear is left to a person: `--review fix.xlsx` writes it down, a line for each distinct value and each odd
/// row, and `--apply fix.xlsx` takes the answers. What is decided about a value is kept in convoke.toml, for every later import.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file: CSV, XLSX, ODS or vCard
    #[arg(required_unless_present = "apply", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// What its rows are: contacts, participation, registrations or opt-outs; given a second time, who does it
    #[arg(long = "as", id = super::actor::IMPORT_AS, value_name = "KIND", required_unless_present = "apply", action = clap::ArgAction::Append)]
    words: Vec<String>,
    /// Year of the meeting (participation and registrations)
    #[arg(long, value_parser = clap::value_parser!(i16).range(1990..=2100))]
    year: Option<i16>,
    /// Which sheet of a workbook, by name or number
    #[arg(long, value_name = "NAME|NUMBER")]
    sheet: Option<String>,
    /// How the text is encoded, such as utf-8, windows-1251 or gbk; found out where nothing is said
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    encoding: Option<String>,
    /// Which field a column feeds; `-` leaves it out, `custom:NAME` keeps it under another name (repeatable)
    #[arg(long = "map", value_name = "COLUMN=FIELD", value_parser = column_and_field)]
    maps: Vec<(String, String)>,
    /// Where the addresses come from, for rows that do not say
    #[arg(long, value_name = "TEXT", default_value = "")]
    source: String,
    /// Legal basis for keeping and using them, for rows that do not say
    #[arg(long, value_name = "TEXT", default_value = "")]
    basis: String,
    /// Purpose they were given for, for rows that do not say
    #[arg(long, value_name = "TEXT", default_value = "")]
    purpose: String,
    /// Writes the refused rows here, with line, column and reason, to mend and import again
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Says which contacts that first came by this file are in it no longer; deletes none
    #[arg(long)]
    mirror: bool,
    /// Writes what needs a person here, as a form to answer: a workbook (.xlsx) or CSV
    #[arg(long, value_name = "FILE.xlsx|.csv")]
    review: Option<PathBuf>,
    /// Takes the answers of such a form (or of a plan's list of people left out) and imports its file again with them
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "year", "maps", "sheet", "encoding", "rejects", "mirror", "review", "dry_run"])]
    apply: Option<PathBuf>,
    /// Reads and counts, changes nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn column_and_field(text: &str) -> Result<(String, String), String> {
    let (column, field) = text.rsplit_once('=').ok_or("write it as COLUMN=FIELD")?;
    Ok((column.to_owned(), field.trim().to_owned()))
}

fn encoding(label: &str) -> Result<String, String> {
    named(label).map(|_| label.trim().to_lowercase())
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    if let Some(form) = &args.apply {
        let said = [&args.source, &args.basis, &args.purpose].map(|text| text.trim());
        return apply::run(form, said, context);
    }
    let file = args.file.clone().unwrap_or_default();
    if !file.exists() {
        return Err(Failure::usage(format!("there is no file {}", file.display())));
    }
    if let Some(form) = &args.review {
        review::refuse_bad_name(form, &file)?;
    }
    let options = options(&args, &file, kind_of(&args.words)?);
    if args.year.is_none() && options.kind == ImportKind::Registrations {
        return Err(Failure::usage("registrations are for one meeting: name its year with --year"));
    }
    if args.mirror && options.kind != ImportKind::Contacts {
        return Err(Failure::usage("--mirror is for contacts: say --as contacts"));
    }
    let mut listener = Witness::new(args.rejects.as_deref(), &file, context)?;
    let (imported, mirror) = into_ledger(&args, &file, &options, context, &mut listener)?;
    listener.finish()?;
    let form = args.review.as_deref().map(|path| review::write(path, &imported, &options, &file)).transpose()?;
    if context.is_json() {
        context.output.json(&document(&imported.report, form.as_ref(), mirror.as_ref())?)?;
    } else {
        show_counts(&imported.report, options.kind, context)?;
        show(&imported.report, args.rejects.is_none(), context)?;
        say_encoding(&imported, &options, context);
        if let Some(mirror) = &mirror {
            mirror::show(mirror, context)?;
        }
        say_counts(&imported.report, args.dry_run, context);
        if let Some(form) = &form {
            review::say(form, context);
        }
        let gone = mirror.as_ref().filter(|_| imported.report.rejected == 0 && form.is_none()).and_then(mirror::next);
        context.output.next(gone.unwrap_or_else(|| next_command(&imported.report, &args, &options, form.as_ref())));
    }
    Ok(if imported.report.rejected == 0 { exit::DONE } else { exit::INPUT })
}

/// The first `--as` that names a kind of rows.
fn kind_of(words: &[String]) -> Result<ImportKind, Failure> {
    words.iter().find_map(|word| ImportKind::from_word(word)).ok_or_else(|| {
        let kinds = ImportKind::ALL.iter().map(|kind| kind.as_str());
        let given = words.first().map(String::as_str).unwrap_or_default();
        let hint = did_you_mean(given, kinds.clone());
        let kinds = kinds.collect::<Vec<_>>().join(", ");
        Failure::usage(format!("--as {given}: rows are one of {kinds}; {hint}").trim_end_matches([';', ' ']))
    })
}

/// The report, and what the form asks where one was written.
fn document(
    report: &Report,
    form: Option<&review::Review>,
    mirror: Option<&Mirror>,
) -> Result<serde_json::Value, Failure> {
    let mut document = serde_json::to_value(report).map_err(Failure::failed)?;
    if let (Some(keys), Some(mirror)) = (document.as_object_mut(), mirror) {
        keys.insert("mirror".to_owned(), mirror::as_json(mirror));
    }
    if let (Some(keys), Some(form)) = (document.as_object_mut(), form) {
        keys.insert("unclear".to_owned(), form.values.into());
        keys.insert("review".to_owned(), form.path.to_string_lossy().into());
        keys.insert("open".to_owned(), form.open().into());
    }
    Ok(document)
}

fn options(args: &Args, file: &Path, kind: ImportKind) -> ImportOptions {
    ImportOptions {
        kind,
        file: file.to_string_lossy().into_owned(),
        year: args.year,
        source: args.source.trim().to_owned(),
        basis: args.basis.trim().to_owned(),
        purpose: args.purpose.trim().to_owned(),
        sheet: args.sheet.clone(),
        encoding: args.encoding.clone(),
        maps: args.maps.clone(),
    }
}

fn into_ledger(
    args: &Args,
    file: &Path,
    options: &ImportOptions,
    context: &Context,
    listener: &mut dyn Listener,
) -> Result<(Imported, Option<Mirror>), Failure> {
    let none = Answers::default();
    let (answers, dry_run) = (args.review.as_ref().map(|_| &none), args.dry_run);
    let decisions = &context.settings()?.decisions;
    // A dry run makes no ledger; where there is none, nothing is known yet.
    if args.dry_run && !context.settings()?.ledger.exists() {
        let keyring = Keyring::from_secret(&[0; 32]);
        let mut target = Target { store: &mut Nowhere, keyring: &keyring, decisions, dry_run, answers };
        let imported = import_file(file, options, &mut target, context, listener)?;
        return Ok((imported, args.mirror.then(Mirror::default)));
    }
    let (keyring, mut ledger) = open::workspace(context)?;
    let mut target = Target { store: &mut ledger, keyring: &keyring, decisions, dry_run, answers };
    let mut imported = import_file(file, options, &mut target, context, listener)?;
    settle_by_ledger(&mut imported.report.unclear, &mut ledger)?;
    let mirror = args.mirror.then(|| mirror::compare(file, options, &keyring, &mut ledger, context)).transpose()?;
    Ok((imported, mirror))
}

/// Writes refused rows down and moves the bar.
struct Witness {
    rejects: Option<(PathBuf, RefusedRows)>,
    bar: Option<ProgressBar>,
}

impl Witness {
    fn new(rejects: Option<&Path>, file: &Path, context: &Context) -> Result<Self, Failure> {
        let rejects = match rejects {
            None => None,
            Some(path) => {
                if same_file(path, file) {
                    return Err(Failure::usage("--rejects names the file that is imported; give it a name of its own"));
                }
                let file = RefusedRows::create(path).map_err(|e| Failure::unwritable(path, &e))?;
                Some((path.to_owned(), file))
            }
        };
        let bar = context.shows_progress().then(|| {
            let style = ProgressStyle::with_template("{spinner} {human_pos} rows, {per_sec}");
            ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        });
        Ok(Self { rejects, bar })
    }

    fn finish(self) -> Result<(), Failure> {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        match self.rejects {
            Some((path, file)) => file.finish().map_err(|e| Failure::failed(format!("{}: {e}", path.display()))),
            None => Ok(()),
        }
    }
}

impl Listener for Witness {
    fn refused(&mut self, row: &[&str], refusal: &Refusal) -> Result<(), String> {
        let Some((_, file)) = &mut self.rejects else { return Ok(()) };
        file.row(refusal.line, &refusal.column, &refusal.reason, row).map_err(|e| e.to_string())
    }

    fn header(&mut self, columns: &[&str]) -> Result<(), String> {
        let Some((_, file)) = &mut self.rejects else { return Ok(()) };
        file.header(columns).map_err(|e| e.to_string())
    }

    fn progress(&mut self, rows: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(rows);
        }
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Rows shown of a long list.
const SHOWN: usize = 10;

fn show(report: &Report, offers_rejects: bool, context: &Context) -> Result<(), Failure> {
    show_refused(report, offers_rejects, context)?;
    show_notes(report, context)
}

fn show_counts(report: &Report, kind: ImportKind, context: &Context) -> Result<(), Failure> {
    let mut counts = table(&["rows", "what became of them"]);
    for (count, words) in counts_of(report, kind) {
        counts.add_row([count.to_string(), words.to_owned()]);
    }
    context.output.print(&counts.to_string())
}

/// Where the encoding was guessed: a cell to judge the guess by, how other code pages would read it, and the command that
/// names one.
fn say_encoding(imported: &Imported, options: &ImportOptions, context: &Context) {
    let Some(example) = &imported.example else { return };
    let (said, other) = doubt(example, imported.encoding, context);
    let mended = ImportOptions { encoding: Some(other.to_owned()), ..options.clone() };
    context.output.say(format!("the file is {said}"));
    context.output.say(format!("where that is wrong, name the encoding: {}", context.output.typed(&again(&mended))));
}

fn counts_of(report: &Report, kind: ImportKind) -> Vec<(u64, &'static str)> {
    let (new, known) = match kind {
        ImportKind::Contacts => ("new contacts", "merged into contacts already known"),
        ImportKind::Participation => ("new participants", "participants already known"),
        ImportKind::Registrations => ("new registrations", "registrations already known"),
        ImportKind::OptOuts => ("new opt-outs", "opt-outs already known"),
    };
    let left_out = match kind {
        ImportKind::Contacts | ImportKind::OptOuts => "left out, as somebody answered about them",
        ImportKind::Participation | ImportKind::Registrations => {
            "skipped: pending, rejected or withdrawn registrations"
        }
    };
    let mut counts = vec![(report.accepted, new)];
    for (count, words) in [(report.merged, known), (report.skipped, left_out), (report.rejected, "refused rows")] {
        if count > 0 {
            counts.push((count, words));
        }
    }
    counts.push((report.rows, "rows in all"));
    counts
}

fn show_refused(report: &Report, offers_rejects: bool, context: &Context) -> Result<(), Failure> {
    if report.rejects.is_empty() {
        return Ok(());
    }
    let mut rows = table(&["line", "column", "value", "refused because"]);
    for refusal in report.rejects.iter().take(SHOWN) {
        let value = fit(&refusal.value, &refusal.column, context);
        rows.add_row([refusal.line.to_string(), plain(&refusal.column), value, masked(&refusal.reason, context)]);
    }
    context.output.print(&format!("\n{rows}"))?;
    let more = report.rejected.saturating_sub(SHOWN as u64);
    if more > 0 && offers_rejects {
        context.output.print(&format!("and {more} more; --rejects FILE writes them all"))?;
    }
    Ok(())
}

fn show_notes(report: &Report, context: &Context) -> Result<(), Failure> {
    if report.notes.is_empty() {
        return Ok(());
    }
    let mut rows = table(&["cells", "first line", "column", "worth a look"]);
    let groups = report.notes_by_reason();
    for (count, note) in groups.iter().take(SHOWN) {
        let what = masked(&note.reason, context);
        rows.add_row([count.to_string(), note.line.to_string(), plain(&note.column), what]);
    }
    context.output.print(&format!("\n{rows}"))?;
    if groups.len() > SHOWN {
        context.output.print(&format!("and {} more kinds; --format json lists them", groups.len() - SHOWN))?;
    }
    Ok(())
}

fn say_counts(report: &Report, dry_run: bool, context: &Context) {
    let said_no = match report.suppressed {
        0 => String::new(),
        n => format!(
            ", {} will not be written to",
            counted(usize::try_from(n).unwrap_or(usize::MAX), "address").replace("addresss", "addresses")
        ),
    };
    let refused = counted(usize::try_from(report.rejected).unwrap_or(usize::MAX), "refused row");
    let (done, kept) = if dry_run {
        ("would be imported", "nothing was changed, and nothing left this computer")
    } else {
        ("imported", "kept in the ledger; nothing left this computer")
    };
    let used = report.accepted + report.merged;
    context.output.say(format!("{used} of {} rows {done}, {refused}{said_no}", report.rows));
    context.output.say(kept);
    if !report.custom_columns.is_empty() {
        let names: Vec<String> = report.custom_columns.iter().take(SHOWN).map(|name| plain(name)).collect();
        let more = match report.custom_columns.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        context.output.say(format!(
            "columns kept under names of their own: {}{more}; where one is a field of ours, say so with --map COLUMN=FIELD",
            names.join(", ")
        ));
    }
    if report.without_basis > 0 {
        context.output.say(format!(
            "{} of them without a basis for being written to: every plan would leave them out. Import the list again and \
             say on which basis you hold it, such as consent, contract or mandate",
            report.without_basis
        ));
    }
}

fn next_command(report: &Report, args: &Args, options: &ImportOptions, form: Option<&review::Review>) -> String {
    if let Some(form) = form.filter(|form| form.open() > 0) {
        let name = shell_word(&form.path);
        return format!("answer {name}, then convoke import --apply {name}");
    }
    match &args.rejects {
        _ if args.dry_run => again(options),
        Some(rejects) if report.rejected > 0 => {
            // The refused rows of a workbook are no workbook, and they are written in UTF-8.
            let file = rejects.to_string_lossy().into_owned();
            let mended = ImportOptions { file, sheet: None, encoding: None, ..options.clone() };
            format!("mend {}, then {}", shell_word(rejects), again(&mended))
        }
        None if report.rejected > 0 || !report.unclear.values.is_empty() => {
            format!("{} --review {}", again(options), review::free_name())
        }
        _ if report.without_basis > 0 => format!("{} --basis BASIS", again(options)),
        _ => "convoke gaps".to_owned(),
    }
}

/// A cell on the screen: short, without anything that moves the cursor, addresses masked.
pub(super) fn fit(value: &str, column: &str, context: &Context) -> String {
    let hidden = !context.global.show_addresses && (value.contains('@') || column.to_lowercase().contains("mail"));
    let text = if hidden { mask_cell(value) } else { plain(value) };
    if text.chars().count() > 40 { text.chars().take(39).chain(['…']).collect() } else { text }
}

/// A sentence that may repeat a cell, with every address in it masked.
fn masked(text: &str, context: &Context) -> String {
    let text = plain(text);
    if context.global.show_addresses {
        return text;
    }
    let word = |w: &str| if w.len() > 1 && w.contains('@') && w != "`@`" { mask_cell(w) } else { w.to_owned() };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
