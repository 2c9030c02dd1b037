//! `convoke countries`

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::context::Context;
use super::failure::{Failure, exit};
use super::import::review::free_name;
use super::output::{counted, table};
use super::shell::{plain, quoted_word, shell_word};
use crate::domain::contact::Country;
use crate::domain::geography::{CountryCode, How, RegionalGroups, Table, languages_of};
use crate::engine::countries::{Answer, Answers, CountryError, CountryQuery, check_countries};
use crate::files::survey::Survey;
use crate::files::table as table_file;

/// Says how country names are read
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists what the country cells of a file would be read as, those that need a person first
    ///
    /// Reads whatever import reads, or a bare list of names, and changes nothing. Exit code 3 where a person has to decide
    /// something, else 0.
    Check {
        /// The file
        file: PathBuf,
        /// The column with countries, where its header does not say so
        #[arg(long, value_name = "NAME")]
        column: Option<String>,
        /// Which field a column feeds, as import takes it (repeatable)
        #[arg(long = "map", value_name = "COLUMN=FIELD", value_parser = super::import::column_and_field)]
        maps: Vec<(String, String)>,
        /// Which sheet of a workbook, by name or number
        #[arg(long, value_name = "NAME|NUMBER")]
        sheet: Option<String>,
    },
    /// Every country and territory with its code and regional group
    List,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    match args.command {
        Command::Check { file, column, maps, sheet } => {
            check(&file, sheet.as_deref(), column.as_deref(), &maps, context)
        }
        Command::List => list(context),
    }
}

fn check(
    file: &Path,
    sheet: Option<&str>,
    column: Option<&str>,
    maps: &[(String, String)],
    context: &Context,
) -> Result<u8, Failure> {
    if !file.exists() {
        return Err(Failure::usage(format!("there is no file {}", file.display())));
    }
    let settings = context.settings()?;
    let failure = |error: CountryError| {
        let usage = matches!(error, CountryError::NoSuchColumn { .. } | CountryError::NoColumn { .. });
        let code = if usage { exit::USAGE } else { exit::INPUT };
        Failure::new(code, format!("{}: {error}", file.display()))
    };
    let survey = Survey::of(file).map_err(|e| failure(e.into()))?;
    let mut rows = table_file::open(file, &survey, sheet).map_err(|e| failure(e.into()))?;
    let query = CountryQuery { column, maps, decisions: settings.decisions.countries() };
    let answers = check_countries(rows.as_mut(), &query).map_err(failure)?;
    if context.is_json() {
        for answer in &answers.all {
            context.output.json_line(&as_json(answer, &settings.regions))?;
        }
    } else {
        show(&answers, &settings.regions, context)?;
        close(&answers, file, &said_of(sheet, column, maps), context);
    }
    Ok(if answers.all.iter().any(Answer::is_open) { exit::INPUT } else { exit::DONE })
}

/// What the command line said of the file, to be said again.
fn said_of(sheet: Option<&str>, column: Option<&str>, maps: &[(String, String)]) -> Said {
    let flag = |flag: &str, text: &str| format!(" {flag} {}", quoted_word(text));
    let sheet = sheet.map(|sheet| flag("--sheet", sheet)).unwrap_or_default();
    let maps: String = maps.iter().map(|(column, field)| flag("--map", &format!("{column}={field}"))).collect();
    let column_to_check = column.map(|column| flag("--column", column)).unwrap_or_default();
    let column_to_import = column.map(|column| flag("--map", &format!("{column}=country"))).unwrap_or_default();
    Said { to_check: format!("{sheet}{column_to_check}{maps}"), to_import: format!("{sheet}{column_to_import}{maps}") }
}

/// Options of this command again, and as `convoke import` takes them.
struct Said {
    to_check: String,
    to_import: String,
}

fn as_json(answer: &Answer, groups: &RegionalGroups) -> serde_json::Value {
    let code = answer.resolution.country.code();
    json!({
        "value": answer.value,
        "count": answer.count,
        "line": answer.line,
        "country": code.map(|c| c.to_string()),
        "name": code.map(|c| c.record().name.as_str()),
        "region": code.map(|c| groups.of(c).as_str()),
        "how": answer.resolution.how.as_str(),
        "languages": code.filter(|_| answer.resolution.how == How::Name).map(|c| languages_of(&answer.value, c)),
        "note": answer.resolution.note,
        "suggestions": answer.suggestions.iter().map(|s| json!({
            "country": s.country.to_string(), "name": s.country.record().name, "why": s.why,
        })).collect::<Vec<_>>(),
    })
}

