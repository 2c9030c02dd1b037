//! `convoke new campaign`

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::json;

use super::checked_name;
use crate::cli::check::inputs::columns_in_ledger;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::cli::gaps::{dimensions, reference};
use crate::cli::shell::quoted_word;
use crate::domain::analysis::Analysis;
use crate::domain::campaign::{Dimension, GapKind, GapQuery, ReferenceSpec};
use crate::domain::language::LanguageTag;
use crate::domain::template::{KnownNames, Sender, TemplateSet};
use crate::files::campaign_folder::{CAMPAIGNS, FILE_NAME};
use crate::files::starter::{CampaignDraft, Chosen, campaign_text, example_of, make_folder};
use crate::files::{last_gaps, template_folder};
use crate::settings::Settings;

/// The template every new workspace has.
const TEMPLATE: &str = "participation-invitation";

/// Makes a campaign, built on a gap of the last analysis
///
/// Writes campaigns/NAME/campaign.toml, commented, with the question of the last `convoke gaps` and an audience for the gap
/// you choose: by its number in that table, by its id, or all gaps of a kind. What the template asks for is written there with
/// example values to replace.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of the campaign: a folder, and the word other commands take
    name: String,
    /// A gap of the last analysis: its number in the table, or its id
    #[arg(long, value_name = "GAP", conflicts_with_all = ["kinds", "by", "against"])]
    gap: Option<String>,
    /// All gaps of these kinds: silent, lapsed, uncontacted (default: silent)
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',', value_parser = kind)]
    kinds: Vec<GapKind>,
    /// Dimensions of a cell, where not those of the last analysis
    #[arg(long, value_name = "DIMENSION", value_delimiter = ',')]
    by: Vec<String>,
    /// References, where not those of the last analysis; files relative to the workspace
    #[arg(long, value_name = "REFERENCE", value_delimiter = ',')]
    against: Vec<String>,
    /// Folder under templates/
    #[arg(long, value_name = "TEMPLATE", default_value = TEMPLATE)]
    template: String,
}

fn kind(word: &str) -> Result<GapKind, String> {
    let kinds = [GapKind::Silent, GapKind::Lapsed, GapKind::Uncontacted];
    let found = kinds.into_iter().find(|kind| kind.as_str() == word.trim());
    found.ok_or_else(|| "a kind is silent, lapsed or uncontacted".to_owned())
}

/// Runs the command.
///
/// # Errors
/// Exit code 2 for a name that is taken or can be none and a gap that is not there, 3 for a template with problems.
pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let name = checked_name("campaign", &args.name)?;
    let workspace = context.workspace()?;
    let settings = context.settings()?;
    let last = last_gaps::recall(workspace);
    let template = Template::read(&args.template, workspace, settings)?;
    let chosen = chosen(&args, last.as_ref())?;
    let query = query(&args, last.as_ref())?;
    let draft = CampaignDraft {
        name,
        made_by: &made_by(&args),
        template: &args.template,
        default_language: &template.default_language,
        variables: &template.variables,
        analysis: last.as_ref().filter(|last| last.query == query),
        query: &query,
        chosen,
        min_cell: settings.policy.min_cell,
    };
    let text = campaign_text(&draft);
    make_folder(&workspace.join(CAMPAIGNS).join(name), &[(FILE_NAME.to_owned(), text)])?;
    let file = format!("{CAMPAIGNS}/{name}/{FILE_NAME}");
    if context.is_json() {
        context.output.json(&json!({"campaign": name, "file": file}))?;
    }
    context.output.say(format!("wrote {file}: fill in title, purpose and [variables] there"));
    if last.is_none() {
        context
            .output
            .say("no analysis is remembered, so that it asks for gaps by region; `convoke gaps` makes one to build on");
    }
    context.output.say("nothing left this computer");
    context.output.next(format!("convoke check {name}"));
    Ok(exit::DONE)
}

