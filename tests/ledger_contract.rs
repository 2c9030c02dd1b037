//! What every ledger promises, whatever database it lies in.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use convoke::domain::address::EmailAddress;
use convoke::domain::chain::What;
use convoke::domain::contact::Contact;
use convoke::domain::invitation::State;
use convoke::domain::keys::{AddressKey, RowKey};
use convoke::domain::message::Stamp;
use convoke::domain::plan::{Held, HoldBack};
use convoke::domain::suppression::EVERYTHING;
use convoke::engine::ports::*;
use convoke::ledger::SqliteLedger;
use jiff::Timestamp;

#[path = "support/made_up_plans.rs"]
mod made_up_plans;
use made_up_plans::{CAMPAIGN, at, ended, key, opt_out, plan, row};

/// A ledger in a folder of its own.
struct Fresh {
    ledger: SqliteLedger,
    folder: tempfile::TempDir,
}

impl Fresh {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { ledger: open(folder.path()), folder }
    }

    /// Another process opens the same ledger.
    fn another(&self) -> SqliteLedger {
        open(self.folder.path())
    }
}

fn open(folder: &std::path::Path) -> SqliteLedger {
    SqliteLedger::open(&folder.join("ledger.db"), &folder.join("opt-outs.log"), "lin").unwrap()
}

fn store(ledger: &mut dyn Ledger, id: &str, people: std::ops::Range<usize>) {
    let rows: Vec<_> = people.map(row).collect();
    ledger.store_plan(&plan(id), &rows, &[], at(1)).unwrap();
}

fn intent(n: usize, invitation: &convoke::domain::invitation::Invitation) -> Intent {
    Intent {
        invitation: invitation.id,
        stamp: Stamp { message_id: format!("local-{n}@example.org"), date: invitation.date.unwrap_or(at(10)) },
        digest: invitation.planned.digest.clone(),
    }
}

/// Claims everything, records intents, and gives the attempts.
fn attempt_all(ledger: &mut dyn Ledger, id: &str, now: Timestamp) -> Vec<i64> {
    let claimed = ledger.claim(id, 1000, ClaimFilter::default(), now).unwrap();
    let intents: Vec<_> = claimed
        .iter()
        .map(|i| Intent {
            invitation: i.id,
            stamp: Stamp {
                message_id: format!("{}@example.org", i.planned.message_id_local),
                date: i.date.unwrap_or(now),
            },
            digest: i.planned.digest.clone(),
        })
        .collect();
    let verdicts = ledger.record(&[], &intents, now).unwrap();
    verdicts
        .into_iter()
        .map(|v| match v {
            IntentVerdict::Recorded { attempt } => attempt,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Attempts begun since a moment.
fn attempts_since(ledger: &mut dyn Ledger, since: Timestamp) -> Vec<(Timestamp, String)> {
    let mut begun = Vec::new();
    ledger.attempts_since(since, &mut |at, domain| begun.push((at, domain.to_owned()))).unwrap();
    begun
}

fn check(ledger: &mut dyn Ledger) {
    let found = ledger.verify().unwrap();
    assert_eq!(found.broken, None);
    assert_eq!(found.miscounted, Vec::<String>::new());
}

#[test]
fn contacts_come_back_as_they_were_stored() {
    let mut fresh = Fresh::new();
    let mut contact = Contact::bare("c1".into(), key(1), EmailAddress::parse("person1@example.org").unwrap());
    contact.tags = vec!["digital-policy".into()];
    contact.custom.insert("dietary".into(), "none; \"quoted\"".into());
    contact.language = convoke::domain::language::LanguageTag::parse("pt-br");
    contact.country = convoke::domain::contact::Country::Ambiguous("Congo".into());
    contact.stated_tier = Some(convoke::domain::contact::Tier::Community);
    fresh.ledger.store_contacts(&[ContactChange::New(contact.clone())], "a.csv", at(0)).unwrap();
    contact.organisation = "Ministry".into();
    fresh.ledger.store_contacts(&[ContactChange::Merged(contact.clone())], "b.csv", at(1)).unwrap();
    assert!(fresh.ledger.contacts_by_key(&[key(2), key(1)]).unwrap() == vec![None, Some(contact.clone())]);
    let mut seen = Vec::new();
    fresh.ledger.each_contact(&mut |c| seen.push(c)).unwrap();
    assert!(seen == vec![contact]);
    let story = fresh.ledger.story(key(1)).unwrap();
    assert_eq!(story.iter().map(|e| e.what).collect::<Vec<_>>(), [What::Imported, What::Merged]);
    assert_eq!(story[0].by, "lin");
    check(&mut fresh.ledger);
}

#[test]
fn an_accepted_message_is_told_from_intent_to_reply() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..1);
    let attempts = attempt_all(&mut fresh.ledger, "p1", at(10));
    fresh.ledger.record_outcomes(&[ended(attempts[0], State::Accepted)], at(11)).unwrap();
    let story = fresh.ledger.story(key(0)).unwrap();
    assert_eq!(story.iter().map(|e| e.what).collect::<Vec<_>>(), [What::Planned, What::Intent, What::Accepted]);
    assert_eq!(story[2].code, Some(250));
    assert_eq!(story[2].reply.as_deref(), Some("2.0.0 said so"));
    assert_eq!(story[2].message_id.as_deref(), Some("local-0@example.org"));
    let counts = fresh.ledger.counts("p1").unwrap();
    assert_eq!((counts.planned, counts.accepted, counts.unsent), (1, 1, 0));
    check(&mut fresh.ledger);
}

#[test]
fn an_opt_out_stops_the_next_intent() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..3);
    let claimed = fresh.ledger.claim("p1", 10, ClaimFilter::default(), at(10)).unwrap();
    // From another process, between claim and intent.
    fresh
        .another()
        .suppress(&[opt_out(0, EVERYTHING), opt_out(1, "Annual-Meeting"), opt_out(2, "other")], at(11))
        .unwrap();
    let intents: Vec<_> = claimed.iter().enumerate().map(|(n, i)| intent(n, i)).collect();
    let verdicts = fresh.ledger.record(&[], &intents, at(12)).unwrap();
    assert_eq!(verdicts[..2], [IntentVerdict::Suppressed, IntentVerdict::Suppressed]);
    assert!(matches!(verdicts[2], IntentVerdict::Recorded { .. }));
    assert_eq!(fresh.ledger.counts("p1").unwrap().suppressed, 2);
    check(&mut fresh.ledger);
}

