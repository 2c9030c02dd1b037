//! Any sequence of imports, corrections, address changes, unions and opt-outs, against a model of a few lines: nobody who
//! said no at any address becomes mailable, nobody is lost, and the record stays sound.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on says so where it stands")]

use std::collections::{BTreeMap, BTreeSet};

use convoke::domain::address::EmailAddress;
use convoke::domain::decisions::Decisions;
use convoke::domain::suppression::EVERYTHING;
use convoke::domain::table::{Record, Row, Rows, TableError};
use convoke::engine::import::report::Refusal;
use convoke::engine::import::{Import, ImportKind, ImportOptions, Listener};
use convoke::engine::ports::*;
use convoke::ledger::SqliteLedger;
use proptest::prelude::*;

#[path = "support/made_up_plans.rs"]
mod made_up_plans;
use made_up_plans::{at, key, keys, opt_out};

/// Mailboxes there are: few, so that they meet again.
const MAILBOXES: usize = 6;

#[derive(Debug, Clone)]
enum Step {
    Import(usize),
    Set(usize),
    Move(usize, usize),
    Unite(usize, usize),
    OptOut(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let mailbox = || 0..MAILBOXES;
    prop_oneof![
        3 => mailbox().prop_map(Step::Import),
        1 => mailbox().prop_map(Step::Set),
        3 => (mailbox(), mailbox()).prop_map(|(a, b)| Step::Move(a, b)),
        2 => (mailbox(), mailbox()).prop_map(|(a, b)| Step::Unite(a, b)),
        1 => mailbox().prop_map(Step::OptOut),
    ]
}

/// What should be true.
#[derive(Default)]
struct Model {
    /// The mailboxes of each person, by the current one, which is among them.
    people: BTreeMap<usize, BTreeSet<usize>>,
    said_no: BTreeSet<usize>,
}

impl Model {
    fn owner(&self, mailbox: usize) -> Option<usize> {
        self.people.iter().find(|(_, all)| all.contains(&mailbox)).map(|(current, _)| *current)
    }

    /// What is said at one mailbox is said by whoever has it.
    fn is_silent(&self, mailbox: usize) -> bool {
        let all = self.owner(mailbox).map(|owner| self.people[&owner].clone()).unwrap_or_default();
        self.said_no.contains(&mailbox) || all.iter().any(|m| self.said_no.contains(m))
    }

