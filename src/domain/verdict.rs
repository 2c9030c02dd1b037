//! What a delivery's facts mean for the recipient and for the relay: the table of replies, as one pure function.

use super::outcome::{Delivery, Outcome, Reply, Step};
use super::refusals::{
    asks_for_fewer_connections, asks_to_slow_down, ends_for_errors, says_no_such_user, sender_refusal, speaks_of_us,
    spent_quota,
};

/// A delivery, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What becomes of the invitation.
    pub outcome: Outcome,
    /// What the sender learns about the relay.
    pub relay: RelaySignal,
}

/// What a delivery says about the relay, from harmless to grave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelaySignal {
    /// Go on.
    Fine,
    /// Messages to this recipient's domain must slow down.
    SlowDomain,
    /// Everything through this relay must slow down, and this connection rests before it is opened again.
    SlowRelay,
    /// There are more connections than the relay takes; this one rests.
    TooManyConnections,
    /// This connection rests before it is opened again.
    BackOff,
    /// The relay refuses us as sender: nothing more leaves until a person has acted.
    Pause {
        /// What the person should do.
        remedy: &'static str,
    },
}

/// Judges what happened on the wire (RFC 5321 §4.2.1 for the first digit, RFC 3463 for enhanced codes).
///
/// | reply | where | verdict |
/// |---|---|---|
/// | 2yz | dot | accepted |
/// | 4yz | RCPT, DATA, dot | deferred |
/// | 4yz | RCPT, DATA, dot | our quota of the day is spent: deferred; the relay pauses |
/// | 4yz | up to MAIL | returned; the connection backs off |
/// | 421, 4.7.x, rate texts | any | as above; the domain slows down, or the relay where it speaks for itself |
/// | 4yz "too many connections" | any | as above; fewer connections |
/// | 4yz "too many errors" | any | as above; the session is over, and the pace stays |
/// | 5yz | up to MAIL | returned; the relay pauses |
/// | 5yz | RCPT | rejected; suppressed only where the mailbox does not exist |
/// | 5yz | RCPT, DATA, dot | a listed refusal about us: deferred; the relay pauses |
/// | 5yz | DATA, dot | else rejected, never suppressed |
/// | lost, late | before the point of no return | returned (up to MAIL) or deferred (after it) |
/// | lost, late | after it | in doubt |
pub fn judge(delivery: &Delivery) -> Verdict {
    match delivery {
        Delivery::Replied { step, reply } => judge_reply(*step, reply),
        Delivery::NotSent { step, detail } => Verdict {
            outcome: if about_us(*step) {
                Outcome::Returned { reply: None, detail: detail.clone() }
            } else {
                // It counts as an attempt: a message on which every connection breaks must expire one day.
                Outcome::Deferred { reply: None, detail: detail.clone() }
            },
            relay: RelaySignal::BackOff,
        },
        Delivery::InDoubt { detail } => {
            Verdict { outcome: Outcome::InDoubt { detail: detail.clone() }, relay: RelaySignal::BackOff }
        }
        Delivery::Unsupported { detail } => {
            Verdict { outcome: Outcome::Cancelled { detail: detail.clone() }, relay: RelaySignal::Fine }
        }
    }
}

/// Up to MAIL a server speaks about us: it has not heard of the recipient yet.
fn about_us(step: Step) -> bool {
    step <= Step::Mail
}

fn judge_reply(step: Step, reply: &Reply) -> Verdict {
    match reply.code {
        200..300 if step == Step::Dot => {
            Verdict { outcome: Outcome::Accepted { reply: reply.clone() }, relay: RelaySignal::Fine }
        }
        400..500 => judge_temporary(step, reply),
        500..600 => judge_permanent(step, reply),
        // No answer to what was asked. After the dot nobody can say what it means; before it nothing was decided.
        code if step == Step::Dot => Verdict {
            outcome: Outcome::InDoubt { detail: format!("the server answered the message with {code}") },
            relay: RelaySignal::BackOff,
        },
        code => Verdict {
            outcome: Outcome::Returned {
                reply: Some(reply.clone()),
                detail: format!("the server answered with {code}, which is no answer to what was asked"),
            },
            relay: RelaySignal::BackOff,
        },
    }
}

