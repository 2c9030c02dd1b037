//! What every ledger promises about changes by people: corrections, address changes, two contacts that are one person.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use convoke::domain::address::EmailAddress;
use convoke::domain::chain::What;
use convoke::domain::contact::{Contact, Country, Gender, Stakeholder};
use convoke::domain::correction::Correction;
use convoke::domain::geography::CountryCode;
use convoke::domain::invitation::State;
use convoke::domain::keys::AddressKey;
use convoke::domain::message::Stamp;
use convoke::domain::participation::{Base, Participation};
use convoke::domain::suppression::{EVERYTHING, Reason, Suppression};
use convoke::engine::ports::*;
use convoke::ledger::SqliteLedger;

#[path = "support/made_up_plans.rs"]
mod made_up_plans;
use made_up_plans::{CAMPAIGN, at, ended, key, keys, opt_out, plan, row};

struct Fresh {
    ledger: SqliteLedger,
    folder: tempfile::TempDir,
}

impl Fresh {
    /// A ledger that knows these people.
    fn with(people: &[usize]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut fresh = Self { ledger: open(folder.path()), folder };
        let contacts: Vec<_> = people.iter().map(|n| ContactChange::New(person(*n))).collect();
        fresh.ledger.store_contacts(&contacts, "people.csv", at(0)).unwrap();
        fresh
    }

    fn moved(&mut self, from: usize, to: usize) -> LedgerResult<Relinked> {
        let change = AddressChange { from: key(from), to: key(to), address: address(to), reason: "new job".into() };
        self.ledger.move_contact(&change, at(100))
    }

    fn united(&mut self, keep: usize, other: usize) -> LedgerResult<Relinked> {
        let union = Union { keep: key(keep), other: key(other), reason: String::new() };
        self.ledger.unite_contacts(&union, at(100))
    }

    fn contact(&mut self, n: usize) -> Option<Contact> {
        self.ledger.contacts_by_key(&[key(n)]).unwrap().remove(0)
    }

    fn is_suppressed(&mut self, n: usize, topic: &str) -> bool {
        self.ledger.suppressions_of(key(n)).unwrap().iter().any(|s| s.covers(topic))
    }

    fn happened(&mut self, n: usize) -> Vec<What> {
        self.ledger.story(key(n)).unwrap().iter().map(|event| event.what).collect()
    }

    fn intent_for_all(&mut self, plan: &str) -> Vec<IntentVerdict> {
        let claimed = self.ledger.claim(plan, 100, ClaimFilter::default(), at(200)).unwrap();
        self.intents(&claimed)
    }

    fn intents(&mut self, claimed: &[convoke::domain::invitation::Invitation]) -> Vec<IntentVerdict> {
        let intents: Vec<_> = claimed
            .iter()
            .map(|i| Intent {
                invitation: i.id,
                stamp: Stamp {
                    message_id: format!("{}@example.org", i.planned.message_id_local),
                    date: i.date.unwrap_or(at(200)),
                },
                digest: i.planned.digest.clone(),
            })
            .collect();
        self.ledger.record(&[], &intents, at(200)).unwrap()
    }

    fn check(&mut self) {
        let found = self.ledger.verify().unwrap();
        assert_eq!((found.broken, found.miscounted), (None, Vec::new()));
    }
}

fn open(folder: &std::path::Path) -> SqliteLedger {
    SqliteLedger::open(&folder.join("ledger.db"), &folder.join("opt-outs.log"), "lin").unwrap()
}

fn address(n: usize) -> EmailAddress {
    EmailAddress::parse(&format!("person{n}@example.org")).unwrap()
}

fn person(n: usize) -> Contact {
    let mut contact = Contact::bare(keys().contact_id(key(n)), key(n), address(n));
    contact.given_name = "Ada".into();
    contact.organisation = format!("Institute {n}");
    contact
}