#[test]
fn a_pause_from_another_process_stops_the_next_intent_and_loses_nothing() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..2);
    let claimed = fresh.ledger.claim("p1", 10, ClaimFilter::default(), at(10)).unwrap();
    fresh.another().pause(CAMPAIGN, "wrong logo", at(11)).unwrap();
    let verdicts = fresh.ledger.record(&[], &[intent(0, &claimed[0])], at(12)).unwrap();
    assert_eq!(verdicts, [IntentVerdict::Halted { reason: "wrong logo".into() }]);
    fresh.ledger.release(&[claimed[1].id], at(12)).unwrap();
    assert_eq!(fresh.ledger.paused(CAMPAIGN).unwrap().as_deref(), Some("wrong logo"));
    fresh.ledger.resume(CAMPAIGN, at(13)).unwrap();
    assert_eq!(fresh.ledger.paused(CAMPAIGN).unwrap(), None);
    assert_eq!(attempt_all(&mut fresh.ledger, "p1", at(14)).len(), 2);
    check(&mut fresh.ledger);
}

#[test]
fn what_a_dead_sender_left_is_in_doubt_or_planned_again() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..4);
    let claimed = fresh.ledger.claim("p1", 3, ClaimFilter::default(), at(10)).unwrap();
    fresh.ledger.record(&[], &[intent(0, &claimed[0])], at(10)).unwrap();
    let mut next = fresh.another();
    assert_eq!(next.recover(at(20)).unwrap(), Recovered { in_doubt: 1, planned: 2 });
    let counts = next.counts("p1").unwrap();
    assert_eq!((counts.in_doubt, counts.unsent), (1, 3));
    check(&mut next);
    // The dead sender's claim is worth nothing now.
    let verdicts = fresh.ledger.record(&[], &[intent(1, &claimed[1])], at(21)).unwrap();
    assert!(matches!(verdicts[0], IntentVerdict::Halted { .. }), "{verdicts:?}");
}

