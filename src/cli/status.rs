//! `convoke status`

use super::context::Context;
use super::failure::{Failure, exit};
use super::open;
use super::send::{counts_line, earlier_line, slowed_lines};
use super::words::left_out;
use crate::domain::plan::{HoldBack, Plan};
use crate::engine::ports::{Ledger, Plans};
use crate::engine::status::{Standing, changed_files, standing_of, unplanned};
use crate::files::campaign_folder::CampaignFolder;

/// Shows how a campaign stands
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The campaign's folder, or its name (default: every campaign with a plan)
    campaign: Option<String>,
    /// Earlier plans too
    #[arg(long)]
    all: bool,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    // Where there was a ledger once, opening it says what is missing.
    let private = context.workspace()?.join(".convoke");
    let had_one = ["opt-outs.log", "witness"].iter().any(|left| private.join(left).exists());
    if args.campaign.is_none() && !had_one && !context.settings()?.ledger.exists() {
        return nothing_planned(context);
    }
    let (_keys, mut ledger) = open::existing_anywhere(context)?;
    let campaigns = match &args.campaign {
        Some(word) => vec![campaign_name(context, &mut ledger, word)?],
        None => ledger.campaigns()?,
    };
    let mut standings = Vec::new();
    for campaign in &campaigns {
        standings.extend(standings_of(context, &mut ledger, campaign, args.all)?);
    }
    let output = &context.output;
    if context.is_json() {
        match (standings.as_slice(), &args.campaign, args.all) {
            ([one], Some(_), false) => output.json(one)?,
            (several, _, _) => output.json(&several)?,
        }
        return Ok(exit::DONE);
    }
    for standing in &standings {
        output.print(&described(standing))?;
    }
    // It is so for every campaign, and said once.
    if let Some(standing) = standings.last() {
        slowed_lines(&standing.slowed).into_iter().try_for_each(|line| output.print(&line))?;
    }
    match standings.last() {
        None => return nothing_planned(context),
        Some(last) if args.campaign.is_some() => output.next(next_step(last)),
        Some(_) => {}
    }
    Ok(exit::DONE)
}

fn nothing_planned(context: &Context) -> Result<u8, Failure> {
    if context.is_json() {
        context.output.json(&[(); 0])?;
    }
    context.output.say("no campaign has a plan yet");
    Ok(exit::DONE)
}

/// The name behind what a person typed: a folder, or a campaign the ledger knows although its folder is gone.
///
/// # Errors
/// Exit code 2 where neither is there.
pub(super) fn campaign_name(context: &Context, ledger: &mut dyn Ledger, word: &str) -> Result<String, Failure> {
    if ledger.campaigns()?.iter().any(|known| known == word) {
        return Ok(word.to_owned());
    }
    let folder = context.campaign_path(word)?;
    Ok(folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default())
}

fn standings_of(
    context: &Context,
    ledger: &mut dyn Ledger,
    campaign: &str,
    all: bool,
) -> Result<Vec<Standing>, Failure> {
    let plans = if all { ledger.plans(campaign)? } else { ledger.latest_plan(campaign)?.into_iter().collect() };
    if plans.is_empty() {
        return Ok(vec![unplanned(ledger, campaign, context.clock().now())?]);
    }
    let latest = plans.last().map(|plan| plan.id.clone());
    let mut standings = Vec::with_capacity(plans.len());
    for plan in &plans {
        // Only the latest plan is compared with the files: the earlier ones were replaced because they changed.
        let changed = Some(&plan.id) == latest.as_ref() && inputs_changed(context, plan)?;
        standings.push(standing_of(ledger, plan, changed, context.clock().now())?);
    }
    Ok(standings)
}

/// Files that cannot be read, or no longer make a sound campaign, have changed.
fn inputs_changed(context: &Context, plan: &Plan) -> Result<bool, Failure> {
    let Ok(folder) = context.campaign_path(&plan.campaign) else { return Ok(true) };
    let today = CampaignFolder::load(context.workspace()?, &folder).into_result();
    Ok(today.map_or(true, |today| !changed_files(&plan.inputs, &today.digests).is_empty()))
}

fn described(standing: &Standing) -> String {
    let mut lines = vec![match &standing.plan {
        Some(plan) => format!("{}  (plan {plan})", standing.campaign),
        None => format!("{}  (no plan yet)", standing.campaign),
    }];
    if standing.cancelled_for_good {
        lines.push("cancelled, for good".to_owned());
    }
    if let Some(reason) = &standing.paused {
        lines.push(format!("paused: {reason}"));
    }
    if standing.plan.is_some() {
        lines.push(counts_line(&standing.counts));
    }
    lines.extend(earlier_line(&standing.earlier_plans));
    let counts = &standing.counts;
    let since = [(counts.bounced, "bounced"), (counts.complained, "complained"), (counts.opted_out, "opted out")];
    let heard: Vec<String> =
        since.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if !heard.is_empty() {
        lines.push(format!("of those accepted: {}", heard.join(", ")));
    }
    if !standing.held_back.is_empty() {
        lines.push(format!("{} left out:", standing.held_back.values().sum::<u64>()));
        for reason in HoldBack::ALL {
            if let Some(count) = standing.held_back.get(reason.as_str()) {
                lines.push(format!("  {count:>4}  {}", left_out(*reason)));
            }
        }
    }
    if standing.inputs_changed {
        lines.push("its files have changed since the plan was made".to_owned());
    }
    lines.join("\n  ")
}

/// What to type next for one plan.
fn next_step(standing: &Standing) -> String {
    let campaign = &standing.campaign;
    let left = standing.counts.unsettled().and(standing.earlier_plans);
    match standing {
        Standing { cancelled_for_good: true, .. } => format!("convoke audit campaign {campaign}"),
        Standing { plan: None, .. } => format!("convoke plan {campaign}"),
        Standing { paused: Some(_), .. } => format!("convoke resume {campaign}"),
        Standing { inputs_changed: true, live: false, .. } => format!("convoke plan {campaign}"),
        _ if left.unsent + left.deferred > 0 => format!("convoke send {campaign} --live"),
        _ if left.in_doubt > 0 => {
            format!("convoke settle {campaign} --in-doubt sent|again|give-up --reason TEXT")
        }
        // Taken back, because an address was replaced since: a new plan finds them where they are now.
        _ if standing.counts.cancelled > 0 => format!("convoke plan {campaign}"),
        _ => format!("convoke audit campaign {campaign}"),
    }
}