fn attended(n: usize, year: i16) -> Participation {
    Participation {
        year,
        key: key(n),
        base: Base::CheckedIn,
        country: Country::Missing,
        stated_region: None,
        stakeholder: Stakeholder::Unknown,
        gender: Gender::Unknown,
        language: None,
        newcomer: None,
    }
}

fn hard_bounce(n: usize) -> Suppression {
    Suppression { reason: Reason::HardBounce, note: "5.1.1".into(), ..opt_out(n, EVERYTHING) }
}

/// Ends every open attempt of the plan in this state.
fn end_all(fresh: &mut Fresh, verdicts: Vec<IntentVerdict>, state: State) {
    let ends: Vec<_> = verdicts
        .into_iter()
        .filter_map(|v| match v {
            IntentVerdict::Recorded { attempt } => Some(ended(attempt, state)),
            _ => None,
        })
        .collect();
    fresh.ledger.record_outcomes(&ends, at(201)).unwrap();
}

#[test]
fn a_correction_changes_only_the_named_fields_and_is_remembered() {
    let mut fresh = Fresh::with(&[1]);
    let mut wanted = person(1);
    (wanted.organisation, wanted.position) = ("Ministry".into(), "not asked for".into());
    wanted.country = Country::Known(CountryCode::parse("KE").unwrap());
    let edit =
        ContactEdit { contact: wanted, fields: vec!["organisation".into(), "country".into()], reason: "card".into() };
    let changes = fresh.ledger.change_contacts(std::slice::from_ref(&edit), at(5)).unwrap();
    let told: Vec<String> = changes[0].iter().map(ToString::to_string).collect();
    assert_eq!(told, ["organisation: “Institute 1” → “Ministry”", "country: nothing → “KE”"]);
    let stored = fresh.contact(1).unwrap();
    assert_eq!((stored.organisation.as_str(), stored.position.as_str()), ("Ministry", ""));
    let replaced = Correction { key: key(1), field: "organisation".into(), replaced: "Institute 1".into() };
    assert_eq!(fresh.ledger.corrections().unwrap(), [replaced]);
    let story = fresh.ledger.story(key(1)).unwrap();
    let event = story.last().unwrap();
    assert_eq!(
        (event.what, event.detail.as_deref(), event.by.as_str()),
        (What::Changed, Some("organisation, country"), "lin")
    );
    assert!(event.reply.as_deref().unwrap().ends_with("country: nothing → “KE”; reason: card"), "{event:?}");
    assert!(fresh.ledger.change_contacts(&[edit], at(6)).unwrap()[0].is_empty(), "nothing changed");
    assert_eq!(fresh.happened(1), [What::Imported, What::Changed]);
    // Given back, the value is no longer one to keep away.
    let back = ContactEdit { contact: person(1), fields: vec!["organisation".into()], reason: String::new() };
    fresh.ledger.change_contacts(&[back], at(7)).unwrap();
    assert_eq!(fresh.ledger.corrections().unwrap()[0].replaced, "Ministry");
    fresh.check();
}

#[test]
fn one_unknown_contact_refuses_the_whole_batch() {
    let mut fresh = Fresh::with(&[1]);
    let edit = |n| {
        let mut contact = person(n);
        contact.title = "Dr.".into();
        ContactEdit { contact, fields: vec!["title".into()], reason: String::new() }
    };
    assert!(matches!(fresh.ledger.change_contacts(&[edit(1), edit(2)], at(5)), Err(LedgerError::Refused(_))));
    assert_eq!(fresh.contact(1).unwrap().title, "");
}

