//! A lane: one task that owns one connection. It renders the rows it is given, has their intents recorded, sees them through
//! the connection, judges, and hands in the outcomes.
//!
//! It works ahead, so that neither the relay nor the ledger is waited for alone: the next message is rendered and announced
//! while the relay thinks about this one, and an outcome and the next intent are one request to the ledger. What never
//! changes is the order that the promise needs: a message is handed over only after its intent was recorded and synced, and
//! no more intents are without an outcome than the window allows.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::conclude::conclude;
use super::ledger_thread::{Failed, LedgerHandle, Verdicts};
use super::press::{Differs, Press};
use super::trace;
use crate::domain::invitation::Invitation;
use crate::domain::message::Stamp;
use crate::domain::outcome::{Delivery, Outcome, Step};
use crate::domain::retry::RetryPolicy;
use crate::domain::stream::Stream;
use crate::domain::timetable::Timetable;
use crate::domain::verdict::{RelaySignal, judge};
use crate::engine::ports::{Clock, Conclusion, IntentVerdict, Lane, Parcel, Relay, RelayTrouble};

mod flow;
mod giving_back;

/// A row on its way, with what its pace is counted by.
#[derive(Debug)]
pub struct Job {
    /// Claimed row.
    pub row: Invitation,
    /// Its stream.
    pub stream: Stream,
    /// Its number in this run, from 1.
    pub number: u64,
    /// When its turn came, as the caps count it.
    pub counted_at: Timestamp,
}

/// What became of a job.
#[derive(Debug)]
pub enum Fate {
    /// An attempt was made.
    Attempted {
        /// What it came to.
        outcome: Outcome,
        /// Where in the session it was decided, where the server decided it.
        step: Option<Step>,
        /// What it says about the relay.
        signal: RelaySignal,
    },
    /// A suppression stopped it.
    Suppressed,
    /// The person's address was changed meanwhile; the ledger cancelled the row.
    Withdrawn,
    /// The campaign is paused or cancelled; the ledger took the row back.
    Halted {
        /// Why.
        reason: String,
    },
}

/// What a lane tells the dispatcher. Every job it was given comes back in exactly one of these.
#[derive(Debug)]
pub enum News {
    /// How many jobs the lane takes at once from now on.
    Takes(usize),
    /// Connected, greeted, encrypted, authenticated.
    Opened,
    /// The connection it had is gone.
    Closed,
    /// No connection; the rows are still claimed, without an intent.
    Unopened {
        /// Back to the dispatcher.
        jobs: Vec<Job>,
        /// Why.
        trouble: RelayTrouble,
    },
    /// The hours of a recipient ended before its message was announced: rows that are still claimed, without an intent.
    Late {
        /// Back to the dispatcher.
        jobs: Vec<Job>,
    },
    /// Rows that are still claimed, without an intent.
    GivenBack {
        /// Back to the dispatcher.
        jobs: Vec<Job>,
    },
    /// What became of a job.
    Carried {
        /// The job.
        job: Job,
        /// Its fate.
        fate: Fate,
    },
    /// A message differs from its plan: the row is still claimed, without an intent.
    Differs {
        /// Back to the dispatcher.
        job: Job,
        /// How.
        differs: Differs,
    },
    /// The ledger failed: nothing may go any more, and the lane is gone.
    LedgerFailed(Failed),
}

/// What every lane needs.
#[derive(Clone)]
pub struct Shared {
    /// Opens connections.
    pub relay: Arc<dyn Relay>,
    /// Records.
    pub ledger: LedgerHandle,
    /// Renders.
    pub press: Arc<Press>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// When to try again.
    pub retry: RetryPolicy,
    /// When messages may leave.
    pub timetable: Arc<Timetable>,
    /// Intents without an outcome on one connection, at most.
    pub window: usize,
}

impl Shared {
    /// Whether it is too late (or too early) for a row.
    fn is_late_for(&self, job: &Job, now: Timestamp) -> bool {
        let zone = self.timetable.zone_of(job.row.planned.zone.as_deref().unwrap_or_default());
        !self.timetable.lets_go(&zone, now)
    }

    /// Jobs a lane may be given before the first of them comes back: those with an intent, and as many that wait for one.
    pub fn depth(&self) -> usize {
        2 * self.window.max(1)
    }
}

