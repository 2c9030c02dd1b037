//! What lanes tell, and what follows from it: tallies, stop rules, pauses.

use super::Dispatcher;
use crate::domain::concurrency::Feedback;
use crate::domain::outcome::{Outcome, Step};
use crate::domain::verdict::RelaySignal;
use crate::engine::ports::RelayTrouble;
use crate::engine::send::Ending;
use crate::engine::send::lanes::{Fate, Job, News};
use crate::engine::send::ledger_thread::Failed;

impl Dispatcher<'_> {
    pub(super) async fn hear(&mut self, lane: usize, news: News) -> Result<(), Failed> {
        match news {
            News::Takes(takes) => {
                if let Some(seat) = self.lanes.get_mut(lane) {
                    seat.takes = takes;
                }
            }
            News::Opened => {
                self.health.opened();
                self.seat_is_open(lane, true);
                self.feed_back(Feedback::Opened);
            }
            News::Closed => self.seat_is_open(lane, false),
            News::Unopened { jobs, trouble } => {
                self.seat_is_open(lane, false);
                self.relieve(lane, jobs.len());
                self.take_back(jobs);
                match trouble {
                    // The relay serves the others: this one is too many, and nobody is worse off without it.
                    RelayTrouble::Passing { .. } if self.lanes.iter().any(|lane| lane.is_open) => {
                        self.feed_back(Feedback::TurnedAway);
                    }
                    RelayTrouble::Passing { detail, .. } => self.trouble(detail),
                    RelayTrouble::Lasting { detail, reply: Some(_) } => self.refused(detail).await?,
                    RelayTrouble::Lasting { detail, reply: None } => self.end(Ending::Misconfigured { detail }),
                }
            }
            News::Late { jobs } => {
                self.relieve(lane, jobs.len());
                self.take_back(jobs);
                self.hours.doubt();
            }
            News::GivenBack { jobs } => {
                self.relieve(lane, jobs.len());
                self.take_back(jobs);
            }
            News::Differs { job, differs } => {
                self.relieve(lane, 1);
                self.take_back(vec![job]);
                self.end(Ending::Differs(differs));
            }
            News::Carried { job, fate } => {
                self.relieve(lane, 1);
                self.settle(job, fate).await?;
            }
            News::LedgerFailed(failed) => {
                let left = self.lanes.get(lane).map_or(0, |seat| seat.load);
                self.relieve(lane, left);
                self.end(Ending::LedgerFailed(failed));
            }
        }
        Ok(())
    }

    fn seat_is_open(&mut self, lane: usize, is_open: bool) {
        if let Some(seat) = self.lanes.get_mut(lane) {
            seat.is_open = is_open;
        }
    }

    /// Learns how many connections the relay takes.
    fn feed_back(&mut self, feedback: Feedback) {
        let used = self.lanes_engaged();
        self.concurrency.hear(feedback, used, self.shared.clock.elapsed());
    }

    /// Rows that never got an intent wait again.
    pub(super) fn take_back(&mut self, jobs: Vec<Job>) {
        for job in jobs.into_iter().rev() {
            self.pacer.take_back(&job.stream, job.counted_at);
            self.queue.push_front(&job.stream, job.row);
        }
    }

    async fn settle(&mut self, job: Job, fate: Fate) -> Result<(), Failed> {
        match fate {
            Fate::Suppressed => {
                self.pacer.take_back(&job.stream, job.counted_at);
                self.tally.suppressed += 1;
                self.one_more_may_go();
            }
            Fate::Withdrawn => {
                self.pacer.take_back(&job.stream, job.counted_at);
                self.tally.cancelled += 1;
                self.one_more_may_go();
            }
            Fate::Halted { reason } => {
                self.pacer.take_back(&job.stream, job.counted_at);
                self.end(Ending::Halted { reason: format!("the campaign was stopped while sending: {reason}") });
            }
            Fate::Attempted { outcome, step, signal } => {
                self.tally.note(&outcome);
                self.progress.carried(job.row.planned.address.domain(), &outcome);
                self.learn(&job, &outcome, &signal);
                match &outcome {
                    Outcome::Accepted { .. } | Outcome::Rejected { .. } | Outcome::Cancelled { .. } => {
                        self.health.decided();
                    }
                    Outcome::Deferred { reply, .. } => {
                        if reply.is_some() {
                            self.health.decided();
                        }
                        // It may be due again before this run ends.
                        self.claims.expect_rows();
                    }
                    Outcome::InDoubt { .. } => {}
                    Outcome::Returned { reply, detail } => {
                        self.one_more_may_go();
                        self.claims.expect_rows();
                        let others_are_served = signal == RelaySignal::TooManyConnections && self.lanes_engaged() > 1;
                        if !matches!(signal, RelaySignal::Pause { .. }) && !others_are_served {
                            self.trouble(reply.as_ref().map_or_else(|| detail.clone(), ToString::to_string));
                        }
                    }
                }
                self.weigh(job.row.id, &outcome, step, signal).await?;
            }
        }
        Ok(())
    }

    /// Learns from an outcome about the pace and about connections.
    fn learn(&mut self, job: &Job, outcome: &Outcome, signal: &RelaySignal) {
        let moment = self.moment();
        let slowed = self.pacer.hear(&job.stream, (job.number, self.served), (outcome, signal), moment);
        if let Some((stream, slowdown)) = slowed {
            self.tell_slowed(&stream, &slowdown);
        }
        self.feed_back(match signal {
            RelaySignal::Fine | RelaySignal::SlowDomain | RelaySignal::Pause { .. } => Feedback::Served,
            RelaySignal::TooManyConnections => Feedback::TurnedAway,
            RelaySignal::SlowRelay | RelaySignal::BackOff => Feedback::Lost,
        });
    }

    /// Asks the stop rules.
    async fn weigh(
        &mut self,
        row: i64,
        outcome: &Outcome,
        step: Option<Step>,
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
        if self.health.trouble(self.shared.clock.elapsed()) {
            self.end(Ending::Unreachable { detail });
        } else if first {
            self.progress.say(&format!("the relay does not serve us at the moment: {detail}"));
        }
    }

    fn one_more_may_go(&mut self) {
        self.budget = self.budget.map(|left| left + 1);
    }
}