#[test]
fn fields_and_address_change_together_or_not_at_all() {
    let mut fresh = Fresh::with(&[1, 2]);
    let mut wanted = person(1);
    wanted.organisation = "Ministry of Posts".to_owned();
    let edit = ContactEdit { contact: wanted, fields: vec!["organisation".to_owned()], reason: String::new() };
    let to = |n: usize| AddressChange { from: key(1), to: key(n), address: address(n), reason: "new job".to_owned() };
    let refused = fresh.ledger.change_and_move(&edit, &to(2), at(5));
    assert!(matches!(refused, Err(LedgerError::Refused(_))), "{refused:?}");
    assert_eq!(fresh.contact(1).unwrap().organisation, person(1).organisation, "the address is another contact's");

    let (changes, moved) = fresh.ledger.change_and_move(&edit, &to(3), at(6)).unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!((moved.contact.address, moved.contact.organisation.as_str()), (address(3), "Ministry of Posts"));
    assert_eq!(fresh.contact(3).unwrap().organisation, "Ministry of Posts");
}

#[test]
fn an_address_change_takes_the_contact_its_history_and_its_opt_outs_along() {
    let mut fresh = Fresh::with(&[0, 1]);
    fresh.ledger.store_plan(&plan("p1"), &[row(0), row(1)], &[], at(1)).unwrap();
    let verdicts = fresh.intent_for_all("p1");
    end_all(&mut fresh, verdicts, State::Accepted);
    fresh.ledger.store_participations(&[attended(0, 2025)], at(2)).unwrap();
    fresh.ledger.store_registrations(&[attended(0, 2026)], at(2)).unwrap();
    fresh.ledger.suppress(&[opt_out(0, "news"), hard_bounce(0)], at(3)).unwrap();
    let moved = fresh.moved(0, 7).unwrap();
    assert_eq!((moved.contact.address.clone(), moved.contact.id.clone()), (address(7), person(0).id));
    assert_eq!((moved.taken_back, moved.suppressed), (0, 1));
    assert!(fresh.contact(0).is_none());
    assert_eq!(fresh.contact(7).unwrap().organisation, "Institute 0");
    assert_eq!(fresh.ledger.past_invitations().unwrap()[0].key, key(7));
    assert_eq!(fresh.ledger.attendance().unwrap()[&key(7)], [2025]);
    assert!(fresh.ledger.registered().unwrap().contains(&key(7)));
    assert!(fresh.is_suppressed(7, "news"));
    assert!(!fresh.is_suppressed(7, "annual-meeting"), "a hard bounce speaks of the old mailbox only");
    assert_eq!(fresh.ledger.came_by(key(7)).unwrap().as_deref(), Some("people.csv"));
    // Participation that comes later under the old address is the person's, and known.
    assert_eq!(
        fresh.ledger.store_participations(&[attended(0, 2025), attended(0, 2024)], at(4)).unwrap(),
        [false, true]
    );
    assert_eq!(fresh.ledger.attendance().unwrap()[&key(7)], [2024, 2025]);
    let whole = fresh.happened(7);
    assert_eq!(fresh.happened(0), whole, "by whichever address one asks");
    assert_eq!(whole.iter().filter(|what| **what == What::Moved).count(), 2);
    assert!(whole.contains(&What::Accepted));
    fresh.check();
}

#[test]
fn what_is_said_later_at_any_address_holds_for_all_of_them() {
    let mut fresh = Fresh::with(&[0]);
    fresh.moved(0, 7).unwrap();
    fresh.moved(7, 8).unwrap();
    fresh.ledger.suppress(&[opt_out(0, "news")], at(300)).unwrap();
    fresh.ledger.suppress(&[opt_out(8, "meetings")], at(301)).unwrap();
    fresh.ledger.suppress(&[hard_bounce(7)], at(302)).unwrap();
    for n in [0, 7, 8] {
        assert!(fresh.is_suppressed(n, "news") && fresh.is_suppressed(n, "meetings"), "{n}");
        assert_eq!(fresh.is_suppressed(n, "surveys"), n == 7, "{n}");
    }
    let shown: Vec<_> = fresh.ledger.suppressions_of(key(8)).unwrap().into_iter().map(|s| s.address).collect();
    assert_eq!(shown, ["person8@example.org"; 2]);
    // The log alone tells it, too: the ledger may be lost.
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm", "witness"] {
        let _ = std::fs::remove_file(fresh.folder.path().join(name));
    }
    let mut anew = open(fresh.folder.path());
    assert_eq!(anew.suppressions_of(key(8)).unwrap().len(), 2);
}

