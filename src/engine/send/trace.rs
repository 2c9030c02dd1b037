//! What a support case may see of a run: spans and events of the `tracing` crate, without anything personal. No address, no
//! recipient domain, no name, no key, no reply's text, no path. Rows are known by their numbers in the ledger.
//!
//! Where nobody listens, each costs the look at one number in memory.

use tokio::time::Instant;
use tracing::{Level, debug, enabled, error, info, warn};

use super::Ending;
use super::lanes::{Fate, Job, News};
use super::progress::Tally;
use crate::domain::outcome::{Outcome, Reply};
use crate::engine::ports::{LedgerError, RelayTrouble};

/// What a lane tells the dispatcher.
pub fn news(news: &News) {
    match news {
        News::Takes(jobs) => debug!(jobs, "takes"),
        News::Opened => info!("connected"),
        News::Closed => debug!("disconnected"),
        News::Unopened { jobs, trouble } => {
            let (is_lasting, reply) = match trouble {
                RelayTrouble::Passing { reply, .. } => (false, reply),
                RelayTrouble::Lasting { reply, .. } => (true, reply),
            };
            warn!(is_lasting, code = code(reply.as_ref()), given_back = jobs.len(), "no connection");
        }
        News::Late { jobs } => debug!(given_back = jobs.len(), "outside their hours"),
        News::GivenBack { jobs } => debug!(given_back = jobs.len(), "given back"),
        News::Carried { job, fate } => carried(job, fate),
        News::Differs { job, .. } => error!(row = job.row.id, "differs from the plan"),
        News::LedgerFailed(failed) => error!(ledger = kind(failed), "the ledger failed"),
    }
}

fn carried(job: &Job, fate: &Fate) {
    let row = job.row.id;
    match fate {
        Fate::Attempted { outcome, step, .. } => {
            let (what, reply) = match outcome {
                Outcome::Accepted { reply } => ("accepted", Some(reply)),
                Outcome::Deferred { reply, .. } => ("deferred", reply.as_ref()),
                Outcome::Rejected { reply, .. } => ("rejected", Some(reply)),
                Outcome::InDoubt { .. } => ("in doubt", None),
                Outcome::Returned { reply, .. } => ("returned", reply.as_ref()),
                Outcome::Cancelled { .. } => ("cancelled", None),
            };
            let (attempt, enhanced) = (job.row.attempts + 1, enhanced(reply));
            debug!(row, attempt, outcome = what, step = ?step, code = code(reply), enhanced, "attempted");
        }
        Fate::Suppressed => debug!(row, "suppressed"),
        Fate::Withdrawn => debug!(row, "withdrawn"),
        Fate::Halted { .. } => warn!(row, "halted"),
    }
}

/// Rows came out of the ledger.
pub fn claimed(rows: usize, asked_for: usize) {
    debug!(rows, asked_for, "claimed");
}

/// The end of a run.
pub fn ended(ending: &Ending, tally: &Tally) {
    let Tally { accepted, rejected, deferred, in_doubt, suppressed, cancelled } = *tally;
    let why = match ending {
        Ending::Done => "done",
        Ending::LimitReached => "limit reached",
        Ending::Capped { .. } => "capped",
        Ending::Deferred { .. } => "deferred",
        Ending::TooEarly { .. } => "too early",
        Ending::OutsideHours { .. } => "outside hours",
        Ending::ScheduleOver => "schedule over",
        Ending::Interrupted => "interrupted",
        Ending::Halted { .. } => "halted",
        Ending::StoppedByRule { .. } => "stopped by a rule",
        Ending::Refused { .. } => "refused",
        Ending::Misconfigured { .. } => "misconfigured",
        Ending::Unreachable { .. } => "unreachable",
        Ending::Differs(_) => "a message differs",
        Ending::LedgerFailed(_) => "the ledger failed",
    };
    info!(why, accepted, rejected, deferred, in_doubt, suppressed, cancelled, "ended");
}

/// A commit of the ledger under way, timed where somebody listens.
pub struct Commit(Option<Instant>);

impl Commit {
    /// It begins.
    pub fn begin() -> Self {
        Self(enabled!(Level::DEBUG).then(Instant::now))
    }

    /// It is done.
    pub fn end(self, outcomes: usize, intents: usize, failed: Option<&LedgerError>) {
        let Some(began) = self.0 else { return };
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        match failed {
            None => debug!(outcomes, intents, micros, "committed"),
            Some(failed) => error!(outcomes, intents, micros, ledger = kind(failed), "not committed"),
        }
    }
}

/// A ledger's failure without its words, in which paths may stand.
fn kind(failed: &LedgerError) -> &'static str {
    match failed {
        LedgerError::Unwritable(_) => "unwritable",
        LedgerError::Damaged(_) => "damaged",
        LedgerError::Refused(_) => "refused",
    }
}

fn code(reply: Option<&Reply>) -> Option<u16> {
    reply.map(|reply| reply.code)
}

fn enhanced(reply: Option<&Reply>) -> Option<String> {
    let (class, subject, detail) = reply?.enhanced?;
    Some(format!("{class}.{subject}.{detail}"))
}
