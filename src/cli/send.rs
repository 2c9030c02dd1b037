//! `convoke send`

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::context::Context;
use super::failure::Failure;
use super::plan::{self, ensure_plan};
use super::relay::build_relay;
use super::signing;
use super::{moment, open};
use crate::clock::SystemClock;
use crate::domain::invitation::{State, Unsettled};
use crate::domain::keys::Keyring;
use crate::domain::plan::Plan;
use crate::domain::retry::OnDoubt;
use crate::engine::letter::Composer;
use crate::engine::ports::{Ledger, MessageWriter, Plans, Relay};
use crate::engine::send::press::Press;
use crate::engine::send::{Rehearsal, SendOrder, Sent, rehearse, send};
use crate::engine::status::{SlowedDown, Standing, changed_files, earlier_unsettled, standing_of};
use crate::files::campaign_folder::CampaignFolder;
use crate::files::send_lock::{SendLock, SendLockError};
use crate::files::starter::unfilled;
use crate::settings::{RelayKind, Settings};
use crate::smtp::mime::MimeWriter;

mod bar;
mod closing;
mod confirm;
mod interrupt;
mod log;
mod picture;
mod stream;
mod watch;

/// Within the workspace.
const SEND_LOCK: &str = ".convoke/send.lock";

pub use closing::{counts_line, earlier_line, slowed_lines};

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
    /// How to show what goes on meanwhile
    #[arg(long, value_enum, default_value_t, value_name = "FORM", conflicts_with = "no_progress")]
    progress: watch::Form,
    /// Write what happens inside to this file, for a support case: no addresses, names or replies
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    if let Some(path) = &args.log {
        log::begin(path)?;
    }
    let folder = context.campaign(&args.campaign)?;
    let (keys, mut ledger) = open::workspace(context)?;
    if args.live {
        ledger.refuse_undecided()?;
    }
    let _lock = if args.live { Some(take_lock(context)?) } else { None };
    let plan = ensure_plan(context, &folder)?;
    let earlier = earlier_unsettled(&mut ledger, &plan.campaign, &plan.id)?;
    let has_segment = |plan: &Plan, segment: &str| plan.by_segment.contains_key(segment);
    if let Some(segment) = args.only.as_deref()
        && !has_segment(&plan, segment)
        && !earlier.iter().any(|(earlier, _)| has_segment(earlier, segment))
    {
        return Err(Failure::usage(no_such_segment(segment, &plan)));
    }
    let changed = changed_files(&plan.inputs, &folder.digests);
    let standing = standing_of(&mut ledger, &plan, !changed.is_empty(), context.clock().now())?;
    if !changed.is_empty() {
        if !ledger.has_intents(&plan.id)? {
            return Err(Failure::stopped(stale(&plan.campaign, &changed)));
        }
        context.output.warn(format!(
            "changed since the first message was sent: {}; the words of the plan are kept",
            changed.join(", ")
        ));
    }
    if args.live && context.settings()?.relay.kind == RelayKind::Smtp {
        refuse_examples(&plan)?;
    }
    let job = Job { args: &args, context, folder: &folder, plan: &plan, earlier: &earlier, standing };
    // A dry run reads no secret: what a plan promises is the same without signatures.
    let writer: Arc<dyn MessageWriter> = match args.live {
        true => Arc::new(signing::writer(context.settings()?, context.workspace()?)?),
        false => Arc::new(MimeWriter),
    };
    let press = press(context, &plan, &earlier, keys, writer, &mut ledger)?;
    if args.live { job.send(ledger, press) } else { job.rehearse(&mut ledger, &press) }
}

/// Takes the right to send. Whoever only looks whether a sender died holds it for a moment, so that one moment is waited.
fn take_lock(context: &Context) -> Result<SendLock, Failure> {
    let path = context.workspace()?.join(SEND_LOCK);
    let mut tries = 10;
    loop {
        match SendLock::take(&path, context.clock().now()) {
            Ok(lock) => return Ok(lock),
            Err(SendLockError::Held { .. }) if tries > 0 => std::thread::sleep(Duration::from_millis(20)),
            Err(error @ SendLockError::Held { .. }) => return Err(Failure::stopped(error)),
            Err(error @ SendLockError::Io { .. }) => return Err(Failure::failed(error)),
        }
        tries -= 1;
    }
}

