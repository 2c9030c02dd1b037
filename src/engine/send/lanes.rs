//! A lane: one task that owns one connection. Opens it, renders, has the intents recorded, delivers, judges, hands in the
//! outcomes, and asks for the next job.

use std::iter::repeat_with;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::conclude::conclude;
use super::ledger_thread::{Failed, LedgerHandle};
use super::press::{Differs, Press};
use crate::domain::invitation::Invitation;
use crate::domain::outcome::{Delivery, Outcome, Step};
use crate::domain::retry::RetryPolicy;
use crate::domain::timetable::Timetable;
use crate::domain::verdict::{RelaySignal, judge};
use crate::engine::ports::{Clock, Intent, IntentVerdict, Lane, Parcel, Relay, RelayTrouble};

/// A row on its way, with the moment at which it was counted against the caps.
#[derive(Debug)]
pub struct Job {
    /// Claimed row.
    pub row: Invitation,
    /// When its turn came.
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

/// What a lane tells the dispatcher.
#[derive(Debug)]
pub enum News {
    /// Ready for a job.
    Idle,
    /// Connected, greeted, encrypted, authenticated.
    Opened,
    /// No connection: the rows are still claimed, without an intent.
    Unopened {
        /// Back to the dispatcher.
        jobs: Vec<Job>,
        /// Why.
        trouble: RelayTrouble,
    },
    /// What became of the jobs.
    Carried {
        /// Each with its fate.
        fates: Vec<(Job, Fate)>,
    },
    /// While the connection was opened, the hours of a recipient came to an end: the rows are still claimed, without an
    /// intent.
    Late {
        /// Back to the dispatcher.
        jobs: Vec<Job>,
    },
    /// A message differs from its plan: the rows are still claimed, without an intent.
    Differs {
        /// Back to the dispatcher.
        jobs: Vec<Job>,
        /// Which, and how.
        differs: Differs,
    },
    /// The ledger failed: nothing may go any more.
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
}

impl Shared {
    /// Whether it is too late (or too early) for one of these rows.
    fn is_late_for(&self, jobs: &[Job]) -> bool {
        let now = self.clock.now();
        let zone = |job: &Job| self.timetable.zone_of(job.row.planned.zone.as_deref().unwrap_or_default());
        jobs.iter().any(|job| !self.timetable.lets_go(&zone(job), now))
    }
}

/// An unused connection is closed after this long, well before servers close it on us (RFC 5321 §4.5.3.2.7: 5 min).
const UNUSED: Duration = Duration::from_secs(30);
const FIRST_REST: Duration = Duration::from_millis(250);
const LONGEST_REST: Duration = Duration::from_secs(2);
const LONGEST_REST_UNOPENED: Duration = Duration::from_secs(30);

/// One lane's state.
pub struct LaneTask {
    number: usize,
    shared: Shared,
    news: mpsc::UnboundedSender<(usize, News)>,
    /// Becomes true when the run ends.
    over: watch::Receiver<bool>,
    connection: Option<Box<dyn Lane>>,
    rest: Duration,
}

impl LaneTask {
    /// A lane that has not connected yet.
    pub fn new(
        number: usize,
        shared: Shared,
        news: mpsc::UnboundedSender<(usize, News)>,
        over: watch::Receiver<bool>,
    ) -> Self {
        Self { number, shared, news, over, connection: None, rest: Duration::ZERO }
    }

    /// Carries jobs until there are no more.
    pub async fn run(mut self, mut jobs: mpsc::Receiver<Vec<Job>>) {
        while let Some(batch) = self.next(&mut jobs).await {
            let news = self.carry(batch).await;
            self.tell(news);
            if self.connection.as_ref().is_some_and(|connection| !connection.is_usable()) {
                self.close().await;
            }
        }
        self.close().await;
    }

    /// Rests where it must, then waits for a batch; closes a connection that nobody uses.
    async fn next(&mut self, jobs: &mut mpsc::Receiver<Vec<Job>>) -> Option<Vec<Job>> {
        if !self.rest.is_zero() {
            tokio::select! {
                // Nothing is sent to a lane that has not said it is idle: only the end can come here.
                end = jobs.recv() => return end,
                () = tokio::time::sleep(self.rest) => {}
            }
        }
        self.tell(News::Idle);
        if self.connection.is_some() {
            tokio::select! {
                batch = jobs.recv() => return batch,
                () = tokio::time::sleep(UNUSED) => {}
            }
            self.close().await;
        }
        jobs.recv().await
    }

