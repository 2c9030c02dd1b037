//! Rows that become contacts.

use std::collections::{HashMap, HashSet};

use super::pipeline::RowKind;
use super::reading::Reading;
use super::report::{Refusal, Report};
use super::{Import, ImportOptions};
use crate::domain::address::fold_case;
use crate::domain::columns::Field;
use crate::domain::contact::{Contact, Country, Gender, Stakeholder};
use crate::domain::correction::Corrections;
use crate::domain::date::DateCell;
use crate::domain::decisions::Decisions;
use crate::domain::keys::AddressKey;
use crate::domain::mailbox::{MOST_NAMES, Why, make_room_for_name, proposed_kind};
use crate::domain::table::Record;
use crate::domain::vocabulary::{kind, role};
use crate::engine::contacts::field::{several_names, tags};
use crate::engine::ports::{ContactChange, LedgerResult, Store};

/// What one row says about one mailbox.
pub(super) struct ContactRow {
    contact: Contact,
    line: u64,
}

/// Of a row with an address that was replaced.
const EARLIER_ADDRESS: &str = "an earlier address of a contact; the row was merged, the new address stays";

/// What became of the same file, read in the same way, at an earlier import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Past {
    /// It is new, or its import did not come to its end.
    None,
    /// It was imported; rows that change nothing write nothing.
    Imported,
    /// It was imported, and nothing changed a contact since: its rows leave every contact as it is.
    Unchanged,
}

/// Merges rows with what is known.
pub(super) struct ContactRows {
    past: Past,
    /// Mailboxes of this file so far, where nothing is written that would tell.
    seen_dry: HashSet<AddressKey>,
    /// Replaced mailboxes and the current ones.
    links: HashMap<AddressKey, AddressKey>,
    /// What people corrected.
    corrections: Corrections,
}

impl ContactRows {
    /// Asks the ledger once for what rows must not undo.
    pub(super) fn new(past: Past, store: &mut dyn Store, decisions: &Decisions) -> LedgerResult<Self> {
        let (links, corrections) = (store.links()?, Corrections::new(store.corrections()?, decisions.countries()));
        Ok(Self { past, seen_dry: HashSet::new(), links, corrections })
    }

    /// The mailbox that stands for a row's.
    fn current(&self, row: &ContactRow) -> AddressKey {
        self.links.get(&row.contact.key).copied().unwrap_or(row.contact.key)
    }
}

impl RowKind for ContactRows {
    type Said = ContactRow;

    fn read(record: &Record, reading: &mut Reading<'_>, report: &mut Report) -> Result<Option<ContactRow>, Refusal> {
        read(record, reading, report).map(Some)
    }

    fn write(
        &mut self,
        rows: Vec<ContactRow>,
        store: &mut dyn Store,
        import: &Import<'_>,
        report: &mut Report,
    ) -> LedgerResult<()> {
        let mut keys: Vec<AddressKey> = rows.iter().map(|row| self.current(row)).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut batch = Batch::new(store.contacts_by_key(&keys)?, keys);
        for row in rows {
            let key = self.current(&row);
            if key != row.contact.key {
                report.note(row.line, "email", &row.contact.address.to_string(), EARLIER_ADDRESS);
            }
            let line = row.line;
            let seen = import.dry_run && !self.seen_dry.insert(key);
            let Some(earlier) = batch.known(key) else {
                let mut contact = row.contact;
                fill(&mut contact, import.options, &self.corrections);
                note_basis(&contact, line, report);
                if seen {
                    report.merged += 1
                } else {
                    report.accepted += 1
                }
                note_proposal(&contact, line, report);
                batch.push(key, ContactChange::New(contact));
                continue;
            };
            report.merged += 1;
            let mut contact = earlier.clone();
            merge(&mut contact, row);
            for change in self.corrections.hold(earlier, &mut contact) {
                let reason = "differs from what was corrected here, and is new: taken; `contacts show` tells both";
                report.note(line, &change.field, &change.now, reason);
            }
            fill(&mut contact, import.options, &self.corrections);
            note_basis(&contact, line, report);
            note_proposal(&contact, line, report);
            if self.past == Past::None || contact != *earlier {
                batch.push(key, ContactChange::Merged(contact));
            }
        }
        if import.dry_run || self.past == Past::Unchanged || batch.changes.is_empty() {
            return Ok(());
        }
        report.changes += batch.changes.len() as u64;
        store.store_contacts(&batch.changes, import.place, import.now)
    }
}

