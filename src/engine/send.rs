//! Sends a plan: claims rows, paces them, and lets each go its way: intent, delivery, outcome.
//!
//! What is promised stands in README.md ("What is promised"): nobody is sent a second copy unless a person decides so,
//! nobody is silently skipped, and what cannot be known is in doubt.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;

use crate::domain::campaign::Schedule;
use crate::domain::caps::SlidingCaps;
use crate::domain::invitation::{Counts, Invitation, State, Unsettled};
use crate::domain::pace::RatePolicy;
use crate::domain::retry::{OnDoubt, RetryPolicy};
use crate::domain::slowdown::Slowdown;
use crate::domain::stop_rule::StopRule;
use crate::domain::stream::Stream;
use crate::domain::timetable::Timetable;
use crate::domain::zones::Zones;
use crate::engine::caps_so_far::caps_so_far;
use crate::engine::ports::{Clock, Ledger, LedgerError, LedgerResult, Recovered, Relay, Settlement, Waiting};
use crate::engine::status::{slowed_now, unsettled_before};

mod conclude;
mod dispatcher;
mod hours;
mod lanes;
mod ledger_thread;
mod pacing;
pub mod press;
pub mod progress;
mod queue;
mod refusals;
mod trace;

use dispatcher::{Dispatcher, LONGEST_WAIT, time_until};
use lanes::Shared;
pub use ledger_thread::Failed;
use ledger_thread::LedgerHandle;
use pacing::Pacer;
use press::{Differs, Press};
use progress::{Progress, Tally};

/// What to send, and how.
#[derive(Debug, Clone)]
pub struct SendOrder {
    /// Campaign.
    pub campaign: String,
    /// Id of its latest plan.
    pub plan: String,
    /// Ids of earlier plans of the campaign with messages left to send.
    pub earlier: Vec<String>,
    /// At most this many messages.
    pub limit: Option<u64>,
    /// Only this segment.
    pub only: Option<String>,
    /// Connections at once.
    pub connections: usize,
    /// Intents ahead on one connection.
    pub window: usize,
    /// Pace and caps.
    pub rate: RatePolicy,
    /// Retries.
    pub retry: RetryPolicy,
    /// When to stop by itself.
    pub stop: StopRule,
    /// When messages may leave.
    pub schedule: Schedule,
    /// In whose time.
    pub zones: Zones,
}

impl SendOrder {
    /// The plans to work off, oldest first.
    fn plans(&self) -> impl Iterator<Item = &String> {
        self.earlier.iter().chain([&self.plan])
    }

    /// When messages may leave, recipient by recipient.
    fn timetable(&self) -> Timetable {
        Timetable::new(self.schedule.clone(), self.zones.clone())
    }
}

/// Why a run ended.
#[derive(Debug, Clone)]
pub enum Ending {
    /// Nothing more may be sent, now or later, without a person.
    Done,
    /// `--limit` messages were sent.
    LimitReached,
    /// An hourly or daily cap is reached.
    Capped {
        /// When it has room again.
        until: Timestamp,
    },
    /// Only deferred rows are left.
    Deferred {
        /// When the next one is due.
        until: Timestamp,
    },
    /// `schedule.not_before` is more than a minute away.
    TooEarly {
        /// When messages may leave.
        until: Timestamp,
    },
    /// It is outside the hours of the schedule for everybody who is left.
    OutsideHours {
        /// When the first of them may have a message.
        until: Timestamp,
        /// By whose clock.
        zone: TimeZone,
    },
    /// `schedule.not_after` is over.
    ScheduleOver,
    /// A person asked to stop; every open message has its outcome.
    Interrupted,
    /// The campaign is paused or cancelled.
    Halted {
        /// Why.
        reason: String,
    },
    /// A stop rule paused the campaign.
    StoppedByRule {
        /// Which, and what was seen.
        reason: String,
    },
    /// The relay refuses us as sender; the campaign is paused.
    Refused {
        /// Its reply, and the remedy.
        reason: String,
    },
    /// The relay cannot be used as it is set up.
    Misconfigured {
        /// What is wrong, and what to do.
        detail: String,
    },
    /// The relay could not be reached, or would not serve us, for too long.
    Unreachable {
        /// The last trouble.
        detail: String,
    },
    /// A message would have differed from its plan.
    Differs(Differs),
    /// The ledger failed: what was open is in doubt until it works again.
    LedgerFailed(Failed),
}

