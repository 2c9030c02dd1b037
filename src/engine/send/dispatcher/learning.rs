//! What the relay and receivers ask for: said, and remembered for the next run.

use std::time::Duration;

use super::Dispatcher;
use crate::domain::slowdown::Slowdown;
use crate::domain::stream::Stream;
use crate::engine::send::Ending;

/// Between two times of remembering: what was learned is written seldom, not per message.
const REMEMBER_AFTER: Duration = Duration::from_secs(2);
/// Slowed streams that are told one by one.
const TOLD: usize = 5;

/// What has been said and remembered.
#[derive(Debug, Default)]
pub(super) struct Learning {
    remembered_at: Option<Duration>,
    told: usize,
}

impl Dispatcher<'_> {
    /// Says that a stream is slowed now; of very many only the first.
    pub(super) fn tell_slowed(&mut self, stream: &Stream, slowdown: &Slowdown) {
        self.learning.told += 1;
        if self.learning.told <= TOLD {
            let rest = slowdown.rest().as_secs_f64();
            self.progress.say(&format!("{stream} asks us to slow down: a message every {rest:.1} s from now on"));
        } else if self.learning.told == TOLD + 1 {
            self.progress.say("more of them ask us to slow down, and are served more slowly");
        }
    }

    /// Remembers what was learned, where there is something and the last time is a while ago.
    pub(super) async fn remember_now_and_then(&mut self) {
        if !self.pacer.has_learned() {
            return;
        }
        let elapsed = self.shared.clock.elapsed();
        if self.learning.remembered_at.is_none_or(|at| elapsed >= at + REMEMBER_AFTER) {
            self.learning.remembered_at = Some(elapsed);
            self.remember().await;
        }
    }

    /// Remembers what was learned, if anything.
    pub(super) async fn remember(&mut self) {
        let learned = self.pacer.take_learned();
        if learned.is_empty() || matches!(self.ending, Some(Ending::LedgerFailed(_))) {
            return;
        }
        let now = self.shared.clock.now();
        if let Err(failed) = self.shared.ledger.call(move |ledger| ledger.remember_paces(&learned, now)).await {
            self.end(Ending::LedgerFailed(failed));
        }
    }
}
