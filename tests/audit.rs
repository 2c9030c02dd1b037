//! `convoke audit`: the story of a contact and of a campaign, the export, and what tampering looks like.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;

use convoke::domain::address::EmailAddress;
use convoke::domain::contact::Contact;
use convoke::domain::invitation::{PlannedInvitation, State};
use convoke::domain::keys::Keyring;
use convoke::domain::message::Stamp;
use convoke::domain::plan::{Held, HoldBack};
use convoke::engine::ports::*;
use convoke::ledger::SqliteLedger;
use serde_json::json;

#[path = "support/command.rs"]
mod command;
#[path = "support/made_up_plans.rs"]
mod made_up_plans;
use command::{Workspace, text};
use made_up_plans::{CAMPAIGN, at, ended, opt_out, plan, row};

/// A person of this workspace's own keys.
fn person(keyring: &Keyring, n: usize) -> PlannedInvitation {
    let address = EmailAddress::parse(&format!("person{n}@example.org")).unwrap();
    let key = keyring.address_key(&address.normalised());
    PlannedInvitation { key, contact_id: format!("c{n}"), address, ..row(n) }
}

/// Three people: accepted, refused, deferred; one left out; one opted out afterwards.
fn told() -> Workspace {
    let workspace = Workspace::new();
    let (keyring, mut ledger) = workspace.state();
    let people: Vec<_> = (0..4).map(|n| person(&keyring, n)).collect();
    let contacts: Vec<_> = people
        .iter()
        .map(|p| {
            let mut contact = Contact::bare(p.contact_id.clone(), p.key, p.address.clone());
            contact.name = p.name.clone();
            contact.source = "igf-registration".to_owned();
            contact.basis = "mandate".to_owned();
            ContactChange::New(contact)
        })
        .collect();
    ledger.store_contacts(&contacts, "", at(0)).unwrap();
    let held = [Held {
        key: people[3].key,
        contact_id: "c3".to_owned(),
        reason: HoldBack::ContactedRecently,
        column: String::new(),
        value: String::new(),
    }];
    let mut frozen = plan("p1");
    frozen.held_back.insert("contacted_recently".to_owned(), 1);
    ledger.store_plan(&frozen, &people[..3], &held, at(1)).unwrap();
    deliver(&mut ledger);
    let mut no = opt_out(0, "annual-meeting");
    no.key = people[0].key;
    ledger.suppress(&[no], at(600)).unwrap();
    workspace
}

fn deliver(ledger: &mut SqliteLedger) {
    let claimed = ledger.claim("p1", 9, ClaimFilter::default(), at(10)).unwrap();
    let intents: Vec<_> = claimed
        .iter()
        .map(|i| Intent {
            invitation: i.id,
            stamp: Stamp { message_id: format!("{}@igf.example", i.planned.message_id_local), date: at(10) },
            digest: i.planned.digest.clone(),
        })
        .collect();
    let verdicts = ledger.record(&[], &intents, at(10)).unwrap();
    let states = [State::Accepted, State::Rejected, State::Deferred];
    let mut ends: Vec<_> = verdicts
        .iter()
        .zip(states)
        .map(|(verdict, state)| match verdict {
            IntentVerdict::Recorded { attempt } => ended(*attempt, state),
            other => panic!("{other:?}"),
        })
        .collect();
    if let Some(reply) = &mut ends[1].reply {
        reply.text = "<person1@example.org>: no such user,\nsorry =here".to_owned();
    }
    ledger.record_outcomes(&ends, at(11)).unwrap();
}

/// Asserts what a command prints, as kept in `tests/golden/`. Hashes are drawn anew in every workspace.
fn golden(name: &str, printed: &str) {
    let steady: Vec<String> = printed
        .split_inclusive(|c: char| !c.is_ascii_hexdigit())
        .map(|part| {
            let word = part.trim_end_matches(|c: char| !c.is_ascii_hexdigit());
            if word.len() == 64 { part.replace(word, &"#".repeat(64)) } else { part.to_owned() }
        })
        .collect();
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, steady.concat());
    });
}

#[test]
fn a_contacts_story_reads_in_order() {
    let workspace = told();
    golden("audit_contact", &workspace.expect(0, &["audit", "contact", "person0@example.org"]));
    golden("audit_contact_refused", &workspace.expect(0, &["audit", "contact", "PERSON1@example.org"]));
    golden("audit_contact_left_out", &workspace.expect(0, &["audit", "contact", "person3@example.org"]));
    golden("audit_contact_unknown", &workspace.expect(0, &["audit", "contact", "nobody@example.org"]));
}

