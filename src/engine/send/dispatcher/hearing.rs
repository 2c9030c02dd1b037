//! What lanes tell, and what follows from it: tallies, stop rules, pauses.

use super::Dispatcher;
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
            News::Opened => self.health.opened(),
            News::Unopened { jobs, trouble } => {
                self.relieve(lane, jobs.len());
                self.take_back(jobs);
                match trouble {
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

    /// Rows that never got an intent wait again.
    pub(super) fn take_back(&mut self, jobs: Vec<Job>) {
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
            Fate::Withdrawn => {
                self.pacer.take_back(job.row.planned.address.domain(), job.counted_at);
                self.tally.cancelled += 1;
                self.one_more_may_go();
            }
            Fate::Halted { reason } => {
                self.pacer.take_back(job.row.planned.address.domain(), job.counted_at);
                self.end(Ending::Halted { reason: format!("the campaign was stopped while sending: {reason}") });
            }
            Fate::Attempted { outcome, step, signal } => {
                self.tally.note(&outcome);
                self.progress.carried(job.row.planned.address.domain(), &outcome);
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
                        self.expect_rows();
                    }
                    Outcome::InDoubt { .. } => {}
                    Outcome::Returned { reply, detail } => {
                        self.one_more_may_go();
                        self.expect_rows();
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