/// Puts right what a sender left that died, if none is alive: what it had on the way is in doubt, not for ever on its way.
///
/// # Errors
/// The ledger's.
pub(super) fn bury_dead_sender(context: &Context, ledger: &mut dyn Ledger) -> Result<(), Failure> {
    let path = context.workspace()?.join(SEND_LOCK);
    if path.exists()
        && let Ok(_lock) = SendLock::take(&path, context.clock().now())
    {
        ledger.recover(context.clock().now())?;
    }
    Ok(())
}

/// A letter that invites to an example city must not leave this computer.
fn refuse_examples(plan: &Plan) -> Result<(), Failure> {
    let examples = unfilled(&plan.snapshot.variables);
    if examples.is_empty() {
        return Ok(());
    }
    Err(Failure::stopped(format!(
        "the letters still have the examples the campaign came with: {}; nothing was sent\n  help: write your own into \
         [variables] of its campaign.toml, then `convoke plan {}`",
        examples.join(", "),
        plan.campaign
    )))
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

/// What renders the plans' messages, from their snapshots alone. A Message-ID is made from the message, so it tells whose
/// words an earlier plan's row has.
fn press(
    context: &Context,
    plan: &Plan,
    earlier: &[(Plan, Unsettled)],
    keys: Keyring,
    writer: Arc<dyn MessageWriter>,
    ledger: &mut dyn Ledger,
) -> Result<Press, Failure> {
    let return_path = plan::return_path(context.settings()?);
    let composer_of = |plan: &Plan| {
        Composer::new(&plan.snapshot, &plan.campaign, &keys, return_path.clone())
            .map(Arc::new)
            .map_err(Failure::bad_input)
    };
    let latest = composer_of(plan)?;
    let mut older = HashMap::new();
    for (earlier, _) in earlier {
        let composer = composer_of(earlier)?;
        ledger.each_invitation(&earlier.id, &mut |row| {
            if matches!(row.state, State::Planned | State::Sending | State::Deferred | State::InDoubt) {
                older.insert(row.planned.message_id_local, Arc::clone(&composer));
            }
        })?;
    }
    Ok(Press {
        campaign: plan.campaign.clone(),
        compose: Arc::new(move |row| {
            let composer = older.get(&row.message_id_local).unwrap_or(&latest);
            composer.compose_planned(row).map_err(|error| error.to_string())
        }),
        writer,
        keys,
    })
}

/// One run of the command.
struct Job<'a> {
    args: &'a Args,
    context: &'a Context,
    folder: &'a CampaignFolder,
    plan: &'a Plan,
    earlier: &'a [(Plan, Unsettled)],
    standing: Standing,
}

