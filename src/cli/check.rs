//! `convoke check`

pub(super) mod inputs;

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::context::Context;
use super::failure::{Failure, exit};
use super::open;
use super::output::counted;
use super::signing;
use crate::domain::problem::{Findings, Problem};
use crate::domain::template::{KnownNames, Sender, TemplateSet};
use crate::files::campaign_folder::{CAMPAIGNS, CampaignFolder, FILE_NAME, campaign_names, within};
use crate::files::starter::unfilled;
use crate::files::template_folder;
use crate::settings::{AppliedPreset, FILE_NAME as SETTINGS, Settings};

/// Checks settings, campaigns, templates and inputs
///
/// Reads everything a campaign rests on and reports every problem in one go, each with file, line and column. Changes
/// nothing, and opens no connection.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Campaign: its folder's path or base name (default: every campaign)
    campaign: Option<String>,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let workspace = context.workspace()?;
    let folders = match &args.campaign {
        Some(word) => vec![context.campaign_path(word)?],
        None => campaign_names(workspace).iter().map(|name| workspace.join(CAMPAIGNS).join(name)).collect(),
    };
    let settings = Settings::load(workspace);
    let mut findings = settings.findings;
    let imported = match &settings.value {
        Some(settings) => inputs::columns_in_ledger(workspace, &settings.ledger)?,
        None => BTreeSet::new(),
    };
    let decisions = settings.value.as_ref().map(|settings| settings.decisions.clone()).unwrap_or_default();
    if let Some(shared) = settings.value.as_ref().and_then(|s| open::shared(workspace, &s.ledger)) {
        findings.warnings.push(Problem::in_file(SETTINGS, "shared-folder", shared, ""));
    }
    if let Some(Err(problems)) = settings.value.as_ref().map(|settings| signing::signers(settings, workspace)) {
        findings.problems.extend(problems);
    }
    for folder in &folders {
        let checked = CampaignFolder::load(workspace, folder);
        findings.absorb(checked.findings);
        if let Some(folder) = checked.value {
            let mut columns = inputs::check(&folder, &decisions, context, &mut findings);
            columns.extend(imported.iter().cloned());
            inputs::check_columns_named(&folder, &columns, &mut findings);
            check_examples(&folder, &mut findings);
            check_templates(&folder, columns, settings.value.as_ref(), &mut findings);
        }
    }
    let preset = settings.value.as_ref().and_then(|settings| settings.relay.preset.as_ref());
    let code = report(&findings.without_repetitions(), folders.len(), preset, context)?;
    if code == exit::DONE {
        let has_ledger = settings.value.as_ref().is_some_and(|settings| settings.ledger.exists());
        context.output.next(next_command(&folders, has_ledger));
    }
    Ok(code)
}

/// What a sound workspace lacks first: people, a campaign, a plan.
fn next_command(folders: &[PathBuf], has_ledger: bool) -> String {
    match folders.first().and_then(|folder| folder.file_name()) {
        Some(name) => format!("convoke plan {}", name.to_string_lossy()),
        None if has_ledger => "convoke gaps".to_owned(),
        None => "convoke import FILE --as contacts --basis BASIS".to_owned(),
    }
}

/// Names the variables that still hold what `new campaign` wrote there to show what they stand for.
fn check_examples(folder: &CampaignFolder, findings: &mut Findings) {
    let examples = unfilled(&folder.campaign.variables);
    if !examples.is_empty() {
        findings.warnings.push(Problem::in_file(
            within(&folder.workspace, &folder.folder.join(FILE_NAME)),
            "still-an-example",
            format!("[variables] still has the examples it came with: {}", examples.join(", ")),
            "write your own; with these nothing is sent over a mail server",
        ));
    }
}

/// Compiles the campaign's template in every language.
fn check_templates(
    folder: &CampaignFolder,
    columns: BTreeSet<String>,
    settings: Option<&Settings>,
    findings: &mut Findings,
) {
    let campaign = &folder.campaign;
    // Settings with problems have no sender; that must not look like a problem of the template.
    let stand_in = || "the sender".to_owned();
    let names = KnownNames {
        columns,
        variables: campaign.variables.clone(),
        default_language: campaign.default_language.clone(),
        sender: Sender {
            name: settings.map_or_else(stand_in, |s| s.organisation.name.clone()),
            postal_address: settings.map_or_else(stand_in, |s| s.organisation.postal_address.clone()),
        },
    };
    let compiled = template_folder::read(&folder.workspace, &campaign.template)
        .and_then(|sources| TemplateSet::compile(&sources, &campaign.template, &names));
    match compiled {
        Ok(templates) => findings.warnings.extend(templates.borrowed_frames().map(|language| {
            Problem::in_file(
                format!("templates/{}/{language}", campaign.template),
                "warning-borrowed-frame",
                format!(
                    "the opt-out link and the rest of the frame are in English: the layout has no words in `{language}`"
                ),
                format!("add a table `[{language}]` to the layout's .toml file, with what the other languages have"),
            )
        })),
        Err(problems) => findings.problems.extend(problems),
    }
}

fn report(
    findings: &Findings,
    campaigns: usize,
    preset: Option<&AppliedPreset>,
    context: &Context,
) -> Result<u8, Failure> {
    if context.is_json() {
        let mut document = serde_json::json!({"problems": findings.problems, "warnings": findings.warnings});
        if let Some(preset) = preset {
            let sets: serde_json::Map<_, _> =
                preset.sets.iter().map(|(key, value)| ((*key).to_owned(), value.clone().into())).collect();
            document["relay"] = serde_json::json!({"kind": preset.kind, "sets": sets});
        }
        context.output.json(&document)?;
    } else {
        context.output.problems(&findings.problems, &findings.warnings)?;
    }
    if let Some(preset) = preset {
        let sets: Vec<String> = preset.sets.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        context.output.say(format!(
            "relay.kind = \"{}\" sets {}; what [relay] says itself goes before",
            preset.kind,
            sets.join(", ")
        ));
    }
    let counts = [counted(findings.problems.len(), "problem"), counted(findings.warnings.len(), "warning")].join(", ");
    context.output.say(format!("checked the settings and {}: {counts}", counted(campaigns, "campaign")));
    Ok(if findings.problems.is_empty() { exit::DONE } else { exit::INPUT })
}