/// What a run came to.
#[derive(Debug)]
pub struct Sent {
    /// Why it ended.
    pub ending: Ending,
    /// What this run did.
    pub tally: Tally,
    /// How the plan's rows stand; `None` where the ledger failed.
    pub counts: Option<Counts>,
    /// Why the campaign is paused, if it is.
    pub paused: Option<String>,
    /// What earlier plans still hold.
    pub earlier: Unsettled,
    /// Rows of the ordered segment, or of all plans, that are not settled.
    pub open: u64,
    /// What a sender that died had left.
    pub recovered: Recovered,
    /// Streams that are slowed, the slowest first.
    pub slowed: Vec<(Stream, Slowdown)>,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
}

impl Sent {
    /// How many seconds it took, and messages a second.
    pub fn pace(&self) -> (f64, f64) {
        let seconds = self.ended.duration_since(self.began).as_secs_f64().max(0.0);
        (seconds, if seconds > 0.0 { self.tally.done() as f64 / seconds } else { 0.0 })
    }
}

/// Sends a plan. The caller holds the send lock.
///
/// * `interrupt`: becomes true when a person asks to stop: open messages are finished first.
///
/// # Errors
/// The system would not start a thread for the ledger. Everything else is an [`Ending`].
pub async fn send(
    order: &SendOrder,
    ledger: Box<dyn Ledger>,
    relay: Arc<dyn Relay>,
    press: Press,
    clock: Arc<dyn Clock>,
    interrupt: watch::Receiver<bool>,
    progress: &mut dyn Progress,
) -> std::io::Result<Sent> {
    let began = clock.now();
    let (handle, thread) = LedgerHandle::start(ledger, Arc::clone(&clock))?;
    let shared = Shared {
        relay,
        ledger: handle.clone(),
        press: Arc::new(press),
        clock,
        retry: order.retry.clone(),
        window: order.window,
        timetable: Arc::new(order.timetable()),
    };
    let mut recovered = Recovered::default();
    let run = run(order, shared.clone(), interrupt, progress, &mut recovered).await;
    let (ending, tally, slowed) =
        run.unwrap_or_else(|failed| (Ending::LedgerFailed(failed), Tally::default(), Vec::new()));
    trace::ended(&ending, &tally);
    let what = order.clone();
    let standing = match &ending {
        Ending::LedgerFailed(_) => None,
        _ => Some(handle.call(move |ledger| standing(ledger, &what)).await),
    };
    // Whoever cannot tell how it stands must not say that it went well.
    let (ending, standing) = match standing {
        None => (ending, None),
        Some(Ok(standing)) => (ending, Some(standing)),
        Some(Err(failed)) => (Ending::LedgerFailed(failed), None),
    };
    let ended = shared.clock.now();
    drop((handle, shared));
    // The ledger is closed before the caller goes on.
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
    let (counts, earlier, open, paused) = match standing {
        Some(Standing { counts, earlier, open, paused }) => (Some(counts), earlier, open, paused),
        None => (None, Unsettled::default(), 0, None),
    };
    Ok(Sent { ending, tally, counts, earlier, paused, open, recovered, slowed, began, ended })
}

async fn run(
    order: &SendOrder,
    shared: Shared,
    interrupt: watch::Receiver<bool>,
    progress: &mut dyn Progress,
    recovered: &mut Recovered,
) -> Result<(Ending, Tally, Vec<(Stream, Slowdown)>), Failed> {
    let now = shared.clock.now();
    let what = order.clone();
    let prepared = shared.ledger.call(move |ledger| prepare(ledger, &what, now)).await?;
    *recovered = prepared.recovered;
    if let Some(reason) = prepared.halted {
        return Ok((Ending::Halted { reason }, Tally::default(), prepared.slowed));
    }
    if let Some(ending) = wait_for_schedule(order, &shared, interrupt.clone()).await? {
        return Ok((ending, Tally::default(), prepared.slowed));
    }
    let pacer = Pacer::new(&order.rate, prepared.caps, prepared.slowed);
    Ok(Dispatcher::new(order, shared, pacer, progress).run(interrupt).await)
}

struct Prepared {
    recovered: Recovered,
    halted: Option<String>,
    caps: SlidingCaps,
    slowed: Vec<(Stream, Slowdown)>,
}

