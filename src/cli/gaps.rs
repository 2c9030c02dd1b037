//! `convoke gaps`

use std::path::{Path, PathBuf};

use clap::ValueHint;

use super::context::Context;
use super::failure::{Failure, exit};
use super::output::counted;
use super::plan::contact_policy;
use super::{inputs, open};
use crate::domain::campaign::{Dimension, GapQuery, ReferenceSpec};
use crate::domain::gap::GapTable;
use crate::domain::geography::CountryCode;
use crate::domain::reference::Targets;
use crate::domain::suggestion::nearest_or_all;
use crate::engine::find_gaps::{GapError, GapInputs, find_gaps};
use crate::files::campaign_folder::{CampaignFolder, within};
use crate::files::gap_report;
use crate::files::targets::read_targets;

mod columns;
mod table;

/// Shows who is missing
///
/// Compares those who took part in the latest meeting with a reference, cell by cell, and says for each gap how many people
/// are needed and of what kind it is: uncontacted (too few contacts), lapsed (they came once) or silent (they never came).
/// For a campaign, what changed among its inputs is imported first.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Campaign whose [gaps] is asked (default: by region, against internet-users)
    #[arg(value_name = "CAMPAIGN")]
    campaign: Option<String>,
    /// Dimensions of a cell: region, country, stakeholder, gender, language, tier, newcomer
    #[arg(long, value_name = "DIMENSION", value_delimiter = ',')]
    by: Vec<String>,
    /// References: internet-users, population, members, participation:YEAR, targets:FILE (relative to the workspace)
    #[arg(long, value_name = "REFERENCE", value_delimiter = ',')]
    against: Vec<String>,
    /// Host country (two letters) whose participants are left out
    #[arg(long, value_name = "CC")]
    without_host: Option<String>,
    /// Writes the table to a file: .csv or .json
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
}

/// What `--output` is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileForm {
    Csv,
    Json,
}

/// What a table is measured from: the question, and the folder its targets files are named from.
struct Question {
    query: GapQuery,
    targets: Vec<Targets>,
    campaign: Option<CampaignFolder>,
}

/// Runs the command.
///
/// # Errors
/// Exit code 2 for words that are none, 3 for dimensions without a reference and faulty targets files.
pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let form = args.output.as_deref().map(file_form).transpose()?;
    let question = question(&args, context)?;
    let (table, with_host) = measure(context, &question)?;
    if let (Some(path), Some(form)) = (&args.output, form) {
        let written = match form {
            FileForm::Csv => gap_report::write_csv(&table, path),
            FileForm::Json => gap_report::write_json(&table, path),
        };
        written.map_err(|error| Failure::failed(format!("{} cannot be written: {error}", path.display())))?;
        context.output.say(format!("{} cells written to {}", table.rows.len(), path.display()));
    }
    if context.is_json() {
        for object in gap_report::json_objects(&table) {
            context.output.json_line(&object)?;
        }
    } else if form.is_none() {
        let look = table::Look { width: width(), has_color: context.output.has_color() };
        context.output.print(&table::draw(&table, with_host.as_ref(), look))?;
    }
    say_what_next(context, &table, args.campaign.as_deref());
    Ok(exit::DONE)
}

fn file_form(path: &Path) -> Result<FileForm, Failure> {
    match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(FileForm::Csv),
        Some("json") => Ok(FileForm::Json),
        Some(form @ ("html" | "svg")) => Err(Failure::usage(format!(
            "{}: gap tables cannot be written as .{form} yet\n  help: give the file the ending .csv or .json",
            path.display()
        ))),
        _ => Err(Failure::usage(format!(
            "{}: the ending does not say what to write\n  help: give the file the ending .csv or .json",
            path.display()
        ))),
    }
}

/// The campaign's question, or the plain one, with what the command line changes.
fn question(args: &Args, context: &Context) -> Result<Question, Failure> {
    let campaign = args.campaign.as_deref().map(|word| context.campaign(word)).transpose()?;
    let plain = GapQuery {
        by: vec![Dimension::Region],
        against: vec![ReferenceSpec::InternetUsers],
        split: vec![Dimension::Tier],
        without_host: None,
        response: 0.1,
    };
    let mut query = campaign.as_ref().and_then(|c| c.campaign.gaps.clone()).unwrap_or(plain);
    let workspace = context.workspace()?;
    let mut folder = campaign.as_ref().map_or(workspace, |c| &c.folder);
    if !args.by.is_empty() {
        query.by = dimensions(&args.by)?;
        query.split.retain(|d| !query.by.contains(d));
    }
    if !args.against.is_empty() {
        query.against = args.against.iter().map(|word| reference(word)).collect::<Result<_, _>>()?;
        folder = workspace;
    }
    if let Some(word) = &args.without_host {
        let code = CountryCode::parse(word.trim()).ok_or_else(|| {
            Failure::usage(format!(
                "--without-host: `{word}` is no country code\n  help: write two letters, such as NO"
            ))
        })?;
        query.without_host = Some(code);
    }
    let targets = read_all_targets(&query.against, folder, workspace)?;
    Ok(Question { query, targets, campaign })
}

