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
use super::pacing::{Moment, Pacer, Turn};
use super::progress::{Progress, Tally};
use super::queue::Queue;
use super::refusals::RefusalRun;
use super::{Ending, SendOrder};
use crate::domain::concurrency::Concurrency;
use crate::domain::slowdown::Slowdown;
use crate::domain::stop_rule::StopWatch;
use crate::domain::stream::Stream;

mod claiming;
mod health;
mod hearing;
mod keeping_hours;
mod learning;

use claiming::{Claims, Supply};
use health::Health;

/// Waits are never nothing, so that nobody spins.
const TICK: Duration = Duration::from_millis(1);
/// What is further away than this is left to a later run.
pub(super) const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// A lane as the dispatcher sees it.
struct LaneSeat {
    jobs: mpsc::Sender<Job>,
    /// Jobs it takes at once.
    takes: usize,
    /// It has a connection.
    is_open: bool,
    /// Jobs it was given that have not come back.
    load: usize,
    /// The number of the job it was given last, over all lanes.
    served: u64,
}

impl LaneSeat {
    /// It has a connection, or is to open one.
    fn is_engaged(&self) -> bool {
        self.is_open || self.load > 0
    }
}

/// What keeps the next row from going.
#[derive(Default)]
struct Hindrance {
    /// The pace: waited for, however long.
    rest: Option<Duration>,
    /// A cap, by the wall clock.
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
    claims: Claims,
    pacer: Pacer,
    hours: Hours,
    concurrency: Concurrency,
    /// When the run began: by the wall clock, and by the one that nobody sets.
    began: (Timestamp, Duration),
    learning: learning::Learning,
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
            lanes.push(LaneSeat { jobs, takes: 0, is_open: false, load: 0, served: 0 });
        }
        let began = (shared.clock.now(), shared.clock.elapsed());
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
            claims: Claims::default(),
            pacer,
            hours,
            concurrency: Concurrency::new(order.connections),
            began,
            learning: learning::Learning::default(),
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
    pub(super) async fn run(
        mut self,
        mut interrupt: watch::Receiver<bool>,
    ) -> (Ending, Tally, Vec<(Stream, Slowdown)>) {
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
                claimed = self.claims.brought(), if self.claims.is_under_way() => {
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
        self.remember_now_and_then().await;
        self.progress.show(&self.tally);
    }

    /// Lets lanes hang up, gives back what was claimed, and says how it ended.
    async fn wind_up(mut self) -> (Ending, Tally, Vec<(Stream, Slowdown)>) {
        self.lanes.clear();
        while self.tasks.join_next().await.is_some() {}
        if self.claims.is_under_way() {
            let claimed = self.claims.brought().await;
            if let Err(failed) = self.take_claimed(claimed).await {
                self.end(Ending::LedgerFailed(failed));
            }
        }
        self.remember().await;
        let claimed = self.queue.drain();
        if let Err(failed) = self.give_back(claimed).await {
            self.end(Ending::LedgerFailed(failed));
        }
        (self.ending.unwrap_or(Ending::Done), self.tally, self.pacer.slowed())
    }

    /// This moment, on the clock that nobody sets.
    fn moment(&self) -> Moment {
        let (began, elapsed_then) = self.began;
        let elapsed = self.shared.clock.elapsed();
        let since = SignedDuration::try_from(elapsed.saturating_sub(elapsed_then)).unwrap_or(SignedDuration::MAX);
        Moment { elapsed, steady: began.checked_add(since).unwrap_or(Timestamp::MAX) }
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
            let moment = self.moment();
            if let Some(rest) = self.health.rest(moment.elapsed) {
                return Ok(Some(rest));
            }
            self.queue.wake(moment);
            if self.queue.ready_rows() < self.low_water() {
                self.start_claim(now, moment);
            }
            let Some(lane) = self.free_lane() else { return Ok(None) };
            let hindrance = match self.next_row(now, moment) {
                Ok(job) => {
                    self.give(lane, job);
                    continue;
                }
                Err(hindrance) => hindrance,
            };
            match self.start_claim(now, moment) {
                // Rows of other streams may be on their way.
                Supply::UnderWay => return Ok(hindrance.rest),
                Supply::NotBefore(rest) => return Ok(earliest(hindrance.rest, Some(rest))),
                Supply::Exhausted => return self.wait_or_end(&hindrance, now).await,
            }
        }
    }

    /// Rows in hand with which no lane waits while more are claimed.
    fn low_water(&self) -> usize {
        self.lanes.len() * self.shared.depth()
    }

    /// The lane that gets the next job: one with little to do, and of those the one used last, so that no more connections
    /// stay open than the pace needs; and no more than the relay takes.
    fn free_lane(&self) -> Option<usize> {
        let many = self.concurrency.now();
        let engaged = self.lanes_engaged();
        let mut seats = 0;
        let free = self.lanes.iter().enumerate().filter(|(_, lane)| {
            seats += usize::from(lane.is_engaged());
            // Where there are more than may be, the first of them go on.
            let has_seat = if lane.is_engaged() { seats <= many } else { engaged < many };
            has_seat && lane.load < lane.takes
        });
        free.min_by_key(|(_, lane)| (lane.load, Reverse(lane.served))).map(|(number, _)| number)
    }

    /// Lanes that have a connection or are to open one.
    fn lanes_engaged(&self) -> usize {
        self.lanes.iter().filter(|lane| lane.is_engaged()).count()
    }

    fn give(&mut self, lane: usize, job: Job) {
        let Some(seat) = self.lanes.get_mut(lane) else { return };
        seat.served = job.number;
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

    fn next_row(&mut self, now: Timestamp, moment: Moment) -> Result<Job, Hindrance> {
        let by_the_wall = |at: Timestamp| now.checked_add(at.duration_since(moment.steady)).unwrap_or(Timestamp::MAX);
        if self.queue.is_empty() {
            return Err(Hindrance::default());
        }
        match self.pacer.relay_turn(moment) {
            Turn::Now => {}
            Turn::After(rest) => return Err(Hindrance { rest: Some(rest), cap: None }),
            Turn::At(at) => return Err(Hindrance { rest: None, cap: Some(by_the_wall(at)) }),
        }
        while let Some(stream) = self.queue.first() {
            match self.pacer.stream_turn(stream, moment) {
                Turn::Now => break,
                Turn::After(rest) => self.queue.rest_first(moment.elapsed + rest),
                Turn::At(at) => self.queue.cap_first(at),
            }
        }
        let Some((stream, row)) = self.queue.pop_first() else {
            return Err(Hindrance {
                rest: self.queue.first_rest().map(|until| until.saturating_sub(moment.elapsed).max(TICK)),
                cap: self.queue.first_cap().map(by_the_wall),
            });
        };
        self.pacer.begin(&stream, moment);
        self.served += 1;
        Ok(Job { row, stream, number: self.served, counted_at: moment.steady })
    }

    /// Nothing may go now. Waits for the pace, and for caps, retry times and hours that are near; else this run is over.
    async fn wait_or_end(&mut self, hindrance: &Hindrance, now: Timestamp) -> Result<Option<Duration>, Failed> {
        let mut waits = Waits { due: self.claims.next_due(), ..Waits::default() };
        // While something is under way or rests, its end brings us here again.
        if self.hours.are_set() && self.busy == 0 && hindrance.rest.is_none() {
            waits = self.what_waits(now).await?;
            if waits.is_news {
                self.claims.begin_anew();
                return Ok(Some(TICK));
            }
        }
        let (due, opening) = (waits.due, waits.opening.as_ref().map(|(at, _)| *at));
        // A lane that is long under way, or a long rest, must not keep anybody from a zone that opens meanwhile.
        let change = self.hours.change_at().filter(|_| self.busy > 0 || hindrance.rest.is_some());
        let near = [hindrance.cap, due, opening, change]
            .into_iter()
            .flatten()
            .min()
            .filter(|at| at.duration_since(now) <= LONGEST_WAIT)
            .map(|at| time_until(at, now).unwrap_or(TICK));
        let wait = earliest(hindrance.rest, near);
        if wait.is_none() && self.busy == 0 {
            let is_first = |at: Timestamp| [hindrance.cap, due, opening].into_iter().flatten().all(|other| at <= other);
            self.end(match (hindrance.cap, due, waits.opening) {
                _ if self.budget == Some(0) && self.queue.is_empty() => Ending::LimitReached,
                (Some(at), ..) if is_first(at) => Ending::Capped { until: at },
                (_, Some(at), _) if is_first(at) => Ending::Deferred { until: at },
                (_, _, Some((until, zone))) => Ending::OutsideHours { until, zone },
                _ if waits.never => Ending::ScheduleOver,
                _ => Ending::Done,
            });
        }
        Ok(wait)
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