#[test]
fn a_contacts_story_as_json_has_every_promised_key() {
    let workspace = told();
    let story = workspace.json(&["audit", "contact", "person1@example.org"]);
    assert_eq!(story["contact"]["email"], "person1@example.org");
    let events = story["events"].as_array().unwrap();
    let whats: Vec<_> = events.iter().map(|e| e["what"].as_str().unwrap()).collect();
    assert_eq!(whats, ["imported", "planned", "intent", "rejected"]);
    for key in ["at", "by", "what", "campaign", "plan", "state", "code", "reply", "message_id"] {
        assert!(events.iter().all(|e| e.get(key).is_some()), "{key}");
    }
    let last = events.last().unwrap();
    assert_eq!((&last["code"], &last["by"], &last["state"]), (&json!(550), &json!("lin"), &json!("rejected")));
    assert_eq!(last["reply"], "5.0.0 <person1@example.org>: no such user,\nsorry =here");
    assert_eq!(last["message_id"], "local-1@igf.example");
    let left_out = workspace.json(&["audit", "contact", "person3@example.org"]);
    assert_eq!(
        (&left_out["events"][1]["what"], &left_out["events"][1]["reply"]),
        (&json!("held_back"), &json!("contacted_recently"))
    );
    assert_eq!(workspace.json(&["audit", "contact", "nobody@example.org"])["contact"], json!(null));
}

#[test]
fn the_screen_masks_addresses_in_replies_too() {
    let workspace = told();
    let masked = workspace.expect(0, &["audit", "contact", "person1@example.org"]);
    assert!(!masked.contains("person1@"), "{masked}");
    let whole = workspace.expect(0, &["audit", "contact", "person1@example.org", "--show-addresses"]);
    assert!(whole.contains("<person1@example.org>: no such user"), "{whole}");
}

#[test]
fn a_campaigns_story_tells_plans_and_counts() {
    let workspace = told();
    let (_, mut ledger) = workspace.state();
    ledger.pause(CAMPAIGN, "wrong logo", at(700)).unwrap();
    golden("audit_campaign", &workspace.expect(0, &["audit", "campaign", "campaigns/igf-2027"]));
    let story = workspace.json(&["audit", "campaign", CAMPAIGN]);
    assert_eq!(story["paused"], "wrong logo");
    let counts = &story["plans"][0]["counts"];
    assert_eq!((&counts["planned"], &counts["accepted"], &counts["opted_out"]), (&json!(3), &json!(1), &json!(1)));
    workspace.expect(2, &["audit", "campaign", "never-planned"]);
}

#[test]
fn the_export_has_one_row_per_invitation() {
    let workspace = told();
    workspace.expect(0, &["audit", "export", "--out", "audit.csv"]);
    golden("audit_export", &fs::read_to_string(workspace.path().join("audit.csv")).unwrap());
}

#[test]
fn an_untouched_record_verifies() {
    let workspace = told();
    let found = workspace.json(&["audit", "verify"]);
    assert_eq!((&found["ok"], &found["broken"], &found["miscounted"]), (&json!(true), &json!(null), &json!([])));
    assert!(found["events"].as_u64().unwrap() > 10);
    golden("audit_verify", &workspace.expect(0, &["audit", "verify"]));
}

