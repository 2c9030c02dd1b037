//! `convoke gaps`

use std::path::{Path, PathBuf};

use clap::ValueHint;

use super::context::Context;
use super::failure::{Failure, exit};
use super::output::counted;
use super::plan::contact_policy;
use super::{inputs, open};
use crate::domain::analysis::{Analysis, CellFigures};
use crate::domain::campaign::{Dimension, GapQuery, ReferenceSpec};
use crate::domain::gap::GapTable;
use crate::domain::geography::CountryCode;
use crate::domain::reference::{Targets, spec_name};
use crate::domain::suggestion::nearest_or_all;
use crate::engine::find_gaps::{GapError, GapInputs, find_gaps};
use crate::files::campaign_folder::{CampaignFolder, campaign_names, within};
use crate::files::targets::read_targets;
use crate::files::{gap_report, last_gaps};

mod columns;
pub(super) mod multipliers;
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
    /// Dimensions that divide the contacts of a cell, and need no reference (default: tier)
    #[arg(long, value_name = "DIMENSION", value_delimiter = ',')]
    split: Vec<String>,
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
    /// What the names of targets files are relative to.
    folder: PathBuf,
    workspace: PathBuf,
}

impl Question {
    /// The query with targets files by their path within the workspace.
    fn query_within_workspace(&self) -> Result<GapQuery, Failure> {
        let mut query = self.query.clone();
        for spec in &mut query.against {
            if let ReferenceSpec::Targets(file) = spec {
                let path = self.folder.join(&*file);
                let real = path.canonicalize().map_err(|e| Failure::failed(format!("{}: {e}", path.display())))?;
                let root = self.workspace.canonicalize().unwrap_or_else(|_| self.workspace.clone());
                *file = within(&root, &real);
            }
        }
        Ok(query)
    }
}

/// Runs the command.
///
/// # Errors
/// Exit code 2 for words that are none, 3 for dimensions without a reference and faulty targets files.
pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let form = args.output.as_deref().map(file_form).transpose()?;
    let question = question(&args, context)?;
    let (table, with_host) = measure(context, &question)?;
    let analysis = Analysis::of(&table, question.query_within_workspace()?, context.clock().now());
    // Without it `new campaign` asks for the analysis again; the table itself is not lost.
    if let Err(error) = last_gaps::remember(context.workspace()?, &analysis) {
        context.output.warn(format!("the analysis cannot be remembered for `new campaign`: {error}"));
    }
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
    say_what_next(context, &table, &analysis, args.campaign.as_deref())?;
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
        query.by = dimensions("--by", &args.by)?;
    }
    if !args.split.is_empty() {
        query.split = dimensions("--split", &args.split)?;
    }
    query.split.retain(|d| !query.by.contains(d));
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
    let (folder, workspace) = (folder.to_owned(), workspace.to_owned());
    Ok(Question { query, targets, campaign, folder, workspace })
}

pub(super) fn dimensions(flag: &str, words: &[String]) -> Result<Vec<Dimension>, Failure> {
    let mut dimensions = Vec::new();
    for word in words.iter().map(|w| w.trim()) {
        let names = Dimension::ALL.iter().map(|(name, _)| *name);
        let dimension = Dimension::from_word(word).ok_or_else(|| {
            Failure::usage(format!("{flag}: `{word}` is no dimension\n  help: {}", nearest_or_all(word, names)))
        })?;
        if !dimensions.contains(&dimension) {
            dimensions.push(dimension);
        }
    }
    Ok(dimensions)
}

pub(super) fn reference(word: &str) -> Result<ReferenceSpec, Failure> {
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
    let table = find_gaps(&mut ledger, &asked).map_err(|error| failure(error, question))?;
    let with_host = if question.query.without_host.is_some() && !context.is_json() {
        let query = GapQuery { without_host: None, ..question.query.clone() };
        Some(find_gaps(&mut ledger, &GapInputs { query: &query, ..asked }).map_err(|e| failure(e, question))?)
    } else {
        None
    };
    Ok((table, with_host))
}

fn failure(error: GapError, question: &Question) -> Failure {
    match error {
        GapError::Ledger(error) => error.into(),
        GapError::NotCovered(missing) => {
            let help = with_split(&missing.dimension, &question.query).filter(|_| question.campaign.is_none());
            let help = help
                .map(|line| format!("\n  help: `{line}` shows the contacts of each cell by `{}`", missing.dimension));
            Failure::input(format!("{missing}{}", help.unwrap_or_default()))
        }
        other => Failure::input(other),
    }
}

/// The command line that divides the cells by a dimension without a reference, instead of comparing by it.
fn with_split(dimension: &str, query: &GapQuery) -> Option<String> {
    let names = |dimensions: &[&Dimension]| dimensions.iter().map(|d| d.as_str()).collect::<Vec<_>>().join(",");
    let (out, by): (Vec<&Dimension>, Vec<&Dimension>) = query.by.iter().partition(|d| d.as_str() == dimension);
    let against = query.against.iter().map(spec_name).collect::<Vec<_>>().join(",");
    (!by.is_empty() && !out.is_empty())
        .then(|| format!("convoke gaps --by {} --split {dimension} --against {against}", names(&by)))
}

/// Columns of the terminal; 100 where there is none and nobody says otherwise.
fn width() -> usize {
    let wished = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    wished.or_else(terminal).unwrap_or(100).clamp(70, 200)
}

fn say_what_next(
    context: &Context,
    table: &GapTable,
    analysis: &Analysis,
    campaign: Option<&str>,
) -> Result<(), Failure> {
    let measured = table.rows.iter().filter(|r| r.rank.is_some()).count();
    if table.year.is_some() {
        context.output.say(format!("{} in {}", counted(table.gaps().count(), "gap"), counted(measured, "cell")));
    }
    let (contacts, mailable) =
        table.rows.iter().fold((0, 0), |(all, mailable), row| (all + row.contacts, mailable + row.mailable));
    if contacts > 0 && mailable == 0 {
        context.output.say(format!(
            "none of the {contacts} contacts may be written to, so that every gap counts as uncontacted: most often a list \
             was imported without saying on which basis it is held (`convoke import FILE --as contacts --basis BASIS`)"
        ));
    }
    context.output.next(match (table.year, campaign, analysis.first_gap()) {
        (None, ..) => "convoke import FILE --as participation --year YEAR".to_owned(),
        (Some(_), Some(campaign), _) => format!("convoke plan {campaign}"),
        (Some(_), None, gap) => {
            let taken = campaign_names(context.workspace()?);
            let rank = gap.and_then(|gap| gap.rank).map_or(String::new(), |rank| format!(" --gap {rank}"));
            let name = gap.map_or_else(String::new, CellFigures::slug);
            let name = if name.is_empty() { "invitation".to_owned() } else { name };
            format!("convoke new campaign {}{rank}", free_name(&name, &taken))
        }
    });
    Ok(())
}

/// The name, with a number where it is taken.
pub(super) fn free_name(name: &str, taken: &[String]) -> String {
    let numbered = (2..).map(|n| format!("{name}-{n}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default()
}
