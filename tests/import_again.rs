//! The same file a second time, and an import that was killed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use convoke::domain::address::EmailAddress;
use convoke::domain::contact::Contact;
use convoke::engine::ports::{Audit, Changes, ContactEdit, Contacts, Suppressions};
use jiff::Timestamp;
use serde_json::Value;

#[path = "support/command.rs"]
mod command;
use command::{Workspace, text};

/// Ada twice, with what only the second row knows; an address that is none; and a country nobody has heard of.
const PEOPLE: &str = "email,name,organisation,country\n\
    ada@example.org,Ada Sample,Ministry,Kenya\n\
    ben@example.org,Ben Sample,,Atlantis\n\
    nobody,No Body,,\n\
    ADA@example.org,,Ministry of Transport,\n";

fn import(workspace: &Workspace, file: &str) -> Value {
    let output = workspace.run(&["--format", "json", "import", file, "--as", "contacts"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {}", text(&output.stderr)))
}

fn counts(report: &Value) -> [u64; 4] {
    ["rows", "accepted", "merged", "rejected"].map(|name| report[name].as_u64().unwrap())
}

fn contact(workspace: &Workspace, address: &str) -> Contact {
    let (keys, mut ledger) = workspace.state();
    let key = keys.address_key(&EmailAddress::parse(address).unwrap().normalised());
    ledger.contacts_by_key(&[key]).unwrap().remove(0).unwrap()
}

fn events(workspace: &Workspace) -> i64 {
    workspace.state().1.last_event().unwrap()
}

#[test]
fn the_same_file_again_writes_nothing_and_reports_the_same_rows() {
    let workspace = Workspace::new();
    fs::write(workspace.path().join("people.csv"), PEOPLE).unwrap();
    let first = import(&workspace, "people.csv");
    assert_eq!(counts(&first), [4, 2, 1, 1]);
    let (ada, length) = (contact(&workspace, "ada@example.org"), events(&workspace));
    let second = import(&workspace, "people.csv");
    assert_eq!(counts(&second), [4, 0, 3, 1]);
    assert_eq!((&second["rejects"], &second["notes"]), (&first["rejects"], &first["notes"]));
    assert!(contact(&workspace, "ada@example.org") == ada);
    assert_eq!(events(&workspace), length);
}

#[test]
fn a_change_by_another_file_in_between_is_merged_over_again() {
    let workspace = Workspace::new();
    fs::write(workspace.path().join("people.csv"), PEOPLE).unwrap();
    fs::write(workspace.path().join("other.csv"), "email,organisation\nada@example.org,Parliament\n").unwrap();
    import(&workspace, "people.csv");
    import(&workspace, "other.csv");
    assert_eq!(contact(&workspace, "ada@example.org").organisation, "Parliament");
    import(&workspace, "people.csv");
    assert_eq!(contact(&workspace, "ada@example.org").organisation, "Ministry of Transport");
    let length = events(&workspace);
    import(&workspace, "people.csv");
    assert_eq!(events(&workspace), length, "now it is the last to have spoken");
    import(&workspace, "other.csv");
    assert_eq!(contact(&workspace, "ada@example.org").organisation, "Parliament");
}

#[test]
fn a_correction_in_between_stays() {
    let workspace = Workspace::new();
    fs::write(workspace.path().join("people.csv"), PEOPLE).unwrap();
    import(&workspace, "people.csv");
    let now: Timestamp = "2027-01-05T12:00:00Z".parse().unwrap();
    let mut corrected = contact(&workspace, "ben@example.org");
    corrected.name = "Benedict Sample".to_owned();
    let edit = ContactEdit { contact: corrected, fields: vec!["name".to_owned()], reason: String::new() };
    workspace.state().1.change_contacts(&[edit], now).unwrap();
    for _ in 0..3 {
        import(&workspace, "people.csv");
        assert_eq!(contact(&workspace, "ben@example.org").name, "Benedict Sample");
    }
}

#[test]
fn an_opt_out_of_the_file_is_heeded_each_time() {
    let workspace = Workspace::new();
    let file = "email,unsubscribed\nada@example.org,no\nben@example.org,yes\n";
    fs::write(workspace.path().join("people.csv"), file).unwrap();
    for suppressed in [1, 0, 0] {
        assert_eq!(import(&workspace, "people.csv")["suppressed"], suppressed);
        let (keys, mut ledger) = workspace.state();
        let stands = |ledger: &mut convoke::ledger::SqliteLedger, address: &str| {
            !ledger.suppressions_of(keys.address_key(address)).unwrap().is_empty()
        };
        assert!(stands(&mut ledger, "ben@example.org") && !stands(&mut ledger, "ada@example.org"));
    }
}

#[test]
fn an_import_killed_at_any_moment_leaves_whole_batches_and_a_sound_chain() {
    // Two whole batches and a half.
    const ROWS: usize = 40_000;
    const BATCH: usize = 16_000;
    let workspace = Workspace::new();
    let mut file = String::from("email,name\n");
    for i in 0..ROWS {
        writeln!(file, "person{i}@example.org,Person {i}").unwrap();
    }
    fs::write(workspace.path().join("people.csv"), file).unwrap();
    let stored = || {
        let (_, mut ledger) = workspace.state();
        assert_eq!(ledger.verify().unwrap().broken, None);
        let mut contacts = 0;
        ledger.each_contact(&mut |_| contacts += 1).unwrap();
        assert!(ledger.contact_changes_after(0).unwrap() >= contacts as u64, "a contact without its event");
        contacts
    };
    workspace.state();
    let mut deaths_in_the_middle = 0;
    for pause in [150, 600, 1200, 0] {
        let before = stored();
        let mut import = Command::new(env!("CARGO_BIN_EXE_convoke"))
            .current_dir(workspace.path())
            .args(["import", "people.csv", "--as", "contacts"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Until something is stored, and a while longer.
        while before == 0 && import.try_wait().unwrap().is_none() && events(&workspace) == 0 {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(pause));
        import.kill().unwrap();
        import.wait().unwrap();
        let after = stored();
        assert!(after % BATCH == 0 || after == ROWS, "{after} contacts are no whole batches");
        deaths_in_the_middle += usize::from(after < ROWS);
    }
    assert!(deaths_in_the_middle > 0, "every import was over before it was killed");
    import(&workspace, "people.csv");
    assert_eq!(stored(), ROWS);
}
