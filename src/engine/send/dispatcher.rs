//! Decides which row goes next, on which lane, and when to stop.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::lanes::{Fate, Job, LaneTask, News, Shared};
use super::ledger_thread::Failed;
use super::pacing::{Pacer, Turn};
use super::progress::{Progress, Tally};
use super::queue::Queue;
use super::refusals::RefusalRun;
use super::{Ending, SendOrder};
use crate::domain::invitation::Invitation;
use crate::domain::outcome::Outcome;
use crate::domain::stop_rule::StopWatch;
use crate::domain::verdict::RelaySignal;
use crate::engine::ports::{ClaimFilter, RelayTrouble};

/// Rows claimed at once.
const CLAIM: usize = 256;
/// A domain with this many rows waiting needs no more claimed.
const ENOUGH_OF_A_DOMAIN: usize = 64;
/// What is further away than this is left to a later run.
pub(super) const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(60);
/// How long an unreachable relay is tried before anything was decided, and after.
const PATIENCE_AT_FIRST: SignedDuration = SignedDuration::from_secs(7);
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);
const FIRST_REST: Duration = Duration::from_millis(250);
const LONGEST_REST: Duration = Duration::from_secs(5);

/// A claim that found nothing more: when another may.
struct Futile {
    /// Domains it left out.
    without: Vec<String>,
    /// When the next deferred row is due.
    next_due: Option<Timestamp>,
}

/// What keeps the next row from going.
#[derive(Default)]
struct Hindrance {
    /// The pace: waited for, however long.
    rest: Option<Duration>,
    /// A cap.
    cap: Option<Timestamp>,
}

/// The state of one run.
pub(super) struct Dispatcher<'a> {
    order: &'a SendOrder,
    shared: Shared,
    progress: &'a mut dyn Progress,
    lanes: Vec<mpsc::Sender<Vec<Job>>>,
    tasks: JoinSet<()>,
    news: mpsc::UnboundedReceiver<(usize, News)>,
    /// The lane used last is used next, so that no more connections stay open than the pace needs.
    idle: Vec<usize>,
    busy: usize,
    queue: Queue,
    pacer: Pacer,
    futile: Option<Futile>,
    /// Rows that may still be claimed (`--limit`).
    budget: Option<u64>,
    watch: StopWatch,
    refusals: RefusalRun,
    health: Health,
    tally: Tally,
    ending: Option<Ending>,
    /// Tells lanes that wait for a connection that nobody waits for it any more.
    ended: watch::Sender<bool>,
}

/// Whether the relay serves us. While it does not, one lane at a time tries, after ever longer rests.
#[derive(Default)]
struct Health {
    good: bool,
    ever_decided: bool,
    trouble_since: Option<Timestamp>,
    rest: Duration,
    rests_until: Option<Timestamp>,
}

impl Health {
    fn opened(&mut self) {
        self.good |= self.trouble_since.is_none();
    }

    fn decided(&mut self) {
        *self = Self { good: true, ever_decided: true, ..Self::default() };
    }

    /// Says whether patience is at its end.
    fn trouble(&mut self, now: Timestamp) -> bool {
        self.good = false;
        self.rest = (self.rest * 2).clamp(FIRST_REST, LONGEST_REST);
        self.rests_until = SignedDuration::try_from(self.rest).ok().and_then(|rest| now.checked_add(rest).ok());
        let since = *self.trouble_since.get_or_insert(now);
        now.duration_since(since) > if self.ever_decided { PATIENCE } else { PATIENCE_AT_FIRST }
    }
}

impl<'a> Dispatcher<'a> {
    pub(super) fn new(order: &'a SendOrder, shared: Shared, pacer: Pacer, progress: &'a mut dyn Progress) -> Self {
        let (tell, news) = mpsc::unbounded_channel();
        let (ended, over) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let mut lanes = Vec::new();
        for number in 0..order.connections.max(1) {
            let (jobs, waiting) = mpsc::channel(1);
            tasks.spawn(LaneTask::new(number, shared.clone(), tell.clone(), over.clone()).run(waiting));
            lanes.push(jobs);
        }
        Self {
            order,
            shared,
            progress,
            lanes,
            tasks,
            news,
            idle: Vec::new(),
            busy: 0,
            queue: Queue::default(),
            pacer,
            futile: None,
            budget: order.limit,
            watch: StopWatch::new(order.stop.clone()),
            refusals: RefusalRun::new(order.stop.in_a_row),
            health: Health::default(),
            tally: Tally::default(),
            ending: None,
            ended,
        }
    }

