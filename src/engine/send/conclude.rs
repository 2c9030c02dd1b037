//! What an outcome makes of the row.

use jiff::Timestamp;

use crate::domain::invitation::{Invitation, State};
use crate::domain::outcome::{Outcome, Reply};
use crate::domain::retry::RetryPolicy;
use crate::domain::suppression::{EVERYTHING, Reason, Suppression};
use crate::engine::ports::Conclusion;

/// The conclusion of an attempt.
///
/// * `row`: as it was before the attempt.
/// * `began`: when the attempt began.
pub fn conclude(
    policy: &RetryPolicy,
    row: &Invitation,
    attempt: i64,
    outcome: &Outcome,
    began: Timestamp,
    now: Timestamp,
) -> Conclusion {
    let first_attempt = row.first_attempt_at.unwrap_or(began);
    let mut conclusion = Conclusion {
        attempt,
        state: State::Planned,
        reply: None,
        detail: String::new(),
        next_at: None,
        suppress: None,
    };
    match outcome {
        Outcome::Accepted { reply } => {
            conclusion.state = State::Accepted;
            conclusion.reply = Some(reply.clone());
        }
        Outcome::Deferred { reply, detail } => {
            conclusion.next_at = policy.next_attempt(first_attempt, row.attempts + 1, row.planned.key, now);
            conclusion.state = if conclusion.next_at.is_some() { State::Deferred } else { State::Expired };
            conclusion.reply.clone_from(reply);
            conclusion.detail.clone_from(detail);
        }
        Outcome::Rejected { reply, suppress } => {
            conclusion.state = State::Rejected;
            conclusion.suppress = suppress.then(|| hard_bounce(row, reply, now));
            conclusion.reply = Some(reply.clone());
        }
        Outcome::InDoubt { detail } => {
            conclusion.state = State::InDoubt;
            conclusion.detail.clone_from(detail);
        }
        Outcome::Returned { reply, detail } => {
            conclusion.reply.clone_from(reply);
            conclusion.detail.clone_from(detail);
        }
        Outcome::Cancelled { detail } => {
            conclusion.state = State::Cancelled;
            conclusion.detail.clone_from(detail);
        }
    }
    conclusion
}

/// The mailbox does not exist, whatever the topic.
fn hard_bounce(row: &Invitation, reply: &Reply, now: Timestamp) -> Suppression {
    let note = match reply.enhanced {
        Some((class, subject, detail)) => format!("{} {class}.{subject}.{detail}", reply.code),
        None => reply.code.to_string(),
    };
    Suppression {
        key: row.planned.key,
        address: row.planned.address.to_string(),
        topic: EVERYTHING.to_owned(),
        reason: Reason::HardBounce,
        note,
        since: now,
        source: "relay".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::SignedDuration;

    use super::*;
    use crate::domain::address::EmailAddress;
    use crate::domain::invitation::PlannedInvitation;
    use crate::domain::keys::AddressKey;
    use crate::domain::retry::OnDoubt;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn row(attempts: u32, first_attempt_at: Option<Timestamp>) -> Invitation {
        let planned = PlannedInvitation {
            key: AddressKey([7; 16]),
            contact_id: "c1".to_owned(),
            address: EmailAddress::parse("ada@example.org").unwrap(),
            name: String::new(),
            segment: String::new(),
            tier: String::new(),
            region: String::new(),
            stakeholder: String::new(),
            language: "en".to_owned(),
            fields: serde_json::Map::new(),
            digest: String::new(),
            message_id_local: "m".to_owned(),
            zone: None,
        };
        Invitation {
            id: 1,
            planned,
            state: State::Sending,
            attempts,
            first_attempt_at,
            last_attempt_at: None,
            next_at: None,
            date: None,
            code: None,
            reply: String::new(),
        }
    }

    fn after(row: &Invitation, outcome: &Outcome) -> Conclusion {
        let policy = RetryPolicy {
            first_delay: Duration::from_secs(60),
            give_up_after: Duration::from_secs(3600),
            on_doubt: OnDoubt::Hold,
        };
        conclude(&policy, row, 9, outcome, NOW, NOW)
    }

    fn reply(code: u16) -> Reply {
        Reply { code, enhanced: Some((5, 1, 1)), text: "unknown".to_owned() }
    }

    #[test]
    fn a_deferred_row_gets_its_next_time_and_an_old_one_expires() {
        let deferred = Outcome::Deferred { reply: Some(reply(451)), detail: String::new() };
        let fresh = after(&row(0, None), &deferred);
        assert_eq!(fresh.state, State::Deferred);
        assert!(fresh.next_at.unwrap() >= NOW + SignedDuration::from_secs(60));
        let old = after(&row(5, Some(NOW - SignedDuration::from_hours(1))), &deferred);
        assert_eq!((old.state, old.next_at), (State::Expired, None));
    }

    #[test]
    fn only_a_mailbox_that_does_not_exist_is_suppressed() {
        let gone = after(&row(0, None), &Outcome::Rejected { reply: reply(550), suppress: true });
        let suppression = gone.suppress.unwrap();
        assert_eq!(
            (gone.state, suppression.reason, suppression.note.as_str()),
            (State::Rejected, Reason::HardBounce, "550 5.1.1")
        );
        assert_eq!(after(&row(0, None), &Outcome::Rejected { reply: reply(550), suppress: false }).suppress, None);
    }

    #[test]
    fn what_was_not_decided_goes_back_to_planned() {
        let returned = after(&row(0, None), &Outcome::Returned { reply: Some(reply(451)), detail: String::new() });
        assert_eq!((returned.state, returned.next_at), (State::Planned, None));
    }
}