/// Some contacts as the ledger has them, and what rows make of them.
struct Batch {
    /// In order.
    keys: Vec<AddressKey>,
    /// By the keys.
    stored: Vec<Option<Contact>>,
    changes: Vec<ContactChange>,
    /// The last change of each mailbox that has one.
    latest: HashMap<AddressKey, usize>,
}

impl Batch {
    fn new(stored: Vec<Option<Contact>>, keys: Vec<AddressKey>) -> Self {
        let (changes, latest) = (Vec::with_capacity(keys.len()), HashMap::with_capacity(keys.len()));
        Self { keys, stored, changes, latest }
    }

    /// The contact after every row so far.
    fn known(&self, key: AddressKey) -> Option<&Contact> {
        match self.latest.get(&key) {
            Some(place) => self.changes.get(*place).map(ContactChange::contact),
            None => self.keys.binary_search(&key).ok().and_then(|place| self.stored.get(place)?.as_ref()),
        }
    }

    fn push(&mut self, key: AddressKey, change: ContactChange) {
        self.latest.insert(key, self.changes.len());
        self.changes.push(change);
    }
}

fn read(record: &Record, reading: &mut Reading<'_>, report: &mut Report) -> Result<ContactRow, Refusal> {
    let address = reading.address(record)?;
    reading.heed_unsubscribed(record, &address, report);
    let key = reading.keyring.address_key(&address.normalised());
    let mut contact = Contact::bare(reading.keyring.contact_id(key), key, address);
    contact.title = reading.text(record, "title", report)?;
    contact.given_name = reading.text(record, "given_name", report)?;
    contact.family_name = reading.text(record, "family_name", report)?;
    contact.name = reading.text(record, "name", report)?;
    settle_names(&mut contact);
    contact.organisation = reading.text(record, "organisation", report)?;
    contact.position = reading.text(record, "position", report)?;
    contact.time_zone = reading.text(record, "time_zone", report)?;
    contact.source = reading.text(record, "source", report)?;
    contact.basis = reading.text(record, "basis", report)?;
    contact.purpose = reading.text(record, "purpose", report)?;
    contact.obtained_on = obtained_on(record, reading, report)?;
    contact.tags = tags(&reading.text(record, "tags", report)?);
    contact.gender = reading.gender(record, report);
    contact.stakeholder = reading.stakeholder(record, report);
    contact.stated_tier = reading.tier(record, report);
    let place = reading.place(record, contact.address.domain(), report);
    (contact.country, contact.stated_region, contact.language) = (place.country, place.region, place.language);
    contact.other_names = several_names(&reading.text(record, "other_names", report)?);
    let columns = reading.columns;
    for (index, field) in columns.fields.iter().enumerate() {
        if let Field::Custom(name) = field {
            let text = reading.text_at(record, index, report)?;
            if !text.is_empty() {
                contact.custom.insert(name.clone(), text);
            }
        }
    }
    contact.stated_kind = reading.word(record, "kind", kind, report);
    settle_role(&mut contact, reading.text(record, "role", report)?);
    reading.look_at_person(record, &contact);
    Ok(ContactRow { contact, line: record.line })
}

/// `Vorname` beside `Name`, `Prénom` beside `Nom`, `Sobrenome` beside `Nome`: with half of a name in a column of its own,
/// `name` that does not hold that half is the other half.
fn settle_names(contact: &mut Contact) {
    let (half, missing) = match (contact.given_name.is_empty(), contact.family_name.is_empty()) {
        (false, true) => (&contact.given_name, &mut contact.family_name),
        (true, false) => (&contact.family_name, &mut contact.given_name),
        _ => return,
    };
    if !contact.name.is_empty() && !fold_case(&contact.name).contains(&fold_case(half)) {
        *missing = std::mem::take(&mut contact.name);
    }
}

/// `role` says what a multiplier is; anything else in a column of that name is what a person does.
fn settle_role(contact: &mut Contact, cell: String) {
    contact.role = role(&cell);
    match contact.position.is_empty() {
        _ if contact.role.is_some() || cell.is_empty() => {}
        true => contact.position = cell,
        false => {
            contact.custom.insert("role_in_words".to_owned(), cell);
        }
    }
}