fn judge_temporary(step: Step, reply: &Reply) -> Verdict {
    if let Some(line) = spent_quota(reply).filter(|_| !about_us(step)) {
        return Verdict {
            outcome: Outcome::Deferred { reply: Some(reply.clone()), detail: line.meaning.to_owned() },
            relay: RelaySignal::Pause { remedy: line.remedy },
        };
    }
    let (reply, detail) = (reply.clone(), String::new());
    let relay = match asks_to_slow_down(&reply) {
        _ if asks_for_fewer_connections(&reply) => RelaySignal::TooManyConnections,
        _ if ends_for_errors(&reply) => RelaySignal::BackOff,
        true if about_us(step) => RelaySignal::SlowRelay,
        // The relay itself closes the connection (RFC 5321 §4.2.2), or names us: this is not about one domain.
        true if reply.code == 421 || speaks_of_us(&reply) => RelaySignal::SlowRelay,
        true => RelaySignal::SlowDomain,
        false if about_us(step) => RelaySignal::BackOff,
        false => RelaySignal::Fine,
    };
    let reply = Some(reply);
    let outcome =
        if about_us(step) { Outcome::Returned { reply, detail } } else { Outcome::Deferred { reply, detail } };
    Verdict { outcome, relay }
}

fn judge_permanent(step: Step, reply: &Reply) -> Verdict {
    if about_us(step) {
        let remedy = match reply.code {
            530 | 534 | 535 => "check relay.username, its password and relay.tls, then resume",
            _ => "the relay refuses us: check the [relay] settings and the From address with its operator, then resume",
        };
        return Verdict {
            outcome: Outcome::Returned { reply: Some(reply.clone()), detail: String::new() },
            relay: RelaySignal::Pause { remedy },
        };
    }
    if let Some(line) = sender_refusal(step, reply) {
        return Verdict {
            outcome: Outcome::Deferred { reply: Some(reply.clone()), detail: line.meaning.to_owned() },
            relay: RelaySignal::Pause { remedy: line.remedy },
        };
    }
    let suppress = step == Step::Rcpt && says_no_such_user(reply);
    Verdict { outcome: Outcome::Rejected { reply: reply.clone(), suppress }, relay: RelaySignal::Fine }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(step: Step, code: u16, enhanced: Option<(u16, u16, u16)>, text: &str) -> Verdict {
        judge(&Delivery::Replied { step, reply: Reply { code, enhanced, text: text.to_owned() } })
    }

    fn name(outcome: &Outcome) -> &'static str {
        match outcome {
            Outcome::Accepted { .. } => "accepted",
            Outcome::Deferred { .. } => "deferred",
            Outcome::Rejected { suppress: true, .. } => "suppressed",
            Outcome::Rejected { suppress: false, .. } => "rejected",
            Outcome::InDoubt { .. } => "in doubt",
            Outcome::Returned { .. } => "returned",
            Outcome::Cancelled { .. } => "cancelled",
        }
    }

    #[test]
    fn the_table_of_replies() {
        use Step::*;
        let e = |subject, detail| Some((5, subject, detail));
        let t = |subject, detail| Some((4, subject, detail));
        for (step, code, status, text, outcome, relay) in [
            (Dot, 250, Some((2, 0, 0)), "queued", "accepted", "fine"),
            (Mail, 451, t(3, 0), "later", "returned", "back off"),
            (Mail, 421, None, "closing", "returned", "slow relay"),
            (Mail, 550, e(7, 1), "not you", "returned", "pause"),
            (Mail, 530, e(7, 0), "authentication required", "returned", "pause"),
            (Rcpt, 450, t(2, 0), "greylisted", "deferred", "fine"),
            (Rcpt, 451, t(7, 1), "greylisted", "deferred", "slow domain"),
            (Rcpt, 450, t(2, 1), "receiving mail too quickly", "deferred", "slow domain"),
            (Rcpt, 452, None, "too many recipients", "deferred", "slow domain"),
            (Rcpt, 421, None, "closing", "deferred", "slow relay"),
            (Rcpt, 450, t(7, 1), "Error: too many recipients from 192.0.2.7", "deferred", "slow relay"),
            (Mail, 450, t(7, 1), "Error: too much mail from 192.0.2.7", "returned", "slow relay"),
            (Mail, 421, t(7, 0), "Error: too many connections from 192.0.2.7", "returned", "fewer"),
            (Mail, 421, t(7, 0), "mail.example Error: too many errors", "returned", "back off"),
            (Rcpt, 421, t(7, 0), "mail.example Error: too many errors", "deferred", "back off"),
            (Mail, 432, t(3, 2), "Concurrent connections limit exceeded", "returned", "fewer"),
            (Dot, 432, t(3, 2), "STOREDRV.ClientSubmit; sender thread limit exceeded", "deferred", "fewer"),
            (Data, 451, None, "aborted", "deferred", "fine"),
            (Dot, 452, t(3, 1), "no space", "deferred", "fine"),
            (Dot, 421, t(7, 0), "unusual rate", "deferred", "slow relay"),
            (Dot, 454, None, "Throttling failure: Daily message quota exceeded", "deferred", "pause"),
            (Dot, 454, None, "Throttling failure: Maximum sending rate exceeded", "deferred", "slow relay"),
            (Rcpt, 554, e(7, 1), "<ada@example.org>: Relay access denied", "deferred", "pause"),
            (Rcpt, 550, e(1, 1), "unknown", "suppressed", "fine"),
            (Rcpt, 550, e(1, 2), "no such domain", "suppressed", "fine"),
            (Rcpt, 553, e(1, 3), "bad syntax", "suppressed", "fine"),
            (Rcpt, 551, e(1, 6), "moved", "suppressed", "fine"),
            (Rcpt, 556, e(1, 10), "null MX", "suppressed", "fine"),
            (Rcpt, 550, None, "User unknown", "suppressed", "fine"),
            (Rcpt, 550, None, "no", "rejected", "fine"),
            (Rcpt, 554, None, "User unknown", "rejected", "fine"),
            (Rcpt, 550, e(1, 7), "bad sender", "rejected", "fine"),
            (Rcpt, 550, e(1, 8), "bad sender system", "rejected", "fine"),
            (Rcpt, 550, e(7, 1), "user unknown, says policy", "rejected", "fine"),
            (Rcpt, 552, e(2, 2), "mailbox full", "rejected", "fine"),
            (Rcpt, 550, e(4, 5), "routing", "rejected", "fine"),
            (Rcpt, 553, e(7, 1), "<b+1@x.example>: Sender address rejected: not owned by user", "deferred", "pause"),
            (Data, 554, e(5, 1), "no valid recipients", "rejected", "fine"),
            (Dot, 550, e(1, 1), "user unknown", "rejected", "fine"),
            (Dot, 554, None, "no such user", "rejected", "fine"),
            (Dot, 554, e(2, 0), "STOREDRV.Submission.Exception:SendAsDeniedException", "deferred", "pause"),
            (Dot, 554, e(2, 252), "SendAsDenied", "deferred", "pause"),
            (Dot, 550, e(7, 233), "limit of the tenant", "deferred", "pause"),
            (Dot, 550, e(7, 60), "no permission to send as", "deferred", "pause"),
            (Dot, 550, e(4, 5), "Daily user sending limit", "deferred", "pause"),
            (Dot, 354, None, "go on", "in doubt", "back off"),
            (Data, 250, None, "ok?", "returned", "back off"),
        ] {
            let verdict = at(step, code, status, text);
            let signal = match verdict.relay {
                RelaySignal::Fine => "fine",
                RelaySignal::SlowDomain => "slow domain",
                RelaySignal::SlowRelay => "slow relay",
                RelaySignal::TooManyConnections => "fewer",
                RelaySignal::BackOff => "back off",
                RelaySignal::Pause { .. } => "pause",
            };
            assert_eq!((name(&verdict.outcome), signal), (outcome, relay), "{step:?} {code} {status:?} {text}");
        }
    }

    #[test]
    fn a_connection_lost_before_the_point_of_no_return_is_never_in_doubt() {
        for (step, outcome) in
            [(Step::Connect, "returned"), (Step::Mail, "returned"), (Step::Rcpt, "deferred"), (Step::Body, "deferred")]
        {
            let verdict = judge(&Delivery::NotSent { step, detail: "lost".to_owned() });
            assert_eq!((name(&verdict.outcome), verdict.relay), (outcome, RelaySignal::BackOff));
        }
    }

    #[test]
    fn a_message_the_relay_cannot_carry_is_cancelled_and_nothing_is_held_against_the_relay() {
        let verdict = judge(&Delivery::Unsupported { detail: "no SMTPUTF8".to_owned() });
        assert_eq!((name(&verdict.outcome), verdict.relay), ("cancelled", RelaySignal::Fine));
    }
}
