//! Files on their way into the ledger: one named on the command line, or those a campaign names.

use std::path::Path;

use super::context::Context;
use super::failure::{Failure, exit};
use super::import::fit;
use super::output::counted;
use super::shell::{quoted_word, shell_word};
use crate::domain::campaign::InputFile;
use crate::domain::columns::{ColumnError, Subject, field_named};
use crate::domain::decisions::Decisions;
use crate::domain::keys::Keyring;
use crate::domain::table::{SheetSight, TableError};
use crate::domain::vocabulary::fold_words;
use crate::engine::import::answers::Answers;
use crate::engine::import::nowhere::Nowhere;
use crate::engine::import::report::{Refusal, Report};
use crate::engine::import::{Import, ImportError, ImportKind, ImportOptions, Listener};
use crate::engine::ports::{Ledger, Store};
use crate::files::campaign_folder::{CampaignFolder, within};
use crate::files::encoding::{self, Example};
use crate::files::survey::{Format, Survey};
use crate::files::table;

/// What came of one file.
pub(super) struct Imported {
    /// Counts, refused rows and notes.
    pub(super) report: Report,
    /// How the text was encoded, by its WHATWG name.
    pub(super) encoding: &'static str,
    /// A cell to judge that by, where it was found out and is not Unicode.
    pub(super) example: Option<Example>,
    /// SHA-256 of its octets, as hexadecimal digits.
    pub(super) sha256: String,
}

/// Where rows go, and under which keys.
pub(super) struct Target<'a> {
    /// The ledger, or nowhere.
    pub(super) store: &'a mut dyn Store,
    /// Keys of mailboxes.
    pub(super) keyring: &'a Keyring,
    /// `[countries]` and `[words]`.
    pub(super) decisions: &'a Decisions,
    /// Count only.
    pub(super) dry_run: bool,
    /// Look at rows for a review, and heed these answers.
    pub(super) answers: Option<&'a Answers>,
}

/// Imports the file at a path, whether or not it was imported before.
///
/// # Errors
/// A file that cannot be imported at all, with the exit code that fits.
pub(super) fn import_file(
    path: &Path,
    options: &ImportOptions,
    target: &mut Target<'_>,
    context: &Context,
    listener: &mut dyn Listener,
) -> Result<Imported, Failure> {
    let survey = surveyed(path, options).map_err(|e| failure(&options.file, &e.into()))?;
    let decisions = target.decisions;
    let import = Import {
        options,
        place: &place_of(path, context)?,
        decisions,
        keyring: target.keyring,
        now: context.clock().now(),
        dry_run: target.dry_run,
        fingerprint: &options.fingerprint(&survey.sha256, decisions),
        answers: target.answers,
    };
    let report = run(path, &survey, &import, target.store, listener).map_err(|e| {
        let mut failure = failure(&options.file, &e);
        failure.message += &sheet_to_type(options, &e, context);
        failure
    })?;
    let example = doubted(path, &survey, options);
    Ok(Imported { report, encoding: survey.encoding.name(), example, sha256: survey.sha256 })
}

