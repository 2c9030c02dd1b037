//! Decides which row goes next, on which lane, and when to stop.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::hours::{Hours, Waits};
use super::lanes::{Job, LaneTask, News, Shared};
use super::ledger_thread::Failed;
use super::pacing::{Pacer, Turn};
use super::progress::{Progress, Tally};
use super::queue::Queue;
use super::refusals::RefusalRun;
use super::{Ending, SendOrder};
use crate::domain::invitation::Invitation;
use crate::domain::stop_rule::StopWatch;
use crate::engine::ports::ClaimFilter;

mod health;
mod hearing;
mod keeping_hours;

use health::Health;

/// Rows claimed at once.
const CLAIM: usize = 256;
/// A domain with this many rows waiting needs no more claimed.
const ENOUGH_OF_A_DOMAIN: usize = 64;
/// What is further away than this is left to a later run.
pub(super) const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(60);

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
    hours: Hours,
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

impl<'a> Dispatcher<'a> {
    pub(super) fn new(order: &'a SendOrder, shared: Shared, pacer: Pacer, progress: &'a mut dyn Progress) -> Self {
        let (tell, news) = mpsc::unbounded_channel();
        let (ended, over) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let hours = Hours::new(order.timetable(), shared.clock.now());
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
            hours,
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
        if let Err(failed) = self.meet_the_zones().await {
            self.end(Ending::LedgerFailed(failed));
        }
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
            if self.hours.look(now) {
                self.follow_the_hours(now).await?;
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
                return self.wait_or_end(&hindrance, now).await;
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

    /// Nothing may go now. Waits for the pace, and for caps, retry times and hours that are near; else this run is over.
    async fn wait_or_end(&mut self, hindrance: &Hindrance, now: Timestamp) -> Result<Option<Duration>, Failed> {
        let mut waits = Waits { due: self.futile.as_ref().and_then(|futile| futile.next_due), ..Waits::default() };
        // While something is under way or rests, its end brings us here again.
        if self.hours.are_set() && self.busy == 0 && hindrance.rest.is_none() {
            waits = self.what_waits(now).await?;
            if waits.is_news {
                self.futile = None;
                return Ok(Some(Duration::from_millis(1)));
            }
        }
        let (due, opening) = (waits.due, waits.opening.as_ref().map(|(at, _)| *at));
        // A lane that is long under way must not keep anybody from a zone that opens meanwhile.
        let change = self.hours.change_at().filter(|_| self.busy > 0);
        let near = [hindrance.cap, due, opening, change]
            .into_iter()
            .flatten()
            .min()
            .filter(|at| at.duration_since(now) <= LONGEST_WAIT)
            .map(|at| time_until(at, now).unwrap_or(Duration::from_millis(1)));
        let wait = earliest(hindrance.rest, near);
        if wait.is_none() && self.busy == 0 {
            let is_first = |at: Timestamp| [hindrance.cap, due, opening].into_iter().flatten().all(|other| at <= other);
            self.end(match (hindrance.cap, due, waits.opening) {
                _ if self.budget == Some(0) && self.queue.len() == 0 => Ending::LimitReached,
                (Some(at), ..) if is_first(at) => Ending::Capped { until: at },
                (_, Some(at), _) if is_first(at) => Ending::Deferred { until: at },
                (_, _, Some((until, zone))) => Ending::OutsideHours { until, zone },
                _ if waits.never => Ending::ScheduleOver,
                _ => Ending::Done,
            });
        }
        Ok(wait)
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
        let plans: Vec<String> = self.order.plans().cloned().collect();
        let (only, not_domains, zones) = (self.order.only.clone(), without.clone(), self.hours.open_zones());
        let (rows, next_due) = self
            .shared
            .ledger
            .call(move |ledger| {
                let filter =
                    ClaimFilter { segment: only.as_deref(), not_domains: &not_domains, zones: zones.as_deref() };
                let (mut rows, mut next_due) = (Vec::new(), None);
                for plan in &plans {
                    rows.extend(ledger.claim(plan, room - rows.len(), filter, now)?);
                    if rows.len() >= room {
                        break;
                    }
                    next_due = earliest(next_due, ledger.next_due(plan)?);
                }
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
        let mut aside = Vec::new();
        for row in rows {
            match self.hours.let_go(&row, now) {
                true => self.queue.push_back(row),
                false => aside.push(row.id),
            }
        }
        if aside.is_empty() {
            return Ok(came);
        }
        // Another process planned them meanwhile; now that their zone is known, others come in their place.
        self.unclaim(aside, now).await?;
        self.futile = None;
        Box::pin(self.claim(now)).await
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