#[test]
fn a_message_other_than_the_planned_one_is_refused() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..1);
    let claimed = fresh.ledger.claim("p1", 1, ClaimFilter::default(), at(10)).unwrap();
    let mut other = intent(0, &claimed[0]);
    other.digest = "another".into();
    assert!(matches!(fresh.ledger.record(&[], &[other], at(11)), Err(LedgerError::Refused(_))));
    let mut other = intent(0, &claimed[0]);
    other.stamp.message_id = "another@example.org".into();
    assert!(matches!(fresh.ledger.record(&[], &[other], at(11)), Err(LedgerError::Refused(_))));
}

#[test]
fn settling_keeps_message_id_and_date_for_another_try() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..3);
    let attempts = attempt_all(&mut fresh.ledger, "p1", at(10));
    let doubts: Vec<_> = attempts.iter().map(|a| ended(*a, State::InDoubt)).collect();
    fresh.ledger.record_outcomes(&doubts, at(11)).unwrap();
    let settle = |ledger: &mut SqliteLedger, n, how| ledger.settle(CAMPAIGN, Some(key(n)), how, "asked them", at(20));
    assert_eq!(settle(&mut fresh.ledger, 0, Settlement::Sent).unwrap(), 1);
    assert_eq!(settle(&mut fresh.ledger, 1, Settlement::GiveUp).unwrap(), 1);
    assert_eq!(settle(&mut fresh.ledger, 2, Settlement::Again).unwrap(), 1);
    let counts = fresh.ledger.counts("p1").unwrap();
    assert_eq!((counts.accepted, counts.cancelled, counts.unsent, counts.in_doubt), (1, 1, 1, 0));
    let again = fresh.ledger.claim("p1", 9, ClaimFilter::default(), at(21)).unwrap();
    assert_eq!(again[0].date, Some(at(10)));
    let mut later = intent(2, &again[0]);
    later.stamp.date = at(22);
    assert!(fresh.ledger.record(&[], &[later], at(22)).is_err(), "the Date is fixed");
    fresh.ledger.record(&[], &[intent(2, &again[0])], at(22)).unwrap();
    let story = fresh.ledger.story(key(0)).unwrap();
    let settled = story.last().unwrap();
    assert_eq!((settled.what, settled.reply.as_deref()), (What::Settled, Some("asked them")));
    check(&mut fresh.ledger);
}

#[test]
fn who_was_given_up_while_in_doubt_still_counts_as_written_to() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..2);
    let attempts = attempt_all(&mut fresh.ledger, "p1", at(10));
    let ends = [ended(attempts[0], State::InDoubt), ended(attempts[1], State::Deferred)];
    fresh.ledger.record_outcomes(&ends, at(11)).unwrap();
    fresh.ledger.settle(CAMPAIGN, None, Settlement::GiveUp, "no answer", at(20)).unwrap();
    fresh.ledger.store_plan(&plan("p2"), &[row(1)], &[], at(21)).unwrap();
    let past = fresh.ledger.past_invitations().unwrap();
    let states: Vec<_> = past.iter().map(|p| (p.key, p.state)).collect();
    assert_eq!(states, [(key(0), State::InDoubt), (key(1), State::Cancelled)]);
}

#[test]
fn a_plan_without_intents_is_replaced_and_one_with_intents_is_cancelled() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..3);
    store(&mut fresh.ledger, "p2", 0..4);
    assert_eq!(fresh.ledger.plans(CAMPAIGN).unwrap().len(), 1);
    let claimed = fresh.ledger.claim("p2", 2, ClaimFilter::default(), at(10)).unwrap();
    let verdicts = fresh.ledger.record(&[], &[intent(0, &claimed[0]), intent(1, &claimed[1])], at(10)).unwrap();
    let rows: Vec<_> = (2..4).map(row).collect();
    assert!(matches!(fresh.ledger.store_plan(&plan("p3"), &rows, &[], at(11)), Err(LedgerError::Refused(_))));
    let ends: Vec<_> = verdicts
        .iter()
        .zip([State::Accepted, State::Deferred])
        .map(|(v, state)| match v {
            IntentVerdict::Recorded { attempt } => ended(*attempt, state),
            other => panic!("{other:?}"),
        })
        .collect();
    fresh.ledger.record_outcomes(&ends, at(11)).unwrap();
    let held = [Held {
        key: key(0),
        contact_id: "c0".into(),
        reason: HoldBack::AlreadyInvited,
        column: String::new(),
        value: String::new(),
    }];
    let rows: Vec<_> = (1..4).map(row).collect();
    fresh.ledger.store_plan(&plan("p3"), &rows, &held, at(12)).unwrap();
    let (old, new) = (fresh.ledger.counts("p2").unwrap(), fresh.ledger.counts("p3").unwrap());
    assert_eq!((old.accepted, old.cancelled, old.unsent), (1, 3, 0));
    assert_eq!((new.planned, new.unsent), (3, 3));
    assert_eq!(fresh.ledger.latest_plan(CAMPAIGN).unwrap(), Some(plan("p3")));
    assert_eq!(fresh.ledger.held_back("p3").unwrap().len(), 1);
    // Somebody accepted cannot be planned a second time.
    assert!(matches!(fresh.ledger.store_plan(&plan("p4"), &[row(0)], &[], at(13)), Err(LedgerError::Refused(_))));
    check(&mut fresh.ledger);
}