    /// Does the step; returns whether the ledger should have.
    fn take(&mut self, step: &Step) -> bool {
        match *step {
            Step::Import(mailbox) => {
                if self.owner(mailbox).is_none() {
                    self.people.insert(mailbox, BTreeSet::from([mailbox]));
                }
            }
            Step::Set(mailbox) => return self.people.contains_key(&mailbox),
            Step::OptOut(mailbox) => {
                self.said_no.insert(mailbox);
            }
            Step::Move(from, to) => {
                let free = self.owner(to).is_none_or(|owner| owner == from) && from != to;
                if !free || !self.people.contains_key(&from) {
                    return false;
                }
                let mut all = self.people.remove(&from).unwrap();
                all.insert(to);
                self.people.insert(to, all);
            }
            Step::Unite(keep, other) => {
                if keep == other || !self.people.contains_key(&keep) || !self.people.contains_key(&other) {
                    return false;
                }
                let gone = self.people.remove(&other).unwrap();
                self.people.get_mut(&keep).unwrap().extend(gone);
            }
        }
        true
    }
}

struct OneRow {
    header: Record,
    row: Option<Record>,
}

impl Rows for OneRow {
    fn header(&self) -> &Record {
        &self.header
    }
    fn next_row(&mut self, record: &mut Record) -> Result<Row, TableError> {
        Ok(match self.row.take() {
            Some(row) => {
                *record = row;
                Row::Whole
            }
            None => Row::End,
        })
    }
}

struct Deaf;

impl Listener for Deaf {
    fn refused(&mut self, _: &[&str], refusal: &Refusal) -> Result<(), String> {
        Err(refusal.reason.clone())
    }
    fn header(&mut self, _: &[&str]) -> Result<(), String> {
        Ok(())
    }
    fn progress(&mut self, _: u64) {}
}

fn address(mailbox: usize) -> String {
    format!("person{mailbox}@example.org")
}

fn import(ledger: &mut SqliteLedger, mailbox: usize, number: usize) {
    let options = ImportOptions {
        kind: ImportKind::Contacts,
        file: "people.csv".to_owned(),
        sheet: None,
        encoding: None,
        year: None,
        source: String::new(),
        basis: String::new(),
        purpose: String::new(),
        maps: Vec::new(),
    };
    let (decisions, keyring) = (Decisions::default(), keys());
    let import = Import {
        options: &options,
        place: &options.file,
        decisions: &decisions,
        keyring: &keyring,
        now: at(600),
        dry_run: false,
        fingerprint: &format!("file {number}"),
        answers: None,
    };
    let address = address(mailbox);
    let mut rows = OneRow {
        header: Record::from_cells(1, ["email", "organisation"]),
        row: Some(Record::from_cells(2, [address.as_str(), "As the file says"])),
    };
    import.run(&mut rows, ledger, &mut Deaf).unwrap();
}

/// Does the step in the ledger; returns whether it was not refused.
fn act(ledger: &mut SqliteLedger, step: &Step, number: usize) -> bool {
    let outcome = match *step {
        Step::Import(mailbox) => {
            import(ledger, mailbox, number);
            Ok(())
        }
        Step::OptOut(mailbox) => ledger.suppress(&[opt_out(mailbox, EVERYTHING)], at(600)).map(|_| ()),
        Step::Set(mailbox) => match ledger.contacts_by_key(&[key(mailbox)]).unwrap().remove(0) {
            None => return false,
            Some(mut contact) => {
                contact.organisation = "As a person says".to_owned();
                let edit = ContactEdit { contact, fields: vec!["organisation".to_owned()], reason: String::new() };
                ledger.change_contacts(&[edit], at(600)).map(|_| ())
            }
        },
        Step::Move(from, to) => {
            let address = EmailAddress::parse(&address(to)).unwrap();
            let change = AddressChange { from: key(from), to: key(to), address, reason: String::new() };
            ledger.move_contact(&change, at(600)).map(|_| ())
        }
        Step::Unite(keep, other) => {
            let union = Union { keep: key(keep), other: key(other), reason: String::new() };
            ledger.unite_contacts(&union, at(600)).map(|_| ())
        }
    };
    match outcome {
        Ok(()) => true,
        Err(LedgerError::Refused(_)) => false,
        Err(other) => panic!("{other}"),
    }
}

fn compare(ledger: &mut SqliteLedger, model: &Model) -> Result<(), TestCaseError> {
    let mut held = BTreeSet::new();
    ledger.each_contact(&mut |contact| {
        held.insert(contact.address.to_string());
    })?;
    prop_assert_eq!(
        held,
        model.people.keys().map(|m| address(*m)).collect::<BTreeSet<_>>(),
        "nobody is lost or doubled"
    );
    for mailbox in 0..MAILBOXES {
        let current = model.owner(mailbox).unwrap_or(mailbox);
        prop_assert_eq!(ledger.current_key(key(mailbox))?, key(current));
        let silent = !ledger.suppressions_of(key(mailbox))?.is_empty();
        prop_assert_eq!(silent, model.is_silent(mailbox), "mailbox {}", mailbox);
    }
    let found = ledger.verify()?;
    prop_assert_eq!((found.broken, found.miscounted), (None, Vec::<String>::new()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whoever_said_no_stays_unwritten_to_and_nobody_is_lost(steps in proptest::collection::vec(step(), 1..25)) {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            SqliteLedger::open(&folder.path().join("ledger.db"), &folder.path().join("opt-outs.log"), "lin").unwrap()
        };
        let (mut ledger, mut model) = (open(), Model::default());
        for (number, step) in steps.iter().enumerate() {
            prop_assert_eq!(act(&mut ledger, step, number), model.take(step), "{:?}", step);
            // An opt-out without a person stays with its mailbox; whoever gets the mailbox later has it.
            compare(&mut ledger, &model)?;
        }
        // The log alone, without the ledger and what speaks of it, still knows everybody who said no.
        drop(ledger);
        for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm", "witness"] {
            let _ = std::fs::remove_file(folder.path().join(name));
        }
        let mut anew = open();
        for mailbox in (0..MAILBOXES).filter(|m| model.is_silent(*m)) {
            prop_assert!(!anew.suppressions_of(key(mailbox)).unwrap().is_empty());
        }
    }
}