/// Alters the ledger behind Convoke's back, as somebody with the file could.
fn tamper(workspace: &Workspace, change: &str) {
    let connection = rusqlite::Connection::open(workspace.ledger_file()).unwrap();
    let triggers: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for trigger in triggers {
        connection.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    connection.execute_batch(change).unwrap();
}

/// The entry `audit verify` names after a change, and what it says; exit code 1.
fn named_after(change: &str) -> (i64, String) {
    let workspace = told();
    tamper(&workspace, change);
    let output = workspace.run(&["--format", "json", "audit", "verify"]);
    assert_eq!(output.status.code(), Some(1), "{change}: {}", text(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let broken = &found["broken"];
    (broken["entry"].as_i64().unwrap_or(0), broken["problem"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn the_first_altered_entry_is_named() {
    for column in ["at", "contact", "invitation", "code"] {
        let change = format!("UPDATE event SET {column} = coalesce({column}, 0) + 1 WHERE seq = 12");
        assert_eq!(named_after(&change), (12, "the entry was altered or is out of order".to_owned()), "{column}");
    }
    for column in ["by", "what", "campaign", "plan", "state", "message_id", "detail"] {
        let change = format!("UPDATE event SET {column} = coalesce({column}, '') || 'x' WHERE seq IN (7, 12)");
        assert_eq!(named_after(&change).0, 7, "{column}");
    }
    assert_eq!(named_after("UPDATE event SET hash = zeroblob(32) WHERE seq = 5").0, 5);
    assert_eq!(named_after("UPDATE event SET previous = zeroblob(32) WHERE seq = 5").0, 5);
}

#[test]
fn a_reply_that_was_altered_or_removed_is_named() {
    let accepted = "(SELECT min(seq) FROM event WHERE what = 'accepted')";
    let (entry, what) = named_after(&format!("UPDATE event SET note = 'all well' WHERE seq = {accepted}"));
    assert_eq!((entry, what.as_str()), (13, "the entry's text was altered"));
    let (entry, what) = named_after(&format!("UPDATE event SET note = NULL WHERE seq = {accepted}"));
    assert_eq!((entry, what.as_str()), (13, "the entry's text was removed"));
}

#[test]
fn a_reply_erased_with_its_secret_still_verifies() {
    let workspace = told();
    tamper(
        &workspace,
        "UPDATE event SET note = NULL WHERE contact = 1; UPDATE contact_secret SET secret = NULL WHERE contact = 1",
    );
    assert_eq!(workspace.json(&["audit", "verify"])["ok"], true);
}

#[test]
fn a_missing_entry_is_named() {
    assert_eq!(named_after("DELETE FROM event WHERE seq = 9"), (9, "the entry is missing".to_owned()));
    assert_eq!(named_after("DELETE FROM event WHERE seq BETWEEN 3 AND 4").1, "entries 3 to 4 are missing");
    assert_eq!(named_after("DELETE FROM event WHERE seq = 1").0, 1);
}

#[test]
fn entries_in_another_order_are_named() {
    let swap = "UPDATE event SET seq = -1 WHERE seq = 6; UPDATE event SET seq = 6 WHERE seq = 7; \
                UPDATE event SET seq = 7 WHERE seq = -1";
    assert_eq!(named_after(swap), (6, "the entry was altered or is out of order".to_owned()));
}

#[test]
fn a_cut_tail_shows_where_attempts_rely_on_it() {
    let (entry, what) = named_after("DELETE FROM event WHERE seq >= 13");
    assert_eq!((entry, what.as_str()), (13, "its outcome does not match it"));
}

#[test]
fn an_altered_attempt_or_outcome_is_named() {
    assert_eq!(named_after("UPDATE outcome SET state = 'rejected' WHERE attempt = 1").0, 13);
    assert_eq!(named_after("DELETE FROM outcome WHERE attempt = 1").0, 13);
    assert_eq!(named_after("UPDATE attempt SET digest = 'other' WHERE attempt = 1").0, 10);
    assert_eq!(named_after("DELETE FROM attempt WHERE attempt = 3").0, 12);
    assert_eq!(named_after("UPDATE invitation SET digest = 'other' WHERE invitation = 1").0, 6);
}

#[test]
fn a_state_the_attempts_do_not_tell_is_a_wrong_count() {
    for change in [
        "UPDATE invitation SET state = 'accepted' WHERE state = 'rejected'",
        "UPDATE invitation SET state = 'cancelled' WHERE state = 'accepted'",
    ] {
        let workspace = told();
        tamper(&workspace, change);
        let output = workspace.run(&["--format", "json", "audit", "verify"]);
        assert_eq!(output.status.code(), Some(1));
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(found["miscounted"], json!(["p1"]), "{change}");
    }
}

#[test]
fn recorded_events_resist_ordinary_sql() {
    let workspace = told();
    let connection = rusqlite::Connection::open(workspace.ledger_file()).unwrap();
    for change in [
        "DELETE FROM event",
        "UPDATE event SET by = 'somebody else'",
        "UPDATE event SET note = 'all well' WHERE note IS NOT NULL",
        "DELETE FROM outcome",
        "UPDATE outcome SET state = 'accepted'",
        "DELETE FROM attempt",
        "UPDATE attempt SET at = 0",
    ] {
        assert!(connection.execute_batch(change).is_err(), "{change}");
    }
}