    async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close().await;
        }
    }

    fn tell(&self, news: News) {
        // A dispatcher that is gone has ended the run.
        let _ = self.news.send((self.number, news));
    }

    fn lengthen_rest(&mut self, longest: Duration) {
        self.rest = (self.rest * 2).clamp(FIRST_REST, longest);
    }

    async fn carry(&mut self, jobs: Vec<Job>) -> News {
        if self.connection.is_none() {
            // A server may take minutes to greet; a run that is over does not wait for it.
            let opened = tokio::select! {
                opened = self.shared.relay.open() => opened,
                _ = self.over.wait_for(|over| *over) => {
                    Err(RelayTrouble::Passing { detail: "the run is over".to_owned(), reply: None })
                }
            };
            match opened {
                Ok(connection) => {
                    self.connection = Some(connection);
                    self.tell(News::Opened);
                    // A server may have taken minutes to greet.
                    if self.shared.is_late_for(&jobs) {
                        return News::Late { jobs };
                    }
                }
                Err(trouble) => {
                    self.lengthen_rest(LONGEST_REST_UNOPENED);
                    return News::Unopened { jobs, trouble };
                }
            }
        }
        let mut intents = Vec::with_capacity(jobs.len());
        let mut parcels = Vec::with_capacity(jobs.len());
        for job in &jobs {
            match self.shared.press.parcel(&job.row, self.shared.clock.now()) {
                Ok((stamp, parcel)) => {
                    let digest = job.row.planned.digest.clone();
                    intents.push(Intent { invitation: job.row.id, stamp, digest });
                    parcels.push(parcel);
                }
                Err(differs) => return News::Differs { jobs, differs },
            }
        }
        // Nothing of a message leaves before its intent is committed and synced.
        let began = self.shared.clock.now();
        match self.shared.ledger.record_intents(intents).await {
            Ok(verdicts) => self.deliver(jobs, parcels, verdicts, began).await,
            Err(failed) => News::LedgerFailed(failed),
        }
    }

    async fn deliver(
        &mut self,
        jobs: Vec<Job>,
        parcels: Vec<Parcel>,
        verdicts: Vec<IntentVerdict>,
        began: Timestamp,
    ) -> News {
        let mut fates = Vec::with_capacity(jobs.len());
        let (mut going, mut leaving) = (Vec::new(), Vec::new());
        for ((job, parcel), verdict) in jobs.into_iter().zip(parcels).zip(verdicts) {
            match verdict {
                IntentVerdict::Recorded { attempt } => {
                    going.push((job, attempt));
                    leaving.push(parcel);
                }
                IntentVerdict::Suppressed => fates.push((job, Fate::Suppressed)),
                IntentVerdict::Withdrawn => fates.push((job, Fate::Withdrawn)),
                IntentVerdict::Halted { reason } => fates.push((job, Fate::Halted { reason })),
            }
        }
        let deliveries = match &mut self.connection {
            Some(connection) if !leaving.is_empty() => connection.deliver(&leaving).await,
            _ => Vec::new(),
        };
        let now = self.shared.clock.now();
        // Where a relay says nothing about a parcel, nobody knows what became of it.
        let silence = || Delivery::InDoubt { detail: "the relay did not say what became of it".to_owned() };
        for ((job, attempt), delivery) in going.into_iter().zip(deliveries.into_iter().chain(repeat_with(silence))) {
            let verdict = judge(&delivery);
            let conclusion = conclude(&self.shared.retry, &job.row, attempt, &verdict.outcome, began, now);
            self.shared.ledger.record_outcome(conclusion);
            match verdict.relay {
                RelaySignal::Fine | RelaySignal::SlowDomain | RelaySignal::Pause { .. } => self.rest = Duration::ZERO,
                RelaySignal::SlowRelay | RelaySignal::BackOff => self.lengthen_rest(LONGEST_REST),
            }
            let step = match delivery {
                Delivery::Replied { step, .. } | Delivery::NotSent { step, .. } => Some(step),
                Delivery::InDoubt { .. } | Delivery::Unsupported { .. } => None,
            };
            fates.push((job, Fate::Attempted { outcome: verdict.outcome, step, signal: verdict.relay }));
        }
        News::Carried { fates }
    }
}