#[test]
fn a_plan_that_replaces_another_takes_back_what_was_settled_as_again_before_both() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..1);
    let attempt = attempt_all(&mut fresh.ledger, "p1", at(10));
    fresh.ledger.record_outcomes(&[ended(attempt[0], State::InDoubt)], at(11)).unwrap();
    store(&mut fresh.ledger, "p2", 1..2);
    fresh.ledger.settle(CAMPAIGN, None, Settlement::Again, "not in the log", at(12)).unwrap();
    store(&mut fresh.ledger, "p3", 0..2);
    assert_eq!(fresh.ledger.counts("p1").unwrap().cancelled, 1);
    assert_eq!(fresh.ledger.counts("p3").unwrap().unsent, 2);
    check(&mut fresh.ledger);
}

#[test]
fn a_returned_attempt_does_not_count() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..1);
    let attempts = attempt_all(&mut fresh.ledger, "p1", at(10));
    fresh.ledger.record_outcomes(&[ended(attempts[0], State::Planned)], at(11)).unwrap();
    let again = fresh.ledger.claim("p1", 9, ClaimFilter::default(), at(12)).unwrap();
    assert_eq!((again[0].attempts, again[0].first_attempt_at), (0, None));
    assert_eq!(attempts_since(&mut fresh.ledger, at(0)), []);
    check(&mut fresh.ledger);
}

#[test]
fn deferred_rows_wait_for_their_time_and_expire() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..2);
    let attempts = attempt_all(&mut fresh.ledger, "p1", at(10));
    let ends: Vec<_> = attempts.iter().map(|a| ended(*a, State::Deferred)).collect();
    fresh.ledger.record_outcomes(&ends, at(11)).unwrap();
    assert!(fresh.ledger.claim("p1", 9, ClaimFilter::default(), at(999)).unwrap().is_empty());
    assert_eq!(fresh.ledger.next_due("p1").unwrap(), Some(at(1000)));
    let due = fresh.ledger.claim("p1", 1, ClaimFilter::default(), at(1000)).unwrap();
    assert_eq!(due[0].reply, "4.0.0 said so");
    fresh.ledger.release(&[due[0].id], at(1001)).unwrap();
    assert_eq!(fresh.ledger.counts("p1").unwrap().deferred, 2);
    assert_eq!(fresh.ledger.expire("p1", at(10), at(1002)).unwrap(), 0);
    assert_eq!(fresh.ledger.expire("p1", at(11), at(1002)).unwrap(), 2);
    let began = attempts_since(&mut fresh.ledger, at(10));
    assert_eq!(began, vec![(at(10), "example.org".to_owned()); 2]);
    assert_eq!(attempts_since(&mut fresh.ledger, at(11)), []);
    check(&mut fresh.ledger);
}

#[test]
fn refusals_about_us_wait_for_a_person() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..1);
    let attempts = attempt_all(&mut fresh.ledger, "p1", at(10));
    fresh.ledger.record_outcomes(&[ended(attempts[0], State::Rejected)], at(11)).unwrap();
    let mut ids = Vec::new();
    fresh.ledger.each_invitation("p1", &mut |i| ids.push(i.id)).unwrap();
    fresh.ledger.pause(CAMPAIGN, "20 refusals in a row", at(12)).unwrap();
    fresh.ledger.reopen_rejected(&ids, "20 refusals in a row", at(12)).unwrap();
    assert_eq!(fresh.ledger.next_due("p1").unwrap(), None);
    assert_eq!(fresh.ledger.expire("p1", at(100_000_000), at(100_000_000)).unwrap(), 0);
    fresh.ledger.resume(CAMPAIGN, at(13)).unwrap();
    assert_eq!(fresh.ledger.claim("p1", 9, ClaimFilter::default(), at(13)).unwrap().len(), 1);
    check(&mut fresh.ledger);
}