#[test]
fn a_log_cut_short_by_a_crash_binds_every_mailbox_when_it_is_taken_over() {
    let mut fresh = Fresh::with(&[0]);
    fresh.moved(0, 7).unwrap();
    let log = fresh.folder.path().join("opt-outs.log");
    let before = std::fs::read(&log).unwrap();
    // As if the sender had died between the line about the old mailbox and the one about the new.
    let line = format!(
        "{{\"key\":\"{}\",\"topic\":\"*\",\"reason\":\"opted_out\",\"since\":\"{}\",\"source\":\"one-click\"}}\n",
        key(0).to_hex(),
        at(50)
    );
    std::fs::write(&log, [before, line.into_bytes()].concat()).unwrap();
    let mut next = open(fresh.folder.path());
    assert!(next.suppressions_of(key(7)).unwrap().iter().any(|s| s.topic == EVERYTHING));
    assert!(std::fs::read_to_string(&log).unwrap().contains(&key(7).to_hex()));
}

#[test]
fn what_a_person_said_is_not_lost_behind_a_hard_bounce() {
    let mut fresh = Fresh::with(&[0]);
    assert_eq!(fresh.ledger.suppress(&[hard_bounce(0), opt_out(0, EVERYTHING)], at(5)).unwrap(), [true, true]);
    assert_eq!(fresh.ledger.suppress(&[opt_out(0, EVERYTHING), hard_bounce(0)], at(6)).unwrap(), [false, false]);
    assert_eq!(fresh.ledger.suppressions_of(key(0)).unwrap()[0].reason, Reason::OptedOut);
    fresh.moved(0, 7).unwrap();
    assert!(fresh.is_suppressed(7, "news"));
    fresh.check();
}

#[test]
fn the_weightier_reason_stands_whichever_came_first_and_at_every_address() {
    for order in [[Reason::OptedOut, Reason::Erased], [Reason::Erased, Reason::OptedOut]] {
        for in_one_batch in [true, false] {
            let mut fresh = Fresh::with(&[0]);
            fresh.moved(0, 7).unwrap();
            let said = order.map(|reason| Suppression { reason, ..opt_out(0, EVERYTHING) });
            if in_one_batch {
                fresh.ledger.suppress(&said, at(5)).unwrap();
            } else {
                for (suppression, second) in said.iter().zip(5..) {
                    fresh.ledger.suppress(std::slice::from_ref(suppression), at(second)).unwrap();
                }
            }
            assert!(!fresh.ledger.suppress(&said, at(9)).unwrap().contains(&true), "said again, nothing is new");
            // The log alone tells the same.
            let anew = tempfile::tempdir().unwrap();
            std::fs::copy(fresh.folder.path().join("opt-outs.log"), anew.path().join("opt-outs.log")).unwrap();
            for ledger in [&mut fresh.ledger, &mut open(anew.path())] {
                for n in [0, 7] {
                    let reasons: Vec<_> = ledger.suppressions_of(key(n)).unwrap().iter().map(|s| s.reason).collect();
                    assert_eq!(reasons, [Reason::Erased], "{order:?}, {n}");
                }
            }
            fresh.check();
        }
    }
}

#[test]
fn a_list_with_an_earlier_address_of_a_forgotten_person_is_imported_after_a_restore() {
    let mut fresh = Fresh::with(&[0]);
    fresh.moved(0, 7).unwrap();
    let erased = Suppression { reason: Reason::Erased, ..opt_out(7, EVERYTHING) };
    fresh.ledger.suppress(&[erased], at(101)).unwrap();
    fresh.ledger.adopt_copy(at(102), at(103)).unwrap();
    assert_eq!((fresh.contact(7), fresh.ledger.links().unwrap().len()), (None, 0));
    fresh.ledger.store_contacts(&[ContactChange::New(person(0))], "people.csv", at(104)).unwrap();
    assert!(fresh.is_suppressed(0, "news"), "it stands for every address the person had");
    fresh.check();
}