impl Job<'_> {
    fn rehearse(mut self, ledger: &mut dyn Ledger, press: &Press) -> Result<u8, Failure> {
        let mut rendered = 0;
        for plan in self.earlier.iter().map(|(plan, _)| plan).chain([self.plan]) {
            rendered += rehearse(ledger, &plan.id, press).map_err(|error| match error {
                Rehearsal::Ledger(error) => error.into(),
                Rehearsal::Differs(_) => Failure::stopped(error),
            })?;
        }
        let output = &self.context.output;
        self.standing.live = false;
        if self.context.is_json() {
            output.json(&self.standing)?;
        }
        output.say(closing::counts_line(&self.standing.counts));
        closing::say_earlier(output, &self.standing.earlier_plans);
        output.say(format!("dry run: {rendered} messages rendered as planned; nothing was sent"));
        output.next(self.again()?);
        Ok(super::failure::exit::DONE)
    }

    fn send(self, ledger: impl Ledger + 'static, press: Press) -> Result<u8, Failure> {
        let settings = self.context.settings()?;
        let relay: Arc<dyn Relay> = Arc::from(build_relay(settings, self.context.workspace()?)?);
        let halted = self.standing.paused.is_some() || self.standing.cancelled_for_good;
        if self.may_leave(settings) > 0 && !halted {
            let leaves = relay.leaves_this_computer();
            let planned = self.standing.counts.planned;
            confirm::confirm(self.context, &self.plan.campaign, self.args.confirm, planned, leaves)?;
        }
        let sent = self.run(settings, Box::new(ledger), Arc::clone(&relay), press)?;
        self.report(&sent, relay.as_ref())
    }

    /// How many messages this run may send.
    fn may_leave(&self, settings: &Settings) -> u64 {
        let left = self.standing.counts.unsettled().and(self.standing.earlier_plans);
        let again = if settings.relay.retry.on_doubt == OnDoubt::Resend { left.in_doubt } else { 0 };
        left.unsent + left.deferred + again
    }

    fn run(
        &self,
        settings: &Settings,
        ledger: Box<dyn Ledger>,
        relay: Arc<dyn Relay>,
        press: Press,
    ) -> Result<Sent, Failure> {
        let campaign = &self.folder.campaign;
        let order = SendOrder {
            campaign: self.plan.campaign.clone(),
            plan: self.plan.id.clone(),
            earlier: self.earlier.iter().map(|(plan, _)| plan.id.clone()).collect(),
            limit: self.args.limit,
            only: self.args.only.clone(),
            connections: settings.relay.connections,
            window: settings.relay.window,
            rate: settings.relay.rate.clone(),
            retry: settings.relay.retry.clone(),
            stop: campaign.stop.clone(),
            schedule: campaign.schedule.clone(),
            zones: moment::zones(self.context)?,
        };
        let total = self.may_leave(settings).min(self.args.limit.unwrap_or(u64::MAX));
        let (has_bar, clock) = (self.context.shows_progress(), self.context.clock());
        let mut watch =
            watch::Watch::new(self.args.progress, &order.campaign, total, has_bar, clock, &self.context.output);
        self.context.output.detail(format!(
            "{} connections, window {}: whatever happens, at most {} messages are in doubt at once",
            order.connections,
            order.window,
            order.connections * order.window
        ));
        let runtime = runtime(press.writer.is_costly()).map_err(Failure::failed)?;
        let sent = runtime.block_on(async {
            let interrupt = interrupt::listen()?;
            send(&order, ledger, relay, press, Arc::new(SystemClock), interrupt, &mut watch).await
        });
        watch.finish();
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
            self.standing.earlier_plans = sent.earlier;
            (self.standing.seconds, self.standing.per_second) = (seconds, per_second);
            self.standing.paused = sent.paused.clone();
            self.standing.slowed = sent.slowed.iter().map(SlowedDown::new).collect();
            if self.context.is_json() {
                output.json(&self.standing)?;
            }
        }
        let is_idle = sent.tally.done() == sent.tally.suppressed;
        let left = match is_idle && relay.leaves_this_computer() {
            true => "nothing left this computer".to_owned(),
            false => relay.closing_line(),
        };
        closing::close(output, &self.standing, sent, &self.context.settings()?.ledger, &left, self.again()?)
    }

    /// The command that sends this campaign, or goes on with it.
    fn again(&self) -> Result<String, Failure> {
        let leaves = self.context.settings()?.relay.kind != RelayKind::Outbox;
        let confirm = if leaves { format!(" --confirm {}", self.standing.counts.planned) } else { String::new() };
        Ok(format!("convoke send {} --live{confirm}", self.plan.campaign))
    }
}

/// What carries the connections: one thread, beside the ledger's, because handing each message from thread to thread costs more
/// than a second one brings; all processors where writing a message takes long.
fn runtime(is_costly: bool) -> io::Result<Runtime> {
    let mut builder = match is_costly {
        true => Builder::new_multi_thread(),
        false => Builder::new_current_thread(),
    };
    builder.enable_all().build()
}
