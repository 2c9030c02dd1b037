//! `convoke send`

use std::sync::Arc;

use super::context::Context;
use super::failure::Failure;
use super::open;
use super::output::counted;
use super::plan::ensure_plan;
use super::relay::build_relay;
use crate::clock::SystemClock;
use crate::domain::keys::Keyring;
use crate::domain::plan::Plan;
use crate::engine::letter::{Composer, ReturnPath};
use crate::engine::ports::{Ledger, Plans, Relay};
use crate::engine::send::press::Press;
use crate::engine::send::{Ending, Rehearsal, SendOrder, Sent, rehearse, send};
use crate::engine::status::{Standing, changed_files, standing_of};
use crate::files::campaign_folder::CampaignFolder;
use crate::files::send_lock::{SendLock, SendLockError};
use crate::settings::{self, RelayKind};
use crate::smtp::mime::MimeWriter;

mod bar;
mod closing;
mod confirm;
mod interrupt;

pub use closing::counts_line;

/// Sends a campaign's plan (a dry run unless --live)
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The campaign's folder, or its name
    campaign: String,
    /// Send for real; without it everything is rendered and nothing leaves
    #[arg(long)]
    live: bool,
    /// Send at most this many messages
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Send to this segment only
    #[arg(long, value_name = "SEGMENT")]
    only: Option<String>,
    /// The number of messages in the plan: needed where messages leave this computer and nobody can be asked
    #[arg(long, value_name = "N")]
    confirm: Option<u64>,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let folder = context.campaign(&args.campaign)?;
    let (keys, mut ledger) = open::workspace(context)?;
    let _lock = if args.live { Some(take_lock(context)?) } else { None };
    let plan = ensure_plan(context, &folder)?;
    if let Some(segment) = args.only.as_deref().filter(|segment| !plan.by_segment.contains_key(*segment)) {
        return Err(Failure::usage(no_such_segment(segment, &plan)));
    }
    let changed = changed_files(&plan.inputs, &folder.digests);
    let standing = standing_of(&mut ledger, &plan, !changed.is_empty())?;
    if !changed.is_empty() {
        if !ledger.has_intents(&plan.id)? {
            return Err(Failure::stopped(stale(&plan.campaign, &changed)));
        }
        context.output.warn(format!(
            "changed since the first message was sent: {}; the words of the plan are kept",
            changed.join(", ")
        ));
    }
    let job = Job { args: &args, context, folder: &folder, plan: &plan, keys: &keys, standing };
    if !args.live {
        return job.rehearse(&mut ledger);
    }
    let relay: Arc<dyn Relay> = Arc::from(build_relay(context.settings()?, context.workspace()?)?);
    job.confirm(relay.as_ref())?;
    for earlier in settled_as_again(&mut ledger, &plan)? {
        let standing = standing_of(&mut ledger, &earlier, false)?;
        context.output.say(format!(
            "plan {}: {} settled as `again` first",
            earlier.id,
            counted(usize::try_from(standing.counts.unsent).unwrap_or(usize::MAX), "message")
        ));
        let job = Job { plan: &earlier, standing, ..job };
        let sent = job.send(open::workspace(context)?.1, Arc::clone(&relay))?;
        if !matches!(sent.ending, Ending::Done) {
            return job.report(&sent, relay.as_ref());
        }
    }
    let sent = job.send(ledger, Arc::clone(&relay))?;
    job.report(&sent, relay.as_ref())
}

/// Earlier plans with something left to send: only what was in doubt there and settled as `again`, since a new plan takes
/// back whatever else was left.
fn settled_as_again(ledger: &mut dyn Ledger, latest: &Plan) -> Result<Vec<Plan>, Failure> {
    let mut earlier = ledger.plans(&latest.campaign)?;
    earlier.retain(|plan| plan.id != latest.id);
    let mut unsent = Vec::new();
    for plan in earlier {
        if ledger.counts(&plan.id)?.unsent > 0 {
            unsent.push(plan);
        }
    }
    Ok(unsent)
}

fn take_lock(context: &Context) -> Result<SendLock, Failure> {
    let path = context.workspace()?.join(".convoke/send.lock");
    SendLock::take(&path, context.clock().now()).map_err(|error| match error {
        SendLockError::Held { .. } => Failure::stopped(error),
        SendLockError::Io { .. } => Failure::failed(error),
    })
}

fn no_such_segment(segment: &str, plan: &Plan) -> String {
    let names: Vec<&str> = plan.by_segment.keys().map(String::as_str).collect();
    format!("the plan has no segment `{segment}`\n  help: it has {}", names.join(", "))
}

fn stale(campaign: &str, changed: &[String]) -> String {
    format!(
        "changed since the plan was made: {}; nothing was sent\n  help: look at the change, then `convoke plan {campaign}`",
        changed.join(", ")
    )
}