/// Imports those input files of a campaign that changed since they were last imported in the same way, opt-outs first.
/// Refused rows are warnings here; a file without rows is no error: perhaps nobody has registered yet.
///
/// # Errors
/// A file that cannot be imported at all.
pub fn bring_in(
    context: &Context,
    folder: &CampaignFolder,
    keys: &Keyring,
    ledger: &mut dyn Ledger,
) -> Result<(), Failure> {
    let decisions = &context.settings()?.decisions;
    for (kind, input) in inputs(folder) {
        let path = folder.path_of(&input.file);
        let options = options_of(kind, input, within(&folder.workspace, &path));
        let survey = match surveyed(&path, &options) {
            Err(TableError::Empty) => continue,
            other => other.map_err(|e| failure(&options.file, &e.into()))?,
        };
        let fingerprint = options.fingerprint(&survey.sha256, decisions);
        if ledger.import_record(&fingerprint)?.is_some() {
            continue;
        }
        let now = context.clock().now();
        let options = &options;
        let import = Import {
            options,
            place: &place_of(&path, context)?,
            decisions,
            keyring: keys,
            now,
            dry_run: false,
            fingerprint: &fingerprint,
            answers: None,
        };
        match run(&path, &survey, &import, ledger, &mut Silent) {
            Ok(report) => {
                tell(&report, context);
                if let Some(example) = doubted(&path, &survey, options) {
                    let (said, other) = doubt(&example, survey.encoding.name(), context);
                    let help = format!("where that is wrong, write `encoding = \"{other}\"` beside its `file`");
                    context.output.warn(format!("{}: {said}; {help}", options.file));
                }
            }
            Err(ImportError::NoRows | ImportError::Table(TableError::Empty)) => {}
            Err(error) => {
                let mut failure = failure(&options.file, &error);
                if matches!(error, ImportError::Table(TableError::SeveralSheets(_))) {
                    failure.message += "\nwrite `{ file = \"…\", sheet = \"…\" }` in campaign.toml";
                }
                return Err(failure);
            }
        }
    }
    Ok(())
}

fn tell(report: &Report, context: &Context) {
    let count = |n: u64, noun: &str| counted(usize::try_from(n).unwrap_or(usize::MAX), noun);
    context.output.say(format!("imported {}: {}", report.file, count(report.accepted + report.merged, "row")));
    if report.rejected > 0 {
        let refused = count(report.rejected, "refused row");
        context.output.warn(format!("{}: {refused}; `convoke check` names them", report.file));
    }
}

/// Where a file lies, by one name wherever its path is typed.
///
/// # Errors
/// Where there is no workspace.
pub(super) fn place_of(path: &Path, context: &Context) -> Result<String, Failure> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    Ok(within(&real(context.workspace()?), &real(path)))
}

/// Reads an input file of a campaign without a ledger and says what would become of its rows.
///
/// # Errors
/// [`ImportError`] where it could not be imported at all.
pub(super) fn inspect(
    path: &Path,
    options: &ImportOptions,
    decisions: &Decisions,
    context: &Context,
) -> Result<Report, ImportError> {
    let survey = surveyed(path, options)?;
    // Keys only tell rows of one mailbox apart here; nothing made with them is kept.
    let keyring = &Keyring::from_secret(&[0; 32]);
    let now = context.clock().now();
    let import = Import {
        options,
        place: &options.file,
        decisions,
        keyring,
        now,
        dry_run: true,
        fingerprint: &survey.sha256,
        answers: None,
    };
    run(path, &survey, &import, &mut Nowhere, &mut Silent)
}

/// How a file a campaign names is to be read.
pub(super) fn options_of(kind: ImportKind, input: &InputFile, shown: String) -> ImportOptions {
    ImportOptions {
        kind,
        file: shown,
        year: input.year,
        source: input.source.clone(),
        basis: input.basis.clone(),
        purpose: input.purpose.clone(),
        sheet: input.sheet.clone(),
        encoding: input.encoding.clone(),
        maps: Vec::new(),
    }
}

/// Every file under `[inputs]` that is imported, opt-outs first.
pub(super) fn inputs(folder: &CampaignFolder) -> impl Iterator<Item = (ImportKind, &InputFile)> {
    let inputs = &folder.campaign.inputs;
    let opt_outs = inputs.opt_outs.iter().map(|f| (ImportKind::OptOuts, f));
    let contacts = inputs.contacts.iter().map(|f| (ImportKind::Contacts, f));
    let participation = inputs.participation.iter().map(|f| (ImportKind::Participation, f));
    opt_outs.chain(contacts).chain(participation)
}

/// A cell to judge the encoding by, where it was guessed and is not Unicode.
fn doubted(path: &Path, survey: &Survey, options: &ImportOptions) -> Option<Example> {
    let is_guess = options.encoding.is_none() && survey.format != Format::Workbook;
    let is_unicode = [encoding_rs::UTF_8, encoding_rs::UTF_16LE, encoding_rs::UTF_16BE].contains(&survey.encoding);
    (is_guess && !is_unicode).then(|| encoding::example(path, survey)).flatten()
}

