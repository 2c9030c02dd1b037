//! What was learned about the pace that receivers ask for.

use jiff::Timestamp;

use crate::domain::slowdown::Slowdown;
use crate::domain::stream::Stream;

use super::LedgerResult;

/// The pace of a stream that asked us to slow down, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Learned {
    /// It is slowed.
    Slowed(Stream, Slowdown),
    /// It is not any more.
    Over(Stream),
}

/// Slowed streams, remembered from one run to the next. Nothing personal is kept, and they are no events.
pub trait Paces {
    /// Every slowed stream, with when it was written last, the slowest first.
    fn slowed(&mut self) -> LedgerResult<Vec<(Stream, Slowdown, Timestamp)>>;
    /// Remembers what was learned; of a stream, the last word counts.
    fn remember_paces(&mut self, learned: &[Learned], now: Timestamp) -> LedgerResult<()>;
}