    /// Sends until there is an ending and every open message has its outcome.
    pub(super) async fn run(mut self, mut interrupt: watch::Receiver<bool>) -> (Ending, Tally) {
        loop {
            if *interrupt.borrow_and_update() {
                self.end(Ending::Interrupted);
            }
            let wait = match self.ending {
                None => self.dispatch().await.unwrap_or_else(|failed| {
                    self.end(Ending::LedgerFailed(failed));
                    None
                }),
                Some(_) => None,
            };
            if self.ending.is_some() && self.busy == 0 {
                break;
            }
            tokio::select! {
                news = self.news.recv() => self.hear_all(news).await,
                // A dropped sender means nobody can interrupt any more, which is no interruption.
                Ok(()) = interrupt.changed() => {}
                () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {}
                Some(Err(broken)) = self.tasks.join_next() => {
                    if broken.is_panic() {
                        std::panic::resume_unwind(broken.into_panic());
                    }
                }
            }
        }
        self.wind_up().await
    }

    async fn hear_all(&mut self, first: Option<(usize, News)>) {
        let mut next = first;
        while let Some((lane, news)) = next {
            if let Err(failed) = self.hear(lane, news).await {
                self.end(Ending::LedgerFailed(failed));
            }
            next = self.news.try_recv().ok();
        }
        self.progress.show(&self.tally);
    }

    /// Lets lanes hang up, gives back what was claimed, and says how it ended.
    async fn wind_up(mut self) -> (Ending, Tally) {
        self.lanes.clear();
        while self.tasks.join_next().await.is_some() {}
        let claimed = self.queue.drain();
        if let Err(failed) = self.give_back(claimed).await {
            self.end(Ending::LedgerFailed(failed));
        }
        (self.ending.unwrap_or(Ending::Done), self.tally)
    }

    async fn give_back(&mut self, claimed: Vec<i64>) -> Result<(), Failed> {
        let now = self.shared.clock.now();
        let refused = self.refusals.take_proven();
        self.shared
            .ledger
            .call(move |ledger| {
                if !refused.is_empty() {
                    ledger.reopen_rejected(&refused, "the same refusal for everybody", now)?;
                }
                if claimed.is_empty() { Ok(()) } else { ledger.release(&claimed, now) }
            })
            .await
    }

    /// The first ending counts, except that nothing outranks a failed ledger.
    fn end(&mut self, ending: Ending) {
        if self.ending.is_none() || matches!(ending, Ending::LedgerFailed(_)) {
            self.ending = Some(ending);
        }
        self.ended.send_replace(true);
    }

    /// Hands out what may go now; how long to wait for more, or `None` for news only.
    async fn dispatch(&mut self) -> Result<Option<Duration>, Failed> {
        loop {
            let now = self.shared.clock.now();
            if self.order.schedule.not_after.is_some_and(|last| now > last) {
                self.end(Ending::ScheduleOver);
                return Ok(None);
            }
            if self.idle.is_empty() || (!self.health.good && self.busy > 0) {
                return Ok(None);
            }
            if let Some(rest) = self.health.rests_until.and_then(|until| time_until(until, now)) {
                return Ok(Some(rest));
            }
            if self.queue.len() < self.low_water() {
                self.claim(now).await?;
            }
            let mut hindrance = self.fill_a_lane(now);
            if hindrance.is_some() && self.claim(now).await? > 0 {
                hindrance = self.fill_a_lane(now);
            }
            if let Some(hindrance) = hindrance {
                return Ok(self.wait_or_end(&hindrance, now));
            }
        }
    }

    fn low_water(&self) -> usize {
        2 * self.lanes.len() * self.order.window.max(1)
    }

    /// Gives a lane as many rows as its window takes and the pace allows; where none may go, says what hinders them.
    fn fill_a_lane(&mut self, now: Timestamp) -> Option<Hindrance> {
        let mut jobs = Vec::new();
        let mut hindrance = Hindrance::default();
        while jobs.len() < self.order.window.max(1) {
            match self.next_row(now) {
                Ok(row) => jobs.push(Job { row, counted_at: now }),
                Err(what) => {
                    hindrance = what;
                    break;
                }
            }
        }
        if jobs.is_empty() {
            return Some(hindrance);
        }
        if let Some(lane) = self.idle.pop() {
            self.busy += 1;
            if let Some(Err(refused)) = self.lanes.get(lane).map(|jobs_of_lane| jobs_of_lane.try_send(jobs)) {
                // A lane that is gone has panicked; the run ends with its panic.
                self.busy -= 1;
                self.take_back(refused.into_inner());
            }
        }
        None
    }

