//! What an import leaves to a person, as the lines of a form.

use std::collections::BTreeMap;

use super::origin::Origin;
use super::suggest::answers;
use crate::domain::contact::{Contact, Kind};
use crate::domain::keys::AddressKey;
use crate::domain::review::{Line, Part, Slot};
use crate::engine::import::unclear::{Ask, Evidence, Unclear, UnclearRow, UnclearValue};
use crate::engine::letter::title_contradicts_gender;
use crate::engine::ports::{LedgerResult, Store};

/// Parts of a form of an import.
pub const PARTS: [Part; 3] = [Part::Values, Part::Rows, Part::About];

/// Witnesses of one sort told of a value.
const WITNESSES_TOLD: usize = 4;
/// Contacts looked up at once.
const BATCH: usize = 500;

/// The lines of a form: values, those of the most rows first; rows; the origin.
pub fn lines(unclear: &Unclear, origin: &Origin) -> Vec<Line> {
    let mut values: Vec<&UnclearValue> = unclear.values.iter().collect();
    values.sort_by_key(|value| (value.asked, std::cmp::Reverse(value.count)));
    let values = values.into_iter().map(value_line);
    values.chain(unclear.rows.iter().map(row_line)).chain(origin.lines()).collect()
}

fn value_line(value: &UnclearValue) -> Line {
    let suggestions = answers(value);
    let lines: Vec<String> = value.lines.iter().map(u64::to_string).collect();
    let more = if value.count > value.lines.len() as u64 { ", …" } else { "" };
    let mut line = Line::new(Part::Values)
        .with(Slot::Column, value.asked.as_str())
        .with(Slot::Value, &value.value)
        .with(Slot::Count, value.count.to_string())
        .with(Slot::Line, lines.join(", ") + more)
        .with(Slot::Evidence, told(&value.evidence))
        .with(Slot::Suggestions, suggestions.join("; "));
    line.choices = suggestions;
    if !line.choices.iter().any(|choice| choice == "unknown") {
        line.choices.push("unknown".to_owned());
    }
    line
}

fn row_line(row: &UnclearRow) -> Line {
    let mut line = Line::new(Part::Rows)
        .with(Slot::Line, row.what.line.to_string())
        .with(Slot::Email, &row.email)
        .with(Slot::Column, &row.what.column)
        .with(Slot::Value, &row.what.value)
        .with(Slot::Problem, &row.what.reason)
        .with(Slot::Suggestions, suggestion(row));
    let choices: &[&str] = match row.ask {
        Ask::Refused => &["skip"],
        Ask::NoName => &["shared", "organisation", "keep"],
        Ask::TitleAgainstGender => &["female", "male", "other", "unknown", "keep"],
        Ask::Office => &["shared", "person", "organisation", "list"],
        Ask::TwoPeople => &["shared", "skip", "keep"],
        Ask::DefaultLanguage => &[],
    };
    line.choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
    line
}

fn suggestion(row: &UnclearRow) -> &str {
    match (row.ask, row.what.column.is_empty()) {
        (Ask::Refused, true) => "`skip`, or mend the row in the file itself",
        (Ask::Refused, false) => "the right value, or `skip`",
        _ => &row.suggestion,
    }
}

/// `.kr 7, .kp 1; time zone Asia/Seoul 3; language ko 4`
fn told(evidence: &Evidence) -> String {
    let sort = |counts: &BTreeMap<String, u64>, before: &str| {
        let mut all: Vec<_> = counts.iter().collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let told = all.iter().take(WITNESSES_TOLD).map(|(what, count)| format!("{before}{what} {count}"));
        told.collect::<Vec<_>>().join(", ")
    };
    let named = |what: &str, counts: String| if counts.is_empty() { counts } else { format!("{what} {counts}") };
    let orders: Vec<String> = evidence.orders.iter().map(|(order, count)| format!("{count} more {order}")).collect();
    let parts = [
        sort(&evidence.domains, "."),
        named("time zone", sort(&evidence.zones, "")),
        named("language", sort(&evidence.languages, "")),
        named("such as", evidence.examples.join(", ")),
        named("others in the column:", orders.join(", ")),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Takes out rows about which the ledger knows better by now: a name that came by another file, a gender somebody mended.
///
/// # Errors
/// Where the ledger cannot be read.
pub fn settle_by_ledger(unclear: &mut Unclear, store: &mut dyn Store) -> LedgerResult<()> {
    let links = store.links()?;
    let mut open = Vec::with_capacity(unclear.rows.len());
    for batch in std::mem::take(&mut unclear.rows).chunks(BATCH) {
        let keys: Vec<AddressKey> = batch.iter().flat_map(|row| row.keys.iter().take(1)).copied().collect();
        let keys: Vec<AddressKey> = keys.iter().map(|key| links.get(key).copied().unwrap_or(*key)).collect();
        let mut stored = store.contacts_by_key(&keys)?.into_iter();
        for row in batch {
            let contact = if row.keys.is_empty() { None } else { stored.next().flatten() };
            if contact.is_none_or(|contact| is_open(row, &contact)) {
                open.push(row.clone());
            }
        }
    }
    unclear.rows = open;
    Ok(())
}

fn is_open(row: &UnclearRow, contact: &Contact) -> bool {
    match row.ask {
        Ask::Refused => true,
        Ask::NoName => contact.full_name().is_empty() && contact.kind() == Kind::Person,
        Ask::TitleAgainstGender => title_contradicts_gender(contact),
        Ask::Office => contact.stated_kind.is_none(),
        Ask::TwoPeople => contact.stated_kind.is_none() && !contact.other_names.is_empty(),
        Ask::DefaultLanguage => contact.language.as_ref().is_some_and(|tag| tag.as_str() == row.what.value),
    }
}