fn dimensions(words: &[String]) -> Result<Vec<Dimension>, Failure> {
    let mut dimensions = Vec::new();
    for word in words.iter().map(|w| w.trim()) {
        let names = Dimension::ALL.iter().map(|(name, _)| *name);
        let dimension = Dimension::from_word(word).ok_or_else(|| {
            Failure::usage(format!("--by: `{word}` is no dimension\n  help: {}", nearest_or_all(word, names)))
        })?;
        if !dimensions.contains(&dimension) {
            dimensions.push(dimension);
        }
    }
    Ok(dimensions)
}

fn reference(word: &str) -> Result<ReferenceSpec, Failure> {
    ReferenceSpec::from_word(word.trim()).ok_or_else(|| {
        let help = nearest_or_all(word, ReferenceSpec::WORDS.iter().copied());
        Failure::usage(format!("--against: `{word}` is no reference\n  help: {help}"))
    })
}

/// The targets files that a campaign's analysis names.
///
/// # Errors
/// Exit code 3 with every problem in them.
pub fn targets_of(folder: &CampaignFolder) -> Result<Vec<Targets>, Failure> {
    let against = folder.campaign.gaps.as_ref().map_or(&[][..], |query| &query.against);
    read_all_targets(against, &folder.folder, &folder.workspace)
}

/// The table as a person reads it beside a plan.
pub fn drawing(table: &GapTable, has_color: bool) -> String {
    table::draw(table, None, table::Look { width: width(), has_color })
}

fn read_all_targets(against: &[ReferenceSpec], folder: &Path, workspace: &Path) -> Result<Vec<Targets>, Failure> {
    let mut targets = Vec::new();
    for spec in against {
        if let ReferenceSpec::Targets(file) = spec {
            let path = folder.join(file);
            targets.push(read_targets(&path, file, &within(workspace, &path)).map_err(Failure::bad_input)?);
        }
    }
    Ok(targets)
}

/// The table, and where a host is left out and people are to read it, the same meeting with the host.
fn measure(context: &Context, question: &Question) -> Result<(GapTable, Option<GapTable>), Failure> {
    let settings = context.settings()?;
    let policy = contact_policy(settings);
    let (keys, mut ledger) = open::workspace(context)?;
    if let Some(folder) = &question.campaign {
        inputs::bring_in(context, folder, &keys, &mut ledger)?;
    }
    let asked = GapInputs {
        query: &question.query,
        targets: &question.targets,
        tiers: &settings.tiers,
        groups: &settings.regions,
        campaign: question.campaign.as_ref().map(|c| (c.campaign.topic.as_str(), c.campaign.purpose.as_str())),
        policy: &policy,
    };
    let table = find_gaps(&mut ledger, &asked).map_err(failure)?;
    let with_host = if question.query.without_host.is_some() && !context.is_json() {
        let query = GapQuery { without_host: None, ..question.query.clone() };
        Some(find_gaps(&mut ledger, &GapInputs { query: &query, ..asked }).map_err(failure)?)
    } else {
        None
    };
    Ok((table, with_host))
}

fn failure(error: GapError) -> Failure {
    match error {
        GapError::Ledger(error) => error.into(),
        other => Failure::input(other),
    }
}

/// Columns of the terminal; 100 where there is none and nobody says otherwise.
fn width() -> usize {
    let wished = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    wished.or_else(terminal).unwrap_or(100).clamp(70, 200)
}

fn say_what_next(context: &Context, table: &GapTable, campaign: Option<&str>) {
    let measured = table.rows.iter().filter(|r| r.rank.is_some()).count();
    if table.year.is_some() {
        context.output.say(format!("{} in {}", counted(table.gaps().count(), "gap"), counted(measured, "cell")));
    }
    match (table.year, campaign) {
        (None, _) => context.output.next("convoke import FILE --as participation --year YEAR"),
        (Some(_), Some(campaign)) => context.output.next(format!("convoke plan {campaign}")),
        (Some(_), None) => context.output.next("convoke gaps CAMPAIGN, once its campaign.toml has `[gaps]`"),
    }
}
