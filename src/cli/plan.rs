//! `convoke plan`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::json;

use super::context::Context;
use super::failure::{Failure, exit};
use super::output::{Output, counted, table};
use super::send::bury_dead_sender;
use super::shell::shell_word;
use super::words::left_out as left_out_because;
use super::{gaps, inputs, moment, open};
use crate::domain::campaign::GapKind;
use crate::domain::gap::GapTable;
use crate::domain::hold_back::ContactPolicy;
use crate::domain::keys::Keyring;
use crate::domain::plan::{HoldBack, Plan};
use crate::domain::problem::Problem;
use crate::domain::review::Part;
use crate::engine::letter::ReturnPath;
use crate::engine::plan::{Draft, PlanError, PlanOrder, draft, freeze};
use crate::engine::ports::{Ledger, Plans};
use crate::engine::review::left_out;
use crate::engine::review::origin::{Key, about};
use crate::files::campaign_folder::CampaignFolder;
use crate::files::{review_form, template_folder};
use crate::settings::{self, Settings};
use crate::smtp::mime::MimeWriter;

mod outlook;

use outlook::Outlook;

/// Freezes who gets exactly what
///
/// Imports what changed among the campaign's inputs, measures the gaps, chooses the audiences, writes every message and
/// keeps a digest of each: a live send of anything else is refused. Everybody left out has one reason.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The campaign's folder, or its name
    campaign: String,
    /// Writes everybody left out, with the reason, the column and the value, as a form: a workbook (.xlsx) or CSV
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    held_back: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// Exit code 3 for problems in templates and audiences, 4 for a cancelled campaign.
pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let folder = context.campaign(&args.campaign)?;
    let (keys, mut ledger) = open::workspace(context)?;
    bury_dead_sender(context, &mut ledger)?;
    inputs::bring_in(context, &folder, &keys, &mut ledger)?;
    let draft = work_out(context, &folder, &keys, &mut ledger)?;
    let is_new = freeze(&mut ledger, &draft)?;
    if let Some(path) = &args.held_back {
        let mut lines = left_out::lines(&draft.held, &mut ledger, left_out_because)?;
        lines.push(about(Key::Campaign, &folder.campaign.name));
        let written = review_form::write(path, &[Part::LeftOut, Part::About], &lines);
        written.map_err(|e| {
            let help = "name a file in a folder that exists and is yours";
            Failure::failed(format!("{} cannot be written: {e}\n  help: {help}", path.display()))
        })?;
        let listed = counted(draft.held.len(), "contact");
        let answers = match draft.held.is_empty() {
            true => String::new(),
            false => format!("; convoke import --apply {} takes answers written there", shell_word(path)),
        };
        context.output.say(format!("{listed} left out listed in {}{answers}", shell_word(path)));
    }
    let outlook = Outlook::of(&draft, context, &folder, &mut ledger)?;
    if context.is_json() {
        context.output.json(&document(&draft, seeks_multipliers(&draft, &folder), &outlook))?;
    } else {
        context.output.print(&describe(&draft, seeks_multipliers(&draft, &folder), &context.output))?;
    }
    if !is_new {
        context.output.say("nothing changed: this plan stood already");
    }
    outlook.say(context, draft.rows.len());
    outlook::say_clocks(context, &draft);
    let name = &folder.campaign.name;
    context.output.next(match draft.rows.is_empty() {
        true => next_with_nobody(name, &draft, args.held_back.as_deref()),
        false => format!("convoke preview {name}"),
    });
    Ok(exit::DONE)
}

/// What helps where nobody is to be written to: who was left out and why, else who there is.
fn next_with_nobody(name: &str, draft: &Draft, held_back: Option<&Path>) -> String {
    let all_reached = draft.held.iter().all(|held| held.reason == HoldBack::AlreadyInvited);
    match held_back {
        _ if draft.held.is_empty() => format!("convoke gaps {name}"),
        _ if all_reached => format!("convoke status {name}"),
        None => format!("convoke plan {name} --held-back left-out.xlsx"),
        Some(form) => format!("write answers into {0}, then convoke import --apply {0}", shell_word(form)),
    }
}