fn show(answers: &Answers, groups: &RegionalGroups, context: &Context) -> Result<(), Failure> {
    let (open, clear): (Vec<&Answer>, Vec<&Answer>) = answers.all.iter().partition(|answer| answer.is_open());
    if !open.is_empty() {
        let mut rows = table(&["cells", "first line", "value", "needs a person because"]);
        for answer in &open {
            let why = answer.resolution.note.as_deref().unwrap_or_default();
            let why = context.output.foreign_text(&plain(why));
            rows.add_row([answer.count.to_string(), answer.line.to_string(), cell(answer, context), why]);
        }
        context.output.print(&rows.trim_fmt())?;
    }
    if clear.is_empty() {
        return Ok(());
    }
    let mut rows = table(&["cells", "value", "code", "country", "regional group", "read by"]);
    for answer in clear {
        let code = answer.resolution.country.code();
        let (short, name) = code.map_or_else(Default::default, |c| (c.to_string(), c.record().name.clone()));
        let group = code.map_or("unknown", |c| groups.of(c).as_str()).to_owned();
        rows.add_row([answer.count.to_string(), cell(answer, context), short, name, group, read_by(answer, code)]);
    }
    let gap = if open.is_empty() { "" } else { "\n" };
    context.output.print(&format!("{gap}{}", rows.trim_fmt()))
}

/// A value as the screen may show it: somebody may have typed an address where a country belongs.
fn cell(answer: &Answer, context: &Context) -> String {
    let text = context.output.foreign_text(&plain(&answer.value));
    if text.chars().count() > 40 { text.chars().take(39).chain(['…']).collect() } else { text }
}

fn read_by(answer: &Answer, code: Option<CountryCode>) -> String {
    let languages = code.map_or(&[][..], |c| languages_of(&answer.value, c));
    let known: Vec<&str> = languages.iter().take(3).map(String::as_str).collect();
    let more = if languages.len() > known.len() { ", …" } else { "" };
    match answer.resolution.how {
        How::Name if !known.is_empty() => format!("name ({}{more})", known.join(", ")),
        How::Decision => "decision in [countries]".to_owned(),
        how => how.as_str().to_owned(),
    }
}

fn close(answers: &Answers, file: &Path, said: &Said, context: &Context) {
    let cells: u64 = answers.all.iter().map(|answer| answer.count).sum();
    let open: Vec<&Answer> = answers.all.iter().filter(|answer| answer.is_open()).collect();
    let without = if answers.empty > 0 { format!(", {} without a country", answers.empty) } else { String::new() };
    let broken = if answers.broken > 0 { format!(", {} no rows of the table", answers.broken) } else { String::new() };
    let values = counted(answers.all.len(), "different value");
    context.output.say(format!(
        "{} with {values}, {} to decide{without}{broken}",
        counted(usize::try_from(cells).unwrap_or(usize::MAX), "cell"),
        open.len()
    ));
    context.output.say("nothing was changed, and nothing left this computer");
    let word = shell_word(file);
    let to_decide = open.iter().filter(|answer| answer.can_be_decided());
    let Some(first) = to_decide.max_by_key(|answer| (!answer.suggestions.is_empty(), answer.count)) else {
        let then = if open.is_empty() { "--dry-run".to_owned() } else { format!("--review {}", free_name()) };
        context.output.next(format!("convoke import {word} --as contacts{} {then}", said.to_import));
        return;
    };
    let kept = match &first.resolution.country {
        Country::Ambiguous(value) | Country::Unknown(value) => value,
        _ => &first.value,
    };
    let choices: Vec<String> = first.suggestions.iter().map(|s| format!("\"{}\"", s.country)).collect();
    let choices = if choices.is_empty() { "\"KE\" or the like".to_owned() } else { choices.join(" or ") };
    let key = plain(kept).replace('\\', "\\\\").replace('"', "\\\"");
    context.output.say(format!(
        "write each under [countries] in convoke.toml: \"{key}\" = {choices}, or \"unknown\" if it is none"
    ));
    context.output.next(format!("convoke countries check {word}{}", said.to_check));
}

fn list(context: &Context) -> Result<u8, Failure> {
    let groups = &context.settings()?.regions;
    let mut rows = table(&["code", "", "", "country", "regional group", "United Nations"]);
    for record in &Table::get().records {
        let group = groups.of(record.code);
        let number = if record.m49 > 0 { format!("{:03}", record.m49) } else { String::new() };
        if context.is_json() {
            context.output.json_line(&json!({
                "country": record.code.to_string(), "iso3": record.iso3, "m49": number, "name": record.name,
                "region": group.as_str(), "by_decision": record.region.unwrap_or(crate::domain::geography::Region::None) != group,
                "un_member": record.un_member,
            }))?;
        } else {
            let member = if record.un_member { "member" } else { "" };
            rows.add_row([record.code.as_str(), &record.iso3, &number, &record.name, group.as_str(), member]);
        }
    }
    if !context.is_json() {
        context.output.print(&rows.trim_fmt())?;
        context.output.say("a name that means another code is decided under [countries], a regional group under [regions], in convoke.toml");
        context.output.next("convoke gaps --by country");
    }
    Ok(exit::DONE)
}