/// Puts right what a dead sender left and what time has decided.
fn prepare(ledger: &mut dyn Ledger, order: &SendOrder, now: Timestamp) -> LedgerResult<Prepared> {
    let recovered = ledger.recover(now)?;
    let slowed = slowed_now(ledger, now)?;
    let caps = SlidingCaps::new(&order.rate);
    if ledger.cancelled(&order.campaign)? {
        let halted = Some("the campaign is cancelled, for good".to_owned());
        return Ok(Prepared { recovered, halted, caps, slowed });
    }
    if let Some(reason) = ledger.paused(&order.campaign)? {
        return Ok(Prepared { recovered, halted: Some(format!("the campaign is paused: {reason}")), caps, slowed });
    }
    if order.retry.on_doubt == OnDoubt::Resend {
        // Once a run: a relay that loses every connection after the dot must not get the same message again and again.
        ledger.settle(&order.campaign, None, Settlement::Again, "relay.retry.on_doubt = \"resend\"", now)?;
    }
    for plan in order.plans() {
        ledger.expire(plan, order.retry.expiry_line(now), now)?;
    }
    let caps = caps_so_far(ledger, &order.rate, now)?;
    Ok(Prepared { recovered, halted: None, caps, slowed })
}

/// Waits for `not_before` where it is near.
async fn wait_for_schedule(
    order: &SendOrder,
    shared: &Shared,
    mut interrupt: watch::Receiver<bool>,
) -> Result<Option<Ending>, Failed> {
    let now = shared.clock.now();
    let Some((until, rest)) = order.schedule.not_before.and_then(|at| Some((at, time_until(at, now)?))) else {
        return Ok(None);
    };
    if until.duration_since(now) > LONGEST_WAIT {
        let what = order.clone();
        let waiting = shared.ledger.call(move |ledger| waiting(ledger, &what)).await?;
        // Nobody's hours may have come yet at that moment.
        let opening = |rows: &Waiting| shared.timetable.opening(&shared.timetable.zone_of(&rows.zone), until);
        let until = waiting.iter().filter_map(opening).min().unwrap_or(until);
        return Ok(Some(Ending::TooEarly { until }));
    }
    Ok(tokio::select! {
        () = tokio::time::sleep(rest) => None,
        Ok(_) = interrupt.wait_for(|asked| *asked) => Some(Ending::Interrupted),
    })
}

/// What waits in the plans of an order, by time zone.
fn waiting(ledger: &mut dyn Ledger, order: &SendOrder) -> LedgerResult<Vec<Waiting>> {
    let mut waiting = Vec::new();
    for plan in order.plans() {
        waiting.extend(ledger.waiting(plan, order.only.as_deref())?);
    }
    Ok(waiting)
}

/// How a plan stands after a run.
struct Standing {
    counts: Counts,
    earlier: Unsettled,
    /// Rows (of the ordered segment) that are not settled.
    open: u64,
    paused: Option<String>,
}

fn standing(ledger: &mut dyn Ledger, order: &SendOrder) -> LedgerResult<Standing> {
    let (counts, paused) = (ledger.counts(&order.plan)?, ledger.paused(&order.campaign)?);
    let earlier = unsettled_before(ledger, &order.campaign, &order.plan)?;
    let Some(segment) = &order.only else {
        return Ok(Standing { counts, earlier, open: counts.open() + earlier.all(), paused });
    };
    let mut open = 0;
    for plan in order.plans() {
        ledger.each_invitation(plan, &mut |row: Invitation| {
            let settled = !matches!(row.state, State::Planned | State::Sending | State::Deferred | State::InDoubt);
            open += u64::from(row.planned.segment == *segment && !settled);
        })?;
    }
    Ok(Standing { counts, earlier, open, paused })
}

/// Renders every message that a send would send, and compares it with the plan; nothing leaves and nothing is written.
/// Returns how many.
///
/// # Errors
/// The ledger's, or the first message that differs.
pub fn rehearse(ledger: &mut dyn Ledger, plan: &str, press: &Press) -> Result<u64, Rehearsal> {
    let mut rendered = 0;
    let mut differing = None;
    ledger.each_invitation(plan, &mut |row: Invitation| {
        if differing.is_none() && matches!(row.state, State::Planned | State::Sending | State::Deferred) {
            rendered += 1;
            differing = press.check(&row.planned).err();
        }
    })?;
    differing.map_or(Ok(rendered), |differs| Err(Rehearsal::Differs(differs)))
}

/// Why a dry run failed.
#[derive(Debug, thiserror::Error)]
pub enum Rehearsal {
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A message differs from its plan.
    #[error("the message to contact {} {}", .0.contact_id, .0.why)]
    Differs(Differs),
}
