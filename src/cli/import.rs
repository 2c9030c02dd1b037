//! `convoke import`

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};

use crate::domain::address::mask_cell;
use crate::domain::keys::Keyring;
use crate::domain::suggestion::did_you_mean;
use crate::engine::import::nowhere::Nowhere;
use crate::engine::import::report::{Refusal, Report};
use crate::engine::import::{ImportKind, ImportOptions, Listener};
use crate::files::refused_rows::RefusedRows;

use super::context::Context;
use super::failure::{Failure, exit};
use super::inputs::{Imported, Target, import_file};
use super::open;
use super::output::{counted, table};
use super::shell::{plain, quoted_word, shell_word};
use crate::engine::contacts::mirror::Mirror;

mod mirror;

/// Imports contacts, participation, registrations or opt-outs
///
/// Reads CSV of any common dialect and encoding, workbooks (XLSX, ODS), visiting cards (vCard) and registration exports
/// of Indico. A row that cannot be used is refused with its line and reason; the rest is imported. Importing a file again changes nothing but what is new in it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file: CSV, XLSX, ODS or vCard
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// What its rows are: contacts, participation, registrations or opt-outs; given a second time, who does it
    #[arg(long = "as", id = super::actor::IMPORT_AS, value_name = "KIND", required = true, action = clap::ArgAction::Append)]
    words: Vec<String>,
    /// Year of the meeting (participation and registrations)
    #[arg(long, value_parser = clap::value_parser!(i16).range(1990..=2100))]
    year: Option<i16>,
    /// Which sheet of a workbook, by name or number
    #[arg(long, value_name = "NAME|NUMBER")]
    sheet: Option<String>,
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
    /// Reads and counts, changes nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn column_and_field(text: &str) -> Result<(String, String), String> {
    let (column, field) = text.rsplit_once('=').ok_or("write it as COLUMN=FIELD")?;
    Ok((column.to_owned(), field.trim().to_owned()))
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    if !args.file.exists() {
        return Err(Failure::usage(format!("there is no file {}", args.file.display())));
    }
    let options = options(&args, kind_of(&args.words)?);
    if args.year.is_none() && options.kind == ImportKind::Registrations {
        return Err(Failure::usage("registrations are for one meeting: name its year with --year"));
    }
    if args.mirror && options.kind != ImportKind::Contacts {
        return Err(Failure::usage("--mirror is for contacts: say --as contacts"));
    }
    let mut listener = Witness::new(&args, context)?;
    let (imported, mirror) = into_ledger(&args, &options, context, &mut listener)?;
    listener.finish()?;
    if context.is_json() {
        let mut document = serde_json::to_value(&imported.report).map_err(Failure::failed)?;
        if let (Some(mirror), Some(fields)) = (&mirror, document.as_object_mut()) {
            fields.insert("mirror".to_owned(), mirror::as_json(mirror));
        }
        context.output.json(&document)?;
    } else {
        show(&imported, mirror.as_ref(), &args, options.kind, context)?;
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

fn options(args: &Args, kind: ImportKind) -> ImportOptions {
    ImportOptions {
        kind,
        file: args.file.to_string_lossy().into_owned(),
        year: args.year,
        source: args.source.trim().to_owned(),
        basis: args.basis.trim().to_owned(),
        purpose: args.purpose.trim().to_owned(),
        sheet: args.sheet.clone(),
        maps: args.maps.clone(),
    }
}

fn into_ledger(
    args: &Args,
    options: &ImportOptions,
    context: &Context,
    listener: &mut dyn Listener,
) -> Result<(Imported, Option<Mirror>), Failure> {
    // A dry run makes no ledger; where there is none, nothing is known yet.
    if args.dry_run && !context.settings()?.ledger.exists() {
        let keyring = Keyring::from_secret(&[0; 32]);
        let mut target = Target { store: &mut Nowhere, keyring: &keyring, dry_run: true };
        let imported = import_file(&args.file, options, &mut target, context, listener)?;
        return Ok((imported, args.mirror.then(Mirror::default)));
    }
    let (keyring, mut ledger) = open::workspace(context)?;
    let mut target = Target { store: &mut ledger, keyring: &keyring, dry_run: args.dry_run };
    let imported = import_file(&args.file, options, &mut target, context, listener)?;
    let mirror = args.mirror.then(|| mirror::compare(args, options, &keyring, &mut ledger)).transpose()?;
    Ok((imported, mirror))
}

/// Writes refused rows down and moves the bar.
struct Witness {
    rejects: Option<(PathBuf, RefusedRows)>,
    bar: Option<ProgressBar>,
}

impl Witness {
    fn new(args: &Args, context: &Context) -> Result<Self, Failure> {
        let rejects = match &args.rejects {
            None => None,
            Some(path) => {
                if same_file(path, &args.file) {
                    return Err(Failure::usage("--rejects names the file that is imported; give it a name of its own"));
                }
                let file =
                    RefusedRows::create(path).map_err(|e| Failure::failed(format!("{}: {e}", path.display())))?;
                Some((path.clone(), file))
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

fn show(
    imported: &Imported,
    mirror: Option<&Mirror>,
    args: &Args,
    kind: ImportKind,
    context: &Context,
) -> Result<(), Failure> {
    let report = &imported.report;
    let mut counts = table(&["rows", "what became of them"]);
    for (count, words) in counts_of(report, kind) {
        counts.add_row([count.to_string(), words.to_owned()]);
    }
    context.output.print(&counts.to_string())?;
    show_refused(report, args, context)?;
    show_notes(report, context)?;
    if !matches!(imported.encoding, "UTF-8" | "UTF-16LE" | "UTF-16BE") {
        let said = format!(
            "the file is not in Unicode; it was read as {}: look whether the accents are right",
            imported.encoding
        );
        context.output.say(said);
    }
    if let Some(mirror) = mirror {
        mirror::show(mirror, context)?;
    }
    close(report, mirror, args, kind, context);
    Ok(())
}

fn counts_of(report: &Report, kind: ImportKind) -> Vec<(u64, &'static str)> {
    let (new, known) = match kind {
        ImportKind::Contacts => ("new contacts", "merged into contacts already known"),
        ImportKind::Participation => ("new participants", "participants already known"),
        ImportKind::Registrations => ("new registrations", "registrations already known"),
        ImportKind::OptOuts => ("new opt-outs", "opt-outs already known"),
    };
    let mut counts = vec![(report.accepted, new)];
    for (count, words) in [
        (report.merged, known),
        (report.skipped, "skipped: pending, rejected or withdrawn registrations"),
        (report.rejected, "refused rows"),
    ] {
        if count > 0 {
            counts.push((count, words));
        }
    }
    counts.push((report.rows, "rows in all"));
    counts
}

fn show_refused(report: &Report, args: &Args, context: &Context) -> Result<(), Failure> {
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
    if more > 0 && args.rejects.is_none() {
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

fn close(report: &Report, mirror: Option<&Mirror>, args: &Args, kind: ImportKind, context: &Context) {
    let said_no = match report.suppressed {
        0 => String::new(),
        n => format!(
            ", {} will not be written to",
            counted(usize::try_from(n).unwrap_or(usize::MAX), "address").replace("addresss", "addresses")
        ),
    };
    let refused = counted(usize::try_from(report.rejected).unwrap_or(usize::MAX), "refused row");
    let (done, kept) = if args.dry_run {
        ("would be imported", "nothing was changed, and nothing left this computer")
    } else {
        ("imported", "kept in the ledger; nothing left this computer")
    };
    let used = report.accepted + report.merged;
    context.output.say(format!("{used} of {} rows {done}, {refused}{said_no}", report.rows));
    context.output.say(kept);
    if report.without_basis > 0 {
        context.output.say(format!(
            "{} of them without a basis for being written to: every plan would leave them out. Import the list again and \
             say on which basis you hold it, such as consent, contract or mandate",
            report.without_basis
        ));
    }
    context.output.next(
        mirror
            .filter(|_| report.rejected == 0)
            .and_then(mirror::next)
            .unwrap_or_else(|| next_command(report, args, kind)),
    );
}

fn next_command(report: &Report, args: &Args, kind: ImportKind) -> String {
    let again = |file: &Path| {
        // The refused rows of a workbook are no workbook.
        let sheet =
            args.sheet.as_ref().filter(|_| file == args.file).map(|sheet| format!(" --sheet {}", quoted_word(sheet)));
        format!("convoke import {} --as {kind}{}{}", shell_word(file), sheet.unwrap_or_default(), details(args))
    };
    match &args.rejects {
        _ if args.dry_run => again(&args.file),
        Some(rejects) if report.rejected > 0 => format!("mend {}, then {}", shell_word(rejects), again(rejects)),
        None if report.rejected > 0 => format!("{} --rejects refused.csv", again(&args.file)),
        _ if report.without_basis > 0 => format!("{} --basis BASIS", again(&args.file)),
        _ => "convoke gaps".to_owned(),
    }
}

/// What the command line said about the file, to be said again.
fn details(args: &Args) -> String {
    let maps = args.maps.iter().map(|(column, field)| ("--map", format!("{column}={field}")));
    let said = [
        ("--year", args.year.map(|year| year.to_string()).unwrap_or_default()),
        ("--source", args.source.trim().to_owned()),
        ("--basis", args.basis.trim().to_owned()),
        ("--purpose", args.purpose.trim().to_owned()),
    ];
    let said = said.into_iter().chain(maps).filter(|(_, text)| !text.is_empty());
    said.map(|(flag, text)| format!(" {flag} {}", quoted_word(&text))).collect()
}

/// A cell on the screen: short, without anything that moves the cursor, addresses masked.
fn fit(value: &str, column: &str, context: &Context) -> String {
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
