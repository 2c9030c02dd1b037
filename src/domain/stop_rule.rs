//! When a campaign stops by itself.

use std::collections::VecDeque;

use super::outcome::Outcome;

/// `[stop]`
#[derive(Debug, Clone, PartialEq)]
pub struct StopRule {
    /// Share of rejected among the last [`StopRule::of_last`] outcomes above which sending pauses.
    pub rejected: f64,
    /// Window of outcomes the share is taken over.
    pub of_last: usize,
    /// Consecutive failures after which sending pauses.
    pub in_a_row: usize,
    /// Share of complaints above which sending pauses.
    pub complaints: f64,
}

impl Default for StopRule {
    fn default() -> Self {
        Self { rejected: 0.1, of_last: 100, in_a_row: 20, complaints: 0.003 }
    }
}

/// Why a campaign stops by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Failures without a success between them.
    InARow {
        /// How many.
        failures: usize,
    },
    /// Too many refusals among the last outcomes.
    Rejected {
        /// Refusals.
        rejected: usize,
        /// Outcomes they are among.
        of_last: usize,
    },
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Stop::InARow { failures } => write!(f, "{failures} messages in a row failed"),
            Stop::Rejected { rejected, of_last } => {
                write!(f, "{rejected} of the last {of_last} messages were refused")
            }
        }
    }
}

/// Watches the outcomes of one run against a [`StopRule`].
#[derive(Debug)]
pub struct StopWatch {
    rule: StopRule,
    /// Failures since the last success.
    failures: usize,
    /// The last decided outcomes: whether each was a refusal.
    decided: VecDeque<bool>,
}

impl StopWatch {
    /// Has seen nothing yet.
    pub fn new(rule: StopRule) -> Self {
        Self { rule, failures: 0, decided: VecDeque::new() }
    }

    /// Takes note of an outcome; says so when it is time to stop.
    ///
    /// A refusal, a doubt and a connection lost in the middle of a message are failures. A temporary refusal is neither
    /// success nor failure: greylisting defers everybody once. What was not decided about a recipient (the relay spoke
    /// about itself, or cannot carry the message) does not count.
    pub fn note(&mut self, outcome: &Outcome) -> Option<Stop> {
        match outcome {
            Outcome::Accepted { .. } => {
                self.failures = 0;
                self.decide(false);
            }
            Outcome::Rejected { .. } => {
                self.failures += 1;
                self.decide(true);
            }
            Outcome::InDoubt { .. } | Outcome::Deferred { reply: None, .. } => self.failures += 1,
            Outcome::Deferred { reply: Some(_), .. } | Outcome::Returned { .. } | Outcome::Cancelled { .. } => {}
        }
        self.verdict()
    }

    fn decide(&mut self, rejected: bool) {
        self.decided.push_back(rejected);
        while self.decided.len() > self.rule.of_last {
            self.decided.pop_front();
        }
    }

    fn verdict(&self) -> Option<Stop> {
        if self.rule.in_a_row > 0 && self.failures >= self.rule.in_a_row {
            return Some(Stop::InARow { failures: self.failures });
        }
        // A share of few outcomes says little: it is taken once there are `of_last` of them.
        let (of_last, rejected) = (self.decided.len(), self.decided.iter().filter(|refused| **refused).count());
        let whole = of_last > 0 && of_last >= self.rule.of_last;
        (whole && rejected as f64 > self.rule.rejected * of_last as f64).then_some(Stop::Rejected { rejected, of_last })
    }
}

#[cfg(test)]
mod tests {
    use super::super::outcome::Reply;
    use super::*;

    fn reply(code: u16) -> Reply {
        Reply { code, enhanced: None, text: String::new() }
    }
    fn accepted() -> Outcome {
        Outcome::Accepted { reply: reply(250) }
    }
    fn rejected() -> Outcome {
        Outcome::Rejected { reply: reply(550), suppress: false }
    }
    fn deferred() -> Outcome {
        Outcome::Deferred { reply: Some(reply(451)), detail: String::new() }
    }
    fn lost() -> Outcome {
        Outcome::Deferred { reply: None, detail: "connection lost".into() }
    }
    fn in_doubt() -> Outcome {
        Outcome::InDoubt { detail: "connection lost".into() }
    }

    /// The first stop of a run of outcomes, with how many outcomes it took.
    fn first_stop(rule: StopRule, outcomes: impl IntoIterator<Item = Outcome>) -> Option<(usize, Stop)> {
        let mut watch = StopWatch::new(rule);
        outcomes.into_iter().enumerate().find_map(|(i, outcome)| watch.note(&outcome).map(|stop| (i + 1, stop)))
    }

    #[test]
    fn twenty_failures_in_a_row_stop_a_campaign() {
        let failures = (0..30).map(|i| match i % 3 {
            0 => rejected(),
            1 => lost(),
            _ => in_doubt(),
        });
        assert_eq!(first_stop(StopRule::default(), failures), Some((20, Stop::InARow { failures: 20 })));
    }

    #[test]
    fn one_success_starts_the_row_anew() {
        let outcomes = (0..19).map(|_| in_doubt()).chain([accepted()]).chain((0..19).map(|_| in_doubt()));
        assert_eq!(first_stop(StopRule::default(), outcomes), None);
    }

    #[test]
    fn greylisting_of_everybody_stops_nothing() {
        assert_eq!(first_stop(StopRule::default(), (0..500).map(|_| deferred())), None);
    }

    #[test]
    fn a_deferral_does_not_hide_a_row_of_failures() {
        let outcomes = (0..40).map(|i| if i % 2 == 0 { rejected() } else { deferred() });
        assert_eq!(first_stop(StopRule::default(), outcomes), Some((39, Stop::InARow { failures: 20 })));
    }

    #[test]
    fn a_share_of_refusals_over_the_threshold_stops_a_campaign() {
        let every_fifth = (0..200).map(|i| if i % 5 == 0 { rejected() } else { accepted() });
        assert_eq!(
            first_stop(StopRule::default(), every_fifth),
            Some((100, Stop::Rejected { rejected: 20, of_last: 100 }))
        );
        let every_tenth = (0..1000).map(|i| if i % 10 == 0 { rejected() } else { accepted() });
        assert_eq!(first_stop(StopRule::default(), every_tenth), None, "the threshold itself is allowed");
    }

    #[test]
    fn zero_turns_a_rule_off() {
        let off = StopRule { in_a_row: 0, of_last: 0, ..StopRule::default() };
        assert_eq!(first_stop(off, (0..200).map(|_| rejected())), None);
    }
}