#[test]
fn moving_back_and_forth_ends_where_it_says_and_never_in_a_circle() {
    let mut fresh = Fresh::with(&[0, 1]);
    for (from, to) in [(0, 7), (7, 8), (8, 0), (0, 8), (8, 7)] {
        fresh.moved(from, to).unwrap();
        assert_eq!(fresh.contact(to).unwrap().organisation, "Institute 0");
        let links = fresh.ledger.links().unwrap();
        assert!(links.values().all(|current| *current == key(to)), "every link leads to the current mailbox");
        assert!(!links.contains_key(&key(to)));
    }
    assert_eq!(fresh.ledger.links_to(key(7)).unwrap().len(), 2);
    for (from, to) in [(7, 7), (0, 9), (7, 1), (1, 0), (1, 7)] {
        assert!(matches!(fresh.moved(from, to), Err(LedgerError::Refused(_))), "{from} to {to}");
    }
    let mut count = 0;
    fresh.ledger.each_contact(&mut |_| count += 1).unwrap();
    assert_eq!(count, 2);
    fresh.check();
}

#[test]
fn nothing_is_sent_to_a_replaced_address() {
    let mut fresh = Fresh::with(&[0, 1, 2]);
    fresh.ledger.store_plan(&plan("p1"), &[row(0), row(1), row(2)], &[], at(1)).unwrap();
    let odd = ClaimFilter { segment: Some("odd"), ..ClaimFilter::default() };
    let claimed = fresh.ledger.claim("p1", 9, odd, at(2)).unwrap();
    assert_eq!(fresh.moved(0, 7).unwrap().taken_back, 1);
    assert_eq!(fresh.moved(1, 8).unwrap().taken_back, 0, "a sender holds it");
    assert_eq!(fresh.intents(&claimed), [IntentVerdict::Withdrawn]);
    let verdicts = fresh.intent_for_all("p1");
    assert!(matches!(verdicts[..], [IntentVerdict::Recorded { .. }]), "{verdicts:?}");
    // What was on its way when the address changed gets its outcome, and no second try.
    fresh.moved(2, 9).unwrap();
    end_all(&mut fresh, verdicts, State::Deferred);
    let due = fresh.ledger.claim("p1", 9, ClaimFilter::default(), at(2000)).unwrap();
    assert_eq!(fresh.intents(&due), [IntentVerdict::Withdrawn]);
    let counts = fresh.ledger.counts("p1").unwrap();
    assert_eq!((counts.cancelled, counts.unsent, counts.deferred), (3, 0, 0));
    // A plan that was being made meanwhile holds the old address, and is refused.
    assert!(matches!(fresh.ledger.store_plan(&plan("p2"), &[row(0)], &[], at(3)), Err(LedgerError::Refused(_))));
    fresh.ledger.store_plan(&plan("p2"), &[row(7)], &[], at(3)).unwrap();
    fresh.check();
}

