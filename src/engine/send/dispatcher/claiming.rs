//! Where rows come from: claims of the ledger, in batches, while others are on their way.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;

use super::super::ledger_thread::Failed;
use super::super::pacing::Moment;
use super::super::trace;
use super::{Dispatcher, earliest};
use crate::domain::invitation::Invitation;
use crate::engine::ports::{ClaimFilter, PortFuture};

/// Rows claimed at once, at least.
const CLAIM: usize = 256;
/// A stream with this many rows waiting needs no more claimed.
const ENOUGH_OF_A_STREAM: usize = 64;
/// Most claims go on where the last one ended. Only after such a time one begins anew, with what was put off and the rows of
/// streams that were left out: passing over them costs the ledger time, and every other row waits for that.
const ANEW_AFTER: Duration = Duration::from_millis(500);
/// Between two claims that find less than they could take, however often slow streams come and go.
const FUTILE_REST: Duration = Duration::from_millis(50);

/// What a claim brought: rows, and when the next deferred row is due.
type Claimed = Result<(Vec<Invitation>, Option<Timestamp>), Failed>;

/// A claim that found nothing more: when another may.
struct Futile {
    /// Domains it left out.
    without: HashSet<String>,
    /// When the next deferred row is due.
    next_due: Option<Timestamp>,
}

/// A claim under way.
struct Claim {
    /// Domains it leaves out.
    without: HashSet<String>,
    /// Rows it asks for.
    room: usize,
    asked_at: Timestamp,
    /// It goes on where another ended, so that finding few says nothing.
    goes_on: bool,
    /// Rows have changed since it was asked for: finding none says nothing about them.
    is_outdated: bool,
    /// Rows before those it finds may be claimed meanwhile: the next one does not go on where it ends.
    is_overtaken: bool,
    brings: PortFuture<'static, Claimed>,
}

/// Whether more rows will come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Supply {
    /// A claim is under way.
    UnderWay,
    /// It may be tried after this time.
    NotBefore(Duration),
    /// That was tried, and nothing has changed since.
    Exhausted,
}

/// Claims made so far.
#[derive(Default)]
pub(super) struct Claims {
    under_way: Option<Claim>,
    futile: Option<Futile>,
    /// No claim that may be futile before this.
    not_before: Duration,
    /// The last planned row that was claimed, where the next claim may go on behind it.
    behind: Option<i64>,
    /// When the next claim must begin anew.
    anew_at: Duration,
}

impl Claims {
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// What the claim under way brings. May be dropped and asked again.
    pub(super) async fn brought(&mut self) -> Claimed {
        match &mut self.under_way {
            Some(claim) => claim.brings.as_mut().await,
            None => std::future::pending().await,
        }
    }

    /// When the next deferred row is due, where nothing else is left.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.futile.as_ref().and_then(|futile| futile.next_due)
    }

    /// Rows may be claimed that could not be before.
    pub(super) fn expect_rows(&mut self) {
        self.futile = None;
        if let Some(claim) = &mut self.under_way {
            claim.is_outdated = true;
        }
    }

    /// Rows before those that were claimed may be claimed now: the next claim begins with the first.
    pub(super) fn begin_anew(&mut self) {
        self.expect_rows();
        (self.behind, self.not_before) = (None, Duration::ZERO);
        if let Some(claim) = &mut self.under_way {
            claim.is_overtaken = true;
        }
    }
}

impl Futile {
    fn still_holds(&self, without: &HashSet<String>, now: Timestamp) -> bool {
        self.without.is_subset(without) && self.next_due.is_none_or(|at| now < at)
    }
}

impl Dispatcher<'_> {
    /// Starts to claim more rows, unless that was tried and nothing has changed since.
    pub(super) fn start_claim(&mut self, now: Timestamp, moment: Moment) -> Supply {
        if self.claims.is_under_way() {
            return Supply::UnderWay;
        }
        let usual = CLAIM.max(2 * self.low_water());
        let room = self.budget.map_or(usual, |left| usize::try_from(left).map_or(usual, |left| left.min(usual)));
        if room == 0 {
            return Supply::Exhausted;
        }
        let goes_on = self.claims.behind.is_some() && moment.elapsed < self.claims.anew_at;
        // Asked before anything is looked through: this is asked often.
        if !goes_on && moment.elapsed < self.claims.not_before {
            return Supply::NotBefore(self.claims.not_before - moment.elapsed);
        }
        let enough = ENOUGH_OF_A_STREAM.max(self.low_water());
        let streams = self.pacer.streams();
        let provided = self.queue.provided(enough).flat_map(|stream| streams.domains_of(stream));
        let without: HashSet<String> = provided.map(str::to_owned).collect();
        if !goes_on && self.claims.futile.as_ref().is_some_and(|futile| futile.still_holds(&without, now)) {
            return Supply::Exhausted;
        }
        if !goes_on {
            (self.claims.behind, self.claims.anew_at) = (None, moment.elapsed + ANEW_AFTER);
        }
        let brings = self.claim(without.clone(), room, now);
        let claim = Claim { without, room, asked_at: now, goes_on, is_outdated: false, is_overtaken: false, brings };
        self.claims.under_way = Some(claim);
        Supply::UnderWay
    }

    fn claim(&self, without: HashSet<String>, room: usize, now: Timestamp) -> PortFuture<'static, Claimed> {
        let plans: Vec<String> = self.order.plans().cloned().collect();
        let (only, behind, zones) = (self.order.only.clone(), self.claims.behind, self.hours.open_zones());
        let ledger = self.shared.ledger.clone();
        Box::pin(async move {
            ledger
                .call(move |ledger| {
                    let (segment, zones) = (only.as_deref(), zones.as_deref());
                    let filter = ClaimFilter { segment, not_domains: Some(&without), zones, behind };
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
        })
    }

    pub(super) async fn take_claimed(&mut self, claimed: Claimed) -> Result<(), Failed> {
        let Some(claim) = self.claims.under_way.take() else { return Ok(()) };
        let (rows, next_due) = claimed?;
        trace::claimed(rows.len(), claim.room);
        let found_all = rows.len() < claim.room;
        // Ids grow in planned order. One that was tried before may have been put off, and says nothing about that order.
        let last = rows.iter().filter(|row| row.attempts == 0).map(|row| row.id).max();
        self.claims.behind = if found_all || claim.is_overtaken { None } else { last.or(self.claims.behind) };
        self.claims.futile = None;
        if found_all && !claim.goes_on {
            self.claims.not_before = self.moment().elapsed + FUTILE_REST;
            self.claims.futile = (!claim.is_outdated).then_some(Futile {
                without: claim.without,
                // One that is due already was not to be had: another segment, or a domain that was left out.
                next_due: next_due.filter(|at| *at > claim.asked_at),
            });
        }
        self.budget = self.budget.map(|left| left.saturating_sub(rows.len() as u64));
        let now = self.shared.clock.now();
        let mut aside = Vec::new();
        for row in rows {
            if self.hours.let_go(&row, now) {
                let stream = self.pacer.streams().of(row.planned.address.domain());
                self.queue.push_back(&stream, row);
            } else {
                aside.push(row.id);
            }
        }
        // Another process planned them meanwhile, or their hours ended; now that this is known, others come in their place.
        self.unclaim(aside, now).await
    }
}