/// An unused connection is closed after this long, well before servers close it on us (RFC 5321 §4.5.3.2.7: 5 min).
const UNUSED: Duration = Duration::from_secs(30);
/// An answer is slow that takes several times as long as the quickest on this connection, which holds the round trip; at least
/// and at most so long; and so long where none has come yet. What waits behind a slow answer is given back.
const SEVERAL_TIMES: u32 = 4;
const LEAST_PATIENCE: Duration = Duration::from_millis(250);
const MOST_PATIENCE: Duration = Duration::from_secs(10);
const FIRST_PATIENCE: Duration = Duration::from_secs(1);
const FIRST_REST: Duration = Duration::from_millis(250);
const LONGEST_REST: Duration = Duration::from_secs(2);
const LONGEST_REST_UNOPENED: Duration = Duration::from_secs(30);

/// How far a message is from being allowed to leave.
enum Permit {
    Unasked,
    /// Its intent is with the ledger.
    Asked,
    /// Its intent is recorded and synced.
    Granted {
        attempt: i64,
        began: Timestamp,
    },
}

/// A rendered message that waits for its turn.
struct Waiting {
    job: Job,
    parcel: Parcel,
    stamp: Stamp,
    permit: Permit,
}

/// A message with an intent and without an outcome.
struct Attempt {
    job: Job,
    attempt: i64,
    began: Timestamp,
}

/// Why a lane cannot go on as it does.
enum Stop {
    Unopened(RelayTrouble),
    Ledger(Failed),
}

/// One lane's state.
pub struct LaneTask {
    number: usize,
    shared: Shared,
    news: mpsc::UnboundedSender<(usize, News)>,
    /// Becomes true when the run ends.
    over: watch::Receiver<bool>,
    jobs: mpsc::Receiver<Job>,
    connection: Option<Box<dyn Lane>>,
    /// How long the last rest was; grows until the relay serves us again.
    rest: Duration,
    /// The shortest time in which the relay answered a message.
    quickest: Option<Duration>,
    /// The relay's last answer was long in coming.
    is_slow: bool,
    /// Nothing new is handed over before the rest is taken.
    is_to_rest: bool,
    /// In order; those with a permit, or that asked for one, come first.
    waiting: VecDeque<Waiting>,
    /// The first that waits is announced on the connection.
    announced: bool,
    /// How many of those that wait are with the relay already, announced or handed over.
    with_relay: usize,
    /// Handed over and not answered, in order.
    flying: VecDeque<(Instant, Attempt)>,
    /// The ledger's answer about those that asked.
    asked: Option<(Timestamp, Verdicts)>,
    /// Not handed in yet.
    outcomes: Vec<Conclusion>,
}

impl LaneTask {
    /// A lane that has not connected yet.
    pub fn new(
        number: usize,
        shared: Shared,
        news: mpsc::UnboundedSender<(usize, News)>,
        over: watch::Receiver<bool>,
        jobs: mpsc::Receiver<Job>,
    ) -> Self {
        Self {
            number,
            shared,
            news,
            over,
            jobs,
            connection: None,
            rest: Duration::ZERO,
            quickest: None,
            is_slow: false,
            is_to_rest: false,
            waiting: VecDeque::new(),
            announced: false,
            with_relay: 0,
            flying: VecDeque::new(),
            asked: None,
            outcomes: Vec::new(),
        }
    }

    /// Carries jobs until there are no more.
    pub async fn run(mut self) {
        self.tell(News::Takes(self.shared.depth()));
        while self.has_work().await {
            match self.carry().await {
                Ok(()) => {}
                Err(Stop::Unopened(trouble)) => self.stay_unopened(trouble),
                Err(Stop::Ledger(failed)) => {
                    self.tell(News::LedgerFailed(failed));
                    return;
                }
            }
        }
        self.hand_in();
        self.close().await;
    }