/// What renders the plan's messages, from its snapshot alone.
fn press(context: &Context, plan: &Plan, keys: &Keyring) -> Result<Press, Failure> {
    let return_path = match context.settings()?.relay.return_path {
        settings::ReturnPath::Verp => ReturnPath::Verp,
        settings::ReturnPath::Fixed => ReturnPath::Fixed,
    };
    let composer = Composer::new(&plan.snapshot, &plan.campaign, keys, return_path).map_err(Failure::bad_input)?;
    Ok(Press {
        campaign: plan.campaign.clone(),
        compose: Arc::new(move |row| composer.compose_planned(row).map_err(|error| error.to_string())),
        writer: Arc::new(MimeWriter),
        keys: keys.clone(),
    })
}

/// One run of the command.
struct Job<'a> {
    args: &'a Args,
    context: &'a Context,
    folder: &'a CampaignFolder,
    plan: &'a Plan,
    keys: &'a Keyring,
    standing: Standing,
}

impl Job<'_> {
    fn rehearse(mut self, ledger: &mut dyn Ledger) -> Result<u8, Failure> {
        let press = press(self.context, self.plan, self.keys)?;
        let rendered = rehearse(ledger, &self.plan.id, &press).map_err(|error| match error {
            Rehearsal::Ledger(error) => error.into(),
            Rehearsal::Differs(_) => Failure::stopped(error),
        })?;
        let output = &self.context.output;
        self.standing.live = false;
        if self.context.is_json() {
            output.json(&self.standing)?;
        }
        output.say(closing::counts_line(&self.standing.counts));
        output.say(format!("dry run: {rendered} messages rendered as planned; nothing was sent"));
        output.next(self.again()?);
        Ok(super::failure::exit::DONE)
    }

    /// Asks before messages leave this computer, where some would.
    fn confirm(&self, relay: &dyn Relay) -> Result<(), Failure> {
        let counts = &self.standing.counts;
        let halted = self.standing.paused.is_some() || self.standing.cancelled_for_good;
        if halted || counts.unsent + counts.deferred == 0 {
            return Ok(());
        }
        let leaves = relay.leaves_this_computer();
        confirm::confirm(self.context, &self.plan.campaign, self.args.confirm, counts.planned, leaves)
    }

    fn send(&self, ledger: impl Ledger + 'static, relay: Arc<dyn Relay>) -> Result<Sent, Failure> {
        let settings = self.context.settings()?;
        let press = press(self.context, self.plan, self.keys)?;
        let campaign = &self.folder.campaign;
        let order = SendOrder {
            campaign: self.plan.campaign.clone(),
            plan: self.plan.id.clone(),
            limit: self.args.limit,
            only: self.args.only.clone(),
            connections: settings.relay.connections,
            window: settings.relay.window,
            rate: settings.relay.rate.clone(),
            retry: settings.relay.retry.clone(),
            stop: campaign.stop.clone(),
            schedule: campaign.schedule.clone(),
        };
        let counts = &self.standing.counts;
        let total = (counts.unsent + counts.deferred).min(self.args.limit.unwrap_or(u64::MAX));
        let mut bar = bar::Bar::new(total, self.context.shows_progress(), &self.context.output);
        self.context.output.detail(format!(
            "{} connections, window {}: whatever happens, at most {} messages are in doubt at once",
            order.connections,
            order.window,
            order.connections * order.window
        ));
        let runtime = tokio::runtime::Runtime::new().map_err(Failure::failed)?;
        let sent = runtime.block_on(async {
            let interrupt = interrupt::listen()?;
            send(&order, Box::new(ledger), relay, press, Arc::new(SystemClock), interrupt, &mut bar).await
        });
        bar.finish();
        sent.map_err(Failure::failed)
    }

    fn report(mut self, sent: &Sent, relay: &dyn Relay) -> Result<u8, Failure> {
        let output = &self.context.output;
        let found = sent.recovered.in_doubt;
        if found > 0 {
            output.warn(format!("the last send died with {found} messages open: they are in doubt now"));
        }
        if let Some(counts) = sent.counts {
            let (seconds, per_second) = sent.pace();
            self.standing.live = true;
            self.standing.counts = counts;
            (self.standing.seconds, self.standing.per_second) = (seconds, per_second);
            self.standing.paused = sent.paused.clone();
            if self.context.is_json() {
                output.json(&self.standing)?;
            }
        }
        let is_idle = sent.tally.done() == sent.tally.suppressed;
        let left = match is_idle && relay.leaves_this_computer() {
            true => "nothing left this computer".to_owned(),
            false => relay.closing_line(),
        };
        closing::close(output, &self.standing, sent, &left, self.again()?)
    }

    /// The command that sends this campaign, or goes on with it.
    fn again(&self) -> Result<String, Failure> {
        let leaves = self.context.settings()?.relay.kind != RelayKind::Outbox;
        let confirm = if leaves { format!(" --confirm {}", self.standing.counts.planned) } else { String::new() };
        Ok(format!("convoke send {} --live{confirm}", self.plan.campaign))
    }
}