    fn next_row(&mut self, now: Timestamp) -> Result<Invitation, Hindrance> {
        let mut hindrance = Hindrance::default();
        if self.queue.len() == 0 {
            return Err(hindrance);
        }
        match self.pacer.relay_turn(now) {
            Turn::Now => {}
            Turn::After(rest) => return Err(Hindrance { rest: Some(rest), cap: None }),
            Turn::At(at) => return Err(Hindrance { rest: None, cap: Some(at) }),
        }
        let mut ready = None;
        for domain in self.queue.domains() {
            match self.pacer.domain_turn(domain, now) {
                Turn::Now => {
                    ready = Some(domain.clone());
                    break;
                }
                Turn::After(rest) => hindrance.rest = earliest(hindrance.rest, Some(rest)),
                Turn::At(at) => hindrance.cap = earliest(hindrance.cap, Some(at)),
            }
        }
        let row = ready.as_ref().and_then(|domain| self.queue.pop(domain)).ok_or(hindrance)?;
        self.pacer.begin(row.planned.address.domain(), now);
        Ok(row)
    }

    /// Nothing may go now. Waits for the pace, and for caps and retry times that are near; else this run is over.
    fn wait_or_end(&mut self, hindrance: &Hindrance, now: Timestamp) -> Option<Duration> {
        let due = self.futile.as_ref().and_then(|futile| futile.next_due);
        let later = earliest(hindrance.cap, due);
        let near = later
            .filter(|at| at.duration_since(now) <= LONGEST_WAIT)
            .map(|at| time_until(at, now).unwrap_or(Duration::from_millis(1)));
        let wait = earliest(hindrance.rest, near);
        if wait.is_none() && self.busy == 0 {
            self.end(match (hindrance.cap, due) {
                _ if self.budget == Some(0) && self.queue.len() == 0 => Ending::LimitReached,
                (Some(at), due) if due.is_none_or(|due| at <= due) => Ending::Capped { until: at },
                (_, Some(at)) => Ending::Deferred { until: at },
                _ => Ending::Done,
            });
        }
        wait
    }

    /// Claims more rows, unless that was tried and nothing has changed since; how many came.
    async fn claim(&mut self, now: Timestamp) -> Result<usize, Failed> {
        let room = self.budget.map_or(CLAIM, |left| usize::try_from(left).map_or(CLAIM, |left| left.min(CLAIM)));
        // Of a domain at its cap one row in hand is enough, and needed: it tells when to go on.
        let without: Vec<String> = self
            .queue
            .domains()
            .filter(|domain| {
                self.queue.rows_of(domain) >= ENOUGH_OF_A_DOMAIN
                    || self.pacer.domain_capped_until(domain, now).is_some()
            })
            .cloned()
            .collect();
        if room == 0 || self.futile.as_ref().is_some_and(|futile| futile.still_holds(&without, now)) {
            return Ok(0);
        }
        let (plan, only, not_domains) = (self.order.plan.clone(), self.order.only.clone(), without.clone());
        let (rows, next_due) = self
            .shared
            .ledger
            .call(move |ledger| {
                let filter = ClaimFilter { segment: only.as_deref(), not_domains: &not_domains };
                let rows = ledger.claim(&plan, room, filter, now)?;
                let next_due = if rows.len() < room { ledger.next_due(&plan)? } else { None };
                Ok((rows, next_due))
            })
            .await?;
        self.futile = (rows.len() < room).then(|| Futile {
            without,
            // One that is due already was not to be had: another segment, or a domain at its cap.
            next_due: next_due.filter(|at| *at > now),
        });
        let came = rows.len();
        self.budget = self.budget.map(|left| left.saturating_sub(came as u64));
        rows.into_iter().for_each(|row| self.queue.push_back(row));
        Ok(came)
    }

    async fn hear(&mut self, lane: usize, news: News) -> Result<(), Failed> {
        match news {
            News::Idle => self.idle.push(lane),
            News::Opened => self.health.opened(),
            News::Unopened { jobs, trouble } => {
                self.busy -= 1;
                self.take_back(jobs);
                match trouble {
                    RelayTrouble::Passing { detail, .. } => self.trouble(detail),
                    RelayTrouble::Lasting { detail, reply: Some(_) } => self.refused(detail).await?,
                    RelayTrouble::Lasting { detail, reply: None } => self.end(Ending::Misconfigured { detail }),
                }
            }
            News::Differs { jobs, differs } => {
                self.busy -= 1;
                self.take_back(jobs);
                self.end(Ending::Differs(differs));
            }
            News::Carried { fates } => {
                self.busy -= 1;
                for (job, fate) in fates {
                    self.settle(job, fate).await?;
                }
            }
            News::LedgerFailed(failed) => {
                self.busy -= 1;
                self.end(Ending::LedgerFailed(failed));
            }
        }
        Ok(())
    }