#[test]
fn cancelling_is_for_good() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..3);
    let claimed = fresh.ledger.claim("p1", 2, ClaimFilter::default(), at(10)).unwrap();
    let verdicts = fresh.ledger.record(&[], &[intent(0, &claimed[0])], at(10)).unwrap();
    let IntentVerdict::Recorded { attempt } = verdicts[0] else { panic!("{verdicts:?}") };
    assert_eq!(fresh.another().cancel(CAMPAIGN, "moved online", at(11)).unwrap(), 2);
    let verdicts = fresh.ledger.record(&[], &[intent(1, &claimed[1])], at(12)).unwrap();
    assert_eq!(verdicts, [IntentVerdict::Halted { reason: "moved online".into() }]);
    // What was on its way gets its outcome; a deferral is not tried again.
    fresh.ledger.record_outcomes(&[ended(attempt, State::Deferred)], at(13)).unwrap();
    assert_eq!(fresh.ledger.counts("p1").unwrap().cancelled, 3);
    assert!(fresh.ledger.cancelled(CAMPAIGN).unwrap());
    assert!(matches!(fresh.ledger.resume(CAMPAIGN, at(14)), Err(LedgerError::Refused(_))));
    assert!(matches!(fresh.ledger.store_plan(&plan("p2"), &[row(9)], &[], at(14)), Err(LedgerError::Refused(_))));
    check(&mut fresh.ledger);
}

#[test]
fn claims_can_be_narrowed() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..5);
    let odd = ClaimFilter { segment: Some("odd"), ..ClaimFilter::default() };
    assert_eq!(fresh.ledger.claim("p1", 9, odd, at(1)).unwrap().len(), 2);
    let left_out = ["example.org".to_owned()].into();
    let elsewhere = ClaimFilter { not_domains: Some(&left_out), ..ClaimFilter::default() };
    assert!(fresh.ledger.claim("p1", 9, elsewhere, at(1)).unwrap().is_empty());
    let rest = fresh.ledger.claim("p1", 2, ClaimFilter::default(), at(1)).unwrap();
    assert_eq!(rest.iter().map(|i| i.planned.name.as_str()).collect::<Vec<_>>(), ["Person 0", "Person 2"]);
}

#[test]
fn suppressions_survive_the_ledger_in_their_log() {
    let mut fresh = Fresh::new();
    let new = fresh.ledger.suppress(&[opt_out(1, "a"), opt_out(1, "a"), opt_out(2, EVERYTHING)], at(500)).unwrap();
    assert_eq!(new, [true, false, true]);
    assert_eq!(fresh.ledger.suppress(&[opt_out(1, "a")], at(501)).unwrap(), [false]);
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        let _ = std::fs::remove_file(fresh.folder.path().join(name));
    }
    let path = |name: &str| fresh.folder.path().join(name);
    let refused = SqliteLedger::open(&path("ledger.db"), &path("opt-outs.log"), "lin").unwrap_err();
    assert!(refused.to_string().contains("witness"), "{refused}");
    std::fs::remove_file(path("witness")).unwrap();
    let mut anew = fresh.another();
    assert_eq!(anew.suppressions().unwrap().len(), 2);
    assert_eq!(anew.suppressions_of(key(2)).unwrap()[0].topic, EVERYTHING);
    check(&mut anew);
}

#[test]
fn opt_outs_after_acceptance_are_counted_within_it() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..2);
    let attempts = attempt_all(&mut fresh.ledger, "p1", at(10));
    let ends: Vec<_> = attempts.iter().map(|a| ended(*a, State::Accepted)).collect();
    fresh.ledger.record_outcomes(&ends, at(11)).unwrap();
    fresh.ledger.suppress(&[opt_out(0, EVERYTHING), opt_out(0, "annual-meeting")], at(500)).unwrap();
    let counts = fresh.ledger.counts("p1").unwrap();
    assert_eq!((counts.accepted, counts.opted_out), (2, 1));
    let mut feedback = Vec::new();
    fresh.ledger.each_audit_row(&mut |row| feedback.push(row.feedback)).unwrap();
    assert_eq!(feedback, ["opted_out", ""]);
}