#[test]
fn two_contacts_become_one_and_neither_is_written_to_twice() {
    let mut fresh = Fresh::with(&[0, 1, 2, 3]);
    fresh.ledger.store_plan(&plan("p1"), &[row(0), row(1), row(2), row(3)], &[], at(1)).unwrap();
    let odd = ClaimFilter { segment: Some("odd"), ..ClaimFilter::default() };
    let claimed = fresh.ledger.claim("p1", 1, odd, at(2)).unwrap();
    let verdicts = fresh.intents(&claimed);
    end_all(&mut fresh, verdicts, State::Accepted);
    // Claimed by a sender before the union, as the other of two.
    let held = fresh.ledger.claim("p1", 1, odd, at(3)).unwrap();
    assert_eq!(held[0].planned.key, key(3));
    assert_eq!(fresh.united(0, 1).unwrap().taken_back, 1, "the person has it at the other address");
    assert_eq!(fresh.united(3, 0).unwrap().taken_back, 0);
    assert_eq!(fresh.intents(&held), [IntentVerdict::Withdrawn], "nor may the one a sender held go");
    let counts = fresh.ledger.counts("p1").unwrap();
    assert_eq!((counts.accepted, counts.cancelled, counts.unsent), (1, 2, 1));
    assert_eq!(fresh.ledger.past_invitations().unwrap()[0].key, key(3));
    assert_eq!(fresh.ledger.settle(CAMPAIGN, Some(key(3)), Settlement::Sent, "", at(4)).unwrap(), 0);
    fresh.check();
}

#[test]
fn a_union_keeps_values_fills_gaps_and_is_not_undone_by_either_file() {
    let mut fresh = Fresh::with(&[0, 1]);
    let mut other = person(1);
    (other.position, other.tags) = ("Head".into(), vec!["policy".into()]);
    fresh.ledger.store_contacts(&[ContactChange::Merged(other)], "other.csv", at(1)).unwrap();
    fresh.ledger.suppress(&[opt_out(1, "news")], at(2)).unwrap();
    fresh.ledger.store_participations(&[attended(0, 2024), attended(1, 2024), attended(1, 2025)], at(2)).unwrap();
    let united = fresh.united(0, 1).unwrap();
    assert_eq!(united.contact.text_of("organisation"), "Institute 0");
    assert_eq!((united.contact.text_of("position"), united.contact.text_of("tags")), ("Head".into(), "policy".into()));
    assert_eq!(united.suppressed, 1);
    assert!(fresh.contact(0).unwrap() == united.contact && fresh.contact(1).is_none());
    assert!(fresh.is_suppressed(0, "news"));
    assert_eq!(fresh.ledger.attendance().unwrap(), [(key(0), vec![2024, 2025])].into());
    let replaced = Correction { key: key(0), field: "organisation".into(), replaced: "Institute 1".into() };
    assert!(fresh.ledger.corrections().unwrap().contains(&replaced));
    assert_eq!(fresh.ledger.links_to(key(0)).unwrap()[0].kind, LinkKind::Merged);
    assert!(matches!(fresh.united(0, 0), Err(LedgerError::Refused(_))));
    assert!(matches!(fresh.united(0, 1), Err(LedgerError::Refused(_))));
    fresh.check();
}

#[test]
fn an_import_at_the_same_moment_cannot_bring_the_old_mailbox_back() {
    let mut fresh = Fresh::with(&[0, 1]);
    let read_before: Vec<AddressKey> = vec![key(0)];
    fresh.moved(0, 7).unwrap();
    assert!(fresh.ledger.contacts_by_key(&read_before).unwrap()[0].is_none());
    let stored = fresh.ledger.store_contacts(&[ContactChange::New(person(0))], "people.csv", at(101));
    assert!(matches!(stored, Err(LedgerError::Refused(_))), "{stored:?}");
    fresh.check();
}

#[test]
fn a_contact_remembers_the_file_it_first_came_by() {
    let mut fresh = Fresh::with(&[0, 1]);
    fresh.ledger.store_contacts(&[ContactChange::New(person(2))], "others.csv", at(1)).unwrap();
    fresh.ledger.store_contacts(&[ContactChange::Merged(person(0))], "others.csv", at(1)).unwrap();
    let mut found = Vec::new();
    fresh.ledger.each_contact_from("people.csv", &mut |c| found.push(c.key)).unwrap();
    assert_eq!(found, [key(0), key(1)]);
    fresh.ledger.each_contact_from("unheard-of.csv", &mut |c| panic!("{c:?}")).unwrap();
    assert_eq!(fresh.ledger.came_by(key(2)).unwrap().as_deref(), Some("others.csv"));
}
