//! What a run has done so far, for whoever watches it.

use crate::domain::outcome::Outcome;

/// Counts of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Taken by the next hop.
    pub accepted: u64,
    /// Refused for good.
    pub rejected: u64,
    /// Put off.
    pub deferred: u64,
    /// Not known.
    pub in_doubt: u64,
    /// Stopped by a suppression.
    pub suppressed: u64,
    /// The relay cannot carry them.
    pub cancelled: u64,
}

impl Tally {
    /// Rows that came to something.
    pub fn done(&self) -> u64 {
        self.accepted + self.rejected + self.deferred + self.in_doubt + self.suppressed + self.cancelled
    }

    /// Takes note of one outcome; one that came back undecided is none.
    pub fn note(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Accepted { .. } => self.accepted += 1,
            Outcome::Rejected { .. } => self.rejected += 1,
            Outcome::Deferred { .. } => self.deferred += 1,
            Outcome::InDoubt { .. } => self.in_doubt += 1,
            Outcome::Cancelled { .. } => self.cancelled += 1,
            Outcome::Returned { .. } => {}
        }
    }
}

/// Somebody who watches a run.
pub trait Progress {
    /// Something changed.
    fn show(&mut self, tally: &Tally);
    /// What became of one message to this recipient domain.
    fn carried(&mut self, _domain: &str, _outcome: &Outcome) {}
    /// Something to say: the relay cannot be reached, a cap makes us wait …
    fn say(&mut self, words: &str);
}