#[test]
fn a_ledger_that_cannot_grow_says_so_and_keeps_what_it_has() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..2);
    fresh.ledger.limit_pages(1).unwrap();
    let rows: Vec<_> = (10..5000).map(row).collect();
    let result = fresh.ledger.store_plan(&plan("p2"), &rows, &[], at(2));
    assert!(matches!(result, Err(LedgerError::Unwritable(_))), "{result:?}");
    assert_eq!(fresh.ledger.counts("p1").unwrap().planned, 2);
    check(&mut fresh.ledger);
}

#[test]
fn a_reader_sees_what_is_committed_and_changes_nothing() {
    let mut fresh = Fresh::new();
    store(&mut fresh.ledger, "p1", 0..2);
    let files = |name: &str| fresh.folder.path().join(name);
    let mut reader = SqliteLedger::open_read_only(&files("ledger.db"), &files("opt-outs.log")).unwrap();
    assert_eq!(reader.counts("p1").unwrap().planned, 2);
    assert!(matches!(reader.pause(CAMPAIGN, "no", at(2)), Err(LedgerError::Unwritable(_))));
    assert!(matches!(reader.suppress(&[opt_out(1, "a")], at(2)), Err(LedgerError::Unwritable(_))));
    assert_eq!(fresh.ledger.paused(CAMPAIGN).unwrap(), None);
    assert!(SqliteLedger::open_read_only(&files("missing.db"), &files("opt-outs.log")).is_err());
}

#[test]
fn a_reader_of_a_ledger_from_before_is_told_its_columns_and_a_writer_brings_it_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let (file, log) = (folder.path().join("ledger.db"), folder.path().join("opt-outs.log"));
    // A command was ended before it made the tables.
    std::fs::write(&file, "").unwrap();
    assert!(SqliteLedger::open_read_only(&file, &log).unwrap().custom_columns().unwrap().is_empty());
    let first = rusqlite::Connection::open(&file).unwrap();
    first.execute_batch(include_str!("../src/ledger/migrations/0001_ledger.sql")).unwrap();
    first
        .execute_batch(
            "PRAGMA user_version = 1;
             INSERT INTO contact_secret VALUES (1, zeroblob(16), zeroblob(32));
             INSERT INTO contact VALUES (1, 'c1', 'lin@example.org', 'person', '', 'Lin', '', '', 'unknown', '', '', 'unknown',
                 'missing', '', NULL, NULL, NULL, '', '[]', '', 'mandate', '', '', '{\"dietary\":\"vegan\"}');",
        )
        .unwrap();
    drop(first);
    let columns = SqliteLedger::open_read_only(&file, &log).unwrap().custom_columns().unwrap();
    assert_eq!(columns.into_iter().collect::<Vec<_>>(), ["dietary"]);
    let mut names = Vec::new();
    open(folder.path()).each_contact(&mut |contact| names.push(contact.full_name())).unwrap();
    assert_eq!(names, ["Lin"]);
}

#[test]
fn the_last_answer_about_a_row_is_remembered_and_is_no_event() {
    let mut fresh = Fresh::new();
    let (row, other) = (RowKey([1; 16]), RowKey([2; 16]));
    let before = fresh.ledger.last_event().unwrap();
    fresh.ledger.remember_row_answers(&[(row, None), (other, Some(AddressKey([9; 16])))], at(1)).unwrap();
    fresh.ledger.remember_row_answers(&[(row, Some(AddressKey([8; 16])))], at(2)).unwrap();
    let mut answers = fresh.another().row_answers().unwrap();
    answers.sort_by_key(|(row, _)| row.0);
    assert_eq!(answers, [(row, Some(AddressKey([8; 16]))), (other, Some(AddressKey([9; 16])))]);
    assert_eq!(fresh.ledger.last_event().unwrap(), before);
}

#[test]
fn a_long_list_of_opt_outs_is_one_change_and_harmless_twice() {
    let mut fresh = Fresh::new();
    let batch: Vec<_> = (0..2000).map(|n| opt_out(n, EVERYTHING)).collect();
    assert!(fresh.ledger.suppress(&batch, at(500)).unwrap().iter().all(|new| *new));
    assert!(fresh.another().suppress(&batch, at(501)).unwrap().iter().all(|new| !*new));
    assert_eq!(fresh.ledger.suppressions().unwrap().len(), 2000);
}