/// Counts a contact without a basis, or says that the row states there is none.
fn note_basis(contact: &Contact, line: u64, report: &mut Report) {
    if contact.basis.trim().is_empty() {
        report.without_basis += 1;
    } else if !contact.has_basis() {
        report.note(line, "basis", &contact.basis, "says that there is no basis: left out of plans");
    }
}

/// Says what a mailbox seems to be, where nobody stated it.
fn note_proposal(contact: &Contact, line: u64, report: &mut Report) {
    let Some((kind, why)) = proposed_kind(contact) else { return };
    let then = match why {
        Why::Nobody => "left out of plans".to_owned(),
        Why::SeveralNames => "greeted together; say kind = person if they are one".to_owned(),
        Why::RoleName | Why::ListServer => format!("say kind = {kind} if so, kind = person if not"),
    };
    report.note(line, "email", &contact.address.to_string(), format!("{why}: {then}"));
}

/// A date in ISO form, or as written where it has two meanings or none.
fn obtained_on(record: &Record, reading: &mut Reading<'_>, report: &mut Report) -> Result<String, Refusal> {
    let text = reading.text(record, "obtained_on", report)?;
    if text.is_empty() {
        return Ok(text);
    }
    match reading.date(record, "obtained_on", &text) {
        DateCell::Day(date) => return Ok(date.to_string()),
        DateCell::Ambiguous => {
            reading.note(report, record, "obtained_on", "day and month may be either way round; kept as written");
        }
        DateCell::Unreadable => reading.note(report, record, "obtained_on", "not a date; kept as written"),
    }
    Ok(text)
}

/// What the command or the campaign says about everybody in the file, where nothing else is known; what a person made
/// empty stays empty.
fn fill(contact: &mut Contact, options: &ImportOptions, corrections: &Corrections) {
    for (name, field, default) in [
        ("source", &mut contact.source, &options.source),
        ("basis", &mut contact.basis, &options.basis),
        ("purpose", &mut contact.purpose, &options.purpose),
    ] {
        if field.is_empty() && !default.is_empty() && !corrections.has(contact.key, name) {
            field.clone_from(default);
        }
    }
}

/// A later non-empty value wins, an empty one never erases; another person's name makes the mailbox one of several people.
/// The address keeps its first spelling.
fn merge(contact: &mut Contact, row: ContactRow) {
    let mut later = row.contact;
    if make_room_for_name(contact, &later).is_none() {
        for name in [&mut later.title, &mut later.given_name, &mut later.family_name, &mut later.name] {
            name.clear();
        }
    }
    for (field, value) in [
        (&mut contact.title, later.title),
        (&mut contact.given_name, later.given_name),
        (&mut contact.family_name, later.family_name),
        (&mut contact.name, later.name),
        (&mut contact.organisation, later.organisation),
        (&mut contact.position, later.position),
        (&mut contact.time_zone, later.time_zone),
        (&mut contact.source, later.source),
        (&mut contact.basis, later.basis),
        (&mut contact.purpose, later.purpose),
        (&mut contact.obtained_on, later.obtained_on),
    ] {
        if !value.is_empty() {
            *field = value;
        }
    }
    if later.gender != Gender::Unknown {
        contact.gender = later.gender;
    }
    if later.stakeholder != Stakeholder::Unknown {
        contact.stakeholder = later.stakeholder;
    }
    // What nobody could read is no better knowledge than a country.
    let is_known = later.country.code().is_some();
    if is_known || (contact.country.code().is_none() && later.country != Country::Missing) {
        contact.country = later.country;
    }
    for name in later.other_names {
        if contact.other_names.len() < MOST_NAMES && !contact.other_names.contains(&name) {
            contact.other_names.push(name);
        }
    }
    contact.stated_kind = later.stated_kind.or(contact.stated_kind);
    contact.role = later.role.or(contact.role);
    contact.stated_region = later.stated_region.or(contact.stated_region);
    contact.stated_tier = later.stated_tier.or(contact.stated_tier);
    contact.language = later.language.or_else(|| contact.language.take());
    if !later.tags.is_empty() {
        contact.tags = later.tags;
    }
    contact.custom.extend(later.custom);
}