/// What a guessed encoding makes of a cell, and what others would; and the name of another one to try.
pub(super) fn doubt(example: &Example, read_as: &str, context: &Context) -> (String, &'static str) {
    let short = |text: &str| fit(text, "", context);
    let (line, text) = (example.line, short(&example.text));
    let mut said = format!("not in Unicode; it was read as {read_as}, and line {line} says `{text}`");
    for (name, text) in &example.otherwise {
        said += &format!("; as {name} it would say `{}`", short(text));
    }
    let other = match example.otherwise.first() {
        Some((name, _)) => name,
        None if read_as == "GBK" => "windows-1251",
        None => "gbk",
    };
    (said, other)
}

/// A first look at a file, read as the encoding that a person named where one did.
fn surveyed(path: &Path, options: &ImportOptions) -> Result<Survey, TableError> {
    Survey::of(path)?.read_as(options.encoding.as_deref())
}

fn run(
    path: &Path,
    survey: &Survey,
    import: &Import<'_>,
    store: &mut dyn Store,
    listener: &mut dyn Listener,
) -> Result<Report, ImportError> {
    import.run(table::open(path, survey, import.options.sheet.as_deref())?.as_mut(), store, listener)
}

/// Hears everything and does nothing.
struct Silent;

impl Listener for Silent {
    fn refused(&mut self, _: &[&str], _: &Refusal) -> Result<(), String> {
        Ok(())
    }
    fn header(&mut self, _: &[&str]) -> Result<(), String> {
        Ok(())
    }
    fn progress(&mut self, _: u64) {}
}

/// The command that chooses a sheet, where one has to be chosen.
fn sheet_to_type(options: &ImportOptions, error: &ImportError, context: &Context) -> String {
    let ImportError::Table(TableError::SeveralSheets(sheets)) = error else { return String::new() };
    let names_addresses = |sheet: &SheetSight| {
        sheet.header.iter().any(|header| field_named(&fold_words(header), Subject::OptOuts) == Some("email"))
    };
    // The sheet that can be imported, rather than a hidden one or a page of remarks; of equal ones the first.
    let likely = sheets.iter().rev().max_by_key(|sheet| (names_addresses(sheet), !sheet.is_hidden));
    let Some(sheet) = likely else { return String::new() };
    let chosen = ImportOptions { sheet: Some(sheet.name.clone()), ..options.clone() };
    format!("\nnext: {}", context.output.typed(&again(&chosen)))
}

/// The command that imports the file in this way.
pub(super) fn again(options: &ImportOptions) -> String {
    let maps = options.maps.iter().map(|(column, field)| ("--map", format!("{column}={field}")));
    let said = [
        ("--sheet", options.sheet.clone().unwrap_or_default()),
        ("--encoding", options.encoding.clone().unwrap_or_default()),
        ("--year", options.year.map(|year| year.to_string()).unwrap_or_default()),
        ("--source", options.source.clone()),
        ("--basis", options.basis.clone()),
        ("--purpose", options.purpose.clone()),
    ];
    let said = said.into_iter().chain(maps).filter(|(_, text)| !text.is_empty());
    let details: String = said.map(|(flag, text)| format!(" {flag} {}", quoted_word(&text))).collect();
    format!("convoke import {} --as {}{details}", shell_word(Path::new(&options.file)), options.kind)
}

/// Why a file cannot be imported, with the exit code that fits.
pub(super) fn failure(file: &str, error: &ImportError) -> Failure {
    let code = match error {
        ImportError::Ledger(_) | ImportError::Rejects(_) => exit::FAILED,
        ImportError::NoYear
        | ImportError::Table(TableError::SeveralSheets(_) | TableError::NoSuchSheet { .. })
        | ImportError::Columns(ColumnError::NoSuchColumn { .. } | ColumnError::NoSuchField { .. }) => exit::USAGE,
        ImportError::Table(_) | ImportError::Columns(_) | ImportError::NoRows => exit::INPUT,
    };
    Failure::new(code, format!("{file}: {error}"))
}
