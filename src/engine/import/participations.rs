//! Rows that say who took part, or who registered. They create no contacts.

use std::collections::HashSet;

use super::pipeline::RowKind;
use super::reading::Reading;
use super::report::{Refusal, Report};
use super::{Import, ImportKind};
use crate::domain::address::fold_case;
use crate::domain::keys::AddressKey;
use crate::domain::not_given::is_not_given;
use crate::domain::participation::{Base, Participation};
use crate::domain::table::Record;
use crate::domain::vocabulary::{RegistrationState, registration_state, yes_or_no};
use crate::engine::ports::{LedgerResult, Store};

/// Writes participations.
#[derive(Default)]
pub(super) struct ParticipationRows {
    /// People known by year, where nothing is written that would tell.
    seen_dry: HashSet<(i16, AddressKey)>,
    years_dry: HashSet<i16>,
}

impl RowKind for ParticipationRows {
    type Said = Participation;

    fn read(record: &Record, reading: &mut Reading<'_>, report: &mut Report) -> Result<Option<Participation>, Refusal> {
        read(record, reading, report)
    }

    fn write(
        &mut self,
        rows: Vec<Participation>,
        store: &mut dyn Store,
        import: &Import<'_>,
        report: &mut Report,
    ) -> LedgerResult<()> {
        let registrations = import.options.kind == ImportKind::Registrations;
        let new = match (import.dry_run, registrations) {
            (true, _) => self.new_to_the_ledger(&rows, store, registrations)?,
            (false, true) => store.store_registrations(&rows, import.now)?,
            (false, false) => store.store_participations(&rows, import.now)?,
        };
        let accepted = new.into_iter().filter(|new| *new).count() as u64;
        report.accepted += accepted;
        report.merged += rows.len() as u64 - accepted;
        Ok(())
    }
}

impl ParticipationRows {
    fn new_to_the_ledger(
        &mut self,
        rows: &[Participation],
        store: &mut dyn Store,
        registrations: bool,
    ) -> LedgerResult<Vec<bool>> {
        for year in rows.iter().map(|row| row.year) {
            if !self.years_dry.insert(year) {
                continue;
            }
            if registrations {
                // Registrations are known without their year: those of the coming meeting.
                self.seen_dry.extend(store.registered()?.into_iter().map(|key| (year, key)));
            } else {
                store.each_participation(year, &mut |p| {
                    self.seen_dry.insert((year, p.key));
                })?;
            }
        }
        let links = store.links()?;
        let current = |key| links.get(&key).copied().unwrap_or(key);
        Ok(rows.iter().map(|row| self.seen_dry.insert((row.year, current(row.key)))).collect())
    }
}

/// The participation of a row, or nothing where the person took no part after all.
fn read(record: &Record, reading: &mut Reading<'_>, report: &mut Report) -> Result<Option<Participation>, Refusal> {
    let state = reading.word(record, "registration_state", registration_state, report);
    if state == Some(RegistrationState::Void) {
        // Whoever did not come after all needs no sound address; but a wish not to be written to is heeded.
        if let Ok(address) = reading.address(record) {
            reading.heed_unsubscribed(record, &address, report);
        }
        report.skipped += 1;
        return Ok(None);
    }
    let (key, domain) = who(record, reading, report)?;
    let year = year(record, reading)?;
    let checked_in = reading.word(record, "checked_in", yes_or_no, report) == Some(true);
    let place = reading.place(record, &domain, report);
    Ok(Some(Participation {
        year,
        key,
        base: if checked_in { Base::CheckedIn } else { Base::Registered },
        country: place.country,
        stated_region: place.region,
        stakeholder: reading.stakeholder(record, report),
        gender: reading.gender(record, report),
        language: place.language,
        newcomer: reading.word(record, "newcomer", yes_or_no, report),
    }))
}

/// The key of the person: of the mailbox, or of name and organisation where the row has no address. And the domain of
/// the address.
fn who(record: &Record, reading: &mut Reading<'_>, report: &mut Report) -> Result<(AddressKey, String), Refusal> {
    if !is_not_given(reading.cell(record, "email")) || reading.columns.of("name").is_none() && nameless(reading) {
        let address = reading.address(record)?;
        reading.heed_unsubscribed(record, &address, report);
        return Ok((reading.keyring.address_key(&address.normalised()), address.domain().to_owned()));
    }
    let name = match reading.text(record, "name", report)? {
        whole if !whole.is_empty() => whole,
        _ => {
            let (given, family) =
                (reading.text(record, "given_name", report)?, reading.text(record, "family_name", report)?);
            format!("{given} {family}").trim().to_owned()
        }
    };
    let organisation = reading.text(record, "organisation", report)?;
    if name.is_empty() {
        let column = reading.columns.header_of("email");
        return Err(Refusal::new(record.line, column, "", "neither an address nor a name"));
    }
    // A line break is in no address, so no mailbox shares this key.
    let person = format!("{}\n{}", fold_case(&name), fold_case(&organisation));
    Ok((reading.keyring.address_key(&person), String::new()))
}

fn nameless(reading: &Reading<'_>) -> bool {
    reading.columns.of("given_name").is_none() && reading.columns.of("family_name").is_none()
}

fn year(record: &Record, reading: &Reading<'_>) -> Result<i16, Refusal> {
    if let Some(year) = reading.options.year {
        return Ok(year);
    }
    let cell = reading.cell(record, "year").trim();
    cell.parse().ok().filter(|year| (1990..=2100).contains(year)).ok_or_else(|| {
        Refusal::new(record.line, reading.columns.header_of("year"), cell, "no year of a meeting, such as 2025")
    })
}
