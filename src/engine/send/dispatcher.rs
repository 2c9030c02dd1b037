//! Decides which row goes next, on which lane, and when to stop.

use std::cmp::Reverse;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tracing::{Instrument, info_span};

use super::hours::{Hours, Waits};
use super::lanes::{Job, LaneTask, News, Shared};
use super::ledger_thread::Failed;
use super::pacing::{Pacer, Turn};
use super::progress::{Progress, Tally};
use super::queue::Queue;
use super::refusals::RefusalRun;
use super::{Ending, SendOrder, trace};
use crate::domain::invitation::Invitation;
use crate::domain::stop_rule::StopWatch;
use crate::engine::ports::{ClaimFilter, PortFuture};

mod health;
mod hearing;
mod keeping_hours;

use health::Health;

/// Rows claimed at once, at least.
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

/// What a claim brought: rows, and when the next deferred row is due.
type Claimed = Result<(Vec<Invitation>, Option<Timestamp>), Failed>;

/// A claim under way.
struct Claim {
    /// Domains it leaves out.
    without: Vec<String>,
    /// Rows it asks for.
    room: usize,
    asked_at: Timestamp,
    /// Rows have changed since it was asked for: finding none says nothing about them.
    is_outdated: bool,
    brings: PortFuture<'static, Claimed>,
}

/// A lane as the dispatcher sees it.
struct LaneSeat {
    jobs: mpsc::Sender<Job>,
    /// Jobs it takes at once.
    takes: usize,
    /// Jobs it was given that have not come back.
    load: usize,
    /// The number of the job it was given last, over all lanes.
    served: u64,
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
    lanes: Vec<LaneSeat>,
    tasks: JoinSet<()>,
    news: mpsc::UnboundedReceiver<(usize, News)>,
    /// Jobs with lanes.
    busy: usize,
    /// Jobs given to lanes so far.
    served: u64,
    queue: Queue,
    claiming: Option<Claim>,
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
            let (jobs, waiting) = mpsc::channel(shared.depth());
            let lane = LaneTask::new(number, shared.clone(), tell.clone(), over.clone(), waiting);
            tasks.spawn(lane.run().instrument(info_span!("lane", number)));
            lanes.push(LaneSeat { jobs, takes: 0, load: 0, served: 0 });
        }
        Self {
            order,
            shared,
            progress,
            lanes,
            tasks,
            news,
            busy: 0,
            served: 0,
            queue: Queue::default(),
            claiming: None,
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
                claimed = brought(&mut self.claiming), if self.claiming.is_some() => {
                    if let Err(failed) = self.take_claimed(claimed).await {
                        self.end(Ending::LedgerFailed(failed));
                    }
                }
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
        if self.claiming.is_some() {
            let claimed = brought(&mut self.claiming).await;
            if let Err(failed) = self.take_claimed(claimed).await {
                self.end(Ending::LedgerFailed(failed));
            }
        }
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
            if !self.health.good && self.busy > 0 {
                return Ok(None);
            }
            if let Some(rest) = self.health.rest(now) {
                return Ok(Some(rest));
            }
            if self.queue.len() < self.low_water() {
                self.start_claim(now);
            }
            let Some(lane) = self.free_lane() else { return Ok(None) };
            match self.next_row(now) {
                Ok(row) => self.give(lane, Job { row, counted_at: now }),
                // Rows of other domains may be on their way.
                Err(hindrance) if self.start_claim(now) => return Ok(hindrance.rest),
                Err(hindrance) => return self.wait_or_end(&hindrance, now).await,
            }
        }
    }

    /// Rows in hand with which no lane waits while more are claimed.
    fn low_water(&self) -> usize {
        self.lanes.len() * self.shared.depth()
    }

    /// The lane that gets the next job: one with little to do, and of those the one used last, so that no more connections
    /// stay open than the pace needs.
    fn free_lane(&self) -> Option<usize> {
        let free = self.lanes.iter().enumerate().filter(|(_, lane)| lane.load < lane.takes);
        free.min_by_key(|(_, lane)| (lane.load, Reverse(lane.served))).map(|(number, _)| number)
    }

    fn give(&mut self, lane: usize, job: Job) {
        let Some(seat) = self.lanes.get_mut(lane) else { return };
        self.served += 1;
        seat.served = self.served;
        match seat.jobs.try_send(job) {
            Ok(()) => {
                seat.load += 1;
                self.busy += 1;
            }
            Err(refused) => {
                // A lane that is gone has panicked; the run ends with its panic.
                seat.takes = 0;
                self.take_back(vec![refused.into_inner()]);
            }
        }
    }

    /// So many jobs have come back from a lane.
    fn relieve(&mut self, lane: usize, jobs: usize) {
        if let Some(seat) = self.lanes.get_mut(lane) {
            seat.load = seat.load.saturating_sub(jobs);
        }
        self.busy = self.busy.saturating_sub(jobs);
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

    /// Starts to claim more rows, unless that was tried and nothing has changed since; whether a claim is under way.
    fn start_claim(&mut self, now: Timestamp) -> bool {
        if self.claiming.is_some() {
            return true;
        }
        let usual = CLAIM.max(2 * self.low_water());
        let room = self.budget.map_or(usual, |left| usize::try_from(left).map_or(usual, |left| left.min(usual)));
        // Of a domain at its cap one row in hand is enough, and needed: it tells when to go on.
        let enough = ENOUGH_OF_A_DOMAIN.max(self.low_water());
        let without: Vec<String> = self
            .queue
            .domains()
            .filter(|domain| {
                self.queue.rows_of(domain) >= enough || self.pacer.domain_capped_until(domain, now).is_some()
            })
            .cloned()
            .collect();
        if room == 0 || self.futile.as_ref().is_some_and(|futile| futile.still_holds(&without, now)) {
            return false;
        }
        let plans: Vec<String> = self.order.plans().cloned().collect();
        let (only, not_domains, zones) = (self.order.only.clone(), without.clone(), self.hours.open_zones());
        let ledger = self.shared.ledger.clone();
        let brings = Box::pin(async move {
            ledger
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
                .await
        });
        self.claiming = Some(Claim { without, room, asked_at: now, is_outdated: false, brings });
        true
    }

    /// Rows may be claimed that could not be before.
    fn expect_rows(&mut self) {
        self.futile = None;
        if let Some(claim) = &mut self.claiming {
            claim.is_outdated = true;
        }
    }

    async fn take_claimed(&mut self, claimed: Claimed) -> Result<(), Failed> {
        let Some(Claim { without, room, asked_at, is_outdated, .. }) = self.claiming.take() else { return Ok(()) };
        let (rows, next_due) = claimed?;
        trace::claimed(rows.len(), room);
        self.futile = (rows.len() < room && !is_outdated).then(|| Futile {
            without,
            // One that is due already was not to be had: another segment, or a domain at its cap.
            next_due: next_due.filter(|at| *at > asked_at),
        });
        self.budget = self.budget.map(|left| left.saturating_sub(rows.len() as u64));
        let now = self.shared.clock.now();
        let mut aside = Vec::new();
        for row in rows {
            match self.hours.let_go(&row, now) {
                true => self.queue.push_back(row),
                false => aside.push(row.id),
            }
        }
        if !aside.is_empty() {
            // Another process planned them meanwhile; now that their zone is known, others come in their place.
            self.unclaim(aside, now).await?;
            self.futile = None;
        }
        Ok(())
    }
}

/// What a claim under way brings.
async fn brought(claiming: &mut Option<Claim>) -> Claimed {
    match claiming {
        Some(claim) => claim.brings.as_mut().await,
        None => std::future::pending().await,
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