/// The campaign's latest plan; makes one, and shows what it rests on, where there is none.
///
/// # Errors
/// As [`run`].
pub fn ensure_plan(context: &Context, folder: &CampaignFolder) -> Result<Plan, Failure> {
    let (keys, mut ledger) = open::workspace(context)?;
    if let Some(plan) = ledger.latest_plan(&folder.campaign.name)? {
        return Ok(plan);
    }
    inputs::bring_in(context, folder, &keys, &mut ledger)?;
    let draft = work_out(context, folder, &keys, &mut ledger)?;
    freeze(&mut ledger, &draft)?;
    if let Some(table) = &draft.table {
        context.output.say(gaps::drawing(table, context.output.has_color()));
    }
    context.output.say(describe(&draft, seeks_multipliers(&draft, folder), &context.output));
    Ok(draft.plan)
}

/// Works out a plan from the campaign as it stands in its folder, without storing it.
///
/// # Errors
/// As [`run`].
pub fn work_out(
    context: &Context,
    folder: &CampaignFolder,
    keys: &Keyring,
    ledger: &mut dyn Ledger,
) -> Result<Draft, Failure> {
    let settings = context.settings()?;
    let templates = template_folder::read(&folder.workspace, &folder.campaign.template).map_err(Failure::bad_input)?;
    let targets = gaps::targets_of(folder)?;
    let policy = contact_policy(settings);
    let order = PlanOrder {
        campaign: &folder.campaign,
        templates: &templates,
        inputs: &folder.digests,
        organisation: &settings.organisation,
        targets: &targets,
        tiers: &settings.tiers,
        groups: &settings.regions,
        policy: &policy,
        return_path: &return_path(settings),
        zones: &moment::zones(context)?,
        keys,
        writer: &MimeWriter,
        by: context.actor(),
        now: context.clock().now(),
    };
    draft(ledger, &order).map_err(|error| explain(error, folder))
}

/// What the settings say about whom not to write to.
pub fn contact_policy(settings: &Settings) -> ContactPolicy {
    let policy = &settings.policy;
    ContactPolicy {
        gap_messages: policy.contact_gap_messages,
        gap_days: policy.contact_gap_days,
        refuse_domains: policy.refuse_domains.clone(),
        smtputf8: settings.relay.smtputf8,
        hold_missing_variant: policy.hold_missing_variant,
    }
}

/// Where bounces go.
pub fn return_path(settings: &Settings) -> ReturnPath {
    match &settings.relay.return_path {
        settings::ReturnPath::Verp => ReturnPath::Verp,
        settings::ReturnPath::Fixed => ReturnPath::Fixed,
        settings::ReturnPath::Address(address) => ReturnPath::Address(address.clone()),
    }
}

fn explain(error: PlanError, folder: &CampaignFolder) -> Failure {
    let file = || crate::files::campaign_folder::within(&folder.workspace, &folder.folder.join("campaign.toml"));
    match error {
        PlanError::Templates(problems) => Failure::bad_input(problems),
        PlanError::Audiences(problems) => Failure::bad_input(
            problems.into_iter().map(|p| Problem::in_file(file(), "unknown-value", p.message, p.help)).collect(),
        ),
        PlanError::Gaps(error) => Failure::input(format!("{}: {error}", file())),
        error @ PlanError::Cancelled(_) => Failure::stopped(error),
        error @ PlanError::Unwritable { .. } => Failure::failed(error),
        PlanError::Ledger(error) => error.into(),
    }
}

/// The gap table, where the campaign addresses those who can pass its invitation on.
fn seeks_multipliers<'a>(draft: &'a Draft, folder: &CampaignFolder) -> Option<&'a GapTable> {
    let seeks = folder.campaign.audiences.iter().any(|audience| audience.gap == Some(GapKind::Uncontacted));
    draft.table.as_ref().filter(|_| seeks)
}