    /// Rests where it must, then waits for something to do. False when nothing more will come.
    async fn has_work(&mut self) -> bool {
        if *self.over.borrow() {
            self.give_back();
        }
        if self.is_to_rest || self.waiting.is_empty() {
            // No intent follows soon with which the outcomes could go.
            self.hand_in();
        }
        if std::mem::take(&mut self.is_to_rest) {
            self.rest_a_while().await;
        }
        if !self.waiting.is_empty() {
            return true;
        }
        if self.connection.is_some() {
            tokio::select! {
                job = self.jobs.recv() => return self.begin(job),
                () = tokio::time::sleep(UNUSED) => {}
            }
            self.close().await;
        }
        let job = self.jobs.recv().await;
        self.begin(job)
    }

    fn begin(&mut self, job: Option<Job>) -> bool {
        let is_something = job.is_some();
        job.into_iter().for_each(|job| self.load(job));
        is_something
    }

    /// Jobs this lane takes at once: while the relay is slow, none waits behind another.
    fn depth(&self) -> usize {
        if self.is_slow { 1 } else { self.shared.depth() }
    }

    fn patience(&self) -> Duration {
        self.quickest.map_or(FIRST_PATIENCE, |quickest| (SEVERAL_TIMES * quickest).clamp(LEAST_PATIENCE, MOST_PATIENCE))
    }

    /// A message was answered that was handed over at this moment.
    fn note_answer(&mut self, since: Instant) {
        let took = since.elapsed();
        self.quickest = Some(self.quickest.map_or(took, |quickest| quickest.min(took)));
    }

    async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close().await;
            self.tell(News::Closed);
        }
    }

    fn tell(&self, news: News) {
        trace::news(&news);
        // A dispatcher that is gone has ended the run.
        let _ = self.news.send((self.number, news));
    }

    fn lengthen_rest(&mut self, longest: Duration) {
        self.rest = (self.rest * 2).clamp(FIRST_REST, longest);
        self.is_to_rest = true;
    }

    /// Renders a job and lets it wait for its turn; one that differs from its plan goes back.
    fn load(&mut self, job: Job) {
        match self.shared.press.parcel(&job.row, self.shared.clock.now()) {
            Ok((stamp, parcel)) => self.waiting.push_back(Waiting { job, parcel, stamp, permit: Permit::Unasked }),
            Err(differs) => self.tell(News::Differs { job, differs }),
        }
    }

    /// Renders what was given meanwhile, up to so many waiting messages.
    fn load_up_to(&mut self, many: usize) {
        while self.waiting.len() < many
            && let Ok(job) = self.jobs.try_recv()
        {
            self.load(job);
        }
    }

    /// Hands in outcomes without asking for anything.
    fn hand_in(&mut self) {
        if !self.outcomes.is_empty() {
            self.shared.ledger.record_outcomes(std::mem::take(&mut self.outcomes));
        }
    }

    /// Records how the first that waits ended.
    fn conclude_first(&mut self, delivery: Delivery) {
        if let Some(Waiting { job, permit: Permit::Granted { attempt, began }, .. }) = self.waiting.pop_front() {
            self.conclude(Attempt { job, attempt, began }, delivery);
        }
    }

    fn conclude(&mut self, Attempt { job, attempt, began }: Attempt, delivery: Delivery) {
        let verdict = judge(&delivery);
        let now = self.shared.clock.now();
        self.outcomes.push(conclude(&self.shared.retry, &job.row, attempt, &verdict.outcome, began, now));
        match verdict.relay {
            RelaySignal::Fine | RelaySignal::SlowDomain | RelaySignal::Pause { .. } => {
                (self.rest, self.is_to_rest) = (Duration::ZERO, false);
            }
            RelaySignal::SlowRelay | RelaySignal::TooManyConnections | RelaySignal::BackOff => {
                self.lengthen_rest(LONGEST_REST);
            }
        }
        let step = match delivery {
            Delivery::Replied { step, .. } | Delivery::NotSent { step, .. } => Some(step),
            Delivery::InDoubt { .. } | Delivery::Unsupported { .. } => None,
        };
        if matches!(verdict.outcome, Outcome::Deferred { .. } | Outcome::Returned { .. }) {
            // Whoever hears of it asks the ledger at once when the row is due again: it must know by then.
            self.hand_in();
        }
        self.tell(News::Carried {
            job,
            fate: Fate::Attempted { outcome: verdict.outcome, step, signal: verdict.relay },
        });
    }
}