/// Whom the campaign addresses.
fn chosen<'a>(args: &Args, last: Option<&'a Analysis>) -> Result<Chosen<'a>, Failure> {
    match (&args.gap, last) {
        (Some(word), Some(last)) => last.cell(word).map(Chosen::Cell).map_err(Failure::usage),
        (Some(_), None) => Err(Failure::usage(
            "--gap: no analysis is remembered\n  help: run `convoke gaps` first; its table numbers the gaps",
        )),
        (None, _) if args.kinds.is_empty() => Ok(Chosen::Kinds(vec![GapKind::Silent])),
        (None, _) => {
            let all = [GapKind::Silent, GapKind::Lapsed, GapKind::Uncontacted];
            Ok(Chosen::Kinds(all.into_iter().filter(|kind| args.kinds.contains(kind)).collect()))
        }
    }
}

/// The last question, with what the command line changes; the plain one where nothing was asked yet.
fn query(args: &Args, last: Option<&Analysis>) -> Result<GapQuery, Failure> {
    let plain = || GapQuery {
        by: vec![Dimension::Region],
        against: vec![ReferenceSpec::InternetUsers],
        split: vec![Dimension::Tier],
        without_host: None,
        response: 0.1,
    };
    let mut query = last.map_or_else(plain, |last| last.query.clone());
    if !args.by.is_empty() {
        query.by = dimensions("--by", &args.by)?;
        query.split.retain(|d| !query.by.contains(d));
    }
    if !args.against.is_empty() {
        query.against = args.against.iter().map(|word| reference(word)).collect::<Result<_, _>>()?;
    }
    Ok(query)
}

/// The command line that makes the campaign again.
fn made_by(args: &Args) -> String {
    let mut line = format!("convoke new campaign {}", args.name);
    let kinds: Vec<&str> = args.kinds.iter().map(|kind| kind.as_str()).collect();
    let gap = args.gap.as_deref().unwrap_or_default();
    let template = if args.template == TEMPLATE { "" } else { &args.template };
    for (flag, text) in [
        ("--gap", gap),
        ("--kind", &kinds.join(",")),
        ("--by", &args.by.join(",")),
        ("--against", &args.against.join(",")),
        ("--template", template),
    ] {
        if !text.is_empty() {
            line.push_str(&format!(" {flag} {}", quoted_word(text)));
        }
    }
    line
}

/// What a campaign must know of its template.
struct Template {
    default_language: LanguageTag,
    variables: BTreeMap<String, String>,
}

impl Template {
    fn read(name: &str, workspace: &Path, settings: &Settings) -> Result<Self, Failure> {
        let sources = template_folder::read(workspace, name).map_err(Failure::bad_input)?;
        let english = LanguageTag::parse("en").ok_or_else(|| Failure::failed("English has no tag"))?;
        let names = KnownNames {
            columns: columns_in_ledger(workspace, &settings.ledger)?,
            variables: serde_json::Map::new(),
            default_language: english.clone(),
            sender: Sender {
                name: settings.organisation.name.clone(),
                postal_address: settings.organisation.postal_address.clone(),
            },
        };
        let wanted = TemplateSet::names_wanted(&sources, name, &names).map_err(Failure::bad_input)?;
        let languages = languages(name, sources.keys());
        let default_language = match languages.contains(&english) {
            true => english,
            false => languages.into_iter().next().unwrap_or(english),
        };
        Ok(Self { default_language, variables: wanted.into_iter().map(with_example).collect() })
    }
}

/// The languages a template is written in, by the names of its files.
fn languages<'a>(template: &str, files: impl Iterator<Item = &'a String>) -> BTreeSet<LanguageTag> {
    let folder = format!("templates/{template}/");
    let stems = files.filter_map(|path| path.strip_prefix(&folder)?.split('.').next());
    stems.filter_map(LanguageTag::parse).collect()
}

fn with_example(name: String) -> (String, String) {
    let value = example_of(&name).to_owned();
    (name, value)
}