    /// Rows that never got an intent wait again.
    fn take_back(&mut self, jobs: Vec<Job>) {
        for job in jobs.into_iter().rev() {
            self.pacer.take_back(job.row.planned.address.domain(), job.counted_at);
            self.queue.push_front(job.row);
        }
    }

    async fn settle(&mut self, job: Job, fate: Fate) -> Result<(), Failed> {
        match fate {
            Fate::Suppressed => {
                self.pacer.take_back(job.row.planned.address.domain(), job.counted_at);
                self.tally.suppressed += 1;
                self.one_more_may_go();
            }
            Fate::Halted { reason } => {
                self.pacer.take_back(job.row.planned.address.domain(), job.counted_at);
                self.end(Ending::Halted { reason: format!("the campaign was stopped while sending: {reason}") });
            }
            Fate::Attempted { outcome, step, signal } => {
                self.tally.note(&outcome);
                self.pacer.hear(job.row.planned.address.domain(), &outcome, &signal, self.shared.clock.now());
                match &outcome {
                    Outcome::Accepted { .. } | Outcome::Rejected { .. } | Outcome::Cancelled { .. } => {
                        self.health.decided();
                    }
                    Outcome::Deferred { reply, .. } => {
                        if reply.is_some() {
                            self.health.decided();
                        }
                        // It may be due again before this run ends.
                        self.futile = None;
                    }
                    Outcome::InDoubt { .. } => {}
                    Outcome::Returned { reply, detail } => {
                        self.one_more_may_go();
                        self.futile = None;
                        if !matches!(signal, RelaySignal::Pause { .. }) {
                            self.trouble(reply.as_ref().map_or_else(|| detail.clone(), ToString::to_string));
                        }
                    }
                }
                self.weigh(job.row.id, &outcome, step, signal).await?;
            }
        }
        Ok(())
    }

    /// Asks the stop rules.
    async fn weigh(
        &mut self,
        row: i64,
        outcome: &Outcome,
        step: Option<crate::domain::outcome::Step>,
        signal: RelaySignal,
    ) -> Result<(), Failed> {
        if let RelaySignal::Pause { remedy } = signal {
            let reply = match outcome {
                Outcome::Deferred { reply: Some(reply), .. } | Outcome::Returned { reply: Some(reply), .. } => {
                    reply.to_string()
                }
                _ => String::new(),
            };
            return self.refused(format!("the relay refuses us as sender: {reply} ({remedy})")).await;
        }
        if let Some(refusal) = self.refusals.note(row, outcome, step) {
            let reason = format!("the same refusal for {} messages in a row: {refusal}", self.order.stop.in_a_row);
            return self.stop(reason).await;
        }
        match self.watch.note(outcome) {
            Some(stop) => self.stop(stop.to_string()).await,
            None => Ok(()),
        }
    }

    async fn refused(&mut self, reason: String) -> Result<(), Failed> {
        self.pause(reason.clone()).await?;
        self.end(Ending::Refused { reason });
        Ok(())
    }

    async fn stop(&mut self, reason: String) -> Result<(), Failed> {
        self.pause(reason.clone()).await?;
        self.end(Ending::StoppedByRule { reason });
        Ok(())
    }

    /// Pauses the campaign at once, so that no other process goes on either.
    async fn pause(&mut self, reason: String) -> Result<(), Failed> {
        if self.ending.is_some() {
            return Ok(());
        }
        let (campaign, now) = (self.order.campaign.clone(), self.shared.clock.now());
        self.shared.ledger.call(move |ledger| ledger.pause(&campaign, &reason, now)).await
    }

    fn trouble(&mut self, detail: String) {
        let first = self.health.trouble_since.is_none();
        if self.health.trouble(self.shared.clock.now()) {
            self.end(Ending::Unreachable { detail });
        } else if first {
            self.progress.say(&format!("the relay does not serve us at the moment: {detail}"));
        }
    }

    fn one_more_may_go(&mut self) {
        self.budget = self.budget.map(|left| left + 1);
    }
}

impl Futile {
    fn still_holds(&self, without: &[String], now: Timestamp) -> bool {
        self.without.iter().all(|domain| without.contains(domain)) && self.next_due.is_none_or(|at| now < at)
    }
}

fn earliest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// How long until a moment; `None` where it is over.
pub(super) fn time_until(at: Timestamp, now: Timestamp) -> Option<Duration> {
    Duration::try_from(at.duration_since(now)).ok().filter(|rest| !rest.is_zero())
}