fn document(draft: &Draft, wanted: Option<&GapTable>, outlook: &Outlook) -> serde_json::Value {
    let plan = &draft.plan;
    let steps: BTreeMap<&str, u64> = draft.by_language_step.iter().map(|(step, n)| (step.as_str(), *n)).collect();
    json!({
        "campaign": plan.campaign,
        "plan": plan.id,
        "digest": plan.digest,
        "planned": draft.rows.len(),
        "held_back": plan.held_back,
        "by_segment": plan.by_segment,
        "by_language": plan.by_language,
        "by_language_step": steps,
        "covered": draft.covered.iter().map(|c| json!({
            "contact_id": c.contact_id, "email": c.address.to_string(), "names": c.names,
        })).collect::<Vec<_>>(),
        "titles_left_out": draft.titles_left_out.iter().map(|t| json!({
            "contact_id": t.contact_id, "email": t.address.to_string(), "name": t.name, "title": t.title,
            "gender": t.gender.as_str(),
        })).collect::<Vec<_>>(),
        "multipliers_wanted": wanted.map_or(json!([]), gaps::multipliers::wanted_json),
        "analysis": plan.analysis,
        "clocks": outlook::clocks_json(draft),
        "estimated_seconds": outlook.seconds(),
        "finishes_at": outlook.finishes_at(),
    })
}

/// The plan in words: how many by segment and language, who is left out and why.
fn describe(draft: &Draft, wanted: Option<&GapTable>, output: &Output) -> String {
    let plan = &draft.plan;
    let mut out = format!("plan {} of {}\n\n", plan.id, plan.campaign);
    let mut by = table(&["planned", "segment"]);
    for (segment, n) in &plan.by_segment {
        by.add_row([n.to_string(), segment.clone()]);
    }
    for name in &draft.nobody {
        by.add_row(["0".to_owned(), format!("{name}  (no contact belongs to it)")]);
    }
    by.add_row([draft.rows.len().to_string(), "in all".to_owned()]);
    out.push_str(&format!("{by}\n"));
    if !plan.by_language.is_empty() {
        let languages: Vec<String> = plan.by_language.iter().map(|(tag, n)| format!("{tag} {n}")).collect();
        out.push_str(&format!("\nlanguages: {}\n", languages.join(", ")));
        let steps: Vec<String> = draft
            .by_language_step
            .iter()
            .map(|(step, n)| format!("{n} {}", super::words::language_step(*step)))
            .collect();
        out.push_str(&format!("chosen by: {}\n", steps.join(", ")));
    }
    if !plan.held_back.is_empty() {
        let mut out_table = table(&["left out", "because"]);
        for reason in HoldBack::ALL {
            if let Some(n) = plan.held_back.get(reason.as_str()) {
                out_table.add_row([n.to_string(), left_out_because(*reason).to_owned()]);
            }
        }
        out_table.add_row([draft.held.len().to_string(), "in all".to_owned()]);
        out.push_str(&format!("\n{out_table}\n"));
    }
    let wanted = wanted.map(gaps::multipliers::wanted).unwrap_or_default();
    if !wanted.is_empty() {
        out.push_str(&format!("\nnobody known there can pass the invitation on:\n  {}\n", wanted.join("\n  ")));
    }
    for section in [covered(draft, output), titles_left_out(draft, output)].into_iter().flatten() {
        out.push_str(&format!("\n{section}\n"));
    }
    out
}

/// Lines shown of a long list.
const SHOWN: usize = 10;

fn covered(draft: &Draft, output: &Output) -> Option<String> {
    let mut shared = table(&["one message", "for"]);
    for one in draft.covered.iter().take(SHOWN) {
        shared.add_row([output.address(&one.address), output.foreign_text(&one.names.join(", "))]);
    }
    (!draft.covered.is_empty()).then(|| format!("{shared}{}", and_more(draft.covered.len())))
}

fn titles_left_out(draft: &Draft, output: &Output) -> Option<String> {
    let mut titles = table(&["title left out", "of", "whose gender is"]);
    for one in draft.titles_left_out.iter().take(SHOWN) {
        titles.add_row([output.foreign_text(&one.title), output.foreign_text(&one.name), one.gender.to_string()]);
    }
    (!draft.titles_left_out.is_empty()).then(|| format!("{titles}{}", and_more(draft.titles_left_out.len())))
}

fn and_more(of: usize) -> String {
    match of.saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("\nand {more} more; --format json lists them"),
    }
}
