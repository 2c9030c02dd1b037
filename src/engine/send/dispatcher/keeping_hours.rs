//! What the hours of the schedule make of the rows in hand.

use jiff::Timestamp;

use super::Dispatcher;
use crate::engine::send::hours::Waits;
use crate::engine::send::ledger_thread::Failed;
use crate::engine::send::waiting;

impl Dispatcher<'_> {
    /// A zone opened or closed: rows of closed zones go back to the ledger, so that they hold nobody else back.
    pub(super) async fn follow_the_hours(&mut self, now: Timestamp) -> Result<(), Failed> {
        self.futile = None;
        let hours = &mut self.hours;
        let aside = self.queue.set_aside(|row| hours.let_go(row, now));
        self.unclaim(aside, now).await
    }

    pub(super) async fn unclaim(&mut self, rows: Vec<i64>, now: Timestamp) -> Result<(), Failed> {
        if rows.is_empty() {
            return Ok(());
        }
        self.budget = self.budget.map(|left| left + rows.len() as u64);
        self.shared.ledger.call(move |ledger| ledger.release(&rows, now)).await
    }

    /// Gets to know the zones of all rows, so that none of a closed one is claimed.
    pub(super) async fn meet_the_zones(&mut self) -> Result<(), Failed> {
        if self.hours.are_set() {
            self.what_waits(self.shared.clock.now()).await?;
        }
        Ok(())
    }

    /// What the schedule keeps back, and until when.
    pub(super) async fn what_waits(&mut self, now: Timestamp) -> Result<Waits, Failed> {
        let order = self.order.clone();
        let waiting = self.shared.ledger.call(move |ledger| waiting(ledger, &order)).await?;
        Ok(self.hours.weigh(&waiting, now))
    }
}
